"""Results to sentences, as pure functions: every number in a report's prose comes from here.

A sentence is plain text; whoever puts it on a page escapes it.
"""

import math
from collections.abc import Hashable, Mapping
from datetime import timedelta
from typing import Any

import pandas as pd

from microlift.reporting.numerals import (
    amount,
    column,
    count,
    day,
    decimal,
    duration,
    listing,
    money,
    percent,
    plural,
)

VERDICTS = ("raises", "lowers", "no evidence", "not identified")
FAR = 3  # standard errors: beyond, chance is no explanation of a group that is off


def headline(
    book: Mapping[str, Any], frame: pd.DataFrame, macro: str, *, first: bool = False
) -> str:
    """Say what to do, in two sentences or three: what to bid on, what not to, and why not.

    `first` says that no weights were ever published from the folder.

    >>> book = {"currency": "EUR", "macro_weight": 0.0, "actions": [
    ...     {"name": "cart", "primary": True, "weight": 2.0}, {"name": "chat", "primary": False}]}
    >>> headline(book, pd.DataFrame({"action": ["chat"], "verdict": ["lowers"]}), "purchase")
    'Bid on cart, at the value below. Only watch chat; chat lowers conversion.'
    >>> headline({}, pd.DataFrame({"action": [], "verdict": []}), "purchase")
    'Import no new weights: keep what you last published. The reason is below.'
    >>> headline({}, pd.DataFrame({"action": [], "verdict": []}), "purchase", first=True)
    'Bid on no action yet: no weights can be trusted so far. The reason is below.'
    """
    lowers = [str(name) for name in frame.loc[frame["verdict"] == "lowers", "action"]]
    harm = f"{listing(lowers)} {'lowers' if len(lowers) == 1 else 'lower'} conversion"
    if not book:
        what = (
            "Bid on no action yet: no weights can be trusted so far"
            if first
            else "Import no new weights: keep what you last published"
        )
        what += ". The reason is below"
        return f"{what}; {harm}." if lowers else f"{what}."
    ranked = sorted((a for a in book["actions"] if a["primary"]), key=lambda a: -a["weight"])
    chosen = [str(a["name"]) for a in ranked]
    others = [str(a["name"]) for a in book["actions"] if not a["primary"]]
    values = "value" if len(chosen) == 1 else "values"
    text = f"Bid on {listing(chosen, most=8)}, at the {values} below"
    if book.get("macro_weight"):
        worth = money(_get(book, "macro_weight"), book.get("currency"))
        text += f"; for {macro} itself send {worth}"
    if others:
        text += f". Only watch {listing(others)}" if len(others) <= 5 else (
            f". Only watch the other {count(len(others))} actions"
        )  # fmt: skip
    return f"{text}; {harm}." if lowers else f"{text}."


def data(facts: Any, macro: str, kind: str = "visits") -> str:
    """Say what the log holds: window, users, events, sessions, macros.

    `facts` is a `LogFacts`; `macro` the event that counts as one. Where moments are those of the
    clock a session means nothing, and none is told. Where the next macro is asked about, the whole
    log comes first, and then what is looked at.
    """
    if facts.whole is not None:
        whole = facts.whole
        return (
            f"Between {day(facts.first)} and {day(facts.last)}, {plural(whole.users, 'user')} left "
            f"{plural(whole.events, 'event')}, "
            f"and {plural(whole.macros, 'macro conversion')} ({macro}). {whole.told}"
        )
    where = "" if kind == "clock" else f" in {plural(facts.sessions, 'session')}"
    return (
        f"Between {day(facts.first)} and {day(facts.last)}, {plural(facts.users, 'user')} left "
        f"{plural(facts.events, 'event')}{where}, "
        f"and {plural(facts.macros, 'macro conversion')} ({macro})."
    )


