"""One scheduled run: a notebook through papermill, judged by what really ran, then published.

papermill reports success after `sys.exit(0)` half way, and calls every cell of a notebook whose
kernel died completed. So the executed notebook is the only witness: each code cell must have
been counted by the kernel, and none may hold an error.
"""

import ast
import os
import re
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from microlift.errors import CutOffError, InputError, MicroliftError, nearest
from microlift.folder import make, stand_for, unmark, write_atomic
from microlift.grammars import leave_out_iris
from microlift.history import held, write
from microlift.reporting import publish
from microlift.reporting.blocks import FACTS_MIME
from microlift.reporting.kernel import Kernel, Limits
from microlift.run import FILES

if TYPE_CHECKING:
    from nbformat import NotebookNode

_HERE = Path(__file__).parent
# In an installed package the notebooks lie beside this file; in a checkout, at its root.
_NOTEBOOK_FOLDERS = (_HERE / "notebooks", _HERE.parents[2] / "notebooks" / "reports")
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_PATH = re.compile(r"(?<![\w./])/(?:[\w.+-]+/)+[\w.+-]*")
_STATUS = {0: "done", 2: "input refused", 3: "done, weights withheld", 4: "cut off"}


@dataclass(frozen=True)
class ReportOutcome:
    """How a run ended.

    Attributes
    ----------
    exit_code
        0 done; 1 failed; 2 the plan or the input is wrong; 3 done, weights withheld; 4 cut off;
        75 another run holds the folder.
    html
        The published page, or None where nothing was published.
    message
        One sentence for people.
    """

    exit_code: int
    html: Path | None
    message: str


@dataclass(frozen=True)
class Judgement:
    """What an executed notebook proves: its exit code, a sentence, the facts it recorded."""

    exit_code: int
    message: str
    facts: dict[str, Any] = field(default_factory=dict)


def run_report(
    plan_path: str | Path,
    events_path: str | Path,
    out: str | Path,
    kind: str | Path = "weekly",
    quiet: bool = False,
    limits: Limits | None = None,
) -> ReportOutcome:
    """Run a report and publish it, or leave what was published as it is.

    Everything is made in out/<kind>/runs/.ID.part/. If the run is good, the page becomes
    out/<kind>/latest.html and lift.csv, ledger.csv and weights.json move to `out`, each
    file at once, the weights as the next version of its history. A failed run keeps its folder
    with the notebook as evidence; one whose input was refused leaves nothing. out/index.html lists
    the runs.

    Parameters
    ----------
    plan_path, events_path
        Passed to the notebook as absolute paths; an address with ``://`` as it is.
    out
        Folder of the reports.
    kind
        Name of a notebook of microlift, or the path of one of your own (.ipynb).
    quiet
        No progress bar.
    limits
        Time and memory; none where None.
    """
    target = Path(os.path.abspath(out))
    given = {"plan_path": _absolute(plan_path), "events_path": _absolute(events_path)}
    try:
        source = notebook_path(kind)
        with held(target, FILES):
            run = _Run(target, source.stem, given, quiet, limits or Limits())
            return run.finish(run.execute(source))
    except MicroliftError as error:
        return ReportOutcome(error.exit_code, None, str(error))


def notebook_path(kind: str | Path) -> Path:
    """Find the notebook of a kind of report; the path of one is taken as it is.

    Raises
    ------
    InputError
        If there is none of that name.
    """
    given = Path(kind)
    if given.suffix == ".ipynb":
        if given.is_file():
            return given
        msg = f"There is no notebook at {str(kind)!r}; give the path of an .ipynb file."
        raise InputError(msg)
    known: dict[str, Path] = {}
    for folder in reversed(_NOTEBOOK_FOLDERS):
        known |= {path.stem: path for path in folder.glob("*.ipynb")}
    if str(kind) not in known:
        msg = f"No report is called {str(kind)!r}: did you mean {nearest(str(kind), known)}?"
        raise InputError(msg)
    return known[str(kind)]


def judge(notebook: "NotebookNode") -> Judgement:
    """Judge an executed notebook by its cells.

    An error output decides: the exit code is that of the microlift error of its name, 4 where
    memory ran out, else 1. Without one, a code cell that the kernel never counted makes it 1.
    """
    facts: dict[str, Any] = {}
    unrun = 0
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code" or not cell["source"].strip():
            continue
        for output in cell["outputs"]:
            if output["output_type"] == "error":
                return _judge_error(output)
            facts |= output.get("data", {}).get(FACTS_MIME, {})
        unrun += cell.get("execution_count") is None
    if unrun:
        return Judgement(1, f"{unrun} code cells of the notebook never ran: no report from half.")
    if facts.get("withheld"):
        return Judgement(3, f"Weights withheld: {'; '.join(facts.get('reasons', []))}", facts)
    return Judgement(0, "Report published.", facts)


def _judge_error(output: Mapping[str, Any]) -> Judgement:
    name, value = str(output["ename"]), _ANSI.sub("", str(output["evalue"]))
    codes = {cls.__name__: cls.exit_code for cls in _family(MicroliftError)}
    codes["MemoryError"] = codes["OutOfMemoryException"] = CutOffError.exit_code
    return Judgement(codes.get(name, 1), value if name in codes and value else f"{name}: {value}")


def _family(cls: type[MicroliftError]) -> list[type[MicroliftError]]:
    return [cls, *(kin for child in cls.__subclasses__() for kin in _family(child))]


def declared_parameters(notebook: "NotebookNode") -> set[str]:
    """Return the names that the cell tagged `parameters` assigns."""
    names: set[str] = set()
    for cell in notebook["cells"]:
        if "parameters" in cell["metadata"].get("tags", []):
            for node in ast.walk(ast.parse(cell["source"])):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                    names.add(node.id)
    return names


