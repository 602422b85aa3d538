"""The notebooks of reports: where they lie, which kinds there are, and how one is read."""

from pathlib import Path
from typing import TYPE_CHECKING

from microlift.errors import BOUNDED, InputError, nearest
from microlift.grammars import leave_out_iris

if TYPE_CHECKING:
    from nbformat import NotebookNode

WEEKLY = "weekly"
ALL = "all"
# What lies beside the reports in their folder: no kind of report may take its place.
_TAKEN = {ALL, "history", "lift", "ledger", "weights", "index"}
_HERE = Path(__file__).parent
# In an installed package the notebooks lie beside this file; in a checkout, at its root.
_FOLDERS = (_HERE / "notebooks", _HERE.parents[2] / "notebooks" / "reports")


def kinds() -> list[str]:
    """Name the kinds of report, the weekly one first.

    Examples
    --------
    >>> kinds()[0]
    'weekly'
    """
    return sorted(_known(), key=lambda kind: (kind != WEEKLY, kind))


def notebook_path(kind: str | Path) -> Path:
    """Find the notebook of a kind of report; the path of one is taken as it is.

    Raises
    ------
    InputError
        If there is none of that name.
    """
    given = Path(kind)
    if given.suffix == ".ipynb":
        if not given.is_file():
            msg = f"There is no notebook at {str(kind)!r}; give the path of an .ipynb file."
            raise InputError(msg)
        if given.stem.casefold() in _TAKEN or not given.stem.isprintable():
            msg = (
                f"A report cannot be called {given.stem!r}, because the folder of reports keeps "
                "other files under that name, or no page could show it: rename the notebook."
            )
            raise InputError(msg)
        return given
    known = _known()
    if str(kind) not in known:
        near = nearest(str(kind), known)
        msg = f"No report is called {BOUNDED.repr(str(kind))}: did you mean {near}?"
        raise InputError(msg)
    return known[str(kind)]


def is_own(source: Path) -> bool:
    """Say whether a notebook is the user's, and none of microlift's."""
    return source.resolve() not in {path.resolve() for path in _known().values()}


def read(source: Path) -> "NotebookNode":
    """Read a notebook.

    Raises
    ------
    InputError
        If it is none.
    """
    leave_out_iris()
    import nbformat

    try:
        book: NotebookNode = nbformat.read(source, as_version=4)  # type: ignore[no-untyped-call]
    except Exception as error:  # nbformat lets the errors of JSON, of its schema and of files out
        reason = str(error).partition("\n")[0][:200]
        msg = (
            f"{str(source)!r} cannot be read as a notebook ({reason}), so there is nothing to run: "
            "open it in JupyterLab and save it again, or name another one."
        )
        raise InputError(msg) from None
    return book


def title(notebook: "NotebookNode") -> str:
    """Return the first heading of a notebook; ``'Report'`` where it has none."""
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            for line in cell["source"].splitlines():
                if line.startswith("# "):
                    return str(line[2:]).strip()
    return "Report"


def _known() -> dict[str, Path]:
    known: dict[str, Path] = {}
    for folder in reversed(_FOLDERS):
        known |= {path.stem: path for path in folder.glob("*.ipynb")}
    return known
