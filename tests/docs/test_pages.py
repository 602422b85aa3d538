"""The pages of the documentation: their code runs, their commands are those of the parser."""

import doctest
import inspect
import re
import runpy
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import mistune
import pytest
import yaml

import microlift
from microlift.cli import main
from microlift.plan import Plan

from .conftest import DOCS, PAGES, ROOT, blocks, commands, named, understood

LANGUAGES = {"", "python", "none", "text", "yaml", "sh", "toml"}
LONGER = {"custom_target.md"}  # a module of its own, which another test runs
END = "~~~ end of a block"
SHARED = {
    "plan": 'ml.Plan.load("shop/plan.yaml")',
    "log": 'ml.read_events("shop/events.parquet", plan)',
    "moments": "ml.moments(log)",
    "model": "ml.LiftModel().fit(moments)",
}
BASE = {
    "macro": {"event": "purchase"},
    "horizon": "14d",
    "actions": [
        {"name": "view_item", "event": "view_item"},
        {"name": "add_to_cart", "event": "cart"},
    ],
}


def run_on_their_own() -> list[Path]:
    return [
        page
        for page in PAGES
        if page.name not in LONGER and any(block["language"] == "python" for block in blocks(page))
    ]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder as the tutorial makes it, with the example files beside the shop."""
    folder = tmp_path_factory.mktemp("docs")
    (line,) = {
        block["code"].strip()
        for page in PAGES
        for block in blocks(page)
        if block["code"].startswith("microlift simulate")
    }
    made = commands(line)[0]
    made[made.index("--out") + 1] = str(folder / "shop" / "events.parquet")
    assert main([*made, "--truth-users", "20000", "--quiet"]) == 0
    for example in (DOCS / "examples").iterdir():
        shutil.copy(example, folder)
    return folder


@pytest.fixture(scope="module")
def made(shop: Path) -> Iterator[dict[str, object]]:
    """What nearly every page begins with, made once: the names, as `SHARED` says they are made."""
    names: dict[str, object] = {"ml": microlift}
    with chdir(shop):
        for name, expression in SHARED.items():
            names[name] = eval(expression, names)  # noqa: S307 - text of this file
        ledger = microlift.Ledger.from_model(names["model"])
        weights = microlift.Weights.from_ledger(ledger, names["plan"])
        (shop / "reports" / "shop").mkdir(parents=True)
        (shop / "reports" / "shop" / "weights.json").write_text(weights.to_json(), "utf-8")
        yield {name: names[name] for name in SHARED}


def script_of(page: Path) -> str:
    """The Python of a page, with a mark printed after each block."""
    code = [block["code"] for block in blocks(page) if block["language"] == "python"]
    return "".join(f"{part}print({END!r})\n" for part in code)


def said_by(page: Path) -> list[tuple[int, str]]:
    """What a page shows under its blocks of Python, each with the number of the block."""
    said, number, before = [], -1, ""
    for block in blocks(page):
        number += block["language"] == "python"
        if block["language"] in {"none", "text"} and before == "python":
            said.append((number, block["code"]))
        before = block["language"]
    return said


def without(code: str, shared: dict[str, str]) -> str:
    """The code, but for lines that make what is there already."""
    lines = {f"{name} = {expression}" for name, expression in shared.items()}
    code = code.replace(".fit(ml.moments(log))", ".fit(moments)")
    return "\n".join(line for line in code.splitlines() if line not in lines) + "\n"


def test_the_python_of_a_page_makes_each_name_that_it_uses(tmp_path: Path) -> None:
    for page in run_on_their_own():
        script = tmp_path / named(page).replace("/", "_").replace(".md", ".py")
        script.write_text(script_of(page), encoding="utf-8")
    ruff = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "F821,E9"]
    told = subprocess.run(
        [*ruff, str(tmp_path)], capture_output=True, text=True, check=False, timeout=60
    )
    assert told.returncode == 0, told.stdout


@pytest.mark.slow
@pytest.mark.parametrize("page", run_on_their_own(), ids=named)
def test_the_python_of_a_page_runs_and_prints_what_the_page_says(
    page: Path,
    shop: Path,
    made: dict[str, object],
    capsys: pytest.CaptureFixture[str],
) -> None:
    script = shop / page.with_suffix(".py").name
    script.write_text(without(script_of(page), SHARED), encoding="utf-8")
    mpl.use("Agg")
    with chdir(shop):
        capsys.readouterr()
        runpy.run_path(str(script), init_globals=made)
        plt.close("all")
    printed = capsys.readouterr().out.split(f"{END}\n")
    for number, wanted in said_by(page):
        same = doctest.OutputChecker().check_output(
            wanted, printed[number], doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
        )
        assert same, f"{named(page)} says\n{wanted}\nand its code prints\n{printed[number]}"


@pytest.mark.parametrize("page", [*PAGES, ROOT / "README.md"], ids=named)
def test_each_command_of_a_page_is_one_of_the_command_line(page: Path) -> None:
    for block in blocks(page):
        for arguments in commands(block["code"]):
            understood(arguments)
    # In a sentence a command may be named by its first words alone.
    for verb in re.findall(r"(?<!`)`microlift ([a-z]+)", page.read_text(encoding="utf-8")):
        assert understood([verb, "--help"]) is None


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_each_part_of_a_plan_on_a_page_is_accepted(page: Path) -> None:
    for block in blocks(page):
        if block["language"] == "yaml":
            written = yaml.safe_load(block["code"])
            Plan.from_dict(BASE | written)


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_a_block_of_code_says_its_language_or_is_of_the_shell(page: Path) -> None:
    for block in blocks(page):
        directive = block["language"].startswith("{")
        assert directive or block["language"] in LANGUAGES
        if block["language"] == "":
            shell = ("microlift ", "make ", ".venv/bin/")
            assert block["code"].startswith(shell), block["code"]


def test_the_reference_shows_every_public_name_once() -> None:
    listed = [
        (kind, name)
        for page in (DOCS / "reference").glob("*.md")
        for kind, name in re.findall(
            r"^\.\. auto(class|function):: (\w+)$", page.read_text("utf-8"), re.MULTILINE
        )
    ]
    public = [
        ("class" if inspect.isclass(getattr(microlift, name)) else "function", name)
        for name in microlift.__all__
    ]
    assert sorted(listed) == sorted(public), "see docs/reference"


def test_there_is_a_recipe_for_each_of_the_22_tasks() -> None:
    index = (DOCS / "howto" / "index.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| \[[^]]+\]\((\w+\.md)#([\w-]+)\)", index, re.MULTILINE)
    assert [int(number) for number, _, _ in rows] == list(range(1, 23))
    for _, page, anchor in rows:
        headings = re.findall(r"^#+ (.+)$", (DOCS / "howto" / page).read_text("utf-8"), re.M)
        assert anchor in [re.sub(r"[^\w -]", "", h.lower()).replace(" ", "-") for h in headings]


def test_the_questions_are_twenty() -> None:
    text = (DOCS / "faq.md").read_text(encoding="utf-8")
    assert len(re.findall(r"^\*\*[^*]+\*\*", text, re.MULTILINE)) == 20


def test_each_page_has_one_title() -> None:
    for page in PAGES:
        tree, _ = mistune.create_markdown(renderer=None).parse(page.read_text(encoding="utf-8"))
        levels = [node["attrs"]["level"] for node in tree if node["type"] == "heading"]
        assert levels.count(1) == 1, named(page)
        assert levels[0] == 1, named(page)
