# %% [markdown]
# # Weights: what to tell the ad platform?
#
# An ad platform bids on what it is told. Here the changes that actions make become money that adds
# up to the revenue, no more, and then a file for the platform.

# %%
import pandas as pd

import microlift as ml

example = ml.load_example("shop")
model = ml.LiftModel().fit(ml.moments(example.log))
ledger = ml.Ledger.from_model(model)
axes = ledger.plot()

# %% [markdown]
# Read it from the top: what visitors were worth when they arrived, by channel; what each action
# added or took away; what went with those who left. The last bar is what remains, the macros that
# really came. Orange is where value leaks.

# %%
ledger

# %% [markdown]
# ## What is an action worth?
#
# A weight is what its entry comes to for one occurrence, in money, scaled so that all bookings
# together are the revenue. Only actions that raise the macro are bid on; each tells its reason.

# %%
weights = ml.Weights.from_ledger(ledger, example.plan)
axes = weights.plot()
weights

# %% [markdown]
# ## What would the usual recipe have booked?
#
# Order value times the share of those who convert counts an order once for every action before it.
# Look at how far each way of booking lies from the real value.

# %%
double = ml.double_counting(ledger, weights)
axes = double.plot()
double

# %% [markdown]
# ## Is the account ready for it?
#
# Micro actions help where orders are few. With enough of them the platform learns better from the
# orders alone, and then the advice is to leave the rest out of bidding.

# %%
ready = ml.readiness(model)
axes = ready.plot()
ready

# %% [markdown]
# ## Publish, and keep what was published
#
# One call does all of the above and writes it into a folder, with every version kept. Guards stand
# before it: an interval that is too wide, a step that is too large, data that are too old. Leave
# `checks` alone in earnest: here they would only make you wait, since the notebook on evidence ran
# them.

# %%
folder = example.path.with_name("published")
result = ml.run(example.plan, example.path, out=folder, checks=False)
guards = [guard.model_dump() for guard in result.weights.guards]
pd.DataFrame(guards)[["rule", "state", "action", "threshold", "got"]]

# %% [markdown]
# The history says which version holds, and what moved a weight from one to the next.

# %%
ml.history(folder)

# %% [markdown]
# ## From here to a platform
#
# The published file is what exports start from; each target has rules of its own, and its files are
# held against them.

# %%
book = ml.read_weights(folder / "weights.json")
made = ml.export(book, "csv")
print(*made.files.values(), *made.notes, sep="\n")
pd.Series({name: target.title for name, target in ml.targets().items()}, name="targets")

# %% [markdown]
# And what will the client see? With micro actions booked, the platform's own conversion rate goes
# up, although nobody buys more: say so before it is asked.

# %%
note = ml.client_note(weights, ledger)
axes = note.plot()
note

# %% [markdown]
# **Where next?** Your own log: `microlift init` drafts a plan from it, and everything in these four
# notebooks then works with `ml.read_events` in place of the example.
