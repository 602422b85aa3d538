"""Ages of conversions: too old, too fresh, in the future; against a day, or the newest time."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from microlift.export.checks.finder import Finder
from microlift.export.google.account import Account

CLICK_DAYS = 90
USER_DATA_DAYS = 63
ADJUSTMENT_DAYS = 54
SETTLING = timedelta(hours=24)


@dataclass
class Ages:
    """Times of a file, judged when all are known.

    Without a day of upload the newest time stands for it: what is too old beside that is too old
    at any later upload, while what is too fresh cannot be told.
    """

    account: Account
    times: list[tuple[str, datetime, int]] = field(default_factory=list)
    newest: datetime | None = None

    def add(self, where: str, at: datetime, days: int) -> None:
        """Take a conversion into account, and the days it may be old."""
        self.times.append((where, at, days))
        self.saw(at)

    def saw(self, at: datetime) -> None:
        """Take another time into account, such as that of an adjustment."""
        self.newest = at if self.newest is None else max(at, self.newest)

    def judge(self, finder: Finder, settled: bool = False) -> None:
        """Blame conversions that are too old, or lie ahead; with `settled`, too fresh ones."""
        now = self.account.now or self.newest
        if now is None:
            return
        beside = "the upload" if self.account.now else "the newest time in the file"
        for where, at, days in self.times:
            if now - at > timedelta(days=days):
                what = f"Got a conversion {(now - at).days:,} days before {beside}; {days} is most."
                finder.add(where, what, "Leave it out: it would be refused.")
            elif at > now:
                what = f"Got {at:%Y-%m-%d %H:%M} UTC, which lies after {beside}."
                finder.add(where, what, "Write the time at which it happened.")
            elif settled and self.account.now and now - at < SETTLING:
                what = "Got an adjustment of a conversion less than 24 hours old."
                finder.add(where, what, "Upload it a day later.")
