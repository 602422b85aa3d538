"""The table of verdicts: for the terminal, for a notebook, as JSON."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pandas as pd

from microlift.asked import as_asked
from microlift.card import next_html, next_line
from microlift.events import EventLog, read_events
from microlift.events.engine import memory_of_python, taken_by
from microlift.quality import attributes, bots, enough, money, rows, times, tracking, users
from microlift.quality.counts import Counts, count_log
from microlift.quality.finding import VERDICTS, Finding, Verdict

Check = Callable[[Counts], Finding]
_NEXT = "ml.moments(log)"
# These are about the journeys that are judged; all others about the log.
JUDGED: tuple[Check, ...] = (users.pastless_macros, users.empty_visits, enough.enough_macros)


@dataclass(frozen=True)
class Quality:
    """What a log can carry: one finding a check, in the order of the checks.

    Examples
    --------
    >>> fine = Finding("duplicates", "good", 0, 0.0, "", "They count twice.", "Remove them.")
    >>> Quality((fine,)).verdict, Quality((fine,)).exit_code
    ('good', 0)
    """

    findings: tuple[Finding, ...]

    @property
    def verdict(self) -> Verdict:
        """The worst verdict of all checks."""
        return max((finding.verdict for finding in self.findings), key=VERDICTS.index)

    @property
    def exit_code(self) -> int:
        """2 where a check refuses, else 0."""
        return 2 if self.verdict == "refuse" else 0

    def to_frame(self) -> pd.DataFrame:
        """One row a check: name, verdict, count, share, example, effect, remedy."""
        return pd.DataFrame([asdict(finding) for finding in self.findings])

    def to_dict(self) -> dict[str, Any]:
        """The worst verdict and all findings, as plain data."""
        return {"verdict": self.verdict, "checks": [asdict(finding) for finding in self.findings]}

    def to_json(self) -> str:
        """The same as JSON, in which every letter outside ASCII is an escape."""
        return json.dumps(self.to_dict(), indent=2, allow_nan=False)

    def __str__(self) -> str:
        from microlift.reporting import findings

        return findings.text(self.findings)

    def __repr__(self) -> str:
        return f"{self}\n\n{next_line(_NEXT)}"

    def _repr_html_(self) -> str:
        from microlift.reporting import findings

        return f"<div>{findings.table(self.findings)}{next_html(_NEXT)}</div>"


@as_asked
def check_log(log: EventLog, now: datetime | None = None) -> Quality:
    """Judge what a log can carry, before anything is estimated.

    Parameters
    ----------
    log : EventLog
    now : datetime, optional
        Events more than a day later are of the future; default the present time.

    Returns
    -------
    Quality

    Raises
    ------
    MemoryError
        If the engine has none left.

    Notes
    -----
    Cost: a few passes over integers that are in memory already, a tenth of what reading the log
    took. Where rows were left out, one more over users and events in the files. Where the plan asks
    about the next macro the log is read once more, since what is there holds only what follows a
    first one.
    """
    with memory_of_python():
        judged = counts = count_log(log)
        if log.plan.macro.repeat:
            with read_events(log.source.given, log.plan.of_the_log, **taken_by(log.con)) as whole:
                counts = count_log(whole)
    return Quality(
        tuple(
            check(judged if check in JUDGED else counts)
            for check in checks(now or datetime.now(UTC))
        )
    )


def checks(now: datetime) -> tuple[Check, ...]:
    """All checks, in the order in which they are shown."""
    return (
        rows.duplicates,
        rows.missing_ids,
        rows.consent,
        times.equal_times,
        partial(times.future_times, now=now),
        times.stray_times,
        times.zone_jumps,
        bots.bots,
        tracking.outages,
        tracking.tracking_changes,
        tracking.macro_jumps,
        tracking.action_jumps,
        users.single_events,
        users.left_truncation,
        users.pastless_macros,
        users.empty_visits,
        money.outliers,
        money.value_jumps,
        money.zero_values,
        money.repeated_transactions,
        attributes.many_values,
        enough.enough_macros,
    )
