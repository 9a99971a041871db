"""Whether the postings are those of the passages: every word, place, count and length."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.lexical.blocks import decode
from rag.lexical.postings import LENGTHS, LONGEST, Row, counts_of, remembered

_MIX = tuple(np.uint64(odd) for odd in (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9))


def check(connection: sqlite3.Connection, rows: Iterable[Row]) -> list[str]:
    """What the postings say otherwise than the passages, in words; [] where they agree.

    Postings are compared one by one through the sum of a number made of each, which is the same in any order.
    """
    numbers = dict(connection.execute("SELECT word, id FROM words"))
    expected: Counter[str] = Counter()
    lengths: dict[int, int] = {}
    n_tokens = total = 0
    for row in remembered(rows):
        counted = counts_of(row)
        expected.update(counted.keys())
        n_tokens += counted.total()
        lengths[row[0]] = min(counted.total(), LONGEST)
        total += _sum(
            np.array([numbers.get(word, -1) for word in counted], dtype=np.int64),
            row[0],
            np.minimum(np.fromiter(counted.values(), dtype=np.int64, count=len(counted)), 255),
        )
    held, held_total, odd = _held(connection)
    wrong = [word for word in numbers.keys() | expected.keys() if held.get(numbers.get(word, -1), 0) != expected[word]]
    totals = connection.execute("SELECT n_passages, n_tokens FROM word_totals").fetchone()
    if wrong or odd or (total - held_total) % 2**64 or totals != (len(lengths), n_tokens):
        some = f" of {len(wrong)} words, such as {min(wrong)!r}" if wrong else ""
        return [f"the keyword index does not match the passages{some}"]
    if _lengths(connection, lengths) != lengths:
        return ["the keyword index does not know how long the passages are"]
    return []


def _held(connection: sqlite3.Connection) -> tuple[Counter[int], int, bool]:
    """Of each word by its number, in how many passages it stands; the sum of all postings; whether any count is off."""
    found: Counter[int] = Counter()
    total, odd = 0, False
    noted = dict(connection.execute("SELECT id, n FROM words"))
    gone = _passages(connection, "word_gone")
    for word, blocks in groupby(
        connection.execute("SELECT word, first, gaps, counts FROM word_blocks ORDER BY word, first"), itemgetter(0)
    ):
        ids, counts = decode([block[1:] for block in blocks])
        odd |= noted.pop(word, 0) != len(ids) or bool((np.diff(ids) <= 0).any())
        kept = ~np.isin(ids, gone.get(word, ()))
        found[word] += int(kept.sum())
        total += _sum(np.int64(word), ids[kept], counts[kept])
    for word, passage, count in connection.execute("SELECT word, passage, count FROM word_recent"):
        found[word] += 1
        total += _sum(np.int64(word), np.array([passage]), np.array([count]))
    return found, total, odd or any(noted.values())


def _passages(connection: sqlite3.Connection, table: str) -> dict[int, list[int]]:
    rows = connection.execute(f"SELECT word, passage FROM {table} ORDER BY word")
    return {word: [passage for _, passage in pairs] for word, pairs in groupby(rows, itemgetter(0))}


def _lengths(connection: sqlite3.Connection, passages: Iterable[int]) -> dict[int, int]:
    """The lengths that are kept for those passages."""
    blocks = {
        block: np.frombuffer(lengths, dtype=np.uint16)
        for block, lengths in connection.execute("SELECT block, lengths FROM word_lengths")
    }
    recent = dict(connection.execute("SELECT DISTINCT passage, length FROM word_recent"))
    [folded] = connection.execute("SELECT folded FROM word_totals").fetchone()
    return dict(_each(passages, blocks, recent, folded))


def _each(
    passages: Iterable[int], blocks: dict[int, NDArray[np.uint16]], recent: dict[int, int], folded: int
) -> Iterator[tuple[int, int]]:
    for passage in passages:
        if passage in recent:
            yield passage, recent[passage]
        elif passage <= folded and passage // LENGTHS in blocks:
            yield passage, int(blocks[passage // LENGTHS][passage % LENGTHS])
        else:
            yield passage, 0  # a passage without a word has no row


def _sum(words: Any, passages: Any, counts: Any) -> int:
    """The sum of a number made of each posting; only its lowest 64 bits mean anything."""
    parts = (np.asarray(part).astype(np.uint64) for part in (words, passages, counts))
    with np.errstate(over="ignore"):
        mixed = sum((part * odd for part, odd in zip(parts, _MIX, strict=True)), np.uint64(0))
        mixed = (mixed ^ (mixed >> np.uint64(31))) * _MIX[0]
        return int((mixed ^ (mixed >> np.uint64(29))).sum(dtype=np.uint64))
