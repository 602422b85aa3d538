"""What the tests of evidence share: models whose log is still open."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pandas as pd
import pytest

from microlift.events import read_events
from microlift.models import LiftModel
from microlift.moments import moments
from microlift.plan import Plan

OpenModel = Callable[[pd.DataFrame, Plan], AbstractContextManager[LiftModel]]


@pytest.fixture(scope="session")
def open_model(parquet_of: Callable[[pd.DataFrame], Path]) -> OpenModel:
    """Fit a frame of events under a plan, and keep its log open."""

    @contextmanager
    def fit(frame: pd.DataFrame, plan: Plan) -> Iterator[LiftModel]:
        with read_events(parquet_of(frame), plan) as log:
            yield LiftModel(rotations=1).fit(moments(log))

    return fit
