"""Cells that were counted elsewhere, as the moments that models take."""

import hashlib
from collections.abc import Mapping
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from microlift.errors import InputError
from microlift.events.parts import part_of
from microlift.moments import Moments, Totals
from microlift.moments.counting import parts_of
from microlift.moments.passed import COUNTS as PASSED
from microlift.moments.passed import Passed
from microlift.moments.space import FIRST_STEP, Field, Scheme
from microlift.plan import Clock, Plan
from microlift.warehouse.counted import CountedLog, Recode, Rows, facts_of, labels_of
from microlift.warehouse.layout import COUNTS, SCHEMA, cells_hash, columns_of, scheme_of, values_of

PARTS = (
    "about", "fact", "row", "currency", "event", "mask", "label", "doers", "occurrences", "firsts",
    "macro_visits", "rule", "total",
)  # fmt: skip
_TOTALS = ("covered", "macros", "revenue", "all_macro_users")


def read_cells(path: str | PathLike[str], plan: Plan) -> Moments:
    """Read a file of cells, or a folder of its parts, as moments of the plan.

    Parameters
    ----------
    path : str or path
        Parquet, as `write_cells` or a warehouse wrote it; see `microlift.warehouse.layout`.
    plan : Plan
        The plan it was counted with; what makes no cells (labels, weights, guards) may differ.

    Returns
    -------
    Moments
        Without a log behind them: what needs the events themselves says so.

    Raises
    ------
    InputError
        If it is no file of cells, one of another plan or layout, or not whole.
    EventsError
        If the log that was counted is worth no estimate.
    """
    given = fspath(path)
    where = Path(given)
    if not where.exists():
        raise InputError(
            f"The file of cells {given!r} is missing. Write it with `microlift cells`, or run the "
            "script of `microlift sql` and export its last table as Parquet."
        )
    try:
        table = pq.read_table(where)
    except (pa.ArrowException, OSError) as error:
        raise InputError(
            f"The cells in {given!r} cannot be read as Parquet ({str(error).splitlines()[0][:200]})"
            ": the file is damaged, or is something else. Write it again."
        ) from error
    return moments_of(table, plan, given)


def file_of(table: pa.Table) -> bytes:
    """The bytes of a file of cells, which are the same for the same counts.

    Parameters
    ----------
    table : pyarrow.Table
        The result of `microlift.warehouse.steps.steps_of`.

    Returns
    -------
    bytes
    """
    order = [(name, "ascending") for name in table.column_names]
    made = pa.BufferOutputStream()
    pq.write_table(table.sort_by(order), made, compression="zstd")
    return bytes(made.getvalue())


def moments_of(table: pa.Table, plan: Plan, given: str) -> Moments:
    """Make moments of the counts of a log.

    Parameters
    ----------
    table : pyarrow.Table
        The result of `microlift.warehouse.steps.steps_of`.
    plan : Plan
    given : str
        What it is called in a message.

    Returns
    -------
    Moments

    Raises
    ------
    InputError, EventsError
        As `read_cells`.
    """
    table = _checked(table, plan, given)
    is_cell = pc.equal(table["part"], "cell")
    rows: dict[str, list[dict[str, Any]]] = {part: [] for part in PARTS}
    for row in table.filter(pc.invert(is_cell)).to_pylist():
        rows.setdefault(row["part"], []).append(row)
    cells = table.filter(is_cell)
    _check_whole(rows, cells, plan, given)
    labels, recodes = labels_of(rows, plan)
    facts = facts_of(rows, plan, labels, _seal(table))
    log = CountedLog(plan, facts)
    steps = tuple(sorted(row["mask"] for row in rows["mask"] if row["mask"]))
    told = next(row["n"] for row in rows["fact"] if row["name"] == "starts")
    starts = bool(told) and not isinstance(plan.moments, Clock)
    scheme = _scheme(plan, steps, starts, labels)
    frame = _cells(cells, plan, scheme, recodes, parts_of(log))
    totals = {row["name"]: row["n"] for row in rows["total"]}
    doers = _frame(rows["doers"], {"mask": "ever", "flag": "converted", "n": "users"})
    silent = facts.users - int(doers["users"].sum())
    if silent:  # users without a planned event, where starts of sessions are no moments
        none = pd.DataFrame({"ever": [0], "converted": [0], "users": [silent]})
        doers = pd.concat([doers, none]).groupby(["ever", "converted"], as_index=False).sum()
    firsts = _frame(rows["firsts"], {"mask": "fresh", "flag": "tied", "n": "n"})
    done = rows["occurrences"]
    return Moments(
        log=log,
        kind="clock" if isinstance(plan.moments, Clock) else "visits",
        starts=starts,
        reason=_reason(plan, starts),
        steps=steps,
        fields=scheme.state,
        cells=frame,
        doers=doers,
        occurrences=tuple(
            sum(row["n"] for row in done if row["mask"] >> bit & 1)
            for bit in range(len(plan.actions))
        ),
        firsts=firsts.astype({"tied": bool}),
        macro_visits=_frame(rows["macro_visits"], {"mask": "held", "n": "n"}),
        totals=Totals(users=facts.users, **{name: totals[name] for name in _TOTALS}),
        scheme=scheme,
        sample=_nobody(),
        every=1,
    )


