import ast
import builtins
import importlib.util
import json
import re
from pathlib import Path

import pytest

import microlift.journeys

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
spec = importlib.util.spec_from_file_location("build", NOTEBOOKS / "build.py")
build = importlib.util.module_from_spec(spec)
spec.loader.exec_module(build)


KINDS = ["bidding", "evidence", "journeys", "quality"]


@pytest.fixture(params=sorted(build.BUILT))
def cells(request):
    return json.loads(build.BUILT[request.param].read_text("utf-8"))["cells"]


def of(cells, kind):
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == kind]


@pytest.mark.parametrize("stem", sorted(build.BUILT))
def test_the_committed_notebook_is_what_the_builder_makes_of_its_source(stem):
    source = (NOTEBOOKS / "src" / f"{stem}.py").read_text("utf-8")
    assert build.BUILT[stem].read_text("utf-8") == build.build(source), "run notebooks/build.py"


def test_every_source_is_built():
    assert {path.stem for path in (NOTEBOOKS / "src").glob("*.py")} == set(build.BUILT)


def faults(notebook):
    """Say what makes a notebook tell another story to its next reader than its cells do."""
    found, known = [], set(dir(builtins))
    cells = notebook["cells"]
    metadata = set(notebook["metadata"]) - {"kernelspec", "language_info"}
    metadata |= {name for cell in cells for name in set(cell["metadata"]) - {"tags"}}
    if any(cell.get("outputs") for cell in cells):
        found.append("outputs")
    if metadata or any(cell.get("execution_count") is not None for cell in cells):
        found.append(f"hidden state {sorted(metadata)}")
    if any(cell.get("attachments") for cell in cells):
        found.append("attachments")
    if re.search(r"\d", "\n".join(of(cells, "markdown"))):
        found.append("a number in its prose")
    for source in of(cells, "code"):
        nodes = list(ast.walk(ast.parse(source)))
        names = [node for node in nodes if isinstance(node, ast.Name)]
        known |= {node.id for node in names if isinstance(node.ctx, ast.Store)}
        imports = [node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)]
        known |= {(one.asname or one.name).split(".")[0] for node in imports for one in node.names}
        lost = {node.id for node in names} - known
        if lost:  # a parameter that is not declared, or what a cell that is gone once made
            found.append(f"undeclared {sorted(lost)}")
    return found


ROOT = NOTEBOOKS.parent
FOLDERS = [path for path in ROOT.iterdir() if path.is_dir() and path.name[0] != "."]
WRITTEN = {"reports", "build", "dist"}  # by the package and its tools
EVERY = [
    path
    for folder in FOLDERS
    if folder.name not in WRITTEN
    for path in sorted(folder.rglob("*.ipynb"))
    if ".ipynb_checkpoints" not in path.parts
]


def test_every_notebook_of_the_repository_is_without_faults():
    assert set(build.BUILT.values()) <= set(EVERY)
    assert {path.name: faults(json.loads(path.read_text("utf-8"))) for path in EVERY} == {
        path.name: [] for path in EVERY
    }


OUTPUT = {"output_type": "stream", "name": "stdout", "text": "9"}


@pytest.mark.parametrize(
    ("place", "planted", "fault"),
    [
        ("code", {"outputs": [OUTPUT]}, "outputs"),
        ("code", {"execution_count": 3}, "hidden state []"),
        ("book", {"metadata": {"widgets": {}}}, "hidden state ['widgets']"),
        ("code", {"metadata": {"papermill": {}}}, "hidden state ['papermill']"),
        ("markdown", {"attachments": {"a.png": {}}}, "attachments"),
        ("markdown", {"source": "It rose by 7 %."}, "a number in its prose"),
        ("code", {"source": "print(weeks)"}, "undeclared ['weeks']"),
    ],
)
def test_a_fault_that_is_planted_in_a_notebook_is_found(place, planted, fault):
    book = json.loads(build.BUILT["journeys"].read_text("utf-8"))
    assert faults(book) == []
    places = {"book": book} | {cell["cell_type"]: cell for cell in book["cells"]}
    places[place].update(planted)
    assert faults(book) == [fault]


