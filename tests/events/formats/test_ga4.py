"""A GA4 export reads as its flat twin does, and every row that is left out is counted and said."""

import gzip
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from microlift.errors import EventsError, PlanError
from microlift.events import read_events
from microlift.events.identities import ids_of
from microlift.models import LiftModel
from microlift.moments import moments
from microlift.plan import Plan
from microlift.quality import check_log

ENCODINGS = [
    "gzip",
    *(pytest.param(name, marks=pytest.mark.slow) for name in ("wrapped_json", "wrapped", "mixed")),
]


@pytest.fixture(scope="module")
def twin(shop, ga4_plan, tmp_path_factory):
    path = tmp_path_factory.mktemp("twin") / "log.parquet"
    shop.flat.to_parquet(path)
    with read_events(path, ga4_plan(flat=True)) as log:
        yield log


@pytest.fixture(scope="module")
def twin_lift(twin):
    return lift_csv(twin)


def lift_csv(log):
    return LiftModel(folds=2, rotations=1).fit(moments(log)).lift_.to_csv()


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.slow
def test_every_encoding_gives_the_events_of_the_flat_twin(encoding, write_ga4, ga4_plan, twin):
    with read_events(write_ga4(encoding), ga4_plan()) as log:
        assert log.facts.event_counts == twin.facts.event_counts
        assert log.facts.action_counts == twin.facts.action_counts
        assert log.facts.value == twin.facts.value
        assert log.facts.attributes == twin.facts.attributes
        assert log.facts.fingerprint == twin.facts.fingerprint


@pytest.mark.parametrize("encoding", ["gzip", pytest.param("wrapped", marks=pytest.mark.slow)])
@pytest.mark.slow
def test_the_export_and_its_flat_twin_give_the_same_lift(encoding, write_ga4, ga4_plan, twin_lift):
    with read_events(write_ga4(encoding), ga4_plan()) as log:
        found = lift_csv(log)
    assert found == twin_lift
    assert found.count("\n") > 3


@pytest.mark.parametrize("encoding", ["parquet", pytest.param("gzip", marks=pytest.mark.slow)])
@pytest.mark.slow
def test_an_export_is_checked_as_its_flat_twin_is(encoding, write_ga4, ga4_plan, twin):
    """What the reader leaves out is known to the checks; all else reads as in the twin."""
    own = {"duplicates", "missing ids", "consent loss", "repeated transaction ids"}
    flat = {one.name: one for one in check_log(twin).findings if one.name not in own}
    with read_events(write_ga4(encoding), ga4_plan()) as log:
        found = {one.name: one for one in check_log(log).findings}
    assert {name: one for name, one in found.items() if name not in own} == flat
    assert found["missing ids"].count == 3
    assert found["missing ids"].example.endswith("2025-01-20")
    consent = found["consent loss"]
    assert (consent.verdict, consent.count) == ("look", 200)
    assert consent.example == "200 rows without an id because consent was denied"
    repeated = found["repeated transaction ids"]
    assert (repeated.verdict, repeated.count) == ("good", 0)
    assert repeated.example == "15 rows left out already"


# user, account, microseconds, event, batch index, day, parameters, further fields
T0 = 1_719_828_000_000_000  # 2024-07-01T10:00:00Z
HOUR = 3_600_000_000


def event(who, name, after, day="20240701", params=(), **fields):
    values = [{"key": key, "value": {"string_value": str(value)}} for key, value in params]
    return {
        "event_date": day,
        "event_timestamp": str(T0 + after),
        "event_name": name,
        "event_params": values,
        "user_pseudo_id": who,
        **fields,
    }


def sale(who, after, transaction, revenue, **fields):
    money = {"transaction_id": transaction, "purchase_revenue": revenue}
    return event(who, "purchase", after, ecommerce=money, **fields)


def refund(transaction, after, amount=None):
    return event(
        "a", "refund", after, ecommerce={"transaction_id": transaction, "refund_value": amount}
    )


# Where a shop sends no ecommerce, the id and the worth of a purchase are parameters.
PARAMS_ONLY = event("b", "purchase", 4 * HOUR, params=[("transaction_id", "T7"), ("value", 30)])
SMALL = [
    event("a", "view", 0, params=[("depth", 80)]),
    event("b", "view", 5, params=[("depth", 10)]),
    sale("a", 2 * HOUR, "T1", 40.0),
    sale("b", 3 * HOUR, "T2", 10.5),
]


