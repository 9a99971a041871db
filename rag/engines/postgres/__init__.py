"""An index in PostgreSQL with pgvector: one schema of a database, for any number of processes and machines.

Vectors are compared one by one up to 20,000, then through an HNSW index; keywords are ranked by BM25 over the same
words as on the embedded engine, counted in tsvectors. A file with all its documents is one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.engines import Within, local_folder
from rag.engines.postgres import writing
from rag.engines.postgres.ranking import EXACT, TOTALS, Looking
from rag.engines.postgres.server import Connection, Server
from rag.engines.postgres.tables import LOCK, fold, prepare
from rag.errors import UnknownDocument
from rag.store import ParsedFile, StoredFile
from rag.types import Document, Section, Source

HNSW = "vectors_near"
MOST_DIMENSIONS = 2000  # that pgvector's HNSW takes; longer vectors are compared one by one
BUILD_MEMORY = "512MB"


class Postgres:
    """An ``Engine`` in a schema of a database."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._names: set[str] = set()  # that are stored: they stay when the last document that holds them goes
        version = self._one("SELECT extversion FROM pg_extension WHERE extname = 'vector'")
        self._iterative = tuple(map(int, str(version).split(".")[:2])) >= (0, 8)

    @classmethod
    def open(cls, address: str, *, create: bool) -> Postgres:
        server = Server(address)
        prepare(server, create=create)
        return cls(server)

    @property
    def address(self) -> str:
        return self._server.address

    @property
    def folder(self) -> Path:
        return local_folder(self.address)

    def meta(self, key: str) -> str | None:
        found = self._one("SELECT max(value) FROM meta WHERE key = %s", key)
        return None if found is None else str(found)

    def claim(self, key: str, value: str) -> str:
        statement = "INSERT INTO meta VALUES (%s, %s) ON CONFLICT DO NOTHING"
        self._server.run(lambda connection: connection.execute(statement, (key, value)))
        return str(self.meta(key))

    def files(self, sources: Sequence[str] | None = None) -> dict[str, StoredFile]:
        where = "" if sources is None else "WHERE source = ANY(%s)"
        values = [] if sources is None else [list(sources)]
        rows = self._rows(f"SELECT source, sha256, size, mtime_ns FROM files {where}", *values)
        return {row[0]: StoredFile(*row[1:]) for row in rows}

    def touch(self, stats: Iterable[tuple[str, int, int]]) -> None:
        rows = [(size, mtime_ns, source) for source, size, mtime_ns in stats]
        self._server.run(
            lambda connection: connection.cursor().executemany(
                "UPDATE files SET size = %s, mtime_ns = %s WHERE source = %s", rows
            )
        )

    def known_vectors(self, digests: Iterable[bytes]) -> dict[bytes, NDArray[np.float32]]:
        rows = self._rows(
            "SELECT DISTINCT ON (digest) digest, vector FROM vectors WHERE digest = ANY(%s)", list(digests)
        )
        return {bytes(row[0]): np.asarray(row[1].to_numpy(), dtype=np.float32) for row in rows}

    def replace(self, files: Iterable[ParsedFile]) -> None:
        listed = list(files)
        wanted = [sum(1 + len(group) for group in file.passages) for file in listed]
        numbers = self._server.run(partial(writing.numbered, n=sum(wanted)))
        for file, n in zip(listed, wanted, strict=True):
            self._names |= self._server.run(partial(self._replace, file, list(islice(numbers, n))), pipelined=True)
        self._server.run(fold)

    def _replace(self, file: ParsedFile, numbers: Sequence[int], connection: Connection) -> set[str]:
        return writing.replace(connection, file, iter(numbers), self._names)

    def settle(self) -> None:
        """Make the HNSW index once there are enough passages for it."""
        if self.n_passages() > EXACT and not self._indexed():
            self._index()

    def remove_files(self, sources: Iterable[str]) -> None:
        def work(connection: Connection) -> None:
            for source in listed:
                if not writing.remove(connection, source):
                    raise UnknownDocument(f"{source} is not in the index; see what is with: footnote sources")

        listed = sorted(sources)  # the locks of files are taken in one order
        self._server.run(work)
        self._server.run(fold)

    def remove_document(self, doc_id: str) -> None:
        if not self._server.run(lambda connection: writing.remove_document(connection, doc_id)):
            raise UnknownDocument(f"no document {doc_id!r} in the index; list what is there with: footnote sources")
        self._server.run(fold)

    def sources(self) -> list[Source]:
        rows = self._rows(
            "SELECT files.source, count(documents.id), coalesce(sum(n_passages), 0)::bigint, files.added FROM files "
            'LEFT JOIN documents USING (source) GROUP BY files.source ORDER BY files.source COLLATE "C"'
        )
        return [Source(row[0], row[1], row[2], row[3].isoformat(timespec="seconds")) for row in rows]

    def doc_ids(self) -> list[str]:
        return [row[0] for row in self._rows("SELECT doc_id FROM documents ORDER BY id")]

    def document(self, doc_id: str) -> Document | None:
        rows = self._rows(
            "SELECT doc_id, text, title, source, published, authors, page_starts, sections FROM documents "
            "WHERE doc_id = %s",
            doc_id,
        )
        for found, text, title, source, published, authors, page_starts, sections in rows:
            parts = tuple(Section(*section) for section in sections)
            return Document(found, text, title, source, published, tuple(authors), tuple(page_starts), parts)
        return None

    def n_documents(self) -> int:
        return int(self._one("SELECT count(*) FROM documents"))

    def n_passages(self) -> int:
        return int(self._one(TOTALS))

    @contextmanager
    def looking(self, within: Within, *, dense: bool) -> Iterator[Looking]:
        with self._server.snapshot() as connection:
            indexed = dense and connection.execute(_INDEXED, (f"{self._server.schema}.{HNSW}",)).fetchone() is not None
            yield Looking(connection, within, indexed=indexed, iterative=self._iterative)

    def compact(self) -> None:
        """Fold the changes in, make the HNSW index if it is due, and let the database tidy up."""
        self._server.run(fold)
        self._server.run(lambda connection: connection.execute("DELETE FROM counts WHERE n <= 0"))
        self.settle()
        with self._server.alone() as connection:
            connection.execute("VACUUM (ANALYZE) documents, passages, vectors, words, counts, names")

    def check(self) -> list[str]:
        counts = self._rows(_CHECK)[0]
        problems = []
        if len(set(counts)) > 1:
            problems.append(
                "{} passages have {} vectors and {} rows of words; documents say {}, totals {}".format(*counts)
            )
        wrong = self._rows(_CHECK_WORDS)
        if wrong:
            problems.append(f"the counts of {len(wrong)} words do not match the passages, such as {wrong[0][0]!r}")
        return problems

    def close(self) -> None:
        self._server.close()

    def _indexed(self) -> bool:
        return bool(self._rows(_INDEXED, f"{self._server.schema}.{HNSW}"))

    def _index(self) -> None:
        dimensions = int(self._one("SELECT vector_dims(vector) FROM vectors LIMIT 1"))
        if dimensions > MOST_DIMENSIONS:
            return
        with self._server.alone() as connection:
            if connection.execute("SELECT pg_try_advisory_lock(%s, 2)", (LOCK,)).fetchone() != (True,):
                return  # another process is at it
            connection.execute(f"SET maintenance_work_mem = '{BUILD_MEMORY}'")
            connection.execute(f"DROP INDEX IF EXISTS {HNSW}")  # left by one that was interrupted
            connection.execute(
                f"CREATE INDEX CONCURRENTLY {HNSW} ON vectors USING hnsw "
                f"((vector::vector({dimensions})) vector_ip_ops) WITH (m = 16, ef_construction = 128)"
            )

    def _rows(self, statement: str, *values: object) -> list[tuple]:  # type: ignore[type-arg]
        return self._server.run(lambda connection: connection.execute(statement, values).fetchall())

    def _one(self, statement: str, *values: object):  # type: ignore[no-untyped-def]
        return self._rows(statement, *values)[0][0]


_INDEXED = "SELECT 1 FROM pg_index WHERE indexrelid = to_regclass(%s) AND indisvalid"
_CHECK = """
SELECT (SELECT count(*) FROM passages), (SELECT count(*) FROM vectors), (SELECT count(*) FROM words),
       (SELECT coalesce(sum(n_passages), 0) FROM documents),
       (SELECT sum(n_passages) FROM totals) + (SELECT coalesce(sum(n_passages), 0) FROM changes)
"""
_CHECK_WORDS = """
SELECT coalesce(held.word, said.term) FROM ts_stat('SELECT words FROM words') held FULL JOIN (
    SELECT term, sum(n) AS n FROM (
        SELECT term, n FROM counts WHERE kind = 'w' UNION ALL
        SELECT one.term, one.n FROM changes, unnest(terms, n) AS one (term, n) WHERE kind = 'w'
    ) AS every GROUP BY term HAVING sum(n) <> 0
) said ON said.term = held.word WHERE held.ndoc IS DISTINCT FROM said.n
"""
