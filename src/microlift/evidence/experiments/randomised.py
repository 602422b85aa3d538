"""An experiment in the log: users assigned at random to do an action, or encouraged to."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pandas as pd

from microlift.asked import as_asked
from microlift.errors import InputError
from microlift.events import EventLog
from microlift.evidence.experiments.arms import Ints, arms_asked, bit_of, count_arms, refuse_few
from microlift.evidence.experiments.entry import Experiment
from microlift.evidence.experiments.wald import WEAK, Arms, Estimate
from microlift.journeys.counting import segment_column
from microlift.journeys.shares import Share
from microlift.journeys.steps import one_of
from microlift.plan.quoting import printable, short
from microlift.result import Result, onto

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Design = Literal["encouragement", "direct"]
_DESIGNS = ("encouragement", "direct")


@dataclass(frozen=True, eq=False, repr=False)
class Randomised(Result):
    """What an assignment at random says about an action.

    Attributes
    ----------
    frame
        One row an arm, the control first: arm, users (mature), did, did_share, count (macros), of,
        rate, low, high.
    finding
        What it says, in one sentence.
    action, design
        What was asked.
    ratio
        Of macro rates with and without the action: among those whom the assignment moved
        (encouragement), or of the arms (direct).
    difference
        The same as a difference of rates; of the arms it is not told.
    strength
        First-stage F of the assignment on the action; below 10 it is weak.
    notes
        What to bear in mind.
    """

    action: str
    design: Design
    ratio: Estimate
    difference: Estimate
    strength: float
    notes: tuple[str, ...]

    @property
    def weak(self) -> bool:
        """Whether the assignment hardly moves the action."""
        return self.design == "encouragement" and self.strength < WEAK

    def to_experiment(self, name: str = "assigned in the log") -> Experiment:
        """Hand the ratio over to `combine`.

        Raises
        ------
        InputError
            If the interval has no bounds: then there is nothing to weigh.
        """
        ratio = self.ratio
        if not ratio.bounded or not ratio.low > 0:
            raise InputError(
                f"The experiment on {short(self.action)} bounds the ratio from {ratio.low:.3g} to "
                f"{ratio.high:.3g} only (first-stage F {self.strength:.1f}), so it has no weight "
                "beside the log. Leave it out, or run it for longer."
            )
        users = int(self.frame["users"].sum())
        given = {"effect": ratio.value, "low": ratio.low, "high": ratio.high}
        return Experiment(action=self.action, name=name, measure="ratio", users=users, **given)

    def plot(self, *, narrow: bool = False, ax: "Axes | None" = None) -> "Axes":
        """Draw the share of users with the macro in each arm."""
        from microlift.reporting.shares import dots

        names = [
            f"{arm} ({share:.0%} did it)"
            for arm, share in self.frame[["arm", "did_share"]].to_numpy()
        ]
        label = "share of users with the macro within the horizon"
        with onto(ax):
            return dots(names, self.frame, label, narrow)

    def _table(self) -> str:
        from microlift.reporting.experiments import arms_table

        return arms_table(self.frame)


@as_asked
def randomised(
    log: EventLog,
    action: str,
    assigned: str,
    treated: str = "1",
    control: str | None = None,
    design: Design = "encouragement",
) -> Randomised:
    r"""Effect of an action from users who were assigned at random.

    With ``design="encouragement"`` the assignment Z moves the action D (a banner, a reminder, an
    easier way) and the macro Y through nothing else. Then

    .. math:: \frac{E[Y D \mid Z = 1] - E[Y D \mid Z = 0]}
                   {E[Y (1 - D) \mid Z = 0] - E[Y (1 - D) \mid Z = 1]}
              = \frac{E[Y(1) \mid \text{moved}]}{E[Y(0) \mid \text{moved}]}

    the ratio of macro rates with and without the action among those whom the assignment moves to
    do it (a local effect), with Fieller's interval, which stays honest where the assignment
    hardly moves anybody and then may have no bounds. `difference` is Wald's ratio, of the same
    users. With ``design="direct"`` the assignment is the action, and the ratio is that of the arms.

    A user counts from the first event on, if the whole horizon lies inside the data; D is the
    action before the first macro, both within the horizon. Everybody assigned counts, as assigned.

    It is compared with lift, and is not the same: lift is about all who did it, at the moment at
    which they did, against something else then; this is about those moved, over the whole horizon.

    Parameters
    ----------
    log
        The event log.
    action
        An action of the plan.
    assigned
        The attribute of the plan that holds the arm, known from a user's first events on. Take it
        out of the plan from which lift is estimated: held fixed there, it makes the bias of what
        is not in the log larger (Ding, VanderWeele and Robins 2017, doi:10.1093/biomet/asx009).
    treated, control
        Its labels; the control may be left out where there are two arms.
    design
        ``"encouragement"`` or ``"direct"``.

    Returns
    -------
    Randomised

    Raises
    ------
    InputError
        If attribute, label, action or design is unknown, or an arm has fewer than 100 mature users
        or 10 macros.

    References
    ----------
    Imbens and Angrist (1994), doi:10.2307/2951620; Abadie (2003),
    doi:10.1016/S0304-4076(02)00201-4; Fieller (1954), doi:10.1111/j.2517-6161.1954.tb00159.x.

    Examples
    --------
    A banner moves 100 of 200 users to chat; chatting makes 40 of these buy instead of 20:

    >>> import pathlib, tempfile
    >>> import pandas as pd
    >>> from microlift import Plan, read_events
    >>> plan = Plan.from_dict({"log": {"attributes": ["banner"]}, "macro": {"event": "buy"},
    ...                        "horizon": "1d", "actions": [{"name": "chat", "event": "chat"}]})
    >>> rows = [("z", "2026-01-09", "visit", "0")]
    >>> for arm, chats, buys in (("0", 0, range(60, 80)), ("1", 100, range(60, 100))):
    ...     for i in range(200):
    ...         events = ["visit"] + ["chat"] * (i < chats) + ["buy"] * (i in buys)
    ...         rows += [(f"{arm}-{i}", f"2026-01-01 10:0{k}", e, arm)
    ...                  for k, e in enumerate(events)]
    >>> file = pathlib.Path(tempfile.mkdtemp(), "log.csv")
    >>> frame = pd.DataFrame(rows, columns=["user_id", "timestamp", "event", "banner"])
    >>> frame.to_csv(file, index=False)
    >>> with read_events(file, plan) as log:
    ...     found = randomised(log, "chat", assigned="banner")
    >>> found.ratio.value, found.difference.value
    (2.0, 0.2)
    """
    one_of("design", design, _DESIGNS, "say whether the assignment is the action or moves it.")
    bit = bit_of(log, action)
    column = segment_column(log, assigned, "assigned")
    labels = log.facts.attributes[assigned]
    codes = arms_asked(labels, assigned, treated, control)
    counts, elsewhere = count_arms(log, column, bit, codes)
    arms = Arms(counts)
    names = tuple(printable(labels[code]) for code in codes)
    refuse_few(counts, names)
    ratio, difference = _estimates(arms, design)
    notes = _notes(log, arms, design, elsewhere)
    finding = _finding(log, action, design, ratio)
    frame = _frame(counts, names)
    return Randomised(frame, finding, action, design, ratio, difference, arms.strength(), notes)


def _estimates(arms: Arms, design: Design) -> tuple[Estimate, Estimate]:
    if design == "direct":
        unknown = float("nan")
        return arms.plain_ratio(), Estimate(unknown, unknown, unknown)
    return arms.compliers_ratio(), arms.compliers_difference()


def _frame(counts: Ints, names: tuple[str, ...]) -> pd.DataFrame:
    rows = []
    for arm, name in zip(counts, names, strict=True):
        share = Share.of_counts(int(arm[:, 1].sum()), int(arm.sum()))
        did = int(arm[1].sum())
        told = (share.count, share.of, share.rate, share.low, share.high)
        rows.append((name, share.of, did, did / share.of, *told))
    columns = ["arm", "users", "did", "did_share", "count", "of", "rate", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def _notes(log: EventLog, arms: Arms, design: Design, elsewhere: int) -> tuple[str, ...]:
    notes = []
    strength = arms.strength()
    if design == "encouragement":
        if strength < WEAK:
            notes.append(
                f"Weak instrument: the assignment hardly moves the action (first-stage F "
                f"{strength:.1f}, below {WEAK:.0f}). The interval is honest about it; the estimate "
                "itself leans towards the naive comparison."
            )
        notes.append(
            "The ratio is about those whom the assignment moves to do it, and holds if the "
            "assignment changes the macro through the action alone and makes nobody avoid it."
        )
        if not arms.compliers_ratio().value > 0:
            notes.append(
                "The arms leave no positive macro rate to those moved, with it or without it: the "
                "ratio is not told."
            )
    if elsewhere:
        notes.append(f"{elsewhere:,} mature users of no arm asked for are left out.")
    if log.plan.macro.repeat:
        notes.append(
            "Only users with a first macro are counted: if the assignment came before it and "
            "changed who has one, the arms are no longer alike."
        )
    return tuple(notes)


def _finding(log: EventLog, action: str, design: Design, ratio: Estimate) -> str:
    whom = "users moved by the assignment" if design == "encouragement" else "users assigned it"
    what = printable(action)
    if not ratio.bounded:
        high = f"{ratio.high:.2f}" if math.isfinite(ratio.high) else "any number"
        return (
            f"The experiment does not bound what {what} changes: {ratio.low:.2f} to {high} times "
            "the macros would all fit (95 %)."
        )
    sure = "raises" if ratio.low > 1 else "lowers" if ratio.high < 1 else "may not change"
    return (
        f"{what} {sure} the chance of {printable(log.plan.macro.name)} among {whom}: "
        f"{ratio.value:.2f} times (95 % interval {ratio.low:.2f} to {ratio.high:.2f})."
    )
