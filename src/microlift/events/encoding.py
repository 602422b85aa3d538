"""Text that is not UTF-8: told before a row of it is lost."""

import gzip
import zlib
from pathlib import Path

from microlift.errors import EventsError

MEND = (
    'Save it as UTF-8 (Excel: "CSV UTF-8"), or convert it: '
    "iconv -f WINDOWS-1252 -t UTF-8 OLD.csv > NEW.csv"
)
MEND_WIDE = "Convert it: iconv -f UTF-16 -t UTF-8 OLD > NEW"
_WIDE = (b"\xff\xfe", b"\xfe\xff")  # with which files of UTF-16 and UTF-32 begin
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
    header = _begin(file)
    need_narrow(file, header)
    try:
        header.decode("utf-8")
    except UnicodeDecodeError as error:
        raise EventsError(
            f"The header of {file.name!r} is not UTF-8 (byte {error.start + 1:,} cannot be read), "
            "as older Excel and many databases write it. Names with umlauts or accents could not "
            f"be told apart, and rows that hold some would be lost. {MEND}"
        ) from error


def need_narrow(file: Path, begin: bytes | None = None) -> None:
    r"""Refuse a text of two or four bytes a character: of such a line nothing could be told.

    Parameters
    ----------
    file : Path
    begin : bytes, optional
        Its first line, where that was read already.

    Raises
    ------
    EventsError

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp(), "log.jsonl")
    >>> _ = file.write_bytes('{"user_id": "u1"}'.encode("utf-16"))
    >>> need_narrow(file)
    Traceback (most recent call last):
    microlift.errors.EventsError: The file 'log.jsonl' is not UTF-8 but UTF-16...
    """
    begin = _begin(file) if begin is None else begin
    # Without a mark at its beginning, each second character is NUL where names are of ASCII.
    few = begin[:200]
    wide = few.count(b"\0") > len(few) // 3 and b"\0" * 4 not in few
    if wide or begin.startswith(_WIDE):
        raise EventsError(
            f"The file {file.name!r} is not UTF-8 but UTF-16 or UTF-32, as some databases and "
            f"spreadsheets write, or no text at all, so no line of it can be read. {MEND_WIDE}"
        )


def _begin(file: Path) -> bytes:
    """The first line; where an archive is damaged, nothing: whoever unpacks the whole will tell."""
    with file.open("rb") as stream:
        zipped = stream.read(2) == b"\x1f\x8b"
    try:
        with gzip.open(file) if zipped else file.open("rb") as stream:
            return stream.readline(_HEADER)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        return b""
