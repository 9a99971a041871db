"""An index of the format before opens as one of this format, and finds what it found."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from bench.torture.library import make_older
from rag import Index
from rag.errors import IndexFormatError
from rag.types import Embedder
from tests.test_index import found


@pytest.fixture
def old(library: Index, documents: Path) -> Path:
    """The folder of an index of format 1."""
    (documents / "cafe.txt").write_text(
        "Café reopens\n\nThe “old” café in Malmö — closed for nine weeks — is open. Åsa Öberg was the first guest.\n",
        encoding="utf-8",
    )
    library.add(documents)
    library.close()
    make_older(library.folder)
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