def plan_of(actions=None, macro=None, **log):
    return Plan.from_dict(
        {
            "log": {"format": "ga4", "fresh_days": 0, **log},
            "macro": macro or {"event": "purchase", "value": "value"},
            "horizon": "1h",
            "actions": actions or [{"name": "view", "event": "view"}],
        }
    )


@pytest.fixture
def read(tmp_path):
    """Write events as one day of an export, read it, and close the log after the test."""
    logs = []

    def read_rows(rows, plan=None, **log):
        text = "".join(row if isinstance(row, str) else json.dumps(row) + "\n" for row in rows)
        (tmp_path / "events_20240701.json").write_text(text)
        logs.append(read_events(tmp_path, plan or plan_of(**log)))
        return logs[-1]

    yield read_rows
    for log in logs:
        log.close()


def test_what_was_mapped_is_said(read):
    said = repr(read(SMALL))
    assert "user_id from user_id, else user_pseudo_id; timestamp from event_timestamp" in said
    assert "value from ecommerce.purchase_revenue, else the parameter value" in said


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rows", "macros", "value", "note"),
    [
        ([sale("a", 4 * HOUR, "T1", 40.0)], 2, 50_50, "1 of 3 macros repeat a transaction_id"),
        ([sale("c", 4 * HOUR, "T1", 40.0)], 2, 50_50, "1 of 3 macros repeat a transaction_id"),
        ([sale("a", 4 * HOUR, "(not set)", 1.0)], 3, 51_50, None),
        ([sale("a", h * HOUR, "(not set)", 1.0) for h in (4, 5)], 4, 52_50, None),
        ([refund("T1", 5 * HOUR)], 1, 10_50, "1 macros were wholly refunded"),
        ([refund("T1", 5 * HOUR, 40.0)], 1, 10_50, "1 macros were wholly refunded"),
        ([refund("T1", 5 * HOUR, 15.01)], 2, 35_49, "1 macros were refunded in part"),
        ([refund("T1", 5 * HOUR, 15.0)] * 2, 2, 35_50, "1 macros were refunded in part"),
        ([refund("T1", h * HOUR, 20.0) for h in (5, 6)], 1, 10_50, "wholly refunded"),
        ([refund("T9", 5 * HOUR)], 2, 50_50, "1 refunds name no transaction_id of a macro"),
        ([refund(None, 5 * HOUR, 4.0)], 2, 50_50, "1 refunds name no transaction_id of a macro"),
        ([refund("T1", 5 * HOUR, -15.0)], 2, 35_50, "1 macros were refunded in part"),
        ([sale("a", 4 * HOUR, "", 1.0)] * 2, 3, 51_50, None),  # one row twice, not one sale
        ([sale("a", h * HOUR, "", 1.0) for h in (4, 5)], 4, 52_50, None),
        ([sale("a", 4 * HOUR, "T3", None)], 3, 50_50, None),
        ([sale("a", 4 * HOUR, "T3", None), refund("T3", 5 * HOUR, 9.0)], 2, 50_50, "wholly"),
        ([PARAMS_ONLY], 3, 80_50, None),
        ([PARAMS_ONLY, refund("T7", 5 * HOUR, 10.0)], 3, 70_50, "refunded in part"),
        ([PARAMS_ONLY, refund("T7", 5 * HOUR, 30.0)], 2, 50_50, "wholly refunded"),
    ],
)
def test_a_transaction_counts_once_and_less_its_refunds(read, rows, macros, value, note):
    facts = read(SMALL + rows).facts
    assert (facts.macros, facts.value) == (macros, value)
    said = [n for n in facts.notes if "repeat" in n or "refund" in n]
    assert len(said) == (0 if note is None else max(1, len(said)))
    assert note is None or any(note in n for n in said)


@pytest.mark.parametrize("column", ["ecommerce.purchase_revenue_in_usd", "margin"])
def test_a_refund_takes_its_share_of_another_column_of_values(read, column):
    def worth(row, revenue):
        params = [*row["event_params"], {"key": "margin", "value": {"int_value": "20"}}]
        more = {"purchase_revenue": revenue, "purchase_revenue_in_usd": 20}
        return row | {"event_params": params, "ecommerce": row["ecommerce"] | more}

    rows = [SMALL[0], worth(SMALL[2], 40.0), worth(SMALL[3], 10.0), refund("T1", 5 * HOUR, 10.0)]
    facts = read(rows, plan_of(macro={"event": "purchase", "value": column})).facts
    assert facts.value == 15_00 + 20_00


