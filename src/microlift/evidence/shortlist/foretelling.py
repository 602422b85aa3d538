"""How well later macros are foretold by a few actions, learned from earlier arrivals."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from microlift.evidence.backtest.arrivals import Arrivals

Floats = npt.NDArray[np.float64]
FREE = 1e4  # of the penalty: a handful of columns and hundreds of macros need none


@dataclass(frozen=True, eq=False)
class Foretelling:
    """Users by what they did, of the earlier and of the later window.

    Attributes
    ----------
    learned, judged
        Arrivals of either window, in one segment and week each.
    actions
        Actions of the plan.
    """

    learned: Arrivals
    judged: Arrivals
    actions: int

    def loss(self, chosen: Sequence[int]) -> Floats:
        """Log loss of each cell of the later window, by users who did these actions or did not."""
        p = np.clip(self._chance(chosen), 1e-6, 1 - 1e-6)
        loss: Floats = -np.where(self.judged.macro == 1, np.log(p), np.log1p(-p))
        return loss

    def _chance(self, chosen: Sequence[int]) -> Floats:
        learned, judged = self.learned, self.judged
        if not chosen:
            # Known of the later window: a change of the macro rate is not what is asked about.
            return np.full(len(judged.n), judged.macros / judged.n.sum())
        x = learned.done(self.actions)[:, list(chosen)]
        model = LogisticRegression(C=FREE, solver="newton-cholesky", max_iter=100)
        model.fit(x, learned.macro, sample_weight=learned.n.astype(float))
        shown = judged.done(self.actions)[:, list(chosen)]
        odds = model.decision_function(shown)
        # Only the level is set anew, so that what is judged is how users are told apart.
        low, high = -50.0, 50.0
        for _ in range(60):
            middle = (low + high) / 2
            total = (judged.n / (1 + np.exp(-(odds + middle)))).sum()
            low, high = (middle, high) if total < judged.macros else (low, middle)
        out: Floats = 1 / (1 + np.exp(-(odds + low)))
        return out

    def added(self, before: Floats, after: Floats) -> tuple[float, float]:
        """Share of the log loss of knowing nothing that is taken away, and its standard error."""
        n = self.judged.n.astype(float)
        whole = (n * self.loss(())).sum()
        gone = before - after
        mean = (n * gone).sum() / n.sum()
        error = float(np.sqrt((n * (gone - mean) ** 2).sum()))
        return float((n * gone).sum() / whole), error / float(whole)
