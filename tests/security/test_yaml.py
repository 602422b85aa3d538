"""A plan from a stranger costs neither memory nor minutes, and runs nothing."""

import time

import pytest

from microlift.errors import InputError, PlanError
from microlift.plan import Plan
from microlift.plan.file import MOST_BYTES, read_yaml
from microlift.reporting.arguments import of_file

PLAN = "macro: {event: buy}\nhorizon: 14d\nactions: [{name: a, event: %s}]\n"


def _bomb(first, inner):
    lines = [f"a0: &a0 {first}"]
    for level in range(1, 30):
        lines.append(f"a{level}: &a{level} " + inner % ", ".join([f"*a{level - 1}"] * 9))
    return "\n".join(lines) + "\n" + PLAN % "x"


CASES = {
    "aliases that unfold to billions": (_bomb("[x]", "[%s]"), "counted with what its aliases rep"),
    "merges that unfold to billions": (_bomb("{k: 1}", "{<<: [%s]}"), "more than 100,000 values"),
    "a list that holds itself": ("a: &a [*a]\n" + PLAN % "x", "a part that holds itself, on line 1"),
    "a mapping that holds itself": (PLAN % "x" + "export: &a {ga4: *a}", "a part that holds itself"),
    "brackets without end": ("[" * 200_000, "stand in one another too deep"),
    "mappings without end": ("{a: " * 60_000, "stand in one another too deep"),
    "keys without end": ("? " * 100_000, "stand in one another too deep"),
    "a number of many digits": ("version: " + "9" * 100_000, "a number of 100,000 digits on line 1"),
    "a number in sixties": ("version: " + ":".join(["1"] * 100_000), "a number of 199,999 digits"),
    "a large number in hexadecimal": ("macro: {event: 0x" + "f" * 390 + "}", "1,560 bits, not text"),
    "a tag that does not fit": ("version: !!int ''", "a tag (!!...) stands before a value that it"),
    "another one": ("version: !!bool x", "a tag (!!...) stands before a value that it does not"),
    "a time that is none": ("version: !!timestamp x", "a tag (!!...) stands before a value"),
    "an object of Python": ("version: !!python/object/apply:os.system [echo]", "could not determine a"),
    "a name of Python": ("version: !!python/name:os.system", "could not determine a constructor"),
    "a key twice": (PLAN % "x" + "horizon: 1d\n", "the key 'horizon' more than once"),
    "two documents": (PLAN % "x" + "---\n" + PLAN % "x", "cannot be read as YAML"),
    "thousands of unknown keys": ("".join(f"k{i}: 1\n" for i in range(20_000)), "It is not known"),
    "one event thousands of times": (PLAN % f"[{', '.join(['x'] * 20_000)}]", "'x' more than once"),
    "more than a plan": ("#" * (MOST_BYTES + 1), "more than 250,000 bytes"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_hostile_plan_is_refused_at_once_in_one_bounded_message(case, tmp_path):
    text, said = CASES[case]
    file = tmp_path / "plan.yaml"
    file.write_text(text)
    began = time.process_time()
    with pytest.raises(PlanError) as refused:
        Plan.load(file)
    assert time.process_time() - began < 5
    assert said in str(refused.value)
    assert len(str(refused.value)) < 1_000


@pytest.mark.parametrize("name", ["p.yaml", "p.json"])
def test_a_hostile_file_of_parameters_is_refused_at_once(name, tmp_path):
    texts = {"p.yaml": _bomb("[x]", "[%s]"), "p.json": "[" * 200_000}
    (tmp_path / name).write_text(texts[name])
    began = time.process_time()
    with pytest.raises(InputError):
        of_file(tmp_path / name)
    assert time.process_time() - began < 5


def test_parts_that_are_shared_a_few_times_are_read(tmp_path):
    file = tmp_path / "shared.yaml"
    file.write_text("a: &a {x: [1, 2]}\nb: [*a, *a]\nc: {<<: *a, y: 3}\n")
    shared = {"x": [1, 2]}
    assert read_yaml(file) == {"a": shared, "b": [shared, shared], "c": {"x": [1, 2], "y": 3}}
