"""The history of published weights: every version kept, numbered, compared, and brought back.

A name is loaded when it is first asked for: whoever only publishes needs none of the estimators
that comparing and drawing load.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from microlift.history.diff import Diff, compare
    from microlift.history.last import LastPublished, last_published
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
    "LastPublished",
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

_HOME = {
    "diff": ("Diff", "compare"),
    "last": ("LastPublished", "last_published"),
    "publishing": ("Published", "Standing", "held", "publish", "rollback", "standing", "write"),
    "result": ("History", "compare_named", "history", "verify"),
    "verdict": ("Verdict",),
}


def __getattr__(name: str) -> object:
    for module, names in _HOME.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)


def __dir__() -> list[str]:
    return sorted(__all__)
