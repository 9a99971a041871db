"""An index of the format before opens as one of this format, and finds what it found."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from rag import Index
from rag.errors import IndexFormatError
from rag.types import Embedder
from tests.test_index import found

# The tables of format 1, filled from those of this format.
OLD = """
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
DROP TABLE word_totals;
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


@pytest.fixture
def old(library: Index, documents: Path) -> Path:
    """The folder of an index of format 1."""
    (documents / "cafe.txt").write_text(
        "Café reopens\n\nThe “old” café in Malmö — closed for nine weeks — is open. Åsa Öberg was the first guest.\n",
        encoding="utf-8",
    )
    library.add(documents)
    library.close()
    with sqlite3.connect(library.folder / "footnote.sqlite") as connection:
        connection.executescript(OLD)
    connection.close()
    return library.folder


def test_it_finds_the_same_and_can_be_changed(old: Path, library: Index, embedder: Embedder, documents: Path) -> None:
    fresh = Index.open(old.parent / "fresh", embedder=embedder)
    fresh.add(documents)
    with Index.open(old, embedder=embedder) as index:
        assert index.check() == []
        assert found(index) == found(fresh)
        assert "Åsa Öberg" in index.search("cafe Malmo", 1)[0].passage.text
        assert index.add(documents).count("unchanged") == 4
        index.remove(str(documents / "harbour.txt"))
        fresh.remove(str(documents / "harbour.txt"))
        assert found(index) == found(fresh)
        assert index.check() == []


def test_ids_that_were_given_out_are_not_given_again(old: Path, embedder: Embedder, documents: Path) -> None:
    with sqlite3.connect(old / "footnote.sqlite") as connection:
        connection.execute("UPDATE sqlite_sequence SET seq = 900 WHERE name IN ('passages', 'old_passages')")
    connection.close()
    with Index.open(old, embedder=embedder) as index:
        (documents / "bridge.txt").write_text("Bridge\n\nThe bridge at Solvik was sold.\n", encoding="utf-8")
        index.add(documents)
    with sqlite3.connect(old / "footnote.sqlite") as connection:
        assert connection.execute("SELECT max(id) FROM passages").fetchone() == (901,)
    connection.close()


def test_an_upgrade_that_fails_leaves_the_index_as_it_was(
    old: Path, embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patched:
        patched.setattr("rag.upgrade.names.rebuild", full)
        with pytest.raises(IndexFormatError, match=r"older format 1.*disk is full.*index the documents again"):
            Index.open(old)
    with Index.open(old, embedder=embedder) as index:
        assert index.check() == []
