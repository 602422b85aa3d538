import re

import pandas as pd
import pytest

from microlift.reporting import gate, tables

NAN = float("nan")


@pytest.fixture
def weights(make):
    row = {"weight": 4.0, "low": 3.0, "high": 5.0, "credit": 0.1, "occurrences": 10}
    rows = [
        {"name": name, **row, "primary": i == 2, "reason": f"because of {name}"}
        for i, name in enumerate(make.hostile)
    ]
    return pd.DataFrame(rows)


def test_hostile_names_are_text_in_every_table(make, lifts, ledger, weights):
    pages = [tables.lift_table(lifts), tables.ledger_table(ledger), tables.weights_table(weights)]
    pages.append(tables.pairs({make.hostile[0]: make.hostile[0]}, make.hostile[0]))
    for page in pages:
        assert "&lt;script&gt;" in page
        assert not any("element" in fault for fault in gate.check(page))


def test_tables_are_semantic(lifts):
    page = tables.lift_table(lifts)
    assert page.count('<th scope="row"') == len(lifts)
    assert page.count('<th scope="col"') == 8
    assert page.count("<caption") == 1
    assert page.count('data-label="lift"') == len(lifts)  # what a phone shows beside the number


def test_a_lift_that_is_not_identified_has_its_note_and_no_number(lifts):
    page = tables.lift_table(lifts.tail(1))
    assert '<tr class="note"><td colspan="8"' in page
    assert "everybody did it" in page
    assert "nan" not in page


def test_an_association_without_an_interval_is_a_number_alone(make):
    row = make.lift_row("a", association=0.0, association_low=NAN, association_high=NAN)
    page = tables.lift_table(pd.DataFrame([row]))
    assert ">0.00</td>" in page
    assert "– to –" not in page


def test_the_ledger_ends_with_its_total(ledger):
    page = tables.ledger_table(ledger, "EUR")
    assert ">total</th>" in page
    assert "value, EUR" in page
    assert ledger["credit_total"].sum() == 190.0
    assert "+190.0" in page


def test_the_numbers_of_a_column_have_one_precision(ledger):
    page = tables.ledger_table(ledger.assign(value_total=ledger["value_total"] * 1.234), "EUR")
    values = re.findall(r'data-label="value, EUR">([^<]*)<', page)
    assert values[0] == "+7,404"
    assert not any("." in value for value in values)
    macros = re.findall(r'data-label="macros">([^<]*)<', page)
    assert all(re.fullmatch(r"[+−]?[\d,]+\.\d", number) for number in macros)


def test_primary_weights_come_first_and_the_others_have_none(weights):
    page = tables.weights_table(weights, currency="EUR")
    assert page.count("4.00 (3.00 to 5.00)") == 1
    assert page.index("_resume") < page.index("alert(1)")


@pytest.mark.parametrize(
    ("reason", "why"),
    [
        ("secondary: not identified", "its effect cannot be told"),
        ("secondary: lowers", "lowers conversion"),
        ("secondary: a reason of tomorrow", "a reason of tomorrow"),
    ],
)
def test_a_column_says_in_plain_words_why_an_action_is_not_bid_on(weights, reason, why):
    page = tables.weights_table(weights.head(1).assign(reason=reason))
    assert f">{why}</td>" in page
    assert ">no</td>" in page


def test_weights_share_their_decimals(weights):
    page = tables.weights_table(weights.assign(primary=True, weight=[4.0, 5.0, 1234.5, 6, 7, 8]))
    assert "1,234 (3 to 5)" in page
    assert "4 (3 to 5)" in page


def test_withheld_weights_are_not_shown_and_the_reasons_are(weights):
    page = tables.weights_table(weights, ("no action <qualifies>",))
    assert "4.00" not in page
    assert "Weights withheld: no action &lt;qualifies&gt;" in page
