"""Targets that are logs: CSV, JSON lines, one JSON array and Parquet, plain and compressed.

Files are changed byte by byte. To open a table costs some hundred times the reading of one so
small, so texts are read together, as the files of one log. What is refused before the engine has
opened it is refused alone, and so is all that would refuse the whole: each file has its own answer.
Users carry the number of their file, so rows that must be there are looked for file by file; only
the count of all lines is held to for the files together.
"""

import gzip
import io
import json
import zlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa

from microlift.errors import EventsError
from microlift.events import read_events
from microlift.events.files import Source, find_files
from microlift.events.log import unreadable
from microlift.events.sources import open_source
from microlift.plan import Plan

from .engine import engine, read_alone
from .mutate import of_bytes
from .seeds import ARRAY, CSV, JSON, MARK, NAMES, ROWS, parquet_files
from .texts import REFUSED, TAKEN, refusal

TOGETHER = 100  # files of one case
IN_REFUSED = "in a refused log"  # a file that no reader refuses alone: it has no answer of its own
WANTED = NAMES[:3]
PLAN = Plan.from_dict(
    {
        "log": {"max_rejected": 1.0},
        "macro": {"event": "buy"},
        "horizon": "1h",
        "actions": [{"name": "view", "event": "view"}],
    }
)


class _ReachedError(Exception):
    """The engine would be asked now."""


class _Door:
    """Stands where the engine does until it is asked: what is refused before costs nothing."""

    def read_csv(self, *_: Any, **__: Any) -> None:
        raise _ReachedError

    read_json = read_csv


class _File:
    """A changed file: what it was, what it is, and where it lies."""

    def __init__(self, chance: Random, seed: bytes, path: Path, zipped: bool) -> None:
        self.path = path
        self.before = seed.replace(MARK, f"~{path.name.split('.')[0]}".encode())
        self.after = of_bytes(chance, self.before)
        self.torn = False
        path.write_bytes(gzip.compress(self.after, 1) if zipped else self.after)
        if zipped and chance.random() < 0.3:
            path.write_bytes(of_bytes(chance, path.read_bytes()))
            try:
                self.after = gzip.decompress(path.read_bytes())
            except (OSError, EOFError, zlib.error):
                self.torn = path.read_bytes()[:2] == b"\x1f\x8b"
                self.after = path.read_bytes()

    def is_refused(self) -> bool:
        """Whether it is refused before the engine is asked."""
        try:
            open_source(find_files(self.path), _Door(), WANTED)  # type: ignore[arg-type]
        except _ReachedError:
            return False
        except EventsError as error:
            refusal(error)
            return True
        raise AssertionError("neither opened nor refused")


def _changed(
    chance: Random, seeds: list[bytes], ending: str, together: int = TOGETHER
) -> list[_File]:
    """Some files of one kind, compressed or not."""
    root = engine().empty()
    seed, zipped = chance.choice(seeds), chance.random() < 0.25
    names = [f"{i}.{ending}{'.gz' if zipped else ''}" for i in range(together)]
    return [_File(chance, seed, root / name, zipped) for name in names]


def _together(files: list[_File]) -> Source:
    paths = tuple(sorted(file.path for file in files))
    return Source("log", paths, find_files(paths[0]).format, paths[0].parent)


def _judge(
    files: list[_File], hold: Callable[[list[_File], list[dict[str, Any]], int], None]
) -> Counter[str]:
    """Read files together, hold the rows to what is in them, and say how each ended."""
    ends: Counter[str] = Counter()
    whole = []
    for file in files:
        if file.torn:
            assert read_alone(find_files(file.path), WANTED) is None, "a torn archive was read"
            ends[REFUSED] += 1
        elif file.is_refused():
            ends[REFUSED] += 1
        else:
            whole.append(file)
    found = read_alone(_together(whole), WANTED) if whole else None
    if found is not None:
        hold(whole, *found)
        ends[TAKEN] += len(whole)
        return ends
    for file in whole:
        alone = read_alone(find_files(file.path), WANTED)
        if alone is not None:
            hold([file], *alone)
        ends[REFUSED if alone is None else TAKEN] += 1
    assert not whole or ends[REFUSED], "files are refused together of which each can be read"
    return ends


def csv(chance: Random, folder: Path) -> Counter[str]:
    """CSV files; every line is a row or counted as lost, and untouched lines are rows."""
    files = _changed(chance, CSV, "csv")
    ends: Counter[str] = Counter()
    # A quote may join lines: of files without one the lines can be counted.
    for quoted in (True, False):
        some = [file for file in files if (b'"' in file.after) is quoted]
        ends += _judge([file for file in some if not _is_mixed(file.after)], _hold_to_lines)
        for file in some:
            if _is_mixed(file.after):
                ends += _judge([file], _hold_to_lines)
    return ends


def _is_mixed(content: bytes) -> bool:
    """Whether lines end in several ways, which the engine refuses."""
    rest = content.replace(b"\r\n", b"")
    return (b"\r\n" in content) + (b"\r" in rest) + (b"\n" in rest) > 1


def _lines(content: bytes) -> list[str]:
    decoded = content.decode("utf-8-sig", "replace")
    return [line for line in io.StringIO(decoded, newline="") if line.strip()]


