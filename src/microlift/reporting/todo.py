"""What to do about a look, in one sentence: for somebody who has to decide, not to estimate."""

import math
from collections.abc import Callable
from typing import Any

from microlift.bidding import ClientNote, DoubleCounting, Readiness
from microlift.diagnosis import Backlog, Diagnosis
from microlift.evidence import (
    Backtest,
    Combined,
    Evidence,
    Pooled,
    Settling,
    Shortlist,
    UnseenIntent,
)
from microlift.evidence.check import Check
from microlift.history import Diff, History
from microlift.journeys import (
    Assists,
    Audience,
    Flow,
    Funnel,
    Lags,
    Paths,
    PrimaryMetric,
    Rates,
    TimeToMacro,
    Transitions,
    Trend,
)
from microlift.plan.quoting import clipped
from microlift.plan.weights import MACRO
from microlift.reporting import numerals
from microlift.reporting.days import EventsByDay, MacrosByDay
from microlift.result import Result

# What to do where a check passes, and where it does not.
_CHECKS = {
    "overlap": (
        "nothing: everybody who did it has a like.",
        "leave these actions out of the bidding: nobody is there to compare their doers with.",
    ),
    "balance": (
        "nothing: those compared are alike in what the log knows.",
        "do not trust the lifts of these actions; name more attributes in the plan.",
    ),
    "placebo action": (
        "nothing: what changes nothing is found to change nothing.",
        "do not bid on these actions: the method finds an effect where there is none.",
    ),
    "placebo outcome": (
        "nothing: the past holds no hint of an unseen intent.",
        "read the lifts as upper limits, and run an experiment on the action that costs most.",
    ),
    "unmeasured confounder": (
        "keep in mind how strong an unseen trait would have to be.",
        "name what else is known of users as attributes, or prove these actions by an experiment.",
    ),
    "leave one out": (
        "go on recording the features that move a lift most: without them it would be wrong.",
        "take the attribute out of the plan: it gives the outcome away.",
    ),
    "heavy users": (
        "nothing: no small group of users makes a lift.",
        "look at who these users are, and filter robots and resellers out of the log.",
    ),
    "stability": (
        "nothing: the lifts hold over time and settings.",
        "ask what changed between the windows before you book these actions at one value.",
    ),
    "calibration": (
        "nothing: the credits rest on chances that came true.",
        "do not book money by these credits; look at the groups that are off.",
    ),
}
_LONG_TEST = 120  # days
_UNJUDGED = "wait for more data: this check had too few to judge by."


def of(found: Result) -> str:
    """Say what to do about a look; empty where there is nothing to be said.

    Examples
    --------
    >>> import pandas as pd
    >>> from microlift.evidence.unjudged import Unjudged
    >>> of(Unjudged(pd.DataFrame(), "Too few.", "overlap", None))
    'Wait for more data: this check had too few to judge by.'
    """
    said = _check(found) if isinstance(found, Check) else SAID.get(type(found), _nothing)(found)
    return said[:1].upper() + said[1:]


def _nothing(_: Any) -> str:
    return ""


def _check(check: Check) -> str:
    if check.verdict is None:
        return _UNJUDGED
    return _CHECKS.get(check.name, ("", ""))[
        check.verdict is False or str(check.verdict) == "False"
    ]


def _rates(found: Rates) -> str:
    if found.by is None:
        return "hold next month's rates against these: your own past is the best benchmark."
    return "ask what brings the visitors who convert best, before you change the page for all."


def _audience(found: Audience) -> str:
    people = int(found.frame.loc[found.frame["group"] == "potential customers", "count"].sum())
    who = numerals.plural(people, "potential customer")
    return f"win the {who} back first: they have shown an interest." if people else ""


def _trend(found: Trend) -> str:
    if found.frame["state"].isin(["above", "below"]).any():
        return "ask what changed in those weeks: a campaign, a price, a release."
    return "chase no single week: movements of this size come by chance."


def _paths(found: Paths) -> str:
    if found.to == "macro":
        return "keep these ways short and unbroken; who goes them does not need another one."
    return "ask what was missing at the last step of the first of them."


def _history(found: History) -> str:
    if len(found.to_frame()) < 2:
        return "nothing yet: the next version will be held against this one."
    return "look at the jumps: a weight that moves by more than chance has a cause."


def _lags(found: Lags) -> str:
    late = found.frame[found.frame["caught"] < 0.9]
    need = late["horizon_90"].max()
    if late.empty or not math.isfinite(need):
        return "keep the horizon of the plan."
    if late["note"].astype(str).str.strip().ne("").any():
        return (
            "gather a longer log before you change the horizon: this one cannot name a better one."
        )
    days = numerals.plural(math.ceil(need), "day")
    return f"set the horizon of the plan to {days}, or know that what comes later is not counted."


