"""Which passages hold which words, how often: kept in blocks by word, recent changes beside them row by row.

A change writes a few rows a word (``word_recent``, ``word_gone``); once there are many, or on request, they are folded
into the blocks. Passage ids only ever grow, so folding appends.
"""

from __future__ import annotations

import json
import sqlite3
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, islice
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from rag.lexical.blocks import BLOCK, decode, encode
from rag.lexical.tokens import Numbers, remember, tokens

Ids = NDArray[np.int64]
Row = tuple[int, str, str, str]  # passage id, and the texts that its words are taken from: title, heading, text

RECENT = 4096  # passages that are kept row by row; searching them costs what searching a few blocks costs
REBUILT_AT_ONCE = 50_000  # passages whose postings are held in memory: about 150 MB
LENGTHS = 4096  # passages whose lengths are one row
LONGEST = 65535  # words of a passage that count

SCHEMA = """
CREATE TABLE IF NOT EXISTS words (id INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE, n INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS word_blocks (
    word INTEGER NOT NULL, first INTEGER NOT NULL, gaps BLOB NOT NULL, counts BLOB NOT NULL, PRIMARY KEY (word, first)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS word_recent (
    word INTEGER NOT NULL, passage INTEGER NOT NULL, count INTEGER NOT NULL, length INTEGER NOT NULL,
    PRIMARY KEY (word, passage)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS word_gone (
    word INTEGER NOT NULL, passage INTEGER NOT NULL, PRIMARY KEY (word, passage)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS word_lengths (block INTEGER PRIMARY KEY, lengths BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS word_totals (
    one INTEGER PRIMARY KEY CHECK (one = 1), n_passages INTEGER NOT NULL, n_tokens INTEGER NOT NULL,
    folded INTEGER NOT NULL, n_folds INTEGER NOT NULL, n_recent INTEGER NOT NULL
);
INSERT OR IGNORE INTO word_totals VALUES (1, 0, 0, 0, 0, 0);
"""
# words.n counts the passages in blocks; folded is the highest passage id in blocks; n_recent the changes beside them.


def add(connection: sqlite3.Connection, rows: Sequence[Row]) -> None:
    """Index passages. Their ids must be higher than all that were ever added."""
    remember(text for row in rows for text in row[1:])
    counted = [(row[0], counts_of(row)) for row in rows]
    ids = _word_ids(connection, {word for _, counts in counted for word in counts})
    connection.executemany(
        "INSERT INTO word_recent VALUES (?, ?, ?, ?)",
        (
            (ids[word], passage, min(count, 255), min(counts.total(), LONGEST))
            for passage, counts in counted
            for word, count in counts.items()
        ),
    )
    _change_totals(connection, len(rows), sum(counts.total() for _, counts in counted), len(rows))


def remove(connection: sqlite3.Connection, rows: Sequence[Row]) -> None:
    """Forget passages, given with the texts that they were added with."""
    remember(text for row in rows for text in row[1:])
    counted = [(row[0], counts_of(row)) for row in rows]
    ids = _word_ids(connection, {word for _, counts in counted for word in counts})
    [folded] = connection.execute("SELECT folded FROM word_totals").fetchone()
    for statement, held in (
        ("INSERT OR IGNORE INTO word_gone VALUES (?, ?)", True),
        ("DELETE FROM word_recent WHERE word = ? AND passage = ?", False),
    ):
        pairs = ((ids[w], passage) for passage, counts in counted if (passage <= folded) is held for w in counts)
        connection.executemany(statement, pairs)
    n_gone = sum(1 if passage <= folded else -1 for passage, _ in counted)
    _change_totals(connection, -len(rows), -sum(counts.total() for _, counts in counted), n_gone)


def fold_if_due(connection: sqlite3.Connection) -> None:
    """Fold once so many changes wait that they would slow the search."""
    [waiting] = connection.execute("SELECT n_recent FROM word_totals").fetchone()
    if waiting > RECENT:
        fold(connection)


