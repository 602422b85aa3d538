"""One thread of linear algebra: small problems gain nothing from more that wait in turn."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from threadpoolctl import threadpool_limits

P = ParamSpec("P")
R = TypeVar("R")


def one_thread(work: Callable[P, R]) -> Callable[P, R]:
    """Run a function with one thread of linear algebra.

    On two busy cores it made a check ten times cheaper.
    """

    @wraps(work)
    def alone(*args: P.args, **kwargs: P.kwargs) -> R:
        with threadpool_limits(1):
            return work(*args, **kwargs)

    return alone
