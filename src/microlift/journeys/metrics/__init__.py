"""Which micro action to measure an A/B test by where macros are few."""

from microlift.journeys.metrics.metric import PrimaryMetric, primary_metric

__all__ = ["PrimaryMetric", "primary_metric"]
