# %% [markdown]
# # Explore: where does a shop lose its customers, and what broke?
#
# A simulated shop in which something goes wrong on the way to the order. Nothing is estimated yet:
# you look at who comes, who buys, where the others are lost, and since when.

# %%
from textwrap import fill

from IPython.display import display as show

import microlift as ml

example = ml.load_example("broken_shop")
log = example.log
axes = ml.flow(log).plot()
example

# %% [markdown]
# Each column is a step, each ribbon the visitors who go on; look at how many end in grey. A plan
# says what an event means: **the macro** is what the business is after, actions are the steps and
# hints before it.

# %%
log.plan

# %% [markdown]
# Events are read once, checked and put in order. Before you believe a picture, ask what this log
# can carry: anything but *good* says what it does to the figures, and how to mend it.

# %%
show(log, ml.check_log(log))

# %% [markdown]
# **Who comes, and who converts?** Channels bring different people: a low rate is no fault of the
# shop.

# %%
channels = ml.audience(log, by="channel")
show(channels, ml.rates(log))
axes = channels.plot()

# %% [markdown]
# **Where are they lost?** The funnel counts the visitors at each step, by device too; the ledger,
# which a later notebook explains, says what those who left were worth.

# %%
devices = ml.funnel(log, within="7d", by="device")
model = ml.LiftModel(rotations=1).fit(ml.moments(log))
ledger = ml.Ledger.from_model(model)
money = ml.funnel(log, ledger=ledger)
show(money)
print(fill(devices.finding))
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
print(fill(weeks.finding))
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
print(fill(times.finding), fill(after.finding), sep="\n\n")
show(lags)
axes = times.plot(), after.plot(), lags.plot()

# %% [markdown]
# **Which ways do they take?** The actions before a purchase, the paths that lead there and those
# that lead away; then what follows what.

# %%
assists, leaving, steps = ml.assists(log), ml.paths(log, to="leaving"), ml.transitions(log)
show(ml.paths(log))
print(*(fill(each.finding) for each in (leaving, assists, steps)), sep="\n\n")
axes = leaving.plot(), assists.plot(), steps.plot()

# %% [markdown]
# **What to do on Monday?** Whom of those still open to call, by a digest of the id, with scores
# that were held against what came (the fault made them too warm); then what to test, and by which
# action.

# %%
leads = ml.score_leads(log, model=model)
axes = leads.plot()
leads

# %%
todo, metric = ml.backlog(ledger, diagnosis), ml.primary_metric(log)
show(todo)
print(fill(metric.finding))
axes = todo.plot(), metric.plot()

# %% [markdown]
# **Where next?** You have seen who does what, and who buys afterwards. Whether they buy *because*
# of it is another question, and the notebook on lift answers it.
