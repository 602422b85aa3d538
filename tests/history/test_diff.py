"""A diff says what moved and why, as text, as data and as a page; every name in it is text."""

import json

import matplotlib.pyplot as plt
import pytest

from microlift.history import compare, compare_named, history, publish
from microlift.reporting import gate

HOSTILE = ["<script>alert(1)</script>", "price_$5_$10", "x" * 10_000, "\x1b[31mred", "‮abc"]


@pytest.fixture(autouse=True)
def _closed_figures():
    yield
    plt.close("all")


@pytest.fixture
def pair(make):
    old = make.weights()
    dearer = [make.action("cart", 0.06, 1200, 1.7), make.action("video", 0.02, 4000, 1.3)]
    new = make.weights(
        *dearer, macros=560, revenue=61_000.0, plan_hash="p2", data_fingerprint="f2",
        created_at="2026-08-10T06:00:00Z",
    )  # fmt: skip
    return old, new


def test_the_text_names_the_weights_the_causes_and_the_settings(pair):
    text = repr(compare(*pair, ("version 1", "version 2")))
    assert text.startswith(
        "2 of 2 weights moved from version 1 to version 2: most of all cart 19.23 to 24.08 EUR "
        "(+25.2 %)."
    )
    assert "cart: lift (1.50 to 1.70) +4.56, value of a macro +1.84, calibration −1.69" in text
    assert "plan                   p1         p2" in text
    assert "The plan is another one" in text


def test_the_data_hold_the_same_and_are_json(pair):
    data = json.loads(compare(*pair).to_json())
    assert data["empty"] is False
    cart = data["actions"][0]
    assert cart["action"] == "cart"
    assert cart["change"] == pytest.approx(24.0789 - 19.2308, abs=1e-3)
    names = ("lift", "credit", "counts", "calibration", "mean_value", "guards", "primary", "other")
    assert sum(cart[part] for part in names) == pytest.approx(cart["change"])
    assert {"name": "plan", "before": "p1", "after": "p2"} in data["settings"]


def test_other_currencies_are_said_and_not_compared(pair):
    old, new = pair
    found = compare(old, new | {"currency": "USD"})
    assert "different currencies" in found.finding
    assert found.to_frame()["change"].isna().all()
    assert {"name": "currency", "before": "EUR", "after": "USD"} in found.to_dict()["settings"]
    assert gate.check(found.to_page()) == []
    assert "currency" in repr(found)


def test_what_came_and_went_is_said(make):
    old = make.weights(make.action("cart", 0.05, 1000, 1.5), make.action("video", 0.02, 4000, 1.3))
    new = make.weights(make.action("cart", 0.05, 1000, 1.5), make.action("chat", 0.02, 4000, 1.3))
    found = compare(old, new)
    assert found.notes[-2:] == ("Now bid on: chat.", "No longer bid on: video.")
    rows = found.to_frame().set_index("action")
    assert rows.loc["chat", "primary"] == rows.loc["chat", "change"] > 0
    assert "no longer bid on" in repr(found)


@pytest.mark.parametrize("currency", ["EUR", pytest.param(None, marks=pytest.mark.slow)])
def test_a_page_of_hostile_names_passes_the_gate_and_shows_them_as_text(make, currency):
    rows = [make.action(name, 0.01, 1000 + at, 1.5) for at, name in enumerate(HOSTILE)]
    risen = [make.action(name, 0.02, 1000 - at, 1.9) for at, name in enumerate(HOSTILE)]
    quiet = [make.action("<i>", 0.0, 5, None, primary=False)]
    old = make.weights(*rows, *quiet, currency=currency, plan_hash="<u>")
    new = make.weights(*risen, *quiet, currency=currency, revenue=9e4)
    found = compare(old, new, ("version <1>", "b.json"))
    page = found.to_page()
    assert gate.check(page) == []
    for tag in ("<script>alert", "<i>", "<u>", "version <1>", "\x1b", "\u202e"):
        assert tag not in page.split("</style>")[1]
    assert "\x1b" not in repr(found)
    assert len(max(repr(found).splitlines(), key=len)) < 12_000
    assert "&lt;" in found._repr_html_()


def test_an_empty_diff_is_a_page_too(make):
    page = compare(make.weights(), make.weights(created_at="later")).to_page()
    assert gate.check(page) == []
    assert "Nothing moved" in page


def test_versions_and_files_are_compared_by_name(tmp_path, pair):
    old, new = pair
    for content in (old, new, old):
        publish(content, tmp_path)
    found = history(tmp_path)
    assert (found.diff().old, found.diff().new) == ("version 2", "version 3")
    assert found.diff(*found.frame["version"].iloc[[0, 2]]).empty
    elsewhere = tmp_path / "theirs.json"
    elsewhere.write_text(json.dumps(new))
    assert found.diff(2, elsewhere).empty
    named = compare_named(elsewhere, tmp_path / "weights.json", tmp_path / "nowhere")
    assert (named.old, named.new, named.empty) == ("theirs.json", "weights.json", False)


def test_a_history_draws_itself_with_guards_and_rollbacks(tmp_path, pair):
    old, new = pair
    looked = {"threshold": "20 %", "got": "25 %", "reason": "It moved by more."}
    new["guards"] = [
        {"rule": "step limit", "state": "changed", "action": "cart"} | looked,
        {"rule": "floor", "state": "passed", "action": "video"} | looked,
        {"rule": "share", "state": "passed", "action": None} | looked,
    ]
    publish(old, tmp_path)
    publish(new, tmp_path)
    found = history(tmp_path)
    found.rollback(1)
    found = history(tmp_path)
    assert list(found.weights()["version"]) == [1, 1, 2, 2, 1, 1]
    assert list(found.frame["guards"]) == ["", "step limit"]
    for narrow in (False, True):
        axes = found.plot(narrow=narrow)
        labels = [text.get_text() for text in axes.figure.legends[0].get_texts()]
        assert labels == ["95 % interval", "moved by a guard", "rolled back"]
    assert "step limit" in found._repr_html_()
    assert history(tmp_path / "history").plot() is not None
