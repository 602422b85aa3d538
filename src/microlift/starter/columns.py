"""Which column of a log is what: by the names that exports give them, then by what they hold.

Nothing is mapped in silence. Every choice carries its reason, and what else was possible; where no
user, time or event can be told, the log is refused with the list of its columns.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from microlift.errors import EventsError, InputError, PlanError, nearest
from microlift.plan.fields import MAX_NAME
from microlift.starter.lexicon import shared, simple
from microlift.where import columns_of

Type = Literal["text", "number", "time", "truth", "other"]

NEEDED = ("user_id", "timestamp", "event")
OPTIONAL = ("session_id", "value", "currency")
MOST_EVENTS = 500  # distinct names above which a column without a telling name is no event
MOST_LABELS = 1_000  # distinct values above which a column says too little of a user
FEW_LABELS = 12  # at most so many distinct values of an attribute that no name speaks for
FILLED = 0.95
LISTED = 20

_SAID = {
    "user_id": "who did it",
    "timestamp": "when",
    "event": "what was done",
}
_TYPES: dict[str, tuple[Type, ...]] = {
    "user_id": ("text", "number"),
    "timestamp": ("time", "text", "number"),
    "event": ("text", "number"),
    "session_id": ("text", "number"),
    "value": ("number", "text"),
    "currency": ("text",),
}


@dataclass(frozen=True)
class Column:
    """A column of the log, as far as a look from outside tells.

    Attributes
    ----------
    name : str
    type : {'text', 'number', 'time', 'truth', 'other'}
        Columns of text files are text.
    filled : float
        Share of rows with a value.
    distinct : int
        Different values, approximately.
    timely : bool
        Whether practically every value can be read as a time.
    """

    name: str
    type: Type
    filled: float
    distinct: int
    timely: bool = False


@dataclass(frozen=True)
class Roles:
    """Which column is what, and why.

    Attributes
    ----------
    mapped : dict of str to str
        From our name to the log's: always user_id, timestamp and event.
    reasons : dict of str to str
        From our name to why that column, and which others were possible.
    attributes, possible : tuple of str
        Columns that may say where a user came from: by their names, and by what they hold.
    finished : str or None
        A column that says whether an entry was finished.
    sequence : tuple of str
        Columns that may order events at one time.
    """

    mapped: dict[str, str]
    reasons: dict[str, str]
    attributes: tuple[str, ...]
    possible: tuple[str, ...]
    finished: str | None
    sequence: tuple[str, ...]


def find_roles(columns: Sequence[Column], given: Mapping[str, str], log: str) -> Roles:
    """Tell which column is what.

    Parameters
    ----------
    columns : sequence of Column
    given : mapping of str to str
        What the caller says: from our name to the log's.
    log : str
        What the log is called, for messages.

    Returns
    -------
    Roles

    Raises
    ------
    InputError
        If `given` names what is not there.
    EventsError
        If no column can be told to be user, time or event.

    Examples
    --------
    >>> columns = [Column("uid", "text", 1.0, 90), Column("ts", "time", 1.0, 500),
    ...            Column("name", "text", 1.0, 7), Column("channel", "text", 1.0, 5)]
    >>> roles = find_roles(columns, {}, "log.csv")
    >>> roles.mapped, roles.attributes
    ({'user_id': 'uid', 'timestamp': 'ts', 'event': 'name'}, ('channel',))
    """
    _check_given(columns, given)
    mapped, reasons = dict(given), dict.fromkeys(given, "as you said")
    for role in (*NEEDED, *OPTIONAL):
        if role not in mapped:
            free = [each for each in columns if each.name not in mapped.values()]
            fit = [each for each in free if each.type in _TYPES[role] and each.filled > 0]
            found = _by_name(role, fit) or (role in NEEDED and _by_content(role, fit))
            if found:
                mapped[role], reasons[role] = found
    missing = [role for role in NEEDED if role not in mapped]
    if missing:
        raise _untold(missing, columns, log)
    rest = [each for each in columns if each.name not in mapped.values()]
    marks = [each.name for each in rest if len(each.name) <= MAX_NAME]
    finished = next((n for n in marks if simple(n) in shared()["finished"]["columns"]), "")
    labels = [each for each in rest if each.type in ("text", "truth") and each.name != finished]
    named = [each for each in _known("attributes", labels) if 1 < each.distinct <= MOST_LABELS]
    other = [each for each in labels if 1 < each.distinct <= FEW_LABELS and each.filled >= FILLED]
    return Roles(
        mapped=mapped,
        reasons=reasons,
        attributes=tuple(each.name for each in named),
        possible=tuple(each.name for each in other if each not in named),
        finished=finished or None,
        sequence=tuple(each.name for each in _known("sequence", rest)),
    )


def _check_given(columns: Sequence[Column], given: Mapping[str, str]) -> None:
    known, there = (*NEEDED, *OPTIONAL), [each.name for each in columns]
    for role, column in given.items():
        if role not in known:
            raise InputError(
                f"--columns names {role!r}, which is no role of a column (nearest: "
                f"{nearest(role, known)}). Write such as --columns user_id=uid."
            )
        if column not in there:
            raise InputError(
                f"--columns says {role}={column!r}, but the log has no such column among its "
                f"{len(there):,} (nearest: {nearest(column, there)}). Mend the name."
            )


def _known(role: str, columns: Sequence[Column]) -> list[Column]:
    """The columns whose names are known for a role, the likeliest name first."""
    names: list[str] = shared()["columns"][role]
    short = [each for each in columns if len(each.name) <= MAX_NAME]
    found = [each for each in short if simple(each.name) in names]
    return sorted(found, key=lambda each: names.index(simple(each.name)))


def _by_name(role: str, columns: Sequence[Column]) -> tuple[str, str] | None:
    known = _known(role, columns)
    # An id that most rows lack, as that of people who are logged in, comes behind one that is full.
    full = [each for each in known if each.filled >= FILLED] if role in NEEDED else []
    ordered = [*full, *(each for each in known if each not in full)]
    if not ordered:
        return None
    others = [each.name for each in ordered[1:]]
    return ordered[0].name, "by its name" + _also(others)


def _by_content(role: str, columns: Sequence[Column]) -> tuple[str, str] | None:
    """The one column that can be it; where several can, none is."""
    full = [each for each in columns if each.filled >= FILLED]
    if role == "timestamp":
        fit, why = [each for each in full if each.type == "time" or each.timely], "of times"
    elif role == "event":
        fit = [e for e in full if e.type == "text" and 1 < e.distinct <= MOST_EVENTS]
        why = "of few texts"
    else:
        fit = [each for each in full if each.distinct > MOST_EVENTS and each.type == "text"]
        why = "of many different texts"
    return (fit[0].name, f"the only column {why}: is it right?") if len(fit) == 1 else None


def _also(names: Sequence[str]) -> str:
    return f"; also possible: {', '.join(map(shown, names))}" if names else ""


def shown(name: str) -> str:
    r"""Write a name of the log into a comment or message: one line, bounded, nothing hidden.

    Parameters
    ----------
    name : str

    Returns
    -------
    str

    Examples
    --------
    >>> shown("add_to_cart"), shown("W_Call after offers"), shown("a\nb: c")
    ('add_to_cart', 'W_Call after offers', "'a\\nb: c'")
    """
    short = name if len(name) <= 60 else name[:57] + "..."
    plain = "".join(char for char in short if char not in "_ -./$%+()")
    return short if plain.isalnum() and short == short.strip() else repr(short)


def quoted(column: str) -> str:
    """Write the name of a column into a condition.

    Parameters
    ----------
    column : str

    Returns
    -------
    str

    Examples
    --------
    >>> quoted("value"), quoted("order total"), quoted("case")
    ('value', '"order total"', '"case"')
    """
    try:
        plain = column.isidentifier() and columns_of(f"{column} IS NULL") == {column}
    except PlanError:
        plain = False
    return column if plain else '"' + column.replace('"', '""') + '"'


def _untold(missing: Sequence[str], columns: Sequence[Column], log: str) -> EventsError:
    there = ", ".join(shown(each.name) for each in columns[:LISTED])
    more = f" and {len(columns) - LISTED:,} more" if len(columns) > LISTED else ""
    wanted = " and ".join(f"{role} ({_SAID[role]})" for role in missing)
    say = " ".join(f"{role}=COLUMN" for role in missing)
    return EventsError(
        f"The log {log!r} has no column that can be told to be {wanted}: its {len(columns):,} "
        f"columns are {there}{more}. Without it there are no sequences to measure. If one of them "
        f"is it, say so with --columns {say}; if none is, give the log of events."
    )
