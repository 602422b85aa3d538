"""How far the log's lifts lie from experiments, learned from the actions that have both."""

from dataclasses import dataclass

import numpy as np

from microlift.evidence.mixture import Floats, Mixture

MEAN_SCALE = 0.3  # prior standard deviation of the biases' mean, on the log scale
SPREAD_SCALE = 0.2  # prior scale of their spread: half-normal
_GRID = 121
_WIDEST = 8.0  # prior scales of the spread that the grid covers
ENOUGH_PAIRS = 3  # from here on the pairs say more about the biases than the prior does


@dataclass(frozen=True, eq=False)
class BiasModel:
    r"""Biases of the log's lifts, drawn from one distribution that the pairs tell of.

    For an action with log lift o (standard error s) and an experiment with log ratio e (standard
    error r), of the same effect :math:`\theta`,

    .. math:: o = \theta + b + \varepsilon, \quad e = \theta + \eta, \quad
              b \sim N(\mu, \tau^2), \qquad
              \text{so } o - e \sim N(\mu, s^2 + r^2 + \tau^2)

    with the priors :math:`\mu \sim N(0, 0.3^2)` and :math:`\tau \sim |N(0, 0.2^2)|`. They speak
    where pairs are few: without any, a lift of the log may be wrong by a factor of 2 either
    way (in the simulated shops with unseen intent the worst was 1.5). :math:`\mu` is integrated
    out exactly, :math:`\tau` over a grid, so the intervals hold what is not known of either.

    The assumption: actions without an experiment are biased as those with one are. What was tested
    for being doubtful is not like the rest. Errors of lifts of one log are taken as independent.

    References
    ----------
    Röver and Friede (2020), doi:10.1177/0962280219833079; Rosenman, Basse, Owen and
    Baiocchi (2023), doi:10.1111/biom.13827; Higgins, Thompson and Spiegelhalter (2009),
    doi:10.1111/j.1467-985X.2008.00552.x.

    Attributes
    ----------
    weights
        Posterior of the spread on its grid.
    spread
        The grid.
    mean, error
        Posterior mean and standard deviation of the biases' mean, for each spread.
    pairs
        Actions that have both.

    Examples
    --------
    Four pairs that differ by about as much: the biases' mean is told well, their spread is small.

    >>> model = BiasModel.of(np.array([0.4, 0.42, 0.38, 0.4]), np.full(4, 0.02))
    >>> low, high = np.exp(model.typical().quantile(0.025)), np.exp(model.typical().quantile(0.975))
    >>> bool(low < np.exp(0.4) < high), model.pairs
    (True, 4)
    """

    weights: Floats
    spread: Floats
    mean: Floats
    error: Floats
    pairs: int

    @classmethod
    def of(cls, difference: Floats, error: Floats) -> "BiasModel":
        """Learn from differences o - e of log ratios and their standard errors."""
        # Finer near 0, where precise pairs put all their weight.
        spread = SPREAD_SCALE * _WIDEST * np.linspace(0, 1, _GRID) ** 2
        steps = np.gradient(spread)
        variance = error**2 + spread[:, None] ** 2
        precision = 1 / MEAN_SCALE**2 + (1 / variance).sum(axis=1)
        mean = (difference / variance).sum(axis=1) / precision
        log_weight = -0.5 * (
            np.log(variance).sum(axis=1)
            + (difference**2 / variance).sum(axis=1)
            + np.log(precision)
            - mean**2 * precision
            + (spread / SPREAD_SCALE) ** 2
        )
        weights = steps * np.exp(log_weight - log_weight.max())
        return cls(weights / weights.sum(), spread, mean, precision**-0.5, len(difference))

    def typical(self) -> Mixture:
        """The mean of the biases."""
        return Mixture(self.weights, self.mean[:, None], self.error[:, None])

    def unseen(self, lift: Floats, error: Floats) -> Mixture:
        """Effects of actions without an experiment: log lifts less a bias that was not seen."""
        errors = np.sqrt(error**2 + (self.spread**2 + self.error**2)[:, None])
        return Mixture(self.weights, lift - self.mean[:, None], errors)

    def paired(
        self, lift: Floats, error: Floats, result: Floats, result_error: Floats
    ) -> tuple[Mixture, Floats]:
        """Effects of the actions that the model was learned from, and the log's share in each.

        With the mean of the biases known, experiment and corrected lift are two measurements of one
        effect, weighted by their precision.
        """
        own = error**2 + self.spread[:, None] ** 2
        share = result_error**2 / (own + result_error**2)
        means = share * (lift - self.mean[:, None]) + (1 - share) * result
        within = own * result_error**2 / (own + result_error**2)
        errors = np.sqrt(within + (share * self.error[:, None]) ** 2)
        return Mixture(self.weights, means, errors), self.weights @ share
