"""Exact nearest neighbours in FAISS, kept beside the store and rebuilt from it when missing or stale."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import faiss
import numpy as np

from rag.types import Vectors


class FaissIndex:
    """Inner product over unit vectors (cosine), exact. Ids are 64-bit integers."""

    def __init__(self, dimensions: int) -> None:
        self._index = faiss.IndexIDMap2(faiss.IndexFlatIP(dimensions))

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def ids(self) -> list[int]:
        """Every id held."""
        held: list[int] = faiss.vector_to_array(self._index.id_map).tolist()
        return held

    def add(self, ids: Sequence[int], vectors: Vectors) -> None:
        """Add rows of ``vectors``, (len(ids), dimensions), under ``ids``."""
        if len(ids):
            self._index.add_with_ids(np.ascontiguousarray(vectors, dtype=np.float32), np.asarray(ids, dtype=np.int64))

    def remove(self, ids: Sequence[int]) -> None:
        """Forget ``ids``; those that are not here are ignored."""
        self._index.remove_ids(np.asarray(ids, dtype=np.int64))

    def search(self, query: Vectors, k: int, allowed: Sequence[int] | None = None) -> list[tuple[int, float]]:
        """The ``k`` nearest (id, cosine) to ``query``, (1, dimensions), best first, among ``allowed`` ids if given."""
        if not len(self) or k < 1:
            return []
        selected = None
        if allowed is not None:
            selector = faiss.IDSelectorBatch(np.asarray(allowed, dtype=np.int64))
            selected = faiss.SearchParameters(sel=selector)
        scores, ids = self._index.search(query, min(k, len(self)), params=selected)
        return [(int(i), float(score)) for i, score in zip(ids[0], scores[0], strict=True) if i >= 0]

    def save(self, path: Path) -> None:
        """Write the index, whole or not at all."""
        scratch = path.with_name(f"{path.name}.{os.getpid()}.tmp")
        faiss.write_index(self._index, str(scratch))
        scratch.replace(path)

    @classmethod
    def load(cls, path: Path) -> FaissIndex | None:
        """The saved index, or None where there is none that FAISS can read."""
        if not path.is_file():
            return None
        loaded = cls.__new__(cls)
        try:
            loaded._index = faiss.read_index(str(path))
        except RuntimeError:
            return None
        return loaded
