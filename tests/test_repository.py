"""Rules of the repository as a whole, checked on every file that git would commit."""

import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
ENTRY = re.compile(r"^- `([^`]+)` - (\S.*)$", re.MULTILINE)
MAX_BYTES = 3_000_000

# Written in pieces, so that the rules do not find themselves.
INDEX_HOST = "|".join(
    [
        "index" + "[-_]url",
        "find" + "[-_]links *[= ] *[/h]",
        "trusted" + r"[-_]host *[= ] *\w",
        "python" + r"hosted\.org",
        "pypi" + r"\.org/simple",
        r"registry *[=:] *[\"']?" + "http",
    ]
)
MACHINE_PATH = r"(?<![\w.~)}\]-])/(?:" + "|".join(
    ["wo" + "rk", "ho" + "me", "ro" + "ot", "Us" + "ers"]
)
MACHINE_PATH += r")/\w|(?<![\w.])/opt/" + "(?:py" + "pi|whe" + "els)"
WORKPLACE = "|".join(
    [
        r"\b(?:this|next|later|earlier) " + "iss" + "ue\\b",
        r"\biss" + r"ues? #?\d{1,3}\b",
        r"\biss" + "ues show\\b",
        r"shared/" + r"(?:design|engine|style|reports|domain|formats)\.md",
        "before" + "-stop",
        r"\bsub" + "agents?\\b",
        r"\bcla" + "ude\\b",
        r"\banth" + "ropic\\b",
    ]
)


