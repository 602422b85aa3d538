"""Key events of GA4 and containers of Tag Manager: what is made, and which faults are found."""

import json
from collections.abc import Callable
from typing import Any

import pytest

import microlift as ml
from microlift.errors import InputError
from microlift.export.tags import ga4, gtm
from microlift.weights import WeightsFile

Make = Callable[..., WeightsFile]
Data = dict[str, Any]


def _many(count: int) -> list[dict[str, Any]]:
    return [{"name": f"step_{number}", "weight": 1.0} for number in range(count)]


def test_each_way_of_counting_has_its_nearest_in_ga4(weights_file: Make) -> None:
    counts = ("user", "click", "every")
    actions = [{"name": count, "weight": 1.0, "count": count} for count in counts]
    made = ml.export(weights_file(*actions), "ga4")
    events = json.loads(made.files[ga4.FILE])["keyEvents"]
    methods = [event["countingMethod"] for event in events]
    assert methods == ["ONCE_PER_SESSION", "ONCE_PER_SESSION", "ONCE_PER_EVENT"]
    assert any(note.startswith("'user': GA4 counts once a session") for note in made.notes)
    assert not any(note.startswith("'every'") for note in made.notes)


def test_events_with_a_value_of_their_own_are_told(weights_file: Make) -> None:
    made = ml.export(weights_file({"name": "video", "weight": 1.0}), "ga4")
    assert not any("ignores the default value" in note for note in made.notes)
    made = ml.export(weights_file(), "ga4")
    assert any(
        note.startswith("'add_to_cart', 'begin_checkout': usually sent with a value of their own")
        for note in made.notes
    )


def test_more_key_events_than_the_property_may_have_are_refused(weights_file: Make) -> None:
    assert ml.export(weights_file(*_many(30)), "ga4")
    with pytest.raises(InputError, match=r"There are 31 events .* may have 30"):
        ml.export(weights_file(*_many(31)), "ga4")
    assert ml.export(weights_file(*_many(31)), "ga4", {"limit": "50"})


@pytest.mark.parametrize("event", ["=1+1", "add to cart", "x" * 41, "<script>", "🎉", "_x"])
def test_an_event_that_ga4_does_not_take_is_refused(weights_file: Make, event: str) -> None:
    with pytest.raises(InputError, match=r"keyEvents\[0\]\.eventName: Got .*Send the event under"):
        ml.export(weights_file({"name": "cart", "weight": 1.0, "events": (event,)}), "ga4")


@pytest.mark.parametrize("target", ["ga4", "gtm"])
def test_weights_in_macros_are_refused(weights_file: Make, target: str) -> None:
    with pytest.raises(InputError, match="in macros, not money"):
        ml.export(weights_file(currency=None), target)


@pytest.mark.parametrize("event", ["{{Page URL}}", "a{{", "}}"])
def test_braces_in_an_event_are_refused_for_tag_manager(weights_file: Make, event: str) -> None:
    with pytest.raises(InputError, match=r"1 event names .* hold braces"):
        ml.export(weights_file({"name": "cart", "weight": 1.0, "events": (event,)}), "gtm")


def test_ids_of_an_account_go_into_every_part_of_its_container(weights_file: Make) -> None:
    given = {"account_id": "12", "container_id": "34", "public_id": "GTM-AB1", "prefix": "LT"}
    version = json.loads(ml.export(weights_file(), "gtm", given).files[gtm.FILE])[
        "containerVersion"
    ]
    parts = [version, version["container"], *version["variable"], *version["builtInVariable"]]
    assert {(part["accountId"], part["containerId"]) for part in parts} == {("12", "34")}
    assert [each["name"] for each in version["variable"]] == ["LT - value", "LT - currency"]


def _events(data: Data) -> list[Data]:
    events: list[Data] = data["keyEvents"]
    return events


def _variable(data: Data) -> Data:
    found: Data = data["containerVersion"]["variable"][0]
    return found


def _row(data: Data) -> list[Data]:
    row: list[Data] = _variable(data)["parameter"][2]["list"][0]["map"]
    return row


def _tag(**given: Any) -> Data:
    tag = {"accountId": "0", "containerId": "0", "tagId": "9", "name": "Tag", "type": "html"}
    return tag | {"parameter": [], "firingTriggerId": ["2147479553"]} | given


