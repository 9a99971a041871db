"""Connections to one PostgreSQL database: handed out, taken back, made anew when the server was away."""

from __future__ import annotations

import random
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import psycopg
from pgvector.psycopg import register_vector
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from rag.engines import PATIENCE, shown
from rag.errors import ServerAway, StoreError

T = TypeVar("T")
Connection = psycopg.Connection[tuple[Any, ...]]

SCHEMA = "footnote"  # of an index, where the address names no other
IDLE = 8  # connections that are kept open while nobody uses them
RETRIES = 5  # of a change that another one stood in the way of
_GONE = (psycopg.OperationalError, psycopg.InterfaceError)
_IN_THE_WAY = (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected)


class Server:
    """One database and one schema in it, ``schema`` unless the address names another. Safe to use from several threads.

    Its methods raise ServerAway after ``PATIENCE`` seconds without an answer and StoreError for what the server
    refuses.
    """

    def __init__(self, address: str, *, schema: str = SCHEMA) -> None:
        parts = urlsplit(address)
        options = dict(parse_qsl(parts.query))
        self.schema = options.pop("schema", schema)
        self.address = shown(address)
        self._conninfo = urlunsplit(parts._replace(query=urlencode(options)))
        try:
            conninfo_to_dict(self._conninfo)
        except psycopg.ProgrammingError as error:
            raise StoreError(f"{self.address} is no address of a database ({_said(error)})") from error
        self._idle: list[Connection] = []
        self._lock = threading.Lock()
        self._vectors = False  # whether the database knows the type
        weakref.finalize(self, _close, self._idle)

    def prepare(self) -> None:
        """Say that the database has the type ``vector`` from now on."""
        self.close()
        self._vectors = True

    def run(self, work: Callable[[Connection], T], *, pipelined: bool = False) -> T:
        """What ``work`` returns, done in one transaction; done again where the server was away for a moment or another
        change stood in the way. ``work`` must bear being repeated. ``pipelined``: no statement waits for the one
        before."""
        began, attempt = time.monotonic(), 0
        while True:
            attempt += 1
            try:
                with (
                    self._lent(began) as connection,
                    connection.pipeline() if pipelined else nullcontext(),
                    connection.transaction(),
                ):
                    return work(connection)
            except _IN_THE_WAY as error:
                if attempt > RETRIES:
                    raise StoreError(f"{self.address}: others change the same documents ({_said(error)})") from error
            except _GONE as error:
                self.close()
                if time.monotonic() - began > PATIENCE - 1:
                    raise self._away(error) from error
            except psycopg.Error as error:
                raise StoreError(f"{self.address}: {_said(error)}") from error
            time.sleep(min(0.1 * 2**attempt, 1.0) * random.uniform(0.5, 1.0))

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """All reads inside see one state of the database."""
        connection = self._begun()
        try:
            yield connection
            connection.rollback()
        except psycopg.Error as error:
            connection.close()
            if isinstance(error, _GONE):
                raise self._away(error) from error
            raise StoreError(f"{self.address}: {_said(error)}") from error
        except BaseException:
            with suppress(psycopg.Error):
                connection.rollback()
            raise
        finally:
            self._take_back(connection)

    def _begun(self) -> Connection:
        """A connection within a transaction, tried again while the server is away."""
        began = time.monotonic()
        while True:
            connection = None
            try:
                connection = self._take(began)
                connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                return connection
            except _GONE as error:
                if connection is not None:
                    connection.close()
                self.close()
                if time.monotonic() - began > PATIENCE - 1:
                    raise self._away(error) from error
            time.sleep(0.2)

    @contextmanager
    def alone(self) -> Iterator[Connection]:
        """A connection of its own, for statements that cannot be part of a transaction."""
        try:
            with self._connect(time.monotonic()) as connection:
                yield connection
        except _GONE as error:
            raise self._away(error) from error
        except psycopg.Error as error:
            raise StoreError(f"{self.address}: {_said(error)}") from error

    def close(self) -> None:
        """Close the connections that nobody uses."""
        with self._lock:
            _close(self._idle)

    @contextmanager
    def _lent(self, began: float) -> Iterator[Connection]:
        connection = self._take(began)
        try:
            yield connection
        finally:
            self._take_back(connection)

    def _take(self, began: float) -> Connection:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return self._connect(began)

    def _take_back(self, connection: Connection) -> None:
        with self._lock:
            if not connection.closed and len(self._idle) < IDLE:
                self._idle.append(connection)
                return
        connection.close()

    def _connect(self, began: float) -> Connection:
        left = max(2, int(PATIENCE - (time.monotonic() - began)))  # libpq takes whole seconds, 2 at least
        connection = psycopg.connect(self._conninfo, connect_timeout=left, autocommit=True, application_name="footnote")
        connection.execute(sql.SQL("SET search_path = {}, public").format(sql.Identifier(self.schema)))
        if self._vectors:
            register_vector(connection)
        return connection

    def _away(self, error: psycopg.Error) -> ServerAway:
        return ServerAway(
            f"the database {self.address} does not answer ({_said(error)}); start it or check the address. What was "
            "stored is safe: run the command again, it goes on where it stopped"
        )


def _close(connections: list[Connection]) -> None:
    while connections:
        connections.pop().close()


def _said(error: psycopg.Error) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].strip() if lines else type(error).__name__
