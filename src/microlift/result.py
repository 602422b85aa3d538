"""What every look at a log gives back: a frame, a picture, and one sentence."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False, repr=False)
class Result(ABC):
    """A result that shows itself.

    Attributes
    ----------
    frame
        The figures, one row each; shares are between 0 and 1, intervals are 95 %.
    finding
        What they say, in one sentence.

    A result may have `notes`, which are shown under the figures.
    """

    frame: pd.DataFrame
    finding: str

    def to_frame(self) -> pd.DataFrame:
        """Return a copy of the figures."""
        return self.frame.copy()

    def to_html(self) -> str:
        """Return the figures as an HTML table, every name escaped."""
        return self._table()

    @abstractmethod
    def plot(self, *, narrow: bool = False) -> "Axes":
        """Draw the figures; `narrow` for a screen as wide as a phone's."""

    @abstractmethod
    def _table(self) -> str:
        """Write the figures as an HTML table of text."""

    def __repr__(self) -> str:
        table = self._shown().to_string(index=False, float_format=lambda x: f"{x:.4g}", na_rep="-")
        return "\n\n".join([self.finding, table, *self._told()])

    def _repr_html_(self) -> str:
        notes = "".join(f"<p>{escape(note)}</p>" for note in self._told())
        return f"<p>{escape(self.finding)}</p>{self._table()}{notes}"

    def _shown(self) -> pd.DataFrame:
        """Return what is shown of the figures as text: all of them, unless there are many."""
        return self.frame

    def _told(self) -> tuple[str, ...]:
        return getattr(self, "notes", ())
