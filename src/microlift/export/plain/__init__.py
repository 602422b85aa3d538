"""Plain files, for those who compute values in a warehouse or in code of their own."""

from microlift.export.plain.sealed import WEIGHTS
from microlift.export.plain.tables import CSV, JSON, YAML
from microlift.export.plain.warehouse import DBT, SQL

TARGETS = (CSV, JSON, YAML, SQL, DBT)
VALIDATORS = (WEIGHTS,)

__all__ = ["TARGETS", "VALIDATORS"]
