"""Lead scores: for every open user the chance of the macro from now on, its value, and why."""

import pyarrow as pa
from tqdm.auto import tqdm

from microlift.asked import as_asked
from microlift.errors import InputError
from microlift.events import EventLog
from microlift.events.identities import ids_of
from microlift.journeys.waiting import told
from microlift.leads.chances import chances
from microlift.leads.judging import judge
from microlift.leads.landmarks import Cells, count_cells, landmarks_of, list_open, quiet_limit
from microlift.leads.naming import HASHED, check_naming, names_of
from microlift.leads.reasons import steps_of
from microlift.leads.result import LeadScores
from microlift.leads.telling import Scored, arrivals_of, notes_of
from microlift.models import LiftModel
from microlift.progress import shows_progress

USERS = 200_000  # that are learned from and judged on: of larger logs a sample
LEAST_MACROS, LEAST_JUDGED = 50, 10


@as_asked
def score_leads(
    log: EventLog,
    *,
    ids: str = HASHED,
    salt: str | bytes | None = None,
    model: LiftModel | None = None,
    quiet: bool | None = None,
) -> LeadScores:
    r"""Score every open user: the chance of the macro within the horizon from now, and why.

    Now is the end of the data. A user is open who has no macro yet and was seen within the horizon
    before now (with a clock: within its ``quiet``). The chance is P(macro in (now, now + horizon] |
    what is known now); the journey value V at the last moment would be too high, since time has
    passed in which nothing happened. So it is learned at landmarks, times in the past at which
    every user who was open is looked at as the leads are now, and followed for the horizon. It is
    cross-fitted by user, and judged out of time: scores for the last landmark, by models that saw
    only outcomes known before it, against what happened after it.

    Parameters
    ----------
    log
        The event log.
    ids
        "hashed": leads are named by a digest of their id. "plain": by the id itself.
    salt
        At least 16 bytes that only you know; the digest is then HMAC-SHA-256 of the id with this
        key, which your own systems can make too and others cannot undo. Without it the digest is
        SHA-256 of the id's text, which whoever has a list of ids can look up.
    model
        A model fitted on the moments of this log, whose journey value the reasons are told by.
        None fits the journey value here.
    quiet
        Whether to show no progress; by default it is shown where somebody watches.

    Returns
    -------
    LeadScores
        Believe it where what comes goes on as what was seen; the judgement says whether it did.

    Raises
    ------
    InputError
        If the log is shorter than three horizons, has too few macros to learn from or to judge by,
        or nobody is open.

    References
    ----------
    van Houwelingen (2007), doi:10.1111/j.1467-9469.2006.00529.x (landmarking).

    Examples
    --------
    With ``found = score_leads(log)``, ``found.to_frame()`` holds the leads, the warmest first,
    ``found.gains()`` what each tenth of the scores held on later data, and ``found.plot()`` draws
    that. A log has to reach over three horizons:

    >>> import tempfile, pathlib
    >>> import pandas as pd
    >>> from microlift import Plan, read_events
    >>> plan = Plan.from_dict({"macro": {"event": "buy"}, "horizon": "5d",
    ...                        "actions": [{"name": "demo", "event": "demo"}]})
    >>> rows = [("ann", "2026-01-01", "demo"), ("ann", "2026-01-02", "buy"),
    ...         ("bob", "2026-01-11", "demo")]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "log.csv"
    ...     columns = ["user_id", "timestamp", "event"]
    ...     pd.DataFrame(rows, columns=columns).to_csv(path, index=False)
    ...     with read_events(path, plan) as log:
    ...         score_leads(log)
    Traceback (most recent call last):
    microlift.errors.InputError: score_leads() has a log of 10.0 days and a horizon of 5d, but
    needs 3 horizons (15.0 days): ...
    """
    key = check_naming(ids, salt)
    times = landmarks_of(log)
    bar = tqdm(
        total=5, desc="score leads", unit="step", disable=not shows_progress(quiet), leave=False
    )
    with bar:
        cells, leads = list_open(log, times.now)
        if not len(cells):
            raise _nobody(log)
        marked = count_cells(log, times.landmarks, USERS)
        past, later = Cells.together(marked[-times.past :]), marked[0]
        _refuse_few(log, past, later)
        bar.update()
        judgement = judge(chances(past, later), later.n.astype(float), later.y.astype(float))
        bar.update()
        chance = chances(Cells.together(marked), cells)
        bar.update()
        steps = steps_of(log, leads, model)
        bar.update()
        named = ids_of(log, _wanted(leads, cells))
        bar.update()
    names = names_of(named["user_id"].to_pylist(), ids, key)
    came = arrivals_of(log, cells, steps.began)
    scored = Scored(log, judgement, chance, steps, leads["last_t"].to_numpy(), came)
    return scored.result(names, ids, notes_of(log, times, judgement, ids, key))


def _wanted(leads: pa.Table, cells: Cells) -> pa.Table:
    return pa.table({"user": leads["user"], "bucket": cells.bucket})


def _refuse_few(log: EventLog, past: Cells, later: Cells) -> None:
    learned, judged = int(past.y.sum()), int(later.y.sum())
    if learned >= LEAST_MACROS and judged >= LEAST_JUDGED:
        return
    msg = (
        f"score_leads() has {learned:,} macros to learn from and {judged:,} to judge the scores "
        f"by, of {log.facts.macros:,} in the log: only those count that came within the horizon "
        "after a time at which the user was open. Below "
        f"{LEAST_MACROS:,} and {LEAST_JUDGED:,} a score would be chance, and nobody could tell "
        "whether it is right. Widen the log, or name an earlier goal as macro in the plan."
    )
    raise InputError(msg)


def _nobody(log: EventLog) -> InputError:
    return InputError(
        f"score_leads() has nobody to score: of {log.facts.users:,} users 0 are without a macro "
        f"and were seen within {told(quiet_limit(log))} before the end of the log. There is no "
        "lead to rank. Give a log that reaches up to now."
    )
