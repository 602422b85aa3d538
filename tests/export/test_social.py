"""Meta, LinkedIn and TikTok: what is sent under which name, and which faults are found."""

import json
from collections.abc import Callable
from typing import Any

import pytest

import microlift as ml
from microlift.errors import InputError
from microlift.weights import WeightsFile

Make = Callable[..., WeightsFile]
Data = dict[str, Any]
RULES = {"linkedin": {"conversions": {"add_to_cart": "11", "begin_checkout": "12"}}}
DAY = 86_400
PERSON = "jo@example.com"


def _template(make: Make, target: str) -> Data:
    text = ml.export(make(), target, RULES.get(target)).files["template.json"]
    assert ml.validate(target, text.encode()) == []
    data: Data = json.loads(text)
    return data


@pytest.mark.parametrize(
    ("target", "names"),
    [
        ("meta", ["InitiateCheckout", "Lead", "Purchase", "view_cart"]),
        ("tiktok", ["InitiateCheckout", "Lead", "Purchase", "view_cart"]),
    ],
)
def test_events_have_the_names_of_the_network_and_others_stay_custom(
    weights_file: Make, target: str, names: list[str]
) -> None:
    events = ("begin_checkout", "generate_lead", "purchase", "view_cart")
    made = ml.export(weights_file({"name": "a", "weight": 1.5, "events": events}), target)
    rows = json.loads(made.files["events.json"])["events"]
    assert [row["send"] for row in rows] == names
    assert [row["standard"] for row in rows] == [True, True, True, False]
    assert {(row["value"], row["currency"]) for row in rows} == {("1.50", "EUR")}
    assert any(note.startswith("'view_cart': a custom event") for note in made.notes)


def test_names_can_be_chosen_and_tiktok_can_have_its_former_ones(weights_file: Make) -> None:
    weights = weights_file({"name": "a", "weight": 1.5, "events": ("purchase", "spin")})
    made = ml.export(weights, "tiktok", {"former_names": "true", "names": '{"spin": "Search"}'})
    rows = json.loads(made.files["events.json"])["events"]
    assert [row["send"] for row in rows] == ["CompletePayment", "Search"]
    with pytest.raises(InputError, match="names 'spni', which is no event that is booked"):
        ml.export(weights, "meta", {"names": {"spni": "Search"}})


def test_linkedin_needs_the_id_of_a_rule_for_each_action(weights_file: Make) -> None:
    with pytest.raises(InputError, match=r"2 actions have no conversion rule .*'add_to_cart'"):
        ml.export(weights_file(), "linkedin")
    given = {"conversions": {"add_to_cart": "urn:1", "begin_checkout": "2"}}
    with pytest.raises(InputError, match=r"gives 'urn:1' for 'add_to_cart', and ids are digits"):
        ml.export(weights_file(), "linkedin", given)


def test_times_are_those_of_the_weights_in_the_unit_of_the_network(weights_file: Make) -> None:
    made = int(weights_file().created_at.timestamp())
    assert _template(weights_file, "meta")["data"][0]["event_time"] == made
    assert _template(weights_file, "tiktok")["data"][0]["event_time"] == made
    linkedin = _template(weights_file, "linkedin")["elements"][0]
    assert linkedin["conversionHappenedAt"] == made * 1000
    assert linkedin["conversionValue"] == {"currencyCode": "EUR", "amount": "3.20"}


def test_off_a_website_meta_needs_neither_page_nor_browser(weights_file: Make) -> None:
    made = ml.export(weights_file(), "meta", {"action_source": "physical_store"})
    event = json.loads(made.files["template.json"])["data"][0]
    assert "event_source_url" not in event
    assert ml.validate("meta", made.files["template.json"].encode()) == []


