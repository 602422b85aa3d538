"""The note for a client: what the platform will show before and after, beside what is real."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from microlift.asked import as_asked
from microlift.bidding.bookings import Doers, recipe
from microlift.bidding.sheet import Sheet
from microlift.errors import InputError
from microlift.journeys.waiting import macro_name, told
from microlift.ledger import Ledger
from microlift.plan import micros
from microlift.result import Result, onto
from microlift.weights import ActionWeight, Weights

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ACTIVE = "active visitors"
REAL, BEFORE, AFTER, RECIPE = "real", "before", "after", "after, usual recipe"


@dataclass(frozen=True, eq=False, repr=False)
class ClientNote(Result):
    """What a platform will show, beside what is real.

    Attributes
    ----------
    frame
        One row a view: view (real; before: the platform with the macro alone; after: with these
        weights; after, usual recipe: with the same actions at order value x P(macro | action)),
        conversions, of (clicks where given, else visitors), rate, value, spend, return_on_spend.
    finding
        The two rates side by side, in a sentence.
    sheet
        What the page says, in words.
    notes
        How it was counted.
    currency
        Of value and spend; None where macros have none.
    labels
        What people call actions and macro, by name: the page and the Markdown show these.
    """

    sheet: Sheet
    notes: tuple[str, ...]
    currency: str | None
    labels: Mapping[str, str]

    def to_markdown(self) -> str:
        """Return the note as Markdown; names are escaped."""
        from microlift.reporting.bidding.client_markdown import markdown

        return markdown(self)

    def to_page(self) -> str:
        """Return the note as one self-contained HTML page: no script, no request."""
        from microlift.reporting.bidding.client_page import page

        return page(self)

    def plot(self, *, narrow: bool = False, ax: "Axes | None" = None) -> "Axes":
        """Draw the rates that the platform will show, beside the real one."""
        from microlift.reporting.bidding.client_figure import bars

        with onto(ax):
            return bars(self.frame, self.sheet, narrow)

    def _table(self) -> str:
        from microlift.reporting.bidding.client_page import figures_table

        return figures_table(self)


@as_asked
def client_note(
    weights: Weights,
    ledger: Ledger,
    *,
    spend: float | None = None,
    clicks: int | None = None,
) -> ClientNote:
    """Tell a client what the platform will show before and after, beside the real macros.

    A platform calls everything that is primary a conversion. With micro actions primary it may
    show 7 % where 1.5 % become customers: both belong into every report.

    Parameters
    ----------
    weights
        What will be booked. Where they are withheld, before and after are the same.
    ledger
        What they were made from: users, macros and revenue of the same period.
    spend
        What was spent on ads for these visitors, in the currency of the log; for the return on ad
        spend.
    clicks
        Clicks on these ads, as the platform counts them: the denominator of its conversion rate.
        Default: visitors.

    Returns
    -------
    ClientNote

    Raises
    ------
    InputError
        If `spend` or `clicks` is no number above 0, or `spend` is given where macros have no value.

    Notes
    -----
    Counted are the users whose first moment has the whole horizon inside the data, each action
    once a user, as in the weights.
    """
    facts = ledger.model.moments_.log.facts
    _check("spend", spend)
    _check("clicks", clicks)
    if spend is not None and facts.currency is None:
        raise InputError(
            f"client_note(): got spend={spend:g}, but the macros of this log carry no value: a "
            "return on ad spend would be macros per unit of money. Name macro.value in the plan, "
            "or leave spend out."
        )
    totals = ledger.model.moments_.totals
    of = clicks if clicks is not None else totals.covered
    rows = [_row(view, *counted, of, spend) for view, counted in _views(weights, ledger).items()]
    frame = pd.DataFrame(rows)
    sheet = Sheet(
        macro=macro_name(ledger.model.moments_.log),
        denominator="clicks" if clicks is not None else _visitors(ledger),
        first=facts.first.date(),
        last=facts.last.date(),
        booked=_booked(weights),
        macro_weight=weights.content.macro_weight if weights.content else 0.0,
        order_value=ledger.revenue / ledger.macros if ledger.macros else 0.0,
        reasons=weights.reasons,
    )
    notes = _notes(ledger, clicks=clicks is not None, spend=spend is not None)
    called = ledger.model.moments_.log.plan.labels
    return ClientNote(frame, sheet.finding(frame), sheet, notes, facts.currency, called)


def _visitors(ledger: Ledger) -> str:
    """Those in a log of planned events alone have all done something: no visitor who did not."""
    moments = ledger.model.moments_
    return "visitors" if moments.starts or moments.kind != "visits" else ACTIVE


def _check(name: str, value: float | None) -> None:
    known = value is None or (isinstance(value, int | float) and not isinstance(value, bool))
    if not known or (value is not None and not (math.isfinite(value) and value > 0)):
        raise InputError(
            f"client_note(): got {name}={str(value)[:60]}, which nothing can be divided by. Give "
            f"a number above 0, or leave {name} out."
        )


def _booked(weights: Weights) -> tuple[ActionWeight, ...]:
    if weights.content is None:
        return ()
    return tuple(action for action in weights.actions if action.primary)


def _views(weights: Weights, ledger: Ledger) -> dict[str, tuple[float, float]]:
    """Conversions and value of each view."""
    plain = float(ledger.macros), ledger.revenue
    views = {REAL: plain, BEFORE: plain, AFTER: plain}
    book = weights.content
    if book is None or not _booked(weights):
        return views
    kept = book.macro_weight > 0
    counted = float(sum(a.occurrences for a in _booked(weights)) + kept * book.macros)
    names = [action.name for action in ledger.model.moments_.log.plan.actions]
    bits = tuple(names.index(a.name) for a in _booked(weights))
    usual = recipe(Doers.of(ledger), bits, macro=kept, order_value=1.0).booked
    views[AFTER] = counted, book.booked_total
    views[RECIPE] = counted, usual * ledger.revenue
    return views


def _row(
    view: str, conversions: float, value: float, of: int, spend: float | None
) -> dict[str, object]:
    return {
        "view": view,
        "conversions": round(conversions),
        "of": of,
        "rate": conversions / of if of else float("nan"),
        "value": value,
        "spend": float("nan") if spend is None else float(spend),
        "return_on_spend": float("nan") if spend is None else value / spend,
    }


def _notes(ledger: Ledger, *, clicks: bool, spend: bool) -> tuple[str, ...]:
    moments = ledger.model.moments_
    horizon = told(micros(moments.log.plan.horizon))
    macro = macro_name(moments.log)
    notes = [
        f"Counted are the {moments.totals.covered:,} visitors who came at least {horizon} before "
        "the data end, so that everybody had the time to convert; each action and the goal once "
        "a visitor. A visitor with three steps counts three times in the platform's rate.",
        f"Before, or today: the platform as it is where {macro} alone is a primary conversion.",
        "Visitors of all channels count. A platform counts those that it credits to its own ads, "
        "so its figures will be smaller, in about these proportions.",
    ]
    if not clicks and _visitors(ledger) == ACTIVE:
        notes.append(
            "The data hold only visitors who did one of the planned things, so rates are far above "
            "those of a platform, which counts every click: state the clicks for its rate."
        )
    if clicks:
        notes.append("The rate is per click, as stated; clicks were not counted in the data.")
    if spend:
        notes.append(
            "Return on ad spend: value / spend, as stated for these visitors; it includes what "
            "would have been bought without ads."
        )
    return tuple(notes)
