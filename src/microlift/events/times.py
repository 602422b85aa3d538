"""Times of every kind a log may hold, as whole microseconds since 1970 in UTC."""

from datetime import UTC, datetime, timedelta

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from microlift.errors import EventsError
from microlift.events.engine import epoch_us, epoch_us_naive, instant_in_zone

SECOND, MINUTE, HOUR, DAY = 1_000_000, 60_000_000, 3_600_000_000, 86_400_000_000

# A date, perhaps a time of day, perhaps an offset. What an offset looks like on its own ("-05")
# is also how a date ends, so it counts only behind a time of day.
_OFFSET = r"\d{1,2}:\d{2}.*(Z|z|UTC|GMT|[+-]\d{2}(:?\d{2})?)\s*$"
# The engine wants seconds before an offset; ISO 8601 does not.
_TO_THE_MINUTE = r"^(\S{8,10}[Tt ]\d{1,2}:\d{2})(\s*[^\d:.\s].*)$"
# Nor does it know the space before an offset that spreadsheets and shops write.
_SPACED_OFFSET = r"(:\d{2}(?:\.\d+)?)\s+([+-]\d{2}(?::?\d{2})?)$"
_DIGITS = r"^\s*-?\d+(\.\d*)?\s*$"
_ISO = r"^\s*\d{4}-\d{1,2}-\d{1,2}"
# A date with dots has its day first wherever such dates are written; one with slashes may not.
_DOTTED = r"^\s*(\d{1,2})\.(\d{1,2})\.(\d{4})(,?\s+\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?)?\s*$"

# Numbers are counted in the unit that puts them in living memory: seconds until the year 5138,
# milliseconds from 1973, microseconds, nanoseconds.
_UNITS = ((1e11, 1_000_000), (1e14, 1_000), (1e17, 1))
_MOST = 9e18
_WHOLE_UNITS = tuple((int(limit), factor) for limit, factor in _UNITS)

