"""Weights: what an ad platform is told to book for each action, tied back to the revenue."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from html import escape
from importlib import metadata
from typing import TYPE_CHECKING, Any

import pandas as pd

from microlift.card import clipped, next_html, next_line
from microlift.ledger import Credit, Ledger
from microlift.models.table import RAISES
from microlift.plan import Action, Plan, format_duration
from microlift.plan.weights import MACRO
from microlift.result import onto
from microlift.weights.content import (
    ActionWeight,
    Guard,
    MacroRecord,
    Mode,
    Verdict,
    WeightsFile,
    Window,
)
from microlift.weights.guards import guarded, withheld
from microlift.weights.round import Seen

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INCUMBENT = 1.5  # a change of the primary actions makes a platform learn anew
MOST_ERRORS = 5.0  # standard errors that a group may be off by chance


_NEXT = 'ml.run("plan.yaml", "events.parquet", out="reports/shop")'


@dataclass(frozen=True, eq=False)
class Weights:
    """Weights of all actions, or the reasons why there are none to publish.

    Attributes
    ----------
    content
        The content of weights.json; None where the weights are withheld.
    actions
        One for each action of the plan, also where the weights are withheld.
    reasons
        Why the weights are withheld; empty where they are not.
    guards
        What the guards of the plan said, where weights were put to them.
    """

    content: WeightsFile | None
    actions: tuple[ActionWeight, ...]
    reasons: tuple[str, ...]
    guards: tuple[Guard, ...] = ()

    @classmethod
    def from_ledger(cls, ledger: Ledger, plan: Plan, published: Sequence[str] = ()) -> "Weights":
        r"""Turn credits into weights that add up to the revenue.

        With primary actions a, occurrences n_a and mean macro value v,

        .. math:: weight_a = c \cdot \max(0, credit_a) \cdot v, \qquad
                  \sum_a weight_a n_a + macro\_weight \cdot macros = revenue

        which fixes the one constant c.

        Parameters
        ----------
        ledger, plan
            What was booked, and what is to be made of it.
        published
            Primary actions of the last published version: `primary: auto` keeps them while they
            qualify, unless another has half as much value again.
        """
        chosen = plan.in_mode(plan.weights.mode)
        if plan.weights.mode == MACRO and ledger.macros and ledger.revenue > 0:
            return _macro_alone(ledger, chosen)
        return _weigh(ledger, chosen, frozenset(published))

    def until(self, day: date | None) -> "Weights":
        """The same weights with the day on which actions are to become secondary again."""
        if self.content is None or day is None:
            return self
        content = self.content.model_copy(update={"micro_until": day})
        return Weights(content, self.actions, self.reasons, self.guards)

    def guarded(self, plan: Plan, seen: Seen) -> "Weights":
        """Send the weights through the guards of the plan; withheld where one of them says so."""
        if self.content is None:
            return self
        content = guarded(self.content, plan, seen)
        reasons = withheld(content)
        if not reasons:
            return Weights(content, content.actions, (), content.guards)
        return Weights(None, self.actions, reasons, content.guards)

    @property
    def withheld(self) -> bool:
        """Whether there is nothing to publish."""
        return self.content is None

    def to_dict(self) -> dict[str, Any]:
        """Content of weights.json, checked against its JSON Schema; empty where withheld."""
        return {} if self.content is None else self.content.to_dict()

    def to_json(self) -> str:
        """Text of weights.json; empty where withheld."""
        return "" if self.content is None else self.content.to_json()

    def to_frame(self) -> pd.DataFrame:
        """One row an action."""
        return pd.DataFrame([action.model_dump() for action in self.actions])

    def plot(self, *, narrow: bool = False, ax: "Axes | None" = None) -> "Axes":
        """Weights of the primary actions with their intervals."""
        from microlift.reporting.figures import weights_bars

        with onto(ax):
            return weights_bars(self.to_dict(), narrow)

    def __repr__(self) -> str:
        return f"{self}\n\n{next_line(self._then())}"

    def __str__(self) -> str:
        if self.withheld:
            return self._heading()
        shown = self.to_frame()[["name", "weight", "low", "high", "occurrences", "primary"]]
        shown = shown.assign(name=[clipped(name) for name in shown["name"]])
        # In macros a weight is a small share of 1.
        digits = 2 if self.content and self.content.currency else 4
        table = shown.to_string(index=False, float_format=lambda x: f"{x:,.{digits}f}")
        return f"{self._heading()}\n\n{table}"

    def _repr_html_(self) -> str:
        from microlift.reporting.tables import weights_table

        currency = self.content.currency if self.content else None
        heading = f"<p><strong>{escape(clipped(self._heading(), 400))}</strong></p>"
        table = weights_table(self.to_frame(), self.reasons, currency)
        return f"<div>{heading}{table}{next_html(self._then())}</div>"

    def _heading(self) -> str:
        """Say what is booked, or why nothing is."""
        book = self.content
        if book is None:
            return f"Weights withheld: {'; '.join(self.reasons)}."
        primary = sum(action.primary for action in self.actions)
        what = "action" if primary == 1 else "actions"
        unit = f" {book.currency}" if book.currency else ""
        return (
            f"Weights of {primary:,} primary {what}: {book.booked_total:,.2f}{unit} booked in all; "
            f"the usual recipe would book {book.inflation_factor:,.2f} times the macros."
        )

    def _then(self) -> str:
        return "ml.run_checks(model)" if self.withheld else _NEXT


def _weigh(ledger: Ledger, plan: Plan, published: frozenset[str]) -> Weights:
    table = ledger.model.lift_.frame
    mean_value = ledger.revenue / ledger.macros if ledger.macros else 0.0
    verdicts = list(table["verdict"])
    primary, why = _primary(ledger.credits, verdicts, plan, published)
    booked = sum(max(0.0, ledger.credits[i].total) for i in primary)
    macro_share = max(0.0, ledger.macro_total) if plan.weights.keep_macro_primary else 0.0
    worth = mean_value * (booked + macro_share)
    c = ledger.revenue / worth if worth > 0 else 0.0
    reasons = _withheld(ledger, primary, booked, c, plan)
    actions = []
    for number, action in enumerate(plan.actions):
        is_primary = number in primary
        scale = c * mean_value if is_primary and not reasons else 0.0
        chosen = (scale, is_primary, why[number])
        lift = float(table["lift"].iloc[number])
        credit = ledger.credits[number]
        actions.append(_entry(action, credit, lift, verdicts[number], chosen))
    if reasons:
        return Weights(None, tuple(actions), tuple(reasons))
    macro_weight = c * mean_value * macro_share / ledger.macros
    return Weights(_content(ledger, plan, tuple(actions), c, macro_weight), tuple(actions), ())


def _macro_alone(ledger: Ledger, plan: Plan) -> Weights:
    """Every action is observed, and the macro is booked at its order value."""
    table = ledger.model.lift_.frame
    lifts = table["lift"].to_numpy(dtype=float)
    reason = "secondary: the macro alone is bid on"
    actions = tuple(
        _entry(action, credit, float(lift), verdict, (0.0, False, reason))
        for action, credit, lift, verdict in zip(
            plan.actions, ledger.credits, lifts, table["verdict"], strict=True
        )
    )
    content = _content(ledger, plan, actions, 1.0, ledger.revenue / ledger.macros)
    return Weights(content, actions, ())


def always(action: Action) -> tuple[str, ...]:
    """The events that are occurrences of an action; none where a condition or a rule decides."""
    return () if action.ruled or action.where else action.event


def _entry(
    action: Action, credit: Credit, lift: float, verdict: Verdict, chosen: tuple[float, bool, str]
) -> ActionWeight:
    """One action; `chosen` is value of a macro (times c), whether it is primary, and why."""
    scale, primary, reason = chosen
    return ActionWeight(
        name=action.name,
        label=action.label or action.name,
        kind=action.kind,
        events=always(action),
        count=action.count,
        weight=scale * max(0.0, credit.per_occurrence),
        low=scale * max(0.0, credit.low) if scale else 0.0,
        high=scale * max(0.0, credit.high) if scale else 0.0,
        credit=credit.per_occurrence,
        lift=lift if lift == lift else None,
        verdict=verdict,
        occurrences=credit.occurrences,
        occurrences_judged=credit.judged,
        primary=primary,
        reason=reason,
        rule=_rule(action),
    )


def _rule(action: Action) -> str:
    """Digest of what counts as an occurrence; what it is called has no part in it."""
    said = action.model_dump(mode="json", exclude_defaults=True, exclude={"name", "label", "kind"})
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:12]


def _primary(
    credits: Sequence[Credit], verdicts: Sequence[str], plan: Plan, published: frozenset[str]
) -> tuple[list[int], list[str]]:
    """Positions of the primary actions, and the reason for or against each action."""
    names = [action.name for action in plan.actions]
    why = []
    able = []
    for number, credit in enumerate(credits):
        if verdicts[number] != RAISES:
            why.append(f"secondary: {verdicts[number]}")
        elif credit.per_occurrence <= 0:
            why.append("secondary: raises, but earns no credit in the ledger")
        elif plan.actions[number].kind == "friction":
            why.append("secondary: raises, but friction is never booked")
        else:
            why.append("primary: raises, with the largest booked value")
            able.append(number)
    if plan.weights.primary != "auto":
        chosen = [names.index(name) for name in plan.weights.primary]
        for number in range(len(names)):
            named = number in chosen
            why[number] = (
                "primary: named in the plan" if named else "secondary: not named as primary"
            )
        return chosen, why
    kept = {number: INCUMBENT if names[number] in published else 1.0 for number in able}
    ranked = sorted(able, key=lambda number: -credits[number].total * kept[number])
    for number in ranked[plan.weights.max_primary :]:
        why[number] = f"secondary: beyond the {plan.weights.max_primary} with the most value"
    return sorted(ranked[: plan.weights.max_primary]), why


def _withheld(ledger: Ledger, primary: list[int], booked: float, c: float, plan: Plan) -> list[str]:
    if ledger.revenue <= 0:
        return ["the macros of the users covered carry no value: there is nothing to book"]
    if plan.weights.primary != "auto" and booked <= 0:
        return ["the actions that the plan names as primary earn no credit in the ledger"]
    if not primary or booked <= 0:
        return ["no action qualifies: none is shown to raise the macro and to earn credit"]
    off = _off_calibration(ledger)
    if off:
        return [off]
    low, high = plan.weights.calibration_range
    if not low <= c <= high:
        return [
            f"the calibration constant is {c:.2f}, outside {low:g} to {high:g}: the primary "
            f"actions explain too {'little' if c > high else 'much'} of the revenue to stand for it"
        ]
    return []


def _off_calibration(ledger: Ledger) -> str:
    """Why the journey value cannot be trusted out of fold, or nothing."""
    table = ledger.model.calibration()
    far = (table["predicted"] - table["observed"]).abs() > 0.1 * table["observed"]
    bad = table.loc[far & (table["z"].abs() > MOST_ERRORS)]
    if bad.empty:
        return ""
    worst = bad.iloc[int(bad["z"].abs().to_numpy().argmax())]
    return (
        f"the journey value is off in {len(bad)} of {len(table)} groups of moments, most in "
        f"{worst['kind']} {worst['group']}: {worst['predicted']:.1%} predicted, "
        f"{worst['observed']:.1%} happened ({abs(worst['z']):.1f} standard errors), "
        "so credits made from it would mislead"
    )


def _content(
    ledger: Ledger, plan: Plan, actions: tuple[ActionWeight, ...], c: float, macro_weight: float
) -> WeightsFile:
    facts = ledger.model.moments_.log.facts
    total = sum(a.weight * a.occurrences for a in actions) + macro_weight * ledger.macros
    now = datetime.now(UTC).replace(microsecond=0)
    macro = plan.macro
    return WeightsFile(
        created_at=now,
        valid_until=(now + plan.weights.valid_for).date(),
        data_window=Window(first=facts.first, last=facts.last),
        data_fingerprint=facts.fingerprint,
        plan_hash=plan.hash,
        package_version=metadata.version("microlift"),
        currency=facts.currency,
        timezone=plan.log.timezone,
        horizon=format_duration(plan.horizon),
        mode=_mode(actions, plan),
        revenue=ledger.revenue,
        calibration_constant=c,
        inflation_factor=inflation(ledger, [a.primary for a in actions], plan),
        macros=ledger.macros,
        macro=MacroRecord(
            name=macro.name,
            label=macro.label or macro.name,
            events=() if macro.where else macro.event,
            value=ledger.revenue / ledger.macros,
            primary=plan.weights.keep_macro_primary or plan.weights.mode == MACRO,
        ),
        macro_weight=macro_weight,
        booked_target=ledger.revenue,
        booked_total=total,
        calibration_gap=0.0,
        actions=actions,
    )


def _mode(actions: Sequence[ActionWeight], plan: Plan) -> Mode:
    if plan.weights.mode == MACRO:
        return "macro"
    if plan.weights.keep_macro_primary:
        return "macro and micro"
    return "one stage" if sum(action.primary for action in actions) == 1 else "micro"


def inflation(ledger: Ledger, primary: Sequence[bool], plan: Plan) -> float:
    """How many times over the usual recipe would book the revenue.

    The recipe books order value x P(macro | action) at every primary action. With cart, checkout
    and purchase all primary it approaches 3.
    """
    doers = ledger.model.moments_.doers
    converted = doers["converted"].to_numpy() == 1
    ever, users = doers["ever"].to_numpy(), doers["users"].to_numpy()
    macros = int(users[converted].sum())
    booked = sum(
        int(users[converted & (ever >> number & 1 == 1)].sum())
        for number, is_primary in enumerate(primary)
        if is_primary
    )
    booked += macros if plan.weights.keep_macro_primary or plan.weights.mode == MACRO else 0
    return booked / macros if macros else 0.0