def test_refunds_can_be_kept_out_of_it(read):
    facts = read([*SMALL, refund("T1", 5 * HOUR)], refunds="keep").facts
    assert (facts.macros, facts.value) == (2, 50_50)
    assert any("1 macros were refunded, 1 of them wholly" in note for note in facts.notes)


def test_events_without_consent_are_counted_apart_from_the_faulty_ones(read):
    nobody = [event(None, "view", i, privacy_info={"analytics_storage": "No"}) for i in range(9)]
    unset = event(None, "view", 77, privacy_info={"analytics_storage": "Unset"})
    facts = read([*SMALL, *nobody, unset], max_rejected=0.25).facts
    assert facts.rejected == {"no user": 1, "no user (consent denied)": 9}
    assert facts.rows == 14
    assert any("9 of 14 events carry no id because consent was denied" in n for n in facts.notes)


def test_a_browser_with_and_without_an_account_is_said(read):
    facts = read([*SMALL, event("a", "view", 9, user_id="acc")]).facts
    assert facts.users == 3
    assert any("1 browsers (user_pseudo_id) have events with and without" in n for n in facts.notes)
    assert read([*SMALL], columns={"user_id": "user_pseudo_id"}).facts.users == 2


DAYS = [event("a", "view", d * 24 * HOUR, day=f"2024070{d + 1}") for d in range(6)]


