"""The tables of the store, and how an index of the format before is brought to them when it is opened."""

from __future__ import annotations

import sqlite3
from datetime import date

from rag import lexical, names, sums
from rag.texts import byte_spans, texts_between

FORMAT_VERSION = "2"
PAGE_BYTES = 16384  # a vector of 384 dimensions takes 1.5 kB: small pages would stay a quarter empty

SCHEMA = (
    """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS files (
    source TEXT PRIMARY KEY, sha256 TEXT NOT NULL, added TEXT NOT NULL,
    size INTEGER NOT NULL DEFAULT -1, mtime_ns INTEGER NOT NULL DEFAULT -1
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS documents (
    id INTEGER PRIMARY KEY AUTOINCREMENT, doc_id TEXT NOT NULL UNIQUE,
    source TEXT NOT NULL REFERENCES files ON DELETE CASCADE,
    title TEXT NOT NULL, published TEXT, authors TEXT NOT NULL, page_starts TEXT NOT NULL,
    sections TEXT NOT NULL, text TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS documents_source ON documents (source);
-- AUTOINCREMENT: an id is never used again, so a stale vector index can miss a passage but never name a wrong one.
-- A passage is bytes ("at", size) and characters (start, end) of its document's text, which is stored once.
CREATE TABLE IF NOT EXISTS passages (
    id INTEGER PRIMARY KEY AUTOINCREMENT, document INTEGER NOT NULL, at INTEGER NOT NULL, size INTEGER NOT NULL,
    start INTEGER NOT NULL, end INTEGER NOT NULL, heading TEXT NOT NULL
);
-- The passages of a document have ids that follow each other. published counts days (date.toordinal).
CREATE TABLE IF NOT EXISTS spans (
    document INTEGER PRIMARY KEY REFERENCES documents ON DELETE CASCADE,
    first INTEGER NOT NULL, last INTEGER NOT NULL, published INTEGER
);
CREATE TABLE IF NOT EXISTS vectors (passage INTEGER PRIMARY KEY, digest BLOB NOT NULL, vector BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS vectors_digest ON vectors (digest);
-- Passages that were removed, in the order of their removal, until the vector index is made anew without them.
CREATE TABLE IF NOT EXISTS gone (seq INTEGER PRIMARY KEY AUTOINCREMENT, first INTEGER NOT NULL, last INTEGER NOT NULL);
"""
    + lexical.SCHEMA
    + names.SCHEMA
    + sums.SCHEMA
)


def statements(schema: str = SCHEMA) -> list[str]:
    """The statements of a schema one by one, to be run in one transaction."""
    return [statement for statement in schema.split(";\n") if statement.strip()]


def upgrade(connection: sqlite3.Connection) -> None:
    """Bring a store of format 1 to this one, in the transaction that is open. No vector is made anew."""
    for table in ("passages", "files"):
        connection.execute(f"ALTER TABLE {table} RENAME TO old_{table}")
    for name in ("TABLE words", "VIEW passage_words", "TABLE names", "TABLE name_keys"):
        connection.execute(f"DROP {name.split()[0]} IF EXISTS {name.split()[1]}")
    connection.execute("ALTER TABLE documents RENAME TO old_documents")
    connection.execute("DROP INDEX documents_source")
    for statement in statements():
        connection.execute(statement)
    connection.execute("INSERT INTO files (source, sha256, added) SELECT source, sha256, added FROM old_files")
    connection.execute("INSERT INTO documents SELECT * FROM old_documents")
    connection.execute(
        "INSERT INTO vectors SELECT id, x'', vector FROM old_passages ORDER BY id"  # an empty digest is never sought
    )
    for document, text, published in connection.execute("SELECT id, text, published FROM documents"):
        rows = connection.execute(
            "SELECT id, start, end, heading FROM old_passages WHERE document = ? ORDER BY id", (document,)
        ).fetchall()
        for (passage, start, end, heading), (at, size) in zip(
            rows, byte_spans(text, [row[1:3] for row in rows]), strict=True
        ):
            values = (passage, document, at, size, start, end, heading)
            connection.execute("INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?)", values)
        if rows:
            day = None if published is None else date.fromisoformat(published).toordinal()
            connection.execute("INSERT INTO spans VALUES (?, ?, ?, ?)", (document, rows[0][0], rows[-1][0], day))
    # Numbers that were given out stay given out.
    for table in ("passages", "documents"):
        connection.execute(
            "UPDATE sqlite_sequence SET seq = (SELECT max(seq) FROM sqlite_sequence WHERE name IN (?, ?)) "
            "WHERE name = ?",
            (table, f"old_{table}", table),
        )
    for table in ("passages", "documents", "files"):
        connection.execute(f"DROP TABLE old_{table}")
    lexical.rebuild(connection, texts_between(connection))
    names.rebuild(connection)
    sums.complete(connection)
    connection.execute("UPDATE meta SET value = ? WHERE key = 'format'", (FORMAT_VERSION,))
