"""The figures of a client's note as rows of text, for the page and for Markdown."""

from typing import TYPE_CHECKING

from microlift.reporting import numerals

if TYPE_CHECKING:
    from microlift.bidding import ClientNote

VIEWS = {
    "real": "Real",
    "before": "Platform today",
    "after": "Platform from now on",
    "after, usual recipe": "By the usual recipe",
}


def heads(note: "ClientNote") -> list[str]:
    """Name the views, in their order."""
    return [VIEWS[view] for view in note.frame["view"]]


def measures(note: "ClientNote") -> dict[str, list[str]]:
    """Write a measure a row, with a cell for each view."""
    frame = note.frame
    rows = {
        "Conversions": [numerals.count(n) for n in frame["conversions"]],
        f"Conversion rate (of {numerals.count(frame['of'].iloc[0])} {note.sheet.denominator})": [
            numerals.percent(rate) for rate in frame["rate"]
        ],
    }
    if note.currency:
        values = [numerals.count(value) for value in frame["value"]]
        rows[f"Conversion value, {note.currency}"] = values
    if frame["spend"].notna().all():
        rows["Return on ad spend"] = [f"{100 * x:,.0f} %" for x in frame["return_on_spend"]]
    return rows


def booked(note: "ClientNote") -> list[tuple[str, str, str]]:
    """Name what is booked: step, value, times; the goal last, where it is primary."""
    sheet = note.sheet
    known = [(action.name, action.weight, action.occurrences) for action in sheet.booked]
    if sheet.macro_weight:
        known.append((sheet.macro, sheet.macro_weight, int(note.frame["conversions"].iloc[0])))
    values = numerals.column(
        [value for _, value, _ in known], numerals.cents(v for _, v, _ in known)
    )
    return [
        (name, value, numerals.count(times))
        for (name, _, times), value in zip(known, values, strict=True)
    ]
