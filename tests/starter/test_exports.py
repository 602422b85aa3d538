"""A GA4 export is known by itself, and planned for with its nested parameters."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from microlift.errors import InputError
from microlift.events import read_events
from microlift.starter import draft_plan

from .conftest import log_of


def record(row: dict[str, object], visit: int) -> dict[str, object]:
    """One event as BigQuery exports it."""
    of = dict.fromkeys(("string_value", "int_value", "double_value"))
    params = [{"key": "ga_session_id", "value": of | {"int_value": visit}}]
    for name, kind in (("page_location", "string_value"), ("percent_scrolled", "int_value")):
        if row[name] == row[name] and row[name] is not None:
            value = int(row[name]) if kind == "int_value" else row[name]
            params.append({"key": name, "value": of | {kind: value}})
    bought = row["event"] == "purchase"
    if bought:
        params.append({"key": "currency", "value": of | {"string_value": "EUR"}})
    return {
        "event_date": f"{row['timestamp']:%Y%m%d}",
        "event_timestamp": row["timestamp"].value // 1_000,
        "event_name": row["event"],
        "event_params": params,
        "user_pseudo_id": "secret-" + str(row["user_id"]),
        "device": {"category": ["mobile", "desktop", "tablet"][visit % 3]},
        "traffic_source": {"source": ["ads", "mail", "shop"][visit % 3], "medium": "paid"},
        "ecommerce": {"purchase_revenue": 20.0 if bought else None, "transaction_id": None},
    }


@pytest.fixture(params=["parquet", "jsonl"])
def export(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    frame = log_of(
        (60, "page_view scroll page_view scroll page_view page_view page_view purchase"),
        (20, "page_view purchase"),
        (90, "page_view scroll page_view | page_view page_view page_view page_view page_view"),
        (200, "page_view scroll | page_view"),
    )
    number = frame["user_id"].str[1:].astype(int)
    frame["page_location"] = np.where(number % 4, "https://a.example/", "https://a.example/pricing")
    frame["percent_scrolled"] = (number % 5 + 1) * 18
    frame["percent_scrolled"] = frame["percent_scrolled"].where(frame["event"] == "scroll")
    visits = frame["timestamp"].dt.strftime("%m%d") + frame["user_id"].str[1:].str.zfill(4)
    rows = frame.to_dict("records")
    records = [record(row, int(visit)) for row, visit in zip(rows, visits, strict=True)]
    folder = tmp_path / "export"
    folder.mkdir()
    for day in sorted({each["event_date"] for each in records}):
        mine = [each for each in records if each["event_date"] == day]
        if request.param == "parquet":
            pq.write_table(pa.Table.from_pylist(mine), folder / f"events_{day}.parquet")
        else:
            text = "".join(json.dumps(each) + "\n" for each in mine)
            (folder / f"events_{day}.jsonl").write_text(text, encoding="utf-8")
    return folder


def test_an_export_of_ga4_is_known_and_its_parameters_are_planned_for(export):
    draft = draft_plan(export)
    plan = draft.plan
    assert (plan.log.format, plan.log.attributes) == ("ga4", ("channel", "device"))
    assert (plan.macro.event, plan.macro.value) == (("purchase",), "value")
    wheres = {action.name: action.where for action in plan.actions}
    assert wheres["deep_scroll"] == "percent_scrolled >= 75"
    assert wheres["pricing_page"] == "page_location LIKE '%pricing%'"
    assert "heavy_browsing" in wheres
    assert "secret" not in draft.text
    # Each has three labels, not about so many.
    assert "channel (by its name): 3 labels" in draft.text


@pytest.mark.slow
def test_the_plan_of_an_export_is_read_as_it_was_looked_at(export):
    draft = draft_plan(export)
    with read_events(export, draft.plan) as log:
        assert f"The log: {log.facts.events:,} rows, {log.facts.users:,} users" in draft.text
        assert log.facts.currency == "EUR"
        assert log.facts.macros > 0


def test_columns_cannot_be_given_for_an_export(export):
    with pytest.raises(InputError, match="is a GA4 export, whose columns are known"):
        draft_plan(export, columns={"user_id": "user_pseudo_id"})
