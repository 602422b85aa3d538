"""Guards that look at all weights at once: fresh data, the same window and plan, time to learn."""

from collections.abc import Sequence
from datetime import timedelta

from microlift.plan import format_duration
from microlift.weights.content import State, WeightsFile
from microlift.weights.round import DAY, Round, days_of

LEAST_CHANGE = 0.01  # relative: less moves no bid, and starts no hold
LEAST_CONVERSIONS, CYCLES = 50, 3  # what platforms ask for before they are judged anew


def fresh(own: Round) -> None:
    """Withhold where the last event is too old, or of a time that has not come."""
    limit = own.plan.guards.freshest
    if limit is None:
        return
    age = own.content.created_at - own.content.data_window.last
    said = format_duration(limit)
    if age < -DAY:  # clocks differ by less
        reason = (
            f"the last event is dated {days_of(-age)} after this run, so that nobody can tell how "
            "old the data are: mend its date, or leave it out"
        )
        own.say("freshest", "withheld", said, days_of(age), reason)
    elif age > limit:
        reason = f"the last event is {days_of(age)} old, and the plan allows {said}"
        own.say("freshest", "withheld", said, days_of(age), reason)
    else:
        own.say("freshest", "passed", said, days_of(age), "the data are fresh")


def newer(own: Round) -> None:
    """Withhold where the data end before those of the published version."""
    previous = own.seen.previous
    if previous is None:
        return
    ends, before = own.content.data_window.last, previous.data_window.last
    if ends >= before:
        own.say("older_data", "passed", str(before), str(ends), "no older than those before")
        return
    reason = (
        f"the data end {days_of(before - ends)} before those of the published version: some of "
        "them are missing, or that one held a date of the future (then roll back to the one before)"
    )
    state = _state(own.plan.guards.older_data)
    own.say("older_data", state, f"{before:%Y-%m-%d}", f"{ends:%Y-%m-%d}", reason)


def window(own: Round) -> None:
    """Withhold where the data span far less time than before."""
    previous = own.seen.previous
    if previous is None:
        return
    now, before = (
        each.data_window.last - each.data_window.first for each in (own.content, previous)
    )
    share = now / before if before else 1.0
    least = own.plan.guards.shortest_window
    said = f"{least:.0%}"
    if share < least:
        reason = (
            f"the data span {days_of(now)}, and those of the published version {days_of(before)}"
        )
        own.say("shortest_window", "withheld", said, f"{share:.0%}", reason)
    else:
        own.say("shortest_window", "passed", said, f"{share:.0%}", "the window is as it was")


def same_plan(own: Round) -> None:
    """Say whether the plan is that of the published version."""
    previous = own.seen.previous
    if previous is None:
        return
    now, before = own.content.plan_hash, previous.plan_hash
    if now == before:
        own.say("plan_changed", "passed", before, now, "the plan is the same")
        return
    reason = "the plan is not that of the published version"
    own.say("plan_changed", _state(own.plan.guards.plan_changed), before, now, reason)


def quality(own: Round) -> None:
    """Withhold where the check of data quality refuses the log."""
    if own.seen.bad_data is None:
        reason = "of the data only values were looked at"
        own.say("bad_data", "passed", "no refusal", "not checked", reason)
        return
    for found in own.seen.bad_data:
        state = _state(own.plan.guards.bad_data)
        own.say("bad_data", state, "no refusal", "refused", f"data quality: {found}")


def _state(choice: str) -> State:
    return "withheld" if choice == "withhold" else "passed"


def readable(own: Round) -> None:
    """Say what is wrong with the published version; withhold where nothing stands in for it."""
    if own.seen.unread:
        state: State = "withheld" if own.seen.previous is None else "passed"
        own.say("max_step", state, "the published version", "not read", own.seen.unread)


def currency(own: Round) -> None:
    """Withhold where the currency is not that of the published version."""
    previous = own.seen.previous
    if previous is None:
        return
    now, before = own.content.currency or "macros", previous.currency or "macros"
    if now == before:
        own.say("currency_changed", "passed", before, now, "the currency is the same")
        return
    reason = (
        f"the weights are in {now} and the published ones in {before}, so no step could be "
        "limited; accept it, or publish into another folder"
    )
    own.say("currency_changed", _state(own.plan.guards.currency_changed), before, now, reason)


