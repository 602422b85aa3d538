"""What every look at a log gives back: a frame, a picture, and one sentence."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from html import escape
from inspect import Parameter, signature
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd

from microlift.card import next_html, next_line
from microlift.errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_GIVEN: ContextVar["Axes | None"] = ContextVar("given", default=None)


@contextmanager
def onto(ax: "Axes | None") -> Iterator[None]:
    """Have what is drawn inside drawn into these axes; None: into a figure of its own.

    Raises
    ------
    InputError
        If `ax` is no matplotlib axes.
    """
    if ax is not None and not hasattr(ax, "get_subplotspec"):
        raise InputError(
            f"plot() asks for matplotlib axes as ax, and got an object of type "
            f"{type(ax).__name__}: a figure is drawn into axes. Write "
            "`figure, ax = plt.subplots()` first; with several, give one of them."
        )
    before = _GIVEN.set(ax)
    try:
        yield
    finally:
        _GIVEN.reset(before)


def given_axes() -> "Axes | None":
    """Axes that `onto` was told, or None.

    >>> given_axes() is None
    True
    """
    return _GIVEN.get()


_WIDEST = 400  # characters of a cell as text: labels of a log may be of any length


@dataclass(frozen=True, eq=False, repr=False)
class Result(ABC):
    """A result that shows itself.

    Attributes
    ----------
    frame
        The figures, one row each; shares are between 0 and 1, intervals are 95 %.
    finding
        What they say, in one sentence.

    A result may have `notes`, which are shown under the figures; `then` is what to call next.
    """

    then: ClassVar[str] = ".plot(), .to_frame()"

    frame: pd.DataFrame
    finding: str

    def to_frame(self) -> pd.DataFrame:
        """Return a copy of the figures."""
        return self.frame.copy()

    def to_html(self) -> str:
        """Return the figures as an HTML table, every name escaped."""
        return self._table()

    def __init_subclass__(cls, **given: Any) -> None:
        """Let every picture be drawn into axes that are given, whoever draws it."""
        super().__init_subclass__(**given)
        own = cls.__dict__.get("plot")
        if own is not None and "ax" not in signature(own).parameters:
            cls.plot = _taking_axes(own)  # type: ignore[method-assign]

    @abstractmethod
    def plot(self, *, narrow: bool = False, ax: "Axes | None" = None) -> "Axes":
        """Draw the figures: `narrow` for a screen as wide as a phone's, `ax` to draw into.

        Several panels are drawn in the place of `ax`.
        """

    @abstractmethod
    def _table(self) -> str:
        """Write the figures as an HTML table of text."""

    def __str__(self) -> str:
        table = self._shown().to_string(
            index=False, float_format=lambda x: f"{x:.4g}", na_rep="-", max_colwidth=_WIDEST
        )
        return _plain("\n\n".join([self.finding, table, *self._told()]))

    def __repr__(self) -> str:
        return f"{self}\n\n{next_line(self.then)}"

    def _repr_html_(self) -> str:
        notes = "".join(f"<p>{escape(note)}</p>" for note in self._told())
        finding = f"<p><strong>{escape(self.finding)}</strong></p>"
        return f"<div>{finding}{self._table()}{notes}{next_html(self.then)}</div>"

    def _shown(self) -> pd.DataFrame:
        """Return what is shown of the figures as text: all of them, unless there are many."""
        return self.frame

    def _told(self) -> tuple[str, ...]:
        return getattr(self, "notes", ())


def _plain(text: str) -> str:
    r"""Write what would steer a terminal, or turn a line around, as an escape.

    >>> _plain("cart\u202etrac\nsecond line")
    'cart\\u202etrac\nsecond line'
    """
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in text
    )


def _taking_axes(draw: "Callable[..., Axes]") -> "Callable[..., Axes]":
    """Add `ax` to a function that draws and does not know of it."""

    @wraps(draw)
    def plot(self: Result, *args: Any, ax: "Axes | None" = None, **kwargs: Any) -> "Axes":
        with onto(ax):
            return draw(self, *args, **kwargs)

    known = signature(draw)
    more = Parameter("ax", Parameter.KEYWORD_ONLY, default=None, annotation="Axes | None")
    shown = known.replace(parameters=[*known.parameters.values(), more])
    plot.__signature__ = shown  # type: ignore[attr-defined]
    return plot
