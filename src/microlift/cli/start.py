"""From a log of one's own to a plan that fits it: `init` and `check`."""

import argparse
import shlex
from pathlib import Path

from microlift.cli import values
from microlift.cli.telling import say
from microlift.cli.verbs import Verbs, add_verb, reads_log
from microlift.errors import InputError

BUSINESSES = ("ecommerce", "saas", "content", "b2b")


def add(verbs: Verbs) -> None:
    """Add the verbs of a start."""
    _add_init(verbs)
    check = add_verb(verbs, "check", _check, "data quality as a table of verdicts, no estimate")
    reads_log(check)
    check.epilog = (
        "Exit code 0 where all verdicts are good or look; 2 where one is refuse, or where log or "
        "plan cannot be read."
    )
    check.add_argument("--json", action="store_true", help="verdict and findings as JSON")


def _add_init(verbs: Verbs) -> None:
    init = add_verb(verbs, "init", _init, "draft a plan from a log, with the reasons as comments")
    init.add_argument(
        "--events", type=values.text, required=True, help="file, folder or glob of events"
    )
    init.add_argument("--out", type=values.path, default="plan.yaml", help="the plan to write")
    init.add_argument("--force", action="store_true", help="replace a plan that is there")
    init.add_argument("--template", choices=BUSINESSES, help="the kind of business")
    init.add_argument(
        "--columns",
        type=values.pair,
        nargs="+",
        action="extend",
        default=[],
        metavar="ROLE=COLUMN",
        help="columns that cannot be told, such as user_id=uid timestamp=ts event=name",
    )
    init.add_argument(
        "--macro", type=values.text, nargs="+", default=[], help="event names of the macro"
    )
    init.add_argument(
        "--actions", type=values.positive, default=8, help="active actions, at most 30"
    )


def _init(arguments: argparse.Namespace) -> int:
    from microlift.events.engine import memory_of_python
    from microlift.folder import held, write
    from microlift.starter import draft_plan

    out: Path = arguments.out
    if out.exists() and not arguments.force:
        raise InputError(
            f"{str(out)!r} is there already, and what somebody wrote into it would be lost. Name "
            "another file with --out, or replace it with --force."
        )
    with held(out.parent, [out.name]), memory_of_python():
        draft = draft_plan(
            arguments.events,
            business=arguments.template,
            columns=dict(arguments.columns),
            macro=arguments.macro,
            most=arguments.actions,
            quiet=arguments.quiet or None,
        )
        write({out.name: draft.text}, out.parent)
    say(f"written: {out}", "", "Please decide:", *(f"- {each}" for each in draft.unsure), "")
    given = shlex.join(["microlift", "check", "--plan", str(out), "--events", arguments.events])
    say("Read the plan and its reasons, then try it:", f"  {given}")
    return 0


def _check(arguments: argparse.Namespace) -> int:
    from microlift.events import read_events
    from microlift.events.engine import memory_of_python
    from microlift.plan import Plan
    from microlift.quality import check_log

    plan = Plan.load(arguments.plan)
    with (
        memory_of_python(),
        read_events(arguments.events, plan, quiet=arguments.quiet or None) as log,
    ):
        found = check_log(log)
    say(found.to_json() if arguments.json else f"{log}\n\n{found}")
    return found.exit_code