def booked(macros: int, totals: Any, horizon: timedelta, *, repeat: bool = False) -> str:
    """Say which macros of the log are booked, and what the others are.

    `macros` are those of the log, `totals` the `Totals` of its moments. With `repeat`, macros are
    those after a user's first one.

    >>> from types import SimpleNamespace
    >>> booked(10, SimpleNamespace(macros=6, all_macro_users=7), timedelta(days=14))
    'Of these 10, 6 are booked: the first of each user who came at least 14 days before the log \
ends. The other 4 are 3 further ones of the same users and 1 of users too recent to judge.'
    """
    which = "second" if repeat else "first"
    these = f"{count(macros)} after a first one" if repeat else count(macros)
    since = "whose first was" if repeat else "who came"
    if totals.macros >= macros:
        return f"All {these} are booked: each is the {which} of its user."
    again, recent = macros - totals.all_macro_users, totals.all_macro_users - totals.macros
    known = ((again, "further ones of the same users"), (recent, "of users too recent to judge"))
    parts = [(number, what) for number, what in known if number > 0]
    # One part is all of them, and its number has been said.
    rest = [what if len(parts) == 1 else f"{count(number)} {what}" for number, what in parts]
    return (
        f"Of these {these}, {count(totals.macros)} are booked: the {which} of each user {since} "
        f"at least {duration(horizon)} before the log ends. "
        f"The other {count(macros - totals.macros)} are {listing(rest)}."
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
    '1 lowers, 1 without evidence'
    >>> verdict_line(pd.DataFrame({"verdict": ["raises"]}))
    'none lowers, none is in doubt'
    """
    found = verdicts(frame)
    lowers = f"{found['lowers']} {'lowers' if found['lowers'] == 1 else 'lower'}"
    parts = [
        lowers if found["lowers"] else "",
        f"{found['no evidence']} without evidence" if found["no evidence"] else "",
        f"{found['not identified']} not identified" if found["not identified"] else "",
    ]
    return ", ".join(filter(None, parts)) or "none lowers, none is in doubt"


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


def lift_reading(frame: pd.DataFrame) -> list[str]:
    """Say how to read the forest plot, and what multiple comparisons do to it."""
    judged = int((frame["verdict"] != "not identified").sum())
    lines = [
        "The hollow mark is the association, what a dashboard shows: how many times as often those "
        "who did it converted. The filled mark is the lift: at the same moment, with the same "
        "history, how many times as likely the macro becomes if the user does it now. Where the "
        "two are far apart, the action is a sign of intent more than a cause."
    ]
    if judged > 1:
        lines.append(
            f"{plural(judged, 'action')} are judged at once, so a verdict needs a 95 % interval "
            "that excludes 1 and a q value below 0.05, which bounds the share of false findings."
        )
    return lines


def forest_caption(frame: pd.DataFrame, limits: tuple[float, float]) -> str:
    """Say how the rows of the forest plot stand, and what its arrows and dashes are, if any.

    `limits` are the two ends of its axis.

    >>> forest_caption(pd.DataFrame({"association": [2.0, 99.0], "lift": [1.2, 1.3]}), (0.5, 10.0))
    'Sorted by lift, on a logarithmic scale. An arrow points to what lies beyond the axis.'
    """
    text = "Sorted by lift, on a logarithmic scale."
    numbers = frame[frame.columns.intersection(["association", "lift", "lift_low", "lift_high"])]
    if ((numbers < limits[0]) | (numbers > limits[1])).to_numpy().any():
        text += " An arrow points to what lies beyond the axis."
    if frame["association"].isna().any():
        text += " –: nobody converted without it, or nobody did it."
    return text


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


def entries(frame: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Name the entries of a ledger for readers: with the clock, time passes in no session.

    `kind` is that of the moments, 'visits' or 'clock'.

    >>> entries(pd.DataFrame({"entry": ["time between sessions"], "kind": ["time"]}), "clock")
            entry  kind
    0  quiet time  time
    """
    if kind != "clock":
        return frame
    return frame.assign(entry=frame["entry"].mask(frame["kind"] == "time", "quiet time"))


_LOSSES = {
    "left": "where users {}",
    "action": "at {}",
    "repeat": "at {}",
    "time": "in {}",
}


def ledger_heading(frame: pd.DataFrame, currency: str | None) -> str:
    """State where most conversion value was lost.

    >>> ledger_heading(pd.DataFrame({"entry": ["left after cart"], "kind": ["left"],
    ...     "credit_total": [-690.0], "value_total": [-43608.0]}), "EUR")
    'Most is lost where users left after cart: 690 macros, 43,608 EUR'
    """
    lost = frame[frame["kind"].isin(list(_LOSSES)) & (frame["credit_total"] < 0)]
    if lost.empty:
        return "No conversion value was lost on the way"
    worst = lost.sort_values("credit_total", kind="stable").to_dict("records")[0]
    where = _LOSSES[str(worst["kind"])].format(worst["entry"])
    loss = f"{amount(-float(worst['credit_total']))} macros"
    if currency:
        loss += f", {money(-float(worst['value_total']), currency)}"
    return f"Most is lost {where}: {loss}"


def ledger_reading(frame: pd.DataFrame, macro: str) -> str:
    """Say how to read the waterfall, with the sum that proves its books are closed."""
    arrivals = float(frame.loc[frame["kind"] == "arrival", "credit_total"].sum())
    total = float(frame["credit_total"].sum())
    return (
        f"Read it from the top. At arrival the users were worth {amount(arrivals)} expected "
        "macros. Each row books the change in the chance of converting that came with a step; "
        "users who leave take their remaining chance with them. The last row is what happened: "
        f"{amount(total)} macros ({macro}), exactly."
    )


def ledger_alt(frame: pd.DataFrame) -> str:
    """Say in words what the waterfall shows, by kind of entry.

    >>> ledger_alt(pd.DataFrame({"kind": ["arrival", "left"], "credit_total": [10.0, -4.0]}))
    'Waterfall of the ledger in macros: arrival +10.0, left −4.0; total 6.0.'
    """
    sums = frame.groupby("kind", sort=False)["credit_total"].sum()
    said = column(list(sums), 1, signs=True)
    parts = ", ".join(f"{kind} {value}" for kind, value in zip(sums.index, said, strict=True))
    total = amount(float(frame["credit_total"].sum()))
    return f"Waterfall of the ledger in macros: {parts}; total {total}."


def weights_heading(book: Mapping[str, Any], withheld: bool) -> str:
    """State what the published weights amount to.

    >>> weights_heading({"currency": "EUR", "booked_total": 5000.0, "calibration_gap": 0.0,
    ...     "actions": [{"name": "cart", "primary": True}]}, withheld=False)
    'Book 1 action: together worth 5,000 EUR, the revenue'
    """
    if withheld:
        return "No weights this time"
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
    Credit is what an action earns in the ledger at a user's first time. Every credit is \
multiplied by one constant, 1.40, so that all bookings add up to the revenue of the 2 macros in \
the ledger, 100.00 EUR.
    The usual recipe, order value times conversion rate of those who did it, would have \
booked 2.70 times the macros there were: it counts a macro once for every action before it.
    """
    if not book:
        return ["Nothing was published: the file of weights keeps its last version."]
    currency = book.get("currency")
    lines = [
        "Credit is what an action earns in the ledger at a user's first time. Every credit is "
        f"multiplied by one constant, {decimal(_get(book, 'calibration_constant'))}, so that all "
        f"bookings add up to the revenue of the {plural(book['macros'], 'macro')} in the ledger, "
        f"{money(_get(book, 'revenue'), currency)}."
    ]
    if math.isfinite(_get(book, "inflation_factor")):
        lines.append(
            "The usual recipe, order value times conversion rate of those who did it, would have "
            f"booked {decimal(_get(book, 'inflation_factor'))} times the macros there were: it "
            "counts a macro once for every action before it."
        )
    gap = _get(book, "calibration_gap")
    if math.isfinite(gap) and abs(gap) > 0.005:
        lines.append(f"A guard keeps the sum from the revenue: the gap is {money(gap, currency)}.")
    return lines


def weights_sum(book: Mapping[str, Any], withheld: bool) -> str:
    """State that the weights add up, that guards keep them from it, or that there are none.

    >>> weights_sum({"currency": "EUR", "revenue": 90.0, "calibration_gap": 0.0}, withheld=False)
    'What is booked adds up to the revenue, 90.00 EUR'
    >>> weights_sum({"currency": "EUR", "revenue": 90.0, "calibration_gap": 5.0}, withheld=False)
    'Guards keep what is booked below the revenue, 90.00 EUR'
    """
    if withheld:
        return "What each action earned, and why none is booked"
    worth, gap = money(_get(book, "revenue"), book.get("currency")), _get(book, "calibration_gap")
    if math.isfinite(gap) and abs(gap) > 0.005:
        return f"Guards keep what is booked {'below' if gap > 0 else 'above'} the revenue, {worth}"
    return f"What is booked adds up to the revenue, {worth}"


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
    off = int((frame["z"].abs() > FAR).sum())
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


def _get(book: Mapping[str, Any], key: str) -> float:
    value = book.get(key)
    return math.nan if value is None else float(value)
