"""Results to sentences, as pure functions: every number in a report's prose comes from here.

A sentence is plain text; whoever puts it on a page escapes it.
"""

import math
from collections.abc import Hashable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import pandas as pd

from microlift.reporting.numerals import (
    amount,
    day,
    decimal,
    duration,
    listing,
    money,
    percent,
    plural,
    signed,
)

VERDICTS = ("raises", "lowers", "no evidence", "not identified")


def data(facts: Any, macro: str) -> str:
    """Say what the log holds: window, users, events, sessions, macros.

    `facts` is a `LogFacts`; `macro` the event that counts as one.
    """
    return (
        f"Between {day(facts.first)} and {day(facts.last)}, {plural(facts.users, 'user')} left "
        f"{plural(facts.events, 'event')} in {plural(facts.sessions, 'session')}, "
        f"and {plural(facts.macros, 'macro conversion')} ({macro})."
    )


def verdicts(frame: pd.DataFrame) -> dict[str, int]:
    """Count the verdicts of a lift table, in the order raises ... not identified.

    >>> verdicts(pd.DataFrame({"verdict": ["raises", "lowers", "raises"]}))
    {'raises': 2, 'lowers': 1, 'no evidence': 0, 'not identified': 0}
    """
    found = frame["verdict"].value_counts()
    return {verdict: int(found.get(verdict, 0)) for verdict in VERDICTS}


def verdict_line(frame: pd.DataFrame) -> str:
    """Say how many actions did not raise, and why.

    >>> verdict_line(pd.DataFrame({"verdict": ["raises", "lowers", "no evidence"]}))
    '1 lowers, 1 without evidence, 0 not identified'
    """
    found = verdicts(frame)
    lowers = found["lowers"]
    return (
        f"{lowers} {'lowers' if lowers == 1 else 'lower'}, {found['no evidence']} without "
        f"evidence, {found['not identified']} not identified"
    )


def lift_heading(frame: pd.DataFrame) -> str:
    """State the finding of the lift table: where a dashboard misleads most.

    First an action that looks good and lowers; then the one that looks best and shows no
    effect; then the one that raises most; else that nothing could be shown.

    >>> rows = {"action": ["a", "b"], "association": [2.6, 4.1], "association_low": [2.2, 3.8],
    ...         "lift": [0.68, 1.01], "lift_high": [0.8, 1.2], "verdict": ["lowers", "no evidence"]}
    >>> lift_heading(pd.DataFrame(rows))
    'a looks good (2.60×) and lowers conversion (0.68×)'
    """
    lowers = _strongest(frame, "lowers")
    if lowers is not None:
        return (
            f"{lowers['action']} looks good ({decimal(lowers['association'])}×) and lowers "
            f"conversion ({decimal(lowers['lift'])}×)"
        )
    idle = _strongest(frame, "no evidence")
    if idle is not None:
        return (
            f"{idle['action']} goes with {decimal(idle['association'])}× the conversions, "
            f"yet no effect of it can be shown ({decimal(idle['lift'])}×)"
        )
    raises = frame[frame["verdict"] == "raises"].sort_values("lift", ascending=False)
    if len(raises):
        best = raises.to_dict("records")[0]
        return (
            f"{best['action']} raises conversion most: {decimal(best['lift'])}× "
            f"({decimal(best['association'])}× on a dashboard)"
        )
    return "No action's effect on conversion can be shown"


def _strongest(frame: pd.DataFrame, verdict: str) -> dict[Hashable, Any] | None:
    """Return the row of a verdict that flatters its action most, if one flatters at all."""
    # Where the two intervals touch, chance alone may have parted association and lift.
    apart = (frame["association"] > 1) & (frame["association_low"] > frame["lift_high"])
    rows = frame[(frame["verdict"] == verdict) & apart]
    rows = rows.sort_values("association", ascending=False, kind="stable")
    return next(iter(rows.to_dict("records")), None)


def lift_reading(frame: pd.DataFrame) -> str:
    """Say how to read the forest plot, and what multiple comparisons do to it."""
    judged = frame[frame["verdict"] != "not identified"]
    return (
        "The hollow mark is what a dashboard shows: how much more often those who did it "
        "converted. The filled mark is the lift: at the same moment, with the same history, how "
        "many times as likely the macro becomes if the user does it now. Where the two are far "
        f"apart, the action is a sign of intent more than a cause. "
        f"{plural(len(judged), 'action')} judged at once: a verdict needs a 95 % interval that "
        "excludes 1 and a q value below 0.05, which bounds the share of false findings."
    )


