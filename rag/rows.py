"""Documents with their passages as rows of SQLite: put in, taken out, read and examined."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import date
from typing import Any

import numpy as np

from rag import lexical, names, sums
from rag.errors import StoreError
from rag.texts import byte_spans, texts_between
from rag.types import Document, Passage, Section, Vectors

HIGHEST = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'passages'"


def document_of(row: Sequence[Any]) -> Document:
    """The document of a row of ``sums.COLUMNS``."""
    doc_id, text, title, source, published, authors, page_starts, sections = row
    return Document(
        doc_id=doc_id,
        text=text,
        title=title,
        source=source,
        published=day(published),
        authors=tuple(json.loads(authors)),
        page_starts=tuple(json.loads(page_starts)),
        sections=tuple(Section(*section) for section in json.loads(sections)),
    )


def delete_document(connection: sqlite3.Connection, document: int) -> None:
    """Take out the document of that row id with its passages, vectors, words and names."""
    span = connection.execute("SELECT first, last FROM spans WHERE document = ?", (document,)).fetchone()
    if span is not None:
        rows = list(texts_between(connection, *span))
        lexical.remove(connection, rows)
        names.remove(connection, names.in_passages(rows))
        connection.execute("DELETE FROM vectors WHERE passage BETWEEN ? AND ?", span)
        connection.execute("DELETE FROM passages WHERE id BETWEEN ? AND ?", span)
        connection.execute("INSERT INTO gone (first, last) VALUES (?, ?)", span)
    connection.execute("DELETE FROM documents WHERE id = ?", (document,))


def insert_document(
    connection: sqlite3.Connection,
    document: Document,
    passages: Sequence[Passage],
    vectors: Vectors,
    digests: Sequence[bytes],
) -> None:
    """Put in a document with its passages, and their words and names; ``vectors``: (n, dimensions)."""
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
    if not passages:
        sums.add(connection, row)
        return
    [highest] = connection.execute(HIGHEST).fetchone()
    ids = range(highest + 1, highest + 1 + len(passages))
    spans = byte_spans(document.text, [(passage.start, passage.end) for passage in passages])
    connection.executemany(
        "INSERT INTO passages (id, document, at, size, start, end, heading) VALUES (?, ?, ?, ?, ?, ?, ?)",
        ((i, row, *span, p.start, p.end, p.heading) for i, span, p in zip(ids, spans, passages, strict=True)),
    )
    connection.executemany(
        "INSERT INTO vectors VALUES (?, ?, ?)",
        (
            (i, digest, vector.astype(np.float32).tobytes())
            for i, digest, vector in zip(ids, digests, vectors, strict=True)
        ),
    )
    published = None if document.published is None else document.published.toordinal()
    connection.execute("INSERT INTO spans VALUES (?, ?, ?, ?)", (row, ids[0], ids[-1], published))
    texts = [(i, document.title, p.heading, p.text) for i, p in zip(ids, passages, strict=True)]
    lexical.add(connection, texts)
    names.add(connection, names.in_passages(texts))
    sums.add(connection, row)


def problems(connection: sqlite3.Connection) -> list[str]:
    """What is wrong with the tables, in words; [] where they are whole. Reads every page."""
    found = []
    for part in (_check_pages, _check_documents, _check_words):
        try:
            found += part(connection)
        except (StoreError, ValueError, TypeError, IndexError) as error:  # what is read makes no sense
            found.append(str(error))
    return found


def _check_pages(connection: sqlite3.Connection) -> list[str]:
    with closing(connection.cursor()) as cursor:
        said = [row[0] for row in cursor.execute("PRAGMA integrity_check")]
        found = [] if said == ["ok"] else said
        orphans = cursor.execute("PRAGMA foreign_key_check")
        return found + [f"{row[0]} refers to a missing {row[2]}" for row in orphans]


def _check_documents(connection: sqlite3.Connection) -> list[str]:
    counts = (
        "SELECT (SELECT count(*) FROM passages), (SELECT count(*) FROM vectors), "
        "(SELECT coalesce(sum(last - first + 1), 0) FROM spans)"
    )
    counted = connection.execute(counts).fetchone()
    found = [f"the document {title!r} is not as it was stored" for _, title in sums.wrong(connection)]
    if len(set(counted)) > 1:
        found.append("{} passages have {} vectors, and documents {} passages".format(*counted))
    undead = "SELECT count(*) FROM gone JOIN passages ON passages.id BETWEEN first AND last"
    if connection.execute(undead).fetchone() != (0,):
        found.append("passages that are here are noted as removed")
    return found


def _check_words(connection: sqlite3.Connection) -> list[str]:
    return lexical.check(connection, texts_between(connection)) + names.check(connection)


def day(iso: str | None) -> date | None:
    """The day that a column tells, if it tells one."""
    return None if iso is None else date.fromisoformat(iso)
