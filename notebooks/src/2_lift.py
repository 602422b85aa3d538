# %% [markdown]
# # Lift: what does an action change?
#
# People who put things into the cart buy more often. Would they have bought anyway? This notebook
# parts what an action *changes* from what it merely *goes with*.

# %%
import pandas as pd

import microlift as ml
from microlift.reporting import forests

example = ml.load_example("shop")
model = ml.LiftModel().fit(ml.moments(example.log))
axes = model.lift_.plot()

# %% [markdown]
# Look at the distance between the two marks of a row. Hollow: what a dashboard shows, those who did
# it against those who did not. Filled: what the action changes, with its interval; on the line in
# the middle it changes nothing.

# %%
model.lift_

# %% [markdown]
# ## How is that found?
#
# A moment is a point at which the next thing could be one action or another. The lift compares, at
# the same moment and for the same history, what followed the action with what followed anything
# else. Moments that are alike are counted together, so that millions of events become a table
# that fits into memory.

# %%
moments = model.moments_
moments

# %% [markdown]
# ## Is it true?
#
# In your shop nobody can say. In this one somebody can: each journey was simulated twice from the
# moment of the action on, with it and without it. The hollow marks are that truth, and an interval
# that misses it is orange, as one in twenty may.

# %%
known = example.truth().set_index("action")["lift"]
lifts = model.lift_.to_frame()
shown = lifts.rename(columns={"lift": "ratio", "lift_low": "low", "lift_high": "high"})
shown["before"] = shown["action"].map(known)
shown["verdict"] = shown["before"].between(shown["low"], shown["high"])
look = forests.Forest("times as many macros as without it", hollow="the truth")
axes = forests.forest(shown, look)

# %% [markdown]
# And what would the usual models have said, on the same log? Each answers another question: compare
# their ratios with the truth.

# %%
usual = ["logistic regression", "hazard model"]
columns = {"the truth": known, "lift": lifts.set_index("action")["lift"]}
for method in ml.baselines(moments, usual):
    columns[method.name] = method.frame.set_index("action")["effect"]
pd.DataFrame(columns).round(2)

# %% [markdown]
# ## Can the model foretell?
#
# All of it rests on the chance of a purchase that the model sees at each moment. Held against users
# whom it has not seen, points have to lie on the dashed line.

# %%
axes = ml.calibration(model).plot()

# %% [markdown]
# ## What if the plan is another one?
#
# Plans are edited here as well as in their file. Perhaps it is not one look at a product that
# counts, but many in one visit: add that as an action of its own, and ask again.

# %%
more = example.plan.with_action(
    "many_looks", event="view_item", at_least=3, within="session", kind="engagement"
)
print(more.to_yaml())
with ml.read_events(example.path, more) as again:
    table = ml.LiftModel(rotations=1).fit(ml.moments(again)).lift_
table

# %% [markdown]
# **Where next?** A number with an interval looks sure of itself. The notebook on evidence asks how
# far it can be trusted, in a shop where something moves the visitors that no log holds.
