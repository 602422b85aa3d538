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


def reads_log(parser: argparse.ArgumentParser, *, memory: bool = True) -> None:
    """Ask for a plan and a log, and for what the engine may take to read it.

    Without `memory` the verb asks for that itself, and means more by it.
    """
    parser.add_argument("--plan", type=values.path, required=True, help="the measurement plan")
    parser.add_argument(
        "--events", type=values.text, required=True, help="file, folder or glob of events"
    )
    limits_engine(parser, memory=memory)


def limits_engine(parser: argparse.ArgumentParser, *, memory: bool = True) -> None:
    """Ask for what the engine may take."""
    if memory:
        parser.add_argument(
            "--memory",
            dest="engine_memory",
            type=values.memory,
            metavar="SIZE",
            help="what the engine may hold, such as 4GB; the rest waits on disk",
        )
    parser.add_argument("--threads", type=values.positive, metavar="N", help="of the engine")
    parser.add_argument(
        "--temp-dir", type=values.text, metavar="DIR", help="where that waits which does not fit"
    )


def engine_settings(arguments: argparse.Namespace) -> dict[str, object]:
    """What was said of the engine on the command line."""
    names = {"memory": "engine_memory", "threads": "threads", "temp_dir": "temp_dir"}
    said = {key: getattr(arguments, name, None) for key, name in names.items()}
    return {key: value for key, value in said.items() if value is not None}


def reads_log_or_cells(parser: argparse.ArgumentParser) -> None:
    """Ask for a plan, and for a log or what was counted of it elsewhere."""
    parser.add_argument("--plan", type=values.path, required=True, help="the measurement plan")
    given = parser.add_mutually_exclusive_group(required=True)
    given.add_argument("--events", type=values.text, help="file, folder or glob of events")
    given.add_argument(
        "--cells", type=values.path, metavar="FILE", help="what `cells` counted of them elsewhere"
    )
    limits_engine(parser)


def writes_folder(parser: argparse.ArgumentParser, default: str | None = None) -> None:
    """Ask for the folder to write; without a default it has to be named."""
    parser.add_argument(
        "--out", type=values.path, default=default, required=default is None, help="folder to write"
    )


def may_leave_checks_out(verb: argparse.ArgumentParser) -> None:
    """Add the switch that leaves the checks of lifts out."""
    verb.add_argument(
        "--no-checks",
        dest="checks",
        action="store_false",
        help="lifts as they are, in a third of the time: nothing tries to prove them wrong",
    )
