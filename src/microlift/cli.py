"""The command line: thin, one function a verb."""

import argparse
import os
import re
import shlex
import sys
from collections.abc import Callable, Iterable, Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING

from microlift.errors import CutOffError, InputError, MicroliftError
from microlift.grammars import leave_out_iris

if TYPE_CHECKING:  # the estimators take seconds to load, and the parser has no need of them
    from microlift.run import RunResult

DEMO_SHOP = "channels"
SALT = "MICROLIFT_SALT"  # of the environment: what --salt-file holds, where a file is not wanted
BUSINESSES = ("ecommerce", "saas", "content", "b2b")
INTERRUPTED = 130  # what a shell says of a program that Ctrl-C has ended
_SIZES = {"MB": 10**6, "GB": 10**9, "TB": 10**12, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; return its exit code.

    Returns
    -------
    0 done; 1 the run failed; 2 the input or the plan is wrong; 3 done, weights withheld;
    4 cut off; 75 another run holds the folder; 130 interrupted.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a name is no reason to fail
    try:
        try:
            return _run(argv)
        finally:
            _say()
    except MicroliftError as error:
        return _fail(str(error), error.exit_code)
    except MemoryError as error:
        return _fail(f"cut off, out of memory: {error}", CutOffError.exit_code)
    except OSError as error:
        return _fail(f"the run failed: {error}", 1)
    except KeyboardInterrupt:
        return _fail("interrupted", INTERRUPTED)


def _run(argv: Sequence[str] | None) -> int:
    arguments = _parser().parse_args(argv)
    leave_out_iris()
    verb: Callable[[argparse.Namespace], int] = arguments.verb
    return verb(arguments)


def _fail(message: str, exit_code: int) -> int:
    print(f"microlift: {message}", file=sys.stderr)
    return exit_code


def _say(*lines: str) -> None:
    """Print results. A reader that has gone, as `head` does, takes nothing from the run."""
    try:
        print(*lines, sep="\n", end="\n" if lines else "", flush=True)
    except OSError as error:
        # Python would try again at its end, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            raise


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="microlift", description="What each small action of your visitors is worth."
    )
    parser.add_argument("--version", action=_Version)
    verbs = parser.add_subparsers(required=True, metavar="COMMAND")
    _add(verbs, "demo", _demo, "simulate a shop, then the whole run", out="reports/demo")
    _add_init(verbs)
    check = _add(verbs, "check", _check, "data quality as a table of verdicts, no estimate")
    check.epilog = (
        "Exit code 0 where all verdicts are good or look; 2 where one is refuse, or where log or "
        "plan cannot be read."
    )
    check.add_argument("--json", action="store_true", help="verdict and findings as JSON")
    lift = _add(verbs, "lift", _lift, "write lift.csv", out=None)
    weights = _add(verbs, "weights", _weights, "also ledger.csv and weights.json", out=None)
    journeys = _add(
        verbs,
        "journeys",
        _journeys,
        "what journeys say, a CSV file a look",
        out=None,
    )
    evidence = _add(
        verbs, "evidence", _evidence, "how far lifts can be trusted, a CSV file a look", out=None
    )
    evidence.add_argument(
        "--experiments", type=_path, metavar="FILE", help="randomised results (YAML or CSV)"
    )
    report = _add(verbs, "report", _report, "all of it, into one HTML report", out=None)
    score = _add(verbs, "score", _score, "write scores.csv: chance of every open user", out=None)
    for verb in (check, lift, weights, journeys, evidence, report, score):
        verb.add_argument("--plan", type=_path, required=True, help="the measurement plan")
        verb.add_argument(
            "--events", type=_text, required=True, help="file, folder or glob of events"
        )
    report.add_argument(
        "--timeout", type=_seconds, metavar="DURATION", help="cut it off after a time, such as 30m"
    )
    report.add_argument(
        "--memory", type=_bytes, metavar="SIZE", help="what it may hold, such as 4GB (Linux)"
    )
    _add_naming(score)
    simulate = _add(verbs, "simulate", _simulate, "a log with known truth beside it")
    simulate.add_argument("--out", type=_path, required=True, help="Parquet file to write")
    simulate.add_argument("--users", type=_positive, default=20_000)
    simulate.add_argument("--seed", type=_natural, default=0)
    simulate.add_argument("--shop", default=DEMO_SHOP, help="which shop")
    simulate.add_argument("--truth-users", type=_positive, default=100_000)
    return parser


