"""The GA4 BigQuery export, as JSON lines or Parquet: nested daily shards made flat rows."""

from microlift.events.formats.ga4.export import read_ga4

__all__ = ["read_ga4"]
