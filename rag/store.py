"""One SQLite file: documents, passages, vectors, meta. The truth on disk; everything else is rebuilt from it."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np

from rag import lexical, names
from rag.errors import IndexFormatError, StoreError, UnknownDocument
from rag.types import Document, Passage, Section, Source, Vectors

FORMAT_VERSION = "1"
FILE_NAME = "footnote.sqlite"
BUSY_SECONDS = 30.0  # how long one process waits for another's write

SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS files (
    source TEXT PRIMARY KEY, sha256 TEXT NOT NULL, added TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS documents (
    id INTEGER PRIMARY KEY AUTOINCREMENT, doc_id TEXT NOT NULL UNIQUE,
    source TEXT NOT NULL REFERENCES files ON DELETE CASCADE,
    title TEXT NOT NULL, published TEXT, authors TEXT NOT NULL, page_starts TEXT NOT NULL,
    sections TEXT NOT NULL, text TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS documents_source ON documents (source);
-- AUTOINCREMENT: an id is never used again, so a stale vector index can miss a passage but never name a wrong one.
CREATE TABLE IF NOT EXISTS passages (
    id INTEGER PRIMARY KEY AUTOINCREMENT, document INTEGER NOT NULL REFERENCES documents ON DELETE CASCADE,
    start INTEGER NOT NULL, end INTEGER NOT NULL, heading TEXT NOT NULL, text TEXT NOT NULL, vector BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS passages_document ON passages (document);
"""


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """One file ready to be stored: its documents, and for each its passages with their vectors (n, dimensions)."""

    source: str
    sha256: str
    documents: Sequence[Document]
    passages: Sequence[Sequence[Passage]]
    vectors: Sequence[Vectors]


