"""A checksum for each stored document and for its passages with their vectors: SQLite itself keeps none.

CRC-32 tells every change of up to 32 neighbouring bits, and goes through two gigabytes a second.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any
from zlib import crc32

SCHEMA = """
CREATE TABLE IF NOT EXISTS sums (
    document INTEGER PRIMARY KEY REFERENCES documents ON DELETE CASCADE,
    words INTEGER NOT NULL, passages INTEGER NOT NULL
);
"""
COLUMNS = "doc_id, text, title, source, published, authors, page_starts, sections"  # that ``of_words`` sums


def of_words(row: Sequence[Any]) -> int:
    """The sum of a document as it is stored; ``row`` holds ``COLUMNS``."""
    return crc32(json.dumps(list(row), ensure_ascii=False).encode("utf-8", "surrogatepass"))


def of_passages(connection: sqlite3.Connection, document: int) -> int:
    """The sum of where a document's passages lie, their headings and their vectors."""
    total = 0
    for *where, digest, vector in connection.execute(
        "SELECT passages.id, first, last, published, at, size, start, end, heading, digest, vector FROM spans "
        "JOIN passages ON passages.id BETWEEN first AND last LEFT JOIN vectors ON passage = passages.id "
        "WHERE spans.document = ? AND passages.document = spans.document ORDER BY passages.id",
        (document,),
    ):
        total = crc32(json.dumps(where, ensure_ascii=False).encode("utf-8", "surrogatepass"), total)
        total = crc32(vector or b"", crc32(digest or b"", total))
    return total


def add(connection: sqlite3.Connection, document: int) -> None:
    """Keep the sums of a document that was just stored whole."""
    row = connection.execute(f"SELECT {COLUMNS} FROM documents WHERE id = ?", (document,)).fetchone()
    values = (document, of_words(row), of_passages(connection, document))
    connection.execute("INSERT OR REPLACE INTO sums VALUES (?, ?, ?)", values)


def complete(connection: sqlite3.Connection) -> None:
    """Sum the documents that were stored before there were sums."""
    missing = "SELECT id FROM documents WHERE id NOT IN (SELECT document FROM sums)"
    for (document,) in connection.execute(missing).fetchall():
        add(connection, document)


def wrong(connection: sqlite3.Connection) -> Iterator[tuple[int, str]]:
    """The row id and the title of every document that is not as it was stored."""
    for (document,) in connection.execute("SELECT document FROM sums ORDER BY document").fetchall():
        row = connection.execute(
            f"SELECT words, passages, {COLUMNS} FROM sums JOIN documents ON id = document WHERE document = ?",
            (document,),
        ).fetchone()
        if row is None or row[:2] != (of_words(row[2:]), of_passages(connection, document)):
            yield document, "" if row is None else str(row[4])
