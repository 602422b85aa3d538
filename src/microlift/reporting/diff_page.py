"""What moved between two weights files, on a page of its own."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from microlift.history.diff import Diff, Fact
from microlift.history.parts import NAMES
from microlift.reporting import blocks, labels, numerals
from microlift.reporting import page as paper
from microlift.reporting.blocks import Block, Figure
from microlift.reporting.differences import SHORT, booked, brief, moved, records, table, why
from microlift.reporting.tables import html_table

_READING = (
    "A weight is calibration constant × credit × mean value of a macro. The columns add up to the "
    "change: each factor has the share that its own movement explains, the credit apart from what "
    "the lift moved. The calibration constant is macros over credits booked: it moves with the "
    "counts (macros, times done) and with what else is booked (calibration)."
)


def page(diff: Diff) -> str:
    """Write a diff as a page of its own."""
    title = f"What moved from {diff.old} to {diff.new}"
    with labels.calling(diff.labels):
        return paper.page(title, diff.finding, [] if diff.empty else _blocks(diff))


def _blocks(diff: Diff) -> list[Block | Figure]:
    shown: list[Block | Figure] = []
    rows = booked(diff.frame)
    if len(rows) and rows["change"].notna().all():
        sentences = [_sentence(row, diff.currency) for row in records(rows)]
        shown += [
            blocks.section("weights", "Weights", _ways(rows)),
            blocks.figure(
                diff.plot(),
                alt=diff.finding,
                caption="Blue rose, orange fell.",
                narrow=diff.plot(narrow=True),
            ),
            blocks.section("why", "Why", _mover(rows), _READING),
            blocks.bullets(sentences),
            blocks.Block(f'<div class="sheet">{table(diff.frame, diff.currency)}</div>', ""),
        ]
    facts = [one for one in diff.facts if one.moved]
    if facts or diff.notes:
        shown.append(blocks.section("settings", "Settings", "What else changed"))
    if diff.notes:
        shown.append(blocks.bullets(diff.notes))
    if facts:
        shown.append(blocks.Block(f'<div class="sheet">{_facts(facts)}</div>', ""))
    others = _others(diff.frame)
    if len(others):
        head = blocks.section("others", "Not bid on", "The actions that are not booked")
        shown += [head, blocks.Block(f'<div class="sheet">{_quiet(others)}</div>', "")]
    return shown


def _ways(rows: pd.DataFrame) -> str:
    rose, fell = int((rows["change"] > 0).sum()), int((rows["change"] < 0).sum())
    said = [f"{count} {way}" for count, way in ((rose, "rose"), (fell, "fell")) if count]
    return f"Of {numerals.plural(len(rows), 'weight')}, {' and '.join(said) or 'none moved'}"


def _mover(rows: pd.DataFrame) -> str:
    sizes = {part: float(rows[part].abs().sum()) for part in NAMES}
    most = max(sizes, key=lambda part: sizes[part])
    return f"What moved them most: {SHORT[most]}" if sizes[most] else "Nothing moved them"


def _sentence(row: Mapping[str, Any], currency: str | None) -> str:
    causes = why(row, currency)
    return f"{moved(row, currency)}{f': {causes}' if causes else ''}."


def _facts(facts: list[Fact]) -> str:
    frame = pd.DataFrame(
        {
            "what": [one.name for one in facts],
            "before": [brief(one.before) for one in facts],
            "now": [brief(one.after) for one in facts],
        }
    )
    return html_table(frame, "Settings and totals that differ")


def _others(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.drop(booked(frame).index)


def _quiet(rest: pd.DataFrame) -> str:
    shown = pd.DataFrame({"action": rest["action"]})
    for head, name in (("lift before", "lift_before"), ("lift now", "lift_after")):
        shown[head] = [numerals.decimal(value) for value in rest[name]]
    for head, name in (("times done before", "occurrences_before"),
                       ("times done now", "occurrences_after")):  # fmt: skip
        shown[head] = [numerals.count(value) for value in rest[name]]
    return html_table(shown, "What was and is estimated of them", [str(head) for head in shown][1:])
