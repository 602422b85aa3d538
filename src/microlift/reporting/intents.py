"""Unseen intent as tables: lifts without and with classes, what they do, where they come from."""

import math

import pandas as pd

from microlift.reporting import numerals
from microlift.reporting.forests import between
from microlift.reporting.tables import html_table


def intent_table(frame: pd.DataFrame) -> str:
    """Write the lifts of an `UnseenIntent`.

    Examples
    --------
    >>> row = {"action": "<b>", "before": 1.13, "before_low": 1.05, "before_high": 1.22,
    ...     "lift": 1.02, "low": 0.94, "high": 1.11, "shift": -0.1, "shift_errors": -2.5,
    ...     "note": ""}
    >>> page = intent_table(pd.DataFrame([row]))
    >>> all(text in page for text in ("&lt;b&gt;", "1.13 (1.05 to 1.22)", "1.02 (0.94 to 1.11)"))
    True
    """
    before = frame[["before", "before_low", "before_high"]].set_axis(
        ["ratio", "low", "high"], axis=1
    )
    shown = pd.DataFrame(
        {
            "action": frame["action"],
            "lift without classes": between(before),
            "lift, classes told apart": between(frame, "lift"),
            "change": [_change(x) for x in frame["shift"]],
            "in standard errors": [_signed(x) for x in frame["shift_errors"]],
        }
    )
    notes = [str(note) for note in frame["note"]]
    caption = "Lift without and with classes of users, 95 % intervals"
    return html_table(shown, caption, list(shown.columns)[1:], notes if any(notes) else ())


def classes_table(classes: pd.DataFrame) -> str:
    """Write what each class of users does at the average moment.

    Examples
    --------
    >>> row = {"class": 1, "share": 0.6, "acting": 0.5, "acting_times": 0.9, "macro": 0.01,
    ...     "macro_times": 0.4, "back": math.nan, "back_times": math.nan}
    >>> "0.40" in classes_table(pd.DataFrame([row]))
    True
    """
    heads = {"acting": "acts next", "macro": "converts next", "back": "comes back"}
    shown = pd.DataFrame({"class": [f"class {z}" for z in classes["class"]]})
    shown["share of users"] = [numerals.percent(x) for x in classes["share"]]
    for name, head in heads.items():
        shown[head] = [
            f"{numerals.percent(x)} ({times:.2f} × average)" if math.isfinite(x) else "–"
            for x, times in zip(classes[name], classes[f"{name}_times"], strict=True)
        ]
    caption = "What users of each class do at the average moment"
    return html_table(shown, caption, list(shown.columns)[1:])


def shares_table(shares: pd.DataFrame) -> str:
    """Write the share of each class by value of an attribute.

    Examples
    --------
    >>> rows = [{"attribute": "channel", "value": "<b>", "users": 10, "class": z, "share": 0.5}
    ...     for z in (1, 2)]
    >>> "channel: &lt;b&gt;" in shares_table(pd.DataFrame(rows))
    True
    """
    # By position: labels of a log may be alike.
    by_class = [rows.reset_index(drop=True) for _, rows in shares.groupby("class")]
    first = by_class[0]
    shown = pd.DataFrame({"first touch": first["attribute"] + ": " + first["value"]})
    shown["users"] = [numerals.count(n) for n in first["users"]]
    for number, rows in enumerate(by_class, start=1):
        shown[f"class {number}"] = [numerals.percent(x) for x in rows["share"]]
    return html_table(shown, "Share of each class by first touch", list(shown.columns)[1:])


def _change(shift: float) -> str:
    return f"{100 * math.expm1(shift):+.1f} %" if math.isfinite(shift) else "–"


def _signed(value: float) -> str:
    return f"{value:+.1f}" if math.isfinite(value) else "–"
