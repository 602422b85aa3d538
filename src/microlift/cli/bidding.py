"""What to bid on: `readiness`."""

import argparse

from microlift.cli import values
from microlift.cli.telling import say, warn
from microlift.cli.verbs import Verbs, add_verb, may_leave_checks_out, reads_log


def add(verbs: Verbs) -> None:
    """Add the verb that judges readiness."""
    ready = add_verb(
        verbs, "readiness", _readiness, "which mode of bidding is ready, and a note for the client"
    )
    reads_log(ready)
    ready.add_argument("--by", metavar="ATTRIBUTE", help="an attribute, such as campaign")
    ready.add_argument(
        "--spend", type=values.amount, metavar="AMOUNT", help="spent on ads, for the note"
    )
    ready.add_argument(
        "--out", type=values.path, metavar="DIR", help="folder to write; default: print only"
    )
    may_leave_checks_out(ready)


def _readiness(arguments: argparse.Namespace) -> int:
    from microlift.advice import advise
    from microlift.reporting import labels

    found = advise(
        arguments.plan,
        arguments.events,
        arguments.out,
        by=arguments.by,
        spend=arguments.spend,
        checks=arguments.checks,
        quiet=arguments.quiet or None,
    )
    warn(found.log.facts.notes, arguments.quiet)
    files = found.files() if arguments.out else {}
    with labels.speaking(found.log.plan):
        said = labels.said(str(found))
    say(said, "", *(f"written: {arguments.out / name}" for name in files))
    return 0
