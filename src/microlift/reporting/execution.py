"""A notebook through papermill, in a kernel of this interpreter, judged by what really ran."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from microlift.errors import CutOffError, InputError
from microlift.grammars import leave_out_iris, unseen
from microlift.reporting import notebooks
from microlift.reporting.declarations import declared
from microlift.reporting.judgement import Judgement, judge, seconds_by_cell
from microlift.reporting.kernel import Kernel, Limits
from microlift.reporting.parameters import Value

if TYPE_CHECKING:
    from nbformat import NotebookNode

_log = logging.getLogger("papermill")
_BAR = "{desc}: {n_fmt} of {total_fmt} cells, {elapsed}"


def execute(
    source: Path, target: Path, parameters: Mapping[str, Value], quiet: bool, limits: Limits
) -> Judgement:
    """Run a notebook; write the executed one to `target`.

    papermill only warns about a parameter that the notebook does not declare; here it is
    refused, and its warning, which `float | None` is reason enough for, is not shown.
    """
    leave_out_iris()
    import nbformat

    with unseen("pyarrow"):
        import papermill
    from nbclient.exceptions import CellTimeoutError
    from papermill.exceptions import PapermillExecutionError

    lost = sorted(set(parameters) - set(declared(notebooks.read(source), source.name)))
    if lost:
        message = f"{source.name} does not declare {', '.join(lost)}: they would be lost."
        return Judgement(InputError.exit_code, message)
    cut_off = ""
    _log.addFilter(_is_news)
    with Kernel(limits, target.parent) as kernel:
        try:
            papermill.execute_notebook(
                str(source).replace("{", "{{").replace("}", "}}"),  # papermill formats both paths
                str(target).replace("{", "{{").replace("}", "}}"),
                parameters=dict(parameters),
                # No time to go: one cell estimates, and the others take next to nothing.
                progress_bar=False if quiet else {"bar_format": _BAR},
                **kernel.options(),
            )
        except PapermillExecutionError:
            pass  # its cell is in the notebook
        except (CellTimeoutError, RuntimeError) as error:  # a dead kernel is a RuntimeError too
            cut_off = kernel.reason(error)
        finally:
            _log.removeFilter(_is_news)
    done = nbformat.read(target, as_version=4)  # type: ignore[no-untyped-call]
    if cut_off:
        _confess(done)
        nbformat.write(done, target)  # type: ignore[no-untyped-call]
    judged = Judgement(CutOffError.exit_code, cut_off) if cut_off else judge(done)
    measured = {"peak_memory": kernel.peak or None, "cells": seconds_by_cell(done)}
    return replace(judged, measured=measured)


def _confess(notebook: "NotebookNode") -> None:
    """Mark cells that papermill calls completed although the kernel never finished them."""
    notebook["metadata"].setdefault("papermill", {})["exception"] = True
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code" and cell.get("execution_count") is None:
            cell["metadata"].setdefault("papermill", {})["status"] = "pending"


def _is_news(record: logging.LogRecord) -> bool:
    return not record.getMessage().startswith("Passed unknown parameter")
