"""Whose the numbers of a log are: ids, read once more from the files where they are asked for.

The engine holds numbers and no ids, so that nothing personal lies in it while figures are made.
Only what names single users (lead scores) asks for ids, and only for those it names; only the files
that an ad platform takes ask for click ids.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
import ibis.expr.types as ir
import pyarrow as pa

from microlift.errors import EventsError
from microlift.events.aside import take_away
from microlift.events.engine import of_the_files
from microlift.events.log import EventLog, open_again, unreadable
from microlift.events.normalise import CLICK_MARKS, make_users, marks_of, number_clicks

NUMBERS = "user_numbers"
_WANTED = "wanted_users"
_CLICKS = "named_clicks"


def ids_of(log: EventLog, wanted: pa.Table) -> pa.Table:
    """Ids of the wanted users.

    Parameters
    ----------
    log : EventLog
    wanted : pyarrow.Table
        user, as in ``log.events``, and bucket.

    Returns
    -------
    pyarrow.Table
        user and user_id, in the order of the users.

    Raises
    ------
    EventsError
        If the files cannot be read again, or hold other users than they did.
    """
    con = log.con
    try:
        users = make_users(con, open_again(log))
    except duckdb.Error as error:
        if of_the_files(error):
            raise unreadable(log.source, error) from error
        raise
    finally:
        take_away(con, "typed_rows")
    try:
        counted = users.count().name("users")
        whole = log.facts.whole
        expected = whole.users if whole else log.facts.users
        same = con.to_pyarrow(counted).as_py() == expected
        if log.plan.macro.repeat:
            numbers = con.table(NUMBERS)
            users = users.join(numbers, users.key == numbers.whole)
        else:
            users = users.mutate(number=users.key)
        asked = con.create_table(_WANTED, wanted, temp=True, overwrite=True)
        found = asked.join(users, asked.user == users.number)
        # The bucket hangs on the id alone: numbers that have shifted would not keep theirs.
        kept = found.filter(found.bucket == found.bucket_right) if same else found.limit(0)
        named = con.to_pyarrow(kept.select("user", "user_id").order_by("user"))
    finally:
        for name in ("users", _WANTED):
            con.drop_table(name, force=True)
    if len(named) != len(wanted):
        msg = (
            f"The log {log.source.given!r} has changed since it was read: it now holds other users "
            "than then, so scores could be given to the wrong ones. Nothing was named. Read the "
            "log again, and keep its files as they are until the scores are made."
        )
        raise EventsError(msg)
    return named


@contextmanager
def named_clicks(log: EventLog) -> Iterator[ir.Table]:
    """Click ids by their numbers, in the engine for as long as they are needed.

    Parameters
    ----------
    log : EventLog
        Of a plan that maps them.

    Yields
    ------
    ibis.Table
        click (the text) and code (as in ``log.events``).

    Raises
    ------
    EventsError
        If the files cannot be read again, or hold other clicks than they did.
    """
    con = log.con
    try:
        try:
            found = number_clicks(open_again(log))
            clicks = con.create_table(_CLICKS, found, temp=True, overwrite=True)
        except duckdb.Error as error:
            if of_the_files(error):
                raise unreadable(log.source, error) from error
            raise
        finally:
            take_away(con, "typed_rows")
        now, then = marks_of(clicks), con.table(CLICK_MARKS)
        kept = now.join(then, ["code", "mark"]).count()
        sizes = [int(con.to_pyarrow(n).as_py()) for n in (now.count(), then.count(), kept)]
        if len(set(sizes)) > 1:
            raise EventsError(
                f"The log {log.source.given!r} has changed since it was read: it then held "
                f"{sizes[1]:,} click ids and now holds {sizes[0]:,}, of which {sizes[2]:,} can be "
                "the same, so values could be booked to the wrong clicks. Nothing was named. Read "
                "the log again, and keep its files as they are meanwhile."
            )
        yield clicks
    finally:
        if not log.closed:
            con.drop_table(_CLICKS, force=True)
