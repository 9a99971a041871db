"""What the page remembers: conversations, answers, feedback, settings, documents switched off. One SQLite file.

It lies in the index's folder. With several people (``--auth``) each sees only their own.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from page.filters import Filters
from rag import Answer
from rag.errors import FootnoteError, StoreError

FILE_NAME = "page.sqlite"
BUSY_SECONDS = 30.0  # how long one write waits for another
TITLE_CHARACTERS = 80
SCHEMA = """
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS conversations (
    id INTEGER PRIMARY KEY AUTOINCREMENT, owner TEXT NOT NULL, title TEXT NOT NULL, changed TEXT NOT NULL,
    deleted INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS turns (
    id INTEGER PRIMARY KEY AUTOINCREMENT, conversation INTEGER NOT NULL REFERENCES conversations ON DELETE CASCADE,
    asked TEXT NOT NULL, question TEXT NOT NULL, text TEXT NOT NULL, writer TEXT NOT NULL, seconds REAL,
    stopped INTEGER NOT NULL, filters TEXT NOT NULL, answer TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS turns_conversation ON turns (conversation);
CREATE TABLE IF NOT EXISTS feedback (
    turn INTEGER PRIMARY KEY REFERENCES turns ON DELETE CASCADE, verdict TEXT NOT NULL, note TEXT NOT NULL,
    given TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS settings (owner TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (owner, key)) WITHOUT ROWID;
"""


class NotFound(FootnoteError):
    """What is asked for is not in the history, or not this person's."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One question with its answer; ``stopped`` where it was not let to its end."""

    id: int
    conversation: int
    answer: Answer
    filters: Filters
    stopped: bool
    verdict: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Conversation:
    id: int
    title: str
    changed: str  # ISO 8601, UTC
    n_turns: int


class Records:
    """The page's memory of one index. Safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME
        try:
            with closing(self._open()) as connection:
                connection.executescript(SCHEMA)
                connection.execute("DELETE FROM conversations WHERE deleted")
        except sqlite3.Error as error:
            raise StoreError(
                f"cannot open the page's history {self.path} ({error}); if it is damaged, move it away"
            ) from error

    def _open(self) -> sqlite3.Connection:
        # A connection for each deed: the server's threads come and go.
        connection = sqlite3.connect(self.path, isolation_level=None, timeout=BUSY_SECONDS)
        connection.execute("PRAGMA foreign_keys = ON")
        return connection

    def _all(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with closing(self._open()) as connection:
            return connection.execute(sql, values).fetchall()

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

    def keep(
        self, owner: str, conversation: int | None, answer: Answer, filters: Filters, writer: str, *, stopped: bool
    ) -> Turn:
        """Store an answer, in a new conversation where none is given."""
        if conversation is not None:
            self._owned(owner, conversation)
        with self._writing() as connection:
            if conversation is None:
                title = " ".join(answer.question.split())[:TITLE_CHARACTERS]
                conversation = connection.execute(
                    "INSERT INTO conversations (owner, title, changed) VALUES (?, ?, ?)", (owner, title, _now())
                ).lastrowid
            connection.execute("UPDATE conversations SET changed = ? WHERE id = ?", (_now(), conversation))
            row = (conversation, _now(), answer.question, answer.text, writer, answer.timings.get("total"), stopped)
            turn = connection.execute(
                "INSERT INTO turns (conversation, asked, question, text, writer, seconds, stopped, filters, answer) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (*row, json.dumps(filters.to_dict()), json.dumps(answer.to_dict(), ensure_ascii=False)),
            ).lastrowid
        assert turn is not None
        assert conversation is not None, "an INSERT gives a row id"
        return Turn(turn, conversation, answer, filters, stopped)

    def conversations(self, owner: str, sought: str = "") -> list[Conversation]:
        """The newest first; with ``sought``, those that hold the words in title, question or answer."""
        rows = self._all(
            "SELECT c.id, title, changed, count(t.id) FROM conversations c LEFT JOIN turns t ON t.conversation = c.id "
            "WHERE owner = ?1 AND NOT deleted AND (?2 = '' OR instr(lower(title), ?2) OR EXISTS (SELECT 1 FROM turns s "
            "WHERE s.conversation = c.id AND instr(lower(s.question || ' ' || s.text), ?2))) "
            "GROUP BY c.id ORDER BY changed DESC, c.id DESC",
            owner,
            sought.lower(),
        )
        return [Conversation(*row) for row in rows]

    def turns(self, owner: str, conversation: int) -> list[Turn]:
        """The turns of a conversation, the oldest first. Raises NotFound."""
        self._owned(owner, conversation)
        return [_turn(row) for row in self._all(f"{_TURNS} WHERE t.conversation = ? ORDER BY t.id", conversation)]

    def turn(self, owner: str, turn: int) -> Turn:
        """Raises NotFound."""
        rows = self._all(
            f"{_TURNS} JOIN conversations c ON c.id = t.conversation WHERE t.id = ? AND owner = ?", turn, owner
        )
        if not rows:
            raise NotFound("this answer is no longer in the history; ask again")
        return _turn(rows[0])

    def title(self, owner: str, conversation: int) -> str:
        return self._owned(owner, conversation)

    def rename(self, owner: str, conversation: int, title: str) -> None:
        self._owned(owner, conversation)
        with self._writing() as connection:
            name = " ".join(title.split())[:TITLE_CHARACTERS]
            connection.execute(
                "UPDATE conversations SET title = ? WHERE id = ? AND ? <> ''", (name, conversation, name)
            )

    def delete(self, owner: str, conversation: int, *, deleted: bool = True) -> None:
        """Delete a conversation, or take that back: it is gone for good when the page is started next."""
        self._owned(owner, conversation, deleted=not deleted)
        with self._writing() as connection:
            connection.execute("UPDATE conversations SET deleted = ? WHERE id = ?", (deleted, conversation))

    def judge(self, owner: str, turn: int, verdict: str, note: str) -> None:
        """Keep what a person says of an answer; a later word replaces an earlier one."""
        self.turn(owner, turn)
        with self._writing() as connection:
            connection.execute("INSERT OR REPLACE INTO feedback VALUES (?, ?, ?, ?)", (turn, verdict, note, _now()))

    def judged(self) -> list[Turn]:
        """Every answer that somebody judged, the oldest first."""
        return [_turn(row) for row in self._all(f"{_TURNS} WHERE verdict IS NOT NULL ORDER BY t.id")]

    def settings(self, owner: str) -> dict[str, Any]:
        rows = self._all("SELECT key, value FROM settings WHERE owner = ?", owner)
        return {key: json.loads(value) for key, value in rows}

    def set(self, owner: str, **settings: Any) -> None:
        with self._writing() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO settings VALUES (?, ?, ?)",
                [(owner, key, json.dumps(value)) for key, value in settings.items()],
            )

    def seconds(self, writer: str, n: int = 20) -> Sequence[float]:
        """How long the latest answers of that writer took."""
        rows = self._all(
            "SELECT seconds FROM turns WHERE writer = ? AND seconds IS NOT NULL AND NOT stopped AND text <> '' "
            "ORDER BY id DESC LIMIT ?", writer, n,
        )  # fmt: skip
        return [row[0] for row in rows]

    def _owned(self, owner: str, conversation: int, *, deleted: bool = False) -> str:
        """The conversation's title. Raises NotFound."""
        rows = self._all(
            "SELECT title FROM conversations WHERE id = ? AND owner = ? AND deleted = ?", conversation, owner, deleted
        )
        if not rows:
            raise NotFound("this conversation is no longer in the history; begin a new one")
        return str(rows[0][0])


_TURNS = (
    "SELECT t.id, t.conversation, t.answer, t.filters, t.stopped, coalesce(verdict, ''), coalesce(note, '') "
    "FROM turns t LEFT JOIN feedback f ON f.turn = t.id"
)


def _turn(row: tuple[Any, ...]) -> Turn:
    number, conversation, answer, filters, stopped, verdict, note = row
    return Turn(
        number, conversation, Answer.from_dict(json.loads(answer)), Filters.read(json.loads(filters)), bool(stopped),
        verdict, note,
    )  # fmt: skip


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
