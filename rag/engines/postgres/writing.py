"""Files into the tables and out of them: each in one transaction, with all that is derived from it."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence, Set
from datetime import UTC, datetime
from typing import Any

import numpy as np
from psycopg.types.json import Jsonb

from rag import names
from rag.engines.postgres.server import Connection
from rag.engines.postgres.tables import LOCK
from rag.lexical.tokens import remember, tokens
from rag.spelling import fold, keys
from rag.store import ParsedFile
from rag.types import Document, Passage, Vectors

LONGEST_WORD = 500  # characters; PostgreSQL takes 2,046 bytes
MOST_WORDS = 16_000  # of a passage that have a place in a tsvector
MOST_BYTES = 500_000  # of those words; a tsvector takes a megabyte
APART = 2  # places between title, heading and text, so that no phrase reaches over

_DOCUMENTS = (
    "INSERT INTO documents "
    "(id, doc_id, source, title, published, authors, page_starts, sections, text, n_passages, names) "
    "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)
_PASSAGES = "INSERT INTO passages (id, document, first, behind, heading, text) VALUES (%s, %s, %s, %s, %s, %s)"
_WORDS = "INSERT INTO words (passage, document, published, length, words) VALUES (%s, %s, %s, %s, %s::tsvector)"
_VECTORS = "INSERT INTO vectors (passage, document, published, digest, vector) VALUES (%s, %s, %s, %s, %s)"
_CHANGES = "INSERT INTO changes (kind, terms, n, n_passages, n_tokens) VALUES (%s, %s, %s, %s, %s)"
# Documents of which a condition holds, counted out; their rows go with them.
_FORGET_WORDS = """
WITH gone AS (SELECT id FROM documents WHERE {}),
held AS (SELECT length, words FROM words WHERE document IN (SELECT id FROM gone)),
each AS (SELECT lexeme, count(*) AS n FROM held, unnest(words) GROUP BY lexeme)
INSERT INTO changes (kind, terms, n, n_passages, n_tokens)
SELECT 'w', coalesce(array_agg(lexeme), '{{}}'), coalesce(array_agg(-n), '{{}}'), (SELECT -count(*) FROM held),
    (SELECT -coalesce(sum(length), 0) FROM held)
