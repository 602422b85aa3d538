import math

import duckdb
import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlift.errors import EventsError, PlanError
from microlift.where import columns_of, parse_where, to_ibis

ROWS = {
    "percent": pa.array([90, 75, 10, None], pa.int64()),
    "percent_text": pa.array(["90", "75.0", "n/a", None]),
    "ratio": pa.array([0.5, math.nan, -1.0, None], pa.float64()),
    "price": pa.array(["1.50", "2.00", "3.00", None]).cast(pa.decimal128(9, 2)),
    "page": pa.array(["/pricing/eu", "/home", "it's 100%", None]),
    "page path": pa.array(["a", "b", "c", None]),
    "member": pa.array([True, False, True, None], pa.bool_()),
    "member_text": pa.array(["true", "false", "maybe", None]),
    "long_id": pa.array([9007199254740993, 9007199254740992, 1, None], pa.int64()),
    "long_id_text": pa.array(["9007199254740993", "9007199254740992", "1", None]),
    "at": pa.array([0, 1, 2, None], pa.timestamp("us", tz="UTC")),
}


@pytest.fixture(scope="module")
def table():
    return ibis.duckdb.connect().create_table("log", pa.table(ROWS))


def selected(text, table):
    """The positions of the rows that a condition selects."""
    holds = table.select(holds=to_ibis(text, table)).to_pyarrow()["holds"].to_pylist()
    assert None not in holds
    return [row for row, hold in enumerate(holds) if hold]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("percent >= 75", [0, 1]),
        ("percent = 75", [1]),
        ("percent == 75", [1]),
        ("percent != 75", [0, 2]),
        ("percent <> 75", [0, 2]),
        ("75 < percent", [0]),
        ("(percent) < (75)", [2]),
        ("percent <= 10 OR page LIKE '/pricing%'", [0, 2]),
        ("NOT percent > 75", [1, 2]),
        ("percent > 5 AND percent < 80 AND NOT page = '/home'", [2]),
        ("percent IN (10, 90)", [0, 2]),
        ("percent NOT IN (10, 90)", [1]),
        ("percent IN (-1, 10.0)", [2]),
        ("percent BETWEEN 10 AND 75", [1, 2]),
        ("percent NOT BETWEEN 10 AND 75", [0]),
        ("percent IS NULL", [3]),
        ("percent IS NOT NULL", [0, 1, 2]),
        ("ratio < - 0.5", [2]),
        ("ratio = -(1)", [2]),
        ("ratio < +1e0", [0, 2]),
        ("price >= 2", [1, 2]),
        ("price < 1.75", [0]),
        ("percent > ratio", [0, 2]),
        ("page LIKE '/pricing%'", [0]),
        ("page NOT LIKE '/pricing%'", [1, 2]),
        ("page = 'it''s 100%'", [2]),
        ("page IN ('/home', 'nowhere')", [1]),
        ("page < '/i'", [1]),
        ('page = "page path"', []),
        ("\"page path\" = 'b'", [1]),
        ("percent LIKE '7_'", [1]),
        ("member", [0, 2]),
        ("NOT member", [1]),
        ("member = TRUE", [0, 2]),
        ("member = false AND percent = 75", [1]),
        ("member IS TRUE", [0, 2]),
        ("member IS NOT TRUE", [1, 3]),
        ("TRUE", [0, 1, 2, 3]),
        ("FALSE OR percent = 10", [2]),
        ("long_id = 9007199254740993", [0]),
        ("long_id_text = '9007199254740993'", [0]),
        ("at IS NOT NULL", [0, 1, 2]),
        ("at LIKE '1970%'", [0, 1, 2]),
    ],
)
def test_a_condition_selects_the_rows_of_which_it_is_true(text, rows, table):
    assert selected(text, table) == rows


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("percent_text >= 75", [0, 1]),
        ("percent_text IN (75, 10)", [1]),
        ("percent_text BETWEEN 75 AND 80", [1]),
        ("percent_text = percent", [0, 1]),
        ("member_text = TRUE", [0]),
        ("member_text", [0]),
        ("NOT member_text", [1]),
        ("member_text IS NOT TRUE", [1, 2, 3]),
    ],
)
def test_a_text_column_is_read_as_what_it_is_compared_with(text, rows, table):
    assert selected(text, table) == rows


