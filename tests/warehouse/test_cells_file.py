"""Cells as a file: what comes back is judged as the log is, and nothing else is taken for cells."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from microlift.cli import main
from microlift.errors import InputError
from microlift.moments import Moments
from microlift.plan import Plan
from microlift.simulate import plan_for, simulate
from microlift.warehouse import read_cells
from microlift.warehouse.script import script_of

Damage = Callable[[pa.Table], pa.Table]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a simulated shop with its log, plan and cells."""
    folder = tmp_path_factory.mktemp("shop")
    plan_for("channels").save(folder / "plan.yaml")
    log = simulate("channels", 1_500, seed=2)
    log.to_parquet(folder / "log.parquet", coerce_timestamps="us")
    given = ["--plan", str(folder / "plan.yaml"), "--events", str(folder / "log.parquet")]
    assert main(["cells", *given, "--out", str(folder / "cells.parquet"), "--quiet"]) == 0
    return folder


@pytest.mark.slow
def test_lift_of_cells_is_the_lift_of_the_log(shop: Path, tmp_path: Path) -> None:
    plan = ["--plan", str(shop / "plan.yaml"), "--no-checks", "--quiet"]
    cells, log = shop / "cells.parquet", shop / "log.parquet"
    assert main(["lift", *plan, "--cells", str(cells), "--out", str(tmp_path / "a")]) == 0
    assert main(["lift", *plan, "--events", str(log), "--out", str(tmp_path / "b")]) == 0
    assert (tmp_path / "a" / "lift.csv").read_bytes() == (tmp_path / "b" / "lift.csv").read_bytes()


def test_what_needs_events_says_that_they_stayed_where_they_lie(shop: Path) -> None:
    found = read_cells(shop / "cells.parquet", Plan.load(shop / "plan.yaml"))
    assert found.log.facts.macros > 0
    with pytest.raises(InputError, match="only their counts came back"):
        found.log.events.count()


def test_labels_and_weights_of_a_plan_make_no_other_cells(shop: Path) -> None:
    plan = Plan.load(shop / "plan.yaml").in_mode("macro and micro")
    assert read_cells(shop / "cells.parquet", plan).mature > 0


def test_cells_of_another_plan_are_refused(shop: Path) -> None:
    plan = Plan.from_dict(Plan.load(shop / "plan.yaml").to_dict() | {"horizon": "3d"})
    with pytest.raises(InputError, match="counted under another plan"):
        read_cells(shop / "cells.parquet", plan)


def _of_layout(table: pa.Table) -> pa.Table:
    flag = pc.if_else(pc.equal(table["part"], "about"), 99, table["flag"])
    return table.set_column(table.column_names.index("flag"), "flag", flag)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda table: table.slice(0, len(table) - 1), "not whole"),
        (lambda table: pa.concat_tables([table, table]), "not whole"),
        (lambda table: table.filter(pc.not_equal(table["part"], "total")), "not whole"),
        (lambda table: table.drop_columns(["bucket"]), "lacks 'bucket'"),
        (_of_layout, "of layout 99"),
        (lambda table: table.select(["bucket"]), "no file of cells"),
    ],
)
def test_a_file_that_is_no_whole_file_of_cells_is_refused(
    damage: Damage, said: str, shop: Path, tmp_path: Path
) -> None:
    pq.write_table(damage(pq.read_table(shop / "cells.parquet")), tmp_path / "cells.parquet")
    with pytest.raises(InputError, match=said):
        read_cells(tmp_path / "cells.parquet", Plan.load(shop / "plan.yaml"))


def test_a_damaged_file_and_a_missing_one_are_refused_in_one_line(
    shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = (shop / "cells.parquet").read_bytes()
    (tmp_path / "half.parquet").write_bytes(whole[: len(whole) // 2])
    for name, said in (("half", "cannot be read as Parquet"), ("none", "is missing")):
        cells = str(tmp_path / f"{name}.parquet")
        given = ["--plan", str(shop / "plan.yaml"), "--cells", cells, "--out", str(tmp_path)]
        assert main(["lift", *given]) == 2
        told = capsys.readouterr()
        assert said in told.err
        assert "Traceback" not in told.err
    assert not (tmp_path / "lift.csv").exists()


@pytest.mark.slow
def test_the_script_gives_the_same_cells_when_others_run_it(
    shop: Path, tmp_path: Path, agree: Callable[[Moments, Moments], None]
) -> None:
    plan = Plan.load(shop / "plan.yaml")
    with duckdb.connect() as engine:
        engine.execute("SET TimeZone = 'UTC'")
        log = pd.read_parquet(shop / "log.parquet")
        engine.register("frame", log)
        engine.execute("CREATE TABLE events AS SELECT * FROM frame")
        engine.execute(script_of(plan, "duckdb", "events"))
        engine.execute(f"COPY microlift_result TO '{tmp_path / 'a.parquet'}' (FORMAT parquet)")
    agree(read_cells(tmp_path / "a.parquet", plan), read_cells(shop / "cells.parquet", plan))
