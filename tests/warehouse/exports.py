"""GA4 exports full of ties, nulls, repeated sales and parameters of several types."""

import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from microlift.plan import Plan

BEGIN = 1_719_792_000_000_000  # 2024-07-01T00:00:00Z
MINUTE, DAY = 60_000_000, 86_400_000_000
BATCH = ("batch_page_id", "batch_ordering_id", "batch_event_index")
TEXT, WHOLE, FRACTION = pa.string(), pa.int64(), pa.float64()
LEVELS = ("source", "medium", "campaign_name")


def _record(names: tuple[str, ...], kind: Any = TEXT) -> pa.DataType:
    return pa.struct([(name, kind) for name in names])


_VALUE = pa.struct(
    [
        ("string_value", TEXT),
        ("int_value", WHOLE),
        ("float_value", FRACTION),
        ("double_value", FRACTION),
    ]
)
_ENTRY = pa.struct([("key", TEXT), ("value", _VALUE)])
_ELEMENT = pa.struct([("element", _ENTRY)])
LISTS = ("event_params", "user_properties")
COLUMNS: dict[str, pa.DataType] = {
    "event_date": TEXT,
    "event_timestamp": WHOLE,
    "event_name": TEXT,
    **dict.fromkeys(LISTS, pa.list_(_ENTRY)),
    "user_id": TEXT,
    "user_pseudo_id": TEXT,
    "is_active_user": pa.bool_(),
    "privacy_info": _record(("analytics_storage",)),
    "device": _record(("category", "language")),
    "geo": _record(("country",)),
    "traffic_source": _record(("source", "medium", "name")),
    "ecommerce": pa.struct(
        [("transaction_id", TEXT), ("purchase_revenue", FRACTION), ("refund_value", FRACTION)]
    ),
}
LATER = {
    "session_traffic_source_last_click": pa.struct(
        [("manual_campaign", _record(LEVELS)), ("cross_channel_campaign", _record(LEVELS))]
    ),
    **dict.fromkeys(BATCH, WHOLE),
}
PLAN: dict[str, Any] = {
    "log": {
        "format": "ga4",
        "attributes": ["channel", "user_properties.tier", "is_active_user"],
        "max_rejected": 1,
        "fresh_days": 2,
        "timezone": "Europe/Berlin",
    },
    "macro": {"event": ["buy", "upgrade"], "value": "value", "currency": "EUR"},
    "horizon": "1d",
    "actions": [
        {"name": "view", "event": ["view", "both"]},
        {"name": "cart", "event": ["cart", "both"], "where": "page_type LIKE 'p%' OR value > 1"},
        {"name": "deep", "event": ["page", "view"], "where": "depth >= 5 OR depth < -1"},
        {"name": "chad", "event": "page", "where": "\"geo.country\" = 'Chad'"},
        {"name": "kind", "event": "look", "where": "page_type = '7' OR \"odd 'name\" IS NOT NULL"},
    ],
}


def plan_of(**log: Any) -> Plan:
    """The plan of such an export, with changes in how it is read."""
    return Plan.from_dict(PLAN | {"log": PLAN["log"] | log})


def param(key: str, value: Any) -> dict[str, Any]:
    """One member of event_params, in the field of its type."""
    kinds = {str: "string_value", int: "int_value", float: "double_value"}
    return {"key": key, "value": {kinds[type(value)]: value} if value is not None else None}


def write_export(
    folder: Path, rows: list[dict[str, Any]], older: int = 0, wrapped: bool = False
) -> Path:
    """Write events as daily shards; the first days lack the columns that came later.

    BigQuery's own Parquet wraps lists and their members, each in a record of one field.
    """
    days = sorted({str(row.get("event_date")) for row in rows})
    for place, day in enumerate(days):
        columns = COLUMNS | (LATER if place >= older else {})
        own = [row for row in rows if str(row.get("event_date")) == day]
        if wrapped:
            columns |= {name: pa.struct([("list", pa.list_(_ELEMENT))]) for name in LISTS}
            own = [row | {name: _wrapped(row[name]) for name in LISTS} for row in own]
        table = pa.Table.from_pylist(own, pa.schema(list(columns.items())))
        pq.write_table(table, folder / f"events_{day}.parquet")
    return folder


def _wrapped(members: list[dict[str, Any]] | None) -> dict[str, Any] | None:
    return None if members is None else {"list": [{"element": each} for each in members]}


def hard_rows(seed: int, count: int) -> list[dict[str, Any]]:
    """Events of which most tie, repeat each other, or lack something."""
    draw = random.Random(seed)
    rows = [_row(draw, count) for _ in range(count)]
    rows += [dict(row) for row in draw.sample(rows, count // 6)]
    names = ("view", "cart", "page", "look", "both", "buy", "upgrade")
    # Each event of the plan is there on a day that counts.
    return rows + [
        _row(draw, count) | {"event_name": name, "user_id": "known", "event_date": "20240701"}
        for name in names
    ]


def _row(draw: random.Random, count: int) -> dict[str, Any]:
    pick = draw.choice
    at = 5 * MINUTE * draw.randrange(2_000)
    day = date(2024, 7, 1) + timedelta(days=at // DAY)
    params = [
        param("depth", pick([None, 1, 5, 9, 5.0, -1.5, "7", "-2e0", "n/a", "", "9.25"])),
        param("page_type", pick([None, "p", "", "q", 7, "7"])),
        param("value", pick([None, 3, 2.675, 1.005, "30", "free", 0.0])),
        param("ga_session_id", pick([None, 1, 2, 3, "3"])),
        param("currency", pick(["EUR", "eur", " EUR "])),
        param("transaction_id", pick([None, "T1", "(not set)", "", *(f"P{i}" for i in range(9))])),
        param("depth", 9),
        param("odd 'name", pick(["$x", 1])),
    ]
    origins = [None, "", "(not set)", "ads", "mail", *(f"s{i}" for i in range(14))]
    link = {"source": pick(origins), "medium": pick([None, "cpc"]), "campaign_name": None}
    ids = [f"T{i}" for i in range(count // 12 + 1)]
    return {
        "event_date": day.strftime("%Y%m%d"),
        "event_timestamp": BEGIN + at,
        "event_name": pick(
            [None, "", "view", "view", "cart", "both", "look", "page", "buy", "refund", "upgrade"]
        ),
        "event_params": pick([None, [], *[draw.sample(params, draw.randrange(len(params)))] * 6]),
        "user_properties": [param("tier", pick(["gold", 2, None]))],
        "user_id": pick([*[None] * (count // 40), "", *[f"u{i}" for i in range(count // 40)]]),
        "user_pseudo_id": pick([None, *[f"b{i}" for i in range(count // 60)]]),
        "is_active_user": pick([None, True, False]),
        "privacy_info": {"analytics_storage": pick(["No", "Yes", "no", None])},
        "device": pick([None, {"category": "mobile", "language": None}]),
        "geo": pick([None, {"country": "Chad"}, {"country": ""}]),
        "traffic_source": {"source": pick(origins), "medium": "cpc", "name": None},
        "session_traffic_source_last_click": pick(
            [None, {"manual_campaign": link}, {"cross_channel_campaign": link}]
        ),
        "ecommerce": {
            "transaction_id": pick([None, "", "(not set)", *ids]),
            "purchase_revenue": pick([None, 0.0, -0.0, 1.005, 2.675, 40.0, 12345678.125]),
            "refund_value": pick([None, -1.5, 0.5, 1.0, 40.0]),
        },
        **{name: pick([None, 1, 1, 2]) for name in BATCH},
    }
