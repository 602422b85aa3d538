# %% [markdown]
# # How far the lifts can be trusted
#
# Every check in full, the weights judged on later visitors, and what more data would settle.

# %% tags=["parameters"]
plan_path: str = ""  # the plan, a YAML file
events_path: str = ""  # the log: a file, a folder or a glob
out_dir: str = ""  # the folder that this run writes to
split: str = ""  # the day on which the later window of the backtest begins; empty: half way
experiments: str = ""  # a file of randomised results, YAML or CSV; empty: none

# %%
import microlift as ml
from microlift.reporting import blocks, firsts, labels, sections
from microlift.reporting.sections import ask, look

plan = ml.Plan.load(plan_path)
known = ml.read_experiments(experiments, plan) if experiments else ()
log = ml.read_events(events_path, plan)
labels.speak(log.plan)
model = ml.LiftModel().fit(ml.moments(log))

# %%
evidence, settling = ml.run_checks(model), ask(ml.settling, model)
backtest = ask(ml.backtest, log, split=split or None)
firsts.evidence(log, evidence, backtest, settling)

# %%
look("checks", "Checks", evidence)

# %%
sections.checks(evidence)

# %%
look("intent", "Unseen intent", ask(ml.unseen_intent, model))

# %%
look("experiments", "Experiments", ask(ml.combine, model, known)) if known else None

# %%
look("backtest", "Backtest", backtest)

# %%
look("shortlist", "Shortlist", ask(ml.shortlist, model))

# %%
look("settling", "What more data would settle", settling)

# %%
look("pooled", "Lifts that learn from each other", ask(ml.pooled, model))

# %%
blocks.section("provenance", "Provenance", "What this report was made from")

# %%
blocks.provenance_of(log)
