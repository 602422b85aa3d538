"""How the log is to be read: its format, its columns, its time zone, its sessions."""

from datetime import timedelta
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field, model_validator

from microlift.errors import nearest
from microlift.plan.durations import Duration
from microlift.plan.fields import ColumnName, Names, Number
from microlift.plan.quoting import short
from microlift.plan.spec import Spec

FORMATS = (
    "amplitude", "ga4", "klaviyo", "matomo", "mixpanel", "posthog", "segment", "shopify",
    "snowplow",
)  # fmt: skip
FRESH_DAYS, MOST_FRESH_DAYS = 3, 30
# The parameter by which an ad platform marks a click in the address of a page.
ClickKind = Literal["gclid", "gbraid", "wbraid", "msclkid", "fbclid", "ttclid", "li_fat_id"]


def _read_format(name: str) -> str:
    if name not in FORMATS:
        raise ValueError(
            f"Got {short(name)}, none of the {len(FORMATS)} known formats ({', '.join(FORMATS)}). "
            "Write one of them, or leave it out and name the columns in log.columns."
        )
    return name


def _read_timezone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # KeyError: ZoneInfoNotFoundError
        raise ValueError(
            f"Got {short(name)}, not a known time zone (nearest: "
            f"{nearest(name, available_timezones())}). Times without a zone would have no meaning. "
            "Write a name such as Europe/Berlin."
        ) from None
    return name


class Columns(Spec):
    """How the log names its columns: ours on the left, the log's on the right.

    `click_id` is the ad platform's click id of the visit or event, such as a gclid; empty where
    there is none. Actions of ``count: click`` are counted by it. It is never shown.

    Examples
    --------
    >>> Columns(user_id="uid").timestamp
    'timestamp'
    """

    place = "log.columns"
    later = frozenset({"campaign"})

    user_id: ColumnName = "user_id"
    timestamp: ColumnName = "timestamp"
    event: ColumnName = "event"
    session_id: ColumnName | None = None
    value: ColumnName | None = None
    currency: ColumnName | None = None
    click_id: ColumnName | None = None

    @model_validator(mode="after")
    def _tell_apart(self) -> Self:
        named = [self.user_id, self.timestamp, self.event]
        if len(set(named)) < len(named):
            raise ValueError(
                f"Got {short(named)} for user_id, timestamp and event; one column cannot be two "
                "of them. Name three columns."
            )
        if self.click_id in named:
            raise ValueError(
                f"Got {short(self.click_id)} for click_id and for user_id, timestamp or event; the "
                "id of a click is neither. Name the column of click ids, or leave click_id out."
            )
        return self


class SourceSpec(Spec):
    """One of several sources of a log: where it lies, and how it is read.

    `path` is a file, folder or glob below the folder that is given as the log. ``columns.user_id``
    is the identity by which sources are joined.

    Examples
    --------
    >>> SourceSpec(path="deals.csv", columns={"user_id": "contact"}).columns.user_id
    'contact'
    """

    place = "log.sources[]"

    path: Annotated[str, Field(min_length=1)] = Field(examples=["web/*.parquet"])
    format: Annotated[str, AfterValidator(_read_format)] | None = None
    columns: Columns = Columns()


class LogSpec(Spec):
    """How the log is to be read.

    `attributes` are columns whose first known value per user serves as confounder and segment;
    `sequence` are columns that order events of one user at one time; `max_rejected` is the share
    of unusable rows (0 to 1) above which the log is refused. Times without a zone are read in
    `timezone`; a user's events at most `session_gap` apart form a session.

    `format` names an export whose columns are known; `columns` then names only what is to be read
    from elsewhere. Two keys belong to ``ga4``. `fresh_days`: how many of the last days, which
    Google still rewrites, are left out (3; 0 keeps all). `refunds`: whether a refund lowers the
    value of its purchase, and undoes it where nothing is left (``subtract``), or not (``keep``).

    `sources` are several files or folders with their own format and columns, joined by user id.

    `window` is how much of the log is read, counted back from its newest event; all of it where
    there is none. Folders such as ``dt=2025-01-31`` of days before it are not opened.

    `click_kind` says whose clicks ``columns.click_id`` holds (``gclid``, ``msclkid`` ...), where
    the name of the column does not.

    Examples
    --------
    >>> LogSpec(attributes="channel").attributes
    ('channel',)
    """

    place = "log"
    columns: Columns = Columns()
    format: Annotated[str, AfterValidator(_read_format)] | None = None
    attributes: Names = ()
    timezone: Annotated[str, AfterValidator(_read_timezone)] = "UTC"
    session_gap: Duration = timedelta(minutes=30)
    window: Duration | None = None
    sequence: Names = ()
    max_rejected: Number = Field(default=0.05, ge=0, le=1)
    fresh_days: Annotated[int, Field(strict=True, ge=0, le=MOST_FRESH_DAYS)] = FRESH_DAYS
    refunds: Literal["subtract", "keep"] = "subtract"
    sources: tuple[SourceSpec, ...] = ()
    click_kind: ClickKind | None = None

    @model_validator(mode="after")
    def _no_identity_as_attribute(self) -> Self:
        columns = [self.columns, *(source.columns for source in self.sources)]
        ids = {name for each in columns for name in (each.user_id, each.session_id, each.click_id)}
        for name in self.attributes:
            if name in ids:
                raise ValueError(
                    f"Got the attribute {short(name)}, which is the column of user, session or "
                    "click ids: an attribute is printed in reports, and ids never are. Remove it."
                )
        return self

    @model_validator(mode="after")
    def _only_where_it_is_known(self) -> Self:
        formats = {self.format, *(source.format for source in self.sources)}
        for key in ("fresh_days", "refunds"):
            if key in self.model_fields_set and "ga4" not in formats:
                if getattr(self, key) == type(self).model_fields[key].default:
                    continue  # as `to_dict` writes it
                raise ValueError(
                    f"Key 'log.{key}' is given without 'format: ga4', and no other log says which "
                    "rows it is about. Remove it."
                )
        return self

    @model_validator(mode="after")
    def _only_of_clicks(self) -> Self:
        columns = [self.columns, *(source.columns for source in self.sources)]
        if self.click_kind and not any(each.click_id for each in columns):
            raise ValueError(
                f"Got click_kind {self.click_kind} and no log.columns.click_id, so there are no "
                "clicks that it could be about. Name the column of click ids, or remove it."
            )
        return self

    @model_validator(mode="after")
    def _one_way_to_say_it(self) -> Self:
        if len(self.sources) == 1 or (self.sources and (self.format or self.columns != Columns())):
            raise ValueError(
                f"Key 'log.sources' has {len(self.sources):,} members beside log.format or "
                "log.columns; a log is read in one way. Give each source its own format and "
                "columns, and name two sources or none."
            )
        return self
