"""Labels of the plan stand where people read, and the name beside them in the folded table."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from microlift.plan import Plan
from microlift.reporting import blocks, figures, labels, tables, words

CART, SCRIPT = "Put into the cart", "<script>alert(1)</script>"


@pytest.fixture
def spoken():
    actions = [
        {"name": "add_to_cart", "event": "add", "label": CART},
        {"name": "view", "event": "view", "label": SCRIPT},
        {"name": "cart", "event": "cart", "label": "_x"},
        {"name": "plain", "event": "plain"},
    ]
    macro = {"event": "buy", "label": "$price_5$"}
    with labels.speaking(Plan.from_dict({"macro": macro, "actions": actions, "horizon": "1d"})):
        yield


def test_a_table_shows_the_label_and_the_name_beside_it(spoken, make):
    html = tables.lift_table(pd.DataFrame([make.lift_row("add_to_cart"), make.lift_row("plain")]))
    assert f'{CART} <code class="name">add_to_cart</code></th>' in html
    assert ">plain</th>" in html


def test_sentences_figures_and_alternative_texts_show_the_label(spoken, make):
    frame = pd.DataFrame([make.lift_row("add_to_cart"), make.lift_row("view")])
    axes = figures.forest(frame)
    shown = blocks.figure(axes, alt=words.lift_alt(frame), caption="add_to_cart")
    assert CART in shown.svg
    assert CART in shown.alt
    assert shown.caption == CART
    assert "add_to_cart" not in shown.svg + shown.alt
    assert SCRIPT not in shown.svg
    section = blocks.section("a", "Lift", "add_to_cart raises", "Left after add_to_cart.")
    assert "“Put into the cart” raises" in section.html
    plt.close("all")


def test_a_hostile_label_is_text(spoken):
    shown = blocks.bullets(["view", "cart", "buy"])
    assert shown.html.count("&lt;script&gt;") == 1
    assert "<script" not in shown.html
    assert shown.text.endswith("- _x\n- $price_5$")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("add_to_cart", CART),
        ("left after add_to_cart", f"left after {CART}"),
        ("cart (again)", "_x (again)"),
        ("add_to_cart_later and pre-cart", "add_to_cart_later and pre-cart"),
        ("in view of all", "in view of all"),
        ("only 'view' lowers", f"only “{SCRIPT}” lowers"),
        ("cart 2.00 to 3.00", "_x 2.00 to 3.00"),
    ],
)
def test_names_are_found_as_whole_words_and_our_own_words_only_in_quotes(spoken, text, said):
    assert labels.said(text) == said
    assert labels.said(said) == said


def test_nothing_is_said_of_a_plan_that_is_no_longer_spoken_of(spoken):
    action = {"name": "other", "event": "other"}
    plan = {"macro": {"event": "a"}, "actions": [action], "horizon": "1d"}
    with labels.speaking(Plan.from_dict(plan)):
        assert labels.said("add_to_cart") == "add_to_cart"
    assert labels.said("add_to_cart") == CART
