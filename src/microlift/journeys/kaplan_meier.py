"""Kaplan-Meier: the share converted by each time, where some users are lost from sight."""

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]

WATCHED = 0.1  # share of the users who are watched for as long as waits are looked at


def seen_and_lost(counted: pd.DataFrame) -> tuple[Floats, Floats, Floats]:
    """Times, and at each the users whose macro comes and those who are lost from sight."""
    times, place = np.unique(counted["lag"].to_numpy(), return_inverse=True)
    n, reached = counted["n"].to_numpy(), counted["reached"].to_numpy()
    seen = np.bincount(place, n * reached, len(times)).astype(np.float64)
    lost = np.bincount(place, n * (1 - reached), len(times)).astype(np.float64)
    return times.astype(np.float64), seen, lost


def share_converted(seen: Floats, lost: Floats) -> Floats:
    """Kaplan-Meier's share converted by each time, along the last axis."""
    at_risk = (seen + lost)[..., ::-1].cumsum(axis=-1)[..., ::-1]
    curve: Floats = 1 - np.cumprod(1 - seen / np.maximum(at_risk, 1), axis=-1)
    return curve


def last_watched(seen: Floats, lost: Floats, converted: Floats) -> int:
    """The last place at which a tenth of the doers are watched, whether or not they convert."""
    at_risk = np.cumsum((seen + lost)[::-1])[::-1]
    staying = np.concatenate([[1.0], 1 - converted[:-1]])  # just before each time
    return int(np.flatnonzero(at_risk >= WATCHED * at_risk[0] * staying)[-1])


def quantile(times: Floats, curves: Floats, share: float) -> Floats:
    """The first time by which this share of a curve's last value is reached."""
    reached = curves >= share * curves[:, -1:] - 1e-12
    found: Floats = times[reached.argmax(axis=1)]
    return found
