"""The path from raw events to cells in engines of others: Spark, and SQL for warehouses."""

from microlift.warehouse.reading import read_cells

__all__ = ["read_cells"]
