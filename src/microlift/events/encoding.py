"""Text that is not UTF-8: told before a row of it is lost."""

import gzip
import zlib
from pathlib import Path

from microlift.errors import EventsError

MEND = (
    'Save it as UTF-8 (Excel: "CSV UTF-8"), or convert it: '
    "iconv -f WINDOWS-1252 -t UTF-8 OLD.csv > NEW.csv"
)
_HEADER = 1 << 20  # bytes of a header that are looked at


def need_utf8(file: Path) -> None:
    r"""Refuse a CSV file whose header is not UTF-8: no name of a column could be relied on.

    Parameters
    ----------
    file : Path

    Raises
    ------
    EventsError

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp(), "log.csv")
    >>> _ = file.write_bytes("Gerät;Umsatz".encode("cp1252"))
    >>> need_utf8(file)
    Traceback (most recent call last):
    microlift.errors.EventsError: The header of 'log.csv' is not UTF-8...
    >>> _ = file.write_bytes("Gerät;Umsatz".encode())
    >>> need_utf8(file)
    """
    with file.open("rb") as stream:
        zipped = stream.read(2) == b"\x1f\x8b"
    try:
        with gzip.open(file) if zipped else file.open("rb") as stream:
            stream.readline(_HEADER).decode("utf-8")
    except (EOFError, gzip.BadGzipFile, zlib.error):
        return  # told by whoever unpacks the whole
    except UnicodeDecodeError as error:
        raise EventsError(
            f"The header of {file.name!r} is not UTF-8 (byte {error.start + 1:,} cannot be read), "
            "as older Excel and many databases write it. Names with umlauts or accents could not "
            f"be told apart, and rows that hold some would be lost. {MEND}"
        ) from error
