"""The fields of the GA4 BigQuery export that are read, and how they are reached.

A closed list, so that no name of a plan ever becomes part of a type. Left out on purpose: what
identifies a device or a person beyond the two ids, and the ids of clicks on ads.
"""

from collections.abc import Iterable

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

_LEVELS = ("source", "medium", "campaign_name")
_CHANNELS = (*_LEVELS, "default_channel_group", "primary_channel_group")

_TEXTS = {
    "": (
        "event_date",
        "event_name",
        "user_id",
        "user_pseudo_id",
        "platform",
        "stream_id",
        "is_active_user",
    ),
    "privacy_info.": ("analytics_storage", "ads_storage", "uses_transient_token"),
    "device.": (
        "category",
        "mobile_brand_name",
        "mobile_model_name",
        "operating_system",
        "operating_system_version",
        "language",
        "browser",
        "browser_version",
    ),
    "device.web_info.": ("browser", "browser_version", "hostname"),
    "geo.": ("city", "country", "continent", "region", "sub_continent", "metro"),
    "app_info.": ("id", "version", "install_store", "install_source"),
    "traffic_source.": ("source", "medium", "name"),
    "collected_traffic_source.": (
        "manual_source",
        "manual_medium",
        "manual_campaign_name",
        "gclid",
        "dclid",
    ),
    "session_traffic_source_last_click.manual_campaign.": _LEVELS,
    "session_traffic_source_last_click.cross_channel_campaign.": _CHANNELS,
    "session_traffic_source_last_click.google_ads_campaign.": ("campaign_name", "ad_group_name"),
    "ecommerce.": ("transaction_id",),
}
_INTEGERS = {
    "": (
        "event_timestamp",
        "event_previous_timestamp",
        "event_bundle_sequence_id",
        "event_server_timestamp_offset",
        "user_first_touch_timestamp",
        "batch_page_id",
        "batch_ordering_id",
        "batch_event_index",
    ),
    "ecommerce.": ("total_item_quantity", "unique_items"),
}
_NUMBERS = {
    "": ("event_value_in_usd",),
    "user_ltv.": ("revenue",),
    "ecommerce.": (
        "purchase_revenue",
        "purchase_revenue_in_usd",
        "refund_value",
        "refund_value_in_usd",
        "tax_value",
        "shipping_value",
    ),
}

FIELDS: dict[str, dt.DataType] = {
    place + name: kind
    for table, kind in ((_TEXTS, dt.string), (_INTEGERS, dt.int64), (_NUMBERS, dt.float64))
    for place, names in table.items()
    for name in names
}
"""Each field by its path, with the type that it is read as."""

LISTS = ("event_params", "user_properties")
"""Lists of names with a value of one of four types."""

SEQUENCE = ("batch_page_id", "batch_ordering_id", "batch_event_index")
"""What orders the events of a user that share a microsecond, as they often do."""

IDENTITIES = frozenset(
    {"user_id", "user_pseudo_id", "session_id", "ga_session_id", "transaction_id"}
    | {"ecommerce.transaction_id", "gclid", "dclid"}
    | {"collected_traffic_source.gclid", "collected_traffic_source.dclid"}
)
"""Names of ids, which never become an attribute: an attribute is printed."""

NEEDED = ("event_date", "event_timestamp", "event_name", "event_params")
"""What every shard has; all else may be missing where it has no value."""

Nesting = tuple[str, str] | None

_KINDS = ("string_value", "int_value", "double_value", "float_value")
_VALUE = f"STRUCT({', '.join(f'{kind} VARCHAR' for kind in _KINDS)})"
_ENTRY = f"STRUCT(key VARCHAR, value {_VALUE})"
WRAPPERS = ("element", "item", "array_element")


def json_types(paths: Iterable[str], nesting: Nesting) -> dict[str, str]:
    """Write the types with which JSON lines are read: all text, so that no type is guessed.

    Parameters
    ----------
    paths : iterable of str
        Fields of `FIELDS`, and lists of `LISTS`.
    nesting : tuple of str or None
        The names that wrap a list and its members, where an exporter does that.

    Returns
    -------
    dict of str to str
        By top-level field.

    Examples
    --------
    >>> json_types(["event_name", "geo.country"], None)
    {'event_name': 'VARCHAR', 'geo': 'STRUCT("country" VARCHAR)'}
    """
    entry = _ENTRY + "[]"
    if nesting:
        entry = f'STRUCT("{nesting[0]}" STRUCT("{nesting[1]}" {_ENTRY})[])'
    tree: dict[str, object] = {}
    for path in paths:
        *above, leaf = path.split(".")
        at = tree
        for name in above:
            at = at.setdefault(name, {})  # type: ignore[assignment]
        at[leaf] = entry if path in LISTS else "VARCHAR"
    return {name: _written(kind) for name, kind in tree.items()}


def _written(kind: object) -> str:
    if not isinstance(kind, dict):
        return str(kind)
    return "STRUCT(" + ", ".join(f'"{name}" {_written(of)}' for name, of in kind.items()) + ")"


def field(table: ir.Table, path: str) -> ir.Value:
    """Reach into a record; what a shard does not have is null, and so is an empty text.

    Parameters
    ----------
    table : ibis.Table
        Nested, as it was exported.
    path : str
        One of `FIELDS`.

    Returns
    -------
    ibis.expr.types.Value
        Of the type of the field.

    Examples
    --------
    >>> rows = ibis.memtable({"geo": [{"country": "Chad"}]})
    >>> field(rows, "geo.country").to_pyarrow().to_pylist()
    ['Chad']
    >>> field(rows, "geo.city").to_pyarrow().as_py() is None
    True
    """
    kind = FIELDS[path]
    top, *below = path.split(".")
    if top not in table.columns:
        return ibis.null(kind)
    at = table[top]
    for name in below:
        if name not in getattr(at.type(), "names", ()):
            return ibis.null(kind)
        at = at[name]
    if kind.is_string():
        return at.cast("string").nullif("")
    return at.try_cast(kind) if at.type().is_string() else at.cast(kind)


def entry(table: ir.Table, which: str, name: str) -> ir.StringValue:
    """Find the value of an event parameter or a user property, as text.

    Parameters
    ----------
    table : ibis.Table
    which : str
        One of `LISTS`.
    name : str
        The key; any text. A log keeps one value a key, and the first of several counts.

    Returns
    -------
    ibis.expr.types.StringValue
    """
    if which not in table.columns or (listed := entries(table[which])) is None:
        return ibis.null("string")
    value = listed.filter(lambda each: each.key == name)[0].value
    known = [value[kind].cast("string") for kind in _KINDS if kind in value.type().names]
    return ibis.coalesce(*known)


def entries(column: ir.Value) -> ir.ArrayValue | None:
    """Take a list out of the wrapping that some Parquet writers put around it and its members.

    None where it has no member that could be told: a day on which no event has a parameter.

    Examples
    --------
    >>> each = {"key": "k", "value": {"int_value": 1}}
    >>> rows = ibis.memtable({"p": [{"list": [{"element": each}]}]})
    >>> entries(rows.p).to_pyarrow().to_pylist() == [[each]]
    True
    """
    kind = column.type()
    if kind.is_struct() and len(kind.names) == 1:
        column = column[kind.names[0]]
        kind = column.type()
    inner = kind.value_type
    if inner.is_struct() and inner.names[0] in WRAPPERS and len(inner.names) == 1:
        name = inner.names[0]
        column, inner = column.map(lambda each: each[name]), inner[name]
    known = inner.is_struct() and "value" in inner.names and inner["value"].is_struct()
    return column if known else None
