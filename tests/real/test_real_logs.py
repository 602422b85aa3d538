"""Whole runs on logs that nobody made for us: what an analyst would look at first."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

import microlift as ml

pytestmark = pytest.mark.real

PLANS = Path(__file__).parent / "plans"
NAMES = sorted(path.stem for path in PLANS.glob("*.yaml"))
ENDS = ["A_DECLINED", "A_CANCELLED"]
WITH_THE_MACRO = ["A_REGISTERED", "A_ACTIVATED", "O_ACCEPTED"]


@dataclass(frozen=True)
class Made:
    result: ml.RunResult
    files: dict[str, str]
    raw: pd.DataFrame

    @property
    def lifts(self) -> pd.DataFrame:
        return self.result.lift.to_frame().set_index("action")

    @property
    def calibration(self) -> pd.DataFrame:
        return self.result.model.calibration()


@pytest.fixture(scope="module")
def run(
    shared_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Made]]:
    """Run a plan on its log, once for all tests that look at it."""
    made: dict[str, Made] = {}

    def go(name: str) -> Made:
        if name not in made:
            events = shared_data / f"{name}.parquet"
            out = tmp_path_factory.mktemp(name)
            result = ml.run(PLANS / f"{name}.yaml", events, out=out, checks=False)
            written = [path for path in out.iterdir() if path.is_file()]
            files = {path.name: path.read_text("utf-8") for path in written}
            made[name] = Made(result, files, pd.read_parquet(events))
        return made[name]

    yield go
    for one in made.values():
        one.result.log.close()


@pytest.mark.parametrize("name", NAMES)
def test_a_run_ends_with_weights_or_says_why_not(run, name):
    made = run(name)
    weights = made.result.weights
    assert {"lift.csv", "ledger.csv"} <= set(made.files)
    assert ("weights.json" in made.files) == (not weights.withheld) == (not weights.reasons)
    assert made.result.exit_code == (3 if weights.withheld else 0)
    if not weights.withheld:
        content = weights.to_dict()
        whole = content["booked_total"] + content["calibration_gap"]
        assert whole == pytest.approx(content["booked_target"], rel=1e-6)
        changed = any(guard["state"] == "changed" for guard in content["guards"])
        assert changed == (content["calibration_gap"] != 0)
        assert any(action["primary"] for action in content["actions"])


@pytest.mark.parametrize("name", NAMES)
def test_the_ledger_adds_up_to_the_macros(run, name):
    made = run(name)
    total = made.result.ledger.to_frame()["credit_total"].sum()
    assert total == pytest.approx(made.result.moments.totals.macros, rel=1e-6)
    assert total > 0


@pytest.mark.parametrize("name", NAMES)
def test_the_journey_value_is_calibrated_overall_and_by_step(run, name):
    calibration = run(name).calibration
    told = calibration[calibration["kind"] != "decile"]
    # Where nobody or everybody converts, next to no gap has next to no standard error.
    gap = (told["predicted"] - told["observed"]).abs()
    assert told.loc[(told["z"].abs() >= 3) & (gap >= 0.001)].empty


@pytest.mark.parametrize("name", NAMES)
def test_the_journey_value_is_calibrated_by_decile(run, name):
    calibration = run(name).calibration
    deciles = calibration[calibration["kind"] == "decile"]
    gap = (deciles["predicted"] - deciles["observed"]).abs()
    assert deciles.loc[(deciles["z"].abs() >= 3) & (gap >= 0.001)].empty


@pytest.mark.parametrize("name", NAMES)
def test_what_comes_after_the_first_macro_is_not_counted(run, name):
    made = run(name)
    plan, raw = made.result.plan, made.raw.drop_duplicates()
    is_macro = raw["event"].isin(plan.macro.event)
    first_macro = raw[is_macro].groupby("user_id")["timestamp"].min()
    ends = raw["user_id"].map(first_macro)
    # At the macro's own time an action stands before it, and is judged as tied.
    counted = raw[ends.isna() | (raw["timestamp"] <= ends)]
    if "lifecycle" in raw:
        counted = counted[counted["lifecycle"] == "COMPLETE"]
    after = 0
    for action in plan.actions:
        mine = counted[counted["event"].isin(action.event)]
        row = made.lifts.loc[action.name]
        assert (row["users"], row["occurrences"]) == (mine["user_id"].nunique(), len(mine))
        after += int(raw["event"].isin(action.event).sum()) - len(mine)
    assert after > 0


def test_moments_are_made_as_the_log_allows(run):
    shop, cart_only, loans = map(
        run, ("retentioneering_ecom", "google_merch_events", "bpi2012_loan")
    )
    assert shop.result.moments.starts
    assert not cart_only.result.moments.starts
    assert "because something was done" in cart_only.result.moments.reason
    assert loans.result.moments.kind == "clock"


def test_a_log_of_carts_alone_gives_no_lift_of_the_cart_below_1(run):
    row = run("google_merch_events").lifts.loc["add_to_cart"]
    assert row["verdict"] != "lowers"
    assert not row["lift"] < 1


def test_beginning_the_checkout_raises_and_less_so_than_the_association_says(run):
    row = run("google_merch_events").lifts.loc["begin_checkout"]
    assert row["verdict"] == "raises"
    assert 1 < row["lift_low"] < row["lift_high"] < row["association"]


def test_payment_details_are_named_as_a_mandatory_gate_of_the_shop(run):
    made = run("retentioneering_ecom")
    raw = made.raw
    bought = raw.loc[raw["event"] == "purchase", "session_id"]
    paid = raw.loc[raw["event"] == "payment_details", "session_id"]
    assert bought.isin(paid).all()
    assert "mandatory gate" in made.lifts.loc["payment_details", "note"]


@pytest.mark.parametrize("gate", ["A_FINALIZED", "O_SENT"])
def test_mandatory_gates_of_the_loan_are_named_as_such(run, gate):
    assert "mandatory gate" in run("bpi2012_loan").lifts.loc[gate, "note"]


@pytest.mark.parametrize("action", WITH_THE_MACRO)
def test_what_is_recorded_with_the_macro_is_not_identified_and_says_so(run, action):
    row = run("bpi2012_loan").lifts.loc[action]
    assert row["verdict"] == "not identified"
    assert pd.isna(row["lift"])
    assert "recorded together with the macro" in row["note"]


@pytest.mark.parametrize("action", ENDS)
def test_ends_without_a_macro_get_no_lift_and_cost_value(run, action):
    made = run("bpi2012_loan")
    assert made.lifts.loc[action, "verdict"] == "not identified"
    assert "0 macros after doing it" in made.lifts.loc[action, "note"]
    ledger = made.result.ledger.to_frame().set_index("entry")
    assert ledger.loc[action, "credit_total"] < 0


def test_calling_about_an_offer_is_not_sold_as_raising_without_a_contrast(run):
    row = run("bpi2012_loan").lifts.loc["called after offer"]
    assert row["verdict"] != "raises" or row["note"]


def test_few_macros_make_wide_intervals(run):
    lifts = run("retentioneering_ecom").lifts
    known = lifts[lifts["lift"].notna()]
    assert (known["lift_high"] / known["lift_low"]).min() > 1.3
    rare = known[known["users"] < 200]
    assert (rare["lift_high"] / rare["lift_low"]).min() > 1.7


def test_the_error_of_the_payment_has_too_few_macros_to_be_judged(run):
    row = run("retentioneering_ecom").lifts.loc["payment_error"]
    assert row["verdict"] == "not identified"
    assert "at least 10 are needed" in row["note"]
