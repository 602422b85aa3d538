"""The main job: `lift` and `weights`."""

import argparse
from typing import TYPE_CHECKING

from microlift.cli.telling import say, warn
from microlift.cli.verbs import Verbs, add_verb, reads_log, writes_folder

if TYPE_CHECKING:  # the estimators take seconds to load, and the parser has no need of them
    from microlift.run import RunResult


def add(verbs: Verbs) -> None:
    """Add the verbs that estimate."""
    lift = add_verb(verbs, "lift", _lift, "write lift.csv")
    weights = add_verb(verbs, "weights", _weights, "also ledger.csv and weights.json")
    for verb in (lift, weights):
        reads_log(verb)
        writes_folder(verb)


def _lift(arguments: argparse.Namespace) -> int:
    from microlift.folder import held, write
    from microlift.reporting import terminal
    from microlift.run import estimate

    with held(arguments.out, ["lift.csv"]):
        result = estimate(arguments.plan, arguments.events, quiet=arguments.quiet)
        write({"lift.csv": result.lift.to_csv()}, arguments.out)
    warn(result.log.facts.notes, arguments.quiet)
    say(terminal.lift(result.lift, _about(result)), "", f"written: {arguments.out / 'lift.csv'}")
    return 0


def _weights(arguments: argparse.Namespace) -> int:
    from microlift.reporting import terminal
    from microlift.run import run

    result = run(arguments.plan, arguments.events, out=arguments.out, quiet=arguments.quiet)
    warn(result.log.facts.notes, arguments.quiet)
    written = [f"written: {arguments.out / name}" for name in result.files()]
    say(terminal.weights(result.weights, _about(result)), "", *written)
    return result.exit_code


def _about(result: "RunResult") -> str:
    """Say what the results are about, where that is not each user's first macro."""
    whole = result.log.facts.whole
    return whole.told if whole else ""
