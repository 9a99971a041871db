"""Exact nearest neighbours in memory: one product of a matrix and the query."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rag.types import Vectors

Ids = NDArray[np.int64]
Mask = NDArray[np.bool_]


class Flat:
    """Inner product over unit vectors (cosine). Ids are ascending."""

    def __init__(self, dimensions: int) -> None:
        self._ids: Ids = np.empty(0, dtype=np.int64)
        self._rows: Vectors = np.empty((0, dimensions), dtype=np.float32)  # may be longer than the ids

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, ids: Ids, vectors: Vectors) -> None:
        """Add rows of ``vectors``, (len(ids), dimensions), under ``ids``, which are higher than all before."""
        if not len(ids):
            return
        n, more = len(self._ids), len(ids)
        if n + more > len(self._rows):
            grown = np.empty((max(n + more, 2 * n), self._rows.shape[1]), dtype=np.float32)
            grown[:n] = self._rows[:n]
            self._rows = grown
        self._rows[n : n + more] = vectors
        self._ids = np.concatenate([self._ids, ids])

    def remove(self, spans: Sequence[tuple[int, int]]) -> None:
        """Forget the ids from the first to the last of each of ``spans``."""
        kept = np.ones(len(self._ids), dtype=bool)
        for first, last in spans:
            kept[slice(*np.searchsorted(self._ids, [first, last + 1]))] = False
        if not kept.all():
            self._rows = self._rows[: len(kept)][kept]
            self._ids = self._ids[kept]

    def search(self, query: Vectors, k: int, allowed: Mask | None = None) -> list[tuple[int, float]]:
        """The ``k`` nearest (id, cosine) to ``query``, (1, dimensions), best first, among those ``allowed``."""
        ids, rows = self._ids, self._rows[: len(self._ids)]
        if allowed is not None:
            kept = np.flatnonzero(allowed[np.minimum(ids, len(allowed) - 1)] & (ids < len(allowed)))
            ids = ids[kept]
            rows = rows[kept] if len(kept) < len(rows) // 2 else rows
            cosines = np.vecdot(rows, query[0])
            cosines = cosines if len(rows) == len(ids) else cosines[kept]
        else:
            cosines = np.vecdot(rows, query[0])  # not @: threads that wait for each other cost more than they bring
        return nearest(ids, cosines, k)


def nearest(ids: Ids, cosines: NDArray[np.float32], k: int) -> list[tuple[int, float]]:
    """The ``k`` highest (id, cosine), highest first, then lowest id first."""
    if len(ids) > k:
        least = np.partition(cosines, -k)[-k]
        near = cosines >= least
        ids, cosines = ids[near], cosines[near]
    order = np.lexsort((ids, -cosines))[:k]
    return list(zip(ids[order].tolist(), cosines[order].tolist(), strict=True))
