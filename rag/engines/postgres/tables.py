"""The tables of an index in PostgreSQL, and how they are made."""

from __future__ import annotations

from psycopg import errors, sql

from rag.engines.postgres.server import Connection, Server
from rag.errors import IndexFormatError, IndexNotFound, StoreError

FORMAT_VERSION = "1"
LOCK = 0x666F6F74  # "foot": the advisory locks of this program

TABLES = """
CREATE TABLE meta (key text PRIMARY KEY, value text NOT NULL);
CREATE TABLE files (
    source text PRIMARY KEY, sha256 text NOT NULL, added timestamptz NOT NULL, size bigint NOT NULL,
    mtime_ns bigint NOT NULL
);
CREATE TABLE documents (
    id bigint PRIMARY KEY, doc_id text NOT NULL UNIQUE,
    source text NOT NULL REFERENCES files ON DELETE CASCADE, title text NOT NULL, published date,
    authors jsonb NOT NULL, page_starts jsonb NOT NULL, sections jsonb NOT NULL, text text NOT NULL,
    n_passages integer NOT NULL, names text[] NOT NULL
);
CREATE INDEX documents_source ON documents (source);
CREATE INDEX documents_published ON documents (published);
CREATE SEQUENCE numbers;
CREATE TABLE passages (
    id bigint PRIMARY KEY, document bigint NOT NULL REFERENCES documents ON DELETE CASCADE,
    first integer NOT NULL, behind integer NOT NULL, heading text NOT NULL, text text NOT NULL
);
CREATE INDEX passages_document ON passages (document);
-- document and published are repeated, so that a ranking sees what it may find without another table.
CREATE TABLE vectors (
    passage bigint PRIMARY KEY, document bigint NOT NULL REFERENCES documents ON DELETE CASCADE, published date,
    digest bytea NOT NULL, vector vector NOT NULL
);
ALTER TABLE vectors ALTER vector SET STORAGE PLAIN;
CREATE INDEX vectors_document ON vectors (document);
CREATE INDEX vectors_published ON vectors (published);
CREATE INDEX vectors_digest ON vectors (digest);
CREATE TABLE words (
    passage bigint PRIMARY KEY, document bigint NOT NULL REFERENCES documents ON DELETE CASCADE, published date,
    length integer NOT NULL, words tsvector NOT NULL
);
CREATE INDEX words_document ON words (document);
CREATE INDEX words_words ON words USING gin (words) WITH (fastupdate = off);
CREATE TABLE names (word text PRIMARY KEY, folded text NOT NULL, keys text[] NOT NULL);
CREATE INDEX names_keys ON names USING gin (keys);
-- In how many passages a word ("w") and in how many documents a name ("n") is. Each transaction adds a row of changes:
-- were it to change the counts themselves, two writers would wait for each other at every common word.
CREATE TABLE counts (kind "char" NOT NULL, term text NOT NULL, n bigint NOT NULL, PRIMARY KEY (kind, term))
    WITH (fillfactor = 70);
CREATE TABLE totals (one boolean PRIMARY KEY CHECK (one), n_passages bigint NOT NULL, n_tokens bigint NOT NULL);
CREATE TABLE changes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, kind "char" NOT NULL, terms text[] NOT NULL,
    n bigint[] NOT NULL, n_passages bigint NOT NULL, n_tokens bigint NOT NULL
);
INSERT INTO totals VALUES (true, 0, 0);
"""

FOLD = """
WITH taken AS (DELETE FROM changes RETURNING kind, terms, n, n_passages, n_tokens),
added AS (
    INSERT INTO counts
    SELECT kind, term, sum(each) FROM taken, unnest(terms, n) AS one (term, each) GROUP BY kind, term
    HAVING sum(each) <> 0 ORDER BY kind, term
    ON CONFLICT (kind, term) DO UPDATE SET n = counts.n + excluded.n
)
UPDATE totals SET n_passages = n_passages + (SELECT coalesce(sum(n_passages), 0) FROM taken),
    n_tokens = n_tokens + (SELECT coalesce(sum(n_tokens), 0) FROM taken)
"""


def fold(connection: Connection) -> None:
    """Add the changes to the counts, unless another process is doing so."""
    if connection.execute("SELECT pg_try_advisory_xact_lock(%s, 1)", (LOCK,)).fetchone() == (True,):
        connection.execute(FOLD)


def prepare(server: Server, *, create: bool) -> None:
    """Make the tables where they are not there, or see that they are those of this version.

    Raises IndexNotFound where they are not and ``create`` is false, IndexFormatError for those of another version.
    """
    if server.run(lambda connection: _format(connection, server.schema)) is None:
        if not create:
            raise IndexNotFound(
                f"no index in {server.address}; make one with: footnote index PATHS --index '{server.address}'"
            )
        server.run(lambda connection: _make(connection, server.schema))
    found = server.run(lambda connection: _format(connection, server.schema))
    if found != FORMAT_VERSION:
        raise IndexFormatError(
            f"the index {server.address} has format {found}, this Footnote reads {FORMAT_VERSION}; index the documents "
            "again into another schema (postgresql://…?schema=NAME)"
        )
    server.prepare()


def _format(connection: Connection, schema: str) -> str | None:
    row = connection.execute("SELECT to_regclass(format('%%I.meta', %s::text)) IS NULL", (schema,)).fetchone()
    if row == (True,):
        return None
    found = connection.execute("SELECT value FROM meta WHERE key = 'format'").fetchone()
    return "unknown" if found is None else str(found[0])


def _make(connection: Connection, schema: str) -> None:
    connection.execute("SELECT pg_advisory_xact_lock(%s, 0)", (LOCK,))  # one process makes them, the others find them
    if _format(connection, schema) is not None:
        return
    try:
        connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
    except (errors.FeatureNotSupported, errors.UndefinedFile, errors.InsufficientPrivilege) as error:
        raise StoreError(
            f"the database has no pgvector and it cannot be set up ({str(error).splitlines()[0]}); install pgvector on "
            "the server and let its owner run: CREATE EXTENSION vector"
        ) from error
    connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(schema)))
    connection.execute(TABLES)
    connection.execute("INSERT INTO meta VALUES ('format', %s)", (FORMAT_VERSION,))
