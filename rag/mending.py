"""A damaged index made whole: what is as it was stored is taken over, the rest is read from its files again."""

from __future__ import annotations

import itertools
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rag import sums
from rag.database import connect
from rag.errors import DamagedIndex, FootnoteError, StoreError, UnreadableFile
from rag.index import Index
from rag.remote import is_url
from rag.rows import document_of
from rag.store import FILE_NAME, ParsedFile, Store
from rag.texts import passage_text
from rag.types import Document, Embedder, Passage

DAMAGED = f"{FILE_NAME}.damaged"  # what is kept of the file that was mended; of later ones .damaged-2, -3, …
SCRATCH = "mending-"
TOGETHER = 1000  # passages that are written in one go
_KEPT_META = ("embedder", "embedder_name")
_UNREADABLE = (FootnoteError, sqlite3.Error, ValueError, TypeError, IndexError)


@dataclass(frozen=True, slots=True)
class Mended:
    """What became of each file of the index, by its path."""

    kept: tuple[str, ...]
    read_again: tuple[str, ...]
    lost: tuple[str, ...]  # damaged, and not to be had where they were read


def mend(folder: Path, embedder: Embedder | None = None) -> Mended:
    """Put a new database in the place of the damaged one in ``folder``; the old one stays beside it as a copy.

    Nobody else may use the index meanwhile. Raises StoreError where nothing can be written.
    """
    old = folder / FILE_NAME
    if not old.is_file():
        raise StoreError(f"no index in {folder}; make one with: footnote index PATHS --index {folder}")
    for left in folder.glob(f"{SCRATCH}*"):  # by one that was killed
        shutil.rmtree(left, ignore_errors=True)
    try:
        with tempfile.TemporaryDirectory(prefix=SCRATCH, dir=folder) as scratch:
            kept, damaged, all_known = _taken_over(old, Path(scratch))
            if not all_known:  # else an upload that the index does not name has been removed from it
                damaged += [str(file) for file in _uploads(folder) if str(file) not in (*kept, *damaged)]
            lost = _read_again(Path(scratch), damaged, embedder)
            _put_in_place(old, Path(scratch) / FILE_NAME)
    except OSError as error:
        raise StoreError(f"cannot mend {folder} ({error}): make room, and its folder writable") from error
    return Mended(tuple(kept), tuple(path for path in damaged if path not in lost), tuple(lost))


def _taken_over(old: Path, scratch: Path) -> tuple[list[str], list[str], bool]:
    """The files that a new store in ``scratch`` has from ``old``, those that could not be had, and whether that is
    all that ``old`` names."""
    kept: list[str] = []
    damaged: list[str] = []
    new = Store(scratch)
    try:
        connection = connect(old)
    except DamagedIndex:  # not even its first page can be read
        return kept, damaged, False
    try:
        _take_meta(connection, new)
        waiting: list[ParsedFile] = []
        sources, all_known = _sources(connection)
        for source in sources:
            try:
                waiting.append(_file(connection, source))
                kept.append(source)
            except _UNREADABLE:
                damaged.append(source)
            if sum(len(group) for file in waiting for group in file.passages) >= TOGETHER:
                new.replace(waiting)
                waiting = []
        new.replace(waiting)
    finally:
        connection.close()
        new.close()
    return kept, damaged, all_known


def _take_meta(connection: sqlite3.Connection, new: Store) -> None:
    for key in _KEPT_META:
        with suppress(*_UNREADABLE):
            row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
            if row is not None:
                new.set_meta(key, str(row[0]))


def _sources(connection: sqlite3.Connection) -> tuple[list[str], bool]:
    """All that is named as a file, as far as that can be read, and whether it could be."""
    found: dict[str, None] = {}
    statements, n_read = ("SELECT source FROM files", "SELECT DISTINCT source FROM documents"), 0
    for statement in statements:
        with suppress(*_UNREADABLE):
            for (source,) in connection.execute(statement):
                found[str(source)] = None
            n_read += 1
    return list(found), n_read == len(statements)


def _file(connection: sqlite3.Connection, source: str) -> ParsedFile:
    """A file as it is stored. Raises one of ``_UNREADABLE`` for one that is not as it was."""
    sha256, size, mtime_ns = connection.execute(
        "SELECT sha256, size, mtime_ns FROM files WHERE source = ?", (source,)
    ).fetchone()
    documents, passages, vectors, digests = [], [], [], []
    for document, places, some_vectors, some_digests in _documents(connection, source):
        documents.append(document)
        passages.append(places)
        vectors.append(some_vectors)
        digests.append(some_digests)
    if not documents:
        raise ValueError(f"{source} has no documents")
    return ParsedFile(source, sha256, documents, passages, vectors, digests, size, mtime_ns)


def _documents(
    connection: sqlite3.Connection, source: str
) -> Iterator[tuple[Document, list[Passage], Any, list[bytes]]]:
    rows = connection.execute(
        f"SELECT documents.id, words, passages, {sums.COLUMNS} FROM documents JOIN sums ON document = documents.id "
        "WHERE source = ? ORDER BY documents.id",
        (source,),
    ).fetchall()
    if len(rows) != connection.execute("SELECT count(*) FROM documents WHERE source = ?", (source,)).fetchone()[0]:
        raise ValueError(f"{source} has documents without a sum")
    for row, words, places, *stored in rows:
        if (words, places) != (sums.of_words(stored), sums.of_passages(connection, row)):
            raise ValueError(f"a document of {source} is not as it was stored")
        found = connection.execute(
            "SELECT at, size, start, end, heading, digest, vector FROM passages JOIN vectors ON passage = passages.id "
            "WHERE document = ? ORDER BY passages.id",
            (row,),
        ).fetchall()
        document = document_of(stored)
        passages = [
            Passage(document.doc_id, start, end, passage_text(connection, row, at, size), heading)
            for at, size, start, end, heading, _, _ in found
        ]
        vectors = [np.frombuffer(vector, dtype=np.float32) for *_, vector in found]
        yield document, passages, vectors, [digest for *_, digest, _ in found]


def _uploads(folder: Path) -> list[Path]:
    """What was uploaded lies in the index's folder: it can be read again even where the index names nothing."""
    return [file.resolve() for file in sorted((folder / "uploads").rglob("*")) if file.is_file()]


def _read_again(scratch: Path, damaged: list[str], embedder: Embedder | None) -> list[str]:
    """Index the files ``damaged`` anew; those that cannot be."""
    urls = [path for path in damaged if is_url(path)]
    here = [path for path in damaged if path not in urls and Path(path).is_file()]
    lost = [path for path in damaged if path not in urls and path not in here]
    if here or urls:
        with Index.open(scratch, embedder=embedder) as index:
            lost += [file.source for file in index.add(*here).failed] if here else []
            for url in urls:
                try:
                    report = index.add(url)
                except UnreadableFile:  # not there, or nobody answers: the others may be read
                    lost.append(url)
                else:
                    lost += [file.source for file in report.failed]
    return lost


def _put_in_place(old: Path, new: Path) -> None:
    connection = connect(new)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    names = itertools.chain([DAMAGED], (f"{DAMAGED}-{n}" for n in itertools.count(2)))
    shutil.copyfile(old, next(copy for name in names if not (copy := old.with_name(name)).exists()))
    for left in ("-wal", "-shm"):  # of the old file: they would be taken for the new one's
        old.with_name(old.name + left).unlink(missing_ok=True)
    new.replace(old)
    for clusters in old.parent.glob("vectors-*.faiss"):
        clusters.unlink(missing_ok=True)
