"""How far a long query is, for somebody who watches: the engine is asked while it works."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

import duckdb
from ibis.backends.duckdb import Backend
from tqdm.auto import tqdm

LOOK = 0.25  # seconds between two looks


@contextmanager
def watched(con: Backend, bar: "tqdm[Any]") -> Iterator[None]:
    """Write beside a bar how far the query is that the engine is at, while this lasts.

    A bar that is not shown costs nothing. The queries of a step differ in length and are not known
    beforehand, so their share is said and the bar itself is left to its steps.

    Parameters
    ----------
    con : ibis.backends.duckdb.Backend
        From `microlift.events.engine.connect`.
    bar : tqdm

    Examples
    --------
    >>> from microlift.events.engine import close, connect
    >>> engine = connect([])
    >>> with tqdm(total=1, disable=True) as bar, watched(engine, bar):
    ...     engine.con.execute("SELECT 1").fetchall()
    [(1,)]
    >>> close(engine)
    """
    if bar.disable:
        yield
        return
    ended = Event()
    thread = Thread(target=_look, args=(con, bar, ended), daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _look(con: Backend, bar: "tqdm[Any]", ended: Event) -> None:
    while not ended.wait(LOOK):
        try:
            share = con.con.query_progress()
        except duckdb.Error:
            return  # the connection is closed: there is nothing to watch
        bar.set_postfix_str(f"query {share:.0f} %" if share >= 0 else "", refresh=False)
        bar.refresh()