# Times are packed with small codes into one 64-bit number, which leaves room for some centuries.
# What lies beyond is a date that stands for none, such as 9999-12-31.
FIRST_YEAR, LAST_YEAR = 1800, 2199
_BEGIN, _END = (
    (datetime(year, 1, 1, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta.resolution
    for year in (FIRST_YEAR, LAST_YEAR + 1)
)


# How messages say what is read.
TIMES_READ = "2025-12-31 23:59 as in ISO 8601, 31.12.2025 23:59, or a number since 1970"


def microseconds(column: ir.Value, zone: str) -> ir.IntegerValue:
    """Read a column of times as int64 microseconds since 1970 UTC; what cannot be read is null.

    Times with an offset are converted, times without one are local times in `zone`, with its
    daylight saving; dates are midnight in `zone`. Text is ISO 8601, a date with dots and its day
    first (``31.12.2025 23:59``), or a number. A number counts seconds, milli-, micro- or
    nanoseconds since 1970, by its size. Only times of the years 1800 to 2199 are read.

    Parameters
    ----------
    column : ibis.expr.types.Value
        Of type timestamp, date, text, integer or float.
    zone : str
        A time zone such as ``Europe/Berlin``.

    Returns
    -------
    ibis.expr.types.IntegerValue

    Raises
    ------
    EventsError
        If the type can hold no time.

    Examples
    --------
    >>> table = ibis.memtable({"time": ["1970-01-01T01:00:00", "1970-01-01T00:00:01Z", "2"]})
    >>> microseconds(table.time, "Europe/Berlin").to_pyarrow().to_pylist()
    [0, 1000000, 2000000]
    >>> table = ibis.memtable({"time": ["01.01.1970 01:00", "1.1.1970", "1/1/1970"]})
    >>> microseconds(table.time, "UTC").to_pyarrow().to_pylist()
    [3600000000, 0, None]
    """
    time = _microseconds(column, zone)
    return ibis.ifelse((time >= _BEGIN) & (time < _END), time, ibis.null("int64"))


def _microseconds(column: ir.Value, zone: str) -> ir.IntegerValue:
    dtype = column.type()
    if dtype.is_timestamp() and dtype.timezone is not None:
        return epoch_us(column)
    if dtype.is_timestamp() or dtype.is_date():
        return _local(column.cast("timestamp(6)"), zone)
    if dtype.is_integer():
        return _number(column.cast("int64") if _fits(dtype) else column.try_cast("int64"))
    if dtype.is_floating() or dtype.is_decimal():
        return _fraction(column.cast("float64"))
    if dtype.is_string():
        return _text(column, zone)
    raise EventsError(
        f"The time column {column.get_name()!r} has the type {dtype}, which holds no point in "
        f"time. Export it as a timestamp, text ({TIMES_READ}) or a number of seconds."
    )


def is_readable(column: ir.Value, zone: str) -> ir.BooleanValue:
    """Tell whether `microseconds` gives a time, at less cost where the type already tells.

    Parameters
    ----------
    column : ibis.expr.types.Value
    zone : str

    Returns
    -------
    ibis.expr.types.BooleanValue
        Never null.

    Examples
    --------
    >>> table = ibis.memtable({"time": ["2024-07-01", "July"]})
    >>> is_readable(table.time, "UTC").to_pyarrow().to_pylist()
    [True, False]
    """
    dtype = column.type()
    if dtype.is_date() or (dtype.is_timestamp() and dtype.timezone is None):
        # A day off either end, so that no zone moves a time out of what can be read.
        local = column.cast("timestamp(6)")
        begin = ibis.timestamp(f"{FIRST_YEAR}-01-02")
        return ((local >= begin) & (local < ibis.timestamp(f"{LAST_YEAR}-12-31"))).fill_null(False)
    return microseconds(column, zone).notnull()


def _local(column: ir.TimestampValue, zone: str) -> ir.IntegerValue:
    # The calendar costs more than the whole rest of reading; UTC does without it.
    if zone == "UTC":
        return epoch_us_naive(column)
    return epoch_us(instant_in_zone(zone, column))


def _fits(dtype: dt.DataType) -> bool:
    """Whether every integer of a type is a signed one of 64 bits."""
    return bool(dtype.is_signed_integer() or dtype.nbytes < 8)


def _number(column: ir.IntegerValue) -> ir.IntegerValue:
    # The lowest integer has no absolute value.
    branches = [
        ((column > -limit) & (column < limit), column * factor) for limit, factor in _WHOLE_UNITS
    ]
    return ibis.cases(*branches, else_=column // 1_000)


def _fraction(column: ir.FloatingValue) -> ir.IntegerValue:
    size = column.abs()
    branches = [(size < limit, column * factor) for limit, factor in _UNITS]
    number = ibis.cases(*branches, else_=column / 1_000)
    # What is no number, or fits no integer, would end the reading of all.
    return ibis.ifelse(number.abs() < _MOST, number, ibis.null("float64")).round()


def _text(column: ir.StringValue, zone: str) -> ir.IntegerValue:
    whole = _number(column.try_cast("int64"))
    number = column.contains(".").ifelse(_fraction(column.try_cast("float64")), whole)
    full = column.strip().re_replace(_TO_THE_MINUTE, r"\1:00\2")
    full = full.re_replace(_SPACED_OFFSET, r"\1\2")
    aware = epoch_us(full.try_cast("timestamp('UTC')"))
    local = _local(column.strip().try_cast("timestamp(6)"), zone)
    dotted = column.re_replace(_DOTTED, r"\3-\2-\1\4").replace(",", "")
    return ibis.cases(
        (column.re_search(_DIGITS), number),
        (column.re_search(_ISO), ibis.ifelse(column.re_search(_OFFSET), aware, local)),
        (column.re_search(_DOTTED), _local(dotted.try_cast("timestamp(6)"), zone)),
        else_=ibis.null("int64"),
    )
