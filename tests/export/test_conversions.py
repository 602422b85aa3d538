"""A conversion that no platform could take is refused where it is made, without naming anyone."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from microlift.errors import InputError
from microlift.export.conversions import Conversion

AT = datetime(2026, 8, 1, 12, tzinfo=UTC)
ROW = Conversion("Cart", AT, 3.2, "EUR", click_id="SECRET")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"time": AT.replace(tzinfo=None)}, "without a time zone"),
        ({"clicked_at": AT.replace(tzinfo=None)}, "without a time zone"),
        ({"value": float("nan")}, "no number"),
        ({"value": -1.0}, "negative"),
        ({"adjustment": "restate", "adjusted_at": AT, "adjusted_value": -1.0}, "negative"),
        ({"currency": "eur"}, "currency 'eur'"),
        ({"click_kind": "cid"}, "of kind 'cid'"),
        ({"hashed_emails": ("ann@example.com",)}, "no SHA-256"),
        ({"adjustment": "retract"}, "without its time"),
        ({"adjustment": "restate", "adjusted_at": AT}, "Give both"),
        ({"adjusted_value": 2.0}, "Give both"),
    ],
)
def test_what_no_platform_takes_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message) as refused:
        replace(ROW, **change)
    assert "SECRET" not in str(refused.value)
    assert "ann@" not in str(refused.value)


def test_an_adjustment_with_all_its_parts_is_accepted() -> None:
    row = replace(ROW, adjustment="restate", adjusted_at=AT, adjusted_value=0.0)
    assert row.adjusted_value == 0.0
    assert replace(ROW, adjustment="retract", adjusted_at=AT).adjusted_value is None
