"""What somebody has to look at after a weekly run: for its page, its manifest and its message."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from microlift.quality import Finding
from microlift.reporting import findings, words
from microlift.reporting.numerals import listing
from microlift.reporting.plainly import sentence


class Concern(NamedTuple):
    """Something that somebody has to look at: the section it is in, its topic, one sentence."""

    anchor: str
    topic: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.topic}: {sentence(self.sentence)}"


def concerns(result: Any, broken: Any = None) -> Iterator[Concern]:
    """List what somebody has to look at, the gravest first.

    Parameters
    ----------
    result
        What `microlift.run` returned.
    broken
        What `microlift.diagnose` found, where it was asked.
    """
    if result.weights.withheld:
        why = "; ".join(str(reason).removesuffix(".") for reason in result.weights.reasons)
        told = f"{why}. Leave what is published as it is, until that is gone"
        if is_first(result):
            told = f"{why}. Publish nothing yet"
        yield Concern("publish", "Weights withheld", told)
    for guard in result.weights.guards:
        if guard.state == "changed":
            of = f"the weight of '{guard.action}'" if guard.action else "all weights"
            yield Concern("weights", "A guard", f"{of}: {guard.reason}")
    if broken is not None and len(broken.frame):
        yield Concern("broken", "What broke", broken.finding)
    poor = findings.raised(result.quality.findings if result.quality else ())
    yield from map(_quality, (one for one in poor if one.verdict == "refuse"))
    known = result.evidence.checks if result.evidence else ()
    checks = [one for one in known if one.verdict is False]
    yield from (Concern("evidence", "Evidence", _verdict(one)) for one in checks if not one.advises)
    table = result.model.calibration()
    if (table["z"].abs() > words.FAR).any():
        yield Concern("calibration", "Calibration", words.calibration_heading(table))
    yield from (Concern("evidence", "Evidence", _verdict(one)) for one in checks if one.advises)
    yield from map(_quality, (one for one in poor if one.verdict != "refuse"))


def _quality(one: Finding) -> Concern:
    found = f" ({one.example})" if one.example else ""
    return Concern("quality", "Data quality", f"{one.name}{found}: {one.remedy or one.effect}")


def _verdict(check: Any) -> str:
    """Say which check is not passed, and for which actions; its section has the rest."""
    names = listing([f"'{name}'" for name in (*check.failed, *check.warned)])
    verb = "warns" if check.advises else "failed"
    of = f" {'of' if check.advises else 'for'} {names}" if names else ""
    return f"the check {check.name} {verb}{of}"


def is_first(result: Any) -> bool:
    """Whether no weights lie in the folder, readable or not."""
    return result.previous is None and not result.unread
