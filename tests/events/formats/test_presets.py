"""Each preset reads a few hand-made rows of the documented shape, and says what it mapped."""

import json

import pytest

from microlift.errors import EventsError, PlanError
from microlift.events import read_events
from microlift.events.formats.preset import load_preset
from microlift.plan import Plan
from microlift.plan.log import FORMATS


def lines(*rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


def mixpanel(event, who, time, **more):
    return {"event": event, "properties": {"distinct_id": who, "time": time, **more}}


def amplitude(event, who, time, session, **more):
    base = {"amplitude_id": who, "event_type": event, "event_time": time, "session_id": session}
    return base | {"event_properties": more, "user_properties": {}, "device_family": "iOS"}


def segment(event, user, time, **more):
    who = {"userId": user, "anonymousId": "z"} if user else {"userId": None, "anonymousId": "anon"}
    call = {"type": "track", "event": event, "timestamp": time, "properties": more, **who}
    return call | {"context": {"campaign": {"source": "mail"}}}


def klaviyo(event, who, time, **more):
    attributes = {"datetime": time, "event_properties": more}
    data = {"profile": {"data": {"type": "profile", "id": who}}}
    return {"type": "event", "event_name": event, "attributes": attributes, "relationships": data}


def posthog(event, who, time, **more):
    return {"event": event, "distinct_id": who, "timestamp": time, "properties": json.dumps(more)}


def visit(who, number, *actions):
    base = {"idVisit": number, "visitorId": who, "siteCurrency": "EUR", "deviceType": "Smartphone"}
    return base | {"referrerName": "google", "actionDetails": list(actions)}


# name of the file, its text, changes of the plan, and of all rows: users, events, value, notes
CASES = {
    "amplitude": (
        "log.jsonl",
        lines(
            amplitude("view", 7, "2024-07-01 10:00:00.000000", 1719828000000, depth=80),
            amplitude("view", 7, "2024-07-01 10:00:00.000000", 1719828000000, depth=10),
            amplitude("buy", 7, "2024-07-01 12:00:00.000000", -1, **{"$revenue": 12.5}),
            amplitude("view", 8, "2024-07-01 13:00:00.000000", -1, depth=75),
        ),
        {"where": "depth >= 75", "attributes": ["device"]},
        (2, {"view": 3, "buy": 1}, 2, 1250, "event_properties.$revenue"),
    ),
    "klaviyo": (
        "log.jsonl",
        lines(
            klaviyo("view", "p1", "2024-07-01T10:00:00+00:00", URL="/a/b"),
            klaviyo("buy", "p1", "2024-07-01T12:00:00+00:00", **{"$value": 9.99}),
            klaviyo("view", "p2", "2024-07-01T13:00:00+02:00", URL="/c"),
        ),
        {"where": "URL LIKE '/a%'"},
        (2, {"view": 2, "buy": 1}, 1, 999, "user_id from relationships.profile.data.id"),
    ),
    "matomo": (
        "log.json",
        json.dumps(
            [
                visit(
                    "a1",
                    11,
                    {"type": "action", "timestamp": 1719828000, "url": "https://x/p, y"},
                    {"type": "event", "eventAction": "view", "timestamp": 1719828060},
                    {"type": "ecommerceOrder", "timestamp": 1719835200, "revenue": 20},
                ),
                visit("b2", 12, {"type": "event", "eventAction": "view", "timestamp": 1719828999}),
            ]
        ),
        {"macro": "ecommerceOrder", "attributes": ["channel", "device"]},
        (2, {"view": 2, "ecommerceOrder": 1, "action": 1}, 2, 2000, "session_id from idVisit"),
    ),
    "mixpanel": (
        "log.jsonl",
        lines(
            mixpanel("view", "ann", 1719828000, utm_source="ads", price=1),
            mixpanel("buy", "ann", 1719835200, price=30.5),
            mixpanel("view", "bob", 1719835300),
        ),
        {"value": "price", "attributes": ["channel"]},
        (2, {"view": 2, "buy": 1}, 2, 3050, "timestamp from properties.time"),
    ),
    "posthog": (
        "log.jsonl",
        lines(
            posthog("view", "ann", "2024-07-01 10:00:00.000000", **{"$session_id": "s1"}),
            posthog("buy", "ann", "2024-07-01 12:00:00.000000", **{"$session_id": "s2", "usd": 4}),
            posthog("view", "bob", "2024-07-01 10:00:00.000000", **{"$session_id": "s3"}),
        ),
        {"value": "usd"},
        (2, {"view": 2, "buy": 1}, 2, 400, "session_id from properties.$session_id"),
    ),
    "segment": (
        "log.jsonl",
        lines(
            segment("view", "ann", "2024-07-01T10:00:00.000Z"),
            segment(None, "ann", "2024-07-01T10:30:00.000Z"),
            segment("buy", "ann", "2024-07-01T12:00:00.000Z", revenue=19.9, currency="EUR"),
            segment("view", None, "2024-07-01T10:00:00.000Z"),
        ),
        {"attributes": ["channel"], "currency": "EUR"},
        (2, {"view": 2, "buy": 1, "track": 1}, 2, 1990, "known by userId 3, anonymousId 1."),
    ),
    "shopify": (
        "orders.csv",
        "Name,Email,Paid at,Total,Currency,Created at,Lineitem name\n"
        "#1,ann@example.org,,12.50,USD,2024-07-01 10:00:00 +0200,Mug\n"
        "#1,ann@example.org,,,,2024-07-01 10:00:00 +0200,Cup\n"
        "#2,bob@example.org,,30.00,USD,2024-07-01 22:00:00 +0200,Mug\n",
        {"macro": "order", "action": "order", "where": "Total > 20"},
        (2, {"order": 2}, 1, 4250, "1 rows without Total are no events of their own."),
    ),
    "snowplow": (
        "events.csv",
        "derived_tstamp,collector_tstamp,event,event_name,domain_userid,user_id,tr_total,mkt_source\n"
        "2024-07-01 10:00:00.000,2024-07-01 10:00:01.000,unstruct,view,d1,,,ads\n"
        "2024-07-01 12:00:00.000,2024-07-01 12:00:01.000,transaction,buy,d1,ann,50.00,\n"
        ",2024-07-01 12:00:01.000,unstruct,view,,bob,,\n",
        {"attributes": ["channel"]},
        (2, {"view": 2, "buy": 1}, 2, 5000, "timestamp from derived_tstamp, else collector_tstamp"),
    ),
}


# Further shapes in which the same exports are found.
SHAPES = {
    "amplitude, known by its first campaign": (
        "amplitude",
        "log.json",
        lines(
            amplitude("view", 7, "2024-07-01 10:00:00.000000", 1)
            | {"user_properties": {"initial_utm_source": "mail"}, "$insert_id": "i1"},
            amplitude("buy", 7, "2024-07-01 12:00:00.000000", 1, revenue=2) | {"$insert_id": "i2"},
            amplitude("view", 8, "2024-07-01 13:00:00.000000", -1)
            | {"user_properties": {"utm_source": "ads"}},
        ),
        {"attributes": ["channel"]},
        (2, {"view": 2, "buy": 1}, 2, 200, "channel from user_properties.utm_source, else"),
    ),
    "klaviyo, metrics by their ids": (
        "klaviyo",
        "log.jsonl",
        lines(
            *(
                {
                    "type": "event",
                    "id": f"e{at}",
                    "attributes": {"timestamp": 1719828000 + at, "event_properties": more},
                    "relationships": {
                        "profile": {"data": {"type": "profile", "id": "p1"}},
                        "metric": {"data": {"type": "metric", "id": metric}},
                    },
                }
                for at, metric, more in [(0, "Vw1", {}), (7200, "Po2", {"$value": 5})]
            )
        ),
        {"macro": "Po2", "action": "Vw1"},
        (1, {"Vw1": 1, "Po2": 1}, 1, 500, "event from relationships.metric.data.id"),
    ),
    "mixpanel, in milliseconds": (
        "mixpanel",
        "log.jsonl",
        lines(
            mixpanel("view", "ann", 1719828000123, **{"$insert_id": "a"}),
            mixpanel("view", "ann", 1719828000123, **{"$insert_id": "a"}),  # sent twice
            mixpanel("buy", "ann", 1719835200456, price=30.5),
        ),
        {"value": "price"},
        (1, {"view": 1, "buy": 1}, 1, 3050, "Times are read as UTC; projects made before 2023"),
    ),
    "posthog, an object and no person": (
        "posthog",
        "log.jsonl",
        lines(
            posthog("view", "ann", "2024-07-01T10:00:00Z") | {"properties": {"$current_url": "/a"}},
            posthog("buy", "ann", "2024-07-01T12:00:00Z") | {"properties": {"usd": 4}},
        ),
        {"value": "usd", "where": "\"$current_url\" = '/a'"},
        (1, {"view": 1, "buy": 1}, 1, 400, "user_id from distinct_id"),
    ),
    "segment, the warehouse's tracks": (
        "segment",
        "tracks.csv",
        "id,anonymous_id,user_id,event,event_text,received_at,sent_at,timestamp,original_timestamp,"
        "context_campaign_source\n"
        "m1,z1,,view_item,View Item,2024-07-01 10:00:01,,2024-07-01 10:00:00.000,,mail\n"
        "m2,z1,ann,view_item,View Item,2024-07-01 10:05:01,,2024-07-01 10:05:00.000,,\n"
        "m3,z1,ann,order_done,Order Done,2024-07-01 12:00:01,,2024-07-01 12:00:00.000,,\n",
        {"macro": "order_done", "action": "view_item", "value": None, "attributes": ["channel"]},
        (2, {"view_item": 2, "order_done": 1}, 2, 100, "known by user_id 2, anonymous_id 1."),
    ),
    "shopify, with all its columns": (
        "shopify",
        "orders_export.csv",
        "Name,Email,Financial Status,Paid at,Fulfillment Status,Accepts Marketing,Currency,"
        "Subtotal,Shipping,Taxes,Total,Created at,Lineitem quantity,Lineitem name,Notes,"
        "Cancelled at,Refunded Amount,Id,Source,Phone,\n"
        "#1,ann@example.org,paid,2024-07-01 10:00:05 +0200,fulfilled,no,USD,10,2,0.5,12.50,"
        '2024-07-01 10:00:00 +0200,1,"Mug, big","two\nlines",,0.00,555,web,,\n'
        "#1,ann@example.org,,,,,,,,,,2024-07-01 10:00:00 +0200,2,Cup,,,,,,,\n"
        "#2,bob@example.org,voided,,,no,USD,30,0,0,30.00,2024-07-01 22:00:00 +0200,1,Mug,,"
        "2024-07-02 09:00:00 +0200,0.00,556,pos,,\n",
        {
            "macro": {"event": "order", "where": "\"Financial Status\" = 'paid'"},
            "action": "order",
            "attributes": ["channel"],
            "max_rejected": 0,
        },
        (2, {"order": 2}, 2, 1250, "value from Total; currency from Currency; channel from Source"),
    ),
    "snowplow, structured events": (
        "snowplow",
        "events.csv",
        "collector_tstamp,event,event_name,se_category,se_action,domain_userid,domain_sessionid\n"
        "2024-07-01 10:00:00.000,page_view,page_view,,,d1,s1\n"
        "2024-07-01 10:01:00.000,struct,event,cart,view,d1,s1\n"
        "2024-07-01 12:00:00.000,struct,event,cart,buy,d1,s2\n",
        {"value": None},
        (1, {"view": 1, "buy": 1, "page_view": 1}, 1, 100, "event from se_action, else event_name"),
    ),
}


def plan_of(preset, macro="buy", action="view", where=None, value="value", currency=None, **log):
    rule = {"name": "view", "event": action} | ({"where": where} if where else {})
    macro = macro if isinstance(macro, dict) else {"event": macro}
    return Plan.from_dict(
        {
            "log": {"format": preset, "timezone": "America/New_York", **log},
            "macro": macro | {"value": value, "currency": currency},
            "horizon": "1h",
            "actions": [rule],
        }
    )


@pytest.mark.parametrize("preset", CASES)
def test_a_preset_reads_the_documented_shape(preset, tmp_path):
    check(tmp_path, preset, *CASES[preset])


@pytest.mark.parametrize("shape", SHAPES)
def test_a_preset_reads_the_other_shapes_of_its_export(shape, tmp_path):
    preset, *case = SHAPES[shape]
    check(tmp_path, preset, *case)


def check(tmp_path, preset, name, text, changes, expected):
    users, events, views, value, note = expected
    (tmp_path / name).write_text(text)
    with read_events(tmp_path / name, plan_of(preset, **changes)) as log:
        assert log.facts.users == users
        assert log.facts.event_counts == events
        assert log.facts.action_counts == {"view": views}
        assert log.facts.value == value
        assert any(note in said for said in log.facts.notes)
        assert f"Read as {load_preset(preset).title}: " in repr(log)


def test_every_format_that_the_plan_knows_has_a_preset_with_a_test():
    assert {*CASES, "ga4"} == set(FORMATS)


@pytest.mark.parametrize("shape", ["amplitude", "posthog", "snowplow", "segment, the warehouse's"])
def test_times_without_a_zone_are_utc_where_the_export_says_so(shape, tmp_path):
    cases = SHAPES | {preset: (preset, *case) for preset, case in CASES.items()}
    preset, name, text, changes, _ = next(c for key, c in cases.items() if key.startswith(shape))
    (tmp_path / name).write_text(text)
    with read_events(tmp_path / name, plan_of(preset, **changes)) as log:
        assert f"{log.facts.first:%H:%M}" == "10:00"


def test_a_column_that_the_plan_names_comes_before_the_preset(tmp_path):
    rows = [
        mixpanel("view", "d1", 1719828000, account="ann"),
        mixpanel("view", "d2", 1719828001, account="ann"),
        mixpanel("buy", "d2", 1719835200, account="ann", price=1),
    ]
    (tmp_path / "log.jsonl").write_text(lines(*rows))
    plan = plan_of("mixpanel", value="price", columns={"user_id": "account"})
    with read_events(tmp_path / "log.jsonl", plan) as log:
        assert log.facts.users == 1
        assert any("user_id from 'account' as the plan says" in n for n in log.facts.notes)


def test_a_name_that_is_no_column_and_no_property_is_refused_with_near_ones(tmp_path):
    name, text, _, _ = CASES["mixpanel"]
    (tmp_path / name).write_text(text)
    with pytest.raises(EventsError, match=r"1 names of the plan .* 'prize' \(nearest: 'price'"):
        read_events(tmp_path / name, plan_of("mixpanel", where="prize > 1", value="price"))


def test_a_log_of_another_shape_is_refused_with_the_columns_looked_for(tmp_path):
    (tmp_path / "log.csv").write_text("uid,ts,name\na,b,c\n")
    with pytest.raises(EventsError, match=r"format: snowplow .* user_id \(domain_userid, user_id"):
        read_events(tmp_path / "log.csv", plan_of("snowplow"))


def test_an_id_is_no_attribute(tmp_path):
    name, text, _, _ = CASES["snowplow"]
    (tmp_path / name).write_text(text)
    with pytest.raises(EventsError, match=r"attribute 'domain_userid' .* holds ids"):
        read_events(tmp_path / name, plan_of("snowplow", attributes=["domain_userid"]))


def test_an_unknown_format_is_refused_with_the_known_ones():
    with pytest.raises(PlanError, match=r"'log.format': Got 'ga3', none of the 9 .*amplitude, ga4"):
        plan_of("ga3")
