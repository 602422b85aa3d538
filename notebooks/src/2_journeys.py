# %% [markdown]
# # Where a shop loses its customers, and what to do first
#
# A simulated shop in which something breaks on the way: read its log, and ask one question after
# the other.

# %%
import tempfile
from pathlib import Path

from IPython.display import display as show

import microlift as ml
from microlift.simulate import plan_for, plant, simulate

path = Path(tempfile.mkdtemp(prefix="microlift-")) / "events.parquet"
plant(simulate("funnel", users=20_000, seed=1), "shipping_fee", seed=1).to_parquet(path)
log = ml.read_events(path, plan_for("funnel"))
log

# %% [markdown]
# **Who comes, and who converts?** Channels bring different people: a low rate is no fault of the
# shop.

# %%
channels = ml.audience(log, by="channel")
show(channels, ml.rates(log))
axes = channels.plot()

# %% [markdown]
# **Where are they lost?** The funnel counts the visitors at each step, by device too; the ledger
# says what those who left were worth.

# %%
devices = ml.funnel(log, within="7d", by="device")
ledger = ml.Ledger.from_model(ml.LiftModel().fit(ml.moments(log)))
money = ml.funnel(log, ledger=ledger)
show(money)
print(devices.finding)
axes = money.plot(), devices.plot()

# %% [markdown]
# **What broke, and since when?** A step that always loses many is not broken; the diagnosis looks
# for days on which it lost more than it used to, and two other looks at the same days must agree.

# %%
diagnosis = ml.diagnose(log)
axes = diagnosis.plot()
diagnosis

# %%
fault = diagnosis.frame.iloc[0]
weeks = ml.trend(log, action=fault["then"])
change = ml.before_after(log, fault["since"])
print(weeks.finding)
show(change)
axes = weeks.plot(), change.plot()

# %% [markdown]
# **Who goes on?** A cohort is what people did, in which order; it is held against others at the
# same point of their journeys.

# %%
cohorts = ml.cohorts(
    log,
    {
        "the cart soon after a wish": "wishlist THEN add_to_cart WITHIN 3d",
        "shipping terms and two views": "shipping_info AND view_item TWICE",
        "a cart left for a day": "add_to_cart WITHOUT begin_checkout WITHIN 1d",
    },
)
axes = cohorts.plot()
cohorts

# %% [markdown]
# **How long does it take?** From the first visit to the purchase, after each action, and whether
# the plan's horizon waits long enough.

# %%
times, after, lags = ml.time_to_macro(log, by="device"), ml.hazards(log), ml.lags(log)
print(times.finding, after.finding, sep="\n\n")
show(lags)
axes = times.plot(), after.plot(), lags.plot()

# %% [markdown]
# **Which ways do they take?** The actions before a purchase, the paths that lead there and those
# that lead away; then what follows what, and how the first steps branch.

# %%
assists, leaving = ml.assists(log), ml.paths(log, to="leaving")
show(ml.paths(log))
print(leaving.finding, assists.finding, sep="\n\n")
axes = leaving.plot(), assists.plot()

# %%
steps, flow = ml.transitions(log), ml.flow(log)
print(steps.finding, flow.finding, sep="\n\n")
axes = steps.plot(), flow.plot()

# %% [markdown]
# **What to do on Monday?** Whom of those still open to call, by a digest of the id, with scores
# that were held against what came (the fault made them too warm); then what to test, and by which
# action.

# %%
leads = ml.score_leads(log)
axes = leads.plot()
leads

# %%
todo, metric = ml.backlog(ledger, diagnosis), ml.primary_metric(log)
path.with_name("backlog.csv").write_text(todo.to_csv(), "utf-8")
show(todo)
print(metric.finding)
axes = todo.plot(), metric.plot()
