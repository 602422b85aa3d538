"""A log that was counted elsewhere: its figures and its plan, and no events to go back to."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, NoReturn

from microlift.errors import EventsError, InputError, nearest
from microlift.events import EventLog, quality
from microlift.events.attributes import choose_labels, late_notes
from microlift.events.facts import LISTED_EVENTS, LogFacts
from microlift.events.money import minor_digits
from microlift.events.repeat import check_followed, repeat_notes
from microlift.events.rules import rule_notes
from microlift.plan import Plan
from microlift.plan.quoting import short
from microlift.warehouse.ga4.aside import check_counted, left_out
from microlift.warehouse.repeat import whole_of
from microlift.warehouse.touch import MISSING, REST

Rows = Mapping[str, list[dict[str, Any]]]
Recode = dict[int, int]

_LATE, _NEVER = 1, 2  # what `microlift.warehouse.touch.placed_labels` says of users without a label


class CountedLog(EventLog):
    """The figures of a log whose events stayed where they lie.

    Parameters
    ----------
    plan : Plan
    facts : LogFacts
    """

    def __init__(self, plan: Plan, facts: LogFacts) -> None:
        self.plan = plan
        self.facts = facts
        self.closed = True

    def close(self) -> None:
        """Do nothing: there is no engine to close."""

    def __getattr__(self, name: str) -> NoReturn:
        if name in ("con", "events", "source"):
            raise InputError(
                "This needs the events themselves, and only their counts came back from where they "
                "lie. Read the log with --events, or do what lift does with cells: nothing more."
            )
        raise AttributeError(name)


def labels_of(rows: Rows, plan: Plan) -> tuple[dict[str, tuple[str, ...]], list[Recode]]:
    """Choose the labels of each attribute, and where the places in the file go.

    Parameters
    ----------
    rows : mapping of str to list of dict
        Rows of the file by part.
    plan : Plan

    Returns
    -------
    labels : dict of str to tuple of str
    recodes : list of dict of int to int
    """
    labels: dict[str, tuple[str, ...]] = {}
    recodes: list[Recode] = []
    for i, name in enumerate(plan.log.attributes):
        own = [row for row in rows["label"] if row["code"] == i]
        users: dict[int, int] = {}
        for row in own:
            users[row["flag"]] = users.get(row["flag"], 0) + row["n"]
        places = {row["flag"]: str(row["name"]) for row in own if row["flag"] < REST}
        named = [places[place] for place in sorted(places)]
        # As the embedded engine calls them: -1 is none, what has no label of its own is the rest.
        told = {-1 if place == MISSING else place: count for place, count in users.items()}
        labels[name], recode = choose_labels(told, named)
        recodes.append({MISSING if place == -1 else place: new for place, new in recode.items()})
    return labels, recodes


def facts_of(rows: Rows, plan: Plan, labels: dict[str, tuple[str, ...]], seal: str) -> LogFacts:
    """Read the figures of a log, and refuse one that is worth no estimate.

    Parameters
    ----------
    rows : mapping of str to list of dict
        Rows of the file by part.
    plan : Plan
    labels : dict of str to tuple of str
    seal : str
        The fingerprint of the file.

    Returns
    -------
    LogFacts

    Raises
    ------
    EventsError
        If the log has no macro (or nobody a second one that is asked about), negative or mixed
        money, too many unusable rows, no event of an action, or spans less than the horizon.
    """
    figures = {row["name"]: row["n"] for row in rows["fact"]}
    whole = whole_of(figures) if plan.macro.repeat else None
    # What is kept of the log, whether or not a journey begins later.
    entire = figures | ({"events": whole.events, "macros": whole.macros} if whole else {})
    by_reason = {row["name"]: row["n"] for row in rows["row"]}
    used, total = by_reason.get("", 0), sum(by_reason.values())
    aside = left_out(by_reason, plan)
    faults = {name: by_reason[name] for name in sorted(by_reason) if name and by_reason[name]}
    faults = {name: n for name, n in faults.items() if name not in aside}
    check_counted(entire, by_reason, plan)
    _check_rejected(faults, total - sum(aside.values()), plan)
    masks = {row["mask"]: row["n"] for row in rows["mask"]}
    events = sorted(rows["event"], key=lambda row: (-row["n"], row["name"]))
    named = {row["name"]: row["n"] for row in events}
    if not entire["events"]:
        raise EventsError("The log is empty: 0 events, so there is nothing to estimate from.")
    _check_events(named, entire, plan)
    if whole:
        check_followed(whole, figures["begin"], plan)
    quality.check_window(figures["first_us"], figures["last_us"], plan)
    _check_currency(rows, plan)
    currency, assumed = quality.choose_currency(plan.macro.currency, plan)
    facts = LogFacts(
        rows=total,
        users=figures["users"],
        events=figures["events"],
        sessions=figures["sessions"],
        duplicates=used - entire["events"],
        rejected=faults | aside,
        first_us=figures["first_us"],
        last_us=figures["last_us"],
        currency=currency,
        minor_digits=minor_digits(currency),
        attributes=labels,
        event_counts={name: n for name, n in list(named.items())[:LISTED_EVENTS] if n},
        action_counts={
            action.name: sum(n for mask, n in masks.items() if mask >> bit & 1)
            for bit, action in enumerate(plan.actions)
        },
        macros=figures["macros"],
        value=figures["value"],
        fingerprint=seal,
        empty_visits=figures["empty"],
        whole=whole,
    )
    notes = quality.notes(facts, plan)
    if isinstance(plan.macro.value, str) and figures["missing"]:
        notes.append(
            f"{figures['missing']:,} of {entire['macros']:,} macros have no readable value and "
            "count as 0."
        )
    unknown = Counter({(row["code"], row["name"]): row["n"] for row in rows["rule"]})
    notes += [*assumed, *_late_notes(rows, plan), *rule_notes(plan, unknown)]
    facts.notes.extend(notes)
    facts.notes.extend(repeat_notes(whole) if whole else [])
    return facts


def _late_notes(rows: Rows, plan: Plan) -> list[str]:
    found: list[str] = []
    for i, name in enumerate(plan.log.attributes):
        counts = Counter[int]()
        for row in rows["label"]:
            counts[row["mask"] or 0] += row["n"] * (row["code"] == i)
        found += late_notes(name, counts.total(), counts[_LATE], counts[_NEVER])
    return found


def _check_rejected(rejected: dict[str, int], total: int, plan: Plan) -> None:
    left_out = sum(rejected.values())
    if not left_out or (left_out < total and left_out <= plan.log.max_rejected * total):
        return
    reasons = ", ".join(f"{reason}: {count:,}" for reason, count in rejected.items())
    raise EventsError(
        f"The log has {left_out:,} of {total:,} rows that cannot be used ({reasons}). That is "
        f"{left_out / total:.1%}, above the {plan.log.max_rejected:.1%} of log.max_rejected, and "
        "what is left would be another log. Mend the table and log.columns, or raise "
        "log.max_rejected."
    )


def _check_events(named: dict[str, int], figures: dict[str, int], plan: Plan) -> None:
    asked = [("macro", plan.macro.event, "it could never be seen")]
    for action in plan.heard.actions:
        what = f"action {short(action.name)}"
        asked.append((what, action.event, "it could never be seen"))
        asked.append((what, action.without, "all were without it"))
    for what, names, effect in asked:
        if names and not any(name in named for name in names):
            raise EventsError(
                f"The {what} names the event {short(names[0])}, which is not in the log (nearest: "
                f"{nearest(names[0], named)}), so {effect}. Mend the plan."
            )
    if not figures["macros"]:
        raise EventsError(
            f"The log has events named {short(plan.macro.event[0])}, but 0 of them are macros "
            f"under the condition {plan.macro.where!r}, so nobody converts. Mend macro.where in "
            "the plan, or widen the log."
        )
    if isinstance(plan.macro.value, str) and figures["negative"]:
        raise EventsError(
            f"The value of {figures['negative']:,} of {figures['macros']:,} macros is negative. "
            "Refunds would be shared out over actions as if these had caused them. Remove them, or "
            'keep them out with macro.where, such as "value >= 0".'
        )


def _check_currency(rows: Rows, plan: Plan) -> None:
    found = {row["name"]: row["n"] for row in rows["currency"] if row["name"]}
    others = sorted(set(found) - {plan.macro.currency})
    if others:
        raise EventsError(
            f"{sum(found[code] for code in others):,} macros are in {short(others[0])}, but the "
            f"plan says {plan.macro.currency}, so every weight would be in the wrong money. "
            "Convert them, or keep one currency with macro.where."
        )
