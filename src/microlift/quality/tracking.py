"""Tracking over time: outages, events that start or stop, rates that jump."""

from collections.abc import Sequence

from microlift.plan.quoting import short
from microlift.quality.chance import LEAST_SIDE, SPANS, Jump, jumps, silences
from microlift.quality.counts import Counts, Rate
from microlift.quality.finding import Finding, date_of, part, things, too_short

SHOWN = 2
EDGES = 2  # the first and the last day, which are days in part
SILENT_FROM = LEAST_SIDE + 1 + EDGES  # days that a log needs for a silence, or for a jump
JUMPS_FROM = 2 * SPANS[0] + EDGES


def outages(counts: Counts) -> Finding:
    """Days without any event where there should be many."""
    whole = counts.series[""][1:-1]
    found = silences(whole, len(whole))
    days = sum(silence.days for silence in found)
    example = too_short(counts.days, SILENT_FROM)
    if found:
        longest = max(found, key=lambda silence: silence.days)
        day = date_of(counts.first_day + 1 + longest.start)
        example = f"no event for {things(longest.days, 'day')} from {day} on"
    return Finding(
        "outages",
        "look" if found else "good",
        days,
        part(days, len(whole)),
        example,
        "Users who bought in such a gap count as users who did not, and visits around it lose "
        "their steps.",
        "Load the missing days again; if they are lost, estimate on the window after them.",
    )


def tracking_changes(counts: Counts) -> Finding:
    """Events that start, stop or pause in mid-window while the rest of the log goes on."""
    alive = counts.series[""][1:-1] > 0
    spread = {name: line[1:-1] for name, line in counts.series.items() if name}
    looks = len(spread) * len(alive)
    found = [
        (name, silence)
        for name, line in spread.items()
        # A day on which nothing at all was recorded is an outage, and not another time this.
        for silence in silences(line[alive], looks)
    ]
    found.sort(key=lambda pair: -pair[1].expected)
    days = [counts.first_day + 1 + day for day, on in enumerate(alive) if on]
    told = []
    for name, silence in found[:SHOWN]:
        first, after = days[silence.start], silence.start + silence.days
        if silence.kind == "starts":
            told.append(f"{short(name)} starts on {date_of(days[after])}")
        elif silence.kind == "stops":
            told.append(f"{short(name)} stops on {date_of(first)}")
        else:
            span = things(silence.days, "day")
            told.append(f"{short(name)} is silent for {span} from {date_of(first)} on")
    names = {name for name, _ in found}
    return Finding(
        "tracking changes",
        "look" if found else "good",
        len(found),
        part(len(names), len(spread)),
        _listed(told, len(found)) or too_short(counts.days, SILENT_FROM),
        "Before it was recorded, an action looks as if nobody did it: those who did it stand among "
        "those who did not.",
        "Estimate on a window in which all actions of the plan are recorded.",
    )


def macro_jumps(counts: Counts) -> Finding:
    """Macros a visit, of all users and by attribute, that are another rate from a day on."""
    return _rate_jumps(
        "macro rate jumps",
        counts,
        counts.rates,
        "macros a visit",
        "The estimate is one mean over both times, and predicts neither. A fault of the checkout "
        "or of the tracking looks like users who did not want to buy.",
    )


def action_jumps(counts: Counts) -> Finding:
    """Planned actions a visit that are another rate from a day on."""
    return _rate_jumps(
        "action rate jumps",
        counts,
        counts.steps,
        "a visit",
        "What is recorded under the name may not be the same before and after (a new page, a tag "
        "that fires twice, an error that spreads).",
    )


def _rate_jumps(
    name: str, counts: Counts, rates: Sequence[Rate], unit: str, effect: str
) -> Finding:
    found: list[tuple[str, Jump]] = []
    for rate in rates:
        inside = slice(1, -1)
        found += [
            (rate.name, jump)
            for jump in jumps(rate.happened[inside], rate.visits[inside], len(rates))
        ]
    found.sort(key=lambda pair: -abs(pair[1].z))
    told = []
    for whose, jump in found[:SHOWN]:
        day = date_of(counts.first_day + 1 + jump.at)
        change = f"{jump.before:.3g} to {jump.after:.3g} {unit} from {day} on"
        told.append(f"{short(whose)}: {change}" if whose else change)
    series = len({whose for whose, _ in found})
    return Finding(
        name,
        "look" if found else "good",
        len(found),
        part(series, len(rates)),
        _listed(told, len(found)) or too_short(counts.days, JUMPS_FROM),
        effect,
        "Ask what was changed on that day; if it was a fault, estimate on the time without it.",
    )


def _listed(told: list[str], all_of_them: int) -> str:
    more = f"; and {all_of_them - len(told):,} more" if all_of_them > len(told) else ""
    return "; ".join(told) + more