@pytest.mark.parametrize(
    ("fresh", "kept"), [({}, 3), ({"fresh_days": 1}, 5), ({"fresh_days": 0}, 6)]
)
def test_the_last_days_are_left_out_unless_the_plan_keeps_them(tmp_path, fresh, kept):
    rows = [*DAYS, sale("a", 2 * HOUR, "T1", 40.0)]
    (tmp_path / "events.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    log = {"format": "ga4", **fresh}
    plan = Plan.from_dict(plan_of().to_dict() | {"log": log})
    with read_events(tmp_path, plan) as read:
        assert read.facts.action_counts == {"view": kept}
        assert any("Google still rewrites" in note for note in read.facts.notes)


def test_a_log_of_fresh_days_alone_is_refused(tmp_path):
    (tmp_path / "events.jsonl").write_text("".join(json.dumps(row) + "\n" for row in SMALL))
    with pytest.raises(EventsError, match=r"holds 1 days .* log.fresh_days: 0"):
        read_events(tmp_path, plan_of(fresh_days=3))


def test_dates_of_another_zone_than_the_plan_says_are_noted(read):
    rows = [*SMALL, event("a", "view", 13 * HOUR, day="20240702")]  # 23:00 UTC is 1:00 in Berlin
    assert any("20% of events lie on another day" in n for n in read(rows).facts.notes)
    assert not any("another day" in n for n in read(rows, timezone="Europe/Berlin").facts.notes)


@pytest.mark.slow
@pytest.mark.parametrize("date", ["2024-07-06", "20240732", "soon", "", None])
def test_a_date_of_another_form_or_none_is_told_by_the_time(tmp_path, date):
    late = event("a", "view", 5 * 24 * HOUR, day=date)
    rows = [*DAYS[:5], late, event("a", "view", 1, day=date), sale("a", 2 * HOUR, "T1", 40.0)]
    (tmp_path / "events.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    with read_events(tmp_path, plan_of(fresh_days=1)) as log:
        last_day_known = date == "2024-07-06"
        assert log.facts.rejected == {"last 1 days": 2}
        assert log.facts.action_counts == {"view": 5}
        assert last_day_known or log.facts.last.day == 4


def test_batch_ids_order_what_happens_in_one_microsecond(read, tmp_path):
    def at(name, index, **more):
        return event("a", name, 0, batch_page_id="7", batch_event_index=index, **more)

    money = {"transaction_id": "T5", "purchase_revenue": 3.0}
    rows = [*SMALL[1:], at("purchase", "9", ecommerce=money), at("view", "10")]
    log = read(rows)
    table = log.events.filter(log.events.t == T0).order_by("seq").select("macro", "tie")
    assert log.con.to_pyarrow(table).to_pylist() == [{"macro": 1, "tie": 0}, {"macro": 0, "tie": 0}]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("where", "views"),
    [
        ("depth >= 75", 1),
        ("event_params.depth = 80", None),
        ('"event_params.depth" = 80', 1),
        ("\"geo.country\" = 'Chad'", 1),
        ("device = 'mobile' AND \"weird 'name\" LIKE '%<b>%'", 1),
        ("value > 3", 1),
    ],
)
def test_a_condition_reads_any_field_or_parameter_by_its_name(read, where, views):
    more = {"geo": {"country": "Chad"}, "device": {"category": "mobile"}}
    odd = event("c", "view", 9, params=[("weird 'name", "${x}<b>"), ("value", 5)], **more)
    if views is None:
        with pytest.raises(PlanError, match="double quotes"):
            plan_of([{"name": "view", "event": "view", "where": where}])
        return
    log = read([*SMALL, odd], plan_of([{"name": "view", "event": "view", "where": where}]))
    assert log.facts.action_counts == {"view": views}


def test_a_parameter_that_no_event_has_is_refused_with_near_ones(read):
    actions = [{"name": "view", "event": "view", "where": "dept > 1"}]
    with pytest.raises(EventsError, match=r"1 event parameters, but 1 .* 'dept' \(nearest: 'dep"):
        read(SMALL, plan_of(actions))


def test_a_field_that_is_none_is_refused_with_near_ones(read):
    actions = [{"name": "view", "event": "view", "where": "\"geo.contry\" = 'x'"}]
    with pytest.raises(EventsError, match=r"nearest: 'geo.country'"):
        read(SMALL, plan_of(actions))


@pytest.mark.parametrize("name", ["user_pseudo_id", "ga_session_id", "transaction_id"])
def test_an_id_is_no_attribute(read, name):
    with pytest.raises(EventsError, match=f"attribute '{name}' .* holds ids"):
        read(SMALL, attributes=[name])


def test_a_session_source_comes_before_that_of_the_first_visit(read):
    link = "session_traffic_source_last_click"
    rows = [
        event(f"u{i}", "view", i, traffic_source={"source": "old", "medium": "cpc", "name": "n"})
        | ({link: {"manual_campaign": {"source": "mail", "medium": None}}} if i < 12 else {})
        for i in range(24)
    ]
    facts = read([*SMALL, *rows], attributes=["channel"]).facts
    assert facts.attributes["channel"] == ("mail / (none)", "old / cpc", "(none)")
    assert any(
        "the session's tagged link 43%, the user's first visit 43%, nowhere 14%" in note
        for note in facts.notes
    )


SESSION, NOT_SET = "session_traffic_source_last_click", {"source": "(not set)", "medium": None}
FIRST = {"traffic_source": {"source": "old", "medium": "cpc", "name": "n"}}
LINK = {"collected_traffic_source": {"manual_source": "x"}} | FIRST
CROSS = {"cross_channel_campaign": {"source": "bing", "medium": "cpc"}}
TAGGED = {"manual_campaign": {"source": "mail", "medium": "letter", "campaign_name": "july"}}
CLICK = {"manual_campaign": NOT_SET, "google_ads_campaign": {"campaign_name": "Brand"}}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("known", "channel", "campaign", "origin"),
    [
        (LINK | {SESSION: CROSS | TAGGED}, "bing / cpc", "(none)", "the session 86%"),
        (LINK | {SESSION: TAGGED}, "mail / letter", "july", "the session's tagged link 86%"),
        (LINK | {SESSION: CLICK}, "google / cpc", "Brand", "the session's Google Ads click 86%"),
        (LINK | {SESSION: {"manual_campaign": NOT_SET}}, "x / (none)", "(none)", "the event 86%"),
        (FIRST, "old / cpc", "n", "the user's first visit 86%"),
        ({"traffic_source": NOT_SET}, "(none)", "(none)", "nowhere 100%"),
    ],
)
def test_a_source_is_the_nearest_that_is_known_and_it_is_said_which(
    read, known, channel, campaign, origin
):
    rows = [event(f"u{i}", "view", i, **known) for i in range(24)]
    facts = read([*SMALL, *rows], attributes=["channel", "campaign"]).facts
    assert set(facts.attributes["channel"]) == {channel, "(none)"}
    assert set(facts.attributes["campaign"]) == {campaign, "(none)"}
    assert any(origin in note for note in facts.notes)


def test_a_broken_line_is_left_out_and_its_place_is_said(read):
    facts = read(
        [*SMALL * 1, '{"event_name": "vi\n', event("c", "view", 9)], max_rejected=0.5
    ).facts
    assert facts.rejected == {"unreadable row": 1}
    assert any("no JSON is events_20240701.json line 5." in note for note in facts.notes)


