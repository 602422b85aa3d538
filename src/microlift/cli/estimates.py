"""The main job: `lift` and `weights`."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from microlift.cli import values
from microlift.cli.telling import say, warn
from microlift.cli.verbs import (
    Verbs,
    add_verb,
    may_leave_checks_out,
    reads_log,
    reads_log_or_cells,
    writes_folder,
)

if TYPE_CHECKING:  # the estimators take seconds to load, and the parser has no need of them
    from microlift.events import LogFacts
    from microlift.run import RunResult


def add(verbs: Verbs) -> None:
    """Add the verbs that estimate."""
    lift = add_verb(verbs, "lift", _lift, "write lift.csv")
    weights = add_verb(verbs, "weights", _weights, "lifts, ledger and weights as files")
    reads_log(weights)
    reads_log_or_cells(lift)
    for verb in (lift, weights):
        writes_folder(verb)
        may_leave_checks_out(verb)
        verb.add_argument(
            "--state",
            type=values.path,
            metavar="DIR",
            help="keep there what was read, so that the next run reads new files alone",
        )


def _lift(arguments: argparse.Namespace) -> int:
    from microlift.folder import held, write
    from microlift.reporting import labels, terminal
    from microlift.run import estimate

    if arguments.cells is not None:
        return _lift_of_cells(arguments)
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
    with labels.speaking(result.log.plan):
        said = terminal.lift(result.lift, _about(result.log.facts))
    say(said, "", f"written: {arguments.out / 'lift.csv'}")
    return 0


def _lift_of_cells(arguments: argparse.Namespace) -> int:
    from microlift.folder import held, write
    from microlift.plan import Plan
    from microlift.reporting import labels, terminal
    from microlift.run import lift_of_cells

    plan = Plan.of(arguments.plan)
    with held(arguments.out, ["lift.csv"]):
        lift, facts = lift_of_cells(
            plan, arguments.cells, checks=arguments.checks, quiet=arguments.quiet or None
        )
        write({"lift.csv": lift.to_csv()}, arguments.out)
    warn(facts.notes, arguments.quiet)
    with labels.speaking(plan):
        said = terminal.lift(lift, _about(facts))
    say(said, "", f"written: {arguments.out / 'lift.csv'}")
    return 0


def _weights(arguments: argparse.Namespace) -> int:
    from microlift.reporting import labels, terminal
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
    with labels.speaking(result.log.plan):
        said = terminal.weights(result.weights, _about(result.log.facts))
    say(said, "", *_written(result, arguments.out))
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


def _about(facts: "LogFacts") -> str:
    """Say what the results are about, where that is not each user's first macro."""
    return facts.whole.told if facts.whole else ""
