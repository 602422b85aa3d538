# %% [markdown]
# # From events to weights
#
# A simulated shop, an event log, and what each micro conversion in it is worth: the whole of
# microlift, one step a cell.

# %%
import tempfile
from pathlib import Path

import microlift as ml
from microlift.simulate import plan_for, simulate

folder = Path(tempfile.mkdtemp(prefix="microlift-"))
simulate("channels", users=20_000, seed=1).to_parquet(folder / "events.parquet")

# %% [markdown]
# The measurement plan says what the macro conversion is, which micro actions to judge, and how
# far ahead to look.

# %%
plan = plan_for("channels")
[action.name for action in plan.actions], plan.macro.event, plan.horizon

# %% [markdown]
# Events are read once, checked, and put in order.

# %%
log = ml.read_events(folder / "events.parquet", plan)
log

# %% [markdown]
# A moment is a point where the next thing could be one action or another; moments alike are
# counted in cells.

# %%
moments = ml.moments(log)
moments

# %% [markdown]
# The lift compares what followed an action with what would have followed, at the same moments,
# without it.

# %%
model = ml.LiftModel().fit(moments)
model.lift_

# %% [markdown]
# Hollow marks are what a dashboard shows, filled marks what the action changes.

# %%
axes = model.lift_.plot()

# %% [markdown]
# Before the model's value of a journey is used, it is held against what happened.

# %%
model.calibration().round(3)

# %% [markdown]
# The ledger books each change of that value, from what the users were worth at arrival down to what
# happened; its entries add up to the macros.

# %%
ledger = ml.Ledger.from_model(model)
axes = ledger.plot()
ledger

# %% [markdown]
# The weights are what an ad platform is told to book; together they add up to the revenue.

# %%
weights = ml.Weights.from_ledger(ledger, plan)
axes = weights.plot()
weights
