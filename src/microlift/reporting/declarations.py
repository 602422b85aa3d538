"""What a report can be asked: the parameters that its notebook declares.

The cell tagged `parameters` holds one line each, ``name: type = default  # help``. It is read, not
run: papermill's own reading loses a line with two equals signs, and takes any type.
"""

import ast
import io
import tokenize
from typing import TYPE_CHECKING, NoReturn

from microlift.errors import InputError
from microlift.reporting.parameters import TYPES, Parameter, repr_of

if TYPE_CHECKING:
    from nbformat import NotebookNode

TAG = "parameters"
GIVEN = ("plan_path", "events_path", "out_dir")  # by the runner, to every report


def declared(notebook: "NotebookNode", name: str) -> dict[str, Parameter]:
    """Read the parameters that a notebook declares, in their order.

    Parameters
    ----------
    notebook
        As read by `nbformat`.
    name
        What messages call it.

    Raises
    ------
    InputError
        If its cell holds anything else than parameters of the known types.
    """
    cells = [cell for cell in notebook["cells"] if TAG in cell["metadata"].get("tags", [])]
    if len(cells) > 1:
        msg = (
            f"{name} has {len(cells)} cells tagged {TAG!r}, of which only the first would be "
            "given values: keep one."
        )
        raise InputError(msg)
    return read_cell(cells[0]["source"], name) if cells else {}


def read_cell(source: str, name: str = "The notebook") -> dict[str, Parameter]:
    """Read the declarations of a cell.

    Parameters
    ----------
    source
        The cell.
    name
        What messages call its notebook.

    Raises
    ------
    InputError
        If it holds anything else.

    Examples
    --------
    >>> cell = read_cell("weeks: int = 8  # how many weeks to show")
    >>> cell["weeks"].default, cell["weeks"].help
    (8, 'how many weeks to show')
    """
    try:
        lines = ast.parse(source).body
        comments = _comments(source)
    except (SyntaxError, ValueError, RecursionError, tokenize.TokenError) as error:
        msg = f"{name}: its cell of parameters is no Python ({error}). Mend the notebook."
        raise InputError(msg) from None
    found: dict[str, Parameter] = {}
    for line in lines:
        told = comments.get(line.end_lineno or line.lineno, "")
        for parameter in _parameters(line, told, name):
            if parameter.name in found:
                _fault(name, line, f"{parameter.name!r} is declared twice")
            found[parameter.name] = parameter
    return found


def _comments(source: str) -> dict[int, str]:
    read = tokenize.generate_tokens(io.StringIO(source).readline)
    return {
        token.start[0]: token.string.lstrip("#").strip()
        for token in read
        if token.type == tokenize.COMMENT
    }


def _parameters(line: ast.stmt, told: str, name: str) -> list[Parameter]:
    if isinstance(line, ast.AnnAssign) and line.value is not None:
        targets, kind = [line.target], _type(ast.unparse(line.annotation))
        if kind is None:
            known = ", ".join(TYPES)
            _fault(name, line, f"the types are {known}, each also with '| None'")
    elif isinstance(line, ast.Assign):
        targets, kind = list(line.targets), None  # type: ignore[arg-type]
    else:
        _fault(name, line, "only lines such as 'weeks: int = 8  # help' may stand there")
    try:
        default = ast.literal_eval(line.value)  # type: ignore[arg-type]
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        _fault(name, line, "the default is no plain value")
    kind = kind or _type_of(default)
    if kind is None:
        _fault(name, line, "the type cannot be told from the default: declare it")
    declared: list[Parameter] = []
    for target in targets:
        if not isinstance(target, ast.Name):
            _fault(name, line, "only a name can be given a value")
        try:
            default = Parameter(target.id, *kind, None).checked(default)
        except InputError:
            _fault(name, line, f"the default is no {kind[0]}")
        declared.append(Parameter(target.id, *kind, default, told))
    return declared


def _type(annotation: str) -> tuple[str, bool] | None:
    parts = [part.strip() for part in annotation.split("|")]
    optional = "None" in parts
    known = [part for part in parts if part != "None"]
    return (known[0], optional) if len(known) == 1 and known[0] in TYPES else None


def _type_of(default: object) -> tuple[str, bool] | None:
    kind = "list[str]" if type(default) is list else type(default).__name__
    return (kind, False) if kind in TYPES else None


def _fault(name: str, line: ast.stmt, why: str) -> NoReturn:
    text = repr_of(ast.unparse(line))
    msg = (
        f"{name}: line {line.lineno} of its cell of parameters is {text}: {why}. Mend the notebook."
    )
    raise InputError(msg)
