"""Whether a history is whole, in words: which version is current, what is wrong or left over."""

from dataclasses import dataclass

from microlift.history.journal import digest
from microlift.history.shelf import FOLDER, Shelf, Version
from microlift.plan.quoting import listed

_TO_MEND = "the next publication clears that up"


@dataclass(frozen=True)
class Verdict:
    """What a look at every byte of a history found.

    Attributes
    ----------
    whole
        Whether every version is there with the bytes it was published with, and weights.json is
        one of them.
    current
        The version that weights.json is, None where it is none.
    versions
        How many versions there are.
    faults
        What is wrong, and what to do.
    traces
        What a killed run or a hand left that harms nothing; the next publication records it.
    """

    whole: bool
    current: int | None
    versions: int
    faults: tuple[str, ...]
    traces: tuple[str, ...]

    @property
    def exit_code(self) -> int:
        """0 whole, 1 not."""
        return 0 if self.whole else 1

    def __repr__(self) -> str:
        lines = [self.headline, *(f"- {one}." for one in (*self.faults, *self.traces))]
        return "\n".join(lines)

    @property
    def headline(self) -> str:
        """The verdict in one sentence."""
        if not self.versions and self.whole:
            return "Nothing has been published here yet."
        state = "Whole" if self.whole else "NOT whole"
        kept = f"{self.versions:,} version{'' if self.versions == 1 else 's'}"
        if self.current is None:
            return f"{state}: {kept} kept, and weights.json is none of them."
        return f"{state}: {kept} kept, and weights.json is version {self.current}, byte for byte."


def verify(shelf: Shelf) -> Verdict:
    """Judge a folder as it was read."""
    faults = [*shelf.journal.faults, *_damage(shelf), *_gaps(shelf), *_unrecorded(shelf)]
    traces = [*_left(shelf)]
    (faults if shelf.current is None else traces).extend(_standing(shelf))
    if shelf.strangers:
        names = listed(list(shelf.strangers))
        traces.append(f"files in {FOLDER} that do not belong there, and are passed over: {names}")
    if shelf.crumbs:
        traces.append(
            f"half-written files ({listed(list(shelf.crumbs))}) of a run that was killed or is "
            f"under way: they are part of no version, and {_TO_MEND}"
        )
    versions = sum(not version.fault for version in shelf.versions.values())
    return Verdict(not faults, shelf.current, versions, tuple(faults), tuple(traces))


def _damage(shelf: Shelf) -> list[str]:
    return [
        f"version {version.number}: {version.name} {version.fault}; {_remedy(shelf, version)}"
        for version in shelf.versions.values()
        if version.fault
    ]


def _remedy(shelf: Shelf, version: Version) -> str:
    seal = version.entry.sha256 if version.entry else None
    if shelf.weights is not None and seal == digest(shelf.weights):
        return "weights.json holds its bytes: copy that there"
    return "bring it back from a backup; until then it cannot be rolled back to"


def _gaps(shelf: Shelf) -> list[str]:
    last = max(shelf.versions, default=0)
    if last <= len(shelf.versions):
        return []
    count = last - len(shelf.versions)
    first = next(number for number in range(1, last) if number not in shelf.versions)
    return [f"{count:,} of the numbers 1 to {last} are missing, the first is {first}"]


def _unrecorded(shelf: Shelf) -> list[str]:
    loose = [v.name for v in shelf.versions.values() if v.entry is None and v not in shelf.left]
    if not loose:
        return []
    why = "whether they are as they were published cannot be told"
    return [f"the log has no line for {len(loose):,} of the versions ({listed(loose)}): {why}"]


def _left(shelf: Shelf) -> list[str]:
    said = []
    for version in shelf.left:
        if version.number == shelf.current:
            said.append(
                f"version {version.number} became current, and its run was killed before the log "
                f"said so: {_TO_MEND}"
            )
        else:
            said.append(
                f"version {version.number} is kept, and its run was killed before it became "
                f"current: {_TO_MEND}"
            )
    return said


def _standing(shelf: Shelf) -> list[str]:
    told = shelf.journal.current
    back = f"microlift history rollback {told} brings it back"
    if shelf.current is not None:
        if told in (None, shelf.current) or shelf.current in {v.number for v in shelf.left}:
            return []
        return [
            f"the log speaks of version {told} as current: a rollback was killed before it was "
            f"recorded, or a file was copied by hand; {_TO_MEND}"
        ]
    if shelf.weights is None:
        return [] if told is None else [f"weights.json is missing; {back}"]
    if told is None:
        return ["weights.json is in no history yet: the next publication keeps it, as version 1"]
    return [
        "weights.json is no published version: it was changed by hand or by another program; "
        + back
    ]