def _committed() -> list[Path]:
    """Files that git holds or would add; in an unpacked archive, all but what tools write."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        names = subprocess.run(listing, cwd=ROOT, capture_output=True, check=True).stdout
        found = [ROOT / name for name in names.decode().split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        found = [path for path in ROOT.rglob("*") if not _written_by_a_tool(path)]
    return sorted({path for path in found if path.is_file()})


def _written_by_a_tool(path: Path) -> bool:
    top, *_ = parts = path.relative_to(ROOT).parts
    return top in {"reports", "build", "dist"} or any(
        part == "__pycache__" or (part.startswith(".") and part.rstrip("/") not in {".ci"})
        for part in parts
        if part not in {".gitignore", ".gitattributes", ".gitkeep"}
    )


FILES = _committed()


def _hits(pattern: str) -> list[str]:
    wanted = re.compile(pattern, re.IGNORECASE)
    hits = []
    for path in FILES:
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            continue  # Parquet and pictures
        hits += [
            f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}"
            for number, line in enumerate(lines, start=1)
            if wanted.search(line)
        ]
    return hits


def _text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_every_source_file_has_its_line_in_the_architecture_and_every_line_its_file() -> None:
    source = ROOT / "src" / "microlift"
    files = [path.relative_to(source) for path in FILES if path.is_relative_to(source)]
    # a folder's line stands for its __init__
    there = {
        f"{path.parent.as_posix()}/"
        if path.name == "__init__.py" and path.parent.name
        else path.as_posix()
        for path in files
    }
    section = _text("ARCHITECTURE.md").split("## Files\n", 1)[1].split("\n## ", 1)[0]
    listed = [name for name, _ in ENTRY.findall(section)]
    assert sorted(listed) == sorted(set(listed)), "a file is listed twice"
    assert set(listed) - there == set(), "lines without a file"
    assert there - set(listed) == set(), "files without a line"


def test_no_file_names_a_package_index() -> None:
    assert _hits(INDEX_HOST) == []


def test_no_file_names_a_path_of_somebodys_machine() -> None:
    assert _hits(MACHINE_PATH) == []


def test_no_file_speaks_of_how_it_came_to_be() -> None:
    assert _hits(WORKPLACE) == []


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (INDEX_HOST, "--extra-" + "index" + "-url=somewhere"),
        (INDEX_HOST, "https://files.python" + "hosted.org/packages"),
        (MACHINE_PATH, 'open("/' + "home/someone/log.csv" + '")'),
        (MACHINE_PATH, "in /" + "work/main"),
        (WORKPLACE, "as the next " + "issue says"),
    ],
)
def test_the_rules_find_what_they_are_for(pattern: str, line: str) -> None:
    assert re.search(pattern, line, re.IGNORECASE)


def test_no_file_is_larger_than_3_megabytes() -> None:
    assert [path.name for path in FILES if path.stat().st_size > MAX_BYTES] == []


def test_the_readme_names_its_two_commands() -> None:
    assert "make demo" in _text("README.md")
    assert "make test" in _text("README.md")


def test_relative_links_in_the_documents_lead_somewhere() -> None:
    for path in FILES:
        if path.suffix == ".md":
            for target in re.findall(
                r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")
            ):
                assert (path.parent / target).exists(), f"{path.name}: {target}"


def test_the_changelog_opens_with_the_version_of_the_package() -> None:
    versions = re.findall(r"^## \[([^]]+)\]", _text("CHANGELOG.md"), re.MULTILINE)
    assert versions[0] == PROJECT["project"]["version"]


def test_the_lock_holds_every_dependency_and_the_build_backend_by_hash() -> None:
    lock = _text("requirements.lock")
    assert "://" not in lock
    pinned = re.findall(r"^([\w.-]+)==\S+ \\\n {4}--hash=sha256:", lock, re.MULTILINE)
    project = PROJECT["project"]
    wanted = [
        *PROJECT["build-system"]["requires"],
        *project["dependencies"],
        *project["optional-dependencies"]["dev"],
    ]
    names = {re.split(r"[^\w.-]", text, maxsplit=1)[0].lower() for text in wanted}
    assert names - {name.lower() for name in pinned} == set()


def test_the_lock_of_the_site_holds_its_tools_by_hash_and_agrees_with_the_other_lock() -> None:
    lock = _text("requirements-docs.lock")
    assert "://" not in lock
    locked = dict(re.findall(r"^([\w.-]+)==(\S+) \\\n {4}--hash=sha256:", lock, re.MULTILINE))
    extra = PROJECT["project"]["optional-dependencies"]["docs"]
    assert {re.split(r"[^\w.-]", text, maxsplit=1)[0].lower() for text in extra} <= set(locked)
    others = dict(re.findall(r"^([\w.-]+)==(\S+) ", _text("requirements.lock"), re.MULTILINE))
    shared = locked.keys() & others.keys()
    assert shared
    assert [name for name in shared if locked[name] != others[name]] == [], "make lock"


def test_every_locked_package_runs_on_the_oldest_python_that_the_project_allows() -> None:
    oldest = PROJECT["project"]["requires-python"].removeprefix(">=") + ".0"
    too_new = [
        f"{package.name} {package.version}: {package.metadata['Requires-Python']}"
        for package in metadata.distributions()
        if not SpecifierSet(package.metadata.get("Requires-Python", "")).contains(oldest)
    ]
    assert too_new == [], "bound them in the dev extra, then make lock"


def test_the_continuous_check_can_be_executed() -> None:
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o100


def test_a_skip_is_a_failure_with_no_skips_unless_the_shared_folder_is_absent(
    tmp_path: Path,
) -> None:
    (tmp_path / "conftest.py").write_text(_text("tests/conftest.py"), encoding="utf-8")
    (tmp_path / "test_skips.py").write_text(
        "import pytest\n"
        "def test_needs_the_folder(shared_data): pass\n"
        "def test_needs_luck(): pytest.skip('no luck')\n"
        "@pytest.mark.xfail\n"
        "def test_known_to_fail(): assert False\n",
        encoding="utf-8",
    )
    outcome = subprocess.run(
        [sys.executable, "-m", "pytest", "--no-skips", "-q", "-p", "no:cacheprovider", tmp_path],
        cwd=tmp_path,
        env={"MICROLIFT_SHARED_DATA": str(tmp_path / "absent"), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "no luck: with --no-skips only" in outcome.stdout
    assert "1 failed, 1 skipped, 1 xfailed" in outcome.stdout