def _checked(table: pa.Table, plan: Plan, given: str) -> pa.Table:
    """Bring the columns to their names and types, or refuse a table of another layout."""
    # Warehouses may give names in capitals, and numbers as decimals.
    table = table.rename_columns([name.lower() for name in table.column_names])
    wanted = columns_of(scheme_of(plan, starts=True))
    if "part" in table.column_names and "name" in table.column_names:
        about = table.filter(pc.equal(table["part"], "about"))
        hashes = sorted({str(name) for name in about["name"].to_pylist()})
        if hashes and hashes != [cells_hash(plan)]:
            raise InputError(
                f"The cells in {given!r} were counted under another plan (got {hashes[0][:40]}, "
                f"this plan is {cells_hash(plan)}): its actions, macro, horizon, moments or log "
                "differ, so they answer another question. Count again with this plan, or give the "
                "plan that they were counted with."
            )
    missing = [name for name in wanted if name not in table.column_names]
    if missing:
        raise InputError(
            f"{given!r} is no file of cells of this plan: of {len(wanted)} columns it lacks "
            f"{', '.join(map(repr, missing[:3]))}. Give the last table of `microlift sql`, or what "
            "`microlift cells` wrote."
        )
    types = {name: pa.string() if kind.is_string() else pa.int64() for name, kind in wanted.items()}
    try:
        return table.select(list(wanted)).cast(pa.schema(list(types.items())))
    except (pa.ArrowException, ValueError) as error:
        raise InputError(
            f"The cells in {given!r} have a column of another type ({str(error)[:200]}): all but "
            "part and name are whole numbers. Export the table as it is."
        ) from error


def _check_whole(rows: Rows, cells: pa.Table, plan: Plan, given: str) -> None:
    about, known = rows["about"], {row["name"] for row in rows["fact"]}
    schemas = {row["flag"] for row in about}
    if len(about) == 1 and schemas != {SCHEMA}:
        raise InputError(
            f"The cells in {given!r} are of layout {about[0]['flag']}, and this release reads "
            f"{SCHEMA}. Count again with this release, or install the one that wrote the query."
        )
    n = pc.sum(cells["n"]).as_py() or 0
    totals = {row["name"] for row in rows["total"]}
    whole = (
        len(about) == 1
        and (about[0]["code"], about[0]["n"]) == (len(cells), n)
        and set(values_of(plan)) <= known
        and set(_TOTALS) <= totals
        and set(rows) == set(PARTS)
        and len(known) == len(rows["fact"])
        and not any(column.null_count for column in _counted(cells, plan))
    )
    if not whole:
        said = f"{about[0]['code']:,}" if len(about) == 1 else "no"
        raise InputError(
            f"The cells in {given!r} are not whole: {len(cells):,} cells are there, and {said} "
            "were counted. A part of the export is missing, doubled or was changed. Export the "
            "table again, with all its files in one folder and nothing else in it."
        )
    for field in scheme_of(plan, starts=True).key:
        column = cells[field.name]
        if len(cells) and not 0 <= pc.min(column).as_py() <= pc.max(column).as_py() < field.size:
            raise InputError(
                f"The cells in {given!r} hold a value of {field.name!r} outside 0 .. "
                f"{field.size - 1:,}: the file was changed. Count again."
            )


