"""The vectors of a store: most of them in a file of clusters once they are many, the latest in memory.

Each process follows the store's changes; only making the clusters anew, or folding many changes into them, costs more
than what changed.
"""

from __future__ import annotations

import json
import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from rag.database import damaged
from rag.errors import StoreError
from rag.store import Store
from rag.types import Vectors
from rag.vectors.flat import Flat, nearest

if TYPE_CHECKING:
    from rag.vectors.ivf import Clusters, Made

Ids = NDArray[np.int64]
Mask = NDArray[np.bool_]

# Comparing a query with 20,000 vectors in memory takes about 3 ms, as long as looking into clusters of a million.
FLAT = 20_000
GROWN = 4  # times as many vectors as the clusters were made of: make them anew
REMOVALS = 10_000  # that are remembered before the clusters are written without them
# Of bytes of a file of clusters that are summed before it is used: a second's work and 2.5 million passages of 384
# dimensions. A larger one is used unseen: at worst a passage is not found by its vector, since all are scored anew.
SUMMED = 10**9
ABANDONED_SECONDS = 3600.0  # after which no process is still writing a file
BATCH = 20_000  # vectors read from the store at a time


@dataclass(frozen=True, slots=True)
class _Saved:
    """The clusters that are in use: ``number`` names the file, ``last`` is the highest passage id in them."""

    number: int = 0
    last: int = 0
    n: int = 0
    made_of: int = 0
    clusters: int = 0
    probes: int = 0
    recall: float = 0.0
    crc: int = -1  # of the file; -1 where it was made before this was kept


