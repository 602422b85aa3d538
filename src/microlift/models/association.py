"""Association: what dashboards show. Doers against others, without regard to who they are."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from microlift.moments import Moments


@dataclass(frozen=True)
class Association:
    """Risk ratio of the macro between those who did an action and those who did not.

    Attributes
    ----------
    users
        Users who did it before their first macro.
    ratio, low, high
        P(macro | did it) / P(macro | did not) and its 95 % interval (Katz, on the log scale);
        not a number where a group is empty, or nobody converts without it.
    all_converters
        Whether every user with a macro had done it.
    """

    users: int
    ratio: float
    low: float
    high: float
    all_converters: bool


def association(moments: Moments, action: int) -> Association:
    """Association of the action at position `action` of the plan with the macro, per user.

    All users of the log count, also those whose horizon is not over, as on a dashboard.

    References
    ----------
    Katz et al. (1978), doi:10.2307/2530610.
    """
    doers = moments.doers
    did = ((doers["ever"].to_numpy() >> action) & 1).astype(bool)
    converted = doers["converted"].to_numpy().astype(bool)
    users = doers["users"].to_numpy()
    n1, n0 = users[did].sum(), users[~did].sum()
    y1, y0 = users[did & converted].sum(), users[~did & converted].sum()
    ratio = low = high = float("nan")
    if y1 > 0 and y0 > 0:
        ratio = float((y1 / n1) / (y0 / n0))
        error = float(np.sqrt(1 / y1 - 1 / n1 + 1 / y0 - 1 / n0))
        reach = float(stats.norm.ppf(0.975)) * error
        low, high = ratio * float(np.exp(-reach)), ratio * float(np.exp(reach))
    elif y0 > 0 and n1 > 0:
        ratio = 0.0
    gate = bool(y1 > 0 and y0 <= 0.001 * (y1 + y0))
    return Association(int(n1), ratio, low, high, gate)
