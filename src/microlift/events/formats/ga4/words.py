"""The words in which a plan speaks of a GA4 export, and what each one reads.

A name of the plan is looked for among our own words, then among the fields of the export by their
path (``geo.country``), and is else the name of an event parameter. ``event_params.source`` and
``user_properties.plan`` say so outright.
"""

from collections.abc import Callable, Iterable

import ibis
import ibis.expr.types as ir

from microlift.errors import EventsError, nearest
from microlift.events.formats.ga4.fields import FIELDS, LISTS, entry, field

ROLES = ("user_id", "timestamp", "event", "session_id", "value", "currency")
NOTHING = "(not set)"  # what GA4 writes where a text has no value

_CAMPAIGN = ("source", "medium", "campaign_name")
_SESSION = "session_traffic_source_last_click."
_ADS_CLICK = "the session's Google Ads click"
ORIGINS: dict[str, tuple[str, ...]] = {
    "the session": tuple(f"{_SESSION}cross_channel_campaign.{name}" for name in _CAMPAIGN),
    # Known by its campaign alone: the tagged link of such a visit is "(not set)".
    _ADS_CLICK: (f"{_SESSION}google_ads_campaign.campaign_name",),
    "the session's tagged link": tuple(f"{_SESSION}manual_campaign.{name}" for name in _CAMPAIGN),
    "the event": tuple(f"collected_traffic_source.manual_{name}" for name in _CAMPAIGN),
    "the user's first visit": tuple(f"traffic_source.{n}" for n in ("source", "medium", "name")),
}
"""Where a visit came from: source, medium and campaign, from the nearest to the farthest."""

Word = tuple[tuple[str, ...], Callable[[ir.Table], ir.Value]]


def _user(table: ir.Table) -> ir.Value:
    return ibis.coalesce(field(table, "user_id"), field(table, "user_pseudo_id"))


def _value(table: ir.Table) -> ir.FloatingValue:
    # Events that are no purchase carry their worth in the parameter, with a revenue of 0 or none.
    revenue = field(table, _PURCHASE)
    given = entry(table, "event_params", "value").try_cast("float64")
    return ibis.coalesce(revenue.nullif(0), given, revenue)


def _text(table: ir.Table, path: str) -> ir.StringValue:
    return field(table, path).nullif(NOTHING)


def _transaction(table: ir.Table) -> ir.Value:
    given = entry(table, "event_params", "transaction_id").nullif("").nullif(NOTHING)
    return ibis.coalesce(_text(table, "ecommerce.transaction_id"), given)


def _from(table: ir.Table) -> list[tuple[ir.StringValue, ir.StringValue, ir.StringValue]]:
    """Source, medium and campaign by each origin; one that does not know the source knows none."""
    found = []
    for name, paths in ORIGINS.items():
        *before, campaign = (_text(table, path) for path in paths)
        if name == _ADS_CLICK:
            before = [campaign.notnull().ifelse(text, None) for text in ("google", "cpc")]
        found.append((before[0], before[1], campaign))
    return found


def _channel(table: ir.Table) -> ir.Value:
    branches = [(s.notnull(), s + " / " + m.fill_null("(none)")) for s, m, _ in _from(table)]
    return ibis.cases(*branches, else_=ibis.null("string"))


def _campaign(table: ir.Table) -> ir.Value:
    """The campaign of the same origin as the channel, even where that one has none."""
    branches = [(source.notnull(), campaign) for source, _, campaign in _from(table)]
    return ibis.cases(*branches, else_=ibis.null("string"))


def _origin(table: ir.Table) -> ir.Value:
    branches = [
        (source.notnull(), ibis.literal(number, "int8"))
        for number, (source, *_) in enumerate(_from(table))
    ]
    return ibis.cases(*branches, else_=ibis.literal(len(ORIGINS), "int8"))


def _channel_group(table: ir.Table) -> ir.Value:
    return ibis.coalesce(*(_text(table, path) for path in _GROUPS))


def _micro_units(money: ir.FloatingValue) -> ir.Value:
    """Money as millionths: whole numbers, whose sums do not hang on their order."""
    return (money.try_cast("decimal(38, 6)") * 1_000_000).round().try_cast("int64")


def _day(table: ir.Table) -> ir.Value:
    """The date as eight digits, however it was exported; null where it is none."""
    digits = field(table, "event_date").replace("-", "")
    date = digits.substr(0, 4) + "-" + digits.substr(4, 2) + "-" + digits.substr(6, 2)
    is_date = digits.re_search(r"^\d{8}$") & date.try_cast("date").notnull()
    return is_date.fill_null(False).ifelse(digits, None)