class Store:
    """The SQLite file of one index folder. Safe to use from several threads and processes.

    Raises IndexFormatError for a file that another version wrote or that is damaged.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME
        self._local = threading.local()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if self.connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone() is None:
                self._create()
            found = self.meta("format")
        except sqlite3.DatabaseError as error:
            raise IndexFormatError(
                f"cannot open the index {self.path} ({error}); if it is damaged, move the folder away and index again"
            ) from error
        except OSError as error:
            raise StoreError(f"cannot use the folder {folder} for an index ({error}); choose another one") from error
        if found != FORMAT_VERSION:
            raise IndexFormatError(
                f"the index {self.path} has format {found}, this Footnote reads {FORMAT_VERSION}; "
                "index the documents again into a new folder"
            )
        if not names.counted(self.connection):
            # Without them, as in a folder that cannot be written to, a search finds names only as they are spelt.
            with suppress(sqlite3.OperationalError), self.transaction() as connection:
                names.rebuild(connection)

    def _create(self) -> None:
        self.connection.execute("PRAGMA journal_mode = WAL")  # of the file, not of the connection
        with self.transaction() as connection:
            for statement in (SCHEMA + lexical.SCHEMA + names.SCHEMA).split(";\n"):
                connection.execute(statement)
            connection.execute("INSERT OR IGNORE INTO meta VALUES ('format', ?)", (FORMAT_VERSION,))

    @property
    def connection(self) -> sqlite3.Connection:
        """This thread's own connection."""
        if not hasattr(self._local, "connection"):
            connection = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None)
            connection.execute("PRAGMA foreign_keys = ON")
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
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """All reads inside see one state of the index, whatever others write meanwhile."""
        self.connection.execute("BEGIN")
        try:
            yield
        finally:
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

    def file_hashes(self) -> dict[str, str]:
        """source -> sha256 of the file as it was indexed; "" where a document of it has been removed since."""
        return dict(self.connection.execute("SELECT source, sha256 FROM files"))

    def replace(self, files: Iterable[ParsedFile]) -> None:
        """Store files whole, each in the place of what was stored for it, in one transaction."""
        with self.transaction() as connection:
            for file in files:
                self._delete_file(connection, file.source)
                connection.execute("INSERT INTO files VALUES (?, ?, ?)", (file.source, file.sha256, _now()))
                for document, passages, vectors in zip(file.documents, file.passages, file.vectors, strict=True):
                    _insert(connection, document, passages, vectors)
            _next_generation(connection)

    def remove_files(self, sources: Iterable[str]) -> None:
        """Remove files with all their documents. Raises UnknownDocument, and changes nothing, if one is not here."""
        with self.transaction() as connection:
            for source in sources:
                if not self._delete_file(connection, source):
                    raise UnknownDocument(f"{source} is not in the index; see what is with: footnote sources")
            _next_generation(connection)

    def remove_document(self, doc_id: str) -> None:
        """Remove one document. Its file counts as changed from now on, so that adding it again restores it."""
        with self.transaction() as connection:
            row = connection.execute("SELECT id, source FROM documents WHERE doc_id = ?", (doc_id,)).fetchone()
            if row is None:
                raise UnknownDocument(f"no document {doc_id!r} in the index; list what is there with: footnote sources")
            lexical.remove(connection, row[0])
            names.remove(connection, row[0])
            connection.execute("DELETE FROM documents WHERE id = ?", (row[0],))
            left = connection.execute("SELECT count(*) FROM documents WHERE source = ?", (row[1],)).fetchone()[0]
            if left:
                connection.execute("UPDATE files SET sha256 = '' WHERE source = ?", (row[1],))
            else:
                connection.execute("DELETE FROM files WHERE source = ?", (row[1],))
            _next_generation(connection)

    def sources(self) -> list[Source]:
        """Every file with its number of documents and passages, by name."""
        rows = self.connection.execute(
            "SELECT files.source, count(DISTINCT documents.id), count(passages.id), files.added FROM files "
            "LEFT JOIN documents ON documents.source = files.source "
            "LEFT JOIN passages ON passages.document = documents.id GROUP BY files.source ORDER BY files.source"
        )
        return [Source(*row) for row in rows]

    def doc_ids(self) -> list[str]:
        """Every document's id, in the order in which they came."""
        return [row[0] for row in self.connection.execute("SELECT doc_id FROM documents ORDER BY id")]

    def document(self, doc_id: str) -> Document | None:
        row = self.connection.execute(
            "SELECT doc_id, text, title, source, published, authors, page_starts, sections FROM documents "
            "WHERE doc_id = ?",
            (doc_id,),
        ).fetchone()
        if row is None:
            return None
        doc_id, text, title, source, published, authors, page_starts, sections = row
        return Document(
            doc_id=doc_id,
            text=text,
            title=title,
            source=source,
            published=_day(published),
            authors=tuple(json.loads(authors)),
            page_starts=tuple(json.loads(page_starts)),
            sections=tuple(Section(*section) for section in json.loads(sections)),
        )

    def n_passages(self) -> int:
        return int(self.connection.execute("SELECT count(*) FROM passages").fetchone()[0])

    def passages(self, ids: Sequence[int]) -> dict[int, tuple[Passage, str, date | None]]:
        """The passages of those ids, each with its document's title and date; ids that are gone are left out."""
        marks = ",".join("?" * len(ids))
        rows = self.connection.execute(
            "SELECT passages.id, doc_id, start, end, passages.text, heading, title, published FROM passages "
            f"JOIN documents ON documents.id = passages.document WHERE passages.id IN ({marks})",
            list(ids),
        )
        return {row[0]: (Passage(*row[1:6]), row[6], _day(row[7])) for row in rows}

    def passage_ids(self) -> list[int]:
        """Every passage's id, ascending."""
        return [row[0] for row in self.connection.execute("SELECT id FROM passages ORDER BY id")]

    def vectors(self, ids: Sequence[int]) -> Vectors:
        """The vectors of those passages, (len(ids), dimensions), in the order of ``ids``, which must be ascending."""
        rows = self.connection.execute(
            "SELECT vector FROM passages WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id",
            (json.dumps(list(ids)),),
        )
        flat = np.frombuffer(b"".join(row[0] for row in rows), dtype=np.float32)
        return flat.reshape(len(ids), -1) if len(ids) else flat.reshape(0, 0)

    def allowed(self, documents: Sequence[str] | None, since: date | None, until: date | None) -> list[int] | None:
        """The ids of passages that a filter lets through; None where there is no filter.

        A document without a date passes: it is not known to lie outside.
        """
        if documents is None and since is None and until is None:
            return None
        clauses, values = ["1"], []
        if documents is not None:
            clauses.append("doc_id IN (SELECT value FROM json_each(?))")
            values.append(json.dumps(list(documents)))
        if since is not None:
            clauses.append("(published IS NULL OR published >= ?)")
            values.append(since.isoformat())
        if until is not None:
            clauses.append("(published IS NULL OR published <= ?)")
            values.append(until.isoformat())
        rows = self.connection.execute(
            "SELECT passages.id FROM passages JOIN documents ON documents.id = passages.document "
            f"WHERE {' AND '.join(clauses)}",
            values,
        )
        return [row[0] for row in rows]

    def check(self) -> list[str]:
        """What is wrong with the file, in words; [] where it is whole. Reads every page."""
        with closing(self.connection.cursor()) as cursor:
            said = [row[0] for row in cursor.execute("PRAGMA integrity_check")]
            problems = [] if said == ["ok"] else said
            orphans = cursor.execute("PRAGMA foreign_key_check")
            problems += [f"{row[0]} refers to a missing {row[2]}" for row in orphans]
            try:
                cursor.execute("INSERT INTO words(words, rank) VALUES ('integrity-check', 1)")
            except sqlite3.DatabaseError as error:
                problems.append(f"the keyword index does not match the passages ({error})")
        return problems

    def _delete_file(self, connection: sqlite3.Connection, source: str) -> bool:
        for (document,) in connection.execute("SELECT id FROM documents WHERE source = ?", (source,)).fetchall():
            lexical.remove(connection, document)
            names.remove(connection, document)
        return connection.execute("DELETE FROM files WHERE source = ?", (source,)).rowcount > 0


def _insert(connection: sqlite3.Connection, document: Document, passages: Sequence[Passage], vectors: Vectors) -> None:
    row = connection.execute(
        "INSERT INTO documents (doc_id, source, title, published, authors, page_starts, sections, text) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            document.doc_id,
            document.source,
            document.title,
            None if document.published is None else document.published.isoformat(),
            json.dumps(document.authors, ensure_ascii=False),
            json.dumps(document.page_starts),
            json.dumps([(s.heading, s.start, s.end) for s in document.sections], ensure_ascii=False),
            document.text,
        ),
    ).lastrowid
    assert row is not None, "an INSERT gives a row id"
    connection.executemany(
        "INSERT INTO passages (document, start, end, heading, text, vector) VALUES (?, ?, ?, ?, ?, ?)",
        (
            (
                row,
                passage.start,
                passage.end,
                passage.heading,
                passage.text,
                vector.astype(np.float32).tobytes(),
            )
            for passage, vector in zip(passages, vectors, strict=True)
        ),
    )
    lexical.add(connection, row)
    names.add(connection, row)


def _next_generation(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT INTO meta VALUES ('generation', '1') ON CONFLICT (key) DO UPDATE SET value = value + 1")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _day(iso: str | None) -> date | None:
    return None if iso is None else date.fromisoformat(iso)
