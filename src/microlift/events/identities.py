"""Who the users of a log are: their ids, read once more from the files where they are asked for.

The engine holds numbers and no ids, so that nothing personal lies in it while figures are made.
Only what names single users (lead scores) asks for ids, and only for those it names.
"""

import pyarrow as pa

from microlift.errors import EventsError
from microlift.events.aside import take_away
from microlift.events.engine import READ_ERRORS
from microlift.events.log import EventLog, open_again, unreadable
from microlift.events.normalise import make_users

NUMBERS = "user_numbers"
_WANTED = "wanted_users"


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
    except READ_ERRORS as error:
        raise unreadable(log.source, error) from error
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
