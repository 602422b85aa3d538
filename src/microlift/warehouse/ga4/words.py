"""What a plan reads of a GA4 export, in words that every engine has.

The fields, and most of what they come to, are those of `microlift.events.formats.ga4`. Parameters
are read anew: there they are text, and engines write fractions as text in different ways. So a
parameter is a number where the plan compares it with one, and text elsewhere.
"""

from dataclasses import dataclass
from functools import cached_property

import ibis
import ibis.expr.operations as ops

from microlift.errors import InputError
from microlift.events.formats.flat import explicit, fill_in, refuse_identities
from microlift.events.formats.ga4.fields import FIELDS, IDENTITIES, LISTS, SEQUENCE
from microlift.events.formats.ga4.words import BOOKKEEPING, ROLES, is_entry, paths_of, word
from microlift.events.layout import Layout, layout_of
from microlift.plan import Plan
from microlift.where import to_ibis

PARAMETERS = {
    "session_id": "ga_session_id",
    "currency": "currency",
    "transaction_id": "transaction_id",
}
"""Our own words that a parameter stands behind, as text."""


@dataclass(frozen=True)
class Reading:
    """What a plan reads of an export.

    Attributes
    ----------
    given : Plan
        Of ``log.format: ga4``.
    """

    given: Plan

    @cached_property
    def plan(self) -> Plan:
        """The plan with the columns that the export stands for filled in."""
        refuse_identities(self.given, IDENTITIES)
        return fill_in(self.given, ROLES, SEQUENCE)

    @cached_property
    def layout(self) -> Layout:
        """Which names are read, in what role."""
        return layout_of(self.plan)

    def is_own(self, name: str) -> bool:
        """Whether a name is to be looked for among our own words first."""
        return name not in set(explicit(self.given).values())

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """The fields and lists of the export that are read."""
        words = [word(name, own=self.is_own(name)) for name in self.layout.names]
        kept = [found for name, found in BOOKKEEPING.items() if name != "_origin"]
        return paths_of([*words, *kept])

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns of its table that are read."""
        return tuple(dict.fromkeys(path.split(".")[0] for path in self.paths))

    @cached_property
    def numbers(self) -> frozenset[str]:
        """The names of parameters that are read as numbers.

        Raises
        ------
        InputError
            If one is read as text too.
        """
        compared, as_text = self._compared()
        value = self.layout.value
        if value is not None and is_entry(value):
            compared.add(value)
        roles = set(self.layout.names) - {value, *self.layout.others}
        for name in sorted(compared & (as_text | roles)):
            _, _, key = name.rpartition(".") if name.partition(".")[0] in LISTS else ("", "", name)
            other = key if key != name else f"event_params.{name}"
            raise InputError(
                f"The plan reads the parameter {name[:100]!r} as a number in one place and as text "
                "in another, and engines write fractions as text in different ways. Name it "
                f"{other[:120]!r} in one of the two places, or read the log with --events."
            )
        return frozenset(compared)

    def _compared(self) -> tuple[set[str], set[str]]:
        """Of the parameters in conditions, those compared with numbers, and those with text."""
        types = {name: FIELDS.get(name, "string") for name in self.layout.names}
        draft = ibis.table(types | {"value": "float64"}, name="draft")
        rules = [self.plan.macro.where, *(action.where for action in self.plan.actions)]
        numbers, texts = set[str](), set[str]()
        for rule in filter(None, rules):
            for node in to_ibis(rule, draft).op().find(ops.Value):
                for child in node.__children__:
                    if isinstance(child, ops.Field) and is_entry(child.name):
                        is_number = isinstance(node, ops.TryCast) and node.to.is_floating()
                        (numbers if is_number else texts).add(child.name)
        return numbers, texts

    @cached_property
    def texts(self) -> dict[str, tuple[str, str]]:
        """The parameters that are read as text: the list and the key by the name in the plan."""
        found = {
            name: ("event_params", PARAMETERS[name])
            for name in self.layout.names
            if name in PARAMETERS
        }
        found["transaction_id"] = ("event_params", PARAMETERS["transaction_id"])
        entries = {name: place_of(name) for name in self.layout.names if is_entry(name)}
        return found | {name: at for name, at in entries.items() if name not in self.numbers}


def place_of(name: str) -> tuple[str, str]:
    """The list and the key that a name of the plan stands for.

    Examples
    --------
    >>> place_of("user_properties.plan"), place_of("percent_scrolled")
    (('user_properties', 'plan'), ('event_params', 'percent_scrolled'))
    """
    top, _, rest = name.partition(".")
    return (top, rest) if top in LISTS and rest else ("event_params", name)
