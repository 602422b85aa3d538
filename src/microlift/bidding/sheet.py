"""What the note for a client says, in words: one place for the page and for Markdown."""

from dataclasses import dataclass
from datetime import date

import pandas as pd

from microlift.journeys.waiting import many
from microlift.weights import ActionWeight


@dataclass(frozen=True)
class Sheet:
    """The words of a client's note.

    Attributes
    ----------
    macro
        What the goal is called, bounded.
    denominator
        ``"visitors"`` or ``"clicks"``.
    first, last
        The days of the data.
    booked
        The actions that are primary, with what is booked for each.
    macro_weight, order_value
        What is sent for the goal itself (0: it is not primary), and what one is worth.
    reasons
        Why there are no weights; empty where there are.
    """

    macro: str
    denominator: str
    first: date
    last: date
    booked: tuple[ActionWeight, ...]
    macro_weight: float
    order_value: float
    reasons: tuple[str, ...]

    def finding(self, frame: pd.DataFrame) -> str:
        """Both rates, side by side."""
        rate = dict(zip(frame["view"], frame["rate"].astype(float), strict=True))
        real, after = rate["real"], rate["after"]
        if not self.booked:
            return (
                f"The platform will show what it shows now: {_percent(real)} of {self.denominator} "
                f"with {self.macro}. No micro action is booked."
            )
        return (
            f"Reports will show a conversion rate of {_percent(after)} with micro actions counted, "
            f"while {_percent(real)} of {self.denominator} reach {self.macro}: read both, always."
        )

    @property
    def title(self) -> str:
        """The heading."""
        return "What your ad platform will show, and what is real"

    def paragraphs(self, frame: pd.DataFrame) -> list[str]:
        """What changes, and what does not."""
        count = dict(zip(frame["view"], frame["conversions"].astype(float), strict=True))
        value = dict(zip(frame["view"], frame["value"].astype(float), strict=True))
        real, after = count["real"], count["after"]
        if not self.booked:
            why = "; ".join(self.reasons) or "the goal alone is booked"
            return [f"Nothing changes in the reports, since no values are published: {why}."]
        times = after / real if real else float("nan")
        names = " and ".join(many(part, 5) for part in self._names())
        kept = f", beside {self.macro}" if self.macro_weight else f", in place of {self.macro}"
        said = [
            f"From now on the platform learns from small steps as well: it counts {names} as "
            f"conversions{kept}. So it will report {times:.1f} conversions for each real one. None "
            "of these steps is a sale, and sales do not rise because a column does.",
            "The conversion value is set so that all bookings together equal the real revenue: it "
            "stays what it was, and so does the return on ad spend. That column is the one to "
            "steer by.",
        ]
        if "after, usual recipe" in value:
            k = value["after, usual recipe"] / value["real"]
            said.append(
                f"By the usual recipe (order value x share of those who go on to {self.macro}) the "
                f"same steps would show {k:.2f} times the real revenue."
            )
        return said

    def _names(self) -> list[list[str]]:
        """Names of what is booked: all but the last, and the last."""
        names = [action.name for action in self.booked]
        return [part for part in (names[:-1], names[-1:]) if part]

    @property
    def promises(self) -> list[str]:
        """What every report to the client holds from now on."""
        if not self.booked:
            return [
                f"Show how many reached {self.macro}, from the shop or the CRM, beside the "
                "platform's conversions.",
                "Micro actions stay in the account as secondary: they report, and never bid.",
            ]
        return [
            f"Show both: the platform's conversions, and how many reached {self.macro}, from the "
            "shop or the CRM.",
            "Judge by value and by the real goal, never by the number of conversions.",
            "Compare no conversion count or cost per conversion from before the change with one "
            "from after it.",
            "Take the small steps out again once there are enough real goals to bid on.",
        ]


def _percent(rate: float) -> str:
    """Write a share with three figures, as the figures beside it do.

    >>> _percent(0.4312), _percent(0.0516)
    ('43.1 %', '5.16 %')
    """
    share = 100 * rate
    return f"{share:.{1 if share >= 10 else 2}f} %"
