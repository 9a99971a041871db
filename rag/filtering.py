"""Which passages a search may find: documents by id, and publication days, as one mask over passage ids."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from rag.store import Store

Mask = NDArray[np.bool_]
Spans = NDArray[np.int64]  # (n, 3): first and last passage of a document, and its day or UNDATED

UNDATED = -1
MASKS = 4  # that are kept: a byte a passage each


class Filter:
    """Filters over one store. The days of its documents stay in memory once a search was restricted by one, and so do
    the last masks: who sets a filter asks more than one question."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._generation = -1
        self._spans: Spans = np.empty((0, 3), dtype=np.int64)
        self._masks: dict[tuple[int, date | None, date | None], Mask] = {}  # by generation and days, the newest last

    def mask(self, documents: Sequence[str] | None, since: date | None, until: date | None) -> Mask | None:
        """``mask[id]``: whether a passage may be found; None where there is no restriction.

        A document without a date passes: it is not known to lie outside.
        """
        if documents is None and since is None and until is None:
            return None
        if documents is not None:
            return self._mask(self._of(documents), since, until)
        key = (self._store.generation, since, until)
        found = self._masks.get(key)
        if found is None:
            found = self._mask(self._all(), since, until)
            with self._lock:
                self._masks = dict([*self._masks.items(), (key, found)][-MASKS:])
        return found

    def _mask(self, spans: Spans, since: date | None, until: date | None) -> Mask:
        days = spans[:, 2]
        kept = np.ones(len(spans), dtype=bool)
        if since is not None:
            kept &= days >= since.toordinal()
        if until is not None:
            kept &= days <= until.toordinal()
        spans = spans[kept | (days == UNDATED)]
        # +1 where a document begins and -1 behind its end: the running sum is 1 inside.
        edges = np.zeros(self._store.highest() + 2, dtype=np.int8)
        edges[spans[:, 0]] += 1
        edges[spans[:, 1] + 1] -= 1
        mask = np.cumsum(edges[:-1], dtype=np.int8).view(np.bool_)
        mask.flags.writeable = False
        return mask

    def _of(self, documents: Sequence[str]) -> Spans:
        rows = self._store.connection.execute(
            "SELECT first, last, coalesce(spans.published, ?) FROM documents "
            "JOIN spans ON spans.document = documents.id WHERE doc_id IN (SELECT value FROM json_each(?))",
            (UNDATED, json.dumps(list(documents))),
        )
        return np.array(rows.fetchall(), dtype=np.int64).reshape(-1, 3)

    def _all(self) -> Spans:
        generation = self._store.generation
        with self._lock:
            if generation != self._generation:
                rows = self._store.connection.execute(
                    "SELECT first, last, coalesce(published, ?) FROM spans", (UNDATED,)
                )
                self._spans = np.array(rows.fetchall(), dtype=np.int64).reshape(-1, 3)
                self._generation = generation
            return self._spans
