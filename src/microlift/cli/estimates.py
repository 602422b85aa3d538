"""The main job: `lift` and `weights`."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from microlift.cli import values
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
        verb.add_argument(
            "--no-checks",
            dest="checks",
            action="store_false",
            help="lifts as they are, in a third of the time: nothing tries to prove them wrong",
        )
        verb.add_argument(
            "--state",
            type=values.path,
            metavar="DIR",
            help="keep there what was read, so that the next run reads new files alone",
        )


def _lift(arguments: argparse.Namespace) -> int:
    from microlift.folder import held, write
    from microlift.reporting import terminal
    from microlift.run import estimate

    with held(arguments.out, ["lift.csv"]):
        result = estimate(
            arguments.plan,
            arguments.events,
            checks=arguments.checks,
            quiet=arguments.quiet or None,
            state=arguments.state,
        )
        write({"lift.csv": result.lift.to_csv()}, arguments.out)
    warn([*_state(result), *result.log.facts.notes], arguments.quiet)
    say(terminal.lift(result.lift, _about(result)), "", f"written: {arguments.out / 'lift.csv'}")
    return 0


def _weights(arguments: argparse.Namespace) -> int:
    from microlift.reporting import terminal
    from microlift.run import run

    result = run(
        arguments.plan,
        arguments.events,
        out=arguments.out,
        checks=arguments.checks,
        quiet=arguments.quiet or None,
        state=arguments.state,
    )
    warn([*_state(result), *result.log.facts.notes], arguments.quiet)
    say(terminal.weights(result.weights, _about(result)), "", *_written(result, arguments.out))
    return result.exit_code


def _written(result: "RunResult", out: Path) -> list[str]:
    """Name the files of a run; weights that say what is published already are left as they are."""
    done, names = result.published, list(result.files())
    lines = [f"written: {out / name}" for name in names if name != "weights.json"]
    if done is not None:
        place = out / "weights.json"
        said = f"unchanged: {place} says the same (version {done.version})"
        lines.append(f"written: {place}" if done.new else said)
    return lines


def _state(result: "RunResult") -> list[str]:
    return [str(result.state)] if result.state else []


def _about(result: "RunResult") -> str:
    """Say what the results are about, where that is not each user's first macro."""
    whole = result.log.facts.whole
    return whole.told if whole else ""
