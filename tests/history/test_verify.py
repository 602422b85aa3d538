"""What is wrong with a history is named, with what to do; what a killed run left is no fault."""

import json
import re

import pytest

from microlift.errors import InputError
from microlift.history import history, publish, rollback, verify


@pytest.fixture
def out(tmp_path, make):
    for revenue in (1e4, 2e4, 3e4):
        publish(make.weights(revenue=revenue), tmp_path / "out")
    return tmp_path / "out"


def change(path, data):
    path.chmod(0o644)
    path.write_bytes(data)


def cut_off(out):
    path = out / "history" / "000002.json"
    change(path, path.read_bytes()[:100])


def grown(out):
    path = out / "history" / "000002.json"
    change(path, path.read_bytes() + b" ")


def gone(out):
    (out / "history" / "000002.json").unlink()


def linked(out):
    gone(out)
    (out / "history" / "000002.json").symlink_to("000001.json")


def latest_damaged(out):
    change(out / "history" / "000003.json", b"{}")


def unwritten(out):
    change(out / "weights.json", b'{"actions": []}')


def no_weights(out):
    (out / "weights.json").unlink()


def log_edited(out):
    path = out / "history" / "log.jsonl"
    path.write_text(path.read_text().replace('"version": 2', '"version": 1', 1))


def log_line_gone(out):
    path = out / "history" / "log.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([lines[0], lines[2]]))


def log_torn(out):
    path = out / "history" / "log.jsonl"
    path.write_text(path.read_text()[:-30])


def log_gone(out):
    (out / "history" / "log.jsonl").unlink()


FAULTS = [
    (
        cut_off,
        r"version 2: 000002\.json is cut off: 100 of [\d,]+ bytes.*bring it back from a backup",
    ),
    (grown, r"version 2: 000002\.json holds other bytes than were published"),
    (gone, r"version 2: 000002\.json is missing; bring it back from a backup"),
    (linked, r"version 2: 000002\.json is a link or a folder"),
    (latest_damaged, r"000003\.json is cut off: .*weights\.json holds its bytes: copy that there"),
    (unwritten, r"weights\.json is no published version: .*history rollback 3 brings it back"),
    (no_weights, r"weights\.json is missing; microlift history rollback 3 brings it back"),
    (log_edited, r"line 3 of log\.jsonl does not follow from the line before it"),
    (log_line_gone, r"line 2 of log\.jsonl does not follow from the line before it"),
    (log_torn, r"line 3 of log\.jsonl cannot be read"),
    (log_gone, r"the log has no line for 3 of the versions"),
]


@pytest.mark.parametrize(("harm", "said"), FAULTS, ids=lambda given: getattr(given, "__name__", ""))
def test_each_harm_is_named_and_the_next_publication_neither_fails_nor_hides_it(
    out, make, harm, said
):
    harm(out)
    verdict = verify(out)
    assert verdict.exit_code == 1
    text = repr(verdict)
    assert text.startswith("NOT whole: ")
    assert re.search(said, text), text
    assert len(repr(history(out)).splitlines()) > 4, "it still shows itself"
    assert publish(make.weights(revenue=9e4), out).version == 4 + (harm is unwritten)
    healed = {unwritten, no_weights}
    assert verify(out).whole == (harm in healed)


def test_what_a_damaged_version_cannot_do_is_refused_and_the_others_can(out):
    cut_off(out)
    found = history(out)
    assert list(found.frame["state"])[1].startswith("is cut off")
    for work in (lambda: found.content(2), lambda: found.diff(2, 3), lambda: rollback(2, out)):
        with pytest.raises(InputError, match=r"Version 2 cannot be used: 000002\.json is cut off"):
            work()
    assert not found.diff(1, 3).empty
    assert rollback(1, out).new


def test_a_missing_version_is_refused_with_those_there_are(out):
    with pytest.raises(InputError, match=r"no version 7 in the history .*it holds 1 to 3"):
        rollback(7, out)


def test_a_rollback_brings_lost_weights_back(out):
    before = (out / "weights.json").read_bytes()
    no_weights(out)
    assert rollback(3, out).new
    assert (out / "weights.json").read_bytes() == before
    assert verify(out).whole


def test_what_a_killed_run_left_is_no_fault_and_goes_away(out, make):
    (out / ".stage").mkdir()
    (out / ".stage" / "weights.json").write_text('{"acti')
    (out / "history" / ".probe-abc").write_text("probe")
    (out / "history" / "000004.json").write_text(json.dumps(make.weights(revenue=4e4)))
    verdict = verify(out)
    assert verdict.whole
    assert "half-written files ('history/.probe-abc', '.stage') of a run" in repr(verdict)
    assert "version 4 is kept, and its run was killed before it became current" in repr(verdict)
    assert publish(make.weights(revenue=5e4), out).version == 5
    assert verify(out).traces == ()
    assert list(history(out).frame["state"])[3] == "whole, never current"


def test_foreign_files_are_named_and_passed_over(out):
    for name in ("notes.txt", "0000001.json", "000001.json.bak"):
        (out / "history" / name).write_text("mine")
    verdict = verify(out)
    assert verdict.whole
    assert "'0000001.json', '000001.json.bak', 'notes.txt'" in repr(verdict)


def test_a_folder_in_which_nothing_was_published_is_whole(tmp_path):
    assert repr(verify(tmp_path)) == "Nothing has been published here yet."
    assert verify(tmp_path).exit_code == 0
    assert "Nothing has been published" in repr(history(tmp_path))
    with pytest.raises(InputError, match="There is no folder"):
        verify(tmp_path / "nowhere")
