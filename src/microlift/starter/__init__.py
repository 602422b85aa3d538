"""A starting plan drafted from a log: what to measure, with the reasons as comments."""

from microlift.starter.draft import Draft, draft_plan
from microlift.starter.lexicon import TEMPLATES

__all__ = ["TEMPLATES", "Draft", "draft_plan"]