class SyncedVectors:
    """Nearest neighbours over what the store holds now, whoever changed it, in this process or another."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._generation = self._number = self._seq = self._last = self._sound = -1
        self._clusters: Clusters | None = None
        self._alive: Mask | None = None  # of the passages in the clusters: None while all are
        self._flat = Flat(0)

    def search(self, query: Vectors, k: int, allowed: Mask | None = None) -> list[tuple[int, float]]:
        """The ``k`` nearest (passage id, cosine) to ``query``, (1, dimensions), best first, among those ``allowed``."""
        with self._lock:
            self._follow(query.shape[1])
            found = self._flat.search(query, k, allowed)
            clusters, alive = self._clusters, self._alive
        if clusters is None:
            return found
        from rag.vectors.ivf import RESCORED

        if allowed is not None and alive is not None:
            both = min(len(allowed), len(alive))
            alive = allowed[:both] & alive[:both]
        elif allowed is not None:
            alive = allowed
        near = clusters.search(query, RESCORED * k, alive)
        ids, vectors = self._store.vectors(near.tolist())
        if len(ids):
            found += nearest(ids, vectors @ query[0], k)
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))[:k]

    def prepare(self) -> None:
        """Make or mend the clusters where a search would have to hold too many vectors in memory without them.

        Call it outside of a snapshot, before a search.
        """
        saved = self._saved()
        if self._number == saved.number and self._generation >= 0 and len(self._flat) <= 2 * FLAT:
            return
        with suppress(StoreError):  # nobody may write, or there is no room: everything is compared, this once
            if saved.number and not self._usable(saved):
                self._make(saved)
            elif self._n_waiting(saved, 2 * FLAT) > 2 * FLAT:
                self.fold()

    def fold_if_due(self) -> None:
        """Fold the latest changes into the clusters once searching beside them takes too long.

        Where they cannot be written the changes are still stored, and found.
        """
        if self._n_waiting(self._saved(), FLAT) > FLAT or self._store.n_gone() > REMOVALS:
            try:
                self.fold()
            except StoreError as error:
                logging.getLogger("footnote").warning("%s", error)

    def fold(self) -> None:
        """Bring the file of clusters up to date; an index that is small has none. Raises StoreError."""
        saved = self._saved()
        n = self._store.n_passages()
        if n <= FLAT or not saved.last or n > GROWN * saved.made_of or not self._usable(saved):
            self._make(saved)
        else:
            self._extend(saved)

    def _n_waiting(self, saved: _Saved, most: int) -> int:
        """How many vectors are not in the clusters; the ids say if it cannot be more than ``most``."""
        bound = self._store.highest() - saved.last
        return bound if bound <= most else self._store.n_vectors_after(saved.last)

    def _make(self, saved: _Saved) -> None:
        from rag.vectors.ivf import CLUSTERS, TRAINED_ON, make

        with self._scratch() as scratch:
            with self._store.snapshot():
                n, last, seq = self._store.n_passages(), self._store.highest(), self._last_gone()
                if n <= FLAT and not saved.last and not seq:
                    return
                wanted = int(CLUSTERS * n**0.5) * TRAINED_ON
                made = None if n <= FLAT else make(scratch, self._sample(wanted), self._batches(0), n)
            new = _Saved(saved.number + 1)
            if made is not None:
                new = replace(new, last=last, n=made.n, made_of=made.n, **_looked_into(made), crc=_crc(scratch))
            self._save(saved, new, seq, scratch)

    def _extend(self, saved: _Saved) -> None:
        from rag.vectors.ivf import extend

        with self._scratch() as scratch:
            with self._store.snapshot():
                last, seq = self._store.highest(), self._last_gone()
                if last == saved.last and not self._store.gone_after(0):
                    return
                gone = [np.arange(first, end + 1) for _, first, end in self._store.gone_after(0) if first <= saved.last]
                removed = np.concatenate(gone) if gone else _NONE
                n = extend(self._path(saved.number), scratch, removed, self._batches(saved.last))
            new = replace(saved, number=saved.number + 1, last=last, n=n, crc=_crc(scratch))
            self._save(saved, new, seq, scratch)

    def _save(self, before: _Saved, new: _Saved, seq: int, scratch: Path) -> None:
        """Put the new file in use, and drop the files and removals that it makes needless.

        Nothing is done where another process has put one in use meanwhile.
        """
        with self._store.transaction() as connection:
            if self._saved() != before:
                return
            if scratch.exists():
                scratch.replace(self._path(new.number))
            connection.execute("INSERT OR REPLACE INTO meta VALUES ('clusters', ?)", (json.dumps(asdict(new)),))
            connection.execute("DELETE FROM gone WHERE seq <= ?", (seq,))
            connection.execute("UPDATE meta SET value = value + 1 WHERE key = 'generation'")
        for old in self._store.path.parent.glob("vectors-*.faiss"):
            if old != self._path(new.number):
                with suppress(OSError):
                    old.unlink()

    @contextmanager
    def _scratch(self) -> Iterator[Path]:
        """Where a file of clusters is written before it is put in use. Raises StoreError where that fails.

        What a process that was killed has left is dropped.
        """
        folder = self._store.path.parent
        for left in folder.glob("vectors-*.tmp"):
            with suppress(OSError):
                if time.time() - left.stat().st_mtime > ABANDONED_SECONDS:
                    left.unlink()
        scratch = folder / f"vectors-{os.getpid()}-{threading.get_ident()}.tmp"
        try:
            yield scratch
        except OSError as error:
            raise StoreError(f"cannot write the clusters of {folder} ({error}): the index works without") from error
        finally:
            with suppress(OSError):
                scratch.unlink()

    def _follow(self, dimensions: int) -> None:
        """Take over what has changed in the store since the last search."""
        generation = self._store.generation
        if generation <= self._generation:
            return
        saved = self._saved()
        if saved.number != self._number:
            self._start(saved, dimensions)
        gone = self._store.gone_after(self._seq)
        self._flat.remove([(first, last) for _, first, last in gone])
        for seq, first, last in gone:
            self._seq = seq
            if self._clusters is not None and first <= saved.last:
                if self._alive is None:
                    self._alive = np.ones(saved.last + 1, dtype=bool)
                self._alive[first : last + 1] = False
        while True:
            ids, vectors = self._store.vectors_after(self._last, BATCH)
            if not len(ids):
                break
            self._flat.add(ids, vectors)
            self._last = int(ids[-1])
        self._generation = generation

    def _start(self, saved: _Saved, dimensions: int) -> None:
        self._flat, self._alive, self._clusters = Flat(dimensions), None, None
        self._seq, self._last, self._number = 0, 0, saved.number
        if saved.last and self._usable(saved):
            from rag.vectors.ivf import Clusters

            with suppress(RuntimeError):  # gone since it was looked for: everything is compared, this once
                self._clusters = Clusters(self._path(saved.number), saved.probes)
                self._last = saved.last

    def _usable(self, saved: _Saved) -> bool:
        if not saved.last:
            return True
        from rag.vectors.ivf import Clusters

        path = self._path(saved.number)
        try:
            if self._sound != saved.number and saved.crc != -1 and path.stat().st_size <= SUMMED:
                if _crc(path) != saved.crc:
                    return False
                self._sound = saved.number  # no need to read all of it again
            return len(Clusters(path, saved.probes)) == saved.n
        except (OSError, RuntimeError):
            return False

    def _saved(self) -> _Saved:
        text = self._store.meta("clusters")
        try:
            return _Saved() if text is None else _Saved(**json.loads(text))
        except (ValueError, TypeError) as error:
            raise damaged(self._store.path, error) from error

    def _path(self, number: int) -> Path:
        return self._store.path.with_name(f"vectors-{number}.faiss")

    def _last_gone(self) -> int:
        gone = self._store.gone_after(0)
        return gone[-1][0] if gone else 0

    def _batches(self, after: int) -> Iterator[tuple[Ids, Vectors]]:
        while True:
            ids, vectors = self._store.vectors_after(after, BATCH)
            if not len(ids):
                return
            yield ids, vectors
            after = int(ids[-1])

    def _sample(self, n: int) -> Vectors:
        """About ``n`` vectors from all over the store."""
        rows = self._store.connection.execute("SELECT first, last FROM spans ORDER BY first")
        living = np.concatenate([np.arange(first, last + 1) for first, last in rows] or [_NONE])
        drawn = np.sort(np.random.default_rng(0).choice(living, min(len(living), n), replace=False))
        parts = (self._store.vectors(drawn[at : at + BATCH].tolist())[1] for at in range(0, len(drawn), BATCH))
        found = [part for part in parts if len(part)]
        if not found:
            raise damaged(self._store.path, "its passages have no vectors")
        return np.concatenate(found)


def _looked_into(made: Made) -> dict[str, Any]:
    return {"clusters": made.clusters, "probes": made.probes, "recall": made.recall}


def _crc(path: Path) -> int:
    """The CRC-32 of a file; 0 of one that is not there."""
    total = 0
    with suppress(FileNotFoundError), path.open("rb") as stream:
        while block := stream.read(2**24):
            total = crc32(block, total)
    return total


_NONE: Ids = np.empty(0, dtype=np.int64)