def _counted(cells: pa.Table, plan: Plan) -> list[pa.ChunkedArray]:
    names = [*(field.name for field in scheme_of(plan, starts=True).key), *COUNTS]
    return [cells[name] for name in names]


def _seal(table: pa.Table) -> str:
    """Hash all counts, whatever their order: the same log and plan give the same digits."""
    names = table.column_names
    ordered = table.sort_by([(name, "ascending") for name in names]).combine_chunks()
    digest = hashlib.sha256()
    for name in names:
        column = ordered[name]
        if pa.types.is_string(column.type):
            digest.update(str(column.to_pylist()).encode())
        else:
            digest.update(column.fill_null(-1).to_numpy().tobytes())
    return digest.hexdigest()[:16]


def _scheme(
    plan: Plan, steps: tuple[int, ...], starts: bool, labels: Mapping[str, tuple[str, ...]]
) -> Scheme:
    whole = scheme_of(plan, starts)
    sizes = {f"a{i}": len(of) for i, of in enumerate(labels.values())}
    features = tuple(Field(f.name, sizes.get(f.name, f.size)) for f in whole.features)
    return Scheme(steps, features, len(plan.actions), starts)


def _cells(
    table: pa.Table, plan: Plan, scheme: Scheme, recodes: list[Recode], parts: int
) -> pd.DataFrame:
    """Cells in the codes of this log, as the embedded engine counts and sorts them."""
    frame = table.select([*(field.name for field in scheme.key), *COUNTS]).to_pandas()
    own = {mask: place for place, mask in enumerate(scheme.steps)}
    # A set of actions that the log does not have is in no cell either.
    steps = np.array([own.get(mask, -1) for mask in scheme_of(plan, True).steps], dtype=np.int64)
    at, after = frame["at"].to_numpy(), frame["next"].to_numpy()
    frame["at"] = np.where(at > 0, steps[np.maximum(at, 1) - 1] + 1, 0)
    code = steps[np.maximum(after - FIRST_STEP, 0)] + FIRST_STEP
    frame["next"] = np.where(after >= FIRST_STEP, code, after)
    for i, recode in enumerate(recodes):
        frame[f"a{i}"] = frame[f"a{i}"].map(recode).astype(np.int64)
    keys = [field.name for field in scheme.key]
    sums = frame.groupby(keys, as_index=False, sort=True)[list(COUNTS)].sum()
    if parts > 1:
        sums = sums.iloc[np.argsort(part_of(sums["bucket"].to_numpy(), parts), kind="stable")]
    types = {field.name: np.min_scalar_type(-field.size) for field in scheme.key}
    made: pd.DataFrame = sums.astype(types | dict.fromkeys(COUNTS, np.int32))
    return made.reset_index(drop=True)


def _frame(rows: list[dict[str, Any]], names: dict[str, str]) -> pd.DataFrame:
    columns = {new: [row[old] for row in rows] for old, new in names.items()}
    keys = [new for old, new in names.items() if old != "n"]
    frame = pd.DataFrame(columns).astype("int64")
    ordered: pd.DataFrame = frame.sort_values(keys, ignore_index=True)
    return ordered


def _reason(plan: Plan, starts: bool) -> str:
    if isinstance(plan.moments, Clock):
        return "the plan asks for a clock: ticks while a user is at risk"
    if starts:
        return "visits hold more than planned events, so the start of a session is a moment"
    return (
        "a session is in the log because something was done, so its start is no moment and nothing "
        "is judged from it"
    )


def _nobody() -> Passed:
    """No whole journeys: they are about single users, whose rows stay where they lie."""
    none = np.empty(0, dtype=np.int64)
    return Passed(none, none, {name: none.astype(np.int32) for name in PASSED}, none)
