"""Cohorts: small tables with the answer beside them, inert actions, refusals that point."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import microlift as ml
from microlift.errors import InputError
from microlift.journeys.cohorts import following

Parquet = Callable[[pd.DataFrame], Path]
START = pd.Timestamp("2026-01-01", tz="UTC")
DAY = pd.Timedelta(days=1)


def plan_of(*actions: Any, horizon: str = "14d", **more: Any) -> ml.Plan:
    named = [each if isinstance(each, dict) else {"name": each, "event": each} for each in actions]
    return ml.Plan.from_dict(
        {"macro": {"event": "buy"}, "horizon": horizon, "actions": named, **more}
    )


def read(parquet_of: Parquet, rows: list[tuple[Any, ...]], plan: ml.Plan) -> ml.EventLog:
    """A log of (user, days, event)."""
    frame = pd.DataFrame(rows, columns=["user_id", "days", "event"])
    days = pd.to_timedelta((frame.pop("days").astype(float) * 86_400_000_000).round(), unit="us")
    return ml.read_events(parquet_of(frame.assign(timestamp=START + days)), plan)


def row_of(log: ml.EventLog, expression: str) -> "pd.Series[Any]":
    return ml.cohorts(log, expression).to_frame().iloc[0]


# ---------------------------------------------------------------------------- six-row tables


@pytest.mark.slow
def test_a_member_is_followed_from_the_moment_and_so_is_the_rest(parquet_of: Parquet) -> None:
    rows = [
        ("ann", 0, "demo"), ("ann", 3, "buy"),  # a member, and a macro in time
        ("bob", 0, "demo"), ("bob", 9, "buy"),  # a member, and a macro too late
        ("cem", 0, "page"), ("cem", 3, "buy"),  # the rest, in time
        ("dan", 0, "page"), ("dan", 9, "buy"),
        ("eve", 0, "page"),
        ("fay", 0, "page"), ("fay", 20, "page"),
    ]  # fmt: skip
    with read(parquet_of, rows, plan_of("demo", horizon="7d")) as log:
        row = row_of(log, "demo")
    assert (row["size"], row["judged"], row["macros"]) == (2, 2, 1)
    assert row["share"] == pytest.approx(2 / 6)
    assert row["rate"] == 0.5
    assert row["rest_rate"] == 0.25  # cem of cem, dan, eve and fay at their first event
    assert row["ratio"] == 2.0
    assert row["naive_ratio"] == 2.0  # 2 of 2 against 2 of 4, whenever
    assert np.isnan(row["ratio_low"])
    assert "too few" in row["note"]


@pytest.mark.slow
def test_whoever_becomes_a_member_later_belongs_to_the_rest_until_then(
    parquet_of: Parquet,
) -> None:
    rows = [
        ("ann", 0, "demo"), ("bob", 0, "page"), ("bob", 1, "demo"), ("bob", 2, "buy"),
        ("cem", 0, "page"), ("dan", 30, "page"),
    ]  # fmt: skip
    with read(parquet_of, rows, plan_of("demo", horizon="7d")) as log:
        row = row_of(log, "demo")
    # Ann's equals are bob and cem at their first event; nobody is like bob a day later.
    assert (row["size"], row["judged"]) == (2, 1)
    assert (row["rate"], row["rest_rate"]) == (0.0, 0.5)


@pytest.mark.slow
def test_what_is_left_undone_is_known_when_its_time_is_over(parquet_of: Parquet) -> None:
    rows = [
        ("ann", 0, "cart"), ("ann", 0.5, "pay"),  # done in time
        ("bob", 0, "cart"), ("bob", 1.5, "pay"),  # done too late
        ("cem", 0, "cart"), ("cem", 0.5, "buy"),  # bought before it was known
        ("dan", 0, "cart"), ("dan", 1.5, "buy"),  # bought after it was known
        ("eve", 29.5, "cart"), ("fay", 30, "page"),  # not over when the log ends
        ("gus", 0, "page"), ("gus", 1.5, "buy"),  # the rest: a day after an event as well
        ("hal", 0, "page"),
    ]  # fmt: skip
    with read(parquet_of, rows, plan_of("cart", "pay", horizon="7d")) as log:
        row = row_of(log, "cart WITHOUT pay WITHIN 1d")
        visit = row_of(log, "cart WITHOUT pay")
        never = row_of(log, "cart AND NOT pay")
    assert (row["size"], row["judged"], row["macros"]) == (2, 2, 1)
    assert row["rest_rate"] == 1 / 2  # gus and hal; ann has had two events by then
    assert visit["size"] == 5  # half an hour after the cart nobody had paid, or bought
    assert never["size"] == 5


@pytest.mark.slow
def test_a_return_counts_when_it_comes_and_not_when_the_visit_before_ended(
    parquet_of: Parquet,
) -> None:
    back = {"name": "back", "returns_within": "7d"}
    rows = [
        ("ann", 0, "page"), ("ann", 3, "page"), ("ann", 5, "buy"),
        ("bob", 0, "page"), ("bob", 3, "buy"),  # comes back to buy: nothing in between
        ("cem", 0, "page"), ("dan", 30, "page"),
    ]  # fmt: skip
    plan = plan_of(back, {"name": "page", "event": "page"}, horizon="7d")
    with read(parquet_of, rows, plan) as log:
        both = ml.cohorts(log, ["back", "page TWICE", "back THEN page"]).to_frame()
    assert both["size"].tolist() == [1, 1, 0]
    assert both["macros"].tolist() == [0, 0, 0]  # nobody else is at such a point
    assert both["note"].tolist()[2] == "nobody is a member before the macro"


@pytest.mark.slow
def test_an_action_of_the_plan_that_is_an_absence_is_known_as_late(parquet_of: Parquet) -> None:
    left = {"name": "left", "event": "cart", "without": ["pay"], "within": "1d"}
    rows = [
        ("ann", 0, "cart"), ("bob", 0, "cart"), ("bob", 0.5, "pay"), ("cem", 0, "page"),
        ("cem", 1.5, "buy"), ("dan", 30, "page"),
    ]  # fmt: skip
    with read(parquet_of, rows, plan_of(left, "cart", "pay", horizon="7d")) as log:
        both = ml.cohorts(log, ["left", "cart WITHOUT pay WITHIN 1d"]).to_frame()
    shown = ["size", "judged", "rate", "rest_rate"]
    assert both[shown].iloc[0].tolist() == both[shown].iloc[1].tolist() == [1, 1, 0.0, 1.0]


@pytest.mark.slow
def test_the_rest_comes_with_the_weights_of_the_members(parquet_of: Parquet) -> None:
    """Members act at their second event; most events of the rest are first ones, and worth less."""
    rows: list[tuple[Any, ...]] = []
    for number in range(60):
        rows.append((f"m{number}", 0, "page"))
        rows.append((f"m{number}", 1, "demo"))
        rows += [(f"m{number}", 2, "buy")] if number < 30 else []
    for number in range(100):
        rows.append((f"r{number}", 0, "page"))
        if number < 40:
            rows.append((f"r{number}", 1, "page"))
            rows += [(f"r{number}", 2, "buy")] if number < 20 else []
    rows.append(("last", 60, "page"))
    with read(parquet_of, rows, plan_of("demo", horizon="7d")) as log:
        row = row_of(log, "demo")
    assert row["rate"] == 0.5
    assert row["rest_rate"] == 0.5  # 20 of 40 at their second event, not 20 of 100
    assert row["ratio_low"] < 1 < row["ratio_high"]
    assert row["naive_ratio"] == pytest.approx(0.5 / (20 / 101))


@pytest.mark.slow
def test_value_and_returns_are_counted_for_both_in_the_same_way(parquet_of: Parquet) -> None:
    rows: list[tuple[Any, ...]] = []
    for number in range(40):
        rows.append((f"u{number}", 0, "demo" if number < 20 else "page"))
        rows += [(f"u{number}", 1, "buy")] if number % 4 == 0 else []
        rows += [(f"u{number}", 10, "page")] if number < 5 else []
    rows.append(("last", 60, "page"))
    plan = plan_of("demo", horizon="7d", macro={"event": "buy", "value": 20, "currency": "EUR"})
    with read(parquet_of, rows, plan) as log:
        found = ml.cohorts(log, {"saw a demo": "demo"})
    row = found.to_frame().iloc[0]
    assert row["cohort"] == "saw a demo"
    assert row["value"] == pytest.approx(20 * 5 / 20)
    assert row["rest_value"] == pytest.approx(20 * 5 / 20)
    assert row["value_low"] < row["value"] < row["value_high"]
    back = found.retention.set_index("week")
    assert back["of"].tolist() == [20, 20, 20]
    assert back["back"].tolist() == [5 / 20, 5 / 20, 0]  # five buyers come in the first week
    assert back["rest"].tolist() == [5 / 20, 0, 0]
    assert "5.00 EUR" in found._repr_html_()


@pytest.mark.slow
def test_a_macro_at_the_very_time_cannot_be_told_from_one_after(parquet_of: Parquet) -> None:
    rows: list[tuple[Any, ...]] = [("last", 60, "page")]
    for number in range(40):
        rows.append((f"u{number}", 0, "demo" if number < 20 else "page"))
        rows += [(f"u{number}", 0 if number < 20 else 1, "buy")] if number % 2 else []
    with read(parquet_of, rows, plan_of("demo", horizon="7d")) as log:
        row = row_of(log, "demo")
    assert row["note"] == "recorded together with the macro"
    assert np.isnan(row["q_value"])


# ------------------------------------------------------------------ an action that does nothing


def inert_shop(seed: int, users: int, visits: float = 0.3) -> list[tuple[Any, ...]]:
    """Users come over 60 days; visits, an inert action and the macro at constant rates.

    The macro takes 30 days in the mean, the action 15. It changes nothing.
    """
    rng = np.random.default_rng(seed)
    come = rng.uniform(0, 60, users)
    buy, inert = rng.exponential(30, users), rng.exponential(15, users)
    often = rng.poisson(90 * visits, users)
    who = np.repeat(np.arange(users), often)
    when = rng.uniform(0, 90, often.sum())
    every = [(np.arange(users), np.zeros(users), "visit"), (who, when, "visit")]
    every += [(np.arange(users), inert, "inert"), (np.arange(users), buy, "buy")]
    rows: list[tuple[Any, ...]] = [("last", 90, "visit")]
    for user, time, event in every:
        seen = (time <= buy[user]) & (come[user] + time < 90)
        rows += [(f"u{n}", come[n] + t, event) for n, t in zip(user[seen], time[seen], strict=True)]
    return rows


ASKED = ["inert", "inert AND visit 3 TIMES", "inert WITHOUT visit WITHIN 1d"]


@pytest.mark.slow
def test_an_inert_action_has_a_ratio_of_1_where_the_naive_one_says_less(
    parquet_of: Parquet,
) -> None:
    with read(parquet_of, inert_shop(1, 1_000), plan_of("inert", "visit")) as log:
        found = ml.cohorts(log, ASKED[:1])
    frame = found.to_frame()
    # One log in twenty lies outside its interval; four standard errors are beyond chance.
    error = np.log(frame["ratio_high"] / frame["ratio_low"]) / 4
    assert (np.log(frame["ratio"]).abs() < 4 * error).all()
    assert (error < 0.06).all()
    assert frame["rate"].to_numpy() == pytest.approx(1 - np.exp(-14 / 30), abs=0.06)
    assert (frame["naive_ratio"] < 0.9).all()
    assert "not an effect" in " ".join(found.notes)


@pytest.mark.slow
def test_the_interval_covers_1_in_95_of_100_shops_with_an_inert_action(
    parquet_of: Parquet,
) -> None:
    ratios, covered, naive = [], [], []
    for seed in range(200, 240):
        with read(parquet_of, inert_shop(seed, 1_500), plan_of("inert", "visit")) as log:
            frame = ml.cohorts(log, ASKED).to_frame()
        ratios.append(np.log(frame["ratio"]))
        covered.append((frame["ratio_low"] <= 1) & (frame["ratio_high"] >= 1))
        naive.append(frame["naive_ratio"])
    # Of 40 intervals of 95 %, fewer than 34 cover the truth once in 100 trials.
    assert (np.sum(covered, axis=0) >= 34).all()
    assert np.abs(np.mean(ratios, axis=0)).max() < 0.03
    assert (np.mean(naive, axis=0) < 0.9).all()


@pytest.mark.slow
def test_a_planted_effect_is_found_at_its_size(parquet_of: Parquet) -> None:
    """From the action on, the rate of the macro is twice as high."""
    found = []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        rows: list[tuple[Any, ...]] = [("last", 90, "visit")]
        for user in range(2_000):
            come, act, need = rng.uniform(0, 60), rng.exponential(15), rng.exponential(60)
            buy = need if need < act else act + (need - act) / 2
            times = [0, *rng.uniform(0, 60, rng.poisson(18))]
            for event, when in [("visit", t) for t in times] + [("act", act), ("buy", buy)]:
                if when <= buy and come + when < 90:
                    rows.append((f"u{user}", come + when, event))
        with read(parquet_of, rows, plan_of("act", "visit", horizon="7d")) as log:
            row = row_of(log, "act")
        found.append(row["ratio"])
        assert row["q_value"] < 0.05
    # Some of the rest act within the horizon too, so their rate is a little above the bare one.
    bare = (1 - np.exp(-7 / 30)) / (1 - np.exp(-7 / 60))
    assert 0.75 * bare < np.mean(found) < bare


# ------------------------------------------------------------------------------ odd logs


@pytest.mark.slow
def test_nobody_in_a_cohort_is_a_row_without_figures(parquet_of: Parquet) -> None:
    rows = [("ann", 0, "page"), ("ann", 1, "buy"), ("bob", 2, "demo"), ("dan", 30, "page")]
    with read(parquet_of, rows, plan_of("demo", "page", horizon="7d")) as log:
        found = ml.cohorts(log, ["demo TWICE", "demo THEN page", "demo"])
    frame = found.to_frame()
    assert frame["size"].tolist() == [0, 0, 1]
    assert frame["rate"].isna().tolist() == [True, True, False]
    assert "nobody is a member" in frame["note"][0]
    for narrow in (False, True):
        found.plot(narrow=narrow)
        plt.close("all")
    assert "nobody is a member" in repr(found) + found._repr_html_()


@pytest.mark.slow
def test_members_at_the_end_of_the_log_are_not_followed(parquet_of: Parquet) -> None:
    rows = [("ann", 0, "page"), ("ann", 1, "buy"), ("bob", 9, "demo"), ("dan", 10, "page")]
    with read(parquet_of, rows, plan_of("demo", horizon="7d")) as log:
        found = ml.cohorts(log, "demo")
    row = found.to_frame().iloc[0]
    assert (row["size"], row["judged"], row["note"]) == (1, 0, "no member is followed for 1w")
    assert "No cohort can be compared" in found.finding


@pytest.mark.slow
def test_large_logs_are_followed_in_parts_with_the_same_figures(
    parquet_of: Parquet, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_of("inert", "visit")
    with read(parquet_of, inert_shop(3, 150), plan) as log:
        whole = ml.cohorts(log, ASKED)
        monkeypatch.setattr(following, "ROWS_A_PART", 1_000)
        parts = ml.cohorts(log, ASKED)
    pd.testing.assert_frame_equal(whole.to_frame(), parts.to_frame())
    pd.testing.assert_frame_equal(whole.retention, parts.retention)


@pytest.mark.slow
def test_a_sample_of_moments_stands_for_all(
    parquet_of: Parquet, monkeypatch: pytest.MonkeyPatch
) -> None:
    with read(parquet_of, inert_shop(4, 2_000), plan_of("inert", "visit")) as log:
        whole = ml.cohorts(log, ASKED)
        monkeypatch.setattr(following, "MOMENTS", 8_000)
        monkeypatch.setattr(following, "RETURNS", 1_000)
        some = ml.cohorts(log, ASKED)
    assert some.frame["size"].tolist() == whole.frame["size"].tolist()
    assert some.frame["rest_rate"].to_numpy() == pytest.approx(
        whole.frame["rest_rate"].to_numpy(), abs=0.03
    )
    assert some.retention["of"].sum() < 0.7 * whole.retention["of"].sum()


@pytest.mark.slow
def test_names_of_a_log_are_text_everywhere(parquet_of: Parquet) -> None:
    evil = '<b onload=x>$x_1$"'
    rows = [("ann", 0, "e"), ("ann", 1, "buy"), ("bob", 0, "page"), ("dan", 30, "page")]
    plan = plan_of({"name": evil, "event": "e"}, horizon="7d")
    with read(parquet_of, rows, plan) as log:
        found = ml.cohorts(log, {"=\x1b[31mred": f"'{evil}'"})
        assert ml.cohorts(log, f"'{evil}'").frame["size"].tolist() == [1]
    assert "\x1b" not in repr(found) + found._repr_html_()
    assert "<b onload" not in found._repr_html_()
    figure = found.plot().get_figure()
    assert figure is not None
    figure.canvas.draw()
    plt.close("all")


@pytest.mark.slow
def test_a_repeated_macro_is_the_next_one_of_those_who_have_had_one(parquet_of: Parquet) -> None:
    review = {"name": "review", "event": "review", "after": "macro"}
    rows = [
        ("ann", 0, "buy"), ("ann", 1, "review"), ("ann", 2, "buy"),
        ("bob", 0, "buy"), ("bob", 1, "page"), ("cem", 0, "review"), ("dan", 30, "page"),
    ]  # fmt: skip
    macro = {"event": "buy", "repeat": True}
    with read(parquet_of, rows, plan_of(review, horizon="7d", macro=macro)) as log:
        row = row_of(log, "review")
    assert (row["size"], row["rate"], row["rest_rate"]) == (1, 1.0, 0.0)


@pytest.mark.slow
def test_a_plan_by_the_clock_has_cohorts_too(parquet_of: Parquet) -> None:
    rows = inert_shop(5, 100)
    plan = plan_of("inert", "visit", moments={"clock": "1d", "quiet": "30d"})
    with read(parquet_of, rows, plan) as log:
        assert row_of(log, "visit THEN inert WITHIN 7d")["size"] > 0


# ------------------------------------------------------------------------------- refusals

# The place is the last one in the expression of the text that is pointed at; none is the end.
SAID = [
    ("pricng AND video", r"'pricng' is no action .*nearest: 'pricing'", "pricng"),
    ("video THEN pricng", "nearest: 'pricing'", "pricng"),
    ("case study", "nearest: 'case study'(.|\n)*in quotes", "case"),
    ("pricing ADN video", r"nearest: AND", "ADN"),
    ("pricing AND", "missing before the end", ""),
    ("(pricing", "not closed", ""),
    ("pricing)", "none opened", ")"),
    ("'pricing", "never closed", "'"),
    ("video THEN pricing WITHIN 0d", "no time at all", "0d"),
    ("video THEN pricing WITHIN 3", "without a unit", "3"),
    ("video THEN pricing WITHIN", "time of WITHIN is missing", ""),
    ("pricing WITHIN 3d", "single event", "WITHIN"),
    ("NOT cart", "NOT stands alone", "NOT"),
    ("pricing THEN NOT cart", "known in time", "NOT"),
    ("cart AND NOT video WITHIN 1d", "all the time up to then", "WITHIN"),
    ("video THEN cart TWICE WITHIN 3d", "part or the whole", "WITHIN"),
    ("(cart AND video) TWICE", "counts an action", "("),
    ("(cart AND video) WITHOUT pricing", "between two actions", "("),
    ("cart 0 TIMES", "counts from 1", "0"),
    ("cart AND buy", "is the macro", "buy"),
    ("cart AND review", "comes after the macro", "review"),
]


@pytest.fixture(scope="module")
def log(parquet_of: Parquet) -> Any:
    names = ["pricing", "video", "cart", "case study"]
    rows = [(f"u{n}", n, name) for n, name in enumerate(names)]
    rows += [("u0", 5, "buy"), ("u1", 6, "review"), ("last", 30, "page")]
    plan = plan_of(*names, {"name": "review", "event": "review", "after": "macro"}, horizon="7d")
    with read(parquet_of, rows, plan) as log:
        yield log


@pytest.mark.parametrize(("expression", "said", "pointed"), SAID)
def test_a_refusal_points_at_the_place(
    log: ml.EventLog, expression: str, said: str, pointed: str
) -> None:
    with pytest.raises(InputError, match=said) as caught:
        ml.cohorts(log, expression)
    lines = str(caught.value).split("\n")
    assert lines[1] == f"    {expression}"
    place = expression.rindex(pointed)
    assert lines[2] == "    " + " " * place + "^" * max(1, len(pointed))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("", "empty expression"),
        ([" "], "empty expression"),
        ([], "has 0 cohorts"),
        ({}, "has 0 cohorts"),
        (["cart"] * 31, "has 31 cohorts"),
        (["cart", "cart "], "more than once"),
        ([7], "of type int"),
        (7, "of type int"),
        ({"": "cart"}, "1 to 100"),
        ({"x" * 10_000: "cart"}, "10,000 characters"),
        ("cart AND " * 400, "3,600 characters"),
        (" OR ".join(["cart"] * 40), "more than 30 names"),
        ("(" * 20 + "cart" + ")" * 20, "more than 10 brackets"),
        ("cart 1000000000000 TIMES", "counts from 1"),
    ],
)
def test_what_is_no_question_is_refused(log: ml.EventLog, asked: Any, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        ml.cohorts(log, asked)
    assert len(str(caught.value)) < 700


@pytest.mark.slow
def test_keywords_are_words_in_any_case_and_names_in_quotes(log: ml.EventLog) -> None:
    asked = ["'case study' or Cart".replace("Cart", "cart"), '"pricing" and not video']
    assert ml.cohorts(log, asked).frame["size"].tolist() == [2, 1]
