# %% [markdown]
# # What each micro conversion is worth
#
# Which actions change the chance of a conversion, what that change is worth, and what to tell the
# ad platform to book.

# %% tags=["parameters"]
plan_path = ""
events_path = ""
out_dir = ""

# %%
import microlift as ml
from microlift.reporting import blocks, figures, tables, words

result = ml.run(plan_path, events_path, out=out_dir)
lifts, ledger = result.lift.to_frame(), result.ledger.to_frame()
calibration, currency = result.model.calibration(), result.log.facts.currency

# %%
blocks.opening(result)

# %%
blocks.publish(result)

# %%
heading = words.lift_heading(lifts)
blocks.section("lift", "Association and lift", heading, words.lift_reading(lifts))

# %%
caption = "Sorted by lift, on a logarithmic scale; the vertical line marks no effect."
data = tables.lift_table(lifts)
blocks.figure(figures.forest(lifts), alt=words.lift_alt(lifts), caption=caption, data=data)

# %%
heading = words.ledger_heading(ledger, currency)
macro = ", ".join(result.plan.macro.event)
blocks.section("ledger", "The ledger", heading, words.ledger_reading(ledger, macro))

# %%
alt, data = words.ledger_alt(ledger), tables.ledger_table(ledger, currency)
caption = "Blue adds, orange takes away; grey is time, and what is still open."
blocks.figure(figures.waterfall(ledger, currency), alt=alt, caption=caption, data=data)

# %%
book = result.weights.to_dict()
heading = words.weights_sum(book, result.weights.withheld)
blocks.section("weights", "Adding up", heading, words.weights_reading(book))

# %%
blocks.weights(result)

# %%
heading = words.calibration_heading(calibration)
blocks.section("calibration", "Calibration", heading, words.calibration_reading(calibration))

# %%
alt, data = words.calibration_alt(calibration), tables.calibration_table(calibration)
blocks.figure(figures.calibration(calibration), alt=alt, data=data)

# %%
blocks.section("caveats", "Caveats", "What this report does not know")

# %%
blocks.caveats(result)

# %%
blocks.section("provenance", "Provenance", "What this report was made from")

# %%
blocks.provenance(result)
