"""One engine for the readings of many cases."""

import atexit
import shutil
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import duckdb
from ibis.backends.duckdb import Backend

from microlift.errors import EventsError
from microlift.events.engine import close, connect, of_the_files
from microlift.events.files import Source
from microlift.events.lines import count_lost_lines
from microlift.events.log import unreadable
from microlift.events.sources import open_source

from .texts import refusal

PARQUET = "SELECT user_id FROM read_parquet(?, hive_partitioning=true, hive_types_autocast=false)"


class Engine:
    """An engine that is opened anew before its catalogue grows long."""

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

    def empty(self) -> Path:
        """Its folder, with nothing in it."""
        for file in self.folder.iterdir():
            file.unlink()
        return self.folder

    def refuses_parquet(self, source: Source) -> duckdb.Error | None:
        """The error that Parquet files end in, if any, told without Ibis."""
        files = [str(file) for file in source.files]
        try:
            self.con.con.execute(PARQUET, [files]).fetchall()
        except (duckdb.BinderException, UnicodeDecodeError):
            return None  # it lacks a column (and lists names of it that are no text): others tell
        except duckdb.Error as error:
            if not of_the_files(error):
                raise
            return error
        return None


@cache
def engine() -> Engine:
    """The engine of this process."""
    return Engine()


def read_alone(
    source: Source, wanted: tuple[str, ...] | None
) -> tuple[list[dict[str, Any]], int] | None:
    """The rows of a source and the lines that were lost; None where it is refused."""
    con = engine().get()
    try:
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
