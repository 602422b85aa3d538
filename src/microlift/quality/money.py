"""Money: values far above the others, macros worth nothing, transactions counted twice."""

from microlift.events.formats.ga4.rules import REPEATED_TRANSACTION
from microlift.quality.counts import Counts
from microlift.quality.finding import Finding, graded, part, things

MUCH = 0.01  # of the revenue: from there on one order moves every weight by a per cent
FEW_ZEROS, ALL_ZEROS = 0.01, 1.0
FEW_REPEATED = 0.001


def outliers(counts: Counts) -> Finding:
    """Macros whose value is far above the usual, by their share of the revenue."""
    values, unit = counts.doings.values, 10**counts.facts.minor_digits
    share = part(values.outlier_sum, values.sum)
    example = ""
    if values.outliers:
        money = counts.facts.currency or ""
        example = f"highest {values.highest / unit:,.2f} {money}, usual up to "
        example += f"{values.limit / unit:,.2f}"
    return Finding(
        "value outliers",
        graded(share, MUCH),
        values.outliers,
        share,
        example,
        "Weights are scaled so that they add up to the revenue, so that a few large orders raise "
        "all of them; share: of the revenue.",
        "Check currency and decimal places; keep orders of another kind out with macro.where.",
    )


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
