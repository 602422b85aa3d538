# %% [markdown]
# # Evidence: how far can a lift be trusted?
#
# A simulated shop in which an intent that the log does not hold moves everything. You see what
# dashboards say of it, what the lift says, which checks notice, and the truth beside, since here it
# is known.

# %%
from textwrap import fill

import pandas as pd

import microlift as ml
from microlift.reporting import forests

example = ml.load_example("hidden_intent")
log = example.log
moments = ml.moments(log)
alike = ml.LiftModel(rotations=1).fit(moments)
model = ml.LiftModel(classes="auto").fit(moments)

# %% [markdown]
# ## What do dashboards say, and what is true?
#
# Three rows an action: the dashboard's figure, the lift with all users taken alike, and the lift
# within classes of users that whole journeys tell apart. The hollow marks are the truth; an
# interval that misses it is orange.

# %%
names = ["action", "ratio", "low", "high"]
lift = ["action", "lift", "lift_low", "lift_high"]
dashboard = ["action", "association", "association_low", "association_high"]
asked = {"dashboard": (alike, dashboard), "users alike": (alike, lift), "classes": (model, lift)}
rows = [
    fit.lift_.to_frame()[columns].set_axis(names, axis=1).assign(setting=name)
    for name, (fit, columns) in asked.items()
]
known = example.truth().set_index("action")["lift"]
beside = pd.concat(rows)
beside["before"] = beside["action"].map(known)
beside["verdict"] = beside["before"].between(beside["low"], beside["high"])

# %%
heads = rows[0][["action"]].assign(setting=rows[0]["action"])
shown = pd.concat([heads, beside]).sort_index(kind="stable").drop(columns="action")
shown = shown.rename(columns={"setting": "action"}).assign(note="")
look = forests.Forest("times as many macros as without it", hollow="the truth")
axes = forests.forest(shown, look)

# %% [markdown]
# Those who act convert many times as often as those who do not, and most of that is not the action.
# Compare the verdicts: classes take most of the bias out, and what is left the checks have to find.

# %%
unseen = ml.unseen_intent(model)
unseen

# %% [markdown]
# ## Who says that the lift is right?
#
# In your shop nobody knows the truth, so a model is put to checks that a wrong one can fail. An
# action that fails one loses its verdict; an unseen trait that might explain it only warns. These
# are the quick ones: without a list `run_checks` runs all, and counts the events again by window
# and without the heaviest users.

# %%
quick = [ml.overlap, ml.balance, ml.placebo_action, ml.confounder]
evidence = ml.run_checks(model, quick)
checks = {check.name: check for check in evidence.checks}
print(fill(evidence.finding))
axes = evidence.plot()

# %% [markdown]
# ### Have doers their like among the others?
#
# Where a history all but decides who acts, there is nobody to compare with. Look for doers above
# where no others stand below.

# %%
axes = checks["overlap"].plot()

# %% [markdown]
# ### Does weighting make them alike?
#
# Hollow marks are the doers against the others as they come, filled ones after weighting; inside
# the band they are as good as the same.

# %%
axes = checks["balance"].plot()

# %% [markdown]
# ### Does a made-up action show a lift?
#
# It is drawn as often and at the same moments as a real one and changes nothing, so its lifts have
# to scatter around none.

# %%
axes = checks["placebo action"].plot()

# %% [markdown]
# ### How strong would an unseen trait have to be?
#
# It would have to raise both the action and the macro so many times; beside it stands what the
# strongest known trait does.

# %%
axes = checks["unmeasured confounder"].plot()

# %% [markdown]
# ### Does the past tell who acts?
#
# Taken all alike, users who act next have a busier past than others in the very same state.
# Something is unseen, and the same test says so on your own log.

# %%
past = ml.placebo_outcome(alike)
print(fill(past.finding))
axes = past.plot()

# %% [markdown]
# ## What settles it?
#
# An experiment has no bias and few users, the lift has many users and perhaps a bias; both together
# know more than either. These two are made up as this shop's might come out.

# %%
path = example.path.with_name("experiments.yaml")
path.write_text(
    "- {action: view_item, effect: 1.06, low: 0.96, high: 1.17, note: half saw no details}\n"
    "- {action: chat, effect: 0.83, low: 0.72, high: 0.96, note: widget hidden for half}\n"
)
together = ml.combine(model, ml.read_experiments(path, log.plan))
print(fill(together.finding))
axes = together.plot()

# %% [markdown]
# ## Which actions are worth being key events?
#
# Those that raise the macro, tell of it early and add to what the others tell; each is taken or
# left with its reason.

# %%
chosen = ml.shortlist(model)
axes = chosen.plot()
chosen

# %% [markdown]
# ## Do the weights hold later?
#
# Another shop, with many small campaigns, parted in time: weights of the earlier part are applied
# to who arrives later, beside what other methods would have booked. With few channels and few weeks
# a backtest can say little, and then says so.

# %%
usual = ["macros only", "last touch", "order value x P(macro | action)"]
later = ml.backtest(ml.load_example("campaigns").log, methods=usual)
print(fill(later.finding))
axes = later.plot(), later.plot(kind="segments")

# %% [markdown]
# ## What remains?
#
# No check sees what moves users on the very day and leaves no trace in any journey. Where a
# decision hangs on one action, take half of the users and try it.
#
# **Where next?** What has stood up to all this may be bid with: the notebook on weights makes
# values of it for an ad platform.
