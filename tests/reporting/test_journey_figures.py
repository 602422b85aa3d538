from datetime import date, timedelta
from itertools import pairwise

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from microlift.reporting import style
from microlift.reporting.flows import flow_ribbons
from microlift.reporting.rows import WIDE, Column, Rows
from microlift.reporting.shares import dots
from microlift.reporting.trends import lines


@pytest.fixture(autouse=True)
def _no_figure_is_left_open():
    yield
    plt.close("all")


def texts(axes):
    return [label.get_text() for label in axes.get_yticklabels()]


@pytest.mark.parametrize("letters", ["W", "🎉", "カ", "", "i", "$x$"])
def test_wide_letters_leave_the_axes_their_room(letters):
    with style.drawing():
        axes = Rows([letters * 80, "cart"], [Column("of", 300)]).axes
        axes.figure.draw_without_rendering()
    assert axes.get_position().width * WIDE * 72 > 90


def test_ticks_have_as_many_places_as_they_need_and_days_their_month():
    starts = [date(2026, 1, 5) + timedelta(days=7 * k) for k in range(5)]
    names = ("rate", "low", "high", "expected", "expected_low", "expected_high")
    frame = pd.DataFrame({name: [0.05, 0.06, 0.05, 0.09, 0.02] for name in names})
    frame = frame.assign(start=starts, of=90, state=[*["as usual"] * 4, "below"])
    axes = lines(frame, "share of sessions with buy", daily=False)
    axes.figure.canvas.draw()
    assert "2.5 %" in [label.get_text() for label in axes.get_yticklabels()]
    assert "1 Feb" in [label.get_text() for label in axes.get_xticklabels()]
    assert axes.xaxis.get_offset_text().get_text() == "2026"


def test_dots_of_segments_stand_under_the_head_they_share():
    frame = pd.DataFrame({"of": [9, 9, 9], "rate": 0.5, "low": 0.3, "high": 0.7})
    for narrow in (False, True):
        axes = dots(["a", "b", "a"], frame, "share", narrow, ["x", "x", "<y>"])
        heads = [text for text in axes.texts if text.get_fontweight() == "bold"]
        shown = [text.get_text() for text in heads] if narrow else texts(axes)
        assert shown == (["x", "<y>"] if narrow else ["x", "a", "b", "<y>", "a"])


def test_labels_of_thin_bars_in_a_flow_are_a_line_apart():
    users = [1_000, 30, 3, 2, 1]
    frame = pd.DataFrame({"step": 1, "from": "(start)", "to": list("abcde"), "users": users})
    axes = flow_ribbons(frame, ("buy", "(left)", "(still open)"))
    places = sorted(text.get_position()[1] for text in axes.texts)
    assert min(b - a for a, b in pairwise(places)) > 0.03
