"""Rows of a log that were left out, by reason, as a section of a report."""

import pandas as pd

from microlift.events import LogFacts
from microlift.reporting import blocks, numerals, sections
from microlift.reporting.blocks import Block
from microlift.reporting.tables import html_table

_DUPLICATES = "exact duplicate"


def section(facts: LogFacts) -> Block:
    """Say how many rows were kept, which were left out, and what else a reader should know.

    Parameters
    ----------
    facts
        Of the log that was read.
    """
    reasons = {**facts.rejected, _DUPLICATES: facts.duplicates}
    reasons = {reason: n for reason, n in reasons.items() if n}
    left = sum(reasons.values())
    heading = "No row was left out"
    if left:
        share = numerals.percent(left / max(1, facts.rows))
        heading = (
            f"{numerals.plural(left, 'row')} left out, {share} of {numerals.count(facts.rows)}"
        )
    line, told = "Every row that was read counts.", ""
    if left:
        line = "These rows are in no figure."
        told = "Mend the export where a reason has more rows than you would expect."
    head = sections.with_task(blocks.section("rows", "Rows", heading, line), told)
    parts = [head]
    if left:
        parts.append(Block(f'<div class="sheet">{_table(reasons, facts)}</div>', str(reasons)))
    if facts.notes:
        parts.append(blocks.bullets(facts.notes))
    return Block("\n".join(one.html for one in parts), "\n".join(one.text for one in parts))


def _table(reasons: dict[str, int], facts: LogFacts) -> str:
    ranked = sorted(reasons, key=lambda reason: -reasons[reason])
    kept = max(0, facts.rows - sum(reasons.values()))
    counts = [*(reasons[reason] for reason in ranked), kept, facts.rows]
    shown = pd.DataFrame(
        {
            "rows": [*ranked, "kept", "read"],
            "count": [numerals.count(n) for n in counts],
            "share": [numerals.percent(n / max(1, facts.rows)) for n in counts],
        }
    )
    return html_table(shown, "Rows of the input: left out by reason, and kept", ["count", "share"])