def test_a_nan_is_a_missing_value_and_not_the_largest_number(table):
    naive = table.select(holds=table.ratio > 0).to_pyarrow()["holds"].to_pylist()
    assert naive[1] is True, "the engine itself orders NaN above every number"
    assert selected("ratio > 0", table) == [0]
    assert selected("ratio IS NULL", table) == [1, 3]


def test_a_nan_written_as_text_is_a_missing_value_too():
    table = ibis.memtable(pa.table({"x": ["nan", "NaN", "5"]}))
    assert selected("x > 1", table) == [2]


def test_unknown_is_false_also_under_a_negation(table):
    assert 3 not in selected("NOT (percent > 1000)", table)
    assert 3 not in selected("NOT (percent > 1000 AND page = 'x')", table)


@settings(max_examples=40, deadline=None)
@given(
    st.recursive(
        st.sampled_from(
            ["percent >= 75", "page LIKE '/%'", "member", "ratio IS NULL", "percent IN (10, 75)"]
        ),
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from(["AND", "OR"]), inner).map(
                lambda p: f"({' '.join(p)})"
            ),
            inner.map(lambda p: f"NOT ({p})"),
        ),
        max_leaves=6,
    )
)
def test_a_condition_means_what_the_engine_means_by_it(text):
    data = pa.table({**ROWS, "ratio": pa.array([0.5, 2.0, -1.0, None], pa.float64())})
    con = duckdb.connect()
    con.register("log", data)
    rows = con.execute(f"SELECT coalesce({text}, FALSE) FROM log").fetchall()
    assert selected(text, ibis.memtable(data)) == [i for i, (hold,) in enumerate(rows) if hold]


def test_the_longest_condition_that_is_read_also_runs(table):
    text = " OR ".join(["percent=1"] * 140) + " OR percent=75"
    assert selected(text, table) == [1]
    many = ",".join(str(number) for number in range(1000, 1380))
    assert selected(f"percent IN ({many},75)", table) == [1]


def test_text_with_quotes_and_sql_inside_stays_text():
    evil = "x'; DROP TABLE log; --"
    table = ibis.memtable(pa.table({"page": [evil, "x"]}))
    quoted = evil.replace("'", "''")
    assert selected(f"page = '{quoted}'", table) == [0]


def test_a_column_may_have_any_name_in_double_quotes():
    table = ibis.memtable(pa.table({"ga.é 😀; --": [1, 2], "order": [1, 2], "count": [2, 1]}))
    assert selected('"ga.é 😀; --" = 2', table) == [1]
    assert selected("order = 1 AND count = 2", table) == [0]


def test_the_columns_of_a_condition_are_those_it_reads():
    text = "percent > 5 AND NOT (\"page path\" LIKE 'page' OR percent IN (1, 2)) AND member"
    assert columns_of(text) == {"percent", "page path", "member"}
    assert columns_of("TRUE") == set()


