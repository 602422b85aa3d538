"""Several looks at a log, a sentence and a CSV file each: `journeys` and `evidence`."""

import argparse
from typing import TYPE_CHECKING

from microlift.cli import values
from microlift.cli.telling import say, warn
from microlift.cli.verbs import Verbs, add_verb, reads_log, writes_folder

if TYPE_CHECKING:  # the estimators take seconds to load, and the parser has no need of them
    from microlift.looks import Looks


def add(verbs: Verbs) -> None:
    """Add the verbs that look."""
    journeys = add_verb(verbs, "journeys", _journeys, "what journeys say, a CSV file a look")
    evidence = add_verb(
        verbs, "evidence", _evidence, "how far lifts can be trusted, a CSV file a look"
    )
    for verb in (journeys, evidence):
        reads_log(verb)
        writes_folder(verb)
    evidence.add_argument(
        "--experiments", type=values.path, metavar="FILE", help="randomised results (YAML or CSV)"
    )


def _journeys(arguments: argparse.Namespace) -> int:
    from microlift.overview import overview

    found = overview(arguments.plan, arguments.events, arguments.out, quiet=arguments.quiet or None)
    return _tell(found, arguments)


def _evidence(arguments: argparse.Namespace) -> int:
    from microlift.study import study

    found = study(
        arguments.plan,
        arguments.events,
        arguments.out,
        experiments=arguments.experiments,
        quiet=arguments.quiet or None,
    )
    return _tell(found, arguments)


def _tell(found: "Looks", arguments: argparse.Namespace) -> int:
    from microlift.reporting import labels

    warn(found.log.facts.notes, arguments.quiet)
    with labels.speaking(found.log.plan):
        said = labels.said(str(found))
    say(said, "", *(f"written: {arguments.out / name}" for name in found.files()))
    return 0
