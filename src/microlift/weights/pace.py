"""The pace of a log: how long users take to the macro."""

from datetime import timedelta

from microlift.events import EventLog


def conversion_cycle(log: EventLog) -> timedelta:
    """Median time from a user's first event to the first macro; zero where there is none.

    Examples
    --------
    >>> import tempfile, pandas as pd, microlift as ml
    >>> rows = pd.DataFrame({"user_id": ["a", "a", "b", "b"], "event": ["view", "buy"] * 2,
    ...     "timestamp": pd.to_datetime(["2026-01-01", "2026-01-03", "2026-01-01", "2026-01-05"])})
    >>> plan = ml.Plan.from_dict({"macro": {"event": "buy"}, "horizon": "1d",
    ...                           "actions": [{"name": "view", "event": "view"}]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     rows.to_parquet(f"{folder}/log.parquet")
    ...     with ml.read_events(f"{folder}/log.parquet", plan) as log:
    ...         conversion_cycle(log)
    datetime.timedelta(days=3)
    """
    events = log.events
    users = events.group_by("user").agg(
        began=events.t.min(), macro=events.t.min(where=events.macro == 1)
    )
    users = users.filter(users.macro.notnull())
    found = log.con.to_pyarrow(users.agg(cycle=(users.macro - users.began).median())).to_pylist()
    return timedelta(microseconds=round(found[0]["cycle"] or 0))