def worth(own: Round) -> None:
    """Withhold where a macro is worth far more or less than in the published version."""
    previous, most = own.seen.previous, own.plan.guards.largest_value_change
    if previous is None or previous.currency != own.content.currency:
        return
    now, before = own.content.macro.value, previous.macro.value
    times = max(now / before, before / now)
    said, got = f"{most:g} times", f"{now / before:.3g} times"
    if times > most:
        reason = (
            f"a macro is worth {own.money(now)}, and {own.money(before)} in the published version: "
            "another unit, another macro or another shop. If it is true, raise "
            "guards.largest_value_change for one run, or publish into another folder"
        )
        own.say("largest_value_change", "withheld", said, got, reason)
    else:
        own.say("largest_value_change", "passed", said, got, "a macro is worth what it was")


def held(own: Round, macro_weight: float) -> None:
    """Withhold a change until the last one has been learned."""
    previous, hold = own.seen.previous, own.plan.guards.hold
    if previous is None or hold == "off":
        return
    if not moved(own.weights, macro_weight, own.content, previous):
        own.say("hold", "passed", str(hold), "no change", "the weights are as published")
        return
    since, needed = _since(own, previous), learning(own)
    why = "the plan asks for it"
    if hold == "auto":
        why = (
            f"the longer of {LEAST_CONVERSIONS} conversions and {CYCLES} conversion cycles of "
            f"{days_of(own.seen.cycle)}, until which a platform is still learning the last change"
        )
    if since < needed:
        reason = (
            f"only {days_of(since)} of new data since the last change, and a change is held "
            f"for {days_of(needed)}: {why}"
        )
        own.say("hold", "withheld", days_of(needed), days_of(since), reason)
    else:
        reason = "long enough after the last change"
        own.say("hold", "passed", days_of(needed), days_of(since), reason)


def _since(own: Round, previous: WeightsFile) -> timedelta:
    """How long the published weights have been learned from."""
    since = own.content.data_window.last - (previous.changed_at or previous.data_window.last)
    if since < timedelta(0):  # the data of then ended in the future: only clocks are left
        since = own.content.created_at - previous.created_at
    if own.seen.rolled_back is not None:  # that changed the weights, too
        since = min(since, own.content.created_at - own.seen.rolled_back)
    return since


def learning(own: Round) -> timedelta:
    """How long a change is held."""
    hold = own.plan.guards.hold
    if isinstance(hold, timedelta):
        return hold
    if hold == "off":
        return timedelta(0)
    return max(LEAST_CONVERSIONS / _pace(own) * DAY, CYCLES * own.seen.cycle)


def _pace(own: Round) -> float:
    """Conversions a day that bids have learned from: of what the published version books."""
    content, published = own.content, own.seen.previous or own.content
    days = max(content.data_window.span / DAY, 1.0)
    booked = {action.name for action in published.primary}
    count = sum(action.occurrences for action in content.actions if action.name in booked)
    if not count or published.macro.primary:
        count += content.macros
    return max(count, 1) / days


def moved(
    weights: Sequence[float], macro_weight: float, content: WeightsFile, previous: WeightsFile
) -> bool:
    """Whether weights differ from those of the last change by what a platform would notice."""
    macro = content.macro.primary, previous.macro.primary
    if content.currency != previous.currency or macro[0] != macro[1]:
        return True
    # In the mode of the macro alone the order's own value is sent, whatever its mean is.
    both = macro[0] and content.mode != "macro"
    settled = previous.macro_settled or previous.macro_weight
    if both and abs(macro_weight - settled) > LEAST_CHANGE * settled:
        return True
    before = {a.name: a.settled or a.weight for a in previous.actions if a.weight > 0}
    now = {a.name: w for a, w in zip(content.actions, weights, strict=True) if w > 0}
    if set(before) != set(now):
        return True
    return any(abs(now[name] / before[name] - 1) > LEAST_CHANGE for name in now)


RULES = (
    readable,
    fresh,
    newer,
    window,
    same_plan,
    currency,
    worth,
    quality,
)  # all but `held`, the last
