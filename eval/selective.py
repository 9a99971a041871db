"""Confidence held to outcome: the risk-coverage curve, the area under it, and calibration."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

N_BINS = 10

Curve = NDArray[np.float64]


def risk_coverage(confidence: Curve, right: Curve) -> tuple[Curve, Curve]:
    """Coverage (share of questions answered, the surest first) and the share of wrong answers among them; both (n,).

    Questions of equal confidence are answered together: each has the risk of the whole group, so that their order
    does not matter (El-Yaniv and Wiener, 2010, with ties).
    """
    order = np.argsort(-confidence, kind="stable")
    wrong, sure = 1.0 - right[order], confidence[order]
    last = np.append(np.flatnonzero(np.diff(sure)), len(sure) - 1) if len(sure) else np.empty(0, dtype=int)
    group_end = last[np.searchsorted(last, np.arange(len(sure)))] if len(sure) else last
    answered = group_end + 1.0
    return answered / max(len(sure), 1), np.cumsum(wrong)[group_end] / answered


def aurc(confidence: Curve, right: Curve) -> float:
    """Area under the risk-coverage curve, the mean risk over all coverages; lower is better, nan of nothing."""
    if not len(confidence):
        return float("nan")
    return float(risk_coverage(confidence, right)[1].mean())


def calibration_bins(confidence: Curve, right: Curve) -> list[tuple[float, float, int]]:
    """Of each tenth of the confidences that has any: mean confidence, share of right answers, and how many."""
    places = np.minimum((confidence * N_BINS).astype(int), N_BINS - 1)
    return [
        (float(confidence[inside].mean()), float(right[inside].mean()), int(inside.sum()))
        for inside in (places == i for i in range(N_BINS))
        if inside.any()
    ]


def ece(confidence: Curve, right: Curve) -> float:
    """Expected calibration error over ten bins of equal width (Naeini et al. 2015); nan of nothing."""
    if not len(confidence):
        return float("nan")
    places = np.minimum((confidence * N_BINS).astype(int), N_BINS - 1)
    # Of each bin |mean confidence - share right| x its share of the questions: the sizes cancel out.
    return float(np.abs(np.bincount(places, confidence - right, minlength=N_BINS)).sum() / len(confidence))
