"""Single conversions of a log as the files in which an ad platform takes them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain
from typing import Any

from microlift.asked import as_asked
from microlift.errors import InputError, nearest
from microlift.events import EventLog
from microlift.export.cells import csv_text, money
from microlift.export.clicks.rows import conversions, valued
from microlift.export.conversions import ClickKind, Conversion
from microlift.export.google.account import account_of
from microlift.export.google.manager import data_manager_json
from microlift.export.google.settings import DataManagerSettings, GoogleAdsSettings
from microlift.export.google.uploads import adjustments_csv, clicks_csv
from microlift.export.microsoft.uploads import conversions_csv
from microlift.export.targets import Made
from microlift.plan.quoting import short
from microlift.weights import WeightsFile

_HEAD = ("click_id", "conversion", "time", "value", "currency", "adjustment", "adjusted_value")


@dataclass(frozen=True)
class _Asked:
    """What is to be written: rows, the weights behind them, when, and the settings given."""

    rows: Iterable[Conversion]
    adjusted: Iterable[Conversion]
    weights: WeightsFile
    now: datetime
    settings: Mapping[str, Any]


@as_asked
def uploads(
    log: EventLog,
    weights: WeightsFile,
    target: str,
    *,
    now: datetime | None = None,
    previous: WeightsFile | None = None,
    settings: Mapping[str, Any] | None = None,
) -> Made:
    """Write the booked occurrences of a log as the files that a platform imports.

    Parameters
    ----------
    log
        An open log of a plan that maps ``log.columns.click_id``.
    weights
        What to book.
    target
        ``google-ads`` (clicks.csv, and adjustments where `previous` is given), ``data-manager``
        (requests of its API), ``microsoft`` (conversions.csv) or ``csv`` (plain rows).
    now
        When the files are to be uploaded, with a time zone: clicks that a platform no longer takes
        are left out and counted. Default: the present.
    previous
        The weights that earlier uploads booked: what has another weight now is restated.
    settings
        Of the target of the same name.

    Returns
    -------
    Made
        The files, and notes with how many rows were left out and why.

    Raises
    ------
    InputError
        As `conversions`; or if the target or a setting is not known, or no row is left.

    Examples
    --------
    >>> sorted(UPLOADS)
    ['csv', 'data-manager', 'google-ads', 'microsoft']
    """
    if target not in UPLOADS:
        raise InputError(
            f"Got {short(target)}, and conversions of a log can be written for "
            f"{', '.join(UPLOADS)} (nearest: {nearest(target, list(UPLOADS))}). Choose one."
        )
    kind: ClickKind = "msclkid" if target == "microsoft" else "gclid"
    adjusted = _adjusted(log, weights, previous, now or datetime.now(UTC), kind)
    asked = _Asked(
        rows=conversions(log, weights, kind=kind),
        adjusted=adjusted,
        weights=weights,
        now=now or datetime.now(UTC),
        settings=settings or {},
    )
    made = UPLOADS[target](asked)
    if not made.files:
        raise InputError(
            f"No conversion is left for {target}: {' '.join(made.notes)} Nothing was written."
        )
    return made


def _adjusted(
    log: EventLog,
    weights: WeightsFile,
    previous: WeightsFile | None,
    now: datetime,
    kind: ClickKind,
) -> Iterator[Conversion]:
    """Earlier bookings whose action has another weight now."""
    if previous is None:
        return
    after = {a.label: a.weight if a.primary else 0.0 for a in weights.actions}
    after[weights.macro.label] = weights.macro_weight if weights.macro.primary else 0.0
    for row, own in valued(log, previous, kind=kind):
        value = after.get(row.action, 0.0)
        if own is not None and weights.mode == "macro":
            value = own
        if money(value, row.currency) == money(row.value, row.currency):
            continue
        if value:
            yield replace(row, adjustment="restate", adjusted_at=now, adjusted_value=value)
        else:
            yield replace(row, adjustment="retract", adjusted_at=now)


def _google_ads(asked: _Asked) -> Made:
    settings = GoogleAdsSettings.read(asked.settings, "google-ads")

    def named(rows: Iterable[Conversion]) -> Iterator[Conversion]:
        macro = asked.weights.macro.label
        for row in rows:
            prefixed = row.action if row.action == macro else settings.prefix + row.action
            yield replace(row, action=prefixed)

    zone = asked.weights.timezone
    made = clicks_csv(named(asked.rows), asked.now, zone)
    account = account_of(asked.weights, settings, asked.now)
    restated = adjustments_csv(named(asked.adjusted), account, zone)
    notes = [f"Conversions: {note}" for note in made.notes]
    notes += [f"Adjustments: {note}" for note in restated.notes if restated.files or account]
    return Made({**made.files, **restated.files}, tuple(notes))


def _data_manager(asked: _Asked) -> Made:
    settings = DataManagerSettings.read(asked.settings, "data-manager")
    labels = {action.name: action.label for action in asked.weights.actions}
    labels[asked.weights.macro.name] = asked.weights.macro.label
    ids = {labels.get(name, name): number for name, number in settings.actions.items()}
    account = account_of(asked.weights, GoogleAdsSettings.read({}, "google-ads"), asked.now)
    return data_manager_json(asked.rows, account, settings, ids)


def _microsoft(asked: _Asked) -> Made:
    return conversions_csv(asked.rows, asked.now)


def _plain(asked: _Asked) -> Made:
    rows = [
        (
            row.click_id,
            row.action,
            row.time.isoformat(),
            money(row.value, row.currency),
            row.currency,
            row.adjustment or "",
            "" if row.adjusted_value is None else money(row.adjusted_value, row.currency),
        )
        for row in chain(asked.rows, asked.adjusted)
    ]
    if not rows:
        return Made({}, ("The log has none that followed a click.",))
    return Made(
        {"conversions.csv": csv_text([_HEAD, *rows])}, (f"{len(rows):,} conversions written.",)
    )


UPLOADS: dict[str, Callable[[_Asked], Made]] = {
    "google-ads": _google_ads,
    "data-manager": _data_manager,
    "microsoft": _microsoft,
    "csv": _plain,
}
