from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pandas as pd

from microlift.events.facts import Whole
from microlift.reporting import words

NOTHING = pd.DataFrame({"action": [], "verdict": []})


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
    assert words.weights_heading({}, withheld=True) == "No weights this time"
    assert "keep what you last published" in words.headline({}, NOTHING, "purchase")
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


def test_the_headline_says_what_to_bid_on_what_to_watch_and_what_harms(make):
    lifts = table(make.lift_row("cart"), make.lift_row("chat", verdict="lowers"))
    actions = [{"name": "view", "weight": 1.0}, {"name": "cart", "weight": 7.0}]
    book = {"macro_weight": 30.0, "currency": "EUR"}
    book["actions"] = [a | {"primary": True} for a in actions]
    book["actions"] += [{"name": f"x{i}", "primary": False} for i in range(6)]
    assert words.headline(book, lifts, "purchase") == (
        "Bid on cart and view, at the values below; for purchase itself send 30.00 EUR. "
        "Only watch the other 6 actions; chat lowers conversion."
    )


def totals(macros, all_macro_users):
    return SimpleNamespace(macros=macros, all_macro_users=all_macro_users)


def test_the_gap_between_macros_in_the_log_and_macros_booked_is_explained():
    horizon = timedelta(days=14)
    text = words.booked(4978, totals(3694, 4066), horizon)
    assert text.startswith("Of these 4,978, 3,694 are booked: the first of each user who came")
    assert "The other 1,284 are 912 further ones of the same users and 372 of users too" in text
    assert words.booked(10, totals(8, 10), horizon).endswith(
        "The other 2 are of users too recent to judge."
    )
    assert words.booked(7, totals(7, 7), horizon).startswith("All 7 are booked")


def test_of_the_next_macro_it_is_said_whose_it_is_and_that_the_second_is_booked():
    horizon, day = timedelta(days=14), datetime(2026, 8, 1, tzinfo=UTC)
    text = words.booked(140, totals(98, 104), horizon, repeat=True)
    assert text.startswith(
        "Of these 140 after a first one, 98 are booked: the second of each user whose first was at "
        "least 14 days before the log ends. The other 42 are 36 further ones of the same users"
    )
    assert words.booked(7, totals(7, 7), horizon, repeat=True) == (
        "All 7 after a first one are booked: each is the second of its user."
    )
    whole = Whole(600, 31_106, 471, 3, 328, 104, 0, 0, 1)
    facts = SimpleNamespace(first=day, last=day, users=328, events=9, sessions=3, whole=whole)
    told = words.data(facts, "sale")
    assert (
        "600 users left 31,106 events, and 471 macro conversions (sale). This is about the next"
        in told
    )
    assert "of 600 users 328 have a first macro, and 104 of these a second one later (3 at" in told


def test_with_the_clock_there_are_no_sessions_and_time_is_quiet_time(ledger):
    day = datetime(2026, 8, 1, tzinfo=UTC)
    facts = SimpleNamespace(first=day, last=day, users=2, events=9, sessions=3, macros=1)
    facts.whole = None
    assert "in 3 sessions" in words.data(facts, "sale")
    assert "session" not in words.data(facts, "sale", "clock")
    assert "quiet time" in set(words.entries(ledger, "clock")["entry"])
    assert set(words.entries(ledger, "visits")["entry"]) == set(ledger["entry"])


def test_the_caption_of_the_forest_explains_arrows_and_dashes_where_there_are_some(make):
    plain = words.forest_caption(table(make.lift_row("a")), (0.5, 10))
    assert plain == "Sorted by lift, on a logarithmic scale."
    lost = table(make.lift_row("a", association=3614.0), make.unidentified_row("b", ""))
    assert "An arrow points" in words.forest_caption(lost, (0.5, 10))
    assert "nobody converted without it" in words.forest_caption(lost, (0.5, 10))


def test_the_heading_of_the_ledger_names_the_largest_loss_whatever_its_kind(ledger):
    gains = ledger[ledger["credit_total"] > 0]
    assert words.ledger_heading(gains, "EUR") == "No conversion value was lost on the way"
    declined = ledger.iloc[[1]].assign(entry="declined", credit_total=-20.0, value_total=-1000.0)
    worse = pd.concat([ledger, declined], ignore_index=True)
    assert words.ledger_heading(worse, "EUR") == "Most is lost at declined: 20.0 macros, 1,000 EUR"
    assert words.ledger_heading(ledger, None).endswith(": 15.0 macros")
