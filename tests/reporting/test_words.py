from datetime import timedelta

import pandas as pd
import pytest

from microlift.reporting import words


def table(*rows):
    return pd.DataFrame(list(rows))


def test_the_heading_names_what_misleads_before_what_raises(make):
    lowers = make.lift_row("search", association=2.6, lift=0.68, lift_high=0.8, verdict="lowers")
    idle = make.lift_row("scroll", association=4.1, lift=1.01, verdict="no evidence")
    best = make.lift_row("cart", association=5.8, lift=1.92)
    unsure = make.lift_row("chat", association=9.0, lift=3.0, lift_high=12.0, verdict="no evidence")
    assert words.lift_heading(table(best, idle, lowers)).startswith("search looks good (2.60×)")
    assert words.lift_heading(table(best, unsure, idle)).startswith("scroll goes with 4.10×")
    assert words.lift_heading(table(best)) == (
        "cart raises conversion most: 1.92× (5.80× on a dashboard)"
    )
    nothing = make.unidentified_row("pay", "everybody did it")
    assert words.lift_heading(table(nothing)) == "No action's effect on conversion can be shown"


def test_an_action_that_looks_as_bad_as_it_is_does_not_mislead(make):
    friction = make.lift_row("error", association=0.5, lift=0.6, verdict="lowers")
    assert "looks good" not in words.lift_heading(table(friction, make.lift_row("cart")))


def test_the_alternative_text_of_the_forest_holds_every_action(lifts):
    text = words.lift_alt(lifts)
    assert all(name in text for name in lifts["action"])
    assert "nan" not in text


def test_withheld_weights_promise_no_number():
    assert words.weights_heading({}, withheld=True) == "Keep what you last published"
    assert words.weights_sum({}, withheld=True) == "What each action earned, and why none is booked"
    assert "–" not in " ".join(words.weights_reading({}))


def test_a_gap_between_booked_and_revenue_is_told():
    book = {"currency": "EUR", "calibration_constant": 1.2, "macros": 10, "revenue": 100.0}
    book |= {"booked_total": 90.0, "inflation_factor": 2.0, "calibration_gap": -10.0}
    assert "the gap is −10.00 EUR" in words.weights_reading(book)[-1]
    assert words.weights_heading(book | {"actions": []}, withheld=False).endswith("90.00 EUR")


def test_calibration_is_called_off_only_beyond_three_errors():
    rows = {"kind": ["overall", "step"], "predicted": [0.1, 0.2], "observed": [0.1, 0.3]}
    assert words.calibration_heading(pd.DataFrame(rows | {"z": [0.1, -2.9]})) == (
        "Predicted conversion is what happened: 10.0 % against 10.0 %"
    )
    assert words.calibration_heading(pd.DataFrame(rows | {"z": [0.1, -3.1]})) == (
        "1 of 2 groups is off by more than 3 standard errors"
    )


@pytest.mark.parametrize(
    ("kind", "starts", "start"),
    [
        ("clock", False, "Moments are ticks of the clock. Because"),
        ("visits", True, "Moments are steps in a visit, and its start too. Because"),
        ("visits", False, "Moments are steps in a visit; its start is none. Because"),
    ],
)
def test_each_kind_of_moment_is_explained(kind, starts, start):
    assert words.sequence(kind, starts, "because").startswith(start)


def test_every_note_reaches_the_caveats(make):
    frame = table(
        make.lift_row("a", note="tick too long"), make.unidentified_row("b", "nobody did it.")
    )
    assert words.remarks(frame) == ["a: raises, tick too long."]
    assert words.not_identified(frame) == ["b: lift not identified, nobody did it."]


def test_standing_caveats_name_intent_credit_and_the_sliding_horizon():
    text = " ".join(words.standing(["channel", "device"], timedelta(days=14)))
    for needed in ("same channel and device", "not incremental probability", "14 days ahead"):
        assert needed in text


def test_no_loss_by_leaving_is_said_so(ledger):
    stayed = ledger[ledger["kind"] != "left"]
    assert words.ledger_heading(stayed, "EUR") == "No conversion value was lost by leaving"
    assert words.ledger_heading(ledger, None).endswith(": 15.0 macros")