def test_too_many_broken_lines_are_refused_with_the_first(read):
    with pytest.raises(EventsError, match=r"unreadable row: 1\).*events_20240701.json line 5"):
        read([*SMALL, "{broken\n"])


def test_a_shard_of_another_schema_is_refused_by_its_columns(tmp_path):
    (tmp_path / "events_20240701.json").write_text("".join(json.dumps(r) + "\n" for r in SMALL))
    (tmp_path / "events_20240702.json").write_text('{"uid": 1, "event_name": "x", "at": 2}\n')
    with pytest.raises(EventsError) as refused:
        read_events(tmp_path, plan_of())
    said = str(refused.value)
    assert "'events_20240702.json'" in said
    assert "lacks the columns 'event_date', 'event_timestamp', 'event_params'" in said
    assert "it alone has 'at', 'uid'" in said


def test_a_parquet_shard_with_a_column_of_another_kind_is_refused(tmp_path):
    days = {"20240701": SMALL, "20240702": [SMALL[0] | {"event_params": "[]"}]}
    for day, rows in days.items():
        pq.write_table(pa.Table.from_pylist(rows), tmp_path / f"events_{day}.parquet")
    with pytest.raises(EventsError, match=r"'events_20240702.parquet' .* column 'event_params'"):
        read_events(tmp_path, plan_of())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("shards", "rows", "passed", "early"),
    [
        (["20240701"], 4, None, None),
        (["20240701", "intraday_20240701"], 4, "1 intraday shards are passed over", None),
        (["20240701", "fresh_20240701", "intraday_20240701"], 4, "2 intraday shards are pa", None),
        (["20240701", "intraday_20240702"], 8, None, "'events_intraday_20240702.json'"),
        (["20240701", "fresh_20240702", "intraday_20240702"], 8, "1 intra", "'events_fresh_2024"),
        (["intraday_20240701", "intraday_20240702"], 8, None, "2 intraday shards are read"),
    ],
)
def test_of_the_shards_of_a_day_the_latest_kind_is_read(tmp_path, shards, rows, passed, early):
    for name in shards:
        lines = [row | {"event_date": name[-8:]} for row in SMALL]
        text = "".join(json.dumps(row) + "\n" for row in lines)
        (tmp_path / f"events_{name}.json").write_text(text)
    with read_events(tmp_path, plan_of()) as log:
        assert log.facts.rows == rows
        for said, mark in ((passed, "passed over"), (early, "no daily shard yet")):
            notes = [note for note in log.facts.notes if mark in note]
            assert len(notes) == (said is not None)
            assert said is None or said in notes[0]


VIEW = {"event": "view", "where": "depth >= 75"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("members", "views"),
    [
        ([], 0),
        ([{"key": "depth", "value": {"int_value": 80}}], 1),
        ([{"key": "depth", "value": {"double_value": 80.5}}], 1),
        ([{"key": "depth", "value": {"string_value": "80"}}], 1),
        ([{"key": "depth", "value": None}], 0),
        ([{"key": "depth", "value": {"int_value": n}} for n in (10, 80)], 0),  # the first counts
    ],
)
@pytest.mark.parametrize("encoding", ["json", "parquet"])
def test_a_parameter_may_be_of_another_type_in_every_shard(tmp_path, encoding, members, views):
    days = {"20240701": SMALL, "20240702": [event("c", "view", 9) | {"event_params": members}]}
    for day, rows in days.items():
        if encoding == "json":
            text = "".join(json.dumps(row) + "\n" for row in rows)
            (tmp_path / f"events_{day}.json").write_text(text)
            continue
        names = sorted({name for row in rows for name in row})
        same = [{name: row.get(name) for name in names} for row in rows]
        pq.write_table(pa.Table.from_pylist(same), tmp_path / f"events_{day}.parquet")
    with read_events(tmp_path, plan_of([{"name": "deep", **VIEW}])) as log:
        assert log.facts.action_counts == {"deep": 1 + views}
        assert log.facts.value == 50_50
        lacking = [note for note in log.facts.notes if "is missing from" in note]
        assert [note[:33] for note in lacking] == (
            ["Column 'ecommerce' is missing fro"] if encoding == "parquet" else []
        )


