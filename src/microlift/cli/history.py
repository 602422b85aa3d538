"""The published weights: `history list`, `diff`, `verify` and `rollback`."""

import argparse
from datetime import UTC, date, datetime
from pathlib import Path

from microlift.cli import values
from microlift.cli.telling import say, warn
from microlift.cli.verbs import Verb, Verbs

FORMATS = ("text", "json", "html")


def add(verbs: Verbs) -> None:
    """Add the verbs of the history."""
    told = "published weights: list, diff, verify, rollback"
    parser = verbs.add_parser("history", help=told, description=told)
    inner = parser.add_subparsers(required=True, metavar="COMMAND")
    _add(inner, "list", listing, "every version, the latest first")
    diff = _add(inner, "diff", difference, "what moved between two versions, and why")
    which = "number of a version, path of a weights.json, 'current' or 'previous'"
    diff.add_argument("old", nargs="?", type=_which, default="previous", metavar="OLD", help=which)
    diff.add_argument("new", nargs="?", type=_which, default="current", metavar="NEW", help=which)
    diff.add_argument("--format", choices=FORMATS, default="text", help="of what goes to stdout")
    check = _add(inner, "verify", verify, "whether every version is whole, and which is current")
    check.epilog = "Exit code 0 where the history is whole, 1 where it is not."
    back = _add(inner, "rollback", rollback, "make an earlier version current again")
    back.add_argument("version", type=values.positive, metavar="N", help="number of the version")


def _add(verbs: Verbs, name: str, verb: Verb, told: str) -> argparse.ArgumentParser:
    parser = verbs.add_parser(name, help=told, description=told)
    parser.set_defaults(verb=verb)
    parser.add_argument(
        "--dir",
        type=values.path,
        default=".",
        metavar="OUT",
        help="folder that holds weights.json and its history (default: this one)",
    )
    return parser


def _which(given: str) -> int | str | Path:
    if given in ("current", "previous"):
        return given
    return int(given) if given.isdecimal() and len(given) < 10 else values.path(given)


def listing(arguments: argparse.Namespace) -> int:
    """Show every version."""
    from microlift.history import history

    say(str(history(arguments.dir)))
    return 0


def difference(arguments: argparse.Namespace) -> int:
    """Show what moved between two versions; two files need no history."""
    from microlift.history import compare_named

    found = compare_named(arguments.old, arguments.new, arguments.dir)
    writers = {"json": found.to_json, "html": found.to_page}
    say(writers.get(arguments.format, found.__repr__)())
    return 0


def verify(arguments: argparse.Namespace) -> int:
    """Say whether a history is whole."""
    from microlift.history import verify

    verdict = verify(arguments.dir)
    say(str(verdict))
    return verdict.exit_code


def rollback(arguments: argparse.Namespace) -> int:
    """Make an earlier version current again."""
    from microlift.history import rollback

    done = rollback(arguments.version, arguments.dir)
    place = arguments.dir / "weights.json"
    if done.new:
        say(f"{place} is version {done.version} again, byte for byte.")
    else:
        say(f"{place} is version {done.version} already: nothing was changed.")
    warn(_expired(arguments.dir, done.version), quiet=False)
    return 0


def _expired(out: Path, version: int) -> list[str]:
    """Say that what is current now can no longer be exported."""
    from microlift.history import history

    until, today = history(out).content(version).get("valid_until"), datetime.now(UTC).date()
    try:
        if until is None or date.fromisoformat(until) >= today:
            return []
    except (TypeError, ValueError):
        return []
    return [
        f"Version {version} was valid until {until}, and today is {today}: 'microlift export' and "
        "'conversions' refuse it, so it goes to no platform as it is. What platforms were told "
        "last stays in force there. Run 'microlift weights' again for weights of today: their "
        f"steps are measured from version {version}, and they are exported."
    ]