@pytest.mark.parametrize(
    ("text", "construct"),
    [
        ("lower(page) = 'x'", "a function call"),
        ("read_text('secret') = 'x'", "a function call"),
        ("getenv('HOME') = page", "a function call"),
        ("current_date > 1", "a function call"),
        ("COLUMNS(*) > 1", "a function call"),
        ("@percent = 1", "a function call"),
        ("percent IN (SELECT 1)", "a subquery"),
        ("EXISTS (SELECT 1)", "a subquery"),
        ("percent = (SELECT 1)", "a subquery"),
        ("(SELECT TRUE)", "a subquery"),
        ("percent = 1; DROP TABLE log", "a semicolon"),
        ("percent = 1;", "a semicolon"),
        ("percent = 1 -- really", "a comment"),
        ("/* really */ percent = 1", "a comment"),
        ("CAST(percent AS INT) = 1", "a cast"),
        ("TRY_CAST(percent AS INT) = 1", "a cast"),
        ("percent::INT = 1", "a cast"),
        ("DATE '2026-01-01' = page", "a cast"),
        ("*", "a star"),
        ("percent = $1", "a parameter"),
        ("percent = ?", "a parameter"),
        ("percent = :p", "a parameter"),
        ("x -> x = 1", r"an arrow \(a lambda or a path into JSON\)"),
        ("sum(percent) OVER () > 1", "a window function"),
        ("CASE WHEN member THEN TRUE END", "CASE"),
        ("percent + 1 > 5", "arithmetic"),
        ("percent-scrolled > 1", "arithmetic"),
        ("-percent > 5", "arithmetic"),
        ("page = -'x'", "arithmetic"),
        ("page || 'x' = 'y'", "text joined to text"),
        ("page = 'x' 'y'", "text joined to text"),
        ("page ~ 'x'", "a regular expression"),
        ("page SIMILAR TO 'x'", "a regular expression"),
        ("page GLOB 'x'", "GLOB"),
        ("page ILIKE 'x'", "ILIKE"),
        ("page LIKE 'x!%' ESCAPE '!'", r"LIKE \.\.\. ESCAPE"),
        ("page LIKE ANY ('x', 'y')", "ANY or ALL"),
        ("page LIKE percent", "LIKE without a text pattern"),
        ("percent IS NOT DISTINCT FROM 1", "IS DISTINCT FROM"),
        ("percent IS page", "IS before a value"),
        ("percent[1] = 2", "an index in brackets"),
        ("log.percent = 2", "the dotted name log.percent"),
        ("percent IN page", "IN without a list"),
        ("percent IN ()", "IN over an empty list"),
        ("percent IN (page)", "IN over something else than constants"),
        ("percent IN ((1, 2))", "the construct Tuple"),
        ("percent BETWEEN SYMMETRIC 9 AND 1", "BETWEEN SYMMETRIC"),
        ("percent = NULL", "NULL as a value"),
        ("percent IN (1, NULL)", "NULL as a value"),
        ("1 < percent < 5", "a comparison inside a comparison"),
        ("(percent > 1) = TRUE", "a comparison inside a comparison"),
        ("5 > 3", "a comparison that reads no column"),
        ("75", "a value where a condition should stand"),
        ("percent > 1 AND 'x'", "a value where a condition should stand"),
        ("percent = 1e999", "the number 1e999"),
        ("percent = 99999999999999999999", "the number 99999999999999999999"),
    ],
)
def test_whatever_is_not_allowed_is_refused_by_its_name(text, construct):
    with pytest.raises(PlanError, match=rf"with {construct}, but only columns"):
        parse_where(text)


@pytest.mark.parametrize(
    "text",
    ["percent >", "(percent = 1", "percent = 1 percent", "page = 'x", "percent = 0x1F", "a := 1"],
)
def test_text_that_is_no_condition_is_refused_with_advice_on_quotes(text):
    with pytest.raises(PlanError, match=r"cannot be read as a condition.*single quotes"):
        parse_where(text)


@pytest.mark.parametrize("text", ["", "   ", None, 5])
def test_nothing_is_no_condition(text):
    with pytest.raises(PlanError, match=r"as a condition. Write one such as"):
        parse_where(text)


def test_a_very_long_condition_is_refused():
    with pytest.raises(PlanError, match="2,001 characters; at most 2,000"):
        parse_where("a" * 2001)


@pytest.mark.parametrize(
    "text", ["(" * 900 + "a = 1" + ")" * 900, "NOT " * 450 + "a", "a = " + "- " * 900 + "1"]
)
def test_a_very_deep_condition_is_refused_and_not_a_crash(text):
    with pytest.raises(PlanError, match="cannot be read as a condition"):
        parse_where(text)


def test_an_unknown_column_is_refused_with_near_names(table):
    with pytest.raises(EventsError, match=r"'percnt'.*11 columns.*nearest: 'percent'"):
        to_ibis("percnt > 5", table)


def test_text_in_double_quotes_is_recognised_as_the_mistake_it_is(table):
    with pytest.raises(EventsError, match=r"'/home'.*single quotes if it is text"):
        to_ibis('page = "/home"', table)


@pytest.mark.parametrize(
    "text",
    [
        "percent = '75'",
        "percent IN ('75', '90')",
        "percent = TRUE",
        "member = 1",
        "member = 'true'",
        "page BETWEEN 1 AND 'x'",
        "percent",
    ],
)
def test_values_of_different_kinds_are_refused_and_not_silently_unequal(text, table):
    with pytest.raises(EventsError, match="values of different kinds are never equal"):
        to_ibis(text, table)


def test_a_time_is_not_compared(table):
    with pytest.raises(EventsError, match=r"'at' of type timestamp.*only text, numbers and truth"):
        to_ibis("at > '2026-01-01'", table)


def test_a_long_number_is_not_compared_with_text_where_neighbours_would_be_equal(table):
    with pytest.raises(EventsError, match=r"'long_id_text' with 9007199254740993.*single quotes"):
        to_ibis("long_id_text = 9007199254740993", table)
