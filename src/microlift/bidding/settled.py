"""The mode to publish in: what the account is ready for, unless chance alone would change it."""

from microlift.bidding.modes import MACRO, ONE_STAGE, Situation, mode_of
from microlift.bidding.readiness import Readiness


def settled_mode(ready: Readiness, published: str | None) -> tuple[str, str]:
    """Return the mode of the account, and the action that `one stage` is about.

    A change of mode makes a platform learn anew, so the published one stays while it fits a count
    of macros within what a month of this pace brings in 95 of 100 cases.

    Parameters
    ----------
    ready
        As `readiness` found it.
    published
        The mode of the last published weights, where there are any.
    """
    row, thresholds = ready.frame.iloc[0], ready.thresholds
    mode, stage = str(row["mode"]), str(row["stage"])
    if published is None or published == mode:
        return mode, stage
    macros = int(row["macros"])
    situation = Situation(
        slow=mode == ONE_STAGE and macros >= thresholds.enough,
        low_value=mode == MACRO and macros < thresholds.alone,
    )
    low, high = int(row["macros_low"]), int(row["macros_high"])
    fitting = {mode_of(count, situation, thresholds) for count in (low, macros, high)}
    return (published if published in fitting else mode), stage
