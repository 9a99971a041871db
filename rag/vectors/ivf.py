"""Nearest neighbours in clusters (FAISS IVF over bytes a dimension), read from a mapped file, scored again exactly.

Which clusters are looked into decides what is found: how many is measured on the index's own vectors when it is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from rag.types import Vectors

Ids = NDArray[np.int64]
Mask = NDArray[np.bool_]

CLUSTERS = 4  # times the square root of the number of vectors, as FAISS's guidelines have it
TRAINED_ON = 40  # vectors a cluster
PROBES = (8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512)  # what is tried, in clusters
# Wanted of the measured queries. Real questions lie farther from all passages than queries made of these, so they find
# less: looking into 48 clusters, made ones found .997 of the 10 nearest and questions of SQuAD .974 (100,000 passages).
RECALL, RECALL_K = 0.999, 10
N_QUERIES = 256
RESCORED = 2  # times as many as are wanted are scored again from the stored vectors


@dataclass(frozen=True, slots=True)
class Made:
    """What was made: how many clusters are to be looked into, and the recall that was measured with them."""

    n: int
    clusters: int
    probes: int
    recall: float


class Clusters:
    """A saved index, mapped: what is not looked at is not read."""

    def __init__(self, path: Path, probes: int) -> None:
        """Raises RuntimeError where FAISS cannot read the file."""
        self._index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP | faiss.IO_FLAG_READ_ONLY)
        faiss.downcast_InvertedLists(self._index.invlists).prefetch_nthread = 0  # 32 threads a query cost more
        self._index.parallel_mode = 1  # the clusters of a query are shared out between threads, not only queries
        self._probes = probes

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def search(self, query: Vectors, k: int, allowed: Mask | None = None) -> Ids:
        """About the ``k`` nearest ids to ``query``, (1, dimensions), best first, among those ``allowed``."""
        probes, selector, bits = self._probes, None, None
        if allowed is not None:
            share = max(int(np.count_nonzero(allowed)), 1) / max(len(self), 1)
            probes = int(min(self._index.nlist, probes / min(share, 1.0)))  # as many vectors are compared as without
            bits = np.packbits(allowed, bitorder="little")
            selector = faiss.IDSelectorBitmap(len(bits), faiss.swig_ptr(bits))
        parameters = faiss.SearchParametersIVF(sel=selector, nprobe=probes)
        _, ids = self._index.search(query, min(k, len(self)), params=parameters)
        found: Ids = ids[0][ids[0] >= 0]
        return found


def make(path: Path, sample: Vectors, batches: Iterable[tuple[Ids, Vectors]], n: int) -> Made:
    """Write an index of all ``batches``, ``n`` vectors about as ``sample``. Raises OSError."""
    clusters = max(1, min(int(CLUSTERS * n**0.5), len(sample) // TRAINED_ON))
    index = faiss.index_factory(sample.shape[1], f"IVF{clusters},SQ8", faiss.METRIC_INNER_PRODUCT)
    index.cp.max_points_per_centroid = 256
    index.train(np.ascontiguousarray(sample))
    measured = _Measured(_queries(sample))
    for ids, vectors in batches:
        index.add_with_ids(np.ascontiguousarray(vectors), ids)
        measured.see(ids, vectors)
    probes, recall = measured.probes(index)
    _write(index, path)
    return Made(int(index.ntotal), clusters, probes, recall)


def extend(old: Path, new: Path, gone: Ids, batches: Iterable[tuple[Ids, Vectors]]) -> int:
    """Write ``new``: ``old`` without ``gone`` and with ``batches``; how many vectors that is. Raises OSError."""
    index = faiss.read_index(str(old))
    if len(gone):
        index.remove_ids(gone)
    for ids, vectors in batches:
        index.add_with_ids(np.ascontiguousarray(vectors), ids)
    _write(index, new)
    return int(index.ntotal)


def _write(index: Any, path: Path) -> None:
    try:
        faiss.write_index(index, str(path))
    except RuntimeError as error:  # it says nothing else where the disk is full
        path.unlink(missing_ok=True)
        raise OSError(f"cannot write {path}: make room on its disk, and its folder writable") from error


def _queries(sample: Vectors) -> Vectors:
    """Between two of the vectors, and turned away from both by noise: no copy of a passage, as a question is none."""
    random = np.random.default_rng(0)
    n = min(N_QUERIES, len(sample))
    first, second = (sample[random.permutation(len(sample))[:n]] for _ in range(2))
    noise = random.standard_normal(first.shape).astype(np.float32)
    noise /= np.linalg.norm(noise, axis=1, keepdims=True)
    mixed = first + second + noise
    turned: Vectors = mixed / np.linalg.norm(mixed, axis=1, keepdims=True)
    return turned


class _Measured:
    """The exact nearest neighbours of some queries, kept while the vectors pass by."""

    def __init__(self, queries: Vectors) -> None:
        self._queries = queries
        self._cosines = np.full((len(queries), RECALL_K), -2, dtype=np.float32)
        self._ids = np.full((len(queries), RECALL_K), -1, dtype=np.int64)

    def see(self, ids: Ids, vectors: Vectors) -> None:
        cosines = np.concatenate([self._cosines, self._queries @ vectors.T], axis=1)
        every = np.concatenate([self._ids, np.broadcast_to(ids, (len(self._queries), len(ids)))], axis=1)
        best = np.argpartition(-cosines, RECALL_K - 1, axis=1)[:, :RECALL_K]
        self._cosines = np.take_along_axis(cosines, best, axis=1)
        self._ids = np.take_along_axis(every, best, axis=1)

    def probes(self, index: Any) -> tuple[int, float]:
        """The fewest clusters with which the recall is as wanted, and that recall."""
        for probes in self._tried(index.nlist):
            parameters = faiss.SearchParametersIVF(nprobe=probes)
            _, found = index.search(self._queries, RESCORED * RECALL_K, params=parameters)
            recall = float((self._ids[:, :, None] == found[:, None, :]).any(axis=2).mean())
            if recall >= RECALL:
                break
        return probes, recall

    def _tried(self, clusters: int) -> Iterator[int]:
        yield from (probes for probes in PROBES if probes < clusters)
        yield clusters