FROM each HAVING (SELECT count(*) FROM held) > 0
"""
_FORGET_NAMES = """
INSERT INTO changes (kind, terms, n, n_passages, n_tokens)
SELECT 'n', array_agg(name), array_agg(-1::bigint), 0, 0 FROM documents, unnest(names) AS name WHERE {}
HAVING count(*) > 0
"""


def words_of(text: str) -> list[str]:
    """The words of a text as they are kept and sought."""
    return [token[:LONGEST_WORD] for token in tokens(text)]


def lexeme(word: str) -> str:
    """A word as it stands in a tsvector or tsquery."""
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"


def numbered(connection: Connection, n: int) -> Iterator[int]:
    """``n`` numbers for documents and passages that nobody else is given, ascending."""
    rows = connection.execute("SELECT nextval('numbers') FROM generate_series(1, %s)", (n,)).fetchall()
    return iter(sorted(row[0] for row in rows))


def replace(connection: Connection, file: ParsedFile, numbers: Iterator[int], known: Set[str]) -> set[str]:
    """Store a file in the place of what was stored for it; returns its names.

    ``known``: names that are stored. Nothing here waits for a result: in a pipeline it is one round trip.
    """
    _alone(connection, file.source)
    connection.execute(_FORGET_WORDS.format("source = %(gone)s"), {"gone": file.source})
    connection.execute(_FORGET_NAMES.format("source = %(gone)s"), {"gone": file.source})
    connection.execute("DELETE FROM files WHERE source = %s", (file.source,))
    connection.execute(
        "INSERT INTO files VALUES (%s, %s, %s, %s, %s)",
        (file.source, file.sha256, datetime.now(UTC), file.size, file.mtime_ns),
    )
    counted: Counter[str] = Counter()
    named: Counter[str] = Counter()
    n_tokens = 0
    for document, passages, vectors, digests in zip(
        file.documents, file.passages, file.vectors, file.digests, strict=True
    ):
        rows = [(0, document.title, passage.heading, passage.text) for passage in passages]
        remember(text for row in rows for text in row[1:])
        said = names.in_passages(rows)
        row = next(numbers)
        connection.execute(_DOCUMENTS, _document(row, document, len(passages), sorted(said)))
        ids = [next(numbers) for _ in passages]
        _insert(connection, ids, row, document, passages, vectors, digests)
        for words, length in _words(connection, ids, row, document, rows):
            counted.update(words)
            n_tokens += length
        named.update(dict.fromkeys(said, 1))
    n_passages = sum(map(len, file.passages))
    connection.execute(_CHANGES, ("w", list(counted), list(counted.values()), n_passages, n_tokens))
    connection.execute(_CHANGES, ("n", list(named), list(named.values()), 0, 0))
    _keep_names(connection, sorted(named.keys() - known))
    return set(named)


def remove(connection: Connection, source: str) -> bool:
    """Remove a file with all its documents; whether it was there."""
    _alone(connection, source)
    connection.execute(_FORGET_WORDS.format("source = %(gone)s"), {"gone": source})
    connection.execute(_FORGET_NAMES.format("source = %(gone)s"), {"gone": source})
    return connection.execute("DELETE FROM files WHERE source = %s", (source,)).rowcount > 0


def remove_document(connection: Connection, doc_id: str) -> bool:
    """Remove one document, and its file if it was the last; whether it was there."""
    found = connection.execute("SELECT source FROM documents WHERE doc_id = %s", (doc_id,)).fetchone()
    if found is None:
        return False
    [source] = found
    _alone(connection, source)
    row = connection.execute("SELECT id FROM documents WHERE doc_id = %s", (doc_id,)).fetchone()
    if row is None:  # another has removed it meanwhile
        return False
    connection.execute(_FORGET_WORDS.format("id = %(gone)s"), {"gone": row[0]})
    connection.execute(_FORGET_NAMES.format("id = %(gone)s"), {"gone": row[0]})
    connection.execute("DELETE FROM documents WHERE id = %s", (row[0],))
    left = connection.execute("SELECT 1 FROM documents WHERE source = %s LIMIT 1", (source,)).fetchone()
    if left is None:
        connection.execute("DELETE FROM files WHERE source = %s", (source,))
    else:
        connection.execute("UPDATE files SET sha256 = '' WHERE source = %s", (source,))
    return True


def _alone(connection: Connection, source: str) -> None:
    """Wait until nobody else changes the file: two who both saw a document would both count it out."""
    connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", (source, LOCK))


def _document(row: int, document: Document, n_passages: int, said: Sequence[str]) -> tuple[Any, ...]:
    return (
        row, document.doc_id, document.source, _plain(document.title), document.published,
        Jsonb([_plain(author) for author in document.authors]), Jsonb(document.page_starts),
        Jsonb([(_plain(section.heading), section.start, section.end) for section in document.sections]),
        _plain(document.text), n_passages, list(said),
    )  # fmt: skip


def _insert(
    connection: Connection,
    ids: Sequence[int],
    row: int,
    document: Document,
    passages: Sequence[Passage],
    vectors: Vectors,
    digests: Sequence[bytes],
) -> None:
    cursor, day = connection.cursor(), document.published
    cursor.executemany(
        _PASSAGES,
        [(i, row, p.start, p.end, _plain(p.heading), _plain(p.text)) for i, p in zip(ids, passages, strict=True)],
    )
    kept = (np.asarray(vector, dtype=np.float32) for vector in vectors)
    cursor.executemany(_VECTORS, [(i, row, day, key, v) for i, key, v in zip(ids, digests, kept, strict=True)])


def _words(
    connection: Connection, ids: Sequence[int], row: int, document: Document, rows: Sequence[tuple[int, str, str, str]]
) -> list[tuple[set[str], int]]:
    """Store the words of passages; returns each one's words and how many there are."""
    found, written = [], []
    for i, (_, *texts) in zip(ids, rows, strict=True):
        places: defaultdict[str, list[int]] = defaultdict(list)
        at = length = size = 0
        for text in texts:
            for word in words_of(text):
                length, at, size = length + 1, at + 1, size + len(word.encode())
                if at <= MOST_WORDS and size <= MOST_BYTES:
                    places[word].append(at)
            at += APART
        vector = " ".join(f"{lexeme(word)}:{','.join(map(str, at[:255]))}" for word, at in places.items())
        written.append((i, row, document.published, length, vector))
        found.append((set(places), length))
    connection.cursor().executemany(_WORDS, written)
    return found


def _keep_names(connection: Connection, said: Sequence[str]) -> None:
    new: list[dict[str, Any]] = []
    for word in said:
        folded = fold(word)
        new.append({"word": word, "folded": folded, "keys": sorted(keys(folded))})
    if new:
        connection.execute(
            "INSERT INTO names SELECT word, folded, keys FROM jsonb_to_recordset(%s::jsonb) "
            "AS new (word text, folded text, keys text[]) ORDER BY word ON CONFLICT DO NOTHING",
            (json.dumps(new, ensure_ascii=False),),
        )


def _plain(text: str) -> str:
    """PostgreSQL's texts cannot hold the character 0; another one takes its place, so that offsets stay."""
    return text.replace("\0", "\ufffd")
