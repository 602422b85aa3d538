"""How a verb is added to the command line, and what verbs have in common."""

import argparse
from collections.abc import Callable
from typing import TypeAlias

from microlift.cli import values

Verbs: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
Verb: TypeAlias = Callable[[argparse.Namespace], int]


def add_verb(verbs: Verbs, name: str, verb: Verb, told: str) -> argparse.ArgumentParser:
    """Add a verb; what it does returns the exit code."""
    parser = verbs.add_parser(name, help=told, description=told)
    parser.set_defaults(verb=verb)
    parser.add_argument("--quiet", action="store_true", help="no progress on stderr")
    return parser


def reads_log(parser: argparse.ArgumentParser) -> None:
    """Ask for a plan and a log."""
    parser.add_argument("--plan", type=values.path, required=True, help="the measurement plan")
    parser.add_argument(
        "--events", type=values.text, required=True, help="file, folder or glob of events"
    )


def reads_log_or_cells(parser: argparse.ArgumentParser) -> None:
    """Ask for a plan, and for a log or what was counted of it elsewhere."""
    parser.add_argument("--plan", type=values.path, required=True, help="the measurement plan")
    given = parser.add_mutually_exclusive_group(required=True)
    given.add_argument("--events", type=values.text, help="file, folder or glob of events")
    given.add_argument(
        "--cells", type=values.path, metavar="FILE", help="what `cells` counted of them elsewhere"
    )


def writes_folder(parser: argparse.ArgumentParser, default: str | None = None) -> None:
    """Ask for the folder to write; without a default it has to be named."""
    parser.add_argument(
        "--out", type=values.path, default=default, required=default is None, help="folder to write"
    )
