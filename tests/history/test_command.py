"""`microlift history` from the command line: results on stdout, faults on stderr, exit codes."""

import contextlib
import io
import json

import pytest

from microlift.cli import main
from microlift.folder import held
from microlift.history import publish
from microlift.reporting import gate


def microlift(*arguments):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main(["history", *map(str, arguments)])
        except SystemExit as ended:
            code = int(ended.code or 0)
    return code, out.getvalue(), err.getvalue()


@pytest.fixture
def out(tmp_path, make):
    for revenue in (1e4, 2e4, 3e4):
        publish(make.weights(revenue=revenue), tmp_path / "out")
    return tmp_path / "out"


def test_list_shows_every_version_the_latest_first(out):
    code, said, err = microlift("list", "--dir", out)
    assert (code, err) == (0, "")
    rows = [line.split()[0] for line in said.splitlines() if "whole" in line]
    assert rows == ["3", "2", "1"]
    assert "current, whole" in said


def test_diff_takes_numbers_words_and_paths_in_three_formats(out, monkeypatch):
    code, text, err = microlift("diff", 1, 3, "--dir", out)
    assert (code, err) == (0, "")
    assert text.startswith("2 of 2 weights moved from version 1 to version 3: most of all cart")
    assert microlift("diff", "--dir", out)[1].startswith("2 of 2 weights moved from version 2 to")
    code, text, _ = microlift("diff", 1, "current", "--dir", out, "--format", "json")
    assert (code, json.loads(text)["new"]) == (0, "version 3")
    code, text, _ = microlift("diff", 1, 2, "--dir", out, "--format", "html")
    assert gate.check(text) == []
    monkeypatch.chdir(out)
    assert "Nothing moved from version 3 to weights.json" in microlift("diff", 3, "weights.json")[1]
    old = out / "history" / "000001.json"
    assert "moved from 000001.json to weights.json" in microlift("diff", old, "weights.json")[1]


def test_verify_ends_with_0_where_all_is_whole_and_with_1_where_it_is_not(out):
    assert microlift("verify", "--dir", out) == (
        0, "Whole: 3 versions kept, and weights.json is version 3, byte for byte.\n", ""
    )  # fmt: skip
    (out / "history" / "000001.json").unlink()
    code, said, err = microlift("verify", "--dir", out)
    assert (code, err) == (1, "")
    assert "version 1: 000001.json is missing" in said


def test_rollback_makes_a_version_current_again(out):
    code, said, err = microlift("rollback", 1, "--dir", out)
    assert (code, err) == (0, "")
    assert "is version 1 again" in said
    kept = (out / "history" / "000001.json").read_bytes()
    assert (out / "weights.json").read_bytes() == kept
    assert "already: nothing was changed" in microlift("rollback", 1, "--dir", out)[1]


@pytest.mark.parametrize(
    ("until", "told"), [("2026-01-31", True), ("2999-01-31", False), (7, False), (None, False)]
)
def test_a_version_that_is_no_longer_valid_says_so_as_it_comes_back(tmp_path, make, until, told):
    given = {} if until is None else {"valid_until": until}
    publish(make.weights(revenue=1e4, **given), tmp_path)
    publish(make.weights(revenue=2e4), tmp_path)
    for _ in range(2):  # also where it is current already
        code, said, err = microlift("rollback", 1, "--dir", tmp_path)
        assert (code, "version 1" in said) == (0, True)
        assert ("was valid until 2026-01-31" in err and "refuse it" in err) == told


@pytest.mark.parametrize(
    ("given", "code", "said"),
    [
        (["rollback", "9"], 2, "no version 9 in the history"),
        (["rollback", "0"], 2, "must be above 0"),
        (["rollback", "x"], 2, "not a whole number: 'x'"),
        (["diff", "9", "1"], 2, "no version 9 in the history"),
        (["diff", "1", "nowhere.json"], 2, "cannot be read (No such file or directory)"),
        (["diff", "1", "2", "--format", "pdf"], 2, "invalid choice: 'pdf'"),
        (["list", "--dir", "nowhere"], 2, "There is no folder 'nowhere'"),
        ([], 2, "required: COMMAND"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_message(out, monkeypatch, given, code, said):
    monkeypatch.chdir(out)
    ended = microlift(*given)
    assert (ended[0], ended[1]) == (code, "")
    assert said in ended[2]
    assert "Traceback" not in ended[2]


def test_a_rollback_waits_for_nobody(out):
    with held(out):
        code, _, err = microlift("rollback", 1, "--dir", out)
    assert code == 75
    assert "held by another run" in err