def test_the_cells_of_a_notebook_have_ids_of_their_own(cells):
    assert len({cell["id"] for cell in cells}) == len(cells)


def test_notebooks_define_nothing_and_keep_their_cells_short(cells):
    for source in of(cells, "code"):
        nodes = ast.walk(ast.parse(source))
        assert not any(isinstance(n, ast.FunctionDef | ast.ClassDef | ast.Lambda) for n in nodes)
        assert len(source.splitlines()) <= 15


def test_notebooks_use_public_names_only(cells):
    for source in of(cells, "code"):
        for node in ast.walk(ast.parse(source)):
            name = getattr(node, "attr", None) or getattr(node, "id", None) or ""
            assert not name.startswith("_")


def test_notebooks_have_one_title(cells):
    prose = "\n".join(of(cells, "markdown"))
    assert len(re.findall(r"^# ", prose, flags=re.MULTILINE)) == 1


@pytest.mark.parametrize("kind", ["weekly", *KINDS])
def test_a_report_declares_typed_parameters_with_a_help_text_and_uses_them(kind):
    cells = json.loads(build.BUILT[kind].read_text("utf-8"))["cells"]
    (declared,) = (c for c in cells if "parameters" in c["metadata"].get("tags", []))
    lines = "".join(declared["source"]).splitlines()
    found = [
        re.fullmatch(r"(\w+): (str|int|float|bool|float \| None) = (.+?)  # (.+)", line)
        for line in lines
    ]
    assert None not in found, lines
    names = [one.group(1) for one in found]
    assert names[:3] == ["plan_path", "events_path", "out_dir"]
    code = "\n".join(of([c for c in cells if c is not declared], "code"))
    used = {node.id for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)}
    assert set(names) - used <= {"out_dir"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_report_beside_the_weekly_one_publishes_no_weights_and_ends_with_its_provenance(kind):
    code = of(json.loads(build.BUILT[kind].read_text("utf-8"))["cells"], "code")
    assert not re.search(r"\bml\.run\(|\bout=", "\n".join(code))
    assert code[-1].startswith("blocks.provenance_of(")
    anchors = re.findall(r'(?:look|section)\(\s*"([\w-]+)"', "\n".join(code))
    assert len(set(anchors)) == len(anchors) >= 4


CHAPTERS = ["1_explore", "2_lift", "3_evidence", "4_weights"]


def test_the_notebooks_are_four_chapters_by_number():
    assert sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb")) == CHAPTERS


@pytest.mark.parametrize("stem", CHAPTERS)
def test_a_chapter_opens_with_its_question_shows_a_picture_at_once_and_says_where_to_go(stem):
    cells = json.loads(build.BUILT[stem].read_text("utf-8"))["cells"]
    prose, code = of(cells, "markdown"), of(cells, "code")
    assert prose[0].startswith("# ")
    assert prose[0].splitlines()[0].endswith("?")
    assert ".plot()" in "".join(code[:1]) or "forests.forest" in "".join(code[:3])
    assert "**Where next?**" in prose[-1]
    assert cells[-1]["cell_type"] == "markdown"


@pytest.mark.parametrize("stem", CHAPTERS)
def test_a_chapter_needs_no_set_up_but_an_example(stem):
    cells = json.loads(build.BUILT[stem].read_text("utf-8"))["cells"]
    code = "\n".join(of(cells, "code"))
    assert "ml.load_example(" in code
    assert not re.search(r"tempfile|simulate|to_parquet", code)


def test_the_story_of_a_shop_looks_from_every_side():
    cells = json.loads(build.BUILT["1_explore"].read_text("utf-8"))["cells"]
    code = "\n".join(of(cells, "code"))
    looks = [*microlift.journeys.__all__, "check_log", "diagnose", "score_leads", "backlog"]
    assert not [name for name in looks if name.islower() and f"ml.{name}(" not in code]


def test_the_story_of_a_shop_leads_with_a_question_and_few_sentences():
    cells = json.loads(build.BUILT["1_explore"].read_text("utf-8"))["cells"]
    for prose in of(cells, "markdown"):
        assert len(re.findall(r"[.?](?=[\s*]|$)", prose)) <= 3, prose
