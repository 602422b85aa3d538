"""Attributes: first touch, held fixed in every comparison."""

from microlift.plan.quoting import short
from microlift.quality.counts import Counts
from microlift.quality.finding import Finding, graded, part

THOUSANDS = 1_000


def many_values(counts: Counts) -> Finding:
    """Attributes with so many values that nearly all of them end as '(other)'."""
    values = counts.facts.attribute_values
    many = {name: n for name, n in values.items() if n >= THOUSANDS}
    name = max(many, key=lambda name: (many[name], name), default="")
    return Finding(
        "attributes with thousands of values",
        graded(len(many), 1),
        len(many),
        part(len(many), len(values)),
        f"{short(name)}: {many[name]:,} values" if name else "",
        "A dozen values get a label, all others are one: users who differ in it are compared as if "
        "they were alike. A value that one user has is an id, and no trait.",
        "Give the attribute in groups (channel, not campaign id), or leave it out.",
    )
