"""Times as the file importer and the APIs of Google read them, each in its own form.

The importer takes ``+0530`` and the zone's name, in the row or for all rows in a line of
parameters; the Google Ads API ``+05:30``; Data Manager RFC 3339. What one takes another refuses.
"""

import re
from datetime import UTC, datetime, tzinfo

from microlift.export.checks.zones import zone_of
from microlift.plan.quoting import short

_FORMATS = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %I:%M:%S %p",
    "%b %d,%Y %I:%M:%S %p",
    "%b %d, %Y %I:%M:%S %p",
)
_ROW_ZONE = re.compile(r"(?P<time>.*?[0-9APMapm])\s*(?P<zone>[+-][0-9]{4}|\s[A-Za-z_]+/\S+)")
_COLON = re.compile(r".*[+-][0-9]{2}:[0-9]{2}|.*[0-9]Z")
_API = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2})([+-][0-9]{2}:[0-9]{2})")
_RFC = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_LONGEST = 80

Wrong = tuple[str, str]


def file_time(text: str, zone: tzinfo | None) -> datetime | Wrong:
    """A time in a cell, in UTC; or what is wrong with it and how to mend it.

    Examples
    --------
    >>> file_time("2026-08-01 12:00:00", zone_of("Europe/Berlin")).isoformat()
    '2026-08-01T10:00:00+00:00'
    >>> file_time("2026-08-01 12:00:00+05:30", None)[1]
    'Write 2026-08-01 12:00:00+0530.'
    """
    if len(text) > _LONGEST:
        return f"Got the time {short(text)}.", "Write it as 2026-08-01 12:00:00."
    if _COLON.fullmatch(text):
        mend = text[:-1] + "+0000" if text.endswith("Z") else text[:-3] + text[-2:]
        return f"Got the time {short(text)}; files take a zone as +0530.", f"Write {mend}."
    match = _ROW_ZONE.fullmatch(text)
    if match:
        zone = zone_of(match["zone"].strip())
        if zone is None:
            return f"Got the zone {short(match['zone'].strip())}.", "Write Europe/Madrid or +0100."
    at = _bare(match["time"] if match else text)
    if at is None:
        return f"Got the time {short(text)}.", "Write it as 2026-08-01 12:00:00."
    if zone is None:
        what = f"Got the time {short(text)} and no zone, so that its moment is not known."
        return what, "Begin the file with Parameters:TimeZone=Europe/Madrid."
    return _in_utc(at.replace(tzinfo=zone), text)


def api_time(text: object) -> datetime | Wrong:
    """A time in a request to the Google Ads API.

    Examples
    --------
    >>> api_time("2026-08-01 12:00:00+0530")[1]
    'Write it as 2026-08-01 12:00:00+05:30.'
    """
    match = _API.fullmatch(text) if isinstance(text, str) else None
    mend = "Write it as 2026-08-01 12:00:00+05:30."
    return _iso(f"{match[1]}{match[2]}", mend) if match else (f"Got the time {short(text)}.", mend)


def rfc_time(text: object) -> datetime | Wrong:
    """A time in a request to Data Manager."""
    mend = "Write it as 2026-08-01T12:00:00+05:30, or with Z."
    if not isinstance(text, str) or not _RFC.fullmatch(text):
        return f"Got the time {short(text)}.", mend
    return _iso(re.sub(r"(\.[0-9]{6})[0-9]+", r"\1", text.upper()), mend)


def _iso(text: str, mend: str) -> datetime | Wrong:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return f"Got the time {short(text)}, which no calendar has.", mend
    return _in_utc(at, text)


def _bare(text: str) -> datetime | None:
    for form in _FORMATS:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 (the zone is the file's)
        except ValueError:
            continue
    return None


def _in_utc(at: datetime, text: str) -> datetime | Wrong:
    try:
        return at.astimezone(UTC)
    except (OverflowError, ValueError):
        return f"Got the time {short(text)}, beyond any calendar.", "Write the time it happened."
