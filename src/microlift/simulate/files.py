"""A simulated shop on disk: the log, the plan that measures it, the truth."""

from pathlib import Path

from microlift.plan import Plan
from microlift.simulate.logs import plan_for, simulate
from microlift.simulate.truth import truth


def write_shop(
    shop: str, out: Path, users: int, seed: int, truth_users: int, *, quiet: bool = True
) -> tuple[Path, Path, Path]:
    """Write a log, and beside it plan.yaml and truth.csv.

    Parameters
    ----------
    shop
        A name in `SHOPS`.
    out
        The Parquet file to write.
    users, seed
        Of the log.
    truth_users
        Users simulated for the truth; its own standard error is in the file.
    quiet
        No progress bar.

    Returns
    -------
    The paths of log, plan and truth.
    """
    plan = plan_for(shop).to_dict()
    if plan["moments"] == "visits" and not plan["funnel"]:
        # Where nothing is mandatory the milestones still say how far a user came.
        plan["funnel"] = [a["name"] for a in plan["actions"] if a["kind"] == "milestone"]
    log = simulate(shop, users, seed)
    known = truth(shop, truth_users, seed + 1, quiet=quiet)
    out.parent.mkdir(parents=True, exist_ok=True)
    paths = out, out.parent / "plan.yaml", out.parent / "truth.csv"
    log.to_parquet(paths[0], index=False)
    paths[1].write_text(_explained(Plan.from_dict(plan)), encoding="utf-8")
    known.to_csv(paths[2], index=False)
    return paths


_HEAD = "# What is measured in this log; docs/plan.md explains every key, used here or not.\n"
_SAID = {
    "log:": "# What the log calls things, and what it knows of a user beforehand.",
    "macro:": "# What the business is after.",
    "horizon:": "# How long after an action the macro may still come.",
    "moments:": "# Not made of visits: asked once a tick, while somebody is open.",
    "actions:": "# The steps and hints before it, an action a line.",
    "funnel:": "# The steps of the funnel, in their order; it ends in the macro.",
}


def _explained(plan: Plan) -> str:
    """Text of a plan as a person would write it: what is not said is as usual."""
    lines = []
    for line in plan.to_yaml().splitlines():
        key = line.split(" ")[0]
        lines += ["", _SAID[key]] if key in _SAID else []
        lines.append(line)
    return _HEAD + "\n".join(lines) + "\n"
