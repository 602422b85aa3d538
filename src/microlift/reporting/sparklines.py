"""Headline figures over the runs: as a table first, and each as a small line beside its number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from microlift.reporting import facts, labels, plainly

MOST_RUNS = 26
_WIDTH, _HEIGHT, _EDGE = 120.0, 30.0, 4.0


@dataclass(frozen=True)
class Series:
    """A headline figure over the runs that recorded it.

    Attributes
    ----------
    label
        What it is.
    days
        When each run started, the oldest first.
    values
        What the figure was.
    """

    label: str
    days: tuple[str, ...]
    values: tuple[float, ...]

    @property
    def last(self) -> float:
        """What it is now."""
        return self.values[-1]

    @property
    def moved(self) -> str:
        """How it moved since the run before; empty where there was none."""
        return plainly.change(self.values[-2], self.last) if len(self.values) > 1 else ""

    @property
    def told(self) -> str:
        """What its line shows, in words.

        >>> Series("Macros", ("1 May", "8 May"), (90, 100)).told
        'Macros in 2 runs, 1 May to 8 May: from 90 to 100, lowest 90, highest 100.'
        """
        first, last, low, high = map(
            plainly.number, (self.values[0], self.last, min(self.values), max(self.values))
        )
        return (
            f"{plainly.bounded(self.label, 80)} in {len(self.values)} runs, {self.days[0]} to "
            f"{self.days[-1]}: from {first} to {last}, lowest {low}, highest {high}."
        )


def series(good: Sequence[Mapping[str, Any]]) -> list[Series]:
    """Make the table: the figures of the last run, in its order, over the runs that have them.

    Parameters
    ----------
    good
        Manifests of the good runs of one kind, newest first.
    """
    runs = [(plainly.when(one), facts.figures(one.get(facts.HEADLINE))) for one in good[:MOST_RUNS]]
    if not runs:
        return []
    said, found = labels.of_manifest(good[0]).said, []
    for label in runs[0][1]:
        points = [(day, known[label]) for day, known in reversed(runs) if label in known]
        days, values = zip(*points, strict=True)
        found.append(Series(plainly.capital(said(label)), days, values))
    return found


def sparkline(one: Series) -> str:
    """Draw a figure over its runs; nothing where there is one run alone.

    >>> sparkline(Series("Macros", ("1 May",), (90,)))
    ''
    """
    count = len(one.values)
    if count < 2:
        return ""
    low, high = min(one.values), max(one.values)
    across = (_WIDTH - 2 * _EDGE) / (count - 1)
    up = (_HEIGHT - 2 * _EDGE) / (high - low) if high > low else 0.0
    base = _HEIGHT - _EDGE if high > low else _HEIGHT / 2
    points = [
        (round(_EDGE + i * across, 1), round(base - (value - low) * up, 1))
        for i, value in enumerate(one.values)
    ]
    line = " ".join(f"{x},{y}" for x, y in points)
    x, y = points[-1]
    return (
        f'<svg class="spark" viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}" role="img" '
        'preserveAspectRatio="xMinYMid" '
        f'aria-label="{escape(one.told)}"><polyline points="{line}" fill="none" '
        'stroke="var(--sky)" stroke-width="2" stroke-linejoin="round" stroke-linecap="round"/>'
        f'<circle cx="{x}" cy="{y}" r="3.2" fill="var(--blue)"/></svg>'
    )