def execute(
    source: Path, target: Path, parameters: Mapping[str, str], quiet: bool, limits: Limits
) -> Judgement:
    """Run a notebook in a kernel of this interpreter; write the executed one to `target`.

    papermill only warns about a parameter that the notebook does not declare; here it is
    refused.
    """
    leave_out_iris()
    import nbformat
    import papermill
    from nbclient.exceptions import CellTimeoutError
    from papermill.exceptions import PapermillExecutionError

    notebook = nbformat.read(source, as_version=4)  # type: ignore[no-untyped-call]
    unknown = sorted(set(parameters) - declared_parameters(notebook))
    if unknown:
        return Judgement(
            1, f"{source.name} does not declare {', '.join(unknown)}: they would be lost."
        )
    kernel = Kernel(limits)
    cut_off = ""
    try:
        papermill.execute_notebook(
            str(source).replace("{", "{{").replace("}", "}}"),  # papermill formats both paths
            str(target).replace("{", "{{").replace("}", "}}"),
            parameters=dict(parameters),
            progress_bar=not quiet,
            **kernel.options(),
        )
    except PapermillExecutionError:
        pass  # its cell is in the notebook
    except (CellTimeoutError, RuntimeError) as error:  # a dead kernel is a RuntimeError too
        cut_off = kernel.reason(error)
    done = nbformat.read(target, as_version=4)  # type: ignore[no-untyped-call]
    if cut_off:
        _confess(done)
        nbformat.write(done, target)  # type: ignore[no-untyped-call]
        return Judgement(CutOffError.exit_code, cut_off)
    return judge(done)


def _confess(notebook: "NotebookNode") -> None:
    """Mark cells that papermill calls completed although the kernel never finished them."""
    notebook["metadata"].setdefault("papermill", {})["exception"] = True
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code" and cell.get("execution_count") is None:
            cell["metadata"].setdefault("papermill", {})["status"] = "pending"


class _Run:
    """The stage of one run, and its way to the readers."""

    def __init__(
        self, out: Path, kind: str, given: Mapping[str, str], quiet: bool, limits: Limits
    ) -> None:
        self.out = out
        self.kind = kind
        self.given = given
        self.quiet = quiet
        self.limits = limits
        self.run_id = publish.new_run_id()
        self.runs = out / kind / "runs"
        self.stage = self.runs / f".{self.run_id}.part"
        self.started = time.monotonic()

    def execute(self, source: Path) -> Judgement:
        """Run the notebook in the stage and write its page there."""
        make(self.runs)
        publish.clear_orphans(self.runs)
        self.stage.mkdir()
        stand_for(self.stage, self.out)
        target = self.stage / f"{self.kind}.ipynb"
        parameters = {**self.given, "out_dir": str(self.stage)}
        judgement = execute(source, target, parameters, self.quiet, self.limits)
        return self._render(target, judgement) if judgement.exit_code in (0, 3) else judgement

    def _render(self, notebook: Path, judgement: Judgement) -> Judgement:
        import nbformat

        from microlift.reporting import gate, html

        done = nbformat.read(notebook, as_version=4)  # type: ignore[no-untyped-call]
        try:
            page = html.render(done)
            faults = gate.check(page, self._private())
        except ValueError as error:
            faults = [str(error)]
        if faults:
            return Judgement(1, f"The page was refused: {'; '.join(faults[:5])}.")
        write_atomic(self.stage / f"{self.kind}.html", page)
        return judgement

    def finish(self, judgement: Judgement) -> ReportOutcome:
        """Keep the run's folder and publish what is good; leave nothing of a refused input."""
        if judgement.exit_code == InputError.exit_code:
            publish.discard(self.stage)
            return ReportOutcome(judgement.exit_code, None, judgement.message)
        unmark(self.stage)
        publish.write_manifest(self.stage, self._manifest(judgement))
        folder = self.runs / self.run_id
        self.stage.rename(folder)
        latest = None
        if judgement.exit_code in (0, 3):
            latest = self.out / self.kind / "latest.html"
            made = {name: folder / name for name in FILES if (folder / name).exists()}
            write({name: path.read_bytes() for name, path in made.items()}, self.out)
            write_atomic(latest, (folder / f"{self.kind}.html").read_bytes())
        publish.write_index(self.out)
        return ReportOutcome(judgement.exit_code, latest, judgement.message)

    def _private(self) -> list[str]:
        """Return the places of this machine that no page may name."""
        roots = [str(place).rstrip("/") + "/" for place in (Path.home(), sys.prefix)]
        # A path of one step, such as /data, may as well be the name of a page that was visited;
        # and the home of a container's user may be the root of everything.
        given = [place for place in (*self.given.values(), str(self.out)) if place.count("/") > 1]
        return [*given, *(root for root in roots if root.count("/") > 2)]

    def _manifest(self, judgement: Judgement) -> dict[str, Any]:
        message = judgement.message
        for place in self._private():
            message = message.replace(place, "…")
        message = _PATH.sub("…", message)
        return {
            "run": self.run_id,
            "kind": self.kind,
            "status": _STATUS.get(judgement.exit_code, "failed"),
            "exit_code": judgement.exit_code,
            "message": message,
            "parameters": dict(self.given),
            "seconds": round(time.monotonic() - self.started, 2),
            "python": sys.version.split()[0],
            **judgement.facts,
        }


def _absolute(path: str | Path) -> str:
    return str(path) if "://" in str(path) else os.path.abspath(path)
