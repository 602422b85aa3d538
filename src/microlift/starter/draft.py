"""From a log to a starting plan: one look, then choices, each with its reasons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike

import duckdb
import yaml
from tqdm.auto import tqdm

from microlift.errors import EventsError, InputError
from microlift.events.engine import close, connect, of_the_files
from microlift.events.files import Source, find_files
from microlift.plan import Plan
from microlift.plan.actions import MAX_ACTIONS
from microlift.progress import shows_progress
from microlift.starter.attributes import choose_attributes
from microlift.starter.candidates import ACTIVE, judge, judge_rules, shortlist
from microlift.starter.choices import Choices
from microlift.starter.lexicon import fitting, template
from microlift.starter.macro import MacroChoice, choose_macro, with_same
from microlift.starter.money import choose_money
from microlift.starter.outcome import empty_visits, outcome
from microlift.starter.profile import Profile, profile
from microlift.starter.reading import Opened, open_log
from microlift.starter.rhythm import choose_rhythm, is_visits
from microlift.starter.rules import FIRST_CODE, find_rules
from microlift.starter.text import names
from microlift.starter.traits import currencies, traits
from microlift.starter.write import doubts, plan_text

ALONE = 1.05  # rows a user up to which there are no sequences
MEMORY = "2GB"  # of the engine; it spills to disk what is above


@dataclass(frozen=True, repr=False)
class Draft:
    """A starting plan; shown as its text, which is written to be read.

    Attributes
    ----------
    text : str
        The commented YAML.
    plan : Plan
        What it says.
    unsure : tuple of str
        What a reader should decide.
    """

    text: str
    plan: Plan
    unsure: tuple[str, ...]

    def __repr__(self) -> str:
        return self.text


def draft_plan(
    path: str | PathLike[str],
    *,
    business: str | None = None,
    columns: Mapping[str, str] | None = None,
    macro: Sequence[str] = (),
    most: int = ACTIVE,
    quiet: bool | None = None,
) -> Draft:
    r"""Draft a plan from a log.

    Parameters
    ----------
    path : str or path
        As for `microlift.read_events`.
    business : {'ecommerce', 'saas', 'content', 'b2b'}, optional
        The template; default the one that knows most event names of the log.
    columns : mapping of str to str, optional
        Columns that no name tells: ours to the log's.
    macro : list of str, optional
        The event names of the macro; default the likeliest.
    most : int, default 8
        Active actions, at most 30.
    quiet : bool, optional
        Whether to show no progress; by default it is shown where somebody watches.

    Returns
    -------
    Draft

    Raises
    ------
    InputError
        If more than 30 actions are asked for, or a column or event that is not there.
    EventsError
        If the log has no user, time or event, or nothing that could be macro or action.

    Notes
    -----
    Cost: some scans of the columns that are used, and the sorting of the events by user.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> file = pathlib.Path(tempfile.mkdtemp(), "log.csv")
    >>> rows = ["uid,ts,name"]
    >>> for user in range(40):
    ...     rows += [f"{user},2024-07-01T10:0{i}:00Z,{name}" for i, name in enumerate(
    ...         ["page_view", "add_to_cart", "purchase"][: 1 + user % 3])]
    >>> _ = file.write_text("\n".join(rows))
    >>> plan = draft_plan(file).plan
    >>> plan.log.columns.user_id, plan.macro.event, [action.name for action in plan.actions]
    ('uid', ('purchase',), ['add_to_cart'])
    """
    if not 1 <= most <= MAX_ACTIONS:
        raise InputError(
            f"Got {most:,} actions; a plan holds 1 to {MAX_ACTIONS}. GA4 allows 30 key events a "
            "property, and 5 to 8 are what people act on: more only when the first prove useful."
        )
    source = find_files(path)
    con = connect([source.root], memory=MEMORY)
    try:
        with tqdm(
            total=3, desc="look at the log", disable=not shows_progress(quiet), leave=False
        ) as steps:
            log = open_log(source, con, columns or {})
            steps.update()
            choices = _choose(log, source, business, macro, most)
            steps.update()
            text = plan_text(choices)
            steps.update()
    except duckdb.Error as error:
        if not of_the_files(error):
            raise
        said = str(error).splitlines()[0][:300]
        raise EventsError(
            f"The log {source.given!r} ({len(source.files):,} files) cannot be read as "
            f"{source.format}: {said}. Check the file that is named, or export it again."
        ) from error
    finally:
        close(con)
    return Draft(text, Plan.from_dict(yaml.safe_load(text)), tuple(doubts(choices)))


def _choose(
    log: Opened, source: Source, business: str | None, given: Sequence[str], most: int
) -> Choices:
    found = profile(log)
    kind = template(business) if business else fitting([event.name for event in found.events])
    macro = choose_macro(found, kind, given)
    # The rules look at visits; on a clock there are none.
    rules = find_rules(log, found, macro.events if is_visits(found) else None)
    seen = outcome(log, macro.events)
    if not given:
        macro = with_same(macro, seen)
    judged = judge(found, seen, macro, kind)
    actions = shortlist(judged, judge_rules(rules, found, seen), most)
    if not actions:
        raise _no_action(log, found, macro)
    active = [each for each in actions if each.active]
    planned = {each.event.name for each in active if not each.rule} | set(macro.events)
    places = [FIRST_CODE + i for i, e in enumerate(rules) if e.rule in [a.rule for a in active]]
    looked = [*log.roles.attributes, *log.roles.possible]
    return Choices(
        log=source.given.rstrip("/").rsplit("/", 1)[-1],  # a plan is kept, its machine is not
        opened=log,
        found=found,
        kind=kind,
        said=business is not None,
        macro=macro,
        money=choose_money(found, macro, log.roles.mapped, currencies(log, macro.events)),
        seen=seen,
        judged=tuple(judged),
        actions=tuple(actions),
        rhythm=choose_rhythm(found, seen, kind),
        attributes=choose_attributes(traits(log, looked), log.roles.attributes),
        visits=empty_visits(log, planned, places),
    )


def _no_action(log: Opened, found: Profile, macro: MacroChoice) -> EventsError:
    why = "all are metrics, done by everybody, or at or after the macro"
    do = "Give a log with what users do before, or name the macro with --macro."
    if log.dated:
        why = (
            "its times are dates without a time of day, so that what was done on the day of the "
            "macro has no order"
        )
        do = "Export the times in full."
    elif found.kept <= ALONE * found.users:
        why = f"the {found.users:,} users have {found.kept:,} rows, so that nearly each has one"
        do = "Check whether the column of the user is the right one, or give a longer log."
    return EventsError(
        f"Beside the macro {names(macro.events)} none of the {found.names:,} event names of the "
        f"log can be an action: {why}. {do}"
    )
