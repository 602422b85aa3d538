"""Several looks at one log: a sentence and a file each, or the reason why there is none."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape

from tqdm.auto import tqdm

from microlift.errors import InputError
from microlift.events import EventLog
from microlift.models.table import to_csv
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
        told = [f"{name}: {look.finding}" for name, look in self.looks.items()]
        return "\n".join(told + [f"{name}: not told. {why}" for name, why in self.refused.items()])

    def _repr_html_(self) -> str:
        told = [(name, look.finding) for name, look in self.looks.items()]
        told += [(name, f"not told. {why}") for name, why in self.refused.items()]
        rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in told)
        return f"<dl>{rows}</dl>"


def gather(
    log: EventLog, asked: Mapping[str, Callable[[], Result]], *, quiet: bool = True
) -> Looks:
    """Take the looks that are asked for, one after the other.

    A look that a log is too short for is no reason to have none.
    """
    looks: dict[str, Result] = {}
    refused: dict[str, str] = {}
    for name in tqdm(asked, desc="look", unit="look", disable=quiet, leave=False):
        try:
            looks[name] = asked[name]()
        except InputError as error:
            refused[name] = str(error)
    return Looks(log, looks, refused)