GA4 = [
    (lambda d: d.update(keyEvents=[dict(_events(d)[0], eventName=f"e{n}") for n in range(31)]),
     "keyEvents[30]", "Got 31 key events"),
    (lambda d: _events(d)[0].update(eventName="x" * 41), "keyEvents[0].eventName", "41 characters"),
    (lambda d: _events(d).append(_events(d)[0]),
     "keyEvents[2].eventName", "event that keyEvents[0]"),
    (lambda d: _events(d)[0]["defaultValue"].update(currencyCode="eur"),
     "keyEvents[0].defaultValue.currencyCode", "'eur'"),
    (lambda d: _events(d)[0]["defaultValue"].update(numericValue=-1.0),
     "keyEvents[0].defaultValue.numericValue", "-1.0"),
    (lambda d: _events(d)[0]["defaultValue"].update(numericValue="3,20"),
     "keyEvents[0].defaultValue.numericValue", "'3,20'"),
    (lambda d: _events(d)[1]["defaultValue"].pop("currencyCode"),
     "keyEvents[1].defaultValue.currencyCode", "missing"),
    (lambda d: _events(d)[1]["defaultValue"].update(currencyCode="USD"),
     "keyEvents[1].defaultValue", "several currencies"),
    (lambda d: _events(d)[0].update(countingMethod="once_per_event"),
     "keyEvents[0].countingMethod", "'once_per_event'"),
    (lambda d: _events(d)[0].pop("countingMethod"), "keyEvents[0].countingMethod", "missing"),
    (lambda d: d.clear(), "keyEvents", "missing"),
    (lambda d: d.update(keyEvent=[]), "keyEvent", "knows no such field"),
]  # fmt: skip
GTM = [
    (lambda d: _variable(d)["parameter"][0].update(type="boolean"),
     "containerVersion.variable[0].parameter[0].type", "'boolean'"),
    (lambda d: _variable(d)["parameter"][0].update(value=True),
     "containerVersion.variable[0].parameter[0].value", "True"),
    (lambda d: _variable(d)["parameter"][0].update(value="yes"),
     "containerVersion.variable[0].parameter[0]", "neither true nor false"),
    (lambda d: _row(d)[1].update(value=3.2),
     "containerVersion.variable[0].parameter[2].list[0].map[1].value", "3.2"),
    (lambda d: _row(d)[0].update(value="{{Click ID}}"),
     "containerVersion.variable[0].parameter[2].list[0].map[0].value", "variable 'Click ID'"),
    (lambda d: _row(d)[0].update(value="a{{b"),
     "containerVersion.variable[0].parameter[2].list[0].map[0].value", "braces that name no"),
    (lambda d: d["containerVersion"].update(builtInVariable=[]),
     "containerVersion.variable[0].parameter[1].value", "variable 'Event'"),
    (lambda d: d["containerVersion"]["builtInVariable"][0].update(type="event"),
     "containerVersion.builtInVariable[0].type", "'event'"),
    (lambda d: _variable(d).update(name="microlift - currency"),
     "containerVersion.variable[1].name", "name that containerVersion.variable[0].name"),
    (lambda d: _variable(d).update(variableId="2"),
     "containerVersion.variable[1].variableId", "has already"),
    (lambda d: _variable(d).update(variableId=1), "containerVersion.variable[0].variableId", "1"),
    (lambda d: d["containerVersion"].update(tag=[_tag(firingTriggerId=["7"])]),
     "containerVersion.tag[0].firingTriggerId[0]", "trigger '7', which is not"),
    (lambda d: d.update(exportFormatVersion="2"), "exportFormatVersion", "'2'"),
    (lambda d: d.update(exportTime="2026-08-01T06:30:00Z"), "exportTime", "T06:30:00Z"),
    (lambda d: d["containerVersion"]["container"].update(publicId="G-ABC"),
     "containerVersion.container.publicId", "'G-ABC'"),
    (lambda d: d.pop("containerVersion"), "containerVersion", "missing"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("target", "plant", "where", "what"),
    [*(("ga4", *each) for each in GA4), *(("gtm", *each) for each in GTM)],
)
def test_a_planted_fault_is_found_in_its_place(
    weights_file: Make, target: str, plant: Callable[[Data], object], where: str, what: str
) -> None:
    (text,) = ml.export(weights_file(), target).files.values()
    assert ml.validate(target, text.encode()) == []
    data = json.loads(text)
    plant(data)
    faults = ml.validate(target, json.dumps(data).encode())
    assert [(each.where, what in each.what) for each in faults] == [(where, True)]
    assert faults[0].mend.endswith((".", '"'))


@pytest.mark.parametrize("kind", ["ga4", "gtm"])
@pytest.mark.parametrize(
    ("spoil", "where", "what"),
    [
        (lambda b: b"\xef\xbb\xbf" + b, "byte 1", "byte order mark"),
        (lambda b: b.replace(b"EUR", b"\xff\xff"), "line ", "not UTF-8"),
        (lambda b: b[:-9], "line ", "It is not JSON"),
        (lambda b: b.replace(b"{", b'{"x": [NaN], ', 1), "file", "Got NaN"),
        (lambda b: b.replace(b"{", b'{"a": 1, "a": 2, ', 1), "file", "Got the key 'a' twice"),
        (lambda _: b"", "file", "Got an empty file"),
        (lambda _: b"[" * 100_000, "file", "nested too deep"),
        (lambda _: b"[1]", "file", "Got [1]"),
        (lambda _: b"7" * 10_000_000, "file", "thousands of digits"),
    ],
)  # fmt: skip
def test_bytes_that_are_no_such_file_are_faults_and_never_raise(
    weights_file: Make, kind: str, spoil: Callable[[bytes], bytes], where: str, what: str
) -> None:
    (text,) = ml.export(weights_file(), kind).files.values()
    faults = ml.validate(kind, spoil(text.encode()))
    assert any(each.where.startswith(where) and what in each.what for each in faults)


def test_a_property_of_360_may_have_fifty_key_events(weights_file: Make) -> None:
    (text,) = ml.export(weights_file(*_many(50)), "ga4", {"limit": 50}).files.values()
    assert ml.validate("ga4-360", text.encode()) == []
    assert [fault.where for fault in ml.validate("ga4", text.encode())] == ["keyEvents[30]"]
