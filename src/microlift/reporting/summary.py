"""What became of a run, in plain text fit for a mail or a chat message: from its manifest alone."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from microlift.reporting import facts, labels, plainly

if TYPE_CHECKING:
    from microlift.reporting.runner import ReportOutcome

_MOST = 12  # lines of a kind: a message is read on a phone


def short(outcome: "ReportOutcome") -> list[str]:
    """What became of the run, where the report lies, and where the weights lie if they are new."""
    if not outcome.manifest:
        return [outcome.message]
    return [outcome.message, *_places(outcome)]


def line(outcome: "ReportOutcome") -> list[str]:
    """The same in one line, for one of several reports."""
    if not outcome.manifest:
        return [outcome.message]
    return [f"{outcome.kind}: {outcome.message} {outcome.html}"]


def full(outcome: "ReportOutcome") -> list[str]:
    """What became of the run, its figures beside those of the one before, what needs a look.

    Parameters
    ----------
    outcome
        Of a run that was published.
    """
    told = outcome.manifest
    if not told:
        return [outcome.message]
    called = labels.of_manifest(told)
    span = f"{plainly.when(told)}, {plainly.took(told)}"
    # What is withheld, and why, stands under what needs a look.
    became = told.get("status", "") if told.get("attention") else outcome.message
    lines = [f"{outcome.kind}: {plainly.bounded(became)} ({span})"]
    figures = list(_figures(told, outcome.before))
    if figures:
        lines += ["", *figures]
    attention = told.get("attention")
    if isinstance(attention, list) and attention:
        shown = [plainly.bounded(called.said(str(one))) for one in attention[:_MOST]]
        lines += ["", "needs a look:", *(f"- {one}" for one in shown)]
        if len(attention) > _MOST:
            lines.append(f"- and {len(attention) - _MOST} more, on the page")
    return [*lines, "", *_places(outcome)]


def _figures(told: Mapping[str, object], before: Mapping[str, object]) -> Iterator[str]:
    """Align the figures, each with its change since the last good run."""
    known, old = (facts.figures(one.get(facts.HEADLINE)) for one in (told, before))
    shown = list(known.items())
    said = labels.of_manifest(told).said
    rows = [
        (plainly.bounded(said(label), 80), plainly.number(value), label) for label, value in shown
    ]
    wide = max((len(label) for label, _, _ in rows), default=0)
    far = max((len(value) for _, value, _ in rows), default=0)
    if rows and before:
        yield f"{'':{wide}}  {'':{far}}  since {plainly.when(before)}"
    for label, value, key in rows:
        moved = plainly.change(old[key], known[key]) if key in old else ""
        new = "new" if old and not moved else ""
        yield f"{label:{wide}}  {value:>{far}}  {moved or new}".rstrip()
    gone = [plainly.bounded(said(label), 80) for label in old if label not in known]
    if gone and known:
        yield f"no longer there: {', '.join(gone[:_MOST])}"


def _places(outcome: "ReportOutcome") -> list[str]:
    assert outcome.html is not None  # a manifest without a page is a failure
    weights = outcome.html.parents[1] / "weights.json"
    new = outcome.exit_code == 0 and weights.name in outcome.manifest.get("published", [])
    return [f"report: {outcome.html}", *([f"weights: {weights}"] if new else [])]
