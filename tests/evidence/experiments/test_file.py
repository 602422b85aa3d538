"""Files of experiments: what is read, and what is refused with which words."""

from pathlib import Path

import pytest

import microlift as ml

PLAN = ml.Plan.from_dict(
    {
        "macro": {"event": "buy"},
        "horizon": "14d",
        "actions": [
            {"name": "chat", "event": "chat"},
            {"name": "add_to_cart", "event": "cart"},
            {"name": "review", "event": "review", "after": "macro"},
        ],
    }
)


def _read(tmp_path: Path, text: str, name: str = "experiments.yaml") -> list[ml.Experiment]:
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    return list(ml.read_experiments(file, PLAN))


def test_yaml_and_csv_say_the_same(tmp_path: Path) -> None:
    yaml = _read(
        tmp_path,
        "experiments:\n"
        "  - {action: chat, name: spring, effect: 0.91, low: 0.84, high: 0.99, users: 48200,\n"
        "     dates: 2026-03-02}\n"
        "  - {action: add_to_cart, effect: 1.2, low: 1.05, high: 1.37, measure: ratio}\n",
    )
    csv = _read(
        tmp_path,
        "action,name,effect,low,high,users,dates,measure\n"
        "chat,spring,0.91,0.84,0.99,48200,2026-03-02,\n"
        "add_to_cart,,1.2,1.05,1.37,,,ratio\n",
        "experiments.csv",
    )
    assert yaml == csv
    assert (yaml[0].users, yaml[0].dates, yaml[1].users) == (48_200, "2026-03-02", None)


def test_the_error_is_that_of_the_wider_side() -> None:
    even = ml.Experiment(action="chat", effect=1.0, low=0.8, high=1.25)
    uneven = ml.Experiment(action="chat", effect=1.0, low=0.6, high=1.25)
    assert even.log_error == pytest.approx(0.2231 / 1.96, rel=1e-3)
    assert uneven.log_error == pytest.approx(0.5108 / 1.96, rel=1e-3)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("action: add_to_crat, effect: 1.2, low: 1.1, high: 1.3", "nearest: 'add_to_cart'"),
        ("action: review, effect: 1.2, low: 1.1, high: 1.3", "comes after the macro"),
        ("action: chat, effect: 1.2, low: 1.3, high: 1.1", "reversed"),
        ("action: chat, effect: 1.5, low: 1.1, high: 1.3", "in which it has to lie"),
        ("action: chat, effect: 1.2, low: 1.2, high: 1.2", "its error cannot be told"),
        ("action: chat, effect: 12%, low: 8%, high: 16%", r"1\.12 for \+12 %"),
        ("action: chat, effect: +12 %, low: 1.08, high: 1.16", r"1\.12 for \+12 %"),
        ("action: chat, effect: 12, low: 8, high: 16", r"1\.12 for \+12 %"),
        ("action: chat, effect: 0.12, low: 0.08, high: 0.16", r"1\.12 for \+12 %"),
        ("action: chat, effect: 0, low: -0.1, high: 0.1", "above 0"),
        ("action: chat, effect: -0.12, low: -0.2, high: -0.04", r"0\.88 for -12 %"),
        ("action: chat, effect: 1.2", "without its 95 % interval"),
        ("action: chat, effect: 1.2, low: , high: ", "It is empty"),
        ("action: chat, effect: '1,2', low: 1.1, high: 1.3", "with a point, not a comma"),
        ("action: chat, effect: .nan, low: 1.1, high: 1.3", "finite"),
        ("action: chat, effect: yes, low: 1.1, high: 1.3", "not a number"),
        ("action: chat, effct: 1.2, low: 1.1, high: 1.3", "nearest: 'effect'"),
        ("action: chat, effect: 1.2, low: 1.1, high: 1.3, measure: odds", "has to be 'ratio'"),
        ("action: 7, effect: 1.2, low: 1.1, high: 1.3", "valid string"),
    ],
)
def test_what_is_no_result_is_refused_with_what_to_write(
    tmp_path: Path, entry: str, said: str
) -> None:
    with pytest.raises(ml.InputError, match=said):
        _read(tmp_path, "- {" + entry + "}")


def test_a_large_or_small_number_that_is_said_to_be_a_ratio_is_one(tmp_path: Path) -> None:
    text = "- {action: chat, effect: 12, low: 8, high: 16, measure: ratio}"
    assert _read(tmp_path, text)[0].effect == 12
    assert _read(tmp_path, "- {action: chat, effect: 0.3, low: 0.2, high: 0.45}")[0].effect == 0.3


def test_one_action_and_name_twice_is_refused(tmp_path: Path) -> None:
    entry = "- {action: chat, effect: 1.2, low: 1.1, high: 1.3%s}\n"
    with pytest.raises(ml.InputError, match="comes twice"):
        _read(tmp_path, entry % "" + entry % "")
    assert len(_read(tmp_path, entry % "" + entry % ", name: second")) == 2


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("e.yaml", "", "not a list of entries"),
        ("e.yaml", "[]", "holds 0 entries"),
        ("e.yaml", "- chat", "not a list of entries"),
        ("e.yaml", "- {action: chat, action: cart}", "more than once"),
        ("e.yaml", "a: [", "Experiment file .* cannot be read as YAML"),
        ("e.csv", "action,effect,low,high\nchat,1,2,0.9,1.3\n", "another number of cells"),
        ("e.csv", "action;effect;low;high\nchat;1.2;1.1;1.3\n", "is not known"),
        ("e.csv", "action,effect,low,high\n", "holds 0 entries"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_by_name(
    tmp_path: Path, name: str, text: str, said: str
) -> None:
    with pytest.raises(ml.InputError, match=said):
        _read(tmp_path, text, name)


@pytest.mark.parametrize("name", ["nowhere.yaml", "nowhere.csv"])
def test_a_file_that_is_not_there_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ml.InputError, match=r"Experiment file .* does not exist"):
        ml.read_experiments(tmp_path / name, PLAN)


def test_a_hostile_name_is_bounded_and_quoted(tmp_path: Path) -> None:
    text = '- {action: "' + "x" * 10_000 + '", effect: 1.2, low: 1.1, high: 1.3}'
    with pytest.raises(ml.InputError) as refused:
        _read(tmp_path, text)
    assert len(str(refused.value)) < 800
    with pytest.raises(ml.InputError) as refused:
        _read(tmp_path, '- {action: "red\\e[31m", effect: 1.2, low: 1.1, high: 1.3}')
    assert "\x1b" not in str(refused.value)
