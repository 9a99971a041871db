"""The words of a text as the keyword index keeps them: in small letters, without marks, stemmed.

SQLite's own FTS5 tokeniser is asked once for each run of characters that may hold a word, and the answer is remembered:
the words are exactly FTS5's, at the speed of a dictionary.
"""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Collection, Iterable, Iterator

TOKENIZER = "porter unicode61 remove_diacritics 2"
REMEMBERED = 400_000  # runs of characters; about 60 MB, more than the vocabulary of most libraries

_RUN = re.compile(r"[0-9A-Za-z\x80-\U0010ffff]+")  # every other ASCII character parts words in any language

_lock = threading.Lock()
_known: dict[str, tuple[str, ...]] = {}
_connections: list[sqlite3.Connection] = []


def tokens(text: str) -> list[str]:
    """The words of ``text`` in their order, as FTS5's porter and unicode61 tokenisers make them."""
    runs = _RUN.findall(text)
    while True:
        try:
            return [token for run in runs for token in _known[run]]
        except KeyError:
            _learn(set(runs))


def remember(texts: Iterable[str]) -> None:
    """Ask for the words of many texts at once, ahead of ``tokens``: asking run by run takes four times as long."""
    new = {run for text in texts for run in _RUN.findall(text) if run not in _known}
    if new:
        _learn(new)


class Numbers:
    """Numbers instead of words, from 1 on in the order in which they come: for texts by the million."""

    def __init__(self) -> None:
        self.words: dict[str, int] = {}
        self._runs: dict[str, tuple[int, ...]] = {}

    def of(self, texts: Iterable[str]) -> Iterator[list[int]]:
        """The numbers of the words of each text, as ``tokens`` makes them."""
        for text in texts:
            runs = _RUN.findall(text)
            try:
                yield [number for run in runs for number in self._runs[run]]
            except KeyError:
                self._learn({run for run in runs if run not in self._runs})
                yield [number for run in runs for number in self._runs[run]]

    def _learn(self, runs: Iterable[str]) -> None:
        for run in sorted(runs):
            self._runs[run] = tuple(self.words.setdefault(word, len(self.words) + 1) for word in tokens(run))


def _learn(runs: Collection[str]) -> None:
    with _lock:
        if len(_known) > REMEMBERED:
            _known.clear()
        new = [run for run in runs if run not in _known]
        connection = _tokeniser()
        connection.executemany("INSERT INTO seen (rowid, text) VALUES (?, ?)", enumerate(new))
        found: list[list[str]] = [[] for _ in new]
        for row, token in connection.execute("SELECT doc, term FROM token ORDER BY doc, offset"):
            found[row].append(token)
        connection.execute("INSERT INTO seen (seen) VALUES ('delete-all')")
        _known.update((run, tuple(parts)) for run, parts in zip(new, found, strict=True))


def _tokeniser() -> sqlite3.Connection:
    if not _connections:
        connection = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        connection.execute(f"CREATE VIRTUAL TABLE seen USING fts5 (text, content='', tokenize='{TOKENIZER}')")
        connection.execute("CREATE VIRTUAL TABLE token USING fts5vocab (seen, instance)")
        _connections.append(connection)
    return _connections[0]
