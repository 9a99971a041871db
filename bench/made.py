"""An index of any number of made passages, written straight into the store: embedding a million would take a day."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.corpus import PASSAGES_PER_DOCUMENT, MadeVectors, made_texts
from rag import Index, lexical, names
from rag.engines.embedded import Embedded
from rag.store import Store
from rag.texts import texts_between

DOCUMENTS_PER_WRITE = 5000
FIRST_DAY, DAYS = date(2000, 1, 1), 9000  # made documents are published on one of these days


def real_vectors(folder: Path) -> NDArray[np.float32]:
    """The vectors of an index, (n, dimensions)."""
    with closing(Store(folder)) as store:
        return store.vectors_after(0, 10**9)[1]


def make_index(folder: Path, corpus: Path, real: Path, n_passages: int) -> None:
    """Make the index in ``folder``: texts of real sentences, vectors about those of the index ``real``."""
    with Index.open(folder) as index, closing(Store(real)) as other:
        assert isinstance(index.engine, Embedded)
        store = index.engine.store
        for key in ("embedder", "embedder_name"):
            if (value := other.meta(key)) is not None:
                index.engine.claim(key, value)
        vectors = MadeVectors(real_vectors(real))
        texts = islice(made_texts(corpus), -(-n_passages // PASSAGES_PER_DOCUMENT))
        n = 0
        while batch := list(islice(texts, DOCUMENTS_PER_WRITE)):
            _write(store, batch, vectors, n)
            n += len(batch)
        with store.transaction() as connection:
            lexical.rebuild(connection, texts_between(connection))
            names.rebuild(connection)
            connection.execute("INSERT OR REPLACE INTO meta VALUES ('generation', '1')")
        index.compact()
        store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _write(store: Store, batch: list[tuple[str, list[str]]], vectors: MadeVectors, before: int) -> None:
    rows: list[tuple[int, str, list[str], list[int]]] = []
    for at, (title, passages) in enumerate(batch, before + 1):
        starts = np.cumsum([0, *(len(text.encode()) + 2 for text in passages[:-1])]).tolist()
        rows.append((at, title, passages, starts))
    with store.transaction() as connection:
        connection.executemany(
            "INSERT INTO files (source, sha256, added) VALUES (?, ?, '')",
            ((_source(at), hashlib.sha256(str(at).encode()).hexdigest()) for at, *_ in rows),
        )
        connection.executemany(
            "INSERT INTO documents VALUES (?, ?, ?, ?, ?, '[]', '[]', '[]', ?)",
            (
                (at, f"made{at:08d}", _source(at), title, _day(at).isoformat(), "\n\n".join(passages))
                for at, title, passages, _ in rows
            ),
        )
        connection.executemany(
            "INSERT INTO passages (document, at, size, start, end, heading) VALUES (?, ?, ?, ?, ?, '')", _passages(rows)
        )
        spans = ((at, (at - 1) * PASSAGES_PER_DOCUMENT + 1, at * PASSAGES_PER_DOCUMENT) for at, *_ in rows)
        connection.executemany(
            "INSERT INTO spans VALUES (?, ?, ?, ?)", ((*span, _day(span[0]).toordinal()) for span in spans)
        )
        drawn = vectors.draw(len(rows) * PASSAGES_PER_DOCUMENT)
        first = before * PASSAGES_PER_DOCUMENT + 1
        connection.executemany(
            "INSERT INTO vectors VALUES (?, ?, ?)",
            ((i, hashlib.sha256(b"%d" % i).digest()[:16], vector.tobytes()) for i, vector in enumerate(drawn, first)),
        )


def _passages(rows: list[tuple[int, str, list[str], list[int]]]) -> Iterator[tuple[int, int, int, int, int]]:
    for at, _, passages, starts in rows:
        character = 0
        for text, start in zip(passages, starts, strict=True):
            yield at, start, len(text.encode()), character, character + len(text)
            character += len(text) + 2


def _source(at: int) -> str:
    return f"/made/{at:08d}.txt"


def _day(at: int) -> date:
    return FIRST_DAY + timedelta(days=at * 7919 % DAYS)
