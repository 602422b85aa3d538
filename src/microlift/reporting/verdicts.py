"""What a check found, as a table of text."""

from typing import Any

import pandas as pd

from microlift.reporting import numerals
from microlift.reporting.tables import html_table

WORDS = {True: "passed", False: "failed", None: "not judged"}
_SHARES = ("propensity", "beyond", "alone", "predicted", "observed", "macro_rate")


def word(verdict: object) -> str:
    """Word of a verdict; a missing value could not be judged.

    >>> word(True), word(False), word(None), word(float("nan"))
    ('passed', 'failed', 'not judged', 'not judged')
    """
    return {"True": WORDS[True], "False": WORDS[False]}.get(str(verdict), WORDS[None])


def check_table(frame: pd.DataFrame, caption: str) -> str:
    """Write the frame of a check: its first column names the rows, `note` stands under them.

    >>> frame = pd.DataFrame({"action": ["<b>"], "verdict": [False], "beyond": [0.2],
    ...     "doers": [1200], "p_value": [0.0001], "note": ["why"]})
    >>> page = check_table(frame, "Overlap")
    >>> [text in page for text in ("&lt;b&gt;", "failed", "20.0 %", "1,200", "&lt; 0.001", "why")]
    [True, True, True, True, True, True]
    """
    notes = [str(note) for note in frame["note"]] if "note" in frame else []
    shown = pd.DataFrame(index=frame.index)
    numeric = []
    for name in frame.columns.drop("note", errors="ignore"):
        column = frame[name]
        head = str(name).replace("_", " ")
        if name == "verdict":
            shown[head] = [word(value) for value in column]
            continue
        shown[head] = [_text(str(name), value) for value in column]
        if pd.api.types.is_numeric_dtype(column):
            numeric.append(head)
    return html_table(shown, caption, numeric, notes if any(notes) else ())


def _text(name: str, value: Any) -> str:
    if isinstance(value, str):
        return value
    number = float(value)
    if name in _SHARES:
        return numerals.percent(number)
    if name == "p_value":
        return numerals.q_value(number)
    whole = number == round(number) if number == number and abs(number) < 1e15 else False
    return numerals.count(number) if whole or abs(number) >= 100 else numerals.decimal(number)
