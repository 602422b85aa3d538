"""What the same thing is called in each engine: the few words that Ibis leaves to them."""

import ibis
import ibis.expr.types as ir

from microlift.errors import InputError, nearest

DIALECTS = ("bigquery", "databricks", "duckdb", "snowflake", "spark", "trino")
_SPARK = ("databricks", "spark")  # one language


@ibis.udf.scalar.builtin(name="epoch_us", signature=(("timestamp('UTC')",), "int64"))  # type: ignore[untyped-decorator]
def _epoch_us(time: ir.TimestampValue) -> ir.IntegerValue:
    """Microseconds since 1970, in DuckDB."""


@ibis.udf.scalar.builtin(name="unix_micros", signature=(("timestamp('UTC')",), "int64"))  # type: ignore[untyped-decorator]
def _unix_micros(time: ir.TimestampValue) -> ir.IntegerValue:
    """Microseconds since 1970, in Spark and BigQuery."""


@ibis.udf.scalar.builtin(name="date_part", signature=(("string", "timestamp('UTC')"), "int64"))  # type: ignore[untyped-decorator]
def _date_part(part: str, time: ir.TimestampValue) -> ir.IntegerValue:
    """A part of a time, in Snowflake."""


@ibis.udf.scalar.builtin(name="to_unixtime", signature=(("timestamp('UTC')",), "float64"))  # type: ignore[untyped-decorator]
def _to_unixtime(time: ir.TimestampValue) -> ir.FloatingValue:
    """Seconds since 1970, in Trino: float64 tells microseconds apart until the year 2242."""


@ibis.udf.scalar.builtin(name="md5", signature=(("string",), "string"))  # type: ignore[untyped-decorator]
def _md5_text(text: ir.StringValue) -> ir.StringValue:
    """The digest in hexadecimal digits, in DuckDB, Spark and Snowflake."""


@ibis.udf.scalar.builtin(name="md5", signature=(("binary",), "binary"))  # type: ignore[untyped-decorator]
def _md5_bytes(text: ir.BinaryValue) -> ir.BinaryValue:
    """The digest as bytes, in BigQuery and Trino."""


@ibis.udf.scalar.builtin(name="to_hex", signature=(("binary",), "string"))  # type: ignore[untyped-decorator]
def _to_hex(digest: ir.BinaryValue) -> ir.StringValue:
    """Hexadecimal digits of bytes, in BigQuery and Trino."""


@ibis.udf.scalar.builtin(name="to_utf8", signature=(("string",), "binary"))  # type: ignore[untyped-decorator]
def _to_utf8(text: ir.StringValue) -> ir.BinaryValue:
    """Bytes of a text, in Trino."""


def known_dialect(name: str) -> str:
    """Return a dialect that is known, or refuse it with the nearest one.

    Parameters
    ----------
    name : str

    Returns
    -------
    str

    Raises
    ------
    InputError

    Examples
    --------
    >>> known_dialect("bigquery")
    'bigquery'
    >>> known_dialect("bigqery")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    microlift.errors.InputError: Got the dialect 'bigqery'...
    """
    if name not in DIALECTS:
        raise InputError(
            f"Got the dialect {name[:60]!r}, for which no SQL can be written (nearest: "
            f"{nearest(name, DIALECTS)}). Write one of {', '.join(DIALECTS)}."
        )
    return name


def microseconds_of(time: ir.TimestampValue, dialect: str) -> ir.IntegerValue:
    """Count the whole microseconds of a time since 1970 UTC, in the words of an engine.

    Ibis counts seconds alone, and engines disagree on those before 1970.

    Parameters
    ----------
    time : ibis.expr.types.TimestampValue
        With a zone.
    dialect : str

    Returns
    -------
    ibis.expr.types.IntegerValue

    Examples
    --------
    >>> table = ibis.table({"at": "timestamp('UTC')"}, name="log")
    >>> print(ibis.to_sql(microseconds_of(table.at, "bigquery").name("t"), dialect="bigquery"))
    SELECT
      UNIX_MICROS(`t0`.`at`) AS `t`
    FROM `log` AS `t0`
    """
    if dialect == "duckdb":
        return _epoch_us(time)
    if dialect in (*_SPARK, "bigquery"):
        return _unix_micros(time)
    if dialect == "snowflake":
        return _date_part("epoch_microsecond", time)
    return (_to_unixtime(time) * ibis.literal(1e6, "float64")).round().cast("int64")


def digest_of(text: ir.StringValue, dialect: str) -> ir.StringValue:
    """The MD5 of a text in lower-case hexadecimal digits, in the words of an engine.

    Parameters
    ----------
    text : ibis.expr.types.StringValue
    dialect : str

    Returns
    -------
    ibis.expr.types.StringValue

    Examples
    --------
    >>> digest_of(ibis.memtable({"user": ["u1"]}).user, "duckdb").to_pyarrow().to_pylist()
    ['e4774cdda0793f86414e8b9140bb6db4']
    """
    if dialect == "bigquery":
        return _to_hex(_md5_bytes(text.cast("binary"))).lower()
    if dialect == "trino":
        return _to_hex(_md5_bytes(_to_utf8(text))).lower()
    return _md5_text(text)


def first_of(items: ir.ArrayValue, dialect: str) -> ir.Value:
    """The first member of a list, null where it is empty, in the words of an engine.

    Parameters
    ----------
    items : ibis.expr.types.ArrayValue
    dialect : str

    Returns
    -------
    ibis.expr.types.Value

    Examples
    --------
    >>> table = ibis.table({"tags": "array<string>"}, name="log")
    >>> print(ibis.to_sql(first_of(table.tags, "databricks").name("tag"), dialect="databricks"))
    SELECT
      TRY_ELEMENT_AT(`t0`.`tags`, 1) AS `tag`
    FROM `log` AS `t0`
    """
    if dialect not in _SPARK:
        return items[0]
    kind = items.type()  # the plain word fails on an empty list where the session is strict

    @ibis.udf.scalar.builtin(  # type: ignore[untyped-decorator]
        name="try_element_at", signature=((kind, "int8"), kind.value_type)
    )
    def _try_element_at(items: ir.ArrayValue, place: int) -> ir.Value:
        """A member of a list by its place, in Spark."""

    found: ir.Value = _try_element_at(items, 1)
    return found
