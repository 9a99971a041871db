"""What the page remembers: conversations, answers, feedback, settings, documents switched off.

It lies in the index's folder, or in PostgreSQL for several pages. With several people (``--auth``) each sees
only their own.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from page.filters import Filters
from page.rooms import Execute, room
from rag import Answer
from rag.errors import FootnoteError

TITLE_CHARACTERS = 80
UNDO_SECONDS = 3600  # a conversation that was deleted so long ago is gone when a page is started next
TABLES = """
CREATE TABLE IF NOT EXISTS conversations (
    id {number}, owner TEXT NOT NULL, title TEXT NOT NULL, changed TEXT NOT NULL,
    deleted BIGINT NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS turns (
    id {number}, conversation BIGINT NOT NULL REFERENCES conversations ON DELETE CASCADE,
    asked TEXT NOT NULL, question TEXT NOT NULL, text TEXT NOT NULL, writer TEXT NOT NULL, seconds DOUBLE PRECISION,
    stopped INTEGER NOT NULL, filters TEXT NOT NULL, answer TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS turns_conversation ON turns (conversation);
CREATE TABLE IF NOT EXISTS feedback (
    turn BIGINT PRIMARY KEY REFERENCES turns ON DELETE CASCADE, verdict TEXT NOT NULL, note TEXT NOT NULL,
    given TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS settings (owner TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (owner, key));
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

    def __init__(self, place: Path | str) -> None:
        """``place`` is a folder or a ``postgresql://`` address. Raises StoreError, ServerAway."""
        self._room = room(place, TABLES)
        long_ago = int(time.time()) - UNDO_SECONDS
        self._room.change(
            lambda execute: execute("DELETE FROM conversations WHERE deleted > 0 AND deleted < ?", long_ago)
        )

    def keep(
        self, owner: str, conversation: int | None, answer: Answer, filters: Filters, writer: str, *, stopped: bool
    ) -> Turn:
        """Store an answer, in a new conversation where none is given."""
        if conversation is not None:
            self._owned(owner, conversation)
        title = " ".join(answer.question.split())[:TITLE_CHARACTERS]

        def store(execute: Execute) -> tuple[int, int]:
            held = conversation
            if held is None:
                [(held,)] = execute(
                    "INSERT INTO conversations (owner, title, changed) VALUES (?, ?, ?) RETURNING id",
                    owner, title, _now(),
                )  # fmt: skip
            execute("UPDATE conversations SET changed = ? WHERE id = ?", _now(), held)
            [(turn,)] = execute(
                "INSERT INTO turns (conversation, asked, question, text, writer, seconds, stopped, filters, answer) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
                held, _now(), answer.question, answer.text, writer, answer.timings.get("total"), int(stopped),
                json.dumps(filters.to_dict()), json.dumps(answer.to_dict(), ensure_ascii=False),
            )  # fmt: skip
            return turn, held

        turn, held = self._room.change(store)
        return Turn(turn, held, answer, filters, stopped)

    def conversations(self, owner: str, sought: str = "") -> list[Conversation]:
        """The newest first; with ``sought``, those that hold the words in title, question or answer."""
        rows = self._room.read(
            "SELECT c.id, title, changed, count(t.id) FROM conversations c LEFT JOIN turns t ON t.conversation = c.id "
            "WHERE owner = ? AND deleted = 0 AND (strpos(lower(title), ?) > 0 OR EXISTS (SELECT 1 FROM turns s "
            "WHERE s.conversation = c.id AND strpos(lower(s.question || ' ' || s.text), ?) > 0)) "
            "GROUP BY c.id ORDER BY changed DESC, c.id DESC",
            owner,
            sought.lower(),
            sought.lower(),
        )
        return [Conversation(*row) for row in rows]

    def turns(self, owner: str, conversation: int) -> list[Turn]:
        """The turns of a conversation, the oldest first. Raises NotFound."""
        self._owned(owner, conversation)
        return [_turn(row) for row in self._room.read(f"{_TURNS} WHERE t.conversation = ? ORDER BY t.id", conversation)]

    def turn(self, owner: str, turn: int) -> Turn:
        """Raises NotFound."""
        rows = self._room.read(
            f"{_TURNS} JOIN conversations c ON c.id = t.conversation WHERE t.id = ? AND owner = ?", turn, owner
        )
        if not rows:
            raise NotFound("this answer is no longer in the history; ask again")
        return _turn(rows[0])

    def title(self, owner: str, conversation: int) -> str:
        return self._owned(owner, conversation)

    def rename(self, owner: str, conversation: int, title: str) -> None:
        self._owned(owner, conversation)
        if name := " ".join(title.split())[:TITLE_CHARACTERS]:
            self._change("UPDATE conversations SET title = ? WHERE id = ?", name, conversation)

    def delete(self, owner: str, conversation: int, *, deleted: bool = True) -> None:
        """Delete a conversation, or take that back: it is gone for good when a page is started an hour later."""
        self._owned(owner, conversation, deleted=not deleted)
        since = int(time.time()) if deleted else 0
        self._change("UPDATE conversations SET deleted = ? WHERE id = ?", since, conversation)

    def judge(self, owner: str, turn: int, verdict: str, note: str) -> None:
        """Keep what a person says of an answer; a later word replaces an earlier one."""
        self.turn(owner, turn)
        self._change(
            "INSERT INTO feedback VALUES (?, ?, ?, ?) ON CONFLICT (turn) DO UPDATE "
            "SET verdict = excluded.verdict, note = excluded.note, given = excluded.given",
            turn, verdict, note, _now(),
        )  # fmt: skip

    def judged(self) -> list[Turn]:
        """Every answer that somebody judged, the oldest first."""
        return [_turn(row) for row in self._room.read(f"{_TURNS} WHERE verdict IS NOT NULL ORDER BY t.id")]

    def settings(self, owner: str) -> dict[str, Any]:
        rows = self._room.read("SELECT key, value FROM settings WHERE owner = ?", owner)
        return {key: json.loads(value) for key, value in rows}

    def set(self, owner: str, **settings: Any) -> None:
        def store(execute: Execute) -> None:
            for key, value in settings.items():
                execute(
                    "INSERT INTO settings VALUES (?, ?, ?) ON CONFLICT (owner, key) DO UPDATE "
                    "SET value = excluded.value",
                    owner, key, json.dumps(value),
                )  # fmt: skip

        self._room.change(store)

    def seconds(self, writer: str, n: int = 20) -> Sequence[float]:
        """How long the latest answers of that writer took."""
        rows = self._room.read(
            "SELECT seconds FROM turns WHERE writer = ? AND seconds IS NOT NULL AND stopped = 0 AND text <> '' "
            "ORDER BY id DESC LIMIT ?", writer, n,
        )  # fmt: skip
        return [row[0] for row in rows]

    def _owned(self, owner: str, conversation: int, *, deleted: bool = False) -> str:
        """The conversation's title. Raises NotFound."""
        rows = self._room.read(
            f"SELECT title FROM conversations WHERE id = ? AND owner = ? AND deleted {'>' if deleted else '='} 0",
            conversation,
            owner,
        )
        if not rows:
            raise NotFound("this conversation is no longer in the history; begin a new one")
        return str(rows[0][0])

    def _change(self, statement: str, *values: Any) -> None:
        self._room.change(lambda execute: execute(statement, *values))


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
