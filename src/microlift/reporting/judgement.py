"""What an executed notebook proves.

papermill reports success after `sys.exit(0)` half way, and calls every cell of a notebook whose
kernel died completed. So the executed notebook is the only witness: each code cell must have
been counted by the kernel, and none may hold an error.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from microlift.errors import CutOffError, MicroliftError
from microlift.reporting import facts

if TYPE_CHECKING:
    from nbformat import NotebookNode

_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


@dataclass(frozen=True)
class Judgement:
    """What an executed notebook proves: its exit code, a sentence, the facts it recorded.

    `measured` is what was seen of the run from outside: seconds by cell, peak memory.
    """

    exit_code: int
    message: str
    facts: dict[str, Any] = field(default_factory=dict)
    measured: dict[str, Any] = field(default_factory=dict)

    @property
    def good(self) -> bool:
        """Whether it is fit to be published, with or without weights."""
        return self.exit_code in (0, 3)


def judge(notebook: "NotebookNode") -> Judgement:
    """Judge an executed notebook by its cells.

    An error output decides: the exit code is that of the microlift error of its name, 4 where
    memory ran out, else 1. Without one, a code cell that the kernel never counted makes it 1.
    """
    found: dict[str, Any] = {}
    unrun = 0
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code" or not cell["source"].strip():
            continue
        for output in cell["outputs"]:
            if output["output_type"] == "error":
                return _judge_error(output)
            facts.collect(found, output.get("data", {}).get(facts.FACTS_MIME))
        unrun += cell.get("execution_count") is None
    if unrun:
        return Judgement(1, f"{unrun} code cells of the notebook never ran: no report from half.")
    if found.get("withheld"):
        return Judgement(3, f"Weights withheld: {'; '.join(found.get('reasons', []))}", found)
    return Judgement(0, "Report published.", found)


def seconds_by_cell(notebook: "NotebookNode") -> list[dict[str, Any]]:
    """List the code cells that ran: their place in the notebook and the seconds they took."""
    took = [
        (place, cell["metadata"].get("papermill", {}).get("duration"))
        for place, cell in enumerate(notebook["cells"], start=1)
        if cell["cell_type"] == "code"
    ]
    return [{"cell": place, "seconds": round(span, 3)} for place, span in took if span is not None]


def _judge_error(output: Mapping[str, Any]) -> Judgement:
    name, value = str(output["ename"]), _ANSI.sub("", str(output["evalue"]))
    codes = {cls.__name__: cls.exit_code for cls in _family(MicroliftError)}
    codes["MemoryError"] = codes["OutOfMemoryException"] = CutOffError.exit_code
    return Judgement(codes.get(name, 1), value if name in codes and value else f"{name}: {value}")


def _family(cls: type[MicroliftError]) -> list[type[MicroliftError]]:
    return [cls, *(kin for child in cls.__subclasses__() for kin in _family(child))]