def lift_alt(frame: pd.DataFrame) -> str:
    """Say in words what the forest plot shows.

    >>> lift_alt(pd.DataFrame({"action": ["a"], "association": [2.0], "lift": [1.5],
    ...     "lift_low": [1.2], "lift_high": [1.9], "verdict": ["raises"]}))
    'Association and lift of 1 action. a: association 2.00, lift 1.50 (1.20 to 1.90), raises.'
    """
    parts = [
        f"{row['action']}: association {decimal(row['association'])}, lift {decimal(row['lift'])} "
        f"({decimal(row['lift_low'])} to {decimal(row['lift_high'])}), {row['verdict']}."
        if math.isfinite(row["lift"])
        else f"{row['action']}: not identified."
        for row in frame.to_dict("records")
    ]
    return " ".join([f"Association and lift of {plural(len(frame), 'action')}.", *parts])


def ledger_heading(frame: pd.DataFrame, currency: str | None) -> str:
    """State where most conversion value was lost.

    >>> ledger_heading(pd.DataFrame({"entry": ["left after cart"], "kind": ["left"],
    ...     "credit_total": [-690.0], "value_total": [-43608.0]}), "EUR")
    'Most is lost where users left after cart: 690 macros, 43,608 EUR'
    """
    left = frame[(frame["kind"] == "left") & (frame["credit_total"] < 0)]
    if left.empty:
        return "No conversion value was lost by leaving"
    worst = left.sort_values("credit_total", kind="stable").to_dict("records")[0]
    entry = str(worst["entry"])
    where = f"users {entry}" if entry.startswith("left ") else entry
    loss = f"{amount(-float(worst['credit_total']))} macros"
    if currency:
        loss += f", {money(-float(worst['value_total']), currency)}"
    return f"Most is lost where {where}: {loss}"


def ledger_reading(frame: pd.DataFrame, macro: str) -> str:
    """Say how to read the waterfall, with the sum that proves its books are closed."""
    arrivals = float(frame.loc[frame["kind"] == "arrival", "credit_total"].sum())
    total = float(frame["credit_total"].sum())
    return (
        f"At arrival the users were worth {amount(arrivals)} expected macros. Each step books "
        "the change in the chance of converting that came with it, users who leave take their "
        f"remaining chance with them, and the sum is what happened: {amount(total)} macros "
        f"({macro}), exactly."
    )


def ledger_alt(frame: pd.DataFrame) -> str:
    """Say in words what the waterfall shows, by kind of entry.

    >>> ledger_alt(pd.DataFrame({"kind": ["arrival", "left"], "credit_total": [10.0, -4.0]}))
    'Waterfall of the ledger in macros: arrival +10.0, left −4.0; total 6.0.'
    """
    sums = frame.groupby("kind", sort=False)["credit_total"].sum()
    parts = ", ".join(f"{kind} {signed(value)}" for kind, value in sums.items())
    total = amount(float(frame["credit_total"].sum()))
    return f"Waterfall of the ledger in macros: {parts}; total {total}."


def weights_heading(book: Mapping[str, Any], withheld: bool) -> str:
    """State what the published weights amount to.

    >>> weights_heading({"currency": "EUR", "booked_total": 5000.0, "calibration_gap": 0.0,
    ...     "actions": [{"name": "cart", "primary": True}]}, withheld=False)
    'Book 1 action: together worth 5,000 EUR, the revenue'
    """
    if withheld:
        return "Keep what you last published"
    chosen = sum(bool(a["primary"]) for a in book["actions"])
    what = plural(chosen, "action") + (" and the macro" if book.get("macro_weight") else "")
    worth = money(_get(book, "booked_total"), book.get("currency"))
    sums = ", the revenue" if abs(_get(book, "calibration_gap")) < 0.005 else ""
    return f"Book {what}: together worth {worth}{sums}"


