import warnings
from io import StringIO

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from microlift.reporting import figures, style


def texts(axes):
    return [label.get_text() for label in axes.get_yticklabels()]


def svg_of(axes):
    target = StringIO()
    with style.drawing():
        axes.figure.savefig(target, format="svg")
    return target.getvalue()


def test_forest_is_sorted_by_lift_with_what_is_not_identified_last(make, lifts):
    in_order = [make.hostile[i] for i in (3, 1, 4, 0, 2, 5)]
    assert texts(figures.forest(lifts)) == in_order


def test_forest_says_not_identified_in_place_of_a_mark(lifts):
    drawn = [text.get_text() for text in figures.forest(lifts).texts]
    assert drawn.count("not identified") == 1
    assert len(figures.forest(lifts.tail(1)).lines) == 1  # the line of no effect alone


def test_forest_colours_follow_the_verdict_and_are_never_red_and_green(lifts):
    assert style.VERDICT_COLOURS["raises"] == style.BLUE
    axes = figures.forest(lifts)
    drawn = {to_hex(line.get_color()) for line in axes.lines if line.get_linewidth() == 2.4}
    assert drawn == {style.BLUE, style.ORANGE, style.GREY}


@pytest.mark.parametrize("number", range(6))
def test_hostile_names_are_drawn_as_text(make, number):
    name = make.hostile[number]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        svg = svg_of(figures.forest(pd.DataFrame([make.lift_row(name)])))
    assert "<script>" not in svg
    escaped = name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert escaped in svg


def test_tick_labels_stay_text_when_drawn_outside_of_the_house_style(lifts):
    axes = figures.forest(lifts.iloc[[1]])
    assert not axes.get_yticklabels()[0].get_parse_math()
    axes.figure.canvas.draw()


def test_beyond_25_rows_the_forest_names_the_gap(make):
    rows = [make.lift_row(f"a{i}", lift=1 + i / 10) for i in range(30)]
    axes = figures.forest(pd.DataFrame(rows))
    assert len(texts(axes)) == 20
    assert "10 rows in the middle left out" in axes.get_xlabel()


def test_an_interval_down_to_zero_leaves_the_other_marks_apart(make):
    axes = figures.forest(pd.DataFrame([make.lift_row("a", lift=0.5, lift_low=0.0, lift_high=9.0)]))
    assert 0.02 <= axes.get_xlim()[0] <= 0.5


def extreme(make, **given):
    return pd.DataFrame([make.lift_row("a"), make.lift_row("b", **given)])


def test_an_association_far_out_does_not_squeeze_the_lifts_and_is_an_arrow_with_its_number(make):
    axes = figures.forest(extreme(make, association=3614.67))
    assert axes.get_xlim()[1] == 10
    arrows = [line for line in axes.lines if line.get_marker() == ">"]
    assert [to_hex(line.get_markeredgecolor()) for line in arrows] == [style.GREY]
    assert "3,615×" in [text.get_text() for text in axes.texts]


def test_an_association_of_zero_is_an_arrow_to_the_left(make):
    axes = figures.forest(extreme(make, association=0.0))
    assert [line.get_marker() for line in axes.lines].count("<") == 1
    assert "0.00×" in [text.get_text() for text in axes.texts]


def test_the_axis_holds_a_lift_of_twelve_and_not_one_of_a_thousand(make):
    assert figures.forest(extreme(make, lift=12.5, lift_high=15.7)).get_xlim()[1] > 12.5
    axes = figures.forest(extreme(make, lift=1000.0, lift_low=900.0, lift_high=1100.0))
    assert axes.get_xlim()[1] == 50
    assert [line.get_marker() for line in axes.lines].count(">") == 1


def test_without_extremes_there_is_no_arrow(make):
    markers = {line.get_marker() for line in figures.forest(extreme(make)).lines}
    assert not markers & {"<", ">"}


def test_on_a_phone_names_and_lifts_stand_over_the_marks(make, lifts):
    axes = figures.forest(lifts, narrow=True)
    drawn = [text.get_text() for text in axes.texts]
    assert set(make.hostile[:5]) <= set(drawn)
    assert set(texts(axes)) == {""}
    assert not any(text == "2.50" for text in drawn)  # the association has no room
    assert axes.figure.get_size_inches()[0] < 4


@pytest.mark.parametrize("narrow", [False, True])
def test_every_figure_is_drawn_for_both_screens(lifts, ledger, narrow):
    rates = {"group": ["1"], "kind": "decile", "n": [9], "z": [0.1]}
    frame = pd.DataFrame(rates | {"predicted": [0.2], "observed": [0.3]})
    book = {"currency": "EUR", "actions": [{"name": "a", "weight": 1, "low": 0, "high": 2}]}
    book["actions"][0]["primary"] = True
    for axes in (
        figures.forest(lifts, narrow=narrow), figures.waterfall(ledger, "EUR", narrow=narrow),
        figures.weights_bars(book, narrow=narrow), figures.calibration(frame, narrow=narrow),
    ):  # fmt: skip
        assert axes.get_xlabel()
        assert (axes.figure.get_size_inches()[0] < 4) == narrow