def fold(connection: sqlite3.Connection) -> None:
    """Move the recent changes into the blocks. Searches find the same before and after."""
    if connection.execute("SELECT n_recent FROM word_totals").fetchone() == (0,):
        return
    gone = connection.execute("SELECT word, passage FROM word_gone ORDER BY word, passage").fetchall()
    for word, pairs in groupby(gone, itemgetter(0)):
        _take_out(connection, word, np.array([passage for _, passage in pairs]))
    recent = connection.execute("SELECT word, passage, count FROM word_recent ORDER BY word, passage").fetchall()
    lengths = dict(connection.execute("SELECT DISTINCT passage, length FROM word_recent"))
    table = np.array(recent, dtype=np.int64).reshape(-1, 3)
    _append(connection, table[:, 0], table[:, 1], table[:, 2].astype(np.uint8))
    _keep_lengths(connection, lengths)
    connection.execute("DELETE FROM word_gone")
    connection.execute("DELETE FROM word_recent")
    connection.execute(
        "UPDATE word_totals SET folded = max(folded, ?), n_folds = n_folds + 1, n_recent = 0",
        (max(lengths, default=0),),
    )


def rebuild(connection: sqlite3.Connection, rows: Iterable[Row]) -> None:
    """Index all passages anew, straight into blocks. ``rows`` are ordered by passage id."""
    for table in ("words", "word_blocks", "word_recent", "word_gone", "word_lengths"):
        connection.execute(f"DELETE FROM {table}")
    connection.execute(
        "UPDATE word_totals SET n_passages = 0, n_tokens = 0, folded = 0, n_folds = n_folds + 1, n_recent = 0"
    )
    numbers = Numbers()
    rows = iter(rows)
    while batch := list(islice(rows, REBUILT_AT_ONCE)):
        _rebuild_batch(connection, batch, numbers)


def _rebuild_batch(connection: sqlite3.Connection, batch: Sequence[Row], numbers: Numbers) -> None:
    known = len(numbers.words)
    remember(text for row in batch for text in row[1:])
    found = numbers.of(text for row in batch for text in row[1:])
    n_texts = len(batch[0]) - 1
    flat = array("q")
    lengths = {}
    for row in batch:
        before = len(flat)
        for _ in range(n_texts):
            flat.extend(next(found))
        lengths[row[0]] = len(flat) - before
    new = islice(numbers.words.items(), known, None)
    connection.executemany("INSERT INTO words (word, id, n) VALUES (?, ?, 0)", new)
    # One number for a word in a passage: sorted, they are in the order of the blocks, and equal ones are counted.
    places = np.repeat(np.arange(len(batch)), list(lengths.values()))
    pairs, counts = np.unique(np.frombuffer(flat, dtype=np.int64) * len(batch) + places, return_counts=True)
    words, places = np.divmod(pairs, len(batch))
    passages = np.array(list(lengths), dtype=np.int64)[places]
    _append(connection, words, passages, np.minimum(counts, 255).astype(np.uint8))
    _keep_lengths(connection, {passage: min(length, LONGEST) for passage, length in lengths.items()})
    _change_totals(connection, len(batch), sum(lengths.values()), 0)
    connection.execute("UPDATE word_totals SET folded = ?", (batch[-1][0],))


def remembered(rows: Iterable[Row]) -> Iterator[Row]:
    """The same rows, their words looked up many at a time."""
    rows = iter(rows)
    while batch := list(islice(rows, 1000)):
        remember(text for row in batch for text in row[1:])
        yield from batch


def counts_of(row: Row) -> Counter[str]:
    """How often each word stands in a passage."""
    return Counter(token for text in row[1:] for token in tokens(text))


def _word_ids(connection: sqlite3.Connection, words: set[str]) -> dict[str, int]:
    listed = json.dumps(sorted(words), ensure_ascii=False)
    connection.execute("INSERT OR IGNORE INTO words (word, n) SELECT value, 0 FROM json_each(?)", (listed,))
    found = connection.execute("SELECT word, id FROM words WHERE word IN (SELECT value FROM json_each(?))", (listed,))
    return dict(found)


def _change_totals(connection: sqlite3.Connection, n_passages: int, n_tokens: int, n_recent: int) -> None:
    connection.execute(
        "UPDATE word_totals SET n_passages = n_passages + ?, n_tokens = n_tokens + ?, n_recent = max(n_recent + ?, 0)",
        (n_passages, n_tokens, n_recent),
    )


