"""The vector index of a store: loaded from beside it, brought up to date by what differs, saved again."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from rag.store import Store
from rag.types import Vectors

if TYPE_CHECKING:
    from rag.vectors.faiss import FaissIndex


class SyncedVectors:
    """Nearest neighbours over what the store holds now, whoever changed it, in this process or another."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._index: FaissIndex | None = None
        self._generation = -1

    def search(self, query: Vectors, k: int, allowed: Sequence[int] | None = None) -> list[tuple[int, float]]:
        """The ``k`` nearest (passage id, cosine) to ``query``, (1, dimensions), best first."""
        with self._lock:
            self._sync(query.shape[1])
            assert self._index is not None, "syncing leaves an index"
            return self._index.search(query, k, allowed)

    def _sync(self, dimensions: int) -> None:
        if self._store.generation == self._generation:
            return
        from rag.vectors.faiss import FaissIndex

        with self._store.snapshot():
            generation = self._store.generation
            if (loaded := FaissIndex.load(self._path(generation))) is not None:
                self._index, self._generation = loaded, generation
                return
            if self._index is None:
                self._index = next(filter(None, map(FaissIndex.load, self._saved())), FaissIndex(dimensions))
            stored, held = set(self._store.passage_ids()), set(self._index.ids())
            missing = sorted(stored - held)
            self._index.remove(sorted(held - stored))
            self._index.add(missing, self._store.vectors(missing))
        self._generation = generation
        # A folder that cannot be written to costs the next process a rebuild, not this one its answer.
        with suppress(OSError, RuntimeError):
            self._index.save(self._path(generation))
            for old in self._saved():
                if old != self._path(generation):
                    old.unlink(missing_ok=True)

    def _path(self, generation: int) -> Path:
        """The generation is in the name, so that file and number cannot part."""
        return self._store.path.with_name(f"vectors-{generation}.faiss")

    def _saved(self) -> list[Path]:
        return sorted(self._store.path.parent.glob("vectors-*.faiss"), key=lambda path: path.stat().st_mtime)
