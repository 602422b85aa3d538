"""What checks found: one as a table, all of them as a grid of marks and as a table."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from microlift.reporting import numerals, style
from microlift.reporting.rows import NARROW, WIDE, Rows
from microlift.reporting.tables import html_table
from microlift.result import given_axes

WORDS = {True: "passed", False: "failed", None: "not judged"}
WARNING = "warning"  # what a check that only advises says instead of "failed"
_SHARES = ("propensity", "beyond", "alone", "telling", "predicted", "observed", "macro_rate")


def word(verdict: object) -> str:
    """Word of a verdict; a missing value could not be judged.

    >>> word(True), word(False), word(None), word(float("nan")), word("warning")
    ('passed', 'failed', 'not judged', 'not judged', 'warning')
    """
    known = {"True": WORDS[True], "False": WORDS[False], WARNING: WARNING}
    return known.get(str(verdict), WORDS[None])


def check_table(frame: pd.DataFrame, caption: str) -> str:
    """Write the frame of a check: its first column names the rows, `note` stands under them.

    >>> frame = pd.DataFrame({"action": ["<b>"], "verdict": [False], "beyond": [0.2],
    ...     "doers": [1200], "p_value": [0.0001], "note": ["why"]})
    >>> page = check_table(frame, "Overlap").replace(chr(160), " ")
    >>> [text in page for text in ("&lt;b&gt;", "failed", "20.0 %", "1,200", "&lt; 0.001", "why")]
    [True, True, True, True, True, True]
    """
    notes = [str(note) for note in frame["note"]] if "note" in frame else []
    shown = pd.DataFrame(index=frame.index)
    numeric = []
    for name in frame.columns.drop("note", errors="ignore"):
        column = frame[name]
        head = str(name).replace("_", " ")
        if name == "verdict":
            shown[head] = [word(value) for value in column]
            continue
        shown[head] = [_text(str(name), value) for value in column]
        if pd.api.types.is_numeric_dtype(column):
            numeric.append(head)
    return html_table(shown, caption, numeric, notes if any(notes) else ())


def _text(name: str, value: Any) -> str:
    if isinstance(value, str):
        return value
    number = float(value)
    if name in _SHARES:
        return numerals.percent(number)
    if name == "p_value":
        return numerals.q_value(number)
    whole = number == round(number) if number == number and abs(number) < 1e15 else False
    return numerals.count(number) if whole or abs(number) >= 100 else numerals.decimal(number)


def reading(failed: Sequence[tuple[str, bool, str]], classes: int) -> list[str]:
    """Say what a failed check found, and what is beyond all of them.

    Parameters
    ----------
    failed
        Of each check that is not passed: its name, whether it only advises, its finding.
    classes
        Classes of users that lift was judged in.

    Examples
    --------
    >>> for line in reading([("balance", False, "Off by 0.3."), ("trait", True, "Weak.")], 2):
    ...     print(line)
    An action that fails a check is not identified, and is not made primary.
    Balance failed: Off by 0.3.
    Trait warns: Weak.
    Users fall into 2 classes that neither attributes nor history tell apart; lifts are those \
    within a class.
    No check sees what left no trace in the log: an experiment does.
    """
    lines = ["An action that fails a check is not identified, and is not made primary."]
    words = {False: "failed", True: "warns"}
    lines += [f"{name.capitalize()} {words[advises]}: {said}" for name, advises, said in failed]
    if classes > 1:
        lines.append(
            f"Users fall into {classes} classes that neither attributes nor history tell apart; "
            "lifts are those within a class."
        )
    return [*lines, "No check sees what left no trace in the log: an experiment does."]


_MARKS = {
    "passed": ("o", style.BLUE, 8.0),
    "failed": ("X", style.ORANGE, 10.0),
    WARNING: ("^", style.PURPLE, 8.5),
    "not judged": ("_", style.GREY, 9.0),
}
MOST_ACTIONS = 40


def grid(verdicts: pd.DataFrame, narrow: bool = False) -> Axes:
    """Draw verdicts of checks (columns) on actions (rows), by shape and colour.

    Of a check that only advises, ``"warning"`` stands for failed.

    Parameters
    ----------
    verdicts
        Actions by checks, the model as a whole first. Beyond 40 rows the last are left out.
    narrow
        For a screen as wide as a phone's.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> axes = grid(pd.DataFrame([[True], [False]], ["all", "cart"], ["overlap"]))
    >>> [text.get_text() for text in axes.get_yticklabels()], axes.get_xticklabels()[0].get_text()
    (['all', 'cart'], 'overlap')
    >>> plt.close(axes.figure)
    """
    shown = verdicts.head(MOST_ACTIONS)
    with style.drawing():
        rows = Rows([str(name) for name in shown.index], room=1.6, narrow=narrow)
        axes = rows.axes
        figure = axes.get_figure(root=True)
        given = given_axes() is not None  # of any width: perhaps no wider than a phone
        if figure is not None and not narrow and not given:
            figure.set_figwidth(max(NARROW, min(WIDE, 2.6 + 0.85 * shown.shape[1])))
        axes.set_xlim(-0.6, shown.shape[1] - 0.4)
        axes.xaxis.tick_top()
        axes.set_xticks(range(shown.shape[1]), [style.shorten(str(c), 24) for c in shown.columns])
        axes.tick_params(axis="x", labelrotation=55)
        for label in axes.get_xticklabels():
            label.set_horizontalalignment("left")
            label.set_rotation_mode("anchor")
        for kind, (shape, colour, size) in _MARKS.items():
            places = [
                (x, y)
                for y, row in enumerate(shown.to_numpy(dtype=object))
                for x, value in enumerate(row)
                if word(value) == kind
            ]
            across, down = zip(*places, strict=True) if places else ((), ())
            (marks,) = axes.plot(
                across, down, shape, color=colour, markersize=size, linestyle="none", label=kind,
                markeredgewidth=1.8 if shape == "_" else 0.5, clip_on=False,
            )  # fmt: skip
            marks.set_in_layout(bool(places))  # no marks would count as one at the figure's corner
        axes.axhline(0.28 if narrow else 0.5, color=style.GRID)
        axes.legend(
            loc="upper left", bbox_to_anchor=(0, -0.02), ncols=2 if narrow or given else 4,
            frameon=False, fontsize=11, handletextpad=0.3, columnspacing=1.0,
        )  # fmt: skip
        left_out = len(verdicts) - len(shown)
        rows.finish(f"{left_out} more actions are in the table" if left_out else "")
        axes.spines["bottom"].set_visible(False)
        return axes


def grid_table(verdicts: pd.DataFrame, findings: Sequence[str]) -> str:
    """Write verdicts by action as a table, one row a check, its finding under it.

    >>> page = grid_table(pd.DataFrame([[False]], ["<b>"], ["overlap"]), ["Nobody is there."])
    >>> [text in page for text in ("overlap", "&lt;b&gt;", "failed", "Nobody is there.")]
    [True, True, True, True]
    """
    table = pd.DataFrame({"check": list(verdicts.columns)})
    for name, row in zip(verdicts.index, verdicts.to_numpy(dtype=object), strict=True):
        table[str(name)] = [word(value) for value in row]
    return html_table(table, "Checks: passed, failed, a warning, or not judged", (), list(findings))
