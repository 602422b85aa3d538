"""A target of another package, as the documentation shows it, is found by its entry point."""

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import microlift as ml
from microlift.errors import InputError
from microlift.weights import WeightsFile

Make = Callable[..., WeightsFile]
Install = Callable[..., None]
PAGE = (Path(__file__).parents[2] / "docs" / "custom_target.md").read_text(encoding="utf-8")
CODE, TOML = (re.search(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)[1] for kind in ("python", "toml"))


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Install a module as a package with an entry point, as pip would leave it."""

    def go(module: str, code: str, point: str) -> None:
        (tmp_path / f"{module}.py").write_text(code, encoding="utf-8")
        info = tmp_path / f"{module}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[microlift.targets]\n{point}\n")
        monkeypatch.syspath_prepend(str(tmp_path))
        monkeypatch.delitem(sys.modules, module, raising=False)

    return go


def test_the_example_of_the_documentation_works_as_it_stands(
    install: Install, weights_file: Make
) -> None:
    point = TOML.strip().splitlines()[-1].replace('"', "")
    install("microlift_cents", CODE, point)
    assert "cents" in ml.targets()
    made = ml.export(weights_file(), "cents", {"cap": "400"})
    assert json.loads(made.files["cents.json"]) == {"add_to_cart": 320, "begin_checkout": 400}
    assert made.notes == ("1 values are capped.",)
    with pytest.raises(InputError, match="Setting 'cap' of target cents: got '0'"):
        ml.export(weights_file(), "cents", {"cap": "0"})


def test_the_example_is_as_short_as_is_said() -> None:
    assert sum(bool(line.strip()) for line in CODE.splitlines()) <= 20


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("import nowhere_at_all\n", "ModuleNotFoundError: No module named 'nowhere_at_all'"),
        ("THING = 7\n", "it is of type int, not a microlift.export.Target"),
        ("1 / 0\n", "ZeroDivisionError"),
    ],
)
def test_a_package_that_fails_stops_nobody_who_does_not_ask_for_it(
    install: Install, weights_file: Make, code: str, why: str
) -> None:
    install("broken_target", code, "broken = broken_target:THING")
    assert "cannot be loaded" in ml.targets()["broken"].title
    assert ml.export(weights_file(), "csv").files
    with pytest.raises(InputError, match=f"Target 'broken' .*cannot be loaded .*{why}"):
        ml.export(weights_file(), "broken")


def test_a_name_that_microlift_has_is_not_replaced(install: Install, weights_file: Make) -> None:
    code = CODE.replace('Target("cents"', 'Target("csv"')
    install("impostor_target", code, "csv = impostor_target:CENTS")
    assert list(ml.export(weights_file(), "csv").files) == ["values.csv"]
