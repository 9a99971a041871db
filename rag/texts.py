"""The words of passages as they are stored: each document's text once, passages as the bytes they take up in it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence

from rag.database import damaged, path_of

Texts = tuple[int, str, str, str]  # passage id, title, heading, text


def texts_of(connection: sqlite3.Connection, ids: Sequence[int]) -> Iterator[Texts]:
    """Title, heading and text of each passage of ``ids`` (fewer than SQLite has variables), by id; others left out."""
    marks = ",".join("?" * len(ids))
    rows = _rows(connection, f"WHERE passages.id IN ({marks}) ORDER BY passages.id", ids)
    yield from _read(connection, rows.fetchall())  # at once, which is faster than one by one


def texts_between(connection: sqlite3.Connection, first: int = 0, last: int = 2**62) -> Iterator[Texts]:
    """The same of all passages whose ids are from ``first`` to ``last``."""
    yield from _read(
        connection, _rows(connection, "WHERE passages.id BETWEEN ? AND ? ORDER BY passages.id", (first, last))
    )


def _rows(connection: sqlite3.Connection, where: str, values: Sequence[int]) -> sqlite3.Cursor:
    return connection.execute(
        "SELECT passages.id, title, heading, document, at, size FROM passages "
        f"JOIN documents ON documents.id = passages.document {where}",
        values,
    )


def _read(connection: sqlite3.Connection, rows: Iterable[tuple[int, str, str, int, int, int]]) -> Iterator[Texts]:
    for passage, title, heading, document, at, size in rows:
        yield passage, title, heading, passage_text(connection, document, at, size)


def passage_text(connection: sqlite3.Connection, document: int, at: int, size: int) -> str:
    """``size`` bytes of a document's text from byte ``at``: no more of it is read. Raises IndexFormatError."""
    with connection.blobopen("documents", "text", document, readonly=True) as blob:
        try:
            blob.seek(at)
            return blob.read(size).decode()
        except (ValueError, sqlite3.Error) as error:  # it ends before the passage does, or is no UTF-8
            raise damaged(path_of(connection), error) from error


def byte_spans(text: str, spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """(byte offset, bytes) in UTF-8 of each half-open span of characters."""
    if text.isascii():
        return [(start, end - start) for start, end in spans]
    found = []
    at = character = 0
    for start, end in spans:
        if start < character:
            at = character = 0
        at, character = at + len(text[character:start].encode()), start
        found.append((at, len(text[start:end].encode())))
    return found
