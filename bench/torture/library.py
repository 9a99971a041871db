"""What is tortured: small files made by a seed, vectors made of their words, an index that folds early and often."""

from __future__ import annotations

import hashlib
import random
import sqlite3
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import rag.ingest
import rag.lexical.postings
import rag.vectors.sync
from rag.types import Vectors

TOWNS = ("Lindby", "Ekeness", "Solvik", "Marstad", "Rakvere", "Deir ez-Zor")
WORDS = """harbour market storm bridge ferry mayor council trader cable grain store valley tree island river prison
    guard border truck convoy Qurashi Qurayshi New York café""".split()
DIMENSIONS = 32
FLAT, RECENT, PASSAGES_PER_WRITE = 60, 40, 12  # so that 100 passages see clusters, folding and several commits a run


class Bags:
    """A vector for the words of a text: the same in every process, whatever it is embedded together with."""

    fingerprint, dimensions = "bags@1", DIMENSIONS

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return self.embed_passages(texts)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        rows = [sum((_vector(word) for word in text.lower().split()), np.full(DIMENSIONS, 1e-3)) for text in texts]
        found: Vectors = np.array([row / np.linalg.norm(row) for row in rows], dtype=np.float32)
        return found


@lru_cache(maxsize=10_000)
def _vector(word: str) -> NDArray[np.float64]:
    seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:4])
    return np.random.default_rng(seed).standard_normal(DIMENSIONS)


def shrink() -> None:
    """Let this process fold and make clusters at sizes that a test can wait for."""
    rag.vectors.sync.FLAT = FLAT
    rag.lexical.postings.RECENT = RECENT
    rag.ingest.PASSAGES_PER_WRITE = PASSAGES_PER_WRITE


def article(drawn: random.Random) -> str:
    """A dated article of a few passages: a fact, then words."""
    town, n = drawn.choice(TOWNS), drawn.randint(2, 90)
    day = f"{drawn.randint(1, 28)} May {drawn.randint(2015, 2024)}"
    words = [" ".join(drawn.choices(WORDS, k=24)).capitalize() + "." for _ in range(drawn.randint(2, 36))]
    fact = f"A fire in the harbour of {town} killed {n} people on Monday night."
    title = f"{drawn.choice(WORDS).capitalize()} {drawn.randint(1, 10**6)}"
    return f"{title}\n\nPublished: {day}\n\n{fact} {' '.join(words)}\n"


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


# The tables of format 1, filled from those of this format.
_FORMAT_1 = """
PRAGMA foreign_keys = OFF;
CREATE TABLE old_files (source TEXT PRIMARY KEY, sha256 TEXT NOT NULL, added TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO old_files SELECT source, sha256, added FROM files;
CREATE TABLE old_passages (
    id INTEGER PRIMARY KEY AUTOINCREMENT, document INTEGER NOT NULL REFERENCES documents ON DELETE CASCADE,
    start INTEGER NOT NULL, end INTEGER NOT NULL, heading TEXT NOT NULL, text TEXT NOT NULL, vector BLOB NOT NULL
);
INSERT INTO old_passages SELECT passages.id, document, start, end, heading,
    substr(documents.text, start + 1, end - start), vector
    FROM passages JOIN documents ON documents.id = document JOIN vectors ON passage = passages.id;
DROP TABLE passages; DROP TABLE vectors; DROP TABLE spans; DROP TABLE gone; DROP TABLE files;
DROP TABLE words; DROP TABLE word_blocks; DROP TABLE word_recent; DROP TABLE word_gone; DROP TABLE word_lengths;
DROP TABLE word_totals; DROP TABLE IF EXISTS sums;
DELETE FROM meta WHERE key = 'clusters';
ALTER TABLE old_passages RENAME TO passages;
ALTER TABLE old_files RENAME TO files;
CREATE INDEX passages_document ON passages (document);
CREATE VIEW passage_words AS
    SELECT passages.id AS id, documents.title AS title, passages.heading AS heading, passages.text AS text
    FROM passages JOIN documents ON documents.id = passages.document;
CREATE VIRTUAL TABLE words USING fts5(
    title, heading, text, content='passage_words', content_rowid='id',
    tokenize='porter unicode61 remove_diacritics 2'
);
INSERT INTO words(rowid, title, heading, text) SELECT id, title, heading, text FROM passage_words;
UPDATE meta SET value = '1' WHERE key = 'format';
"""


def make_older(folder: Path) -> None:
    """Turn the index in ``folder`` into one of format 1, as the version before wrote it."""
    connection = sqlite3.connect(folder / "footnote.sqlite")
    connection.executescript(_FORMAT_1)
    connection.close()
    for clusters in folder.glob("vectors-*.faiss"):
        clusters.unlink()