def weights_reading(book: Mapping[str, Any]) -> list[str]:
    """Say what the calibration constant and the inflation factor mean, in two sentences or three.

    >>> for line in weights_reading({"currency": "EUR", "calibration_constant": 1.4, "macros": 2,
    ...     "revenue": 100.0, "booked_total": 100.0, "inflation_factor": 2.7,
    ...     "calibration_gap": 0.0}):
    ...     print(line)
    Every credit is multiplied by one constant, 1.40, so that what is booked, 100.00 EUR, is the \
revenue of the 2 macros in the ledger, 100.00 EUR.
    The usual recipe, order value times conversion rate of those who did it, would have \
booked 2.70 times the macros there were.
    """
    if not book:
        return ["Nothing was published: the file of weights keeps its last version."]
    currency = book.get("currency")
    lines = [
        f"Every credit is multiplied by one constant, {decimal(_get(book, 'calibration_constant'))}"
        f", so that what is booked, {money(_get(book, 'booked_total'), currency)}, is the revenue "
        f"of the {plural(book['macros'], 'macro')} in the ledger, "
        f"{money(_get(book, 'revenue'), currency)}."
    ]
    if math.isfinite(_get(book, "inflation_factor")):
        lines.append(
            "The usual recipe, order value times conversion rate of those who did it, would have "
            f"booked {decimal(_get(book, 'inflation_factor'))} times the macros there were."
        )
    gap = _get(book, "calibration_gap")
    if math.isfinite(gap) and abs(gap) > 0.005:
        lines.append(f"A guard keeps the sum from the revenue: the gap is {money(gap, currency)}.")
    return lines


def weights_sum(book: Mapping[str, Any], withheld: bool) -> str:
    """State that the weights add up, or that there are none.

    >>> weights_sum({"calibration_constant": 1.39, "inflation_factor": 2.71}, withheld=False)
    'Credit times 1.39 adds up to the revenue; the usual recipe books 2.71 times as much'
    """
    if withheld:
        return "What each action earned, and why none is booked"
    return (
        f"Credit times {decimal(_get(book, 'calibration_constant'))} adds up to the revenue; "
        f"the usual recipe books {decimal(_get(book, 'inflation_factor'))} times as much"
    )


def weights_alt(book: Mapping[str, Any]) -> str:
    """Say in words what the bars of the weights show.

    >>> weights_alt({"currency": "EUR", "actions": [
    ...     {"name": "cart", "weight": 4.0, "low": 3.0, "high": 5.0, "primary": True}]})
    'Weights: cart 4.00 EUR (3.00 to 5.00).'
    """
    parts = [
        f"{a['name']} {money(a['weight'], book.get('currency'))} "
        f"({decimal(_get(a, 'low'))} to {decimal(_get(a, 'high'))})"
        for a in book["actions"]
        if a["primary"]
    ]
    return f"Weights: {'; '.join(parts) or 'none'}."


def calibration_heading(frame: pd.DataFrame) -> str:
    """State whether predicted conversion is what happened.

    >>> calibration_heading(pd.DataFrame({"kind": ["overall", "decile"], "z": [0.2, 3.4],
    ...     "predicted": [0.067, 0.2], "observed": [0.068, 0.3]}))
    '1 of 2 groups is off by more than 3 standard errors'
    """
    off = int((frame["z"].abs() > 3).sum())
    if off:
        verb = "is" if off == 1 else "are"
        return f"{off} of {plural(len(frame), 'group')} {verb} off by more than 3 standard errors"
    overall = frame[frame["kind"] == "overall"]
    if overall.empty:
        return "Predicted conversion is what happened"
    row = overall.iloc[0]
    return (
        f"Predicted conversion is what happened: {percent(float(row['predicted']))} against "
        f"{percent(float(row['observed']))}"
    )


def calibration_reading(frame: pd.DataFrame) -> str:
    """Say what was compared, and how far the worst group is off."""
    worst = float(frame["z"].abs().max())
    return (
        "The ledger balances for any model of the chance to convert, so it proves nothing alone. "
        "What carries it is this: each moment's chance, predicted by a model that never saw its "
        "user, against what happened. A point is a tenth of the moments, from the least to the "
        "most likely to convert, with its 95 % interval. Of "
        f"{plural(len(frame), 'group')}, the worst is off by {decimal(worst)} standard errors."
    )


