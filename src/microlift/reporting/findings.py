"""What the checks of a log found, as text for a terminal and as a table for a page."""

from collections.abc import Sequence
from textwrap import fill

import pandas as pd

from microlift.plan.quoting import printable
from microlift.quality.finding import VERDICTS, Finding
from microlift.reporting import tables, terminal
from microlift.reporting.numerals import count, percent, plural

_WIDE, _INDENT = 80, "  "


def raised(findings: Sequence[Finding]) -> list[Finding]:
    """Keep what is not good: refusals first, then what to look at."""
    worst_first = sorted(findings, key=lambda one: -VERDICTS.index(one.verdict))
    return [one for one in worst_first if one.verdict != "good"]


def heading(findings: Sequence[Finding]) -> str:
    """Say how many checks there were, and how they ended.

    >>> heading([Finding("bots", "good", 0, 0.0, "", "None.", "Nothing.")])
    '1 check, all good'
    >>> heading([Finding("bots", "look", 3, 0.2, "", "They never buy.", "Leave them out.")])
    '1 check: 1 to look at'
    """
    verdicts = [one.verdict for one in findings]
    refuse, look = verdicts.count("refuse"), verdicts.count("look")
    checks = plural(len(findings), "check")
    if not refuse + look:
        return f"{checks}, all good"
    said = [f"{count(refuse)} that would mislead"] if refuse else []
    said += [f"{count(look)} to look at"] if look else []
    return f"{checks}: {', '.join(said)}"


def reading(findings: Sequence[Finding]) -> str:
    """Say how the table is to be read; nothing where there is none."""
    if not raised(findings):
        return ""
    return (
        "Shown is what is not good. Look: the results hold once somebody knows the reason. Refuse: "
        "mend the log before anything is done with the results."
    )


def text(findings: Sequence[Finding]) -> str:
    """One row a check; beneath, of each that is not good, one case, its effect and the remedy."""
    rows = [(one.name, one.verdict, count(one.count), _share(one)) for one in findings]
    table = terminal.grid(("check", "verdict", "count", "share"), rows, right=(2, 3))
    lines = [table, "", f"{heading(findings)}."]
    for one in raised(findings):
        lines += ["", *_explained(one)]
    return "\n".join(lines)


def _explained(one: Finding) -> list[str]:
    head = f"{one.verdict}: {one.name}" + (f": {one.example}" if one.example else "")
    head = fill(printable(head), _WIDE, subsequent_indent=_INDENT)
    said = [one.effect, f"What to do: {one.remedy}"]
    lines = (fill(printable(line), _WIDE - len(_INDENT)) for line in said)
    return [head, *("\n".join(_indented(line)) for line in lines)]


def _indented(paragraph: str) -> list[str]:
    return [_INDENT + line for line in paragraph.split("\n")]


def table(findings: Sequence[Finding]) -> str:
    """Write findings as a table; what they do and what to do stand under each that is not good.

    Examples
    --------
    >>> page = table([Finding("bots", "look", 3, 0.2, "<b>", "They never buy.", "Leave them out.")])
    >>> "&lt;b&gt;" in page and "They never buy. Leave them out." in page
    True
    """
    shown = pd.DataFrame(
        {
            "check": [one.name for one in findings],
            "verdict": [one.verdict for one in findings],
            "count": [count(one.count) for one in findings],
            "share": [_share(one) for one in findings],
            "for example": [one.example for one in findings],
        }
    )
    notes = ["" if one.verdict == "good" else f"{one.effect} {one.remedy}" for one in findings]
    caption = "Checks of the log, with what each does to the estimate and what to do"
    return tables.html_table(shown, caption, ["count", "share"], notes if any(notes) else ())


def _share(one: Finding) -> str:
    return "–" if one.share is None else percent(one.share)
