"""What each small action of a business's visitors is worth.

The pipeline, in order: `Plan` says what is measured, `read_events` reads a log, `moments`
compresses it into cells, `LiftModel` estimates lift and journey value, `Ledger` books credits that
add up to the macros, `Weights` turns them into values to bid on. `run` does all of it.
"""

from microlift.errors import InputError, MicroliftError
from microlift.events import EventLog, read_events
from microlift.ledger import Ledger
from microlift.models import LiftModel, LiftTable
from microlift.moments import Moments, moments
from microlift.plan import Plan
from microlift.run import RunResult, run
from microlift.weights import Weights

__all__ = [
    "EventLog",
    "InputError",
    "Ledger",
    "LiftModel",
    "LiftTable",
    "MicroliftError",
    "Moments",
    "Plan",
    "RunResult",
    "Weights",
    "moments",
    "read_events",
    "run",
]