def _diagnosis(found: Diagnosis) -> str:
    if found.frame.empty:
        return "nothing to mend; look again when a week has passed."
    row = found.frame.iloc[0]
    where = "" if row["segment"] == "all" else f", {row['segment']}"
    return (
        f"look at {row['step']} → {row['then']}{where} as a visitor would, and at what was "
        f"released, priced or tracked otherwise around {row['since']}."
    )


def _backlog(found: Backlog) -> str:
    if found.frame.empty:
        return ""
    return (
        "begin at the top, unless something below is far easier: how easy each is, you know best."
    )


def _backtest(found: Backtest) -> str:
    rows = found.frame[found.frame["method"] == "weights"]
    ratio = float(rows["total_ratio"].iloc[0]) if len(rows) else math.nan
    if math.isfinite(ratio) and not 0.8 <= ratio <= 1.25:
        return "make the weights anew before you bid: later weeks were not as the earlier ones."
    return "trust the sum of the bookings; make the weights anew every month all the same."


def _shortlist(found: Shortlist) -> str:
    chosen = [clipped(str(name)) for name in found.frame.loc[found.frame["chosen"], "action"]]
    if not chosen:
        return "make none of them a key event yet."
    what = "a key event" if len(chosen) == 1 else "key events"
    return f"make {numerals.listing(chosen, 8)} {what}, and leave the others to reports."


def _settling(found: Settling) -> str:
    if (found.frame["state"] == "settled").all():
        return "nothing: more data will hardly change a verdict."
    return "decide on what is settled, and put off the rest rather than read chance."


def _readiness(found: Readiness) -> str:
    row = found.frame.iloc[0]
    plan = str(row["plan"] or "").strip()
    if row["mode"] == MACRO:
        return f"bid on the macro alone, and keep the micro actions as observation: {plan}"
    if plan:
        return f"write into the plan: {plan}"
    return "bid on the macro alone, and keep the micro actions as observation."


def _doubles(found: DoubleCounting) -> str:
    rows = found.ways[found.ways["way"] == "usual recipe, with the macro"]
    times = float(rows["target"].iloc[0]) if len(rows) else math.nan
    if not math.isfinite(times):
        return "send the weights, not the order value for each step."
    return (
        "send the weights; whoever insists on order value times chance has to multiply the target "
        f"return on ad spend by {numerals.decimal(times)}."
    )


def _metric(found: PrimaryMetric) -> str:
    rows = found.frame[found.frame["verdict"].isin(["use", "the macro"])]
    if len(rows) and float(rows["days"].min()) <= _LONG_TEST:
        return "plan the next test with this metric, for as many days."
    return "test something bolder, or with more visitors: a small change takes too long to tell."


def _evidence(found: Evidence) -> str:
    if any(check.failed for check in found.checks):
        return "book nothing on an action that fails; a warning asks for an experiment."
    if any(check.warned for check in found.checks):
        return "bid by the verdicts, and run an experiment where there is a warning."
    return "bid by the verdicts; below is what each check tried to shake them with."


def _note(found: ClientNote) -> str:
    counted = found.frame.set_index("view")["conversions"]
    if counted.get("before") == counted.get("after"):
        return "nothing has to be announced: no figure of the platform changes."
    return "send these figures to your client before the switch, not after it."


SAID: dict[type[Result], Callable[[Any], str]] = {
    Assists: lambda _: (
        "cut nothing because it is never the last touch; whether it helps, the lift says."
    ),
    Audience: _audience,
    Backlog: _backlog,
    Backtest: _backtest,
    ClientNote: _note,
    Combined: lambda _: "where log and experiment disagree, go by the experiment.",
    Diagnosis: _diagnosis,
    Diff: lambda _: "tell whoever watches the bids, before they ask.",
    DoubleCounting: _doubles,
    EventsByDay: lambda _: (
        "ask of each line that begins, ends or breaks whether the tracking or the shop changed."
    ),
    Evidence: _evidence,
    Flow: lambda _: "mend what most visitors see first: every later step has fewer of them.",
    Funnel: lambda _: "walk through the step with most losses yourself, on a phone too.",
    History: _history,
    Lags: _lags,
    MacrosByDay: lambda _: "explain the days that stand out before you trust anything below.",
    Paths: _paths,
    Pooled: lambda _: "where macros are few, go by the pooled lift.",
    PrimaryMetric: _metric,
    Rates: _rates,
    Readiness: _readiness,
    Settling: _settling,
    Shortlist: _shortlist,
    TimeToMacro: lambda _: "judge no campaign before its visitors have had that long.",
    Transitions: lambda _: "read along a row: a large share that leaves is where to ask why.",
    Trend: _trend,
    UnseenIntent: lambda _: (
        "an experiment settles what no log can; begin with the action that earns most."
    ),
}
