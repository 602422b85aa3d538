"""What differs between two weights files: what moved, by how much, and why."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from microlift.history.book import Book, Line, same
from microlift.history.parts import NAMES, Parts, parts
from microlift.plan.quoting import printable
from microlift.result import Result, onto

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLUMNS = ("action", "before", "after", "change", *NAMES)
_EVIDENCE = ("credit", "lift", "occurrences")


@dataclass(frozen=True)
class Fact:
    """One setting of the two files: what it is called, and what each says."""

    name: str
    before: str
    after: str

    @property
    def moved(self) -> bool:
        """Whether the two say different things."""
        return self.before != self.after


@dataclass(frozen=True, eq=False, repr=False)
class Diff(Result):
    """What moved between two weights files, and why.

    Attributes
    ----------
    frame
        One row an action that is in either file: its weight `before` and `after`, the `change`, and
        the change split by cause (see `Parts`; the columns add up to it), what credit, lift and
        occurrences were and are, its guards, whether it is primary. Largest change first.
    finding
        What moved most, in one sentence.
    notes
        What to know beside it: another plan, another currency, guards.
    old, new
        What the two files are called.
    facts
        Settings and totals of the two files.
    currency
        Of the weights; None where they are in macros, or where the two differ.
    empty
        Whether the two say the same, apart from when they were made.
    labels
        What people call actions, as the two files say: shown in the place of names.
    """

    notes: tuple[str, ...]
    old: str
    new: str
    facts: tuple[Fact, ...]
    currency: str | None
    empty: bool
    labels: Mapping[str, str]

    def plot(self, *, narrow: bool = False, ax: "Axes | None" = None) -> "Axes":
        """Draw each weight before and after."""
        from microlift.reporting.differences import arrows

        with onto(ax):
            return arrows(self.frame, self.currency, narrow=narrow)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data; what is not known is None."""
        rows = self.frame.astype(object).where(self.frame.notna(), None).to_dict("records")
        moved = [vars(fact) for fact in self.facts if fact.moved]
        return {
            "old": self.old,
            "new": self.new,
            "empty": self.empty,
            "finding": self.finding,
            "currency": self.currency,
            "actions": [] if self.empty else rows,
            "settings": [] if self.empty else moved,
            "notes": list(self.notes),
        }

    def to_json(self) -> str:
        """Return `to_dict` as JSON."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False, allow_nan=False)

    def to_page(self) -> str:
        """Return a page of its own, self-contained, every name escaped."""
        from microlift.reporting.diff_page import page

        return page(self)

    def __str__(self) -> str:
        from microlift.reporting.differences import text

        return text(self)

    def _table(self) -> str:
        from microlift.reporting.differences import table

        return table(self.frame, self.currency)


def compare(
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    names: tuple[str, str] = ("the old file", "the new one"),
) -> Diff:
    """Compare the contents of two weights files.

    Parameters
    ----------
    old, new
        Contents of weights.json.
    names
        What they are called.

    Examples
    --------
    >>> file = {"currency": "EUR", "actions": [{"name": "cart", "weight": 2.0, "primary": True}]}
    >>> compare(file, file).empty
    True
    >>> raised = {"currency": "EUR", "actions": [{"name": "cart", "weight": 3.0, "primary": True}]}
    >>> compare(file, raised, ("version 1", "version 2")).finding
    '1 of 1 weights moved from version 1 to version 2: cart 2.00 to 3.00 EUR (+50.0 %).'
    """
    before, after, empty = Book.of(old), Book.of(new), same(old, new)
    alike = before.currency == after.currency
    every = list(dict.fromkeys([*after.lines, *before.lines]))
    rows = [_row(name, before, after, alike) for name in every]
    frame = pd.DataFrame(rows, columns=_columns()).sort_values(
        "change", key=lambda change: -change.abs(), kind="stable", ignore_index=True
    )
    finding = _finding(frame, after.currency, names, empty, alike)
    notes = () if empty else tuple(_notes(frame, before, after))
    currency = after.currency if alike else None
    facts, called = tuple(_facts(before, after)), before.labels | after.labels
    return Diff(frame, finding, notes, *names, facts, currency, empty, called)


def _columns() -> list[str]:
    ends = [f"{name}_{end}" for name in _EVIDENCE for end in ("before", "after")]
    return [*_COLUMNS, *ends, "primary_before", "primary_after", "guards_before", "guards_after"]


def _row(name: str, old: Book, new: Book, alike: bool) -> dict[str, Any]:
    before, after = old.lines.get(name), new.lines.get(name)
    start, end = _of(before, "weight"), _of(after, "weight")
    why = parts(name, old, new) if alike else Parts(*[math.nan] * len(NAMES))
    row: dict[str, Any] = {"action": printable(name), "before": start, "after": end}
    row["change"] = why.sum()
    row |= {part: getattr(why, part) for part in NAMES}
    for field in _EVIDENCE:
        row[f"{field}_before"], row[f"{field}_after"] = _of(before, field), _of(after, field)
    for side, line in (("before", before), ("after", after)):
        row[f"primary_{side}"] = bool(line and line.primary)
        row[f"guards_{side}"] = ", ".join(map(printable, line.guards)) if line else ""
    return row


def _of(line: Line | None, field: str) -> float:
    return math.nan if line is None else float(getattr(line, field))


def _finding(
    frame: pd.DataFrame, currency: str | None, names: tuple[str, str], empty: bool, alike: bool
) -> str:
    from microlift.reporting.differences import moved, records

    old, new = names
    if empty:
        return f"Nothing moved from {old} to {new}."
    if not alike:
        return (
            f"The weights of {old} and {new} are in different currencies: they cannot be compared."
        )
    booked = frame[(frame["before"] > 0) | (frame["after"] > 0)]
    changed = booked[booked["change"] != 0]
    if changed.empty:
        return f"No weight moved from {old} to {new}; what else changed is below."
    most = moved(records(changed)[0], currency)
    first = "" if len(changed) == 1 else "most of all "
    return f"{len(changed)} of {len(booked)} weights moved from {old} to {new}: {first}{most}."


def _notes(frame: pd.DataFrame, old: Book, new: Book) -> list[str]:
    said = []
    if old.text("plan_hash") != new.text("plan_hash"):
        said.append("The plan is another one: what counts as an action may have changed with it.")
    if old.text("data_fingerprint") == new.text("data_fingerprint"):
        said.append("The data are the same: nothing of this comes from new events.")
    if old.text("package_version") != new.text("package_version"):
        said.append("The version of microlift is another one: part may come from the method.")
    if old.primary != new.primary:
        came = [printable(name) for name in new.primary if name not in old.primary]
        went = [printable(name) for name in old.primary if name not in new.primary]
        for what, which in (("now bid on", came), ("no longer bid on", went)):
            if which:
                said.append(f"{what.capitalize()}: {', '.join(which)}.")
    if frame["other"].abs().sum() > 0:
        said.append(
            "Part of a change is not explained: the files do not hold what would explain it."
        )
    return said


def _facts(old: Book, new: Book) -> list[Fact]:
    from microlift.reporting.differences import fact

    facts = []
    for name, field in (
        ("plan", "plan_hash"), ("data", "data_fingerprint"), ("microlift", "package_version"),
        ("horizon", "horizon"), ("time zone", "timezone"), ("mode", "mode"),
        ("valid until", "valid_until"),
    ):  # fmt: skip
        facts.append(Fact(name, old.text(field), new.text(field)))
    for name, number in (("first event", 0), ("last event", 1)):
        facts.append(Fact(name, old.window()[number], new.window()[number]))
    facts.append(Fact("currency", old.currency or "macros", new.currency or "macros"))
    for name, one in (("bid on", "primary"), ("guards that changed a weight", "guards")):
        said = [", ".join(map(printable, getattr(book, one))) or "none" for book in (old, new)]
        facts.append(Fact(name, *said))
    facts += [
        fact(name, old.number(field), new.number(field), digits)
        for name, field, digits in (
            ("macros", "macros", 0), ("revenue", "revenue", 2),
            ("weight of the macro", "macro_weight", 2), ("booked in all", "booked_total", 2),
            ("calibration constant", "calibration_constant", 4),
            ("inflation factor of the usual recipe", "inflation_factor", 2),
        )
    ]  # fmt: skip
    return [*facts, fact("mean value of a macro", old.mean_value, new.mean_value, 2)]
