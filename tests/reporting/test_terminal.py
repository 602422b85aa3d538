"""What a terminal shows: aligned, in the currency, with the reasons, and nothing that steers it."""

import pandas as pd
import pytest

from microlift.models import LiftTable
from microlift.reporting import terminal
from microlift.weights import ActionWeight, Weights


def action(name, weight=0.0, reason="secondary: no evidence", **given):
    values = {"kind": "milestone", "low": weight / 2, "high": weight * 2, "credit": 0.1}
    values |= {"lift": 1.5, "occurrences": 10, "occurrences_judged": 9, "primary": weight > 0}
    values |= {"label": name, "events": (name,), "count": "user", "verdict": "raises"}
    return ActionWeight(name=name, weight=weight, reason=reason, **(values | given))


@pytest.fixture
def made(weights_file):
    def go(*actions, reasons=(), **given):
        content = weights_file(revenue=12345.6, booked_target=12345.6).model_copy(
            update=given | {"actions": actions}
        )
        return Weights(None if reasons else content, tuple(actions), tuple(reasons))

    return go


def test_weights_show_currency_interval_reason_and_what_ties_them_to_the_revenue(made):
    primary = action("add_to_cart", 11.576, "primary: raises, with the largest booked value")
    said = terminal.weights(made(action("view"), primary)).splitlines()
    assert said[:4] == [
        "action          weight      95 % interval  why",
        "-----------  ---------  -----------------  ----------------------------------------------",
        "add_to_cart  11.58 EUR  5.79 to 23.15 EUR  primary: raises, with the largest booked value",
        "view                 –                  –  secondary: no evidence",
    ]
    assert said[5].startswith("Calibration constant 1.42: ")
    assert said[5].endswith("the revenue of 12,346 EUR.")
    assert said[6].startswith("Inflation factor 2.50: ")
    assert len(said) == 7


def test_without_a_currency_none_is_invented_and_a_primary_macro_is_told(made):
    said = terminal.weights(made(action("cart", 3.0), currency=None, macro_weight=20.0))
    assert "3.00   1.50 to 6.00  " in said
    assert "None" not in said
    assert "send 20.00 for it, not the order value" in said


def test_withheld_weights_show_no_weight_and_say_why(made):
    said = terminal.weights(made(action("cart", lift=None), reasons=["no action qualifies"]))
    assert said.splitlines()[2] == "cart       –  secondary: no evidence"
    assert "Weights withheld: no action qualifies." in said
    assert "keeps its last version" in said


def test_lifts_are_aligned_with_their_notes_beneath(make):
    rows = [
        make.lift_row("cart", users=12345),
        make.unidentified_row("カート", "everybody did it"),
        make.lift_row("bad\x1b[2Jname\n", verdict="lowers", note="tick too long"),
    ]
    said = terminal.lift(LiftTable(pd.DataFrame(rows)))
    assert said.splitlines() == [
        "action             users  association  lift [95 % interval]  verdict",
        "----------------  ------  -----------  --------------------  --------------",
        "cart              12,345         2.50     1.40 [1.20, 1.70]  raises",
        "カート               900            –                     –  not identified",
        r"bad\x1b[2Jname\n     900         2.50     1.40 [1.20, 1.70]  lowers",
        "",
        "カート: lift not identified. Everybody did it.",
        r"bad\x1b[2Jname\n: tick too long.",
    ]
