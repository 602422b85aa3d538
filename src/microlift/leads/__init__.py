"""Lead scores: which open users are likely to convert, what they are worth, and why."""

from microlift.leads.scores import LeadScores, score_leads

__all__ = ["LeadScores", "score_leads"]
