"""Connections to SQLite that say what is wrong in Footnote's own errors, and that can read what nobody may write."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from rag.errors import DamagedIndex, FootnoteError, StoreError

BUSY_SECONDS = 30.0  # how long one process waits for another's write
_FULL, _UNWRITABLE = sqlite3.SQLITE_FULL, (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN)
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL)


def connect(path: Path) -> Connection:
    """A connection to the file at ``path``, made if absent. Raises StoreError.

    A file that lies in a folder that cannot be written, and that nobody has open, is read as it is.
    """
    connection = _connected(str(path), path)
    try:
        connection.execute("SELECT 1 FROM sqlite_master")
    except StoreError as error:
        connection.close()
        if _code(error.__cause__) not in _UNWRITABLE or not path.is_file() or _has_log(path):
            raise
        connection = _connected(f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1", path)
        connection.execute("SELECT 1 FROM sqlite_master")
    return connection


def explained(error: sqlite3.Error, path: Path) -> FootnoteError:
    """What the error means for the index whose file is ``path``, and what to do."""
    code = _code(error)
    if code == _FULL:
        return StoreError(f"no room on the disk that holds {path}: make some and do it again; what was done stays done")
    if code in _UNWRITABLE:
        return StoreError(f"cannot write {path} ({error}): make its folder writable, or choose another index")
    if code in _BUSY:
        return StoreError(f"another process has been writing to {path} for {BUSY_SECONDS:.0f} s; try again later")
    if code == sqlite3.SQLITE_IOERR:
        return StoreError(f"the disk failed to read or write {path} ({error}): see that it is whole and has room")
    return damaged(path, error)


def damaged(path: Path, what: object) -> DamagedIndex:
    """``what`` tells in which way the file cannot be right."""
    return DamagedIndex(f"the index {path} is damaged ({what}); put it right with: footnote mend --index {path.parent}")


def path_of(connection: sqlite3.Connection) -> Path:
    """The file that a connection of ``connect`` is to."""
    return connection.path if isinstance(connection, Connection) else Path()


class Connection(sqlite3.Connection):
    """Raises FootnoteError where SQLite's own does not say what to do."""

    path = Path()

    def cursor(self, factory: Any = None) -> Any:
        return super().cursor(_Cursor if factory is None else factory)

    def execute(self, *given: Any) -> Any:
        return self.cursor().execute(*given)

    def executemany(self, *given: Any) -> Any:
        return self.cursor().executemany(*given)

    def blobopen(self, *place: Any, **options: Any) -> sqlite3.Blob:
        with _explaining(self):
            return super().blobopen(*place, **options)


class _Cursor(sqlite3.Cursor):
    def execute(self, *given: Any) -> _Cursor:
        with _explaining(self.connection):
            super().execute(*given)
        return self

    def executemany(self, *given: Any) -> _Cursor:
        with _explaining(self.connection):
            super().executemany(*given)
        return self

    def fetchone(self) -> Any:
        with _explaining(self.connection):
            return super().fetchone()

    def fetchall(self) -> list[Any]:
        with _explaining(self.connection):
            return super().fetchall()

    def __next__(self) -> Any:
        try:
            return super().__next__()
        except sqlite3.Error as error:
            raise explained(error, path_of(self.connection)) from error


@contextmanager
def _explaining(connection: sqlite3.Connection) -> Iterator[None]:
    try:
        yield
    except (sqlite3.ProgrammingError, sqlite3.InterfaceError):
        raise  # a mistake of ours, not a thing that happens to a file
    except sqlite3.Error as error:
        raise explained(error, path_of(connection)) from error


def _connected(name: str, path: Path) -> Connection:
    try:
        connection = sqlite3.connect(
            name, timeout=BUSY_SECONDS, isolation_level=None, uri=name.startswith("file:"), factory=Connection
        )
    except sqlite3.Error as error:
        raise explained(error, path) from error
    assert isinstance(connection, Connection), "its factory makes no other"
    connection.path = path
    return connection


def _has_log(path: Path) -> bool:
    """Whether changes lie beside the file that are not in it yet."""
    log = path.with_name(f"{path.name}-wal")
    return log.is_file() and log.stat().st_size > 0


def _code(error: BaseException | None) -> int:
    """SQLite's primary result code; 0 where there is none."""
    return (getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF
