"""A file of randomised results, read into entries that fit the plan, or refused."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

from microlift.asked import as_asked
from microlift.errors import InputError, PlanError, nearest
from microlift.evidence.experiments.entry import Experiment
from microlift.plan import Plan
from microlift.plan.file import read_yaml
from microlift.plan.quoting import short

MOST_ENTRIES = 1_000
_KEY = "experiments"


@as_asked
def read_experiments(path: str | PathLike[str], plan: Plan) -> tuple[Experiment, ...]:
    """Read randomised results of actions, one entry each.

    Parameters
    ----------
    path
        A YAML file (a list of entries, or one under the key ``experiments``), or a CSV file whose
        header names the keys: action, effect, low, high, and if wanted name, measure, users,
        dates, note. See `Experiment` for what they mean.
    plan
        Its actions are those that an entry may be about.

    Returns
    -------
    tuple of Experiment
        In the order of the file.

    Raises
    ------
    InputError
        If the file cannot be read, an action is unknown or comes after the macro, an interval is
        reversed, missing or away from its effect, an effect is no ratio (a percentage, zero,
        negative), or two entries have one action and name.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> plan = Plan.from_dict({
    ...     "macro": {"event": "buy"}, "horizon": "14d",
    ...     "actions": [{"name": name, "event": name} for name in ("chat", "newsletter")],
    ... })
    >>> file = pathlib.Path(tempfile.mkdtemp(), "experiments.yaml")
    >>> _ = file.write_text('''
    ... experiments:
    ...   - {action: chat, name: spring, effect: 0.91, low: 0.84, high: 0.99, users: 48200,
    ...      dates: 2026-03-02 to 2026-03-29, note: widget hidden for one half}
    ...   - {action: chat, name: autumn, effect: 0.95, low: 0.86, high: 1.05}
    ...   - {action: newsletter, effect: 1.12, low: 1.01, high: 1.24, measure: ratio}
    ... ''')
    >>> [(entry.action, entry.name, entry.effect) for entry in read_experiments(file, plan)]
    [('chat', 'spring', 0.91), ('chat', 'autumn', 0.95), ('newsletter', '', 1.12)]

    A percentage is no ratio:

    >>> _ = file.write_text("- {action: chat, effect: 12%, low: 8%, high: 16%}")
    >>> read_experiments(file, plan)
    Traceback (most recent call last):
    microlift.errors.InputError: ...A ratio is asked: 1.12 for +12 %...
    """
    file = Path(path)
    rows = _csv_rows(file) if file.suffix.lower() == ".csv" else _yaml_rows(file)
    if not 0 < len(rows) <= MOST_ENTRIES:
        raise InputError(
            f"Experiment file {str(file)!r} holds {len(rows):,} entries, so there is nothing to "
            f"combine with the log. Write 1 to {MOST_ENTRIES:,}, such as "
            "'- {action: chat, effect: 0.91, low: 0.84, high: 0.99}'."
        )
    entries = []
    for number, row in enumerate(rows, start=1):
        try:
            entries.append(Experiment(**row))
        except InputError as error:
            raise InputError(f"Experiment file {str(file)!r}, entry {number:,}: {error}") from None
    return fitting(entries, plan)


def fitting(entries: Iterable[Experiment], plan: Plan) -> tuple[Experiment, ...]:
    """Refuse entries that are about no action of the plan, or that come twice.

    Raises
    ------
    InputError
        Naming the entry, and the nearest actions.
    """
    actions = {action.name: action for action in plan.actions}
    known = tuple(entries)
    seen: set[tuple[str, str]] = set()
    for entry in known:
        if entry.action not in actions:
            raise InputError(
                f"Experiment on {short(entry.action)} is about none of the {len(actions):,} "
                f"actions of the plan (nearest: {nearest(entry.action, actions)}), so there is no "
                "lift to combine it with. Mend the name, or add the action to the plan."
            )
        if not plan.takes_part(actions[entry.action]):
            raise InputError(
                f"Experiment on {short(entry.action)}, which comes after the macro: no lift of it "
                "is judged here. Leave it out, or write 'macro: {repeat: true}' in the plan."
            )
        if (entry.action, entry.name) in seen:
            named = f" of the name {short(entry.name)}" if entry.name else " without a name"
            raise InputError(
                f"Experiment on {short(entry.action)}{named} comes twice; counted twice it would "
                "weigh more than it knows. Remove one, or give each its own 'name'."
            )
        seen.add((entry.action, entry.name))
    return known


def _yaml_rows(file: Path) -> Sequence[Mapping[str, Any]]:
    try:
        given = read_yaml(file, "Experiment")
    except PlanError as error:
        raise InputError(str(error)) from None
    rows = given.get(_KEY) if isinstance(given, Mapping) and set(given) == {_KEY} else given
    if not isinstance(rows, list) or not all(
        isinstance(row, Mapping) and all(isinstance(key, str) for key in row) for row in rows
    ):
        raise InputError(
            f"Experiment file {str(file)!r} holds {short(given)}, not a list of entries, so it "
            "cannot be told what was found. Write 'experiments:' and under it one line each, such "
            "as '- {action: chat, effect: 0.91, low: 0.84, high: 0.99}'."
        )
    return rows


def _csv_rows(file: Path) -> Sequence[Mapping[str, Any]]:
    name = repr(str(file))
    if not file.exists():
        raise InputError(
            f"Experiment file {name} does not exist, so there is nothing to read. Mend the path."
        )
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines, strict=True)
            head = reader.fieldnames or ()
            rows = [dict(row) for _, row in zip(range(MOST_ENTRIES + 1), reader, strict=False)]
    except (csv.Error, ValueError, OSError) as error:
        raise InputError(
            f"Experiment file {name} cannot be read as CSV: {error}. Save it as UTF-8 with commas "
            "between the columns."
        ) from None
    for number, row in enumerate(rows, start=2):
        if None in row or None in row.values():
            raise InputError(
                f"Experiment file {name} has another number of cells in line {number:,} than its "
                f"header ({len(head):,}), so they cannot be told apart. Mend the line; decimals "
                "are written with a point."
            )
    # An empty cell says nothing: as if its column were not there.
    return [{key.strip(): cell for key, cell in row.items() if cell.strip()} for row in rows]
