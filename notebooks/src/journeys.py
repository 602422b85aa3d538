# %% [markdown]
# # Journeys and leaks
#
# Who converts, where the others are lost, what broke, and what to test first.

# %% tags=["parameters"]
plan_path: str = ""  # the plan, a YAML file
events_path: str = ""  # the log: a file, a folder or a glob
out_dir: str = ""  # the folder that this run writes to
by: str = ""  # an attribute of the plan by which rates, funnel and times are told apart
within: str = ""  # how long a visitor may take from the first step of the funnel to the macro
top: int = 10  # how many paths are shown

# %%
import microlift as ml
from microlift.reporting import blocks, firsts, labels
from microlift.reporting.sections import ask, look

plan = ml.Plan.load(plan_path)
log = ml.read_events(events_path, plan)
labels.speak(log.plan)
model = ask(ml.LiftModel().fit, ask(ml.moments, log))
ledger = ask(ml.Ledger.from_model, model)

# %%
rates, broken = ml.rates(log), ask(ml.diagnose, log)
leaks = ask(ml.funnel, log, within=within or None)
ideas = ask(ml.backlog, ledger, broken)
firsts.journeys(log, rates, leaks, broken, ideas)

# %%
look("rates", "Who converts", rates)

# %%
look("segments", "Segments", ask(ml.rates, log, by=by)) if by else None

# %%
look("audience", "Three kinds of visitors", ask(ml.audience, log))

# %%
look("trend", "Trend", ask(ml.trend, log))

# %%
look("funnel", "Funnel", leaks)

# %%
look(
    "devices", "Funnel by segment", ask(ml.funnel, log, within=within or None, by=by)
) if by else None

# %%
look("paths", "Ways to the macro", ask(ml.paths, log, top=top))

# %%
look("leaving", "Ways out", ask(ml.paths, log, to="leaving", top=top))

# %%
look("flow", "First steps", ask(ml.flow, log))

# %%
look("transitions", "What comes next", ask(ml.transitions, log))

# %%
look("assists", "Assists", ask(ml.assists, log))

# %%
look("time", "Time to the macro", ask(ml.time_to_macro, log, by=by or None))

# %%
look("lags", "From action to macro", ask(ml.lags, log))

# %%
look("broken", "What broke", broken)

# %%
look("backlog", "What to test first", ideas)

# %%
look("metric", "What to test by", ask(ml.primary_metric, log))

# %%
blocks.section("provenance", "Provenance", "What this report was made from")

# %%
blocks.provenance_of(log)
