"""What libraries load when they are imported and nothing here uses, to be left out."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


def leave_out_iris() -> None:
    """Spare 35 grammars and some seconds: jsonschema takes the absence of their module lightly.

    It touches the whole process. So only what owns one calls it: the command line, and the making
    of a report.
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]


@contextmanager
def unseen(name: str) -> Iterator[None]:
    """Hide a package from what is imported inside, where that takes its absence lightly.

    papermill loads pyarrow, and with it numpy, for files in Hadoop: half a second of each report.

    >>> with unseen("no_such_package"):
    ...     "no_such_package" in sys.modules
    True
    >>> "no_such_package" in sys.modules
    False
    """
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[name]