def _hold_to_lines(files: list[_File], rows: list[dict[str, Any]], lost: int) -> None:
    lines = sum(max(0, len(_lines(file.after)) - 1) for file in files)
    assert len(rows) + lost <= lines, (len(rows), lost, lines)
    if any(b'"' in file.after for file in files):
        return
    assert len(rows) + lost == lines, (len(rows), lost, lines)
    got = Counter(tuple(row[name] or "" for name in WANTED) for row in rows)
    for file in files:
        wanted = Counter(_untouched(file))
        assert all(got[row] >= n for row, n in wanted.items()), (file.path.name, wanted - got)


def _untouched(file: _File) -> list[tuple[str, ...]]:
    """The rows of a file without a quote that no change has touched."""
    before, after = file.before.split(b"\n"), file.after.split(b"\n")
    if before[0] != after[0] or b"\r" in file.after.replace(b"\r\n", b""):
        return []
    mark = before[0].decode("utf-8-sig")[len(NAMES[0])]
    same = [line.decode().rstrip("\r") for line in after[1:] if line and line in before[1:]]
    return [tuple(line.split(mark)[:3]) for line in same]


def json_lines(chance: Random, folder: Path) -> Counter[str]:
    """JSON lines, and now and then one array; where every line is an object, the rows are those."""
    if chance.random() < 0.08:
        return _judge(_changed(chance, ARRAY, "json"), _hold_to_array)
    return _judge(_changed(chance, JSON, "jsonl"), _hold_to_objects)


def _hold_to_objects(files: list[_File], rows: list[dict[str, Any]], lost: int) -> None:
    got = Counter(tuple(row[name] for name in WANTED) for row in rows)
    most = whole = 0
    for file in files:
        before, after = file.before.split(b"\n"), file.after.split(b"\n")
        lines = [line for line in after if line.removeprefix(b"\xef\xbb\xbf").strip()]
        most += len(lines) + file.after.count(b"\r") + file.after.count(b"}") + 1
        objects = [_object(line) for line in after]
        if all(objects[i] is not None for i, line in enumerate(after) if line in lines):
            whole += len(lines) if b"\r" not in file.after else 0
        # An object that is not closed may take the line behind it along.
        same = [
            objects[i] for i, line in enumerate(after)
            if i and line and line in before[1:] and objects[i - 1] is not None
        ]  # fmt: skip
        wanted = Counter(tuple(each[name] for name in WANTED) for each in same if each)
        if b"\r" not in file.after:
            assert all(got[row] >= n for row, n in wanted.items()), (file.path.name, wanted - got)
    assert whole <= len(rows) <= most, (whole, len(rows), most)


def _object(line: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(line.removeprefix(b"\xef\xbb\xbf"))
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _hold_to_array(files: list[_File], rows: list[dict[str, Any]], lost: int) -> None:
    assert len(rows) <= sum(file.after.count(b"{") + 1 for file in files)


def log(chance: Random, folder: Path) -> Counter[str]:
    """Whole logs of changed files, from the file to the events; each row is counted once."""
    ending, seeds = chance.choice((("csv", UNQUOTED), ("csv", UNQUOTED), ("jsonl", JSON)))
    files = _changed(chance, seeds, ending, 3 * TOGETHER)  # to read a whole log costs half a second
    if ending == "csv":
        files = [file for file in files if _is_countable(file)]
    whole = [file for file in files if not file.torn and not file.is_refused()]
    for path in set(engine().folder.iterdir()) - {file.path for file in whole}:
        path.unlink()
    try:
        with read_events(engine().folder, PLAN, threads=1, memory="1GB", quiet=True) as read:
            facts = read.facts
            times = read.events.select("t").to_pyarrow()["t"].to_pylist()
    except EventsError as error:
        refusal(error)
        refused = [f for f in whole if read_alone(find_files(f.path), WANTED) is None]
        if not refused:
            raise
        return Counter({REFUSED: len(refused), IN_REFUSED: len(whole) - len(refused)})
    assert facts.rows == facts.events + facts.duplicates + sum(facts.rejected.values())
    if ending == "csv":
        assert facts.rows == sum(max(0, len(_lines(file.after)) - 1) for file in whole)
        wanted = Counter(T[row[1]] for file in whole for row in set(_untouched(file)))
        assert wanted <= Counter(times), wanted - Counter(times)
    return Counter({TAKEN: len(whole), REFUSED: len(files) - len(whole)})


def _is_countable(file: _File) -> bool:
    """Whether a CSV file has its old header, and lines that anybody can count."""
    same = file.before.split(b"\n")[0] == file.after.split(b"\n")[0]
    return same and b'"' not in file.after and not _is_mixed(file.after)


UNQUOTED = [seed for seed in CSV if b'"' not in seed]
# Microseconds since 1970 of the times in the seeds, as another program tells them.
T = {row[1]: int(row[4]) for row in ROWS}


def parquet(chance: Random, folder: Path) -> str:
    """A Parquet file; what can be read has no more rows than were written, or is refused."""
    file = engine().empty() / "log.parquet"
    file.write_bytes(of_bytes(chance, chance.choice(parquet_files())))
    source = find_files(file)
    # To ask the engine directly costs a third, and most of these files it refuses.
    refused = engine().refuses_parquet(source)
    if refused:
        refusal(unreadable(source, refused))
        return REFUSED
    found = read_alone(source, WANTED)
    if found is None:
        return REFUSED
    assert len(found[0]) <= 10 * len(ROWS)
    assert pa.Table.from_pylist(found[0]).num_rows == len(found[0])
    return TAKEN


TARGETS: dict[str, Callable[[Random, Path], str | Counter[str]]] = {
    "csv": csv,
    "json": json_lines,
    "log": log,
    "parquet": parquet,
}
