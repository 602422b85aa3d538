"""Scheduled runs: a notebook through papermill, judged by what really ran, then published."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypedDict, Unpack

from microlift import folder
from microlift.errors import CutOffError, InputError, MicroliftError
from microlift.reporting import arguments, inputs, notebooks, publish, retention
from microlift.reporting.declarations import GIVEN, declared
from microlift.reporting.execution import execute
from microlift.reporting.judgement import Judgement, judge
from microlift.reporting.kernel import Limits
from microlift.reporting.notebooks import notebook_path
from microlift.reporting.parameters import Parameter, Value
from microlift.reporting.plainly import bounded, when
from microlift.reporting.publish import FILES
from microlift.reporting.stage import Asked, Run
from microlift.urls import is_url, not_a_path

__all__ = [
    "Judgement",
    "Options",
    "ReportOutcome",
    "execute",
    "judge",
    "notebook_path",
    "run_each",
    "run_report",
]


@dataclass(frozen=True)
class ReportOutcome:
    """How a run ended.

    Attributes
    ----------
    exit_code
        0 done; 1 failed; 2 the plan or the input is wrong; 3 done, weights withheld; 4 cut off;
        75 another run holds the folder.
    html
        The published page, or None where nothing was published.
    message
        One sentence for people.
    kind
        What the report is called; empty where that was not found out.
    manifest
        What the run's manifest.json says; empty where no run was kept, or where none was needed.
    before
        The same of the last good run before it; empty where there was none.
    """

    exit_code: int
    html: Path | None
    message: str
    kind: str = ""
    manifest: Mapping[str, Any] = field(default_factory=dict)
    before: Mapping[str, Any] = field(default_factory=dict)


class Options(TypedDict, total=False):
    """How reports are run.

    Attributes
    ----------
    quiet
        No progress bar.
    limits
        Time and memory of the whole; none where None.
    parameters
        Parameters that the notebook declares, by name: str, int, float, bool, lists of str, None.
    texts
        The same as the command line has them, read by their declared types.
    if_new
        Do nothing where log, plan, parameters and package are those of the last good run.
    keep
        How many runs of a kind stay; 52 where it is not given.
    """

    quiet: bool
    limits: Limits | None
    parameters: Mapping[str, Value] | None
    texts: Sequence[tuple[str, str]]
    if_new: bool
    keep: int


def run_report(
    plan_path: str | Path,
    events_path: str | Path,
    out: str | Path,
    kind: str | Path = notebooks.WEEKLY,
    **options: Unpack[Options],
) -> ReportOutcome:
    """Run a report and publish it, or leave what was published as it is.

    Everything is made in out/<kind>/runs/.ID.part/. If the run is good, the page becomes
    out/<kind>/latest.html and lift.csv, ledger.csv and weights.json move to `out`, each
    file at once, the weights as the next version of its history. A failed run keeps its folder
    with the notebook as evidence; one whose input was refused leaves nothing. out/index.html lists
    the runs.

    Parameters
    ----------
    plan_path, events_path
        Passed to the notebook as absolute paths; an address with ``://`` as it is.
    out
        Folder of the reports.
    kind
        Name of a notebook of microlift, or the path of one of your own (.ipynb).
    **options
        See `Options`.
    """
    return _run_each([kind], (plan_path, events_path), out, options)[0]


def run_each(
    kinds: Sequence[str | Path],
    plan_path: str | Path,
    events_path: str | Path,
    out: str | Path,
    **options: Unpack[Options],
) -> list[ReportOutcome]:
    """Run several reports, one after the other, as `run_report` does.

    The folder is held from the first to the last, the limits are those of all together, and each
    gets the parameters that it declares. What is refused before the first one starts is one
    outcome alone.
    """
    return _run_each(kinds, (plan_path, events_path), out, options)


def worst(outcomes: Sequence[ReportOutcome]) -> int:
    """Return the worst exit code: failed, then cut off, refused, withheld, done.

    >>> worst([ReportOutcome(3, None, ""), ReportOutcome(1, None, ""), ReportOutcome(4, None, "")])
    1
    """
    order = [0, 3, 2, 4, 1, 75]
    return max((one.exit_code for one in outcomes), key=order.index)


def _run_each(
    kinds: Sequence[str | Path],
    paths: tuple[str | Path, str | Path],
    out: str | Path,
    options: Options,
) -> list[ReportOutcome]:
    try:
        places = dict(zip(GIVEN, map(_absolute, paths), strict=False))
        target = Path(_absolute(out))
        sources = [notebook_path(kind) for kind in kinds]
        known = {source.stem: _declared(source) for source in sources}
        given = arguments.settle(known, options.get("parameters"), options.get("texts", ()))
        with _held(target):
            runs = (_asked(s, target, places, known[s.stem], given[s.stem]) for s in sources)
            return [_run(replace(run, **_terms(options)), options) for run in runs]
    except MicroliftError as error:
        return [ReportOutcome(error.exit_code, None, str(error))]


def _asked(
    source: Path,
    out: Path,
    places: Mapping[str, str],
    known: Mapping[str, Parameter],
    given: Mapping[str, Value],
) -> Asked:
    seen = inputs.look(places["plan_path"], places["events_path"], source)
    return Asked(source, out, places, known, given, seen)


def _terms(options: Options) -> dict[str, Any]:
    return {
        "quiet": options.get("quiet", False),
        "limits": options.get("limits") or Limits(),
        "keep": options.get("keep", retention.KEEP),
    }


def _run(asked: Asked, options: Options) -> ReportOutcome:
    kind, before = asked.kind, publish.last_good(asked.out, asked.kind)
    latest = asked.out / kind / "latest.html"
    if options.get("if_new") and before and _same(asked, before, latest):
        message = f"Nothing new for {kind}: log, plan, parameters and microlift are those of the "
        ended = bounded(before.get("status"), 60)
        message += f"last good run ({ended}, {when(before)})."
        return ReportOutcome(0, latest, message, kind, before=before)
    if asked.limits.left() <= 0:
        message = f"The time was over before the report {kind} began: it was not started."
        return ReportOutcome(CutOffError.exit_code, None, message, kind, before=before)
    try:
        judgement, html, told = Run(asked).go()
    except MicroliftError as error:
        return ReportOutcome(error.exit_code, None, str(error), kind, before=before)
    return ReportOutcome(judgement.exit_code, html, judgement.message, kind, told, before)


def _same(asked: Asked, before: Mapping[str, Any], latest: Path) -> bool:
    made = before.get("published")
    published = [asked.out / name for name in FILES if isinstance(made, list) and name in made]
    there = all(path.is_file() for path in (latest, *published))
    plan = asked.places["plan_path"]
    return there and inputs.unchanged(before, asked.inputs, asked.settings, plan)


@contextmanager
def _held(out: Path) -> Iterator[None]:
    """Hold the folder; where there is a history of weights, that is tried at the door too."""
    if not os.path.lexists(out / "history"):
        with folder.held(out, FILES):
            yield
        return
    from microlift.history import held

    with held(out, FILES):
        yield


def _declared(source: Path) -> dict[str, Parameter]:
    known = declared(notebooks.read(source), source.name)
    lost = [name for name in GIVEN if name not in known]
    if lost:
        msg = (
            f"{source.name} does not declare {', '.join(lost)}, so that what it is given would be "
            "lost: assign them in a cell tagged 'parameters', as the weekly report does."
        )
        raise InputError(msg)
    return known


def _absolute(path: str | Path) -> str:
    try:
        # What is no text in a file's name stands in a str as half a letter.
        writable = "\0" not in str(path) and bool(str(path).encode())
    except UnicodeEncodeError:
        writable = False
    if not writable:
        raise InputError(
            f"The path {str(path)!a} cannot be written in UTF-8, so that no notebook could be "
            "given it: rename the file or the folder."
        )
    if is_url(str(path)):
        raise InputError(not_a_path(str(path)))
    return os.path.abspath(path)
