"""95 % intervals by the percentile bootstrap over questions, and the paired one over two runs of the same questions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

SEED = 7
N_RESAMPLES = 2000
PERCENTILES = (2.5, 97.5)

Values = NDArray[np.float64]
Interval = tuple[float, float]


def resamples(n: int, n_resamples: int = N_RESAMPLES) -> NDArray[np.int64]:
    """(n_resamples, n) questions drawn with replacement, the same ones in every run."""
    return np.random.default_rng(SEED).integers(0, max(n, 1), (n_resamples, n))


def ratio_interval(counted: Values, of: Values, drawn: NDArray[np.int64]) -> Interval:
    """The interval of sum(counted) / sum(of); both (n,), one pair a question."""
    return interval(_ratios(counted, of, drawn))


def statistic_interval(statistic: Callable[[NDArray[np.int64]], float], drawn: NDArray[np.int64]) -> Interval:
    """The interval of any figure of the questions with the given places."""
    return interval(np.array([statistic(places) for places in drawn]))


def paired_difference(
    ours: tuple[Values, Values], theirs: tuple[Values, Values], drawn: NDArray[np.int64]
) -> tuple[float, float, float]:
    """ours - theirs of one ratio over the same questions, each a pair (counted, of), with its interval."""
    difference = ours[0].sum() / ours[1].sum() - theirs[0].sum() / theirs[1].sum()
    return float(difference), *interval(_ratios(*ours, drawn) - _ratios(*theirs, drawn))


def interval(values: Values) -> Interval:
    """The middle 95 % of the values that are numbers."""
    known = values[np.isfinite(values)]
    if not len(known):
        return float("nan"), float("nan")
    low, high = np.percentile(known, PERCENTILES)
    return float(low), float(high)


def _ratios(counted: Values, of: Values, drawn: NDArray[np.int64]) -> Values:
    with np.errstate(invalid="ignore", divide="ignore"):
        shares: Values = counted[drawn].sum(1) / of[drawn].sum(1)
    return shares
