"""Several looks at one log: a sentence and a file each, or the reason why there is none."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from html import escape
from pathlib import Path

from tqdm.auto import tqdm

from microlift.card import next_html, next_line
from microlift.errors import InputError
from microlift.events import EventLog, read_events
from microlift.events.engine import memory_of_python
from microlift.events.watching import watched
from microlift.folder import held, write
from microlift.models.table import to_csv
from microlift.plan import Plan
from microlift.progress import shows_progress
from microlift.result import Result


@dataclass(frozen=True, eq=False, repr=False)
class Looks:
    """What several looks at a log say.

    Attributes
    ----------
    log
        What was read.
    looks
        Results by name.
    refused
        Looks that this log or plan does not allow, each with the reason.
    """

    log: EventLog
    looks: dict[str, Result]
    refused: dict[str, str]

    def files(self) -> dict[str, str]:
        """Content of a CSV file for each look; what a spreadsheet would run is quoted."""
        return {f"{name}.csv": to_csv(look.frame) for name, look in self.looks.items()}

    def __repr__(self) -> str:
        return f"{self}\n\n{next_line(self._then())}" if self.looks else str(self)

    def __str__(self) -> str:
        told = [f"{name}: {look.finding}" for name, look in self.looks.items()]
        return "\n".join(told + [f"{name}: not told. {why}" for name, why in self.refused.items()])

    def _repr_html_(self) -> str:
        told = [(name, look.finding) for name, look in self.looks.items()]
        told += [(name, f"not told. {why}") for name, why in self.refused.items()]
        rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in told)
        return f"<div><dl>{rows}</dl>{next_html(self._then()) if self.looks else ''}</div>"

    def _then(self) -> str:
        return f'.looks["{next(iter(self.looks))}"].plot()'


def look(
    plan: Plan,
    events: str | Path,
    out: str | Path | None,
    *,
    names: Iterable[str],
    ask: Callable[[EventLog], Mapping[str, Callable[[], Result]]],
    quiet: bool | None = None,
) -> Looks:
    """Read a log, take the looks that are asked of it, and write a CSV file for each.

    A look that a log is too short for is no reason to have none.

    Parameters
    ----------
    plan, events
        What is measured, and where the log is.
    out
        Folder for the files; none is written where it is None.
    names
        Looks that may be asked for: the folder is tried for all of them before any work is done.
    ask
        What is asked of the log that was read: by name, a function that looks.
    quiet
        No progress bars.
    """
    quiet = not shows_progress(quiet)
    files = [f"{name}.csv" for name in names]
    with nullcontext() if out is None else held(Path(out), files):
        with memory_of_python(), read_events(events, plan, quiet=quiet) as log:
            found = _gather(log, ask(log), quiet)
        if out is not None:
            write(found.files(), Path(out))
    return found


def _gather(log: EventLog, asked: Mapping[str, Callable[[], Result]], quiet: bool) -> Looks:
    looks: dict[str, Result] = {}
    refused: dict[str, str] = {}
    bar = tqdm(asked, desc="look", unit="look", disable=quiet, leave=False)
    with bar, watched(log.con, bar):
        for name in bar:
            try:
                looks[name] = asked[name]()
            except InputError as error:
                refused[name] = str(error)
    return Looks(log, looks, refused)