def test_long_names_are_cut_with_an_ellipsis_and_labels_replace_names(make):
    frame = pd.DataFrame([make.lift_row("x" * 80), make.lift_row("b", lift=1.2)])
    cut, label = texts(figures.forest(frame, {"b": "Basket"}))
    assert label == "Basket"
    assert set(cut) == {"x", "…"}
    assert 20 < len(cut) < 80


def test_the_waterfall_ends_at_the_sum_of_the_ledger(ledger):
    axes = figures.waterfall(ledger, "EUR")
    assert axes.patches[-1].get_width() == pytest.approx(ledger["credit_total"].sum())
    rows = figures.waterfall_rows(ledger)
    assert (rows["credit"] + rows["again"]).sum() == pytest.approx(ledger["credit_total"].sum())
    assert rows["value"].sum() == pytest.approx(ledger["value_total"].sum())


def test_repeats_fold_into_their_action_and_are_hatched(ledger):
    axes = figures.waterfall(ledger.head(10))
    assert not any("(again)" in name for name in texts(axes))
    assert [bar.get_hatch() for bar in axes.patches].count("////") == 1


def test_repeats_that_undo_the_first_times_are_drawn_under_them(ledger):
    rows = ledger.iloc[[1, 7]]  # +10 at first times, -2.5 again
    first, again, _ = figures.waterfall(rows).patches
    assert [first.get_height(), again.get_height()] == pytest.approx([0.31, 0.31])
    assert first.get_y() < again.get_y()


def test_each_column_beside_the_waterfall_has_one_unit_and_one_precision(ledger):
    large = ledger.assign(value_total=ledger["value_total"] * 1000)
    drawn = [text.get_text() for text in figures.waterfall(large, "EUR").texts]
    assert "million EUR" not in drawn
    assert {"macros", "thousand EUR", "+120.0", "+6,000.0", "190.0", "9,500.0"} <= set(drawn)


def test_small_entries_become_other_beyond_16_rows_and_no_sum_changes(ledger):
    more = ledger[ledger["kind"] == "action"].assign(entry=lambda f: "x" + f["entry"])
    wide = pd.concat([ledger, more], ignore_index=True)
    rows = figures.waterfall_rows(wide)
    assert len(rows) <= figures.MAX_WATERFALL_ROWS
    assert "other actions" in set(rows["row"])
    assert (rows["credit"] + rows["again"]).sum() == pytest.approx(wide["credit_total"].sum())


def test_weights_bars_show_primary_actions_alone_and_the_macro_if_it_stays():
    actions = [
        {"name": "a", "weight": 2.0, "low": 1.0, "high": 3.0, "primary": True},
        {"name": "b", "weight": 0.0, "low": 0.0, "high": 0.0, "primary": False},
    ]
    book = {"currency": None, "macro_weight": 20.0, "actions": actions}
    assert texts(figures.weights_bars(book)) == ["a", "the macro itself"]


def test_withheld_weights_draw_no_bar_and_say_so():
    axes = figures.weights_bars({})
    assert (len(axes.patches), axes.get_xlabel()) == (0, "no weights to book")


def test_calibration_intervals_come_from_the_clustered_errors():
    rows = {"group": ["1", "2"], "kind": "decile", "n": [100, 100]}
    frame = pd.DataFrame(rows | {"predicted": [0.1, 0.2], "observed": [0.14, 0.2], "z": [2.0, 0.0]})
    segments = figures.calibration(frame).collections[0].get_segments()
    assert segments[0][:, 1] == pytest.approx([0.14 - 1.96 * 0.02, 0.14 + 1.96 * 0.02])
    assert segments[1][1, 1] == pytest.approx(0.2 + 1.96 * 0.04)  # binomial: sqrt(0.2 * 0.8 / 100)


def test_rates_over_several_powers_of_ten_get_a_logarithmic_axis():
    rows = {"group": "1", "kind": "decile", "n": 100, "z": 0.5}
    frame = pd.DataFrame([rows | {"predicted": p, "observed": p * 1.1} for p in (0.001, 0.3)])
    assert figures.calibration(frame).get_xscale() == "log"


def test_figures_keep_a_kernel_interactive_that_the_first_of_them_made_so(lifts):
    with style.drawing():
        plt.ion()
    assert plt.isinteractive()
    plt.ioff()


def test_figures_leave_the_callers_style_alone(lifts):
    before = dict(plt.rcParams)
    figures.forest(lifts)
    assert dict(plt.rcParams) == before
