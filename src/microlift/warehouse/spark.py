"""Counting cells on Spark: Parquet in, one small table out.

pyspark is not a dependency: `pip install "microlift[spark]"` brings it, and Java 17 or newer has to
be there. What is written on the way lies in a private folder that goes at the end.
"""

import os
import shutil
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq

from microlift.errors import InputError, MicroliftError
from microlift.events.files import Source, need_columns
from microlift.events.formats.ga4.shards import without_early
from microlift.plan import Plan
from microlift.warehouse.ga4.schema import columns_read
from microlift.warehouse.scope import check_plan
from microlift.warehouse.steps import RESULT, steps_of

_LOG = "microlift_log"
_SAME_EVERYWHERE = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "false",
    # Folders such as dt=2024-07-01 are text, as the embedded engine reads them.
    "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
}


@contextmanager
def local_session(threads: int = 2, partitions: int = 4, memory: str = "2g") -> Iterator[Any]:
    """Open a Spark session on this machine alone, and close it with all that it wrote.

    Parameters
    ----------
    threads : int, default 2
    partitions : int, default 4
        Into how many parts it shuffles; a few, since this is one machine.
    memory : str, default "2g"
        Of the Java process, in Java's words.

    Yields
    ------
    pyspark.sql.SparkSession

    Raises
    ------
    InputError
        If pyspark or Java is missing.
    """
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise InputError(
            "Spark was asked for, and the package pyspark is not installed. Install it with "
            "pip install 'microlift[spark]'; it also needs Java 17."
        ) from error
    if not (shutil.which("java") or os.environ.get("JAVA_HOME")):
        raise InputError(
            "Spark was asked for, and no Java was found: neither `java` on the path nor JAVA_HOME. "
            "Install Java 17 (on Debian: openjdk-17-jre-headless)."
        )
    folder = Path(tempfile.mkdtemp(prefix="microlift-spark-"))
    # Otherwise workers take whichever Python is on the path.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    settings = _SAME_EVERYWHERE | {
        "spark.sql.shuffle.partitions": str(partitions),
        "spark.default.parallelism": str(partitions),
        "spark.driver.memory": memory,
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
        "spark.local.dir": str(folder / "spill"),
        "spark.sql.warehouse.dir": str(folder / "tables"),
        "spark.driver.extraJavaOptions": f"-Dderby.system.home={folder} -Djava.io.tmpdir={folder}",
    }
    builder = SparkSession.builder.master(f"local[{threads}]").appName("microlift")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = None
    try:
        session = builder.getOrCreate()
        yield session
    finally:
        if session is not None:
            session.stop()
        shutil.rmtree(folder, ignore_errors=True)


def count_on_spark(session: Any, source: Source, plan: Plan) -> pa.Table:
    """Count the cells of Parquet files on a session.

    Parameters
    ----------
    session : pyspark.sql.SparkSession
        Of one's own, or from `local_session`. Its time zone is set to UTC.
    source : Source
    plan : Plan

    Returns
    -------
    pyarrow.Table
        See `microlift.warehouse.layout`.

    Raises
    ------
    InputError
        If plan or columns are none that Spark can count, or the files are no Parquet.
    MicroliftError
        If Spark fails.
    """
    if source.format != "parquet":
        raise InputError(
            f"Spark reads Parquet here, and the log {source.given!r} is {source.format}: text is "
            "read in as many ways as there are engines. Convert it to Parquet."
        )
    check_plan(plan)
    if plan.log.format == "ga4":
        source, _ = without_early(source)
    for name, value in _SAME_EVERYWHERE.items():
        session.conf.set(name, value)
    with warnings.catch_warnings(), tempfile.TemporaryDirectory(prefix="microlift-") as folder:
        warnings.simplefilter("ignore")  # those of pyspark are about its own insides
        con = ibis.pyspark.connect(session)
        files = [str(file) for file in source.files]
        reader = session.read.option("basePath", str(source.root)).option("mergeSchema", "true")
        try:
            reader.parquet(*files).createOrReplaceTempView(_LOG)
            present = con.table(_LOG).schema()
            wanted = columns_read(plan)
            if plan.log.format is None:
                need_columns(source, wanted, list(present))
            raw = ibis.table({name: present[name] for name in wanted if name in present}, name=_LOG)
            for step in steps_of(raw, plan, "spark"):
                place = f"{folder}/{step.name}"
                session.sql(con.compile(step.query)).write.parquet(place)
                session.read.parquet(place).createOrReplaceTempView(f"microlift_{step.name}")
            return pq.read_table(f"{folder}/{RESULT}")
        except InputError:
            raise
        except Exception as error:
            raise MicroliftError(
                f"Spark could not count {source.given!r}: {str(error).splitlines()[0][:300]}."
            ) from error
