"""Time zones as files name them: by the name of a place, or as an offset without a colon."""

import re
from datetime import timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

_OFFSET = re.compile(r"([+-])([01][0-9])([0-5][0-9])")


def zone_of(text: str) -> tzinfo | None:
    """A zone by its name or as ``+0100``; None where there is no such zone.

    Examples
    --------
    >>> zone_of("+0530"), zone_of("+05:30"), zone_of("Europe/Nowhere")
    (datetime.timezone(datetime.timedelta(seconds=19800)), None, None)
    """
    offset = _OFFSET.fullmatch(text)
    if offset:
        size = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
        return timezone(-size if offset[1] == "-" else size)
    try:
        return ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        return None