@pytest.mark.parametrize(
    "params", ["[]", ["a"], [{"key": "depth", "value": "80"}], [{"name": "depth", "value": 80}]]
)
@pytest.mark.parametrize("encoding", ["json", "parquet"])
def test_parameters_of_another_shape_are_refused(tmp_path, encoding, params):
    rows = [SMALL[0] | {"event_params": params}]
    if encoding == "json":
        (tmp_path / "events_20240701.json").write_text(json.dumps(rows[0]) + "\n")
    else:
        pq.write_table(pa.Table.from_pylist(rows), tmp_path / "events_20240701.parquet")
    with pytest.raises(EventsError, match=r"'events_20240701.* has the column 'event_params'"):
        read_events(tmp_path, plan_of())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("depth > 50 AND Depth = 5", r"'Depth' and 'depth'.*'event_params.depth'"),
        ('"Value" > 5', r"'value' and 'Value'.*'event_params.Value'"),
        ('"_at" > 5', r"'_at', a name that reading a GA4 export needs.*'event_params._at'"),
        ('"_Name" > 5', r"'_Name', a name that reading"),
    ],
)
def test_names_that_would_be_taken_for_others_are_refused(read, where, said):
    rows = [*SMALL, event("c", "view", 9, params=[("Depth", 5), ("Value", 9), ("_at", 9)])]
    actions = [{"name": "view", "event": "view", "where": where}]
    with pytest.raises(EventsError, match=said):
        read(rows, plan_of(actions))
    # ... and read by their full names.
    actions[0]["where"] = '"event_params._at" > 5 AND "event_params.Value" > 5'
    assert read(rows, plan_of(actions)).facts.action_counts == {"view": 1}


def test_a_torn_archive_is_refused_by_its_name(tmp_path):
    text = "".join(json.dumps(row) + "\n" for row in SMALL * 500).encode()
    (tmp_path / "events_20240701.json.gz").write_bytes(gzip.compress(text)[:200])
    with pytest.raises(EventsError, match=r"'events_20240701.json.gz' .* cannot be unpacked"):
        read_events(tmp_path, plan_of())


def test_csv_is_no_export_of_ga4(tmp_path):
    (tmp_path / "events.csv").write_text("event_date\n20240701\n")
    with pytest.raises(EventsError, match=r"is CSV, but log.format: ga4 means the nested export"):
        read_events(tmp_path, plan_of())


@pytest.mark.parametrize("key", [{"fresh_days": 2}, {"refunds": "keep"}])
def test_keys_of_ga4_are_refused_in_other_logs(key):
    with pytest.raises(PlanError, match=r"is given without 'format: ga4'"):
        Plan.from_dict(plan_of().to_dict() | {"log": key})


def test_a_plan_of_ga4_survives_its_own_plain_data():
    assert Plan.from_dict(plan_of().to_dict()) == plan_of()
    plain = {"macro": {"event": "buy"}, "horizon": "1d", "actions": [{"name": "v", "event": "v"}]}
    assert Plan.from_dict(Plan.from_dict(plain).to_dict()) == Plan.from_dict(plain)


def test_of_the_next_macro_a_repeated_transaction_is_none_and_a_parameter_is_read_after_it(read):
    rows = [
        *SMALL,
        sale("a", 3 * HOUR, "T1", 40.0),  # the first one again
        event("a", "review", 4 * HOUR, params=[("stars", 5)]),
        event("a", "review", 4 * HOUR + 60, params=[("stars", 2)]),
        sale("a", 9 * HOUR, "T3", 7.0),
    ]
    review = {"name": "review", "event": "review", "where": "stars >= 4", "after": "macro"}
    macro = {"event": "purchase", "value": "value"}
    log = read(rows, plan_of(actions=[review], macro=macro | {"repeat": True}))
    whole = log.facts.whole
    assert (whole.macros, whole.firsts, whole.seconds) == (3, 2, 1)
    assert (log.facts.macros, log.facts.value, log.facts.action_counts) == (1, 700, {"review": 1})
    assert read(rows, plan_of(actions=[review], macro=macro)).facts.action_counts == {"review": 0}


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["parquet", "gzip"])
def test_users_of_an_export_are_named_as_in_the_export(encoding, write_ga4, ga4_plan, shop):
    with read_events(write_ga4(encoding), ga4_plan()) as log:
        events = log.events
        users = events.group_by("user").agg(bucket=events.bucket.max())
        named = ids_of(log, log.con.to_pyarrow(users.order_by("user")))
        count = log.facts.users
    ids = set(named["user_id"].to_pylist())
    assert len(ids) == len(named) == count
    assert ids <= set(shop.flat["user_id"])
    assert named["user"].to_pylist() == list(range(count))
