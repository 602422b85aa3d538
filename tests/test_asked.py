"""What is no log, no plan and no fitted model is refused at every public door."""

import inspect
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

import microlift as ml
from microlift.asked import as_asked
from microlift.simulate import plan_for

FROZEN = {"moments", "baselines"}  # in layers whose code a benchmark goes by
FIRST = {
    name: next(iter(inspect.signature(function).parameters), "")
    for name in ml.__all__
    if inspect.isfunction(function := getattr(ml, name))
}
DOORS = sorted(
    name for name, first in FIRST.items() if first in ("log", "model") and name not in FROZEN
)


@pytest.mark.parametrize("name", DOORS)
def test_every_function_of_a_log_or_model_refuses_a_path_and_a_frame(name: str) -> None:
    function: Callable[..., object] = getattr(ml, name)
    what = "an open log" if FIRST[name] == "log" else "a fitted model"
    asked = rf"^{name}\(\) asks for {what} as {FIRST[name]}, and got "
    more = {"cohorts": ("a",), "before_after": ("2026-01-01",), "combine": ([],)}.get(name, ())
    more = {"randomised": ("a", "b"), "conversions": (None,)}.get(name, more)
    with pytest.raises(ml.InputError, match=f"{asked}the text 'events.parquet': "):
        function("events.parquet", *more)
    with pytest.raises(ml.InputError, match=f"{asked}an object of type DataFrame with 2 rows: "):
        function(pd.DataFrame({"event": ["view", "buy"]}), *more)


def test_there_are_doors_of_both_kinds() -> None:
    assert {"rates", "check_log", "score_leads", "backtest", "run_checks", "pooled"} <= set(DOORS)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ml.read_events("no.csv", "plan.yaml"), "a plan as plan, and got the text"),
        (lambda: ml.read_events(pd.DataFrame(), plan_for("plain")), "got an object of type Data"),
        (lambda: ml.run({}, "no.csv"), "a path or a plan as plan, and got an object of type dict"),
        (lambda: ml.run(plan_for("plain"), None), "a path as events, and got None"),
        (lambda: ml.overview(plan_for("plain"), 3), "a path as events, and got an object of type"),
        (lambda: ml.Ledger.from_model("model"), r"Ledger.from_model\(\) asks for a fitted model"),
        (lambda: ml.overlap(ml.LiftModel()), "as model, and got one that is not fitted: its"),
        (lambda: ml.backlog("ledger.csv"), r"a ledger as ledger.*Ledger.from_model\(model\)"),
        (lambda: ml.rates(log="a" * 500), "and got the text 'a{40,50}[.]{3}a{40,50}': "),
    ],
)
def test_what_is_asked_for_what_was_given_and_what_to_do(
    call: Callable[[], object], message: str
) -> None:
    with pytest.raises(ml.InputError, match=message):
        call()


def test_a_log_that_is_closed_is_refused_as_such(tmp_path: Path) -> None:
    rows = [("ann", "2026-01-01", "view"), ("ann", "2026-01-02", "buy"), ("bob", "2026-01-09", "x")]
    frame = pd.DataFrame(rows, columns=["user_id", "timestamp", "event"])
    frame.to_csv(tmp_path / "log.csv", index=False)
    plan = ml.Plan.from_dict(
        {
            "macro": {"event": "buy"},
            "horizon": "1d",
            "actions": [{"name": "view", "event": "view"}],
        }
    )
    with ml.read_events(tmp_path / "log.csv", plan) as log:
        assert len(ml.rates(log).frame) == 2
    with pytest.raises(ml.InputError, match="and got one that is closed: the events are counted"):
        ml.rates(log)


def test_what_nothing_is_known_of_passes() -> None:
    @as_asked
    def twice(number: int, *more: int, text: str | None = None) -> int:
        return 2 * number + len(more) + len(text or "")

    assert twice("a" and 2, 1, text="ab") == 7
