"""All on bidding in one go: readiness, double counting and the client's note, written as files."""

from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from microlift.asked import as_asked
from microlift.bidding.client_note import ClientNote, client_note
from microlift.bidding.double_counting import DoubleCounting, double_counting
from microlift.bidding.in_mode import micro_weights, mode_of_plan, weights_in
from microlift.bidding.readiness import Readiness, readiness
from microlift.errors import InputError
from microlift.events import EventLog, read_events
from microlift.events.engine import memory_of_python
from microlift.evidence import run_checks
from microlift.folder import held, write
from microlift.journeys.counting import segment_labels
from microlift.ledger import Ledger
from microlift.models import LiftModel
from microlift.models.table import to_csv
from microlift.moments import moments
from microlift.plan import Plan
from microlift.plan.quoting import printable
from microlift.plan.weights import AUTO
from microlift.progress import shows_progress
from microlift.weights import Weights

FILES = ("readiness.csv", "double_counting.csv", "client_note.html", "client_note.md")


_CHECKED = (
    "Micro actions are those whose lifts stand up to checks, as in `microlift weights`; its guards "
    "may still leave one out."
)
_UNCHECKED = (
    "Micro actions go by lifts as they are, which nothing has tried to prove wrong (--no-checks): "
    "`microlift weights` may book others."
)


@dataclass(frozen=True, eq=False)
class Advice:
    """What there is to say on bidding.

    Attributes
    ----------
    log
        What was read.
    readiness
        Which mode is ready, and when the next.
    doubles, note
        Double counting by the plan's weights, and the client's note on those of the mode that the
        account is ready for; None where this log allows no estimate (or has nothing to book).
    refused
        Why not; empty where they are there.
    checked
        Whether lifts were put to checks first, as the main job does.
    """

    log: EventLog
    readiness: Readiness
    doubles: DoubleCounting | None
    note: ClientNote | None
    refused: str
    checked: bool = True

    def files(self) -> dict[str, str]:
        """Content of the files."""
        made = {"readiness.csv": to_csv(self.readiness.frame)}
        if self.doubles is not None:
            made["double_counting.csv"] = to_csv(self.doubles.frame)
        if self.note is not None:
            made["client_note.html"] = self.note.to_page()
            made["client_note.md"] = self.note.to_markdown()
        return made

    def __repr__(self) -> str:
        parts = [str(self.readiness)]
        if self.doubles is not None:
            parts.append(self.doubles.finding)
        if self.note is not None:
            parts.append(f"{self.note.finding}{self._otherwise()}")
        if self.refused:
            parts.append(f"No weights, and so no note for a client: {self.refused}")
        else:
            parts.append(_CHECKED if self.checked else _UNCHECKED)
        return "\n\n".join(parts)

    def _otherwise(self) -> str:
        """Say so where the plan's weights are in another mode than the account is ready for."""
        mode, given = self.readiness.frame[["mode", "plan"]].iloc[0].astype(str)
        has = mode_of_plan(self.log.plan)
        if has in (mode, AUTO):
            return ""
        how = f"`{printable(given)}`" if given else "a step of the funnel"
        return f" The weights of this plan are in the mode {has}; the mode {mode} asks for {how}."


@as_asked
def advise(  # noqa: PLR0913 - each is an option of the command
    plan: str | Path | Plan,
    events: str | Path,
    out: str | Path | None = None,
    *,
    by: str | None = None,
    spend: float | None = None,
    checks: bool = True,
    quiet: bool | None = None,
) -> Advice:
    """Read a log, judge readiness, and write readiness.csv and the client's note.

    A log with too few macros for any estimate is where readiness is asked for most: it is judged
    all the same, and only what needs weights is left out.

    Parameters
    ----------
    plan, events
        What is measured, and where the log is.
    out
        Folder for the files; none is written where it is None.
    by
        An attribute of the plan.
    spend
        For the client's note; see `client_note`.
    checks
        Put the lifts to `run_checks` first, so that the same actions count as micro as in the main
        job. Without them it takes a third of the time.
    quiet
        No progress bars; by default there are some where somebody watches.
    """
    quiet = not shows_progress(quiet)
    measured = plan if isinstance(plan, Plan) else Plan.load(Path(plan))
    with nullcontext() if out is None else held(Path(out), FILES):
        with memory_of_python(), read_events(events, measured, quiet=quiet) as log:
            found = _look(log, by, spend, checks, quiet)
        if out is not None:
            write(found.files(), Path(out))
    return found


def _look(log: EventLog, by: str | None, spend: float | None, checks: bool, quiet: bool) -> Advice:
    segment_labels(log, by)  # what is wrong with `by` is said before the long work
    try:
        model = LiftModel(quiet=quiet).fit(moments(log))
        if checks:
            model.lift_ = run_checks(model, quiet=quiet).revised
        ledger = Ledger.from_model(model)
    except InputError as error:
        return Advice(log, readiness(log, by), None, None, str(error))
    weights = micro_weights(ledger)
    ready = readiness(log, by, weights)
    mode, stage = (str(ready.frame[name].iloc[0]) for name in ("mode", "stage"))
    followed = weights_in(mode, stage, ledger, weights)
    return Advice(
        log=log,
        readiness=ready,
        doubles=_doubles(ledger, weights),
        note=client_note(followed, ledger, spend=spend),
        refused="",
        checked=checks,
    )


def _doubles(ledger: Ledger, weights: Weights) -> DoubleCounting | None:
    try:
        return double_counting(ledger, weights)
    except InputError:  # a plan of nothing but friction: there is nothing to book
        return None
