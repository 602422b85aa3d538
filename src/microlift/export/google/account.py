"""What is known of a Google Ads account beside a file, where something is known."""

from dataclasses import dataclass
from datetime import datetime

from microlift.export.google.lines import lines
from microlift.export.google.settings import GoogleAdsSettings
from microlift.weights import WeightsFile


@dataclass(frozen=True)
class Account:
    """Facts that a file of conversions does not hold, and without which some faults hide.

    Attributes
    ----------
    now
        When the file is to be uploaded, with a time zone. Unknown, ages are counted from the
        newest time in the file: what is too old then is too old at any later upload.
    names
        Names of the conversion actions that exist, letter by letter; None where not known.
    one_per_click
        Names of those that count one conversion a click.
    always_default
        Names of those that always use their default value, so that none can be restated.

    Examples
    --------
    >>> Account(one_per_click=frozenset({"Cart"})).now is None
    True
    """

    now: datetime | None = None
    names: frozenset[str] | None = None
    one_per_click: frozenset[str] = frozenset()
    always_default: frozenset[str] = frozenset()


def account_of(weights: WeightsFile, settings: GoogleAdsSettings, now: datetime) -> Account:
    """The account as the target google-ads leaves it, by the names that actions have there.

    Parameters
    ----------
    weights, settings
        Of the target google-ads.
    now
        When files are to be uploaded, with a time zone.

    Raises
    ------
    InputError
        As `lines`.
    """
    booked = [line for line in lines(weights, settings) if line.value is not None]
    return Account(
        now=now,
        names=frozenset(line.title for line in booked),
        one_per_click=frozenset(line.title for line in booked if line.counting == "ONE_PER_CLICK"),
        always_default=frozenset(line.title for line in booked if line.fixed),
    )
