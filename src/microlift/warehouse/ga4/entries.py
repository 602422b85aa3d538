"""Event parameters and user properties in words that every engine has."""

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from microlift.events.formats.ga4.fields import entries
from microlift.warehouse.dialects import first_of

# Texts that every engine reads as the same number. Brackets, since not all know a backslash.
PLAIN = "^[+-]?[0-9]+([.][0-9]+)?([eE][+-]?[0-9][0-9]?)?$"


@dataclass(frozen=True)
class Entry:
    """The value of a key, in each of its forms; null where it has another or none.

    Attributes
    ----------
    string, whole, fraction
    """

    string: ir.StringValue
    whole: ir.IntegerValue
    fraction: ir.FloatingValue

    @property
    def text(self) -> ir.StringValue:
        """The value as text, but for a fraction: engines write those in different ways."""
        return ibis.coalesce(self.string, self.whole.cast("string"))

    @property
    def number(self) -> ir.FloatingValue:
        """The value as a number; null where it is a text that is none."""
        is_plain = self.string.re_search(PLAIN).fill_null(False)
        spelled = is_plain.ifelse(self.string, ibis.null("string")).try_cast("float64")
        counted = ibis.coalesce(self.whole.cast("float64"), self.fraction)
        return self.string.isnull().ifelse(counted, spelled)

    @property
    def is_fraction(self) -> ir.BooleanValue:
        """Whether the value is there, and is no text that engines agree on."""
        return self.string.isnull() & self.whole.isnull() & self.fraction.notnull()


def entry_of(table: ir.Table, which: str, key: str, dialect: str) -> Entry:
    """Find a key in a list; of several the first counts.

    Parameters
    ----------
    table : ibis.Table
        Nested, as it was exported.
    which : str
        ``event_params`` or ``user_properties``.
    key : str
    dialect : str

    Returns
    -------
    Entry
    """
    kinds = {"string_value": "string", "int_value": "int64"}
    kinds |= dict.fromkeys(("double_value", "float_value"), "float64")
    listed = entries(table[which]) if which in table.columns else None
    if listed is None:
        string, whole, double, single = (ibis.null(kind) for kind in kinds.values())
    else:
        value = first_of(listed.filter(lambda each: each.key == key), dialect).value
        known = value.type().names
        string, whole, double, single = (
            value[name].cast(kind) if name in known else ibis.null(kind)
            for name, kind in kinds.items()
        )
    return Entry(string, whole, ibis.coalesce(double, single))
