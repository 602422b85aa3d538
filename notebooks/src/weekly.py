# %% [markdown]
# # What each micro conversion is worth
#
# Which actions change the chance of a conversion, what that change is worth, and what to tell the
# ad platform to book.

# %% tags=["parameters"]
plan_path: str = ""  # the plan, a YAML file
events_path: str = ""  # the log: a file, a folder or a glob
out_dir: str = ""  # the folder that this run writes to

# %%
import microlift as ml
from microlift.reporting import blocks, figures, findings, front, guide, labels, words
from microlift.reporting.tables import calibration_table, ledger_table, lift_table
from microlift.reporting.verdicts import reading

result = ml.run(plan_path, events_path, out=out_dir)
lifts = result.lift.to_frame()
ledger = words.entries(result.ledger.to_frame(), result.moments.kind)
calibration, currency = result.model.calibration(), result.log.facts.currency
broken = ml.diagnose(result.log)
labels.speak(result.plan)

# %%
front.opening(result)

# %%
front.publish(result)

# %%
front.monday(result, broken)

# %%
front.figures(result)

# %%
guide.to_read(result)

# %%
heading = words.lift_heading(lifts)
blocks.section("lift", "Association and lift", heading, words.lift_reading(lifts))

# %%
alt, data = words.lift_alt(lifts), lift_table(lifts)
wide, narrow = figures.forest(lifts), figures.forest(lifts, narrow=True)
caption = words.forest_caption(lifts, wide.get_xlim())
blocks.figure(wide, alt=alt, caption=caption, data=data, narrow=narrow)

# %%
heading = words.ledger_heading(ledger, currency)
macro = result.plan.macro.name
blocks.section("ledger", "The ledger", heading, words.ledger_reading(ledger, macro))

# %%
alt, data = words.ledger_alt(ledger), ledger_table(ledger, currency)
caption = "Blue adds, orange takes away, grey is time and what is still open; hatched: done again."
wide = figures.waterfall(ledger, currency)
narrow = figures.waterfall(ledger, currency, narrow=True)
blocks.figure(wide, alt=alt, caption=caption, data=data, narrow=narrow)

# %%
book = result.weights.to_dict()
heading = words.weights_sum(book, result.weights.withheld)
blocks.section("weights", "Weights in full", heading, words.weights_reading(book))

# %%
blocks.weights(result)

# %%
evidence, classes = result.evidence, result.model.classes_.count
heading = evidence.finding.removesuffix(".")
off = [(one.name, one.advises, one.finding) for one in evidence.checks if one.verdict is False]
blocks.section("evidence", "Evidence", heading, reading(off, classes))

# %%
blocks.look(evidence, caption="Each row is an action, each column a check of its lift.")

# %%
heading = broken.finding.removesuffix(".")
blocks.section("broken", "What broke", heading, broken.notes)

# %%
blocks.look(broken, caption="Points are weeks with their 95 % intervals; dashed: what is usual.")

# %%
ideas = ml.backlog(result.ledger, broken)
heading = ideas.finding.removesuffix(".")
blocks.section("backlog", "What to test first", heading, ideas.notes)

# %%
blocks.look(ideas, caption="Blue is weighed by the evidence. How easy each is, you know best.")

# %%
heading = words.calibration_heading(calibration)
blocks.section("calibration", "Calibration", heading, words.calibration_reading(calibration))

# %%
alt, data = words.calibration_alt(calibration), calibration_table(calibration)
caption = "On the dashed line, what was predicted is what happened."
wide, narrow = figures.calibration(calibration), figures.calibration(calibration, narrow=True)
blocks.figure(wide, alt=alt, caption=caption, data=data, narrow=narrow)

# %%
quality = result.quality
heading = findings.heading(quality.findings)
blocks.section("quality", "Data quality", heading, findings.reading(quality.findings))

# %%
blocks.quality(quality)

# %%
blocks.section("caveats", "Caveats", "What this report does not know")

# %%
blocks.caveats(result)

# %%
guide.estimated(result)

# %%
blocks.section("provenance", "Provenance", "What this report was made from")

# %%
blocks.provenance(result, broken)
