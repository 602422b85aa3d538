"""The steps as SQL: every engine's text can be read back, BigQuery's is kept, and it runs."""

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from microlift.cli import main
from microlift.errors import InputError
from microlift.plan import Plan
from microlift.warehouse.dialects import DIALECTS
from microlift.warehouse.script import script_of

Named = Callable[..., Plan]
GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.slow
@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(("name", "steps"), [("clock", 9), ("whole", 9), ("again", 11)])
def test_every_step_compiles_for_every_engine(
    name: str, steps: int, dialect: str, plan_named: Named
) -> None:
    text = script_of(plan_named(name), dialect, "shop.web.events", into="shop.work")
    made = sqlglot.parse(text, dialect=dialect)
    assert len(made) == steps
    assert all(isinstance(each, exp.Create) for each in made)
    # Engines cannot unite bits in a window, do not know tables of ours, and divide by decimals.
    assert "bit_or" not in text.lower()
    assert "memtable" not in text


@pytest.mark.slow
@pytest.mark.parametrize("name", ["visits", "clock", "rules", "repeat"])
def test_the_text_for_bigquery_is_the_kept_one(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    # make it anew: microlift sql --plan tests/warehouse/golden/NAME.yaml --dialect bigquery
    #   --table shop.web.events > tests/warehouse/golden/NAME.sql
    arguments = ["--dialect", "bigquery", "--table", "shop.web.events"]
    assert main(["sql", "--plan", str(GOLDEN / f"{name}.yaml"), *arguments]) == 0
    assert capsys.readouterr().out == (GOLDEN / f"{name}.sql").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"dialect": "bigqery"}, "nearest: 'bigquery'"),
        ({"table": "events; DROP TABLE x"}, "letters, digits"),
        ({"table": ""}, "no table"),
        ({"only": "sells"}, "none of this plan"),
    ],
)
def test_a_wrong_name_is_refused(changes: dict[str, str], said: str, plan_named: Named) -> None:
    given = {"dialect": "bigquery", "table": "events"} | changes
    with pytest.raises(InputError, match=said):
        script_of(plan_named("base"), **given)


def test_one_step_is_a_query_alone(plan_named: Named) -> None:
    text = script_of(plan_named("base"), "snowflake", "events", only="facts")
    assert isinstance(sqlglot.parse_one(text, dialect="snowflake"), exp.Query)
