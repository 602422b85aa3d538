"""Build the committed notebooks from their percent-form sources: `python notebooks/build.py`.

The sources under `src/` are what people review and edit; the notebooks, free of outputs, are
what JupyterLab and papermill open. Ids hang on position and source, so a rebuild changes nothing.
"""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
BUILT = {
    **{
        kind: HERE / "reports" / f"{kind}.ipynb"
        for kind in ("weekly", "journeys", "evidence", "bidding", "quality")
    },
    "1_explore": HERE / "1_explore.ipynb",
    "2_lift": HERE / "2_lift.ipynb",
    "3_evidence": HERE / "3_evidence.ipynb",
    "4_weights": HERE / "4_weights.ipynb",
}


def build(source: str) -> str:
    """Return the notebook of a percent-form source, as its file is written."""
    parts = re.split(r"^# %%[ ]?(.*)\n", source, flags=re.MULTILINE)[1:]
    heads, bodies = parts[::2], parts[1::2]
    cells = [_cell(i, *part) for i, part in enumerate(zip(heads, bodies, strict=True))]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    book = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(book, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _cell(position: int, head: str, body: str) -> dict[str, Any]:
    text = body.strip("\n")
    tags = {"tags": json.loads(head.removeprefix("tags="))} if head.startswith("tags=") else {}
    cell: dict[str, Any] = {"cell_type": "code", "execution_count": None, "outputs": []}
    if head == "[markdown]":
        text = re.sub(r"^# ?", "", text, flags=re.MULTILINE)
        cell = {"cell_type": "markdown"}
    name = hashlib.sha256(f"{position}\n{text}".encode()).hexdigest()[:12]
    return cell | {"id": name, "metadata": tags, "source": text.splitlines(keepends=True)}


if __name__ == "__main__":
    for stem, target in BUILT.items():
        target.write_text(build((HERE / "src" / f"{stem}.py").read_text("utf-8")), "utf-8")
