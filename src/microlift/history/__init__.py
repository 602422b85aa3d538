"""The history of published weights: every version kept, numbered, compared, and brought back."""

from microlift.history.diff import Diff, compare
from microlift.history.last import last_published
from microlift.history.publishing import (
    Published,
    Standing,
    held,
    publish,
    rollback,
    standing,
    write,
)
from microlift.history.result import History, compare_named, history, verify
from microlift.history.verdict import Verdict

__all__ = [
    "Diff",
    "History",
    "Published",
    "Standing",
    "Verdict",
    "compare",
    "compare_named",
    "held",
    "history",
    "last_published",
    "publish",
    "rollback",
    "standing",
    "verify",
    "write",
]
