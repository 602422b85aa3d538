from datetime import timedelta

import pandas as pd
import pytest

from microlift.reporting import limits


@pytest.mark.parametrize(
    ("kind", "starts", "start"),
    [
        ("clock", False, "Moments are ticks of the clock. Because"),
        ("visits", True, "Moments are steps in a visit, and its start too. Because"),
        ("visits", False, "Moments are steps in a visit; its start is none. Because"),
    ],
)
def test_each_kind_of_moment_is_explained(kind, starts, start):
    assert limits.sequence(kind, starts, "because").startswith(start)


def test_every_note_reaches_the_caveats(make):
    rows = [
        make.lift_row("a", note="tick too long"),
        make.unidentified_row("b", "nobody did it."),
        make.unidentified_row("c", "no contrast: 3 of 3; mandatory gate"),
    ]
    frame = pd.DataFrame(rows)
    assert limits.remarks(frame) == ["a: tick too long."]
    assert limits.not_identified(frame) == [
        "b: lift not identified. Nobody did it.",
        "c: lift not identified. No contrast: 3 of 3. Mandatory gate.",
    ]


def test_what_is_remarked_about_several_actions_is_said_once(make):
    notes = {"a": "mandatory gate", "b": "mandatory gate; tick too long", "c": "mandatory gate"}
    frame = pd.DataFrame([make.lift_row(name, note=note) for name, note in notes.items()])
    assert limits.remarks(frame) == ["a, b and c: mandatory gate.", "b: tick too long."]


def test_standing_caveats_name_intent_credit_and_the_sliding_horizon():
    text = " ".join(limits.standing(["channel", "device"], timedelta(days=14)))
    for needed in ("same channel and device", "not incremental probability", "14 days ahead"):
        assert needed in text