def calibration_alt(frame: pd.DataFrame) -> str:
    """Say in words what the calibration plot shows.

    >>> calibration_alt(pd.DataFrame({"kind": ["decile"], "predicted": [0.01], "observed": [0.02]}))
    'Predicted against observed conversion: 1.00 % and 2.00 %.'
    """
    rows = frame[frame["kind"] == "decile"]
    pairs = [
        f"{percent(float(p))} and {percent(float(o))}"
        for p, o in zip(rows["predicted"], rows["observed"], strict=True)
    ]
    return f"Predicted against observed conversion: {'; '.join(pairs)}."


def sequence(kind: str, starts: bool, reason: str) -> str:
    """Say what a moment is in this report, with the reason the estimator gives.

    >>> sequence("visits", True, "The log records 512 visits without a planned event.")
    'Moments are steps in a visit, and its start too. The log records 512 visits without a \
planned event.'
    """
    if kind == "clock":
        what = "Moments are ticks of the clock"
    elif starts:
        what = "Moments are steps in a visit, and its start too"
    else:
        what = "Moments are steps in a visit; its start is none"
    text = reason.strip()
    text = text[:1].upper() + text[1:]
    return f"{what}. {text}{'' if not text or text.endswith('.') else '.'}".strip()


def maturity(mature: int, immature: int, horizon: timedelta) -> str:
    """Say how many moments were judged and how many are too young.

    >>> maturity(900, 100, timedelta(days=14))
    'Judged are 900 moments whose whole horizon of 14 days lies inside the data; 100 moments \
(10.0 %) are too young and left out.'
    """
    share = immature / max(mature + immature, 1)
    return (
        f"Judged are {plural(mature, 'moment')} whose whole horizon of {duration(horizon)} lies "
        f"inside the data; {plural(immature, 'moment')} ({percent(share)}) are too young and "
        "left out."
    )


def not_identified(frame: pd.DataFrame) -> list[str]:
    """Name each action whose lift is not identified, with the reason.

    >>> not_identified(pd.DataFrame({"action": ["pay"], "verdict": ["not identified"],
    ...     "note": ["everybody did it"]}))
    ['pay: lift not identified, everybody did it.']
    """
    return _noted(frame[frame["verdict"] == "not identified"], "lift not identified")


def remarks(frame: pd.DataFrame) -> list[str]:
    """Name each judged action that carries a note.

    >>> remarks(pd.DataFrame({"action": ["a"], "verdict": ["raises"], "note": ["tick too long"]}))
    ['a: raises, tick too long.']
    """
    judged = frame[frame["verdict"] != "not identified"]
    return [line for v, rows in judged.groupby("verdict", sort=False) for line in _noted(rows, v)]


def _noted(rows: pd.DataFrame, label: Any) -> list[str]:
    lines = []
    for action, note in zip(rows["action"], rows["note"], strict=True):
        text = "" if pd.isna(note) else str(note).strip().rstrip(".")
        if text or label == "lift not identified":
            lines.append(f"{action}: {label}{', ' if text else ''}{text}.")
    return lines


def standing(attributes: Sequence[str], horizon: timedelta) -> list[str]:
    """Say what holds for every result of this method, whatever the data.

    >>> standing(["channel"], timedelta(days=14))[0]
    'Intent that leaves no trace in the log biases every method, this one too: the lift compares \
users with the same recorded history and the same channel, and no more than that.'
    """
    held = "the same recorded history"
    held += f" and the same {listing(attributes)}" if attributes else ""
    return [
        "Intent that leaves no trace in the log biases every method, this one too: the lift "
        f"compares users with {held}, and no more than that.",
        "Credit is not incremental probability. The chance before a step already holds the "
        "chance of taking it, so the ledger books the surprise: a step that nearly everybody "
        "takes earns little even where its lift is large.",
        f"The chance of converting looks {duration(horizon)} ahead of each moment, and that "
        "window slides along: entries of the ledger contain its renewal.",
        "An interval covers what chance does, not what a change of the shop, the tracking or "
        "the season does.",
    ]


def quality(facts: Any) -> list[str]:
    """Say what of the log was left out at the door; nothing where nothing was.

    `facts` is a `LogFacts`.
    """
    lines = []
    if facts.duplicates:
        lines.append(f"{plural(facts.duplicates, 'exact duplicate')} dropped.")
    for reason, rows in facts.rejected.items():
        if rows:
            lines.append(f"{plural(rows, 'row')} left out: {reason}.")
    return lines


def _get(book: Mapping[str, Any], key: str) -> float:
    value = book.get(key)
    return math.nan if value is None else float(value)
