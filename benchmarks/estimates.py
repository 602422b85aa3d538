"""What the models estimate of a few logs, as a hash: rows of results rest on that, not on the code.

A faster or leaner way to the same estimates keeps the rows; whatever moves an estimate by a
millionth does not. Each log is fitted twice: as it is, and with the limits that large logs reach
(`LIMITS`) set so low that it reaches them too. Their true values are part of the hash.
"""

import functools
import hashlib
import tempfile
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from unittest.mock import patch

import numpy as np

import microlift as ml
from microlift.simulate import plan_for, simulate

LOGS = (("channels", 3_000, {}), ("funnel", 3_000, {"rotations": 1}), ("letters", 800, {}))
SEED = 12_345
# Where the limit is looked up, its name, and how low it is set; None where only its value counts.
LIMITS = (
    ("lift", "ROWS", 400),
    ("journey", "ROWS", 500),
    ("journey", "CHOICE_ROWS", 300),
    ("journey", "SAMPLE", 700),
    ("crossfit", "CURVE_ROWS", 400),
    ("crossfit", "CHUNK", 1_000),
    ("states", "MOST_STATES", 500),
    ("crossfit", "KNOTS", None),
    ("crossfit", "A_KNOT", None),
)


@functools.cache
def estimates_digest() -> str:
    """Hash of lift, ledger and calibration, each number to six digits."""
    digest = hashlib.sha256()
    for module, name, low in LIMITS:
        value = getattr(import_module(f"microlift.models.{module}"), name)
        digest.update(f"{module}.{name} {'' if name == 'CHUNK' else value} {low}\n".encode())
    for shop, users, settings in LOGS:
        plan = plan_for(shop)
        with tempfile.TemporaryDirectory() as folder, ExitStack() as limits:
            path = Path(folder) / "events.parquet"
            simulate(shop, users, SEED).to_parquet(path)
            with ml.read_events(path, plan, threads=1) as log:
                moments = ml.moments(log)
                digest.update(_told(ml.LiftModel(**settings).fit(moments)))
                for module, name, low in LIMITS:
                    if low is not None:
                        limits.enter_context(patch(f"microlift.models.{module}.{name}", low))
                digest.update(_told(ml.LiftModel(**settings).fit(moments)))
    return digest.hexdigest()[:12]


def _told(model: ml.LiftModel) -> bytes:
    ledger = ml.Ledger.from_model(model)
    said = []
    for frame in (model.lift_.to_frame(), ledger.frame, model.calibration()):
        for name in frame:
            said += [_text(value) for value in frame[name]]
    said += [_text(c.log_error) for c in model.contrasts_]
    said += [_text(value) for c in ledger.credits for value in (c.low, c.high)]
    return "\n".join(said).encode()


def _text(value: object) -> str:
    if not isinstance(value, float | np.floating):
        return str(value)
    return "0" if abs(value) < 1e-9 else f"{value:.6g}"  # less is rounding
