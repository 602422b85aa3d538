# %% [markdown]
# # Ready to bid, and what to tell the client
#
# Which mode of bidding the account is ready for, what would be counted twice, and how the weights
# have moved.

# %% tags=["parameters"]
plan_path: str = ""  # the plan, a YAML file
events_path: str = ""  # the log: a file, a folder or a glob
out_dir: str = ""  # the folder that this run writes to
by: str = ""  # an attribute of the plan by which readiness is told apart, such as campaign
spend: float | None = None  # what was spent on ads for these visitors, for the client's note

# %%
import microlift as ml
from microlift.advice import advise
from microlift.reporting import blocks, firsts, labels, published
from microlift.reporting.sections import Refused, look

advice = advise(ml.Plan.load(plan_path), events_path, by=by or None, spend=spend)
labels.speak(advice.log.plan)
refused = Refused(advice.refused or "The plan has nothing that could be booked.")
history = published.versions(out_dir)
firsts.bidding(advice, history)

# %%
look("readiness", "Readiness", advice.readiness)

# %%
look("doubles", "Double counting", advice.doubles or refused)

# %%
look("note", "Note for the client", advice.note or refused)

# %%
look("history", "Weights over time", history)

# %%
look("moved", "What moved", published.moved(history))

# %%
blocks.section("provenance", "Provenance", "What this report was made from")

# %%
blocks.provenance_of(advice.log)
