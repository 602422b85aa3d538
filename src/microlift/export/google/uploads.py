"""Upload files for Google Ads: conversions of clicks, and adjustments of earlier ones.

The zone stands in the line of parameters and times in rows are bare, which every importer reads;
only in the hour that clocks strike twice a row says its own offset.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta, tzinfo

from microlift.errors import InputError
from microlift.export.cells import csv_text, money
from microlift.export.checks.zones import zone_of
from microlift.export.conversions import Conversion
from microlift.export.google.account import Account
from microlift.export.google.checks.adjustments import BY_CLICK, BY_ORDER
from microlift.export.google.checks.clicks import (
    CLICK,
    CURRENCY,
    NAME,
    ORDER,
    PERSONALIZATION,
    TIME,
    USER_DATA,
    VALUE,
)
from microlift.export.google.sifting import RUNS, by_click, by_order, times
from microlift.export.sifting import Reason, has_id, said, second, sift
from microlift.export.targets import Made
from microlift.plan.quoting import short

_WORDS = {"restate": "RESTATE", "retract": "RETRACT"}


def clicks_csv(rows: Iterable[Conversion], now: datetime, timezone: str) -> Made:
    """Make clicks.csv, for the upload of conversions from clicks.

    Parameters
    ----------
    rows
        Conversions; of two with the same click, name and second the first is kept.
    now
        When the file is to be uploaded, with a time zone: ages are counted from it.
    timezone
        Zone in which times are written: ``Europe/Madrid`` or ``+0100``.

    Returns
    -------
    Made
        No file where no conversion is left.

    Raises
    ------
    InputError
        If the zone is unknown, `now` has none, or values are in several currencies.

    Examples
    --------
    >>> from datetime import UTC
    >>> row = Conversion("Cart", datetime(2026, 8, 1, 10, tzinfo=UTC), 3.2, "EUR", "abc")
    >>> made = clicks_csv([row, row], datetime(2026, 8, 2, tzinfo=UTC), "Europe/Berlin")
    >>> print(made.files["clicks.csv"])
    Parameters:TimeZone=Europe/Berlin
    Google Click ID,Conversion Name,Conversion Time,Conversion Value,Conversion Currency
    abc,Cart,2026-08-01 12:00:00,3.20,EUR
    >>> made.notes
    ('1 of 2 conversions are in the file.', '1 left out: said already by an earlier row.')
    """
    zone = _zone(timezone, now)
    reasons: list[Reason] = [
        ("an adjustment", lambda row: row.adjustment is not None),
        ("no click id of Google", lambda row: not row.click_id or row.click_kind not in _GOOGLE),
        (
            "gbraid or wbraid, which the file has no place for; data-manager takes them",
            lambda row: row.click_kind in ("gbraid", "wbraid"),
        ),
        RUNS,
        ("a click id that is none", lambda row: not has_id(row, ("gclid",))),
        *times(now),
    ]
    kept, left = sift(rows, reasons, (by_click, by_order))
    if not kept:
        return Made({}, said(0, left))
    extra = [(name, of) for name, of in _OPTIONAL if any(of(row) for row in kept)]
    header = [CLICK, NAME, TIME, VALUE, CURRENCY, *(name for name, _ in extra)]
    cells = [
        [
            row.click_id,
            row.action,
            _written(row.time, zone),
            money(row.value, row.currency),
            row.currency,
            *(of(row) for _, of in extra),
        ]
        for row in kept
    ]
    return Made({"clicks.csv": _file(timezone, header, cells)}, said(len(kept), left))


_GOOGLE = ("gclid", "gbraid", "wbraid")
_OPTIONAL: tuple[tuple[str, Callable[[Conversion], str]], ...] = (
    (ORDER, lambda row: row.order_id),
    (USER_DATA, lambda row: (row.ad_user_data or "").capitalize()),
    (PERSONALIZATION, lambda row: (row.ad_personalization or "").capitalize()),
)


def adjustments_csv(rows: Iterable[Conversion], account: Account, timezone: str) -> Made:
    """Make adjustments-by-order.csv and adjustments-by-click.csv, whichever has rows.

    A conversion with an order id is adjusted by that (those of a website have to be), others by
    click and time. The words are those of files, RESTATE and RETRACT; the API has others.

    Parameters
    ----------
    rows
        Conversions with an adjustment.
    account
        With `now`; restatements of actions that always use their default value are left out.
    timezone
        As for `clicks_csv`.

    Raises
    ------
    InputError
        If the zone is unknown, `account.now` is not given, or there are several currencies.
    """
    now = account.now
    if now is None:
        raise InputError("Got an account without 'now', and ages are counted from it. Give it.")
    zone = _zone(timezone, now)
    kept, left = sift(rows, _adjusting(account, now), (_adjusted,))
    files: dict[str, str] = {}
    for name, header, part in (
        ("order", BY_ORDER, [row for row in kept if row.order_id]),
        ("click", BY_CLICK, [row for row in kept if not row.order_id]),
    ):
        if part:
            cells = [_adjustment(row, zone, name == "click") for row in part]
            files[f"adjustments-by-{name}.csv"] = _file(timezone, header, cells)
    return Made(files, said(len(kept), left))


def _adjusting(account: Account, now: datetime) -> list[Reason]:
    day = timedelta(days=1)
    return [
        ("no adjustment", lambda row: row.adjustment is None),
        RUNS,
        (
            "neither an order id nor a gclid",
            lambda row: not row.order_id and not has_id(row, ("gclid",)),
        ),
        ("an order id with an @, which tells of a person", lambda row: "@" in row.order_id),
        ("adjusted before the conversion", lambda row: (row.adjusted_at or now) < row.time),
        ("in the future", lambda row: max(row.time, row.adjusted_at or now) > now),
        ("conversion more than 54 days old", lambda row: now - row.time > 54 * day),
        (
            "conversion less than 24 hours old; a later upload takes it",
            lambda row: now - row.time < day,
        ),
        (
            "restated, and the action always uses its default value",
            lambda row: row.adjustment == "restate" and row.action in account.always_default,
        ),
    ]


def _adjusted(row: Conversion) -> tuple[object, ...]:
    what = row.order_id or (row.click_id, second(row.time))
    return (what, row.action, second(row.adjusted_at or row.time))


def _adjustment(row: Conversion, zone: tzinfo, by: bool) -> list[str]:
    restated = row.adjusted_value is not None
    return [
        row.click_id if by else row.order_id,
        row.action,
        *([_written(row.time, zone)] if by else []),
        _written(row.adjusted_at or row.time, zone),
        _WORDS[row.adjustment or "retract"],
        money(row.adjusted_value or 0.0, row.currency) if restated else "",
        row.currency if restated else "",
    ]


def _zone(timezone: str, now: datetime) -> tzinfo:
    zone = zone_of(timezone)
    if zone is None:
        raise InputError(
            f"Got the time zone {short(timezone)}, which is not known, so that every conversion "
            "would be hours off. Write a name such as Europe/Madrid, or +0100."
        )
    if now.utcoffset() is None:
        raise InputError("Got a 'now' without a time zone, so ages are unsure. Give it one.")
    return zone


def _written(at: datetime, zone: tzinfo) -> str:
    local = second(at).astimezone(zone)
    twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return local.strftime("%Y-%m-%d %H:%M:%S" + ("%z" if twice else ""))


def _file(timezone: str, header: Sequence[str], cells: Iterable[Sequence[str]]) -> str:
    return csv_text([[f"Parameters:TimeZone={timezone}"], header, *cells])
