"""Logistic regression against a general optimiser on the likelihood of single users."""

import numpy as np
import pytest
from scipy import optimize

from microlift.models.baselines.logistic import fit_logistic
from microlift.models.baselines.newton import ALWAYS, GATE, NOBODY, TOO_FEW, TWIN


def _users(seed: int, users: int = 600) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = (rng.random((users, 4)) < (0.5, 0.3, 0.4, 0.2)).astype(float)
    chance = 1 / (1 + np.exp(1 - x @ [0.8, -1.0, 0.0, 0.5]))
    return x, (rng.random(users) < chance).astype(float)


def _cells(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    kinds, kind = np.unique(x, axis=0, return_inverse=True)
    return kinds, np.bincount(kind).astype(float), np.bincount(kind, y)


def test_coefficients_and_robust_errors_are_those_of_an_optimiser_on_single_users() -> None:
    x, y = _users(1)
    z = np.column_stack([np.ones(len(x)), x])

    def loss(beta: np.ndarray) -> float:
        score = z @ beta
        return float(np.logaddexp(0, score).sum() - y @ score)

    best = optimize.minimize(loss, np.zeros(5), method="BFGS", options={"gtol": 1e-7}).x
    scores = np.stack(
        [optimize.approx_fprime(best, lambda b, i=i: y[i] * (z[i] @ b) - np.logaddexp(0, z[i] @ b))
         for i in range(len(y))]
    )  # fmt: skip
    p = 1 / (1 + np.exp(-z @ best))
    bread = np.linalg.inv((z * (p * (1 - p))[:, None]).T @ z)
    fit = fit_logistic(*_cells(x, y))
    assert fit.why == {}
    assert fit.beta == pytest.approx(best, abs=1e-4)
    assert fit.error == pytest.approx(np.sqrt(np.diag(bread @ scores.T @ scores @ bread)), rel=1e-3)


@pytest.mark.parametrize(
    ("change", "column", "reason"),
    [
        (lambda x, y: y.__setitem__(x[:, 3] == 1, 0), 3, NOBODY),
        (lambda x, y: y.__setitem__(x[:, 3] == 1, 1), 3, ALWAYS),
        (lambda x, y: y.__setitem__(x[:, 0] == 0, 0), 0, GATE),
        (lambda x, _: x.__setitem__((slice(None), 3), x[:, 1]), 3, TWIN),
        (lambda x, _: x.__setitem__((slice(None), 3), 1 - x[:, 1]), 3, TWIN),
        (lambda x, _: x.__setitem__((slice(None), 3), 0.0), 3, TWIN),
    ],
)
def test_a_column_that_cannot_be_told_is_left_out_with_the_reason(
    change: object, column: int, reason: str
) -> None:
    x, y = _users(2)
    change(x, y)  # type: ignore[operator]
    fit = fit_logistic(*_cells(x, y))
    assert fit.why == {column: reason}
    assert np.isnan(fit.beta[1 + column])
    assert np.isfinite(np.delete(fit.beta, 1 + column)).all()


def test_a_gate_takes_the_users_before_it_out_of_the_comparison_of_the_others() -> None:
    x, y = _users(3, 2_000)
    y[x[:, 0] == 0] = 0
    behind = x[:, 0] == 1
    fit = fit_logistic(*_cells(x, y))
    alone = fit_logistic(*_cells(x[behind][:, 1:], y[behind]))
    assert fit.beta[2:] == pytest.approx(alone.beta[1:], abs=1e-9)


def test_columns_that_separate_only_together_have_too_few_macros_to_tell() -> None:
    x = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]])
    fit = fit_logistic(x, np.array([10.0, 2.0, 10.0]), np.array([5.0, 2.0, 5.0]))
    assert fit.why == {0: TOO_FEW, 1: TOO_FEW}
    assert np.isnan(fit.beta[1:]).all()
