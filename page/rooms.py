"""Where the page's rows are kept: in an SQLite file, or in PostgreSQL for pages on several machines.

Both take the same statements: ``?`` for a value, ``strpos`` to look for text in text, ``{number}`` for a table's key.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol, TypeVar

from rag.errors import MissingExtra, StoreError

T = TypeVar("T")
Rows = list[tuple[Any, ...]]
Execute = Callable[..., Rows]  # a statement and its values

FILE_NAME = "page.sqlite"
SCHEMA = "footnote_page"  # of the database, where the address names no other
BUSY_SECONDS = 30.0  # how long one write waits for another
LOCK = 0x70616765  # "page": the advisory lock of who makes the tables


class Room(Protocol):
    """Rows in tables. Safe to use from several threads."""

    def read(self, statement: str, *values: Any) -> Rows: ...

    def change(self, work: Callable[[Execute], T]) -> T:
        """What ``work`` returns: all of its statements, or none if it raises. It must bear being repeated."""


def room(place: Path | str, tables: str) -> Room:
    """The room in a folder or at a ``postgresql://`` address; its tables are made where they are not there.

    Raises StoreError, and MissingExtra for a database without psycopg.
    """
    if isinstance(place, Path):
        return File(place / FILE_NAME, tables)
    if not place.startswith(("postgresql://", "postgres://")):
        raise StoreError("--history means nothing: a history is kept in a folder or in postgresql://HOST/DATABASE")
    return Database(place, tables)


class File:
    """A ``Room`` that is one file."""

    def __init__(self, path: Path, tables: str) -> None:
        self.path = path
        try:
            with closing(self._open()) as connection:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.executescript(tables.replace("{number}", "INTEGER PRIMARY KEY AUTOINCREMENT"))
        except sqlite3.Error as error:
            raise StoreError(
                f"cannot open the page's history {path} ({error}); if it is damaged, move it away"
            ) from error

    def read(self, statement: str, *values: Any) -> Rows:
        with closing(self._open()) as connection:
            return connection.execute(statement, values).fetchall()

    def change(self, work: Callable[[Execute], T]) -> T:
        with self._writing() as connection:
            return work(lambda statement, *values: connection.execute(statement, values).fetchall())

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with closing(self._open()) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def _open(self) -> sqlite3.Connection:
        # A connection for each deed: the server's threads come and go.
        connection = sqlite3.connect(self.path, isolation_level=None, timeout=BUSY_SECONDS)
        connection.execute("PRAGMA foreign_keys = ON")
        connection.create_function("lower", 1, str.lower, deterministic=True)  # SQLite's own knows ASCII alone
        connection.create_function("strpos", 2, lambda text, sought: text.find(sought) + 1, deterministic=True)
        return connection


class Database:
    """A ``Room`` that is a schema of a PostgreSQL database."""

    def __init__(self, address: str, tables: str) -> None:
        try:
            from psycopg import sql

            from rag.engines.postgres.server import Server
        except ImportError as error:
            raise MissingExtra(f"a history in PostgreSQL ({error})", "postgres") from error
        self._server = Server(address, schema=SCHEMA)
        schema = sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(self._server.schema))
        numbered = tables.replace("{number}", "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY")

        def make(connection: Any) -> None:
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))  # one page makes them, the others wait
            connection.execute(schema)
            connection.execute(numbered)

        self._server.run(make)

    def read(self, statement: str, *values: Any) -> Rows:
        return self.change(lambda execute: execute(statement, *values))

    def change(self, work: Callable[[Execute], T]) -> T:
        def run(connection: Any) -> T:
            def execute(statement: str, *values: Any) -> Rows:
                done = connection.execute(statement.replace("?", "%s"), [_storable(value) for value in values])
                return list(done.fetchall()) if done.description is not None else []

            return work(execute)

        return self._server.run(run)


def _storable(value: Any) -> Any:
    """PostgreSQL's text holds no character nought."""
    return value.replace("\0", "") if isinstance(value, str) else value
