"""Several rankings into one. A ranking is a list of (id, score), best first."""

from __future__ import annotations

from collections.abc import Sequence

Ranking = Sequence[tuple[int, float]]


def min_max_average(rankings: Sequence[Ranking]) -> list[tuple[int, float]]:
    """Scores scaled to [0, 1] within each ranking, then averaged; an id that a ranking misses gets 0 from it.

    On the news-like BEIR sets this beats reciprocal rank fusion (castorini/pyserini, docs/experiments-beir-fusion).
    """
    fused: dict[int, float] = {}
    for ranking in rankings:
        scores = [score for _, score in ranking]
        low, high = min(scores, default=0.0), max(scores, default=0.0)
        for i, score in ranking:
            scaled = (score - low) / (high - low) if high > low else 1.0
            fused[i] = fused.get(i, 0.0) + scaled / len(rankings)
    return sorted(fused.items(), key=lambda pair: (-pair[1], pair[0]))  # ids break ties, so that runs repeat
