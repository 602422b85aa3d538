"""What moved a weight: its change as a sum of parts, exactly.

A weight is a product, calibration constant x credit x mean macro value, and then what a guard makes
of it. With the logarithmic mean L of the weights before and after,

    weight' - weight = L x (log weight' - log weight) = sum over factors of L x (log f' - log f)

so that every factor has its share of the change in money and nothing is left over (Ang, 2004,
doi:10.1016/S0301-4215(03)00076-4). Two factors are split once more in the same way. The credit: at
an unchanged lift, and through the lift, whose share 1 - 1/lift is what doing it adds. The constant:
it is macros over booked credits, so that it moves with the counts (macros, and how often each
primary action is done) and with what else is booked (credits of the others, the primary set).
"""

import math
from dataclasses import dataclass, fields

from microlift.history.book import Book, Line

_CLOSE = 1e-9  # relative: the sums of a file are as exact as its decimals


@dataclass(frozen=True)
class Parts:
    """Change of a weight, in its currency, by cause; the parts add up to the change.

    Attributes
    ----------
    lift
        Through the lift.
    credit
        Through the credit at an unchanged lift: how many doers convert, how expected the action is.
    counts
        Macros, and how often the primary actions are done: through the calibration constant.
    calibration
        The rest of the calibration constant: what else is booked.
    mean_value
        Mean value of a macro.
    guards
        What guards made of it.
    primary
        It came to be bid on, or is no longer.
    other
        What the two files do not explain.
    """

    lift: float = 0.0
    credit: float = 0.0
    counts: float = 0.0
    calibration: float = 0.0
    mean_value: float = 0.0
    guards: float = 0.0
    primary: float = 0.0
    other: float = 0.0

    def sum(self) -> float:
        """Sum of the parts."""
        return math.fsum(getattr(self, part) for part in NAMES)

    def largest(self) -> list[tuple[str, float]]:
        """Parts that are not zero, the largest first."""
        known = [(part, float(getattr(self, part))) for part in NAMES]
        return sorted((p for p in known if p[1]), key=lambda part: -abs(part[1]))


NAMES = tuple(field.name for field in fields(Parts))


def parts(name: str, old: Book, new: Book) -> Parts:
    """Split the change of an action's weight from one weights file to another.

    Examples
    --------
    >>> file = {"revenue": 100.0, "macros": 10, "calibration_constant": 2.0, "actions": [
    ...     {"name": "cart", "weight": 2.0, "credit": 0.1, "occurrences": 50, "primary": True}]}
    >>> dearer = file | {"revenue": 200.0, "actions": [file["actions"][0] | {"weight": 4.0}]}
    >>> parts("cart", Book.of(file), Book.of(dearer)).largest()
    [('mean_value', 2.0)]
    """
    before, after = old.lines.get(name), new.lines.get(name)
    start, end = _weight(before), _weight(after)
    if start == end:
        return Parts()
    if not start or not end:
        return _jump(before, after, end - start)
    assert before is not None  # it has a weight
    assert after is not None
    return _factors(before, after, old, new)


def _weight(line: Line | None) -> float:
    return 0.0 if line is None or not line.weight > 0 else line.weight


def _jump(before: Line | None, after: Line | None, change: float) -> Parts:
    """To or from nothing there is no ratio: the change has one cause."""
    if before is None or after is None or before.primary != after.primary:
        return Parts(primary=change)
    if before.guards != after.guards:
        return Parts(guards=change)
    if min(before.credit, after.credit) <= 0:
        return Parts(credit=change)
    return Parts(other=change)


def _factors(before: Line, after: Line, old: Book, new: Book) -> Parts:
    scale, change = mean(before.weight, after.weight), after.weight - before.weight
    constant = _step(old.number("calibration_constant"), new.number("calibration_constant"))
    credit, value = _step(before.credit, after.credit), _step(old.mean_value, new.mean_value)
    if not math.isfinite(constant + credit + value):
        return Parts(other=change)
    lift = _step(_added(before), _added(after))
    lift = lift if math.isfinite(lift) else 0.0
    counts = _counts(old, new)
    known = {
        "lift": scale * lift,
        "credit": scale * (credit - lift),
        "counts": scale * counts,
        "calibration": scale * (constant - counts),
        "mean_value": scale * value,
    }
    size = max(map(abs, (*known.values(), before.weight, after.weight)))
    known = {part: amount if abs(amount) > _CLOSE * size else 0.0 for part, amount in known.items()}
    rest = change - math.fsum(known.values())
    if abs(rest) > _CLOSE * size:
        known["guards" if before.guards or after.guards else "other"] = rest
    elif any(known.values()):
        most = max(known, key=lambda part: abs(known[part]))
        known[most] += rest
    else:
        known["other"] = rest
    return Parts(**known)


def _added(line: Line) -> float:
    """Share of the doers' macros that doing it adds."""
    return 1 - 1 / line.lift if line.lift > 1 else math.nan


def _step(before: float, after: float) -> float:
    if not (before > 0 and after > 0 and math.isfinite(before) and math.isfinite(after)):
        return math.nan
    return math.log(after) - math.log(before)


def mean(one: float, other: float) -> float:
    """Logarithmic mean of two positive numbers: their difference over that of their logarithms.

    >>> round(mean(1.0, 2.0), 4), mean(3.0, 3.0)
    (1.4427, 3.0)
    """
    ratio = other / one - 1
    if abs(ratio) < 1e-7:
        return one * (1 + ratio / 2)
    # The logarithm of a ratio near 1 keeps its digits by log1p, that of one near 0 by a difference.
    apart = math.log1p(ratio) if abs(ratio) < 0.5 else math.log(other) - math.log(one)
    return (other - one) / apart


def _counts(old: Book, new: Book) -> float:
    """How far the counts alone move the logarithm of the constant, which is macros / booked."""
    before, after = _booked(old), _booked(new)
    whole = (sum(total for total, _ in before.values()), sum(total for total, _ in after.values()))
    macros = _step(old.number("macros"), new.number("macros"))
    if min(whole) <= 0 or not math.isfinite(macros):
        return 0.0
    moved = macros
    for name in before.keys() & after.keys():
        share = mean(before[name][0], after[name][0]) / mean(*whole)
        moved -= share * _step(before[name][1], after[name][1])
    return moved if math.isfinite(moved) else 0.0


def _booked(book: Book) -> dict[str | None, tuple[float, float]]:
    """Credit booked in all and times it was booked, of each that is bid on; None is the macro."""
    found: dict[str | None, tuple[float, float]] = {}
    for line in book.lines.values():
        if line.primary and line.credit * line.occurrences > 0:
            found[line.name] = (line.credit * line.occurrences, line.occurrences)
    scale = book.number("calibration_constant") * book.mean_value
    macro = book.number("macro_weight") * book.number("macros")
    if macro > 0 and scale > 0:
        found[None] = (macro / scale, book.number("macros"))
    return found
