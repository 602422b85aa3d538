"""What all tests share: the folder of real logs, the rule on skips, the time of each part."""

import os
import pickle
import sys
from collections.abc import Callable, Generator, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd
import pytest
from hypothesis import settings

from microlift.events import read_events
from microlift.models import LiftModel
from microlift.moments import moments
from microlift.simulate import plan_for, simulate
from microlift.weights import ActionWeight, MacroRecord, WeightsFile, Window

# jsonschema's format checkers compile 35 grammars for IRIs, which no schema here uses: 1.2 s an
# import of nbformat. jsonschema takes the module's absence in its stride.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

# The same examples in every run, and no deadline: a busy machine is not a failure.
# `pytest --hypothesis-profile=default` searches at random.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)

PARTS = ("slow", "real", "browser", "notebook", "spark")
ABSENT = "shared data folder is absent"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real event logs (see data/README.md); the test is skipped where it is absent."""
    named = os.environ.get("MICROLIFT_SHARED_DATA")
    folder = Path(named) if named else Path(__file__).parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"{ABSENT}: {folder}")
    return folder


@pytest.fixture(scope="session")
def parquet_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[pd.DataFrame], Path]:
    """Write a frame of events to a Parquet file of its own."""
    folder = tmp_path_factory.mktemp("logs")
    count = 0

    def write(frame: pd.DataFrame) -> Path:
        nonlocal count
        count += 1
        path = folder / f"log{count}.parquet"
        frame.to_parquet(path)
        return path

    return write


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of this run of the tests, which its workers share."""
    folder = tmp_path_factory.getbasetemp()
    return folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder


@pytest.fixture(scope="session")
def fitted(
    parquet_of: Callable[[pd.DataFrame], Path], kept: Path
) -> Iterator[Callable[..., LiftModel]]:
    """Fit a simulated shop, once for all tests and workers that ask for the same one."""
    models: dict[tuple[object, ...], LiftModel] = {}

    def fit(shop: str, users: int, seed: int, folds: int = 4, rotations: int = 3) -> LiftModel:
        key = (shop, users, seed, folds, rotations)
        if key not in models:
            file = kept / f"{'-'.join(map(str, key))}.pickle"
            if not file.exists():
                path = parquet_of(simulate(shop, users, seed))
                with read_events(path, plan_for(shop)) as log:
                    model = LiftModel(folds=folds, rotations=rotations).fit(moments(log))
                part = file.with_suffix(f".{os.getpid()}")
                part.write_bytes(pickle.dumps(model))
                part.replace(file)
            models[key] = pickle.loads(file.read_bytes())
        return models[key]

    yield fit
    models.clear()


@pytest.fixture(scope="session")
def weights_file() -> Callable[..., WeightsFile]:
    """A weights file of three actions, with whatever is changed.

    By default 100 macros of 50 EUR, shared out by cart and checkout; view is secondary.
    """
    now = datetime(2026, 8, 1, 6, 30, tzinfo=UTC)

    def action(name: str, weight: float = 0.0, occurrences: int = 1_000, **given: Any) -> Any:
        values: dict[str, Any] = {"label": name, "kind": "milestone", "events": (name,)}
        values |= {"count": "user", "low": weight / 2, "high": weight * 2, "credit": weight / 71}
        values |= {"lift": 1.5, "occurrences": occurrences, "occurrences_judged": occurrences}
        values |= {"verdict": "raises" if weight else "no evidence"}
        values |= {"primary": weight > 0, "reason": "primary: raises" if weight else "secondary"}
        return ActionWeight(name=name, weight=weight, **(values | given))

    def make(*actions: dict[str, Any], **given: Any) -> WeightsFile:
        default = (
            {"name": "view_item", "occurrences": 9_000},
            {"name": "add_to_cart", "weight": 3.2},
            {"name": "begin_checkout", "weight": 4.5, "occurrences": 400},
        )
        entries = tuple(action(**each) for each in actions or default)
        values: dict[str, Any] = {"created_at": now, "valid_until": date(2026, 8, 31)}
        values |= {"data_window": Window(first=now - timedelta(days=90), last=now)}
        values |= {"data_fingerprint": "f" * 12, "plan_hash": "a" * 12, "package_version": "0.1"}
        values |= {"currency": "EUR", "timezone": "Europe/Berlin", "horizon": "2w"}
        values |= {"mode": "micro", "revenue": 5_000.0, "macros": 100, "macro_weight": 0.0}
        values |= {"calibration_constant": 1.42, "inflation_factor": 2.5}
        values["macro"] = MacroRecord(
            name="purchase", label="purchase", events=("purchase",), value=50.0, primary=False
        )
        booked = sum(entry.weight * entry.occurrences for entry in entries)
        values |= {"booked_target": booked, "booked_total": booked, "calibration_gap": 0.0}
        return WeightsFile(**(values | given), actions=entries)

    return make


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--no-skips",
        action="store_true",
        help=f"a skip is a failure, unless its reason starts with '{ABSENT}'",
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    return _without_skip(item.config, (yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    return _without_skip(collector.config, (yield))


def _without_skip(config: pytest.Config, report: Report) -> Report:
    """Turn a skip into a failure where `--no-skips` asks for it; an expected failure stays one."""
    if not report.skipped or hasattr(report, "wasxfail") or not config.getoption("--no-skips"):
        return report
    # a skip's longrepr is (path, line, "Skipped: reason")
    reason = str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)
    if not reason.removeprefix("Skipped: ").startswith(ABSENT):
        report.outcome = "failed"
        report.longrepr = f"{reason}: with --no-skips only '{ABSENT}' may skip a test"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the seconds of each slow part, summed over processes."""
    spent = dict.fromkeys(PARTS, 0.0)
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                for part in spent.keys() & report.keywords.keys():
                    spent[part] += report.duration
    if any(spent.values()):
        line = ", ".join(f"{part} {seconds:.0f} s" for part, seconds in spent.items())
        terminalreporter.write_line(f"parts, summed over processes: {line}")
