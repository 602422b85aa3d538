"""A request to be deleted: `forget`."""

import argparse
import sys

from microlift.cli import values
from microlift.cli.telling import say
from microlift.cli.verbs import Verbs, add_verb
from microlift.errors import InputError


def add(verbs: Verbs) -> None:
    """Add the verb."""
    parser = add_verb(verbs, "forget", _forget, "remove users from a kept state, for good")
    parser.add_argument(
        "users",
        nargs="+",
        type=values.text,
        metavar="USER",
        help="id as it stands in the log; '-' reads one a line from stdin",
    )
    parser.add_argument(
        "--state", type=values.path, required=True, metavar="DIR", help="folder of the state"
    )


def _forget(arguments: argparse.Namespace) -> int:
    from microlift.incremental import forget

    users = [user for user in arguments.users if user != "-"]
    if "-" in arguments.users:
        users += [line.rstrip("\r\n") for line in sys.stdin if line.strip()]
    if not users:
        raise InputError("No user is named, so nobody can be forgotten. Give ids, one a line.")
    say(str(forget(users, arguments.state)))
    return 0
