# %% [markdown]
# # What the data can carry
#
# What the checks of the log say, what was left out, and what came on each day.

# %% tags=["parameters"]
plan_path: str = ""  # the plan, a YAML file
events_path: str = ""  # the log: a file, a folder or a glob
out_dir: str = ""  # the folder that this run writes to
days: int = 0  # how many of the last days are drawn; 0: all of them

# %%
import microlift as ml
from microlift.reporting import blocks, findings, firsts, labels, leftovers
from microlift.reporting.days import by_day
from microlift.reporting.sections import folded, look

log = ml.read_events(events_path, ml.Plan.load(plan_path))
labels.speak(log.plan)
quality = ml.check_log(log)
macros, events = by_day(log, days)
firsts.quality(log, quality)

# %%
heading = findings.heading(quality.findings)
blocks.section("verdicts", "Verdicts", heading, findings.reading(quality.findings))

# %%
blocks.quality(quality)

# %%
folded("All checks", findings.table(quality.findings))

# %%
leftovers.section(log.facts)

# %%
look("macros", "Macros by day", macros)

# %%
look("events", "Events over time", events)

# %%
blocks.section("provenance", "Provenance", "What this report was made from")

# %%
blocks.provenance_of(log)
