"""Grammars of IRIs, which jsonschema compiles when it is imported and nothing here reads."""

import sys


def leave_out_iris() -> None:
    """Spare 35 grammars and some seconds: jsonschema takes the absence of their module lightly.

    It touches the whole process. So only what owns one calls it: the command line, and the making
    of a report.
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
