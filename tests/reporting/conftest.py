from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import nbformat
import pandas as pd
import pytest

from microlift.plan import Action

mpl.use("agg")

HOSTILE = [
    "<script>alert(1)</script>",
    "price_$5_$10",
    "_resume",
    '=cmd()|"x"',
    "cart 🎉",
    "カート",
]
NAN = float("nan")


@pytest.fixture(autouse=True)
def _closed_figures():
    yield
    plt.close("all")


def lift_row(action: str, **given: Any) -> dict[str, Any]:
    row = {"action": action, "kind": "milestone", "users": 900, "occurrences": 1200}
    row |= {"association": 2.5, "association_low": 2.2, "association_high": 2.9}
    row |= {"lift": 1.4, "lift_low": 1.2, "lift_high": 1.7, "incremental_probability": 0.02}
    row |= {"incremental_low": 0.01, "incremental_high": 0.03, "q_value": 0.001}
    return row | {"verdict": "raises", "note": ""} | given


def unidentified_row(action: str, note: str) -> dict[str, Any]:
    numbers = ["association", "lift", "incremental"]
    names = [f"{n}{end}" for n in numbers for end in ("", "_low", "_high")]
    empty = dict.fromkeys([*names, "incremental_probability", "q_value"], NAN)
    empty.pop("incremental")
    return lift_row(action, **empty, verdict="not identified", note=note)


@pytest.fixture(scope="session")
def lifts() -> pd.DataFrame:
    rows = [
        lift_row(HOSTILE[0], lift=1.1, lift_low=0.9, lift_high=1.3, verdict="no evidence"),
        lift_row(HOSTILE[1]),
        lift_row(HOSTILE[2], lift=0.7, lift_low=0.6, lift_high=0.8, verdict="lowers"),
        lift_row(HOSTILE[3], lift=2.0, lift_low=1.5, lift_high=2.6),
        lift_row(HOSTILE[4], lift=1.3, lift_low=1.1, lift_high=1.6),
        unidentified_row(HOSTILE[5], "everybody did it"),
    ]
    return pd.DataFrame(rows)


@pytest.fixture(scope="session")
def ledger() -> pd.DataFrame:
    rows: list[tuple[str, str, int, float]] = [("arrival: <b>mail</b>", "arrival", 5000, 120.0)]
    rows += [(name, "action", 100, 10.0) for name in HOSTILE]
    rows += [(f"{HOSTILE[0]} (again)", "repeat", 50, -2.5)]
    rows += [("purchase", "macro", 150, 80.0), ("time between sessions", "time", 900, -12.5)]
    rows += [(f"left after {name}", "left", 300, -15.0) for name in HOSTILE[:4]]
    rows += [("still open", "open", 60, 5.0)]
    columns = ["entry", "kind", "occurrences", "credit_total"]
    frame = pd.DataFrame(rows, columns=columns)
    frame["credit_per_occurrence"] = frame["credit_total"] / frame["occurrences"]
    return frame.assign(value_total=frame["credit_total"] * 50)


def notebook(*cells: Any) -> nbformat.NotebookNode:
    return nbformat.v4.new_notebook(cells=list(cells))


def code(source: str, *outputs: Any, ran: int | None = 1, **metadata: Any) -> Any:
    return nbformat.v4.new_code_cell(
        source, outputs=list(outputs), execution_count=ran, metadata=metadata
    )


def markdown(source: str) -> Any:
    return nbformat.v4.new_markdown_cell(source)


def shown(block: Any) -> Any:
    """Return the output that a kernel makes of a value on a cell's last line."""
    bundle = block._repr_mimebundle_()
    data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
    return nbformat.v4.new_output("execute_result", data=data, metadata=metadata, execution_count=1)


def write(folder: Path, *cells: Any) -> Path:
    """Write a notebook with the parameters that every report declares."""
    parameters = code(
        'plan_path = ""\nevents_path = ""\nout_dir = ""', ran=None, tags=["parameters"]
    )
    path = folder / "tiny.ipynb"
    book = notebook(markdown("# Tiny"), parameters, *cells)
    book["metadata"]["kernelspec"] = {"name": "python3", "display_name": "x", "language": "python"}
    nbformat.write(book, path)
    return path


@pytest.fixture(scope="session")
def make() -> SimpleNamespace:
    """What several test files build their cases from."""
    return SimpleNamespace(
        hostile=HOSTILE, lift_row=lift_row, unidentified_row=unidentified_row, notebook=notebook,
        code=code, markdown=markdown, shown=shown, write=write,
    )  # fmt: skip


@pytest.fixture
def result(make):
    """What a run returns, as far as the first screen and the caveats look at it."""
    day = datetime(2026, 8, 1, tzinfo=UTC)
    facts = SimpleNamespace(
        first=day, last=day, users=20, events=90, sessions=30, macros=10, currency="EUR",
        duplicates=30, rejected={}, notes=["30 exact duplicates counted once."], whole=None,
    )  # fmt: skip
    action = {"low": 3944.61, "high": 4263.18, "primary": True, "occurrences": 7}
    book = {
        "currency": "EUR", "macro_weight": 0.0, "inflation_factor": 2.5, "calibration_gap": 0.0,
        "booked_total": 30_883_197.0,
        "actions": [{"name": "a", "weight": 4103.89} | action, {"name": "b", "weight": 9} | action],
    }  # fmt: skip
    totals = SimpleNamespace(macros=6, all_macro_users=7)
    frame = pd.DataFrame([make.lift_row("a"), make.lift_row("b")])
    return SimpleNamespace(
        log=SimpleNamespace(facts=facts),
        plan=SimpleNamespace(
            macro=SimpleNamespace(event=("sale",)),
            horizon=timedelta(days=14),
            actions=(Action(name="<b>", event="page", at_least=5, within="session"),),
            log=SimpleNamespace(attributes=[]),
            takes_part=lambda action: action.after is None,
        ),
        moments=SimpleNamespace(
            totals=totals, kind="visits", mature=9, immature=1, starts=True, reason="because"
        ),
        lift=SimpleNamespace(to_frame=lambda: frame),
        ledger=SimpleNamespace(revenue=30_883_197.0),
        weights=SimpleNamespace(to_dict=lambda: book, withheld=False, reasons=(), guards=()),
        model=SimpleNamespace(calibration=lambda: pd.DataFrame({"z": [0.1], "kind": ["overall"]})),
        previous=None, unread="", quality=None, evidence=None,
    )  # fmt: skip