def _add_init(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    init = _add(verbs, "init", _init, "draft a plan from a log, with the reasons as comments")
    init.add_argument("--events", type=_text, required=True, help="file, folder or glob of events")
    init.add_argument("--out", type=_path, default="plan.yaml", help="the plan to write")
    init.add_argument("--force", action="store_true", help="replace a plan that is there")
    init.add_argument("--template", choices=BUSINESSES, help="the kind of business")
    init.add_argument(
        "--columns", type=_pair, nargs="+", action="extend", default=[], metavar="ROLE=COLUMN",
        help="columns that cannot be told, such as user_id=uid timestamp=ts event=name",
    )  # fmt: skip
    init.add_argument("--macro", type=_text, nargs="+", default=[], help="event names of the macro")
    init.add_argument("--actions", type=_positive, default=8, help="active actions, at most 30")


def _add_naming(score: argparse.ArgumentParser) -> None:
    naming = score.add_mutually_exclusive_group()
    naming.add_argument(
        "--salt-file", type=_path, metavar="FILE",
        help=f"key of the digests (HMAC-SHA-256); else what {SALT} holds, else plain SHA-256",
    )  # fmt: skip
    naming.add_argument("--plain-ids", action="store_true", help="ids as they are in the log")
    score.epilog = (
        "Leads are named by a digest of their id. Without a salt, whoever has a list of ids can "
        "find out who they are."
    )


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
            "--out", type=_path, default=default, required=default is None, help="folder to write"
        )
    return parser


class _Version(argparse.Action):
    """Look the version up when asked: that takes longer than all the rest of the parser."""

    def __init__(self, option_strings: Sequence[str], dest: str) -> None:
        super().__init__(option_strings, dest, nargs=0, help="show the version and end")

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        _say(version("microlift"))
        parser.exit()


def _text(text: str) -> str:
    # What an unset variable of a script leaves; as a path it would mean the current folder.
    if not text.strip():
        raise argparse.ArgumentTypeError("it is empty: give a path")
    return text


def _path(text: str) -> Path:
    return Path(_text(text))


def _pair(text: str) -> tuple[str, str]:
    role, sign, column = text.partition("=")
    if not sign or not column:
        raise argparse.ArgumentTypeError(f"not a role and a column: {text!r}; write user_id=uid")
    return role.strip(), column


def _seconds(text: str) -> float:
    from microlift.plan import parse_duration

    try:
        span = parse_duration(text)
    except InputError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    if not span:
        raise argparse.ArgumentTypeError(f"got {text}, which leaves no time; give at least 1s")
    return span.total_seconds()


def _bytes(text: str) -> int:
    found = re.fullmatch(r"([0-9]{1,7}(?:\.[0-9]{1,3})?) ?([A-Za-z]+)", text.strip())
    sizes = {unit.lower(): size for unit, size in _SIZES.items()}
    if not found or found[2].lower() not in sizes:
        units = ", ".join(_SIZES)
        raise argparse.ArgumentTypeError(f"not a size: {text!r}; write 4GB (known: {units})")
    size = int(float(found[1]) * sizes[found[2].lower()])
    if size < _SIZES["MB"]:
        raise argparse.ArgumentTypeError(f"{text!r} is too little to start in; write 4GB")
    return size


def _natural(text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"not a whole number: {text!r}") from None
    if value < 0:
        raise argparse.ArgumentTypeError(f"must not be below 0, got {value}")
    return value


def _positive(text: str) -> int:
    value = _natural(text)
    if value == 0:
        raise argparse.ArgumentTypeError("must be above 0, got 0")
    return value


def _warn(notes: Iterable[str], quiet: bool) -> None:
    """Say on stderr what a reader of the results should know."""
    from microlift.plan.quoting import printable

    for note in notes if not quiet else ():
        print(f"microlift: note: {printable(note)}", file=sys.stderr)


def _about(result: "RunResult") -> str:
    """Say what the results are about, where that is not each user's first macro."""
    whole = result.log.facts.whole
    return whole.told if whole else ""


def _demo(arguments: argparse.Namespace) -> int:
    out: Path = arguments.out
    arguments.out, arguments.shop = out / "events.parquet", DEMO_SHOP
    arguments.users, arguments.seed, arguments.truth_users = 50_000, 7, 100_000
    _simulate(arguments)
    arguments.events, arguments.plan, arguments.out = str(arguments.out), out / "plan.yaml", out
    arguments.timeout = arguments.memory = None
    return _report(arguments)


def _init(arguments: argparse.Namespace) -> int:
    from microlift.folder import held, write
    from microlift.starter import draft_plan

    out: Path = arguments.out
    if out.exists() and not arguments.force:
        raise InputError(
            f"{str(out)!r} is there already, and what somebody wrote into it would be lost. Name "
            "another file with --out, or replace it with --force."
        )
    with held(out.parent, [out.name]):
        draft = draft_plan(
            arguments.events,
            business=arguments.template,
            columns=dict(arguments.columns),
            macro=arguments.macro,
            most=arguments.actions,
            quiet=arguments.quiet,
        )
        write({out.name: draft.text}, out.parent)
    _say(f"written: {out}", "", "Please decide:", *(f"- {each}" for each in draft.unsure), "")
    given = shlex.join(["microlift", "check", "--plan", str(out), "--events", arguments.events])
    _say("Read the plan and its reasons, then try it:", f"  {given}")
    return 0