_GROUPS = tuple(
    f"{_SESSION}cross_channel_campaign.{name}_channel_group" for name in ("primary", "default")
)
_SOURCES = tuple(path for paths in ORIGINS.values() for path in paths)
_PURCHASE = "ecommerce.purchase_revenue"
_REFUND = "ecommerce.refund_value"

WORDS: dict[str, Word] = {
    "user_id": (("user_id", "user_pseudo_id"), _user),
    "timestamp": (("event_timestamp",), lambda t: field(t, "event_timestamp")),
    "event": (("event_name",), lambda t: field(t, "event_name")),
    "session_id": (("event_params",), lambda t: entry(t, "event_params", "ga_session_id")),
    "value": ((_PURCHASE, "event_params"), _value),
    "currency": (("event_params",), lambda t: entry(t, "event_params", "currency")),
    "channel": (_SOURCES, _channel),
    "campaign": (_SOURCES, _campaign),
    "channel_group": (_GROUPS, _channel_group),
    "device": (("device.category",), lambda t: field(t, "device.category")),
    "transaction_id": (("ecommerce.transaction_id", "event_params"), _transaction),
}
"""Our own words, with the fields that each one reads."""

BOOKKEEPING: dict[str, Word] = {
    "_day": (("event_date",), _day),
    "_at": (("event_timestamp",), lambda t: field(t, "event_timestamp")),
    "_name": (("event_name",), lambda t: field(t, "event_name")),
    "_consent": (
        ("privacy_info.analytics_storage",),
        lambda t: field(t, "privacy_info.analytics_storage").lower(),
    ),
    "_account": (("user_id",), lambda t: field(t, "user_id")),
    "_browser": (("user_pseudo_id",), lambda t: field(t, "user_pseudo_id")),
    "_transaction": WORDS["transaction_id"],
    "_revenue": ((_PURCHASE, "event_params"), lambda t: _micro_units(_value(t))),
    "_refund": ((_REFUND,), lambda t: _micro_units(field(t, _REFUND)).abs()),
    "_origin": (_SOURCES, _origin),
}
"""What the rules of `rules` look at, whatever the plan reads."""


def word(name: str, *, own: bool = True) -> Word:
    """Tell what a name of the plan stands for.

    Parameters
    ----------
    name : str
    own : bool, default True
        Whether our own words come first. They do not where ``log.columns`` names a field.

    Returns
    -------
    tuple of (tuple of str, callable)
        The fields to read, and how to make the column of them.

    Raises
    ------
    EventsError
        If it is the path of a field that is not read, or a name of `BOOKKEEPING`.

    Examples
    --------
    >>> word("geo.country")[0], word("percent_scrolled")[0]
    (('geo.country',), ('event_params',))
    >>> word("geo.contry")
    Traceback (most recent call last):
    microlift.errors.EventsError: The plan reads 'geo.contry', ... (nearest: 'geo.country'...
    """
    if name.casefold() in BOOKKEEPING:
        raise EventsError(
            f"The plan reads {name!r}, a name that reading a GA4 export needs for itself, so one "
            f"of the two would be taken for the other. Write {'event_params.' + name!r}."
        )
    if own and name in WORDS:
        return WORDS[name]
    if name in FIELDS:
        return (name,), lambda table: field(table, name)
    if name in WORDS:
        return WORDS[name]
    top, _, rest = name.partition(".")
    if top in LISTS and rest:
        return (top,), lambda table: entry(table, top, rest)
    if rest and any(path.startswith(f"{top}.") for path in FIELDS):
        raise EventsError(
            f"The plan reads {name[:100]!r}, which is none of the fields of a GA4 export that are "
            f"read (nearest: {nearest(name, FIELDS)}). Mend the name; an event parameter of that "
            f"name is {('event_params.' + name)[:120]!r}."
        )
    return ("event_params",), lambda table: entry(table, "event_params", name)


def is_entry(name: str) -> bool:
    """Tell whether only the rows themselves can say if there is such a name."""
    top, _, rest = name.partition(".")
    return (top in LISTS and bool(rest)) or (name not in WORDS and name not in FIELDS)


def paths_of(words: Iterable[Word]) -> tuple[str, ...]:
    """The fields that some words read, each once."""
    return tuple(dict.fromkeys(path for paths, _ in words for path in paths))
