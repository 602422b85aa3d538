"""The path from raw events to cells in engines of others: Spark, and SQL for warehouses."""
