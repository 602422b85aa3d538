"""Values as plain files: whatever the names, what is read back is what was meant."""

import csv
import io
import json
from collections.abc import Callable
from datetime import date
from typing import Any, get_args

import duckdb
import pytest
import sqlglot
import yaml
from sqlglot import exp

import microlift as ml
from microlift.errors import InputError
from microlift.export.plain.warehouse import Dialect
from microlift.weights import MacroRecord, WeightsFile

Make = Callable[..., WeightsFile]
HOSTILE = (
    "<script>alert(1)</script>",
    "{{x}}",
    "o'hara",
    'say "hi"',
    "a\\",
    "カート 🎉",
    "\u202ex",
)
KEPT = MacroRecord(name="buy", label="buy", events=("buy",), value=50.0, primary=True)


def _read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_each_event_of_each_action_has_its_row_and_the_macro_comes_last(weights_file: Make) -> None:
    made = ml.export(
        weights_file({"name": "cart", "weight": 3.2, "events": ("cart", "quick_cart")}), "csv"
    )
    rows = _read(made.files["values.csv"])
    assert [(row["role"], row["event"], row["value"], row["low"]) for row in rows] == [
        ("action", "cart", "3.20", "1.60"),
        ("action", "quick_cart", "3.20", "1.60"),
        ("macro", "purchase", "0.00", ""),
    ]


def test_a_macro_that_stays_primary_is_booked_at_its_reduced_value(weights_file: Make) -> None:
    weights = weights_file(macro=KEPT, macro_weight=21.5, mode="macro and micro")
    for target in ("csv", "dbt"):
        (text,) = (t for n, t in ml.export(weights, target).files.items() if n.endswith("csv"))
        assert _read(text)[-1]["value"] == "21.50"
    assert "WHEN 'buy'\n  THEN 21.50" in ml.export(weights, "sql").files["values.sql"]


def test_without_a_currency_values_are_in_macros_and_that_is_told(weights_file: Make) -> None:
    made = ml.export(weights_file({"name": "cart", "weight": 0.0425}, currency=None), "json")
    values = json.loads(made.files["values.json"])["values"]
    assert (values[0]["value"], values[0]["low"]) == ("0.042500", "0.021250")
    assert "in macros and not in money" in made.notes[0]


def test_an_action_that_no_event_stands_for_gets_an_event_of_its_own(weights_file: Make) -> None:
    made = ml.export(
        weights_file(
            {"name": "Video seen", "weight": 2.0, "events": ()},
            {"name": "video seen", "weight": 1.0, "events": ()},
        ),
        "json",
    )
    values = json.loads(made.files["values.json"])["values"]
    assert [(value["events"], value["derived"]) for value in values] == [
        (["video_seen"], True),
        (["video_seen_37c9c3"], True),
        (["purchase"], False),
    ]
    assert "let a tag send the event 'video_seen' where it happens" in made.notes[0]


def test_json_and_yaml_say_the_same_and_hold_hostile_names_whole(weights_file: Make) -> None:
    weights = weights_file({"name": "cart", "weight": 3.2, "events": HOSTILE, "label": HOSTILE[0]})
    data = json.loads(ml.export(weights, "json").files["values.json"])
    assert yaml.safe_load(ml.export(weights, "yaml").files["values.yaml"]) == data
    assert data["values"][0]["events"] == list(HOSTILE)


@pytest.mark.parametrize("dialect", get_args(Dialect))
def test_sql_holds_hostile_names_in_every_dialect(weights_file: Make, dialect: str) -> None:
    names = (*HOSTILE, "two\nlines", "'; DROP TABLE events; --")
    weights = weights_file({"name": "cart", "weight": 3.2, "events": names})
    text = ml.export(weights, "sql", {"dialect": dialect}).files["values.sql"]
    parsed = sqlglot.parse_one(f"SELECT {text.split(chr(10), 1)[1]}", read=dialect)
    found = [literal.this for literal in parsed.find_all(exp.Literal) if literal.is_string]
    assert sorted(found) == sorted(names)


def test_sql_gives_each_event_its_value_and_every_other_none(weights_file: Make) -> None:
    weights = weights_file(
        {"name": "cart", "weight": 3.2, "events": ("cart", "o'hara")},
        {"name": "quick", "weight": 1.0, "events": ("cart",)},
        {"name": "view"},
    )
    made = ml.export(weights, "sql", {"column": "e", "name": "worth"})
    case = made.files["values.sql"].split("\n", 1)[1]
    query = f"SELECT e, {case} FROM (VALUES (?), (?), (?), (NULL)) t(e)"
    rows: list[Any] = duckdb.execute(query, ["cart", "o'hara", "view"]).fetchall()
    assert [float(worth) for _, worth in rows] == [4.2, 3.2, 0.0, 0.0]
    assert "Event 'cart' counts for several actions; its value is their sum." in made.notes


def test_an_event_that_a_spreadsheet_would_compute_is_guarded_and_told(weights_file: Make) -> None:
    weights = weights_file({"name": "=1+1", "label": "@x", "weight": 3.2, "events": ("=1+1", "-x")})
    made = ml.export(weights, "csv")
    first, second, _ = _read(made.files["values.csv"])
    assert (first["name"], first["label"], first["event"]) == ("'=1+1", "'@x", "'=1+1")
    assert second["event"] == "'-x"
    assert "Event '=1+1' has an apostrophe before it" in made.notes[-1]
    with pytest.raises(InputError, match=r"2 event names \('-x', '=1\+1'\) begin as formulas do"):
        ml.export(weights, "dbt")


def test_the_seed_of_dbt_names_every_column_of_its_csv(weights_file: Make) -> None:
    made = ml.export(weights_file(), "dbt", {"dialect": "bigquery", "name": "worths"})
    (seed,) = yaml.safe_load(made.files["worths.yml"])["seeds"]
    header = made.files["worths.csv"].split("\n", 1)[0].split(",")
    assert seed["name"] == "worths"
    assert [column["name"] for column in seed["columns"]] == header
    assert list(seed["config"]["column_types"]) == header
    assert seed["config"]["column_types"]["value"] == "numeric"


def test_nothing_to_book_is_refused_where_a_value_is_asked_for(weights_file: Make) -> None:
    with pytest.raises(InputError, match="None of the 1 actions has a weight above 0"):
        ml.export(weights_file({"name": "view"}), "sql")


def test_a_value_below_a_cent_is_told(weights_file: Make) -> None:
    made = ml.export(weights_file({"name": "cart", "weight": 0.004}), "csv")
    assert "'cart' is worth less than the smallest amount there is" in made.notes[0]


@pytest.mark.parametrize("target", ["csv", "sql", "ga4", "gtm", "meta", "microsoft"])
def test_the_macro_alone_and_the_day_on_which_micro_actions_go_are_told(
    weights_file: Make, target: str
) -> None:
    alone = {"macro": KEPT, "macro_weight": 50.0, "mode": "macro"}
    notes = ml.export(weights_file({"name": "cart"}, **alone), target).notes
    assert any(note.startswith("The macro alone is bid for, at the order value") for note in notes)
    notes = ml.export(weights_file(micro_until=date(2026, 10, 1)), target).notes
    assert "Micro actions are to go out of what is bid on by 2026-10-01." in notes
