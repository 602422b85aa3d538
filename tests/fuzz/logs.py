"""Targets that are logs: CSV, JSON lines, one JSON array and Parquet, plain and compressed.

Files are changed byte by byte. To open a table costs a hundred times the reading of one so small,
so a case of these targets is read together with others, and alone where they are refused.
"""

import atexit
import csv
import gzip
import io
import json
import shutil
import zlib
from collections import Counter
from functools import cache
from pathlib import Path
from random import Random
from tempfile import mkdtemp
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.backends.duckdb import Backend

from microlift.errors import EventsError
from microlift.events.engine import close, connect, of_the_files
from microlift.events.files import Source, find_files
from microlift.events.lines import count_lost_lines
from microlift.events.log import unreadable
from microlift.events.sources import open_source

from .mutate import of_bytes
from .texts import REFUSED, TAKEN, refusal

NAMES = ("user_id", "timestamp", "event", "value")
ROWS = [
    ("ann", "2024-07-01T10:00:00Z", "view", "1.5"),
    ("bob", "2024-07-01 10:00:01", "view", ""),
    ("ann", "1719828002", "buy", "20"),
    ("9223372036854775808", "2024-07-02T10:00:00+02:00", "view", "0"),
    ("ünal", "2024-07-03T10:00:00.123456Z", "cart, big", "3"),
    ("eve", "2024-07-04T10:00:00Z", 'say "hi"', "4"),
    ("o'hara", "2024-07-05T10:00:00Z", "two\nlines", "5"),
    ("bob", "2024-07-06T10:00:00Z", "buy", "7.25"),
]


def _csv(rows: list[tuple[str, ...]], delimiter: str = ",", end: str = "\n") -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=end).writerows([NAMES, *rows])
    return text.getvalue().encode()


def _json(rows: list[tuple[str, ...]]) -> bytes:
    return "".join(json.dumps(dict(zip(NAMES, row, strict=True))) + "\n" for row in rows).encode()


@cache
def _parquet() -> list[bytes]:
    columns = {name: [row[i] for row in ROWS] for i, name in enumerate(NAMES)}
    table = pa.table(columns)
    typed = table.set_column(3, "value", pa.array([1.5, None, 20, 0, 3, 4, 5, 7.25]))
    made = []
    for each, settings in [
        (table, {"compression": "none"}),
        (typed, {"compression": "snappy"}),
        (typed, {"compression": "zstd", "use_dictionary": False, "data_page_version": "2.0"}),
    ]:
        file = io.BytesIO()
        pq.write_table(each, file, **settings)
        made.append(file.getvalue())
    return made


PLAIN = [row for row in ROWS if "\n" not in row[2] and '"' not in row[2]]
TEXTS = {
    "csv": [
        _csv(PLAIN), _csv(ROWS), _csv(PLAIN, "\t"), _csv(PLAIN, ";", "\r\n"),
        b"\xef\xbb\xbf" + _csv(PLAIN), _csv(PLAIN).rstrip(b"\n"),
    ],
    "jsonl": [_json(ROWS), _json(PLAIN), b"\xef\xbb\xbf" + _json(PLAIN)],
    "json": [json.dumps([dict(zip(NAMES, row, strict=True)) for row in ROWS]).encode()],
}  # fmt: skip


class _Engine:
    """One engine for many cases, opened anew before its catalogue grows long."""

    most = 200

    def __init__(self) -> None:
        self.folder = Path(mkdtemp(prefix="fuzz-")).resolve()
        atexit.register(shutil.rmtree, self.folder, ignore_errors=True)
        self.uses, self.con = 0, connect([self.folder], threads=1, memory="1GB")

    def get(self) -> Backend:
        self.uses += 1
        if self.uses % self.most == 0:
            close(self.con)
            self.con = connect([self.folder], threads=1, memory="1GB")
        return self.con


@cache
def engine() -> _Engine:
    return _Engine()


