"""Logs as they are before anything goes wrong with them."""

import csv
import io
import json
from functools import cache

import pyarrow as pa
import pyarrow.parquet as pq

NAMES = ("user_id", "timestamp", "event", "value")
MARK = b"~0"  # in every user, and later the number of the file
# The last is the time in microseconds since 1970.
ROWS = [
    ("ann~0", "2024-07-01T10:00:00Z", "view", "1.5", "1719828000000000"),
    ("bob~0", "2024-07-01 10:00:01", "view", "", "1719828001000000"),
    ("ann~0", "1719828002", "buy", "20", "1719828002000000"),
    ("9223372036854775808~0", "2024-07-02T10:00:00+02:00", "view", "0", "1719907200000000"),
    ("ünal~0", "2024-07-03T10:00:00.123456Z", "cart, big", "3", "1720000800123456"),
    ("eve~0", "2024-07-04T10:00:00Z", 'say "hi"', "4", "1720087200000000"),
    ("o'hara~0", "2024-07-05T10:00:00Z", "two\nlines", "5", "1720173600000000"),
    ("bob~0", "2024-07-06T10:00:00Z", "buy", "7.25", "1720260000000000"),
]
PLAIN = [row for row in ROWS if not {"\n", '"', ","} & set(row[2])]


def _csv(rows: list[tuple[str, ...]], delimiter: str = ",", end: str = "\n") -> bytes:
    text = io.StringIO()
    whole = [NAMES, *(row[:4] for row in rows)]
    csv.writer(text, delimiter=delimiter, lineterminator=end).writerows(whole)
    return text.getvalue().encode()


def _json(rows: list[tuple[str, ...]]) -> bytes:
    return "".join(json.dumps(dict(zip(NAMES, row, strict=False))) + "\n" for row in rows).encode()


CSV = [
    _csv(PLAIN), _csv(PLAIN), _csv(ROWS), _csv(PLAIN, "\t"), _csv(PLAIN, ";", "\r\n"),
    b"\xef\xbb\xbf" + _csv(PLAIN), _csv(PLAIN).rstrip(b"\n"),
]  # fmt: skip
JSON = [_json(ROWS), _json(PLAIN), b"\xef\xbb\xbf" + _json(PLAIN)]
ARRAY = [json.dumps([dict(zip(NAMES, row, strict=False)) for row in ROWS]).encode()]


@cache
def parquet_files() -> list[bytes]:
    """Three Parquet files of the same rows: plain, packed, and of the second version."""
    columns = {name: [row[i] for row in ROWS] for i, name in enumerate(NAMES)}
    table = pa.table(columns)
    values = [float(row[3]) if row[3] else None for row in ROWS]
    typed = table.set_column(3, "value", pa.array(values))
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
