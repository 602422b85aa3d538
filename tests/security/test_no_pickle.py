"""Nothing that microlift ships reads objects of Python from a file, or runs text as code."""

import ast
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted(path for path in (ROOT / "src").rglob("*.py"))
NOTEBOOKS = sorted((ROOT / "notebooks").rglob("*.ipynb"))
MODULES = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
CALLS = {
    "read_pickle", "to_pickle", "eval", "exec", "compile", "__import__", "unsafe_load", "full_load",
    "load_all", "unsafe_load_all", "system", "popen", "create_function",
}  # fmt: skip
FINE = {
    "compile": {"re", "con"},  # a pattern; a query
    "system": {"platform"},
}


def found_in(source: str) -> list[str]:
    """What a module does that would let a file run code."""
    hits = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names]
            module = getattr(node, "module", None) or ""
            hits += [n for n in [module, *names] if n.split(".")[0] in MODULES]
        elif isinstance(node, ast.Call):
            hits += _call(node)
    return hits


def _call(node: ast.Call) -> list[str]:
    function = node.func
    name = getattr(function, "attr", getattr(function, "id", ""))
    owner = getattr(getattr(function, "value", None), "id", "")
    given = {keyword.arg: keyword.value for keyword in node.keywords}
    hits = [name] if name in CALLS and owner not in FINE.get(name, set()) else []
    hits += [name] if owner in MODULES else []
    for key in ("allow_pickle", "shell"):
        if key in given and getattr(given[key], "value", True) is not False:
            hits.append(key)
    if (owner, name) == ("yaml", "load"):  # yaml.load(text, Loader): only our own, a SafeLoader
        hits.append("yaml.load")
    return hits


def test_no_module_unpickles_or_runs_text() -> None:
    found = {path.relative_to(ROOT): found_in(path.read_text("utf-8")) for path in SOURCES}
    assert len(found) > 100
    assert {path: hits for path, hits in found.items() if hits} == {}


def test_no_notebook_does_either() -> None:
    for path in NOTEBOOKS:
        cells = json.loads(path.read_text("utf-8"))["cells"]
        code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
        assert [hit for cell in code for hit in found_in(cell)] == [], path.name


@pytest.mark.parametrize(
    "source",
    [
        "import pickle", "from joblib import load", "import numpy\nnumpy.load('x', allow_pickle=True)",
        "pd.read_pickle('x')", "eval('1')", "import yaml\nyaml.load(t, yaml.Loader)",
        "yaml.unsafe_load(t)", "subprocess.run(x, shell=True)", "import cloudpickle as c",
        "np.load(f, allow_pickle=flag)",
    ],
)  # fmt: skip
def test_the_rule_finds_what_it_is_for(source: str) -> None:
    assert found_in(source)
