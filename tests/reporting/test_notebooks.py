import ast
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


def test_committed_notebooks_hold_no_outputs_and_unique_ids(cells):
    assert all(not cell.get("outputs") for cell in cells)
    assert all(cell.get("execution_count") is None for cell in cells)
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


def test_notebooks_have_one_title_and_no_number_in_their_prose(cells):
    prose = "\n".join(of(cells, "markdown"))
    assert len(re.findall(r"^# ", prose, flags=re.MULTILINE)) == 1
    assert not re.search(r"\d", prose)


def test_the_report_declares_its_parameters_as_empty_strings():
    cells = json.loads(build.BUILT["weekly"].read_text("utf-8"))["cells"]
    (source,) = [
        "".join(c["source"]) for c in cells if "parameters" in c["metadata"].get("tags", [])
    ]
    assert source == 'plan_path = ""\nevents_path = ""\nout_dir = ""'


def test_the_quickstart_takes_ten_cells_at_most():
    cells = json.loads(build.BUILT["1_quickstart"].read_text("utf-8"))["cells"]
    assert len(of(cells, "code")) <= 10


def test_the_story_of_a_shop_takes_fewer_than_twenty_cells_and_looks_from_every_side():
    cells = json.loads(build.BUILT["2_journeys"].read_text("utf-8"))["cells"]
    assert len(cells) < 20
    code = "\n".join(of(cells, "code"))
    looks = [*microlift.journeys.__all__, "diagnose", "score_leads", "backlog"]
    assert not [name for name in looks if name.islower() and f"ml.{name}(" not in code]


def test_the_story_of_a_shop_leads_with_a_question_and_two_sentences_at_most():
    cells = json.loads(build.BUILT["2_journeys"].read_text("utf-8"))["cells"]
    for prose in of(cells, "markdown"):
        assert len(re.findall(r"[.?](?=[\s*]|$)", prose)) <= 3, prose
