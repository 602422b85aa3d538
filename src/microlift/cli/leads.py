"""Who of those who are still open is worth a call: `score`."""

import argparse
import os
from pathlib import Path

from microlift.cli import values
from microlift.cli.telling import say, warn
from microlift.cli.verbs import Verbs, add_verb, reads_log, writes_folder
from microlift.errors import InputError

SALT = "MICROLIFT_SALT"  # of the environment: what --salt-file holds, where a file is not wanted


def add(verbs: Verbs) -> None:
    """Add the verb that scores."""
    score = add_verb(verbs, "score", _score, "write scores.csv: chance of every open user")
    reads_log(score)
    writes_folder(score)
    naming = score.add_mutually_exclusive_group()
    naming.add_argument(
        "--salt-file", type=values.path, metavar="FILE",
        help=f"key of the digests (HMAC-SHA-256); else what {SALT} holds, else plain SHA-256",
    )  # fmt: skip
    naming.add_argument("--plain-ids", action="store_true", help="ids as they are in the log")
    score.epilog = (
        "Leads are named by a digest of their id. Without a salt, whoever has a list of ids can "
        "find out who they are."
    )


def _score(arguments: argparse.Namespace) -> int:
    from microlift.events import read_events
    from microlift.events.engine import memory_of_python
    from microlift.folder import held, write
    from microlift.leads import check_naming, score_leads
    from microlift.plan import Plan
    from microlift.reporting import labels

    ids, salt = "plain" if arguments.plain_ids else "hashed", _salt(arguments)
    check_naming(ids, salt)
    with held(arguments.out, ["scores.csv"]):
        plan = Plan.load(arguments.plan)
        with (
            memory_of_python(),
            read_events(arguments.events, plan, quiet=arguments.quiet or None) as log,
        ):
            scores = score_leads(log, ids=ids, salt=salt, quiet=arguments.quiet or None)
        write({"scores.csv": scores.to_csv()}, arguments.out)
    warn(log.facts.notes, arguments.quiet)
    with labels.speaking(log.plan):
        said = labels.said(str(scores))
    say(said, "", f"written: {arguments.out / 'scores.csv'}")
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
