"""The HNSW index of PostgreSQL with and without filters, on pgvector with iterative scans (0.8) and without (0.6)."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from rag.engines import Within
from rag.engines.opening import open_engine
from rag.store import ParsedFile
from rag.types import Document, Passage
from tests.servers import places

N, DIMENSIONS, K = 1500, 24, 10
FIRST = date(2000, 1, 1)


@pytest.mark.parametrize("name", ["postgres", "postgres-0.6"])
def test_filters_lose_no_rows_and_the_nearest_are_found(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.engines.postgres.EXACT", 10)  # so that the index is made, and looked into
    monkeypatch.setattr("rag.engines.postgres.ranking.EXACT", 10)
    random = np.random.default_rng(0)
    vectors = random.standard_normal((N, DIMENSIONS)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    engine = open_engine(places(name, tmp_path).new(), create=True)
    documents = [
        Document(f"d{n}", f"Text {n}.", f"Title {n}", "/made.txt", FIRST + timedelta(days=n)) for n in range(N)
    ]
    passages = [[Passage(document.doc_id, 0, len(document.text), document.text)] for document in documents]
    rows, digests = [vector[None] for vector in vectors], [[b"%016d" % n] for n in range(N)]
    engine.replace([ParsedFile("/made.txt", "x", documents, passages, rows, digests)])
    engine.settle()

    filters = {
        "all": (Within(), np.ones(N, dtype=bool)),
        "half": (Within(since=FIRST + timedelta(days=N // 2)), np.arange(N) >= N // 2),
        "one in 30": (Within(until=FIRST + timedelta(days=N // 30)), np.arange(N) <= N // 30),
        "some": (Within([f"d{n}" for n in range(0, N, 40)]), np.arange(N) % 40 == 0),
        "five": (Within([f"d{n}" for n in range(5)]), np.arange(N) < 5),
    }
    queries = random.standard_normal((20, 1, DIMENSIONS)).astype(np.float32)
    for what, (within, allowed) in filters.items():
        exact_found = 0
        for query in queries:
            with engine.looking(within, dense=True) as looking:
                ranking = looking.nearest(query, K)
                found = looking.passages([i for i, _ in ranking])
            expected = np.argsort(-np.where(allowed, vectors @ query[0], -np.inf))[: min(K, int(allowed.sum()))]
            assert len(ranking) == len(expected), what
            assert {passage.doc_id for passage, *_ in found.values()} <= {f"d{n}" for n in np.flatnonzero(allowed)}
            exact_found += len({f"d{n}" for n in expected} & {passage.doc_id for passage, *_ in found.values()})
        assert exact_found / (len(queries) * len(expected)) >= 0.98, what