def _read(source: Source) -> tuple[list[dict[str, Any]], int] | None:
    """The rows of a source and the lines that were lost; None where it is refused."""
    con = engine().get()
    try:
        wanted = NAMES[:3] if source.format != "json" else None
        rows = con.to_pyarrow(open_source(source, con, wanted)).to_pylist()
        lost = count_lost_lines(source, con, len(rows)) if source.format == "csv" else 0
    except duckdb.Error as error:
        if not of_the_files(error):
            raise
        refusal(unreadable(source, error))
        return None
    except EventsError as error:
        refusal(error)
        return None
    return rows, lost


def text(chance: Random, folder: Path) -> str:
    """A text file of a log; every line is a row or counted as lost, and untouched lines are rows."""
    root = engine().folder
    ending = chance.choice(("csv", "csv", "csv", "jsonl", "jsonl", "json"))
    before = chance.choice(TEXTS[ending])
    after = of_bytes(chance, before)
    zipped = chance.random() < 0.25
    file = root / f"log.{ending}{'.gz' if zipped else ''}"
    file.write_bytes(gzip.compress(after, 1) if zipped else after)
    if zipped and chance.random() < 0.3:
        file.write_bytes(of_bytes(chance, file.read_bytes()))
        try:
            after = gzip.decompress(file.read_bytes())
        except (OSError, EOFError, zlib.error):
            assert _read(find_files(file)) is None or not _is_zip(file), "a torn archive was read"
            return REFUSED
    found = _read(find_files(file))
    file.unlink()
    if found is None:
        return REFUSED
    if ending == "csv":
        _hold_to_lines(before, after, *found)
    elif ending == "jsonl":
        _hold_to_objects(after, found[0])
    return TAKEN


def _is_zip(file: Path) -> bool:
    return file.read_bytes()[:2] == b"\x1f\x8b"


def _hold_to_lines(before: bytes, after: bytes, rows: list[dict[str, Any]], lost: int) -> None:
    decoded = after.decode("utf-8-sig", "replace")
    lines = [line for line in io.StringIO(decoded, newline="") if line.strip()][1:]
    if '"' in decoded:
        assert len(rows) + lost <= len(lines)
        return
    assert len(rows) + lost == len(lines), (len(rows), lost, len(lines))
    untouched = [line for line in after.split(b"\n")[1:] if line in before.split(b"\n")[1:]]
    head = after.split(b"\n")[0]
    if head != before.split(b"\n")[0] or b"\r" in after.replace(b"\r\n", b""):
        return
    mark = decoded[7]
    wanted = Counter(
        tuple(line.decode().rstrip("\r").split(mark)[:3]) for line in untouched if line
    )
    got = Counter(tuple(row[name] or "" for name in NAMES[:3]) for row in rows)
    assert wanted <= got, wanted - got


def _hold_to_objects(after: bytes, rows: list[dict[str, Any]]) -> None:
    """Where every line is one object, the rows are those; nothing is more than there are lines."""
    lines = [line for line in after.removeprefix(b"\xef\xbb\xbf").split(b"\n") if line.strip()]
    assert len(rows) <= len(lines) + after.count(b"\r") + after.count(b"}") + 1
    try:
        objects = [json.loads(line) for line in lines]
    except ValueError:
        return
    if all(isinstance(each, dict) for each in objects) and b"\r" not in after:
        assert len(rows) == len(objects), (len(rows), len(objects))


def parquet(chance: Random, folder: Path) -> str:
    """A Parquet file; what can be read has the rows that it was written with, or is refused."""
    root = engine().folder
    before = chance.choice(_parquet())
    file = root / "log.parquet"
    file.write_bytes(of_bytes(chance, before))
    found = _read(find_files(file))
    file.unlink()
    if found is None:
        return REFUSED
    assert len(found[0]) <= 10 * len(ROWS)
    return TAKEN


TARGETS = {"text": text, "parquet": parquet}
