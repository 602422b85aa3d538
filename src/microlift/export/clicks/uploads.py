"""Single conversions of a log as the files in which an ad platform takes them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain
from typing import Any

from microlift.asked import as_asked
from microlift.errors import InputError, nearest
from microlift.events import EventLog
from microlift.export.cells import csv_text, money
from microlift.export.click_ids import OF_GOOGLE, OF_MICROSOFT, kind_in, looks_like
from microlift.export.clicks.rows import valued
from microlift.export.conversions import Conversion
from microlift.export.google.account import account_of
from microlift.export.google.manager import data_manager_json
from microlift.export.google.settings import DataManagerSettings, GoogleAdsSettings
from microlift.export.google.uploads import adjustments_csv, clicks_csv
from microlift.export.microsoft.uploads import conversions_csv
from microlift.export.targets import Made
from microlift.plan.log import ClickKind
from microlift.plan.quoting import short
from microlift.weights import WeightsFile

_HEAD = (
    "click_id", "click_kind", "conversion", "time", "value", "currency", "adjustment",
    "adjusted_value",
)  # fmt: skip


# What each platform counts; the plain rows say it of each.
KINDS: dict[str, tuple[ClickKind, ...]] = {
    "google-ads": OF_GOOGLE,
    "data-manager": OF_GOOGLE,
    "microsoft": OF_MICROSOFT,
}
_UNSAID = (
    "The plan does not say whose click ids these are. Those that look like nobody's were taken for "
    "{kind}; say it with log.click_kind: {kind}."
)


@dataclass(frozen=True)
class _Asked:
    """What is to be written: rows, the weights behind them, when, the settings, whose clicks."""

    rows: Iterable[Conversion]
    adjusted: Iterable[Conversion]
    weights: WeightsFile
    now: datetime
    settings: Mapping[str, Any]
    kind: ClickKind | None


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
        As `conversions`; or if the target or a setting is not known, the click ids are another
        platform's, or no row is left.

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
    kinds, known = KINDS.get(target, ()), kind_in(log.plan)
    _check_kind(target, kinds, known)
    usual, at = (kinds or OF_GOOGLE)[0], now or datetime.now(UTC)
    asked = _Asked(
        rows=(row for row, _ in valued(log, weights, usual=usual)),
        adjusted=_adjusted(log, weights, previous, at, usual),
        weights=weights,
        now=at,
        settings=settings or {},
        kind=known,
    )
    made = UPLOADS[target](asked)
    if known is None and kinds:
        made = Made(made.files, (*made.notes, _UNSAID.format(kind=usual)))
    if not made.files:
        raise InputError(
            f"No conversion is left for {target}: {' '.join(made.notes)} Nothing was written."
        )
    return made


def _check_kind(target: str, kinds: Sequence[ClickKind], known: ClickKind | None) -> None:
    """Refuse click ids that the plan says are of another platform."""
    if known is None or not kinds or known in kinds:
        return
    raise InputError(
        f"The click ids of this log are {known}, and {target} counts {' or '.join(kinds)} alone: "
        "it would take the file and credit nobody. Map the column of its own ids "
        "(log.columns.click_id), or say whose they are where the column's name misleads "
        f"(log.click_kind: {kinds[0]})."
    )


def _adjusted(
    log: EventLog,
    weights: WeightsFile,
    previous: WeightsFile | None,
    now: datetime,
    usual: ClickKind,
) -> Iterator[Conversion]:
    """Earlier bookings whose action has another weight now."""
    if previous is None:
        return
    after = {a.label: a.weight if a.primary else 0.0 for a in weights.actions}
    after[weights.macro.label] = weights.macro_weight if weights.macro.primary else 0.0
    for row, own in valued(log, previous, usual=usual):
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
            asked.kind or looks_like(row.click_id) or "",
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
