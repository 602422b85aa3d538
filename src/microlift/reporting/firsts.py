"""The first screen of each kind of report beside the weekly one: what it says, and key figures.

The figures are recorded as well, under ``headline``, for the run's manifest and the index.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from microlift.advice import Advice
from microlift.diagnosis import Backlog, Diagnosis
from microlift.events import EventLog
from microlift.evidence import Backtest, Evidence, Settling
from microlift.history import History
from microlift.journeys import Funnel, Rates
from microlift.plan.moments import Clock
from microlift.plan.quoting import clipped
from microlift.quality import Quality
from microlift.reporting import blocks, findings, numerals, words
from microlift.reporting.blocks import Block
from microlift.reporting.sections import Refused, spaced
from microlift.reporting.tables import breakable

Card = tuple[str, str, str]
_NOT_TOLD = "–"


def _screen(
    lead: str, line: str, cards: Sequence[Card], headline: Mapping[str, float | int | None]
) -> Block:
    lead, line = spaced(lead), spaced(line)
    shown = blocks.cards(cards)
    html = f'<p class="lead">{breakable(lead)}</p>\n<p>{breakable(line)}</p>\n{shown.html}'
    known = {
        name: round(float(value), 6)
        for name, value in headline.items()
        if value is not None and math.isfinite(float(value))
    }
    return Block(html, "\n".join([lead, line, shown.text]), {"headline": known})


def _about(log: EventLog) -> str:
    return words.data(log.facts, numerals.listing(log.plan.macro.event), _kind(log))


def _kind(log: EventLog) -> str:
    return "clock" if isinstance(log.plan.moments, Clock) else "visits"


def journeys(log: EventLog, rates: Rates, funnel: Any, broken: Any, ideas: Any) -> Block:
    """What the report on journeys begins with: who converts, worst leak, faults, what to test.

    Parameters
    ----------
    log
        What was read.
    rates, funnel, broken, ideas
        What was found; of the last three a `Refused` where the log does not tell.
    """
    macro = rates.frame.iloc[-1]
    cards: list[Card] = [
        (
            f"Visitors with {clipped(str(macro['action']), 30)}",
            numerals.percent(macro["rate"]),
            f"{numerals.count(macro['count'])} of {numerals.count(macro['of'])}; 95 % interval "
            f"{numerals.percents(macro['low'], macro['high'])}",
        )
    ]
    headline: dict[str, float | None] = {"visitors who convert, %": 100 * macro["rate"]}
    if isinstance(funnel, Funnel):
        card, share = _leak(funnel)
        cards.append(card)
        headline["lost at the worst step, %"] = 100 * share
    if isinstance(broken, Diagnosis):
        cards.append(_faults(broken))
        headline["faults found"] = len(broken.frame)
    if isinstance(ideas, Backlog) and len(ideas.frame):
        card, stake = _idea(ideas)
        cards.append(card)
        headline["at stake in 30 days"] = stake
    return _screen(_journeys_lead(funnel, broken), _about(log), cards, headline)


def _journeys_lead(funnel: Any, broken: Any) -> str:
    if isinstance(broken, Diagnosis) and len(broken.frame):
        return f"Something broke. {broken.finding}"
    healthy = "Nothing broke that chance would not explain."
    if isinstance(broken, Refused):
        healthy = "This log does not tell whether something broke."
    if isinstance(broken, Diagnosis) and broken.finding.startswith("Not judged"):
        healthy = f"Whether something broke was {broken.finding[:1].lower()}{broken.finding[1:]}"
    if isinstance(funnel, Funnel):
        step, then, share = _worst(funnel)
        return (
            f"{healthy} The largest leak is between {step} and {then}, where "
            f"{numerals.percent(share)} go no further."
        )
    return healthy


def _worst(funnel: Funnel) -> tuple[str, str, float]:
    """The step after which most are lost: in money where it is known, else in visitors."""
    frame = funnel.frame
    if "segment" in frame:
        frame = frame[frame["segment"] == frame["segment"].iloc[0]]
    frame = frame.reset_index(drop=True)
    by = "money_lost" if "money_lost" in frame and frame["money_lost"].notna().any() else "lost"
    at = int(frame[by].iloc[:-1].astype(float).to_numpy().argmax())
    share = float(frame["lost"].iloc[at]) / max(1.0, float(frame["users"].iloc[at]))
    return clipped(str(frame["step"].iloc[at])), clipped(str(frame["step"].iloc[at + 1])), share


def _leak(funnel: Funnel) -> tuple[Card, float]:
    step, then, share = _worst(funnel)
    return ("Lost at the largest leak", numerals.percent(share), f"from {step} to {then}"), share


def _faults(broken: Diagnosis) -> Card:
    found = len(broken.frame)
    if not found:
        return "Faults", "0", "no step lost more than it used to"
    row = broken.frame.iloc[0]
    ends = "still going on" if row["ongoing"] else f"until {row['until']}"
    return "Faults", numerals.count(found), f"the first since {row['since']}, {ends}"


def _idea(ideas: Backlog) -> tuple[Card, float]:
    row = ideas.frame.iloc[0]
    stake = float(row["at_stake"])
    remark = f"in 30 days, at {clipped(str(row['step']))}: what to test first"
    return ("At stake", numerals.brief(stake, row["currency"]), remark), stake


def evidence(log: EventLog, found: Evidence, backtest: Any, settling: Any) -> Block:
    """What the report on evidence begins with: checks, verdicts that stand, out of time, to wait.

    Parameters
    ----------
    log
        What was read.
    found
        All checks.
    backtest, settling
        A `Refused` where the log does not tell.
    """
    judged = [c for c in found.checks if c.verdict is not None and not c.advises]
    failed = [c.name for c in judged if c.verdict is False]
    frame = found.revised.frame
    stands = int(frame["verdict"].isin(["raises", "lowers"]).sum())
    cards: list[Card] = [
        (
            "Checks passed",
            f"{len(judged) - len(failed)} of {len(judged)}",
            f"failed: {numerals.listing(failed)}" if failed else "of those that could be judged",
        ),
        ("Verdicts that stand", f"{stands} of {len(frame)}", words.verdict_line(frame)),
    ]
    headline: dict[str, float | None] = {
        "checks failed": len(failed),
        "verdicts that stand": stands,
    }
    if isinstance(backtest, Backtest):
        rows = backtest.frame[backtest.frame["method"] == "weights"]
        ratio = float(rows["total_ratio"].iloc[0]) if len(rows) else math.nan
        booked = f"{numerals.decimal(ratio)}×" if math.isfinite(ratio) else _NOT_TOLD
        cards.append(("Booked out of time", booked, "the real revenue of later visitors"))
        headline["booked over real, out of time"] = ratio
    if isinstance(settling, Settling):
        states = settling.frame["state"]
        judged_lifts = int(settling.frame["lift"].notna().sum())
        done = int((states == "settled").sum())
        cards.append(("Settled", f"{done} of {judged_lifts}", "more data would not change these"))
        headline["verdicts settled"] = done
    return _screen(found.finding, _about(log), cards, headline)


def bidding(advice: Advice, published: Any) -> Block:
    """What the report on bidding begins with: macros, mode now and next, double counting.

    Parameters
    ----------
    advice
        What there is to say on bidding.
    published
        The history of the folder, or a `Refused`.
    """
    row, log = advice.readiness.frame.iloc[0], advice.log
    macro = clipped(log.plan.macro.name, 30)
    spread = (
        f"{numerals.count(row['macros_low'])} to {numerals.count(row['macros_high'])} by chance"
    )
    when = str(row["when"])
    after = f"next: {row['next']}" if when in ("–", "") else f"next: {row['next']}, {when}"
    if str(row["next"]).startswith("none"):
        after = "the last step: nothing comes after it"
    cards: list[Card] = [
        (f"{macro} in 30 days", numerals.count(row["macros"]), spread),
        ("Mode now", str(row["mode"]), after),
    ]
    headline: dict[str, float | None] = {"macros in 30 days": int(row["macros"])}
    if advice.doubles is not None:
        ways = advice.doubles.ways
        usual = float(ways.loc[ways["way"] == "usual recipe, with the macro", "booked"].iloc[0])
        card = (
            "The usual recipe books",
            f"{numerals.decimal(usual)}×",
            "each macro, with every step primary",
        )
        cards.append(card)
        headline["usual recipe books, times"] = usual
    if isinstance(published, History):
        number = published.current
        version = _NOT_TOLD if number is None else str(number)
        remark = f"of {numerals.plural(len(published.versions), 'version')}"
        cards.append(("Weights in force", version, remark))
        headline["version in force"] = number
    note = advice.note.finding if advice.note is not None else advice.refused
    return _screen(advice.readiness.finding, note, cards, headline)


def quality(log: EventLog, found: Quality) -> Block:
    """What the report on data quality begins with: verdicts, rows left out, macros, window.

    Parameters
    ----------
    log
        What was read.
    found
        The verdicts on it.
    """
    facts = log.facts
    raised = findings.raised(found.findings)
    left = facts.duplicates + sum(facts.rejected.values())
    share = left / max(1, facts.rows)
    days = (facts.last - facts.first).total_seconds() / 86400
    cards: list[Card] = [
        (
            "Checks to look at",
            f"{len(raised)} of {len(found.findings)}",
            numerals.listing([one.name for one in raised], 3) or "all are good",
        ),
        ("Rows left out", numerals.percent(share), f"{numerals.count(left)} of "
         f"{numerals.count(facts.rows)}"),
        ("Macros", numerals.count(facts.macros), clipped(log.plan.macro.name)),
        ("Days", numerals.count(days), f"{numerals.day(facts.first)} to "
         f"{numerals.day(facts.last)}"),
    ]  # fmt: skip
    headline = {
        "checks to look at": len(raised), "rows left out, %": 100 * share,
        "macros": facts.macros, "users": facts.users,
    }  # fmt: skip
    lead = {
        "good": "This log can carry the estimates: no check found anything that would mislead.",
        "look": "Usable, once somebody knows the reason for what stands below.",
        "refuse": "Do not use the results of this log before it is mended.",
    }[found.verdict]
    return _screen(lead, _about(log), cards, headline)
