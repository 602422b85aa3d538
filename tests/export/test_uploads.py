"""Booked occurrences of a log become files that platforms import, whole and in time."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from microlift.cli import main
from microlift.errors import InputError
from microlift.events import read_events
from microlift.export import validate
from microlift.export.clicks import uploads
from microlift.plan import Plan
from microlift.weights import WeightsFile

NOW = datetime.now(UTC).replace(microsecond=0)
START = pd.Timestamp(NOW) - pd.Timedelta(days=40)
Parquet = Callable[[pd.DataFrame], Path]
Made = Callable[..., WeightsFile]
CART = {"name": "cart", "weight": 3.2, "count": "click", "label": "Cart"}
ROWS = [
    ("ann", 0, "visit", "click-a"),
    ("ann", 1, "cart", None),
    ("bob", 2, "visit", "click-b"),
    ("bob", 3, "cart", None),
    ("bob", 4, "cart", None),
    ("cid", 5, "cart", None),  # by no click
    ("dan", 39, "buy", "click-d"),
]


def frame(click: str = "gclid") -> pd.DataFrame:
    rows = pd.DataFrame(ROWS, columns=["user_id", "timestamp", "event", click])
    return rows.assign(timestamp=START + pd.to_timedelta(rows["timestamp"], unit="D"))


def plan(click: str = "gclid", **log: Any) -> dict[str, Any]:
    return {
        "macro": {"event": "buy", "value": 50, "currency": "EUR"},
        "horizon": "5d",
        "actions": [{"name": "cart", "event": "cart", "count": "click", "label": "Cart"}],
        "log": {"columns": {"click_id": click}} | log,
        "export": {"data-manager": {"customer": "123-456-7890", "actions": {"cart": "77"}}},
    }


KINDS = [
    ("google-ads", "clicks.csv", "google-ads-conversions"),
    ("microsoft", "conversions.csv", "microsoft-conversions"),
    ("data-manager", "events-0001.json", "data-manager"),
]


@pytest.mark.parametrize(("target", "name", "kind"), KINDS)
def test_what_is_written_is_clean_and_holds_each_booked_click(
    parquet_of: Parquet, weights_file: Made, target: str, name: str, kind: str
) -> None:
    column = "msclkid" if target == "microsoft" else "gclid"
    with read_events(parquet_of(frame(column)), Plan.from_dict(plan(column))) as log:
        given = log.plan.export_settings(target)
        made = uploads(log, weights_file(CART), target, now=NOW, settings=given)
    assert list(made.files) == [name]
    assert "does not say whose" not in " ".join(made.notes)
    text = made.files[name]
    assert validate(kind, text.encode()) == []
    assert [text.count(click) for click in ("click-a", "click-b", "click-d")] == [1, 1, 0]


def test_plain_rows_carry_time_value_and_currency(parquet_of: Parquet, weights_file: Made) -> None:
    with read_events(parquet_of(frame()), Plan.from_dict(plan())) as log:
        made = uploads(log, weights_file(CART), "csv", now=NOW)
    rows = list(csv.DictReader(io.StringIO(made.files["conversions.csv"])))
    assert [(r["click_id"], r["conversion"], r["value"], r["currency"]) for r in rows] == [
        ("click-a", "Cart", "3.20", "EUR"),
        ("click-b", "Cart", "3.20", "EUR"),
    ]
    assert rows[0]["time"] == (START + pd.Timedelta(days=1)).isoformat()


WRONG = [
    # the column of click ids, what else the plan says of the log, the target, what is said
    ("gclid", {}, "microsoft", "are gclid, and microsoft counts msclkid alone"),
    ("session.MsClkId", {}, "google-ads", "are msclkid, and google-ads counts gclid or"),
    ("fbclid", {}, "google-ads", "are fbclid"),
    ("ttclid", {}, "data-manager", "are ttclid"),
    ("click", {"click_kind": "li_fat_id"}, "microsoft", "are li_fat_id"),
    ("gclid", {"click_kind": "msclkid"}, "google-ads", "are msclkid"),
]


@pytest.mark.parametrize(("column", "said", "target", "message"), WRONG)
def test_clicks_of_one_platform_are_not_sent_to_another(
    parquet_of: Parquet,
    weights_file: Made,
    column: str,
    said: dict[str, Any],
    target: str,
    message: str,
) -> None:
    given = plan(column, **said)
    path = parquet_of(frame(column))
    with (
        read_events(path, Plan.from_dict(given)) as log,
        pytest.raises(InputError, match=f"{message}.*credit nobody"),
    ):
        uploads(log, weights_file(CART), target, now=NOW, settings=given["export"].get(target))


@pytest.mark.parametrize(
    ("target", "kept"), [("google-ads", "ab"), ("microsoft", "be"), ("csv", "abe")]
)
def test_where_nothing_says_whose_clicks_they_are_their_form_does(
    parquet_of: Parquet, weights_file: Made, target: str, kept: str
) -> None:
    google = "Cj0KCQjwiMmwBhDmARIsABeQ7xRJWGVf"
    named = {"click-a": google, "click-b": "click-b", "click-d": "0a1b2c3d" * 4}
    rows = frame("click").replace({"click": named})
    late = pd.DataFrame(
        {"user_id": ["eve"], "timestamp": [START + pd.Timedelta(days=7)], "event": ["cart"]}
    ).assign(click="9f8e7d6c" * 4)
    with read_events(parquet_of(pd.concat([rows, late])), Plan.from_dict(plan("click"))) as log:
        made = uploads(log, weights_file(CART), target, now=NOW)
    (text,) = made.files.values()
    found = {google: "a", "click-b": "b", "9f8e7d6c" * 4: "e"}
    assert "".join(short for full, short in found.items() if full in text) == kept
    told = " ".join(made.notes)
    assert ("does not say whose" in told) == (target != "csv")
    assert ("1 left out" in told) == (target != "csv")
    if target == "csv":
        kinds = [row["click_kind"] for row in csv.DictReader(io.StringIO(text))]
        assert kinds == ["gclid", "", "msclkid"]


CHANGES = [
    # the weight now, the word in the file, the value in it
    (4.0, "RESTATE", "4.00"),
    (0.0, "RETRACT", ""),
    (3.2, None, None),
]


@pytest.mark.parametrize(("weight", "word", "value"), CHANGES)
def test_what_was_booked_at_another_weight_is_adjusted(
    parquet_of: Parquet, weights_file: Made, weight: float, word: str | None, value: str | None
) -> None:
    view = {"name": "view", "weight": 1.0, "count": "click", "events": ("visit",)}
    both = plan()
    both["actions"].append({"name": "view", "event": "visit", "count": "click"})
    before = weights_file(CART, view | {"weight": 0.0})
    after = weights_file(CART | {"weight": weight}, view)
    with read_events(parquet_of(frame()), Plan.from_dict(both)) as log:
        made = uploads(
            log, after, "google-ads", now=NOW, previous=before, settings={"values": "sent"}
        )
    adjusted = made.files.get("adjustments-by-click.csv")
    assert (adjusted is None) == (word is None)
    if adjusted is not None:
        assert validate("google-ads-adjustments", adjusted.encode()) == []
        assert adjusted.count(f",{word},") == 2
        assert not value or adjusted.count(f",{value},") == 2


def test_clicks_that_the_platform_no_longer_takes_are_left_out_and_counted(
    parquet_of: Parquet, weights_file: Made
) -> None:
    with read_events(parquet_of(frame()), Plan.from_dict(plan())) as log:
        late = uploads(log, weights_file(CART), "google-ads", now=NOW + timedelta(days=51))
        assert [late.files["clicks.csv"].count(click) for click in ("click-a", "click-b")] == [0, 1]
        assert any("1 left out" in note for note in late.notes)
        with pytest.raises(InputError, match="No conversion is left for google-ads"):
            uploads(log, weights_file(CART), "google-ads", now=NOW + timedelta(days=90))
        with pytest.raises(InputError, match=r"Got 'gogle-ads'.*nearest: 'google-ads'"):
            uploads(log, weights_file(CART), "gogle-ads")


def test_the_command_writes_the_files(
    parquet_of: Parquet, weights_file: Made, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "plan.yaml").write_text(yaml.safe_dump(plan()), encoding="utf-8")
    weights = weights_file(CART, valid_until=(NOW + timedelta(days=2)).date())
    (tmp_path / "weights.json").write_text(weights.to_json(), encoding="utf-8")
    given = ["--plan", tmp_path / "plan.yaml", "--events", parquet_of(frame())]
    given += ["--weights", tmp_path / "weights.json", "--out", tmp_path / "out"]
    assert main(["conversions", "google-ads", *map(str, given)]) == 0
    told = capsys.readouterr()
    assert told.out == f"written: {tmp_path / 'out' / 'clicks.csv'}\n"
    assert "click-a" not in told.out + told.err
    assert (tmp_path / "out" / "clicks.csv").read_text(encoding="utf-8").count("click-") == 2
