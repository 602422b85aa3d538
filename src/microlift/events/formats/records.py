"""Reaching into records: Parquet structs, and the JSON text of an object."""

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir


@ibis.udf.scalar.builtin(  # type: ignore[untyped-decorator]
    name="json_extract_string", signature=((dt.json, dt.string), dt.string)
)
def _member(text: ir.JSONValue, pointer: str) -> ir.StringValue:
    """A member of a JSON object as text, by a JSON pointer; null where there is none."""


@ibis.udf.scalar.builtin(  # type: ignore[untyped-decorator]
    name="json_keys", signature=((dt.json,), dt.Array(dt.string))
)
def json_keys(text: ir.JSONValue) -> ir.ArrayValue:
    """The names of the members of a JSON object."""


def reach(table: ir.Table, path: str) -> ir.Value | None:
    """Take the column of that name, or the member of a record to which a path with dots leads.

    Parameters
    ----------
    table : ibis.Table
    path : str

    Returns
    -------
    ibis.expr.types.Value or None
        None where there can be no such member.

    Examples
    --------
    >>> rows = ibis.memtable({"properties": ['{"price": 12.5, "a/b": {"c": "x"}}', "no JSON"]})
    >>> reach(rows, "properties.price").to_pyarrow().to_pylist()
    ['12.5', None]
    >>> reach(rows, "properties.a/b.c").to_pyarrow().to_pylist()
    ['x', None]
    """
    if path in table.columns:
        return table[path]
    top, *parts = path.split(".")
    if top not in table.columns or not parts:
        return None
    return member(table[top], parts)


def member(record: ir.Value, parts: list[str]) -> ir.Value | None:
    """Walk down the structs; where one is written as text, the rest is asked of its JSON."""
    for at, name in enumerate(parts):
        kind = record.type()
        if kind.is_string() or kind.is_json():
            # A pointer, because in it every character but two stands for itself.
            steps = [part.replace("~", "~0").replace("/", "~1") for part in parts[at:]]
            return _member(record.try_cast("json"), "/" + "/".join(steps))
        if not kind.is_struct() or name not in kind.names:
            return None
        record = record[name]
    return record
