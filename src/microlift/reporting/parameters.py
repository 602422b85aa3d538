"""A parameter of a report: its type, and which values it takes.

Only what JSON has is ever injected into a notebook. papermill writes any other object in bare
quotes, where the text of a path is run as code, and a numpy False comes out as a text that is true.
"""

import math
import re
from dataclasses import dataclass
from typing import NoReturn, TypeAlias

from microlift.errors import BOUNDED, InputError

Value: TypeAlias = str | int | float | bool | list[str] | None

TYPES = ("str", "int", "float", "bool", "list[str]")
MOST_LETTERS = 10_000
_MOST = 2**53  # beyond, JSON's numbers and Python's part ways
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_DECIMAL = re.compile(
    r"[+-]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})(?:[eE][+-]?[0-9]{1,3})?"
)
_NULL = "null"


@dataclass(frozen=True)
class Parameter:
    """One parameter of a report.

    Attributes
    ----------
    name
        As the notebook calls it.
    type
        One of `TYPES`.
    optional
        Whether it may be nothing: ``null`` on the command line, None in Python.
    default
        What it is where nobody gives it.
    help
        What it means, in the notebook's words.
    """

    name: str
    type: str
    optional: bool
    default: Value
    help: str = ""

    @property
    def declared(self) -> str:
        """Its type as the notebook writes it.

        >>> Parameter("since", "str", True, None).declared
        'str | None'
        """
        return f"{self.type} | None" if self.optional else self.type

    def of_text(self, text: str) -> Value:
        """Read a value from the command line, by the declared type alone.

        Raises
        ------
        InputError
            If the text is no value of that type.

        Examples
        --------
        >>> Parameter("weeks", "int", False, 8).of_text("12")
        12
        >>> Parameter("since", "str", False, "").of_text("null")
        'null'
        >>> Parameter("since", "str", True, None).of_text("null") is None
        True
        >>> Parameter("by", "list[str]", False, []).of_text("channel, device")
        ['channel', 'device']
        """
        if self.optional and text == _NULL:
            return None
        value: Value = None
        if self.type == "str":
            value = text
        elif self.type == "list[str]":
            value = [part.strip() for part in text.split(",")] if text.strip() else []
        elif self.type == "bool":
            value = {"true": True, "false": False}.get(text)
        elif self.type == "int" and _INTEGER.fullmatch(text):
            value = int(text)
        elif self.type == "float" and _DECIMAL.fullmatch(text):
            value = float(text)
        if value is None:
            self._refuse(repr_of(text))
        return self.checked(value)

    def checked(self, value: object) -> Value:
        """Return a value of Python, JSON or YAML if it is one of the declared type.

        Only what JSON has passes: anything else would reach the notebook as another value than
        was given, or as code.

        Raises
        ------
        InputError
            If it is not.

        Examples
        --------
        >>> Parameter("least", "float", False, 0.5).checked(1)
        1.0
        >>> Parameter("weeks", "int", False, 8).checked(True)
        Traceback (most recent call last):
        microlift.errors.InputError: Parameter 'weeks' is declared as int, got True (bool)...
        """
        kind = type(value)
        if value is None and self.optional:
            return None
        if kind is list and self.type == "list[str]":
            assert isinstance(value, list)
            if all(type(one) is str for one in value):
                return [self._text(one) for one in value]
            odd = next(one for one in value if type(one) is not str)
            self._refuse(f"a list with {repr_of(odd)} ({type(odd).__name__}) in it")
        if kind is str and self.type == "str":
            return self._text(str(value))
        if kind is bool and self.type == "bool":
            return bool(value)
        if self.type in ("int", "float") and kind in (int, float):
            return self._number(value)
        self._refuse(f"{repr_of(value)} ({kind.__name__})")

    def _number(self, value: object) -> Value:
        assert isinstance(value, int | float)
        if isinstance(value, float):
            if not math.isfinite(value):
                self._refuse(f"{value}, which is no number to reckon with")
            if self.type == "int":
                self._refuse(f"{value!r} (float)")
            return value
        if abs(value) > _MOST:
            self._refuse(f"a whole number beyond {_MOST:,}")
        return value if self.type == "int" else float(value)

    def _text(self, text: str) -> str:
        if len(text) > MOST_LETTERS:
            self._refuse(f"a text of {len(text):,} characters, of which {MOST_LETTERS:,} are taken")
        if "\0" in text or text.encode("utf-8", "replace").decode() != text:
            self._refuse(f"{repr_of(text)}, which is no text that a file can hold")
        return text

    def _refuse(self, got: str) -> NoReturn:
        words = {
            "str": "a text",
            "int": "a whole number, such as 8",
            "float": "a number, such as 0.5",
            "bool": "true or false",
            "list[str]": "a list of texts, such as channel,device",
        }
        wanted = words[self.type] + (" (or null)" if self.optional else "")
        msg = (
            f"Parameter {self.name!r} is declared as {self.declared}, got {got}, and the report "
            f"would not be the one that was asked for: give {wanted}."
        )
        raise InputError(msg)


def repr_of(value: object) -> str:
    """Quote a value, bounded, and without running what a stranger's class calls its repr."""
    known = (str, int, float, bool, list, tuple, dict, set, type(None))
    return BOUNDED.repr(value) if type(value) in known else "an object"
