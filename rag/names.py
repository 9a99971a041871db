"""The names that an index holds, kept in the same transaction as its passages, and looked up by how they sound."""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from heapq import nsmallest

from rag.spelling import difference, fold, keys
from rag.texts import Texts, texts_between

SCHEMA = """
CREATE TABLE IF NOT EXISTS names (
    id INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE, folded TEXT NOT NULL, n_documents INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS name_keys (key TEXT NOT NULL, name INTEGER NOT NULL, PRIMARY KEY (key, name)) WITHOUT ROWID;
"""

_LINKED = re.compile(r"[^\W\d_]+(?:[-'’‘`][^\W\d_]+)*")
_POSSESSIVE = re.compile("['’‘`]s$")
_LINK = re.compile("[-'’‘`]")
SHORTEST, SHORTEST_LINKED = 3, 5  # letters: of a name, and of one that is written in parts
# Letters of a longer one: it is no name, and has as many keys as it has letters.
LONGEST = 100
_BEFORE_A = ord("a") - 1
_LETTERS = 27  # of a folded name, and none
COMPARED = 30  # the look-alikes by letter pairs that are compared letter by letter


def in_passages(rows: Iterable[Texts]) -> set[str]:
    """The names in the titles, headings and texts of passages."""
    return {word for row in rows for text in row[1:] for word in in_text(text)}


def add(connection: sqlite3.Connection, found: Iterable[str]) -> None:
    """Count the names of one document."""
    _count(connection, dict.fromkeys(found, 1))


def remove(connection: sqlite3.Connection, found: Iterable[str]) -> None:
    """Forget the names of one document that no other document holds."""
    for word in found:
        connection.execute("UPDATE names SET n_documents = n_documents - 1 WHERE word = ?", (word,))
        gone = connection.execute(
            "DELETE FROM names WHERE word = ? AND n_documents <= 0 RETURNING id, folded", (word,)
        ).fetchall()
        for name, folded in gone:
            connection.executemany(
                "DELETE FROM name_keys WHERE key = ? AND name = ?", ((key, name) for key in keys(folded))
            )


def rebuild(connection: sqlite3.Connection) -> None:
    """Count the names of all documents anew."""
    for table in ("names", "name_keys"):
        connection.execute(f"DELETE FROM {table}")
    _count(connection, _counted(connection))


def check(connection: sqlite3.Connection) -> list[str]:
    """What the names say otherwise than the passages, in words; [] where they agree."""
    expected = {word: (fold(word), n) for word, n in _counted(connection).items()}
    rows = connection.execute("SELECT id, word, folded, n_documents FROM names").fetchall()
    long = {name for name, word, _, _ in rows if len(word) > LONGEST}  # earlier versions kept them
    held = {word: (folded, n) for name, word, folded, n in rows if name not in long}
    sounds = {(key, name) for name, _, folded, _ in rows if name not in long for key in keys(folded)}
    found = {row for row in connection.execute("SELECT key, name FROM name_keys") if row[1] not in long}
    if held != expected or sounds != found:
        return ["the names do not match the passages"]
    return []


def nearest(connection: sqlite3.Connection, word: str, most: float) -> list[tuple[str, float]]:
    """The names that differ from ``word`` by at most ``most``, each with its difference, nearest first."""
    marks = ",".join("?" * len(found := sorted(keys(fold(word)))))
    rows = connection.execute(
        f"SELECT word, folded FROM names WHERE id IN (SELECT name FROM name_keys WHERE key IN ({marks}))", found
    ).fetchall()
    return alike(word, rows, most)


def alike(word: str, rows: Iterable[tuple[str, str]], most: float) -> list[tuple[str, float]]:
    """Those of ``rows``, (name, folded), that differ from ``word`` by at most ``most``, as ``nearest``."""
    folded = fold(word)
    pairs = _pairs(folded)
    shared = (
        (-(pairs & _pairs(other)).bit_count(), abs(len(other) - len(folded)), name, other) for name, other in rows
    )
    measured = [(name, difference(folded, other, most)) for *_, name, other in nsmallest(COMPARED, shared)]
    return sorted(((name, apart) for name, apart in measured if apart <= most), key=lambda pair: (pair[1], pair[0]))


def in_text(text: str) -> Iterator[str]:
    """Every capitalised word of a text, and the whole where such words are linked: "Deir-ez-Zor", "Deir", "Zor"."""
    for linked in _LINKED.findall(text):
        yield from _in_word(linked)


@lru_cache(maxsize=65536)
def _in_word(linked: str) -> tuple[str, ...]:
    whole = _POSSESSIVE.sub("", linked)
    parts = _LINK.split(whole)
    named = [part for part in parts if part[0].isupper()]
    found = [_plain(part) for part in named if len(fold(part)) >= SHORTEST]
    if named and len(parts) > 1 and len(fold(whole)) >= SHORTEST_LINKED:
        found.append(_plain(whole))
    return tuple(word for word in found if len(word) <= LONGEST)


def _count(connection: sqlite3.Connection, counts: Mapping[str, int]) -> None:
    for word, n_documents in sorted(counts.items()):
        known = connection.execute(
            "UPDATE names SET n_documents = n_documents + ? WHERE word = ?", (n_documents, word)
        ).rowcount
        if not known:
            folded = fold(word)
            row = connection.execute(
                "INSERT INTO names (word, folded, n_documents) VALUES (?, ?, ?)", (word, folded, n_documents)
            ).lastrowid
            connection.executemany("INSERT INTO name_keys VALUES (?, ?)", [(key, row) for key in keys(folded)])


def _counted(connection: sqlite3.Connection) -> Counter[str]:
    """In how many documents each name stands."""
    counts: Counter[str] = Counter()
    for span in connection.execute("SELECT first, last FROM spans"):
        counts.update(in_passages(texts_between(connection, *span)))
    return counts


def _plain(word: str) -> str:
    """Small letters without marks, as the keyword index sees them; but ț, which sounds as ts, stays."""
    letters = "".join(char if char in "țţ" else unicodedata.normalize("NFD", char) for char in word.lower())
    return "".join(char for char in letters if not unicodedata.combining(char))


@lru_cache(maxsize=65536)
def _pairs(folded: str) -> int:
    """A bit for each pair of letters, and for the first and last one: thousands may be compared for one name."""
    pairs, before = 0, 0
    for letter in (*(ord(letter) - _BEFORE_A for letter in folded), 0):
        pairs |= 1 << (before * _LETTERS + letter)
        before = letter
    return pairs
