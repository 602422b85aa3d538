"""A weights file is read whole and unchanged, or refused with what to do."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from microlift.errors import WeightsError
from microlift.weights import WeightsFile, checksum, parse_weights, read_weights, schema

Make = Callable[..., WeightsFile]


@pytest.fixture
def path(weights_file: Make, tmp_path: Path) -> Path:
    file = tmp_path / "weights.json"
    file.write_text(weights_file().to_json(), encoding="utf-8")
    return file


def test_what_was_written_is_read_back(weights_file: Make, path: Path) -> None:
    read = read_weights(path, on=date(2026, 8, 31), currency="EUR")
    assert read.model_copy(update={"checksum": ""}) == weights_file()
    assert read.to_json() == path.read_text(encoding="utf-8")
    assert [action.name for action in read.primary] == ["add_to_cart", "begin_checkout"]


def test_layout_and_order_of_keys_are_no_change(path: Path) -> None:
    data = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(dict(reversed(data.items()))), encoding="utf-8")
    assert read_weights(path).macros == 100


def _raised(data: dict[str, Any]) -> None:
    data["actions"][1]["weight"] = 320.0


EDITS: list[tuple[Callable[[dict[str, Any]], Any], str]] = [
    (_raised, "changed after it was written"),
    (lambda data: data.update(currency="USD"), "changed after it was written"),
    (lambda data: data.pop("checksum"), "changed after it was written"),
    (lambda data: data.update(schema_version=3), "schema version 3, and this release reads up to"),
    (lambda data: data.update(schema_version="2"), "schema_version"),
    (lambda data: data.clear(), "schema version 2: 'created_at'"),
]


@pytest.mark.parametrize(("edit", "message"), EDITS)
def test_an_edited_file_is_refused(
    path: Path, edit: Callable[[dict[str, Any]], Any], message: str
) -> None:
    data = json.loads(path.read_text(encoding="utf-8"))
    edit(data)
    path.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(WeightsError, match=message):
        read_weights(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not JSON"),
        (b"[1]", "holds list"),
        (b'{"weight": NaN}', "NaN is no number"),
        (b"\xff\xfe", "not UTF-8"),
        (b"[" * 100_000, "not JSON"),
        (b"{" + b" " * 10_000_001, "far more than any weights.json"),
    ],
)
def test_what_is_no_weights_file_is_refused(path: Path, content: bytes, message: str) -> None:
    path.write_bytes(content)
    with pytest.raises(WeightsError, match=message):
        read_weights(path)


def test_a_value_that_no_weight_can_have_is_refused_even_with_a_fitting_checksum(
    path: Path,
) -> None:
    data = json.loads(path.read_text(encoding="utf-8"))
    data["actions"][1]["weight"] = -1.0
    data["checksum"] = checksum(data)
    with pytest.raises(WeightsError, match=r"actions\.1\.weight.*greater than or equal to 0"):
        parse_weights(json.dumps(data), "The file")


def test_age_and_currency_are_looked_at_where_they_matter(path: Path, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="valid until 2026-08-31, and today is 2026-09-01"):
        read_weights(path, on=date(2026, 9, 1))
    with pytest.raises(WeightsError, match="is in EUR, and 'USD' was asked for"):
        read_weights(path, currency="USD")
    with pytest.raises(WeightsError, match="does not exist"):
        read_weights(tmp_path / "none.json")
    with pytest.raises(WeightsError, match="cannot be read"):
        read_weights(tmp_path)


def test_every_written_file_fits_the_shipped_schema(weights_file: Make) -> None:
    assert set(schema()["properties"]) == set(weights_file().to_dict())
