"""Money: values far above the others, macros worth nothing, transactions counted twice."""

from microlift.events import EventLog
from microlift.events.formats.ga4.rules import REPEATED_TRANSACTION
from microlift.quality.counts import Counts
from microlift.quality.doings import Values, count_values
from microlift.quality.finding import Finding, Verdict, date_of, graded, part, things

MUCH = 0.01  # of the revenue: from there on one order moves every weight by a per cent
# Of the revenue: then weights say what a few orders were worth, or a misplaced decimal point. The
# longest tails that values have in shops and in contracts hold a tenth of it so far out.
MOST = 0.25
FEW_ZEROS, ALL_ZEROS = 0.01, 1.0
FEW_REPEATED = 0.001


def outliers(counts: Counts) -> Finding:
    """Macros whose value is far above the usual, by their share of the revenue."""
    values = counts.doings.values
    share, example = part(values.outlier_sum, values.sum), ""
    if values.outliers:
        example = f"highest {_money(counts, values.highest)}, usual up to "
        example += _money(counts, values.limit)
    return Finding(
        "value outliers",
        _outliers(values),
        values.outliers,
        share,
        example,
        "Weights are scaled so that they add up to the revenue, so that a few large orders raise "
        "all of them; share: of the revenue.",
        "Check currency and decimal places; keep orders of another kind out with macro.where.",
    )


def _outliers(values: Values) -> Verdict:
    return graded(part(values.outlier_sum, values.sum), MUCH, MOST)


def _money(counts: Counts, minor: float) -> str:
    return f"{minor / 10**counts.facts.minor_digits:,.2f} {counts.facts.currency or ''}".rstrip()


def value_jumps(counts: Counts) -> Finding:
    """A day from which on macros are worth many times as much, or as little."""
    jump, example = counts.doings.values.jump, ""
    if jump:
        example = f"usually {_money(counts, jump.before)}, and {_money(counts, jump.after)} from "
        example += f"{date_of(jump.day)} on"
    return Finding(
        "value jumps",
        "refuse" if jump else "good",
        int(jump is not None),
        None,
        example,
        "Weights are made from the mean of both times. Where cents became euros, or one currency "
        "another, they are many times too high or too low for either.",
        "Bring all values into one unit; if prices did change so much, estimate on the time after.",
    )


def refused(log: EventLog) -> tuple[str, ...]:
    """Names of the checks of money that refuse a log, without a look at anything else.

    Parameters
    ----------
    log : EventLog
        Also of a run that leaves the other checks out: what is wrong here goes into every weight.
    """
    values = count_values(log)
    found = {"value outliers": _outliers(values) == "refuse", "value jumps": bool(values.jump)}
    return tuple(name for name, refuses in found.items() if refuses)


def zero_values(counts: Counts) -> Finding:
    """Macros that are worth nothing, or whose value cannot be read."""
    values, macros = counts.doings.values, counts.facts.macros
    return Finding(
        "macros worth nothing",
        graded(part(values.zeros, macros), FEW_ZEROS, ALL_ZEROS),
        values.zeros,
        part(values.zeros, macros),
        "",
        "They count as macros in every lift and lower the mean value, and so every weight.",
        'Fill the value in, or keep them out with macro.where, such as "value > 0".',
    )


def repeated_transactions(counts: Counts) -> Finding:
    """Macros whose transaction id was there before."""
    door = counts.door
    share = part(door.repeated, door.transactions)
    example = f"in the column {door.transaction_column!r}" if door.repeated else ""
    # The reader of a format that has such ids leaves them out itself, so that they do no harm.
    left_out = counts.facts.rejected.get(REPEATED_TRANSACTION, 0)
    if left_out:
        example = f"{things(left_out, 'row')} left out already" + (f"; {example}" * bool(example))
    return Finding(
        "repeated transaction ids",
        graded(share, FEW_REPEATED),
        door.repeated,
        share,
        example,
        "The same order counts twice, usually because a thank-you page was opened again: revenue "
        "and macro rates are too high, and the page view looks like a purchase.",
        "Keep the first row of each id before the export.",
    )