def _check(arguments: argparse.Namespace) -> int:
    from microlift.events import read_events
    from microlift.plan import Plan
    from microlift.quality import check_log

    with read_events(arguments.events, Plan.load(arguments.plan), quiet=arguments.quiet) as log:
        found = check_log(log)
    _say(found.to_json() if arguments.json else f"{log!r}\n\n{found!r}")
    return found.exit_code


def _lift(arguments: argparse.Namespace) -> int:
    from microlift.folder import held, write
    from microlift.reporting import terminal
    from microlift.run import estimate

    with held(arguments.out, ["lift.csv"]):
        result = estimate(arguments.plan, arguments.events, quiet=arguments.quiet)
        write({"lift.csv": result.lift.to_csv()}, arguments.out)
    _warn(result.log.facts.notes, arguments.quiet)
    _say(terminal.lift(result.lift, _about(result)), "", f"written: {arguments.out / 'lift.csv'}")
    return 0


def _weights(arguments: argparse.Namespace) -> int:
    from microlift.reporting import terminal
    from microlift.run import run

    result = run(arguments.plan, arguments.events, out=arguments.out, quiet=arguments.quiet)
    _warn(result.log.facts.notes, arguments.quiet)
    written = [f"written: {arguments.out / name}" for name in result.files()]
    _say(terminal.weights(result.weights, _about(result)), "", *written)
    return result.exit_code


def _journeys(arguments: argparse.Namespace) -> int:
    from microlift.overview import overview

    found = overview(arguments.plan, arguments.events, arguments.out, quiet=arguments.quiet)
    _warn(found.log.facts.notes, arguments.quiet)
    _say(repr(found), "", *(f"written: {arguments.out / name}" for name in found.files()))
    return 0


def _evidence(arguments: argparse.Namespace) -> int:
    from microlift.study import study

    found = study(
        arguments.plan,
        arguments.events,
        arguments.out,
        experiments=arguments.experiments,
        quiet=arguments.quiet,
    )
    _warn(found.log.facts.notes, arguments.quiet)
    _say(repr(found), "", *(f"written: {arguments.out / name}" for name in found.files()))
    return 0


def _report(arguments: argparse.Namespace) -> int:
    from microlift.reporting.kernel import Limits
    from microlift.reporting.runner import run_report

    limits = Limits(arguments.timeout, arguments.memory)
    outcome = run_report(
        arguments.plan, arguments.events, arguments.out, quiet=arguments.quiet, limits=limits
    )
    if outcome.html is None:
        return _fail(outcome.message, outcome.exit_code)
    _say(outcome.message, f"report: {outcome.html}")
    if outcome.exit_code == 0:
        _say(f"weights: {outcome.html.parents[1] / 'weights.json'}")
    return outcome.exit_code


def _score(arguments: argparse.Namespace) -> int:
    from duckdb import OutOfMemoryException

    from microlift.events import read_events
    from microlift.folder import held, write
    from microlift.leads import check_naming, score_leads
    from microlift.plan import Plan

    ids, salt = "plain" if arguments.plain_ids else "hashed", _salt(arguments)
    check_naming(ids, salt)
    with held(arguments.out, ["scores.csv"]):
        try:
            with read_events(
                arguments.events, Plan.load(arguments.plan), quiet=arguments.quiet
            ) as log:
                scores = score_leads(log, ids=ids, salt=salt, quiet=arguments.quiet)
        except OutOfMemoryException as error:
            raise MemoryError(str(error)) from error
        write({"scores.csv": scores.to_csv()}, arguments.out)
    _warn(log.facts.notes, arguments.quiet)
    _say(repr(scores), "", f"written: {arguments.out / 'scores.csv'}")
    return 0


def _salt(arguments: argparse.Namespace) -> bytes | None:
    file: Path | None = arguments.salt_file
    if file is not None:
        try:
            return file.read_bytes().rstrip(b"\r\n")
        except OSError as error:
            raise InputError(
                f"The salt file {str(file)!r} cannot be read ({error.strerror}), so digests would "
                "not be those that others make with it. Name a file with at least 16 random bytes."
            ) from None
    given = os.environ.get(SALT)
    return given.encode() if given and not arguments.plain_ids else None


def _simulate(arguments: argparse.Namespace) -> int:
    from microlift.folder import held
    from microlift.simulate import write_shop

    out: Path = arguments.out
    with held(out.parent, (out.name, "plan.yaml", "truth.csv")):
        written = write_shop(
            arguments.shop,
            out,
            users=arguments.users,
            seed=arguments.seed,
            truth_users=arguments.truth_users,
            quiet=arguments.quiet,
        )
    _say(*(f"written: {path}" for path in written))
    return 0
