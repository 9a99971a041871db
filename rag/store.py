"""One SQLite file: documents, passages, vectors, meta. The truth on disk; everything else is rebuilt from it."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag import lexical, sums
from rag.database import connect, damaged
from rag.errors import IndexFormatError, StoreError, UnknownDocument
from rag.rows import HIGHEST, day, delete_document, document_of, insert_document, problems
from rag.texts import passage_text
from rag.types import Document, Passage, Source, Vectors
from rag.upgrade import FORMAT_VERSION, PAGE_BYTES, statements, upgrade

FILE_NAME = "footnote.sqlite"
Ids = NDArray[np.int64]
CACHE_KIB = 64 * 1024  # pages that a connection keeps in memory at most


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """One file ready to be stored: its documents, and for each its passages with their vectors (n, dimensions)."""

    source: str
    sha256: str
    documents: Sequence[Document]
    passages: Sequence[Sequence[Passage]]
    vectors: Sequence[Vectors]
    digests: Sequence[Sequence[bytes]]  # of each passage, what ``Store.known_vectors`` finds its vector by
    size: int = -1
    mtime_ns: int = -1


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file as it was when it was indexed; ``sha256`` is "" where a document of it has been removed since."""

    sha256: str
    size: int
    mtime_ns: int


class Store:
    """The SQLite file of one index folder. Safe to use from several threads and processes.

    A file of the format before is brought to this one when it is opened. Raises IndexFormatError for one that another
    version wrote, that cannot be brought there, or that is damaged.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME
        self._local = threading.local()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"cannot use the folder {folder} for an index ({error}); choose another one") from error
        if self.connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone() is None:
            self._create()
        if self.meta("format") == "1":
            self._upgrade()
        elif self.connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'sums'").fetchone() is None:
            with suppress(StoreError):  # nobody may write: there is nothing to be summed then
                self.connection.execute(sums.SCHEMA)
        found = self.meta("format")
        if found != FORMAT_VERSION:
            raise IndexFormatError(
                f"the index {self.path} has format {found}, this Footnote reads {FORMAT_VERSION}; "
                "index the documents again into a new folder"
            )

    def _create(self) -> None:
        self.connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
        self.connection.execute("PRAGMA journal_mode = WAL")  # of the file, not of the connection
        with self.transaction() as connection:
            for statement in statements():
                connection.execute(statement)
            connection.execute("INSERT OR IGNORE INTO meta VALUES ('format', ?)", (FORMAT_VERSION,))

    def _upgrade(self) -> None:
        try:
            with self.transaction() as connection:
                if self.meta("format") == "1":  # another process may have been faster
                    upgrade(connection)
                    _next_generation(connection)
        except (StoreError, sqlite3.Error) as error:
            raise IndexFormatError(
                f"the index {self.path} has the older format 1 and cannot be brought to {FORMAT_VERSION} ({error}); "
                "make its folder writable, or index the documents again into a new folder"
            ) from error

    @property
    def connection(self) -> sqlite3.Connection:
        """This thread's own connection."""
        if not hasattr(self._local, "connection"):
            connection = connect(self.path)
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
            connection.execute(f"PRAGMA journal_size_limit = {CACHE_KIB * 256}")
            self._local.connection = connection
        held: sqlite3.Connection = self._local.connection
        return held

    def close(self) -> None:
        """Close this thread's connection; the next use opens a new one."""
        if hasattr(self._local, "connection"):
            self._local.connection.close()
            del self._local.connection

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing, and one writer at a time."""
        connection = self.connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:  # a full disk may have ended it
                connection.execute("ROLLBACK")
            raise

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """All reads inside see one state of the index, whatever others write meanwhile."""
        self.connection.execute("BEGIN")
        try:
            yield
        finally:
            if self.connection.in_transaction:
                self.connection.execute("COMMIT")

    def meta(self, key: str) -> str | None:
        row = self.connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def set_meta(self, key: str, value: str) -> None:
        with self.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    @property
    def generation(self) -> int:
        """Grows by one with every change of the passages; what is derived from them carries it."""
        return int(self.meta("generation") or 0)

    def files(self, sources: Sequence[str] | None = None) -> dict[str, StoredFile]:
        """Those of ``sources`` (all if None) that are stored, each as it was when it was indexed."""
        columns = "SELECT source, sha256, size, mtime_ns FROM files"
        if sources is None:
            rows = self.connection.execute(columns)
        else:
            listed = json.dumps(list(sources))
            rows = self.connection.execute(f"{columns} WHERE source IN (SELECT value FROM json_each(?))", (listed,))
        return {row[0]: StoredFile(*row[1:]) for row in rows}

    def touch(self, stats: Iterable[tuple[str, int, int]]) -> None:
        """Note size and time of change, (source, size, mtime_ns), of files whose content is what is stored."""
        with self.transaction() as connection:
            connection.executemany(
                "UPDATE files SET size = ?, mtime_ns = ? WHERE source = ?",
                ((size, mtime_ns, source) for source, size, mtime_ns in stats),
            )

    def replace(self, files: Iterable[ParsedFile]) -> None:
        """Store files whole, each in the place of what was stored for it, in one transaction."""
        with self.transaction() as connection:
            for file in files:
                self._delete_file(connection, file.source)
                row = (file.source, file.sha256, _now(), file.size, file.mtime_ns)
                connection.execute("INSERT INTO files VALUES (?, ?, ?, ?, ?)", row)
                parts = zip(file.documents, file.passages, file.vectors, file.digests, strict=True)
                for document, passages, vectors, digests in parts:
                    insert_document(connection, document, passages, vectors, digests)
            lexical.fold_if_due(connection)
            _next_generation(connection)

    def remove_files(self, sources: Iterable[str]) -> None:
        """Remove files with all their documents. Raises UnknownDocument, and changes nothing, if one is not here."""
        with self.transaction() as connection:
            for source in sources:
                if not self._delete_file(connection, source):
                    raise UnknownDocument(f"{source} is not in the index; see what is with: footnote sources")
            lexical.fold_if_due(connection)
            _next_generation(connection)

    def remove_document(self, doc_id: str) -> None:
        """Remove one document. Its file counts as changed from now on, so that adding it again restores it."""
        with self.transaction() as connection:
            row = connection.execute("SELECT id, source FROM documents WHERE doc_id = ?", (doc_id,)).fetchone()
            if row is None:
                raise UnknownDocument(f"no document {doc_id!r} in the index; list what is there with: footnote sources")
            delete_document(connection, row[0])
            left = connection.execute("SELECT count(*) FROM documents WHERE source = ?", (row[1],)).fetchone()[0]
            if left:
                connection.execute("UPDATE files SET sha256 = '' WHERE source = ?", (row[1],))
            else:
                connection.execute("DELETE FROM files WHERE source = ?", (row[1],))
            _next_generation(connection)

    def sources(self) -> list[Source]:
        """Every file with its number of documents and passages, by name."""
        rows = self.connection.execute(
            "SELECT files.source, count(documents.id), coalesce(sum(last - first + 1), 0), files.added FROM files "
            "LEFT JOIN documents ON documents.source = files.source "
            "LEFT JOIN spans ON spans.document = documents.id GROUP BY files.source ORDER BY files.source"
        )
        return [Source(*row) for row in rows]

    def doc_ids(self) -> list[str]:
        """Every document's id, in the order in which they came."""
        return [row[0] for row in self.connection.execute("SELECT doc_id FROM documents ORDER BY id")]

    def document(self, doc_id: str) -> Document | None:
        """None where there is none. Raises IndexFormatError for one that is not as it was stored."""
        row = self.connection.execute(
            f"SELECT words, {sums.COLUMNS} FROM documents LEFT JOIN sums ON document = id WHERE doc_id = ?", (doc_id,)
        ).fetchone()
        if row is None:
            return None
        if row[0] is not None and row[0] != sums.of_words(row[1:]):
            raise damaged(self.path, f"the document {row[3]!r} is not as it was stored")
        return document_of(row[1:])

    def n_documents(self) -> int:
        return int(self.connection.execute("SELECT count(*) FROM documents").fetchone()[0])

    def n_passages(self) -> int:
        return int(self.connection.execute("SELECT n_passages FROM word_totals").fetchone()[0])

    def highest(self) -> int:
        """The highest passage id that was ever given out, 0 where there is none."""
        return int(self.connection.execute(HIGHEST).fetchone()[0])

    def passages(self, ids: Sequence[int]) -> dict[int, tuple[Passage, str, date | None]]:
        """The passages of those ids, each with its document's title and date; ids that are gone are left out."""
        marks = ",".join("?" * len(ids))
        rows = self.connection.execute(
            "SELECT passages.id, document, at, size, doc_id, start, end, heading, title, published FROM passages "
            f"JOIN documents ON documents.id = passages.document WHERE passages.id IN ({marks})",
            list(ids),
        ).fetchall()
        return {
            passage: (
                Passage(doc_id, start, end, passage_text(self.connection, document, at, size), heading),
                title,
                day(published),
            )
            for passage, document, at, size, doc_id, start, end, heading, title, published in rows
        }

    def vectors(self, ids: Sequence[int]) -> tuple[Ids, Vectors]:
        """Those of the passages ``ids`` that are here, (n,) ascending, and their vectors, (n, dimensions)."""
        rows = self.connection.execute(
            "SELECT passage, vector FROM vectors WHERE passage IN (SELECT value FROM json_each(?)) ORDER BY passage",
            (json.dumps(list(ids)),),
        )
        return _arrays(rows.fetchall())

    def vectors_after(self, passage: int, most: int) -> tuple[Ids, Vectors]:
        """The first ``most`` passages whose ids are higher than ``passage``, and their vectors, as ``vectors``."""
        rows = self.connection.execute(
            "SELECT passage, vector FROM vectors WHERE passage > ? ORDER BY passage LIMIT ?", (passage, most)
        )
        return _arrays(rows.fetchall())

    def n_vectors_after(self, passage: int) -> int:
        row = self.connection.execute("SELECT count(*) FROM vectors WHERE passage > ?", (passage,)).fetchone()
        return int(row[0])

    def known_vectors(self, digests: Iterable[bytes]) -> dict[bytes, NDArray[np.float32]]:
        """By digest, the vectors (dimensions,) of passages that were embedded from the same text."""
        found = {}
        for digest in digests:
            row = self.connection.execute("SELECT vector FROM vectors WHERE digest = ? LIMIT 1", (digest,)).fetchone()
            if row is not None:
                found[digest] = np.frombuffer(row[0], dtype=np.float32)
        return found

    def gone_after(self, seq: int) -> list[tuple[int, int, int]]:
        """What was removed since the removal ``seq``: (seq, first passage id, last passage id), in that order."""
        rows = self.connection.execute("SELECT seq, first, last FROM gone WHERE seq > ? ORDER BY seq", (seq,))
        return rows.fetchall()

    def n_gone(self) -> int:
        return int(self.connection.execute("SELECT count(*) FROM gone").fetchone()[0])

    def compact(self) -> None:
        """Fold the recent changes of the keyword index in."""
        with self.transaction() as connection:
            lexical.fold(connection)
            sums.complete(connection)
            _next_generation(connection)

    def check(self) -> list[str]:
        """What is wrong with the file, in words; [] where it is whole. Reads every page."""
        with self.snapshot():
            return problems(self.connection)

    def _delete_file(self, connection: sqlite3.Connection, source: str) -> bool:
        for (document,) in connection.execute("SELECT id FROM documents WHERE source = ?", (source,)).fetchall():
            delete_document(connection, document)
        return connection.execute("DELETE FROM files WHERE source = ?", (source,)).rowcount > 0


def _arrays(rows: Sequence[tuple[int, bytes]]) -> tuple[Ids, Vectors]:
    ids = np.array([row[0] for row in rows], dtype=np.int64)
    flat = np.frombuffer(b"".join([row[1] for row in rows]), dtype=np.float32)
    return ids, flat.reshape(len(ids), -1) if len(ids) else flat.reshape(0, 0)


def _next_generation(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT INTO meta VALUES ('generation', '1') ON CONFLICT (key) DO UPDATE SET value = value + 1")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
