"""Google: conversion actions and value rules of Google Ads, uploads, and Data Manager."""

from microlift.export.google.account import Account, account_of
from microlift.export.google.actions import google_ads
from microlift.export.google.checks.actions import ACTIONS
from microlift.export.google.checks.adjustments import ADJUSTMENTS, check_adjustments
from microlift.export.google.checks.clicks import CLICKS, check_clicks
from microlift.export.google.checks.events import EVENTS, check_events
from microlift.export.google.checks.rules import RULES
from microlift.export.google.manager import data_manager, data_manager_json
from microlift.export.google.rules import google_ads_rules
from microlift.export.google.settings import (
    DataManagerSettings,
    GoogleAdsSettings,
    RuleSettings,
)
from microlift.export.google.uploads import adjustments_csv, clicks_csv
from microlift.export.targets import Target

_BODIES = ("create.validate.json", "create.json", "update.validate.json", "update.json")

TARGETS = (
    Target(
        name="google-ads",
        title="Google Ads: conversion actions with their values",
        make=google_ads,
        settings=GoogleAdsSettings,
        validators=dict.fromkeys(_BODIES, ACTIONS),
    ),
    Target(
        name="google-ads-rules",
        title="Google Ads: a value rule that books the macro's share",
        make=google_ads_rules,
        settings=RuleSettings,
        validators=dict.fromkeys(("rules.validate.json", "rules.json"), RULES),
    ),
    Target(
        name="data-manager",
        title="Google Data Manager: a template of conversion events",
        make=data_manager,
        settings=DataManagerSettings,
    ),
)
VALIDATORS = (ACTIONS, RULES, CLICKS, ADJUSTMENTS, EVENTS)

__all__ = [
    "TARGETS",
    "VALIDATORS",
    "Account",
    "DataManagerSettings",
    "GoogleAdsSettings",
    "RuleSettings",
    "account_of",
    "adjustments_csv",
    "check_adjustments",
    "check_clicks",
    "check_events",
    "clicks_csv",
    "data_manager",
    "data_manager_json",
    "google_ads",
    "google_ads_rules",
]
