"""Microsoft Advertising: conversion goals, and files of offline conversions."""

from microlift.export.microsoft.bulk import BULK, bulk_csv
from microlift.export.microsoft.goals import MICROSOFT
from microlift.export.microsoft.uploads import CONVERSIONS, conversions_csv

TARGETS = (MICROSOFT,)
VALIDATORS = (CONVERSIONS, BULK)

__all__ = ["TARGETS", "VALIDATORS", "bulk_csv", "conversions_csv"]
