"""The command itself: its parser, and how every run of it ends."""

import argparse
import sys
from collections.abc import Sequence
from io import TextIOWrapper

from microlift.cli import (
    bidding,
    engines,
    estimates,
    forget,
    history,
    leads,
    looks,
    platforms,
    report,
    start,
    trial,
)
from microlift.cli.telling import fail, say
from microlift.cli.verbs import Verb, engine_settings
from microlift.errors import CutOffError, MicroliftError
from microlift.grammars import leave_out_iris
from microlift.signals import exit_code, heard

# As `--help` lists them.
FAMILIES = (
    trial, start, estimates, report, forget, history, platforms, looks, bidding, leads, engines,
)  # fmt: skip


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; return its exit code.

    Returns
    -------
    0 done; 1 the run failed; 2 the input or the plan is wrong; 3 done, weights withheld;
    4 cut off; 75 another run holds the folder; 130 interrupted; 143 told to end by SIGTERM, 129
    by SIGHUP.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a name is no reason to fail
    try:
        with heard():
            try:
                return _run(argv)
            finally:
                say()
    except MicroliftError as error:
        return fail(str(error), error.exit_code)
    except MemoryError as error:
        return fail(f"cut off, out of memory: {error}", CutOffError.exit_code)
    except OSError as error:
        return fail(f"the run failed: {error}", 1)
    except KeyboardInterrupt as ended:
        return fail(" by ".join(["interrupted", *map(str, ended.args)]), exit_code(ended))


def _run(argv: Sequence[str] | None) -> int:
    try:
        arguments = _parse(sys.argv[1:] if argv is None else argv)
    except BrokenPipeError:
        return 0  # help, for a reader that has gone
    leave_out_iris()
    verb: Verb = arguments.verb
    said = engine_settings(arguments)
    if not said:
        return verb(arguments)
    from microlift.events.limits import said_outside  # the engine takes a second to load

    with said_outside(said):
        return verb(arguments)


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = _parser()
    if not argv:
        parser.print_help(sys.stderr)
        parser.exit(2, "\nmicrolift: error: the following arguments are required: COMMAND\n")
    return parser.parse_args(argv)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="microlift",
        description="What each small action of your visitors is worth.",
        epilog="To begin: microlift demo. With a log of your own: microlift init --events FILE, "
        "then check and report. microlift COMMAND --help lists the options of a command.",
    )
    parser.add_argument("-V", "--version", action=_Version)
    verbs = parser.add_subparsers(required=True, metavar="COMMAND")
    for family in FAMILIES:
        family.add(verbs)
    return parser


class _Version(argparse.Action):
    """Look the version up when asked: that takes longer than all the rest of the parser."""

    def __init__(self, option_strings: Sequence[str], dest: str) -> None:
        super().__init__(option_strings, dest, nargs=0, help="show the version and end")

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        say(version("microlift"))
        parser.exit()
