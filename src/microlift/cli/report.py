"""The scheduled job: `report`."""

import argparse

from microlift.cli import values
from microlift.cli.telling import fail, say
from microlift.cli.verbs import Verbs, add_verb, reads_log, writes_folder


def add(verbs: Verbs) -> None:
    """Add the verb of the scheduled job."""
    parser = add_verb(verbs, "report", report, "all of it, into one HTML report")
    reads_log(parser)
    writes_folder(parser)
    parser.add_argument(
        "--timeout",
        type=values.seconds,
        metavar="DURATION",
        help="cut it off after a time, such as 30m",
    )
    parser.add_argument(
        "--memory", type=values.size, metavar="SIZE", help="what it may hold, such as 4GB (Linux)"
    )


def report(arguments: argparse.Namespace) -> int:
    """Run the whole job, and say where its report lies."""
    from microlift.reporting.kernel import Limits
    from microlift.reporting.runner import run_report

    limits = Limits(arguments.timeout, arguments.memory)
    outcome = run_report(
        arguments.plan, arguments.events, arguments.out, quiet=arguments.quiet, limits=limits
    )
    if outcome.html is None:
        return fail(outcome.message, outcome.exit_code)
    say(outcome.message, f"report: {outcome.html}")
    if outcome.exit_code == 0:
        say(f"weights: {outcome.html.parents[1] / 'weights.json'}")
    return outcome.exit_code
