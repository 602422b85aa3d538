"""What an expression of a cohort may say, as a tree."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

SESSION: Final = "session"
Wait = int | str  # microseconds, or until the session is over


@dataclass(frozen=True)
class Did:
    """An action, or one of several: a bit for each in the order of the plan."""

    actions: int


@dataclass(frozen=True)
class Times:
    """An action at least so many times, from the first to the last of them within a time."""

    of: Did
    number: int
    within: int | None = None


@dataclass(frozen=True)
class Without:
    """An action, and none of the others in the time after it: known when that time is over."""

    of: Did
    missing: Did
    within: Wait


@dataclass(frozen=True)
class Then:
    """One after the other, each with an event of its own; from the first to the last in a time."""

    parts: tuple["Node", ...]
    within: int | None = None


@dataclass(frozen=True)
class Both:
    """All of them in any order, before any of the others; from the first to the last in a time."""

    parts: tuple["Node", ...]
    nots: tuple["Node", ...] = ()
    within: int | None = None


@dataclass(frozen=True)
class Either:
    """At least one of them."""

    parts: tuple["Node", ...]


Node = Did | Times | Without | Then | Both | Either


def nodes_of(node: Node) -> Iterator[Node]:
    """Every part of an expression, itself first.

    >>> [part.actions for part in nodes_of(Either((Did(1), Did(4)))) if isinstance(part, Did)]
    [1, 4]
    """
    yield node
    if isinstance(node, Times):
        yield node.of
    elif isinstance(node, Without):
        yield from (node.of, node.missing)
    elif isinstance(node, Then | Either):
        for part in node.parts:
            yield from nodes_of(part)
    elif isinstance(node, Both):
        for part in (*node.parts, *node.nots):
            yield from nodes_of(part)
