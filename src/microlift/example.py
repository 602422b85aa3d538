"""Example shops: a plan and a log ready to be looked at, simulated where they are needed."""

import atexit
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pandas as pd

from microlift.card import card_html, card_text, next_line
from microlift.errors import InputError, nearest
from microlift.events import EventLog, read_events
from microlift.plan import Plan
from microlift.plan.quoting import short
from microlift.progress import shows_progress
from microlift.simulate import plan_for, plant, simulate, truth
from microlift.simulate.campaigns import campaigns, plan_of_campaigns, simulate_campaigns

SEED = 1
USERS = 20_000
MONTHS = 8
TRUTH_USERS = 100_000
_NEXT = "ml.moments(example.log)"


@dataclass(frozen=True)
class _Story:
    """What an example is about, and how it is made."""

    about: str
    shop: str
    plan: Callable[[], Plan]
    events: Callable[[], pd.DataFrame]


def _shop(about: str, shop: str) -> _Story:
    return _Story(about, shop, lambda: plan_for(shop), lambda: simulate(shop, USERS, SEED))


def _broken() -> pd.DataFrame:
    return plant(simulate("funnel", USERS, SEED), "shipping_fee", SEED)


def _plan_of_campaigns() -> Plan:
    given = plan_of_campaigns().to_dict()
    given["log"]["attributes"] = ["campaign"]
    return Plan.from_dict(given)


EXAMPLES = {
    "shop": _shop("A shop whose channels bring people of different intent", "channels"),
    "broken_shop": _Story(
        "A shop in which something breaks on the way to the order",
        "funnel",
        lambda: plan_for("funnel"),
        _broken,
    ),
    "hidden_intent": _shop("A shop in which intent is not in the log", "intent"),
    "campaigns": _Story(
        "A shop with many small campaigns, over many months",
        "",
        _plan_of_campaigns,
        lambda: simulate_campaigns(campaigns(seed=SEED), months=MONTHS, seed=SEED, rest=0.5),
    ),
    "letters": _shop("Customers who get letters: a sequence without visits", "letters"),
}


@dataclass(frozen=True, eq=False, repr=False)
class Example:
    """An example: what it is about, its plan, and its log.

    Attributes
    ----------
    name, about
        The name it is loaded by, and one line of what it is about.
    plan : Plan
    log : EventLog
        As `read_events` returns it; closed when Python ends.
    path : Path
        The file of the events, in a folder that is removed when Python ends.
    """

    name: str
    about: str
    plan: Plan
    log: EventLog
    path: Path
    _shop: str = field(default="")

    def truth(self) -> pd.DataFrame:
        """Return the true lift of each action, by simulating both branches of many journeys.

        One row an action: ``action``, ``lift`` and its standard error among the columns. It takes
        some seconds, once.

        Raises
        ------
        InputError
            For an example whose truth is not about actions.
        """
        if not self._shop:
            raise InputError(
                f"Example {self.name!r} is about campaigns and not about actions, so it has no "
                "true lifts. Ask another one: "
                + ", ".join(repr(name) for name, story in EXAMPLES.items() if story.shop)
                + "."
            )
        return _truth(self._shop).copy()

    def __str__(self) -> str:
        return card_text(self.about, self._summary())

    def __repr__(self) -> str:
        return f"{self}\n{next_line(_NEXT)}"

    def _repr_html_(self) -> str:
        return card_html(self.about, self._summary(), _NEXT)

    def _summary(self) -> list[tuple[str, str]]:
        facts = self.log.facts
        return [
            (".plan", f"{len(self.plan.actions)} actions before {self.plan.macro.name}"),
            (".log", f"{facts.events:,} events of {facts.users:,} users, {facts.macros:,} macros"),
            (".path", "the file of the events, for ml.run(example.plan, example.path)"),
            *([(".truth()", "the true lifts, known since it is simulated")] if self._shop else []),
        ]


def load_example(name: str = "shop") -> Example:
    """Load an example: a simulated log with the plan that fits it.

    The same in every Python: the seed is fixed, and nothing is fetched. It takes a second or two,
    and nothing when it is loaded again.

    Parameters
    ----------
    name
        ``"shop"``: channels of different intent, the one to begin with. ``"broken_shop"``: a
        funnel in which something breaks. ``"hidden_intent"``: what moves visitors is not in the
        log. ``"campaigns"``: many small campaigns over months. ``"letters"``: no visits, a clock.

    Returns
    -------
    Example
        With ``plan``, ``log``, ``path`` and ``truth()``.

    Raises
    ------
    InputError
        If there is no example of that name.

    Examples
    --------
    >>> load_example("shops")
    Traceback (most recent call last):
    microlift.errors.InputError: Argument name: got 'shops', which is none of the 5 examples.
    Use 'shop'...
    """
    if not isinstance(name, str) or name not in EXAMPLES:
        raise InputError(
            f"Argument name: got {short(name)}, which is none of the {len(EXAMPLES)} examples. "
            f"Use {nearest(str(name), EXAMPLES)}. A log of your own is read by read_events."
        )
    found = _loaded.get(name)
    if found is None or found.log.closed:
        story, path = EXAMPLES[name], _written(name)
        plan = story.plan()
        log = read_events(path, plan)
        found = _loaded[name] = Example(name, story.about, plan, log, path, story.shop)
    return found


_loaded: dict[str, Example] = {}


@cache
def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="microlift-example-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _written(name: str) -> Path:
    """File of an example's events, which is written once."""
    path = _folder() / f"{name}.parquet"
    if not path.exists():
        part = path.with_suffix(".part")  # who stops the cell halfway finds no half of a file
        EXAMPLES[name].events().to_parquet(part, index=False)
        part.replace(path)
    return path


@cache
def _truth(shop: str) -> pd.DataFrame:
    return truth(shop, TRUTH_USERS, SEED, quiet=not shows_progress())
