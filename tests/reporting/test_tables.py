import pandas as pd
import pytest

from microlift.reporting import gate, tables


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
    assert page.count('<th scope="row">') == len(lifts)
    assert page.count('<th scope="col"') == 10
    assert "<caption>" in page


def test_a_lift_that_is_not_identified_has_its_note_and_no_number(lifts):
    page = tables.lift_table(lifts.tail(1))
    assert "everybody did it" in page
    assert "nan" not in page


def test_the_ledger_ends_with_its_total(ledger):
    page = tables.ledger_table(ledger, "EUR")
    assert '<th scope="row">total</th>' in page
    assert "value, EUR" in page
    assert ledger["credit_total"].sum() == 190.0
    assert "+190.0" in page


def test_primary_weights_come_first_and_the_others_have_none(weights):
    page = tables.weights_table(weights, currency="EUR")
    assert page.count("4.00 (3.00 to 5.00)") == 1
    assert page.index("_resume") < page.index("alert(1)")


def test_withheld_weights_are_not_shown_and_the_reasons_are(weights):
    page = tables.weights_table(weights, ("no action <qualifies>",))
    assert "4.00" not in page
    assert "Weights withheld: no action &lt;qualifies&gt;" in page
