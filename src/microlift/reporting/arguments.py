"""What a report is asked: the parameters that a caller gives, held against those declared.

Everything is refused before a kernel starts. A name that the notebook does not declare would be
lost: papermill only warns.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from microlift.errors import BOUNDED, InputError, nearest
from microlift.reporting.declarations import GIVEN
from microlift.reporting.parameters import Parameter, Value

_MOST_BYTES = 1_000_000
_FLAGS = {"plan_path": "--plan", "events_path": "--events", "out_dir": "--out"}


def of_file(path: Path) -> dict[str, Any]:
    """Read a file of parameters: a mapping of names to values in JSON (.json) or in YAML.

    Raises
    ------
    InputError
        If there is none, or it holds something else.
    """
    name = repr(str(path))
    if path.is_file() and path.stat().st_size > _MOST_BYTES:
        msg = (
            f"Parameters file {name} has {path.stat().st_size:,} bytes, of which {_MOST_BYTES:,} "
            "are taken: a report is asked a few things. Is it the right file?"
        )
        raise InputError(msg)
    found = _json(path, name) if path.suffix == ".json" and path.is_file() else _yaml(path)
    if not isinstance(found, dict):
        msg = (
            f"Parameters file {name} holds no mapping but {type(found).__name__}, so that no value "
            "has a name: write one line each, such as 'weeks: 8'."
        )
        raise InputError(msg)
    return found


def _yaml(path: Path) -> object:
    from microlift.plan.file import read_yaml  # a report without a file needs none of it

    return read_yaml(path, "Parameters")


def _json(path: Path, name: str) -> object:
    try:
        return json.loads(path.read_text("utf-8-sig"), object_pairs_hook=_once)
    except (ValueError, RecursionError, OSError) as error:
        msg = f"Parameters file {name} cannot be read as JSON: {error}. Mend the file."
        raise InputError(msg) from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name is there more than once, of which only one could count")
    return found


def settle(
    reports: Mapping[str, Mapping[str, Parameter]],
    values: Mapping[Any, Any] | None = None,
    texts: Iterable[tuple[str, str]] = (),
) -> dict[str, dict[str, Value]]:
    """Hold given parameters against what reports declare.

    Where several reports are asked for, each gets what it declares, and a name has to be known to
    one of them at least.

    Parameters
    ----------
    reports
        The parameters declared, by report.
    values
        Given in Python, or in a file.
    texts
        Names and values of the command line, which go before those.

    Returns
    -------
    The parameters given to each report, with values of their declared types.

    Raises
    ------
    InputError
        If a name is unknown, or given twice on the command line, or a value is of another type.

    Examples
    --------
    >>> weeks = Parameter("weeks", "int", False, 8)
    >>> settle({"journeys": {"weeks": weeks}, "quality": {}}, texts=[("weeks", "4")])
    {'journeys': {'weeks': 4}, 'quality': {}}
    """
    said = list(texts)
    names = [name for name, _ in said]
    for name in names:
        if names.count(name) > 1:
            msg = (
                f"Parameter {BOUNDED.repr(name)} is given {names.count(name)} times, of which one "
                "could count: give it once. A list is written with commas."
            )
            raise InputError(msg)
    for name in (*names, *(values or {})):
        _need_declared(name, reports)
    settled: dict[str, dict[str, Value]] = {}
    for report, known in reports.items():
        of_values = {k: known[k].checked(v) for k, v in (values or {}).items() if k in known}
        of_texts = {k: known[k].of_text(v) for k, v in said if k in known}
        settled[report] = of_values | of_texts
    return settled


def _need_declared(name: object, reports: Mapping[str, Mapping[str, Parameter]]) -> None:
    which = " or ".join(reports) if len(reports) <= 3 else f"any of the {len(reports)} reports"
    if type(name) is not str:
        kind = type(name).__name__
        msg = f"The name of a parameter is a text, got one of type {kind}: {which} has no such."
        raise InputError(msg)
    if name in GIVEN:
        flag = _FLAGS[name]
        msg = (
            f"Parameter {name!r} is given by microlift itself, and another value would part the "
            f"report from its folder and log: say {flag} instead."
        )
        raise InputError(msg)
    known = sorted({own for declared in reports.values() for own in declared} - {*GIVEN})
    if name not in known:
        hint = f"did you mean {nearest(name, known)}?" if known else "it takes none."
        msg = (
            f"Parameter {BOUNDED.repr(name)} is not declared by {which}, which would run as if it "
            f"had not been given: {hint}"
        )
        raise InputError(msg)


def table(declared: Mapping[str, Parameter]) -> str:
    """Write the parameters of a report as an aligned table: name, type, default, help.

    Examples
    --------
    >>> weeks = Parameter("weeks", "int", False, 8, "how many weeks to show")
    >>> print(table({"weeks": weeks}))
    name   type  default  help
    weeks  int   8        how many weeks to show
    """
    rows = [("name", "type", "default", "help")]
    for name, one in declared.items():
        if name not in GIVEN:
            default = json.dumps(one.default, ensure_ascii=False)
            rows.append((name, one.declared, default, one.help))
    if len(rows) == 1:
        return "It takes no parameters."
    widths = [max(len(row[i]) for row in rows) for i in range(3)]
    return "\n".join(
        "  ".join(
            [*(part.ljust(width) for part, width in zip(row, widths, strict=False)), row[3]]
        ).rstrip()
        for row in rows
    )
