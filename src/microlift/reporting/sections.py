"""Sections of a report: a finding as the heading, what to do, the picture, and the rest folded.

A look that a log is too short for is no reason to have no report: its section says why.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from microlift.diagnosis import Diagnosis
from microlift.errors import InputError
from microlift.events.engine import memory_of_python
from microlift.evidence import Evidence
from microlift.evidence.check import Check
from microlift.reporting import blocks, captions, todo
from microlift.reporting.blocks import Block, Figure
from microlift.reporting.tables import breakable
from microlift.result import Result

# What stands in brackets is how sure a figure is; other brackets may belong to a name.
_ASIDE = re.compile(r" \(((?:[\d.]+ ?%, )?95 % interval [^()]*|[\d,]+ to [\d,]+ by chance)\)")
# What follows begins as our sentences do: a name may hold a pause of its own.
_PAUSE = re.compile(r"\. |[;:] (?=[a-z\d'\"(])")
_PERCENT = re.compile(r"(?<=\d)%(?=[\s,;.)]|$)")
_SHORT, _LEAST = 76, 20  # letters of a heading that is not cut, and before a cut
_LONGEST = 200
_MOST_FAULTS = 4  # that are drawn; the table has all


@dataclass(frozen=True)
class Refused:
    """A look that there is none of, and why."""

    why: str


class Shown:
    """Blocks and figures that a notebook shows one under the other."""

    def __init__(self, parts: Iterable[Block | Figure]) -> None:
        self.parts = tuple(parts)

    def __repr__(self) -> str:
        return "\n".join(map(repr, self.parts))

    def _ipython_display_(self) -> None:
        from IPython.display import display

        for part in self.parts:
            display(part)  # type: ignore[no-untyped-call]


def ask(question: Callable[..., Any], *given: Any, **settings: Any) -> Any:
    """Ask a log or a model for something; where there is no answer, return why.

    What was refused before is not asked again: what needs it is refused for the same reason.

    Parameters
    ----------
    question
        A function such as `microlift.funnel`.
    given, settings
        What it is called with.

    Returns
    -------
    What it returns, or `Refused`.

    Examples
    --------
    >>> def short(log: str) -> str:
    ...     raise InputError(f"{log} has 2 days, needs 14.")
    >>> first = ask(short, "The log")
    >>> first, ask(len, first) is first, ask(len, "four")
    (Refused(why='The log has 2 days, needs 14.'), True, 4)
    """
    for one in (*given, *settings.values()):
        if isinstance(one, Refused):
            return one
    try:
        with memory_of_python():
            return question(*given, **settings)
    except InputError as error:
        return Refused(str(error))


def look(anchor: str, topic: str, found: Result | Refused | None, do: str = "") -> Shown:
    """Show a look as a section: its finding, what to do, its picture; the rest is folded.

    Parameters
    ----------
    anchor, topic
        Of the section: its place on the page, and its short name in the contents.
    found
        What was found, or why nothing was; None for no section at all.
    do
        What to do about it, in a sentence; by default that of `todo`.

    Examples
    --------
    >>> look("funnel", "Funnel", Refused("The plan has no funnel. Name its steps."))
    Funnel: The plan has no funnel
    Name its steps.
    """
    if found is None:
        return Shown([])
    if isinstance(found, Refused):
        heading, rest = parted(found.why)
        return Shown([blocks.section(anchor, topic, heading, rest)])
    heading, rest = parted(found.finding)
    head = blocks.section(anchor, topic, heading, rest)
    return Shown([with_task(head, do or todo.of(found)), *drawn(found)])


def checks(evidence: Evidence | Refused) -> Shown:
    """Show every check of the evidence in full, one under the other."""
    if isinstance(evidence, Refused):
        return Shown([])
    parts: list[Block | Figure] = []
    for check in evidence.checks:
        parts += [_check_head(check), *drawn(check)]
    return Shown(parts)


def _check_head(check: Check) -> Block:
    heading, rest = parted(check.finding)
    words = {True: "passed", False: "a warning" if check.advises else "failed"}
    state = words.get(check.verdict, "not judged") if check.verdict is not None else "not judged"
    topic = f"{check.name}: {state}"
    anchor = f"check-{re.sub('[^a-z]+', '-', check.name.lower()).strip('-')}"
    html = (
        f'<h3 id="{anchor}"><span class="topic">{breakable(topic)}</span> '
        f"{breakable(heading)}</h3>" + "".join(f"<p>{breakable(line)}</p>" for line in rest)
    )
    return with_task(Block(html, "\n".join([topic, heading, *rest])), todo.of(check))


def drawn(found: Result) -> list[Block | Figure]:
    """Draw a look with its table and its notes folded behind the picture.

    Where a picture would be empty there are table and notes alone; nothing where these are empty.
    """
    notes = "".join(f"<li>{breakable(note)}</li>" for note in getattr(found, "notes", ()))
    table = found.to_html() if not found.frame.empty else ""
    behind = table + (f"<p>How it was counted:</p><ul>{notes}</ul>" if notes else "")
    if not captions.pictured(found):
        return [folded("Figures and how they were counted", behind)] if behind else []
    return [
        blocks.figure(
            found.plot(),
            alt=found.finding,
            caption=captions.of(found),
            data=behind,
            narrow=found.plot(narrow=True),
        ),
        *(_faults(found) if isinstance(found, Diagnosis) else []),
    ]


def _faults(found: Diagnosis) -> list[Figure]:
    """Draw the findings after the first."""
    figures = []
    for number in range(1, min(_MOST_FAULTS, len(found.frame))):
        row = found.frame.iloc[number]
        alt = f"{row['step']} → {row['then']}, {row['segment']}: {row['evidence']}"
        axes = [found.plot(number, narrow=narrow) for narrow in (False, True)]
        segment = "of all users" if row["segment"] == "all" else f"of {row['segment']}"
        caption = f"The next finding, {segment}: from {row['since']} to {row['until']}."
        figures.append(blocks.figure(axes[0], alt=alt, caption=caption, narrow=axes[1]))
    return figures


def folded(summary: str, html: str) -> Block:
    """Fold markup, whose every foreign text is escaped, under a summary.

    >>> folded("All checks", "<p>None.</p>").html
    '<div class="sheet"><details><summary>All checks</summary><p>None.</p></details></div>'
    """
    inner = f"<details><summary>{breakable(summary)}</summary>{html}</details>"
    return Block(f'<div class="sheet">{inner}</div>', summary)


def parted(finding: str) -> tuple[str, list[str]]:
    """Part a finding into a heading and what else it says.

    How sure a figure is goes below the heading, and so does what follows a pause.

    Examples
    --------
    >>> parted("5% of 20 visitors buy (95 % interval 1% to 9%).")
    ('5 % of 20 visitors buy', ['95 % interval 1 % to 9 %.'])
    >>> parted("5% of 20,000 visitors reach purchase; what most of them do is view_item, 46.69%.")
    ('5 % of 20,000 visitors reach purchase', ['What most of them do is view_item, 46.69 %.'])
    >>> parted("Nothing stands out.")
    ('Nothing stands out', [])
    """
    text = spaced(finding)
    heading, rest = text, ""
    if ". " in text[_LEAST:] or len(_ASIDE.sub("", text)) > _SHORT:
        heading, rest = _cut(text)
    asides = _ASIDE.findall(heading)
    heading = _ASIDE.sub("", heading).rstrip().removesuffix(".")
    if len(heading) > _LONGEST:
        heading = heading[: _LONGEST - 1].rstrip() + "…"
    told = " ".join(_sentence(one) for one in (*asides, rest) if one.strip())
    return heading, [told] if told else []


def spaced(text: str) -> str:
    """Write percentages of a finding as the rest of a page does.

    >>> spaced("5.41% of 20 (95 % interval 1% to 9%)")
    '5.41 % of 20 (95 % interval 1 % to 9 %)'
    """
    return _PERCENT.sub(" %", text)


def _cut(text: str) -> tuple[str, str]:
    """Cut at the first pause outside of brackets."""
    for pause in _PAUSE.finditer(text):
        before = text[: pause.start()]
        if pause.start() >= _LEAST and before.count("(") <= before.count(")"):
            return before, text[pause.end() :]
    return text, ""


def _sentence(text: str) -> str:
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "…", "?")) else ".")


def with_task(block: Block, task: str) -> Block:
    """Put what to do under a heading, if there is anything."""
    if not task:
        return block
    html = f"{block.html}\n<p><strong>What to do:</strong> {breakable(task)}</p>"
    return Block(html, f"{block.text}\nWhat to do: {task}", block.facts)
