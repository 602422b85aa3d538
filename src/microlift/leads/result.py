"""Lead scores as they are shown and written: the leads, how good scores are, and both drawn."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from microlift.leads.judging import Judgement
from microlift.models.table import to_csv
from microlift.result import Result, onto

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False, repr=False)
class LeadScores(Result):
    """The open users, the warmest first.

    Attributes
    ----------
    frame
        One row a lead: lead (digest of the id, or the id where that was asked for), chance (of the
        macro within the horizon from the end of the data on), low, high (95 % interval of the share
        that converted of users scored like this on later data), expected_value (chance times the
        mean value of a macro), currency, last_seen (date, in the plan's time zone), reason_1..
        (the strongest first).
    finding
        What they say, in a sentence or two.
    judgement
        How scores made in the same way did on later data: calibration, ranking, gains by decile.
    steps
        The ledger of each lead, in the order of `frame`: one column an entry, in chances. They
        add up to the chance, less that of an average arrival (`base`).
    base
        The chance at an average arrival.
    ids
        How leads are named: "hashed" or "plain".
    notes
        How they were made, and what to know.
    """

    judgement: Judgement
    steps: pd.DataFrame
    base: float
    ids: str
    notes: tuple[str, ...]

    def to_csv(self) -> str:
        """Text of scores.csv; a text that a spreadsheet would run as a formula is quoted."""
        rounded = self.frame.round({"chance": 6, "low": 6, "high": 6, "expected_value": 4})
        return to_csv(rounded)

    def gains(self) -> pd.DataFrame:
        """Users of the later data by decile of their score, the highest first."""
        return self.judgement.gains.copy()

    def plot(self, *, narrow: bool = False, ax: "Axes | None" = None) -> "Axes":
        """Draw what each tenth of the scores held on later data, against what was predicted."""
        from microlift.reporting.leads import gain_chart

        with onto(ax):
            return gain_chart(self.judgement.gains, narrow)

    def _table(self) -> str:
        from microlift.reporting.leads import leads_tables

        return leads_tables(self)

    def __str__(self) -> str:
        from microlift.reporting.leads import leads_text

        return "\n\n".join([self.finding, leads_text(self), *self.notes])