META = [
    (lambda e: e.update(event_time=e["event_time"] * 1000), "event_time", "Got 1785565800000"),
    (lambda e: e.update(event_time=str(e["event_time"])), "event_time", "Got '1785565800'"),
    (lambda e: e.update(event_time=e["event_time"] - 8 * DAY), "event_time", "8 days before"),
    (lambda e: e.update(action_source="web"), "action_source", "Got 'web'"),
    (lambda e: e.pop("event_source_url"), "event_source_url", "missing"),
    (lambda e: e["user_data"].pop("client_user_agent"), "user_data.client_user_agent", "missing"),
    (lambda e: e["user_data"].update(em=[PERSON]), "user_data.em", "no SHA-256"),
    (lambda e: e["user_data"].update(ph="AB" * 32), "user_data.ph", "no SHA-256"),
    (lambda e: e.update(user_data=PERSON), "user_data", "Got str"),
    (lambda e: e["custom_data"].update(value=-3.2), "custom_data.value", "Got -3.2"),
    (lambda e: e["custom_data"].update(value="3,20"), "custom_data.value", "Got '3,20'"),
    (lambda e: e["custom_data"].update(currency="euro"), "custom_data.currency", "Got 'euro'"),
    (lambda e: e["custom_data"].pop("currency"), "custom_data.currency", "without its currency"),
    (lambda e: e.pop("event_name"), "event_name", "missing"),
]
LINKEDIN = [
    (lambda e: e.update(conversionHappenedAt=1785565800), "conversionHappenedAt", "1785565800 ("),
    (lambda e: e.update(conversionHappenedAt=e["conversionHappenedAt"] - 91 * DAY * 1000),
     "conversionHappenedAt", "91 days before"),
    (lambda e: e["conversionValue"].update(amount=3.2), "conversionValue.amount", "Got 3.2"),
    (lambda e: e["conversionValue"].update(amount=3), "conversionValue.amount", "Got 3"),
    (lambda e: e["conversionValue"].update(amount="-3.20"), "conversionValue.amount", "-3.20"),
    (lambda e: e["conversionValue"].update(amount="3,20"), "conversionValue.amount", "3,20"),
    (lambda e: e["conversionValue"].update(amount="NaN"), "conversionValue.amount", "NaN"),
    (lambda e: e["conversionValue"].update(currencyCode="eur"),
     "conversionValue.currencyCode", "'eur'"),
    (lambda e: e.update(conversion="11"), "conversion", "Got '11'"),
    (lambda e: e["user"].pop("userIds"), "user.userIds", "missing"),
    (lambda e: e["user"]["userIds"][0].update(idValue=PERSON),
     "user.userIds[0].idValue", "no SHA-256"),
    (lambda e: e["user"].update(userIds=PERSON), "user.userIds", "Got str"),
]  # fmt: skip
TIKTOK = [
    (lambda e: e.update(event_time=e["event_time"] * 1000), "event_time", "Got 1785565800000"),
    (lambda e: e["properties"].update(currency="eur"), "properties.currency", "Got 'eur'"),
    (lambda e: e["properties"].pop("currency"), "properties.currency", "without its currency"),
    (lambda e: e["properties"].update(value="3.20"), "properties.value", "Got '3.20'"),
    (lambda e: e["user"].update(email=PERSON), "user.email", "no SHA-256"),
    (lambda e: e.pop("user"), "user", "missing"),
]


@pytest.mark.parametrize(
    ("target", "plant", "where", "what"),
    [
        *(("meta", *each) for each in META),
        *(("linkedin", *each) for each in LINKEDIN),
        *(("tiktok", *each) for each in TIKTOK),
    ],
)
def test_a_planted_fault_is_found_in_its_place_and_nobody_is_named(
    weights_file: Make, target: str, plant: Callable[[Data], object], where: str, what: str
) -> None:
    data = _template(weights_file, target)
    name = "elements" if target == "linkedin" else "data"
    plant(data[name][0])
    faults = ml.validate(target, json.dumps(data).encode())
    found = [(each.where, what in each.what) for each in faults]
    assert (f"{name}[0].{where}", True) in found, faults
    assert PERSON not in " ".join(map(str, faults))


@pytest.mark.parametrize("target", ["meta", "linkedin", "tiktok"])
def test_an_event_that_is_there_twice_is_found(weights_file: Make, target: str) -> None:
    data = _template(weights_file, target)
    name = "elements" if target == "linkedin" else "data"
    data[name].append(data[name][0])
    (fault,) = ml.validate(target, json.dumps(data).encode())
    assert (fault.where, "that" in fault.what) == (f"{name}[2]", True)


@pytest.mark.parametrize("target", ["meta", "linkedin", "tiktok"])
@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"null", b"7", b"\xff", b'{"data": 3}',
                                     b'{"data": [[]], "elements": [7]}', b"{" * 5_000])  # fmt: skip
def test_bytes_that_are_no_such_request_are_faults_and_never_raise(
    target: str, content: bytes
) -> None:
    assert ml.validate(target, content)


def test_a_single_event_of_linkedin_and_small_letters_on_meta_are_taken(
    weights_file: Make,
) -> None:
    single = _template(weights_file, "linkedin")["elements"][0]
    assert ml.validate("linkedin", json.dumps(single).encode()) == []
    # as Meta's own library writes it
    data = _template(weights_file, "meta")
    data["data"][0]["custom_data"]["currency"] = "eur"
    assert ml.validate("meta", json.dumps(data).encode()) == []
