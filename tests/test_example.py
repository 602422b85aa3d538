"""Examples: ready in one call, the same every time, and refused by name."""

import subprocess
import sys
from pathlib import Path

import pytest

import microlift as ml
from microlift.errors import InputError
from microlift.example import EXAMPLES


def test_an_example_has_a_plan_and_a_log_that_are_ready_and_is_made_once():
    example = ml.load_example()
    assert example.name == "shop"
    assert example.log.plan == example.plan
    assert example.log.facts.users == 20_000
    assert example.path.exists()
    assert ml.load_example("shop") is example


@pytest.mark.slow
def test_an_example_whose_log_was_closed_is_opened_again_and_says_the_same():
    first = ml.load_example("shop")
    with first.log as log:
        fingerprint = log.facts.fingerprint
    second = ml.load_example("shop")
    assert second is not first
    assert not second.log.closed
    assert second.log.facts.fingerprint == fingerprint == "2112677947740db2"


@pytest.mark.parametrize(
    ("given", "near"),
    [("shpo", "'shop'"), ("campaign", "'campaigns'"), (7, "and 2 more"), ("x" * 9_999, "Use")],
)
def test_an_example_that_is_not_there_is_refused_with_the_nearest_name(given, near):
    with pytest.raises(InputError, match=f"none of the {len(EXAMPLES)} examples.*{near}") as told:
        ml.load_example(given)
    assert len(str(told.value)) < 400


def test_an_example_shows_itself_with_what_to_call_next():
    example = ml.load_example()
    for text in (repr(example), example._repr_html_()):
        assert "20,000 users" in text
        assert "next: " in text
        assert str(example.path) not in text
    assert "next: " not in str(example)


@pytest.mark.slow
@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_can_be_counted_and_tells_its_truth(name):
    example = ml.load_example(name)
    assert ml.moments(example.log).mature > 10_000
    if name == "campaigns":
        with pytest.raises(InputError, match=r"campaigns and not about actions.*'shop'"):
            example.truth()
    elif name == "letters":
        assert set(example.truth()["action"]) == {action.name for action in example.plan.actions}
    example.log.close()


@pytest.mark.slow
def test_nothing_of_an_example_is_left_when_python_ends():
    source = "import microlift as ml; print(ml.load_example().path)"
    ended = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, check=True, timeout=120
    )
    assert ended.stderr == ""
    assert not Path(ended.stdout.strip()).parent.exists()