def _take_out(connection: sqlite3.Connection, word: int, gone: Ids) -> None:
    """Rewrite the blocks of one word that hold passages that are gone, ascending."""
    n_removed = 0
    while len(gone):
        row = connection.execute(
            "SELECT first, gaps, counts FROM word_blocks WHERE word = ? AND first <= ? ORDER BY first DESC LIMIT 1",
            (word, int(gone[0])),
        ).fetchone()
        if row is None:  # never indexed here: nothing to take out
            break
        ids, counts = decode([row])
        inside = gone <= ids[-1]
        kept = ~np.isin(ids, gone[inside])
        n_removed += int((~kept).sum())
        connection.execute("DELETE FROM word_blocks WHERE word = ? AND first = ?", (word, row[0]))
        if kept.any():
            _put(connection, word, ids[kept], counts[kept])
        gone = gone[~inside] if inside.any() else gone[1:]
    connection.execute("UPDATE words SET n = n - ? WHERE id = ?", (n_removed, word))


def _append(connection: sqlite3.Connection, words: Ids, passages: Ids, counts: NDArray[np.uint8]) -> None:
    """Add postings, ordered by word and passage, behind those that are there."""
    if not len(words):
        return
    bounds = np.flatnonzero(np.diff(words)) + 1
    starts = [0, *bounds.tolist()]
    ends = [*bounds.tolist(), len(words)]
    last = _last_blocks(connection, words[starts])
    gone: list[tuple[int, int]] = []
    put: list[tuple[int, int, bytes, bytes]] = []
    grown: list[tuple[int, int]] = []
    for word, start, end in zip(words[starts].tolist(), starts, ends, strict=True):
        ids, tally = passages[start:end], counts[start:end]
        if (row := last.get(word)) is not None and len(row[2]) < BLOCK:
            gone.append((word, row[0]))
            before = decode([row])
            ids, tally = np.concatenate([before[0], ids]), np.concatenate([before[1], tally])
        put.extend(_pieces(word, ids, tally))
        grown.append((end - start, word))
    connection.executemany("DELETE FROM word_blocks WHERE word = ? AND first = ?", gone)
    connection.executemany("INSERT INTO word_blocks VALUES (?, ?, ?, ?)", put)
    connection.executemany("UPDATE words SET n = n + ? WHERE id = ?", grown)


def _last_blocks(connection: sqlite3.Connection, words: Ids) -> Mapping[int, tuple[int, bytes, bytes]]:
    rows = connection.execute(
        "SELECT value, first, gaps, counts FROM json_each(?) JOIN word_blocks ON word = value "
        "AND first = (SELECT max(first) FROM word_blocks WHERE word = value)",
        (json.dumps(words.tolist()),),
    )
    return {row[0]: row[1:] for row in rows}


def _put(connection: sqlite3.Connection, word: int, ids: Ids, counts: NDArray[np.uint8]) -> None:
    connection.executemany("INSERT INTO word_blocks VALUES (?, ?, ?, ?)", _pieces(word, ids, counts))


def _pieces(word: int, ids: Ids, counts: NDArray[np.uint8]) -> Iterator[tuple[int, int, bytes, bytes]]:
    for at in range(0, len(ids), BLOCK):
        yield word, *encode(ids[at : at + BLOCK], counts[at : at + BLOCK])


def _keep_lengths(connection: sqlite3.Connection, lengths: Mapping[int, int]) -> None:
    for block, passages in groupby(sorted(lengths), lambda passage: passage // LENGTHS):
        row = connection.execute("SELECT lengths FROM word_lengths WHERE block = ?", (block,)).fetchone()
        held = np.zeros(LENGTHS, dtype=np.uint16) if row is None else np.frombuffer(row[0], dtype=np.uint16).copy()
        for passage in passages:
            held[passage % LENGTHS] = lengths[passage]
        connection.execute("INSERT OR REPLACE INTO word_lengths VALUES (?, ?)", (block, held.tobytes()))
