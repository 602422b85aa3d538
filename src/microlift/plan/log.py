"""How the log is to be read: its columns, its time zone, its sessions."""

from datetime import timedelta
from typing import Annotated, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field, model_validator

from microlift.errors import nearest
from microlift.plan.durations import Duration
from microlift.plan.fields import ColumnName, Names, Number
from microlift.plan.quoting import short
from microlift.plan.spec import Spec


def _read_timezone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # KeyError: ZoneInfoNotFoundError
        raise ValueError(
            f"Got {name!r}, not a known time zone (nearest: {nearest(name, available_timezones())})"
            ". Times without a zone would have no meaning. Write a name such as Europe/Berlin."
        ) from None
    return name


class Columns(Spec):
    """How the log names its columns: ours on the left, the log's on the right.

    Examples
    --------
    >>> Columns(user_id="uid").timestamp
    'timestamp'
    """

    place = "log.columns"
    later = frozenset({"click_id", "campaign"})

    user_id: ColumnName = "user_id"
    timestamp: ColumnName = "timestamp"
    event: ColumnName = "event"
    session_id: ColumnName | None = None
    value: ColumnName | None = None
    currency: ColumnName | None = None

    @model_validator(mode="after")
    def _tell_apart(self) -> Self:
        named = [self.user_id, self.timestamp, self.event]
        if len(set(named)) < len(named):
            raise ValueError(
                f"Got {short(named)} for user_id, timestamp and event; one column cannot be two "
                "of them. Name three columns."
            )
        return self


class LogSpec(Spec):
    """How the log is to be read.

    `attributes` are columns whose first known value per user serves as confounder and segment;
    `sequence` are columns that order events of one user at one time; `max_rejected` is the share
    of unusable rows (0 to 1) above which the log is refused. Times without a zone are read in
    `timezone`; a user's events at most `session_gap` apart form a session.

    Examples
    --------
    >>> LogSpec(attributes="channel").attributes
    ('channel',)
    """

    place = "log"
    later = frozenset({"format", "sources", "refunds"})

    columns: Columns = Columns()
    attributes: Names = ()
    timezone: Annotated[str, AfterValidator(_read_timezone)] = "UTC"
    session_gap: Duration = timedelta(minutes=30)
    sequence: Names = ()
    max_rejected: Number = Field(default=0.05, ge=0, le=1)

    @model_validator(mode="after")
    def _no_identity_as_attribute(self) -> Self:
        for name in self.attributes:
            if name in (self.columns.user_id, self.columns.session_id):
                raise ValueError(
                    f"Got the attribute {short(name)}, which is the column of user or session "
                    "ids: an attribute is printed in reports, and ids never are. Remove it."
                )
        return self
