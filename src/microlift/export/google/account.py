"""What is known of a Google Ads account beside a file, where something is known."""

from dataclasses import dataclass
from datetime import datetime


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
