"""Keyword ranking: BM25 in SQLite's FTS5, kept in the same transaction as the passages that it ranks."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence

# Title and heading name the subject of a short passage; weighing them as body text loses digest items among
# long articles, weighing them more lets a title's word outrank the passage that answers.
TITLE_WEIGHT, HEADING_WEIGHT, TEXT_WEIGHT = 1.0, 1.0, 1.0

# Of a name that the documents spell in several ways, the spelling asked for comes first and the others still count.
RATHER_WEIGHT = 0.3

# The index reads its words through the view, so that no text is stored twice.
SCHEMA = """
CREATE VIEW IF NOT EXISTS passage_words AS
    SELECT passages.id AS id, documents.title AS title, passages.heading AS heading, passages.text AS text
    FROM passages JOIN documents ON documents.id = passages.document;
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5(
    title, heading, text, content='passage_words', content_rowid='id',
    tokenize='porter unicode61 remove_diacritics 2'
);
"""

# Question words and function words: they match everything and rank nothing.
STOPWORDS = frozenset(
    """
    a about after all also an and any are as at be been before but by can could did do does during for from get
    give given had has have he her him his how i if in into is it its list many me more most much my name no not of
    on or our out over said say says she should so some such tell than that the their them then there these they
    this those through to under until up us was we were what when where which while who whom whose why will with
    would you your""".split()
)


def add(connection: sqlite3.Connection, document: int) -> None:
    """Index the passages of one document row. Call it after they are inserted."""
    connection.execute(
        "INSERT INTO words(rowid, title, heading, text) SELECT id, title, heading, text FROM passage_words "
        "WHERE id IN (SELECT id FROM passages WHERE document = ?)",
        (document,),
    )


def remove(connection: sqlite3.Connection, document: int) -> None:
    """Forget the passages of one document row. Call it before they are deleted: FTS5 needs the old words."""
    connection.execute(
        "INSERT INTO words(words, rowid, title, heading, text) SELECT 'delete', id, title, heading, text "
        "FROM passage_words WHERE id IN (SELECT id FROM passages WHERE document = ?)",
        (document,),
    )


def search(
    connection: sqlite3.Connection,
    query: str,
    k: int,
    allowed: Sequence[int] | None = None,
    *,
    also: Sequence[str] = (),
    rather: Sequence[str] = (),
) -> list[tuple[int, float]]:
    """The ``k`` best (passage id, BM25 score), best first; higher is better. ``allowed`` restricts the ids.

    Phrases in ``also`` count as words of the query, phrases in ``rather`` less than those.
    """
    if allowed is not None:
        # A temporary table instead of placeholders: a filter can allow more ids than SQLite has variables.
        connection.execute("CREATE TEMP TABLE IF NOT EXISTS allowed (id INTEGER PRIMARY KEY)")
        connection.execute("DELETE FROM temp.allowed")
        connection.executemany("INSERT INTO temp.allowed VALUES (?)", ((i,) for i in allowed))
    sought = [match_expression(query), *(f'"{phrase}"' for phrase in also)]
    ranking = _best(connection, sought, k, allowed is not None)
    if not rather:
        return ranking
    wider = _best(connection, [*sought, *(f'"{phrase}"' for phrase in rather)], k, allowed is not None)
    scores = {i: (1 - RATHER_WEIGHT) * score for i, score in ranking}
    for i, score in wider:  # BM25 is a sum over words, so a share of the wider one is that share of what was added
        scores[i] = scores.get(i, 0.0) + RATHER_WEIGHT * score
    return sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))[:k]


def _best(connection: sqlite3.Connection, sought: Sequence[str], k: int, filtered: bool) -> list[tuple[int, float]]:
    match = " OR ".join(filter(None, sought))
    if not match:
        return []
    within = "AND rowid IN (SELECT id FROM temp.allowed)" if filtered else ""
    rank = f"bm25(words, {TITLE_WEIGHT}, {HEADING_WEIGHT}, {TEXT_WEIGHT})"
    rows = connection.execute(
        f"SELECT rowid, {rank} AS rank FROM words WHERE words MATCH ? {within} ORDER BY rank, rowid LIMIT ?", (match, k)
    )
    return [(row, -rank) for row, rank in rows]  # FTS5 gives negated BM25: smaller is better


def n_passages(connection: sqlite3.Connection, phrase: str, most: int) -> int:
    """How many passages hold the phrase, counted up to ``most``."""
    rows = connection.execute(
        "SELECT count(*) FROM (SELECT 1 FROM words WHERE words MATCH ? LIMIT ?)", (f'"{phrase}"', most)
    )
    return int(rows.fetchone()[0])


def match_expression(query: str) -> str:
    """The query's words, quoted against FTS5's own syntax and joined with OR; "" where it has none.

    A query of nothing but stopwords keeps them: "who is it" should still find something.
    """
    words = list(dict.fromkeys(re.findall(r"\w+", query.lower())))
    telling = [word for word in words if word not in STOPWORDS]
    return " OR ".join(f'"{word}"' for word in telling or words)
