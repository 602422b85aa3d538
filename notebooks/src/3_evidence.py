# %% [markdown]
# # How far a lift can be trusted
#
# A simulated shop in which an intent that the log does not hold moves everything: what dashboards
# say of it, what the lift says, what the checks see, and the truth beside, since here it is known.

# %%
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

import microlift as ml
from microlift.reporting import blocks, forests
from microlift.simulate import plan_for, simulate, truth
from microlift.simulate.campaigns import campaigns, plan_of_campaigns, simulate_campaigns

folder = Path(tempfile.mkdtemp(prefix="microlift-"))
simulate("intent", users=20_000, seed=1).to_parquet(folder / "events.parquet")
log = ml.read_events(folder / "events.parquet", plan_for("intent"))
log

# %% [markdown]
# ## What do dashboards say, and what is true?
#
# Those who act convert many times as often as those who do not, and most of that is not the action.

# %%
model = ml.LiftModel(classes="auto").fit(ml.moments(log))
model.lift_

# %% [markdown]
# The truth comes from forking simulated journeys at the moment of the action: the hollow marks. An
# interval that misses it is orange.

# %%
lifts = model.lift_.to_frame()
parts = {"dashboard": "association", "lift": "lift"}
columns = {name: ["action", part, f"{part}_low", f"{part}_high"] for name, part in parts.items()}
rows = [
    lifts[names].set_axis(["action", "ratio", "low", "high"], axis=1).assign(setting=name)
    for name, names in columns.items()
]
known = truth("intent", users=200_000, seed=1, quiet=True)["lift"]
beside = pd.concat(rows).join(known.rename("before"))
beside["verdict"] = beside["before"].between(beside["low"], beside["high"])

# %%
heads = lifts[["action"]].assign(setting=lifts["action"])
shown = pd.concat([heads, beside]).sort_index(kind="stable").drop(columns="action")
shown = shown.rename(columns={"setting": "action"}).assign(note="")
look = forests.Forest("times as many macros as without it", hollow="the truth")
wide, narrow = forests.forest(shown, look), forests.forest(shown, look, narrow=True)
alt = "Dashboards lie several times above the truth; the lifts lie near it."
blocks.figure(wide, alt=alt, caption="Orange misses the truth.", narrow=narrow)

# %% [markdown]
# ## Who says that the lift is right?
#
# In your shop nobody knows the truth, so a model is put to checks that a wrong one can fail. An
# action that fails one loses its verdict; an unseen trait that might explain it only warns.

# %%
evidence = ml.run_checks(model)
checks = {check.name: check for check in evidence.checks}
blocks.look(evidence, caption=evidence.finding)

# %% [markdown]
# ### Have doers their like among the others?
#
# Where a history all but decides who acts, there is
# nobody to compare with.

# %%
blocks.look(checks["overlap"], caption=checks["overlap"].finding)

# %% [markdown]
# ### Does weighting make them alike?
#
# Hollow marks are the doers against the others as they come,
# filled ones after weighting; inside the band they are as good as the same.

# %%
blocks.look(checks["balance"], caption=checks["balance"].finding)

# %% [markdown]
# ### Does a made-up action show a lift?
#
# It is drawn as often and at the same moments as a real one
# and changes nothing, so its lifts have to scatter around none.

# %%
blocks.look(checks["placebo action"], caption=checks["placebo action"].finding)

# %% [markdown]
# ### How strong would an unseen trait have to be?
#
# It would have to raise both the action and the
# macro so many times; beside it stands what the strongest known trait does.

# %%
blocks.look(checks["unmeasured confounder"], caption=checks["unmeasured confounder"].finding)

# %% [markdown]
# ## What if intent is not in the log?
#
# Taken all alike, users who act next have a busier past than others in the very same state.
# Something is unseen, and the same test says so on your own log.

# %%
alike = ml.LiftModel().fit(model.moments_)
past = ml.placebo_outcome(alike)
blocks.look(past, caption=past.finding)

# %% [markdown]
# ### Do classes of users take it out?
#
# Whole journeys tell classes of users apart, as many as users held out support. This takes most of
# the bias out; what is left is what the past still tells in the grid of checks.

# %%
fits = {"users alike": alike, f"{model.classes_.count} classes of users": model}
both = pd.concat([fit.lift_.to_frame().assign(setting=name) for name, fit in fits.items()])
both = both.rename(columns={"lift": "ratio", "lift_low": "low", "lift_high": "high"})
both = both[["action", "ratio", "low", "high", "setting"]].join(known.rename("before"))
both["verdict"] = both["before"].between(both["low"], both["high"])
wrong = np.log(both["ratio"] / both["before"]).abs().groupby(both["setting"], sort=False)
errors = [f"{name} {error:.3f}" for name, error in wrong.mean().items()]
caption = f"Orange misses the truth. Mean absolute error of log lift: {', '.join(errors)}."

# %%
shown = pd.concat([heads, both]).sort_index(kind="stable").drop(columns="action")
shown = shown.rename(columns={"setting": "action"}).assign(note="")
look = forests.Forest("lift", hollow="the truth")
wide, narrow = forests.forest(shown, look), forests.forest(shown, look, narrow=True)
alt = "With all users alike most lifts are too high; with classes they lie near the truth."
blocks.figure(wide, alt=alt, caption=caption, narrow=narrow)

# %% [markdown]
# ## What settles it?
#
# An experiment has no bias and few users, the lift has many users and perhaps a bias; both together
# know more than either. These two are made up as this shop's might come out.

# %%
(folder / "experiments.yaml").write_text(
    "- {action: view_item, effect: 1.06, low: 0.96, high: 1.17, note: half saw no details}\n"
    "- {action: chat, effect: 0.83, low: 0.72, high: 0.96, note: widget hidden for half}\n"
)
experiments = ml.read_experiments(folder / "experiments.yaml", log.plan)
together = ml.combine(model, experiments)
blocks.look(together, caption=together.finding)

# %% [markdown]
# ## Which actions are worth being key events?
#
# Those that raise the macro, tell of it early and add to what the others tell; each is taken or
# left with its reason.

# %%
chosen = ml.shortlist(model)
blocks.look(chosen, caption=chosen.finding)

# %% [markdown]
# ## Do the weights hold later?
#
# Another shop, with many small campaigns, parted in time: weights of the earlier part are applied
# to who arrives later, beside what other methods would have booked.

# %%
made = campaigns("channels", seed=1)
simulate_campaigns(made, months=8, seed=1, rest=0.5).to_parquet(folder / "campaigns.parquet")
given = plan_of_campaigns("channels").to_dict()
given["log"]["attributes"] = ["campaign"]
later = ml.backtest(ml.read_events(folder / "campaigns.parquet", ml.Plan.from_dict(given)))
blocks.look(later, caption=later.finding)

# %%
wide, narrow = later.plot(kind="segments"), later.plot(kind="segments", narrow=True)
alt = "Campaigns for which more was booked brought more, on average as much as was booked."
blocks.figure(wide, alt=alt, narrow=narrow)

# %% [markdown]
# ### And in the first shop?
#
# With few channels and few weeks a backtest can say little, or that a
# simpler signal tells channels apart better: what to book is one question, what an action changes
# another.

# %%
first = ml.backtest(log)
blocks.look(first, caption=first.finding)

# %% [markdown]
# ## What remains?
#
# No check sees what moves users on the very day and leaves no trace in any journey. Where a
# decision hangs on one action, take half of the users and try it.
