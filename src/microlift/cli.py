"""The command line: thin, one function a verb."""

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from microlift.errors import CutOffError, MicroliftError

DEMO_SHOP = "channels"


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; return its exit code.

    Returns
    -------
    0 done; 1 the run failed; 2 the input or the plan is wrong; 3 done, weights withheld;
    4 cut off; 75 another run holds the folder.
    """
    arguments = _parser().parse_args(argv)
    verb: Callable[[argparse.Namespace], int] = arguments.verb
    try:
        return verb(arguments)
    except MicroliftError as error:
        print(f"microlift: {error}", file=sys.stderr)
        return error.exit_code
    except MemoryError as error:
        print(f"microlift: cut off, out of memory: {error}", file=sys.stderr)
        return CutOffError.exit_code
    except BrokenPipeError:
        return 1
    except OSError as error:
        print(f"microlift: the run failed: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("microlift: interrupted", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="microlift", description="What each small action of your visitors is worth."
    )
    parser.add_argument("--version", action="version", version=_version())
    verbs = parser.add_subparsers(required=True, metavar="COMMAND")
    _add(verbs, "demo", _demo, "simulate a shop, then the whole run", out="reports/demo")
    check = _add(verbs, "check", _check, "read log and plan, no estimate")
    lift = _add(verbs, "lift", _lift, "write lift.csv", out=None)
    weights = _add(verbs, "weights", _weights, "also ledger.csv and weights.json", out=None)
    report = _add(verbs, "report", _report, "all of it, into one HTML report", out=None)
    for verb in (check, lift, weights, report):
        verb.add_argument("--plan", type=Path, required=True, help="the measurement plan")
        verb.add_argument("--events", required=True, help="file, folder or glob of events")
    simulate = _add(verbs, "simulate", _simulate, "a log with known truth beside it")
    simulate.add_argument("--out", type=Path, required=True, help="Parquet file to write")
    simulate.add_argument("--users", type=_positive, default=20_000)
    simulate.add_argument("--seed", type=int, default=0)
    simulate.add_argument("--shop", default=DEMO_SHOP, help="which shop")
    simulate.add_argument("--truth-users", type=_positive, default=100_000)
    return parser


def _add(
    verbs: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    verb: Callable[[argparse.Namespace], int],
    text: str,
    **out: str | None,
) -> argparse.ArgumentParser:
    parser = verbs.add_parser(name, help=text, description=text)
    parser.set_defaults(verb=verb)
    parser.add_argument("--quiet", action="store_true", help="no progress on stderr")
    if out:
        default = out["out"]
        parser.add_argument(
            "--out", type=_folder, default=default, required=default is None, help="folder to write"
        )
    return parser


def _folder(text: str) -> Path:
    # Said before the work and not after it.
    if Path(text).exists() and not Path(text).is_dir():
        raise argparse.ArgumentTypeError(f"{text!r} is a file, and a folder is wanted")
    return Path(text)


def _positive(text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"not a whole number: {text!r}") from None
    if value <= 0:
        raise argparse.ArgumentTypeError(f"must be above 0, got {value}")
    return value


def _warn(notes: Iterable[str], quiet: bool) -> None:
    """Say on stderr what a reader of the results should know."""
    for note in notes if not quiet else ():
        print(f"microlift: note: {note}", file=sys.stderr)


def _version() -> str:
    from importlib.metadata import version

    return version("microlift")


def _demo(arguments: argparse.Namespace) -> int:
    out: Path = arguments.out
    arguments.out, arguments.shop = out / "events.parquet", DEMO_SHOP
    arguments.users, arguments.seed, arguments.truth_users = 50_000, 7, 100_000
    _simulate(arguments)
    arguments.events, arguments.plan, arguments.out = str(arguments.out), out / "plan.yaml", out
    return _report(arguments)


def _check(arguments: argparse.Namespace) -> int:
    from microlift.events import read_events
    from microlift.plan import Plan

    print(read_events(arguments.events, Plan.load(arguments.plan), quiet=arguments.quiet))
    return 0


def _lift(arguments: argparse.Namespace) -> int:
    from microlift.run import estimate, write

    result = estimate(arguments.plan, arguments.events, quiet=arguments.quiet)
    write({"lift.csv": result.lift.to_csv()}, arguments.out)
    _warn(result.log.facts.notes, arguments.quiet)
    print(result.lift)
    print(f"\nwritten: {arguments.out / 'lift.csv'}")
    return 0


def _weights(arguments: argparse.Namespace) -> int:
    from microlift.run import run

    result = run(arguments.plan, arguments.events, out=arguments.out, quiet=arguments.quiet)
    _warn(result.log.facts.notes, arguments.quiet)
    print(result.weights)
    print(f"\nwritten to {arguments.out}")
    return result.exit_code


def _report(arguments: argparse.Namespace) -> int:
    from microlift.reporting.runner import run_report

    outcome = run_report(arguments.plan, arguments.events, arguments.out, quiet=arguments.quiet)
    if outcome.html:
        print(f"{outcome.message}\nreport: {outcome.html}")
        if outcome.exit_code == 0:
            print(f"weights: {outcome.html.parents[1] / 'weights.json'}")
    else:
        print(f"microlift: {outcome.message}", file=sys.stderr)
    return outcome.exit_code


def _simulate(arguments: argparse.Namespace) -> int:
    from microlift.simulate import write_shop

    written = write_shop(
        arguments.shop,
        arguments.out,
        users=arguments.users,
        seed=arguments.seed,
        truth_users=arguments.truth_users,
        quiet=arguments.quiet,
    )
    for path in written:
        print(f"written: {path}")
    return 0
