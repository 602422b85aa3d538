"""Lead scores: which open users are likely to convert, what they are worth, and why."""

from microlift.leads.naming import check_naming
from microlift.leads.result import LeadScores
from microlift.leads.scores import score_leads

__all__ = ["LeadScores", "check_naming", "score_leads"]
