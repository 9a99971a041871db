"""BM25 as FTS5 computes it (k1 = 1.2, b = 0.75, no negative weights of words), over the postings, in numpy.

https://www.sqlite.org/fts5.html#the_bm25_function
"""

from __future__ import annotations

import math
import re
import sqlite3
import threading
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from rag.lexical.blocks import decode
from rag.lexical.postings import LENGTHS
from rag.lexical.stopwords import STOPWORDS
from rag.lexical.tokens import tokens
from rag.texts import texts_of

K1, B, LEAST_IDF = 1.2, 0.75, 1e-6
# Of a name that the documents spell in several ways, the spelling asked for comes first and the others still count.
RATHER_WEIGHT = 0.3
COMPARED = 4000  # passages that hold all words of a phrase and are read to see if they stand side by side
COMPARED_FOR_ONE = 200  # the same where it is only asked if there is one; where more hold them, it counts as held
COMPARED_IN_ALL = 120  # the same where any of several phrases will do
READ_AT_ONCE = 50
READ_AT_FIRST = 8  # most names that are held stand in the first passages that are read
_UNCHANGED = 4  # letters at the beginning of a word that stemming leaves as they are, in words longer than that
_LATIN = re.compile(r"[\x00-\u036f\u1e00-\u20ff]*")
_MARKS = re.compile("[\u0300-\u036f]")
_NEXT = re.compile(r"[^\W_]*+[\W_]*+")  # to the beginning of the next word
_RUN = 256  # scores that are looked through as one when the best are sought

Ids = NDArray[np.int64]
Scores = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Postings:
    """The passages that hold a word or phrase, ascending, and how often."""

    ids: Ids
    counts: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class _State:
    """What scores depend on besides the postings: ``lengths[id]`` is the number of words of a passage."""

    n_folds: int
    n_passages: int
    n_tokens: int
    highest: int
    lengths: NDArray[np.uint16]
    norms: Scores  # k1 * (1 - b + b * length / average length), by id


class Keywords:
    """Keyword search over one store. Safe to share between threads, each with its own connection."""

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self._connect = connect
        self._lock = threading.Lock()
        self._state: _State | None = None

    @property
    def connection(self) -> sqlite3.Connection:
        return self._connect()

    def search(
        self,
        query: str,
        k: int,
        allowed: Mask | None = None,
        *,
        also: Sequence[str] = (),
        rather: Sequence[str] = (),
    ) -> list[tuple[int, float]]:
        """The ``k`` best (passage id, BM25 score), best first; higher is better.

        ``allowed[id]`` says whether a passage may be found; ids beyond it may not. Phrases in ``also`` count as words
        of the query, phrases in ``rather`` less than those.
        """
        sought = [phrase for phrase in map(tokens, (*query_words(query), *also)) if phrase]
        preferred = [phrase for phrase in map(tokens, rather) if phrase]
        if not sought and not preferred:
            return []
        state = self._now()
        scores = np.zeros(-(-(state.highest + 1) // _RUN) * _RUN)
        for phrase in sought:
            self._score(state, phrase, scores)
        ranking = _best(scores, k, allowed)
        if not preferred:
            return ranking
        for phrase in preferred:
            self._score(state, phrase, scores)
        merged = {i: (1 - RATHER_WEIGHT) * score for i, score in ranking}
        for i, score in _best(scores, k, allowed):  # BM25 is a sum over words: a share of the wider one is that
            merged[i] = merged.get(i, 0.0) + RATHER_WEIGHT * score  # share of what was added
        return sorted(merged.items(), key=lambda pair: (-pair[1], pair[0]))[:k]

    def n_passages(self, phrase: str, most: int) -> int:
        """How many passages hold the phrase, counted up to ``most``; of those with all its words the first are read.

        Words that very many passages hold together count as a phrase of one.
        """
        words = tokens(phrase)
        if len(words) < 2:
            return min(sum(self._n_passages(word) for word in words), most)
        if any(self._n_passages(word) == 0 for word in words):
            return 0
        ids = self._holding_all(words)
        compared = COMPARED_FOR_ONE if most == 1 else COMPARED
        n = len(self._side_by_side(words, ids[:compared], most).ids)
        return max(n, int(len(ids) > compared))

    def first_held(self, phrases: Iterable[str]) -> str | None:
        """The first of the phrases that a passage holds, None where none does.

        COMPARED_IN_ALL passages are read to find out; what those do not show is not found.
        """
        word, n_passages = cache(self._word), cache(self._n_passages)  # many pairs are made of few words
        n_left = COMPARED_IN_ALL
        for phrase in phrases:
            words = tokens(phrase)
            ids = self._holding(sorted(set(words), key=n_passages), word)[:n_left]
            if len(self._side_by_side(words, ids, most=1).ids):
                return phrase
            n_left -= len(ids)
        return None

    def _score(self, state: _State, phrase: Sequence[str], scores: Scores) -> None:
        """Add what a word or phrase is worth to the ``scores`` of the passages that hold it."""
        postings = self._word(phrase[0]) if len(phrase) == 1 else self._phrase(phrase)
        n = len(postings.ids)
        if not n:
            return
        idf = max(math.log((state.n_passages - n + 0.5) / (n + 0.5)), 0.0) or LEAST_IDF
        weights = state.norms[postings.ids]
        weights += postings.counts
        np.divide(postings.counts, weights, out=weights)
        weights *= idf * (K1 + 1)
        scores[postings.ids] += weights

    def _word(self, word: str) -> _Postings:
        found = self.connection.execute("SELECT id FROM words WHERE word = ?", (word,)).fetchone()
        if found is None:
            return _Postings(*decode([]))
        rows = self.connection.execute("SELECT first, gaps, counts FROM word_blocks WHERE word = ?", found)
        ids, counts = decode(rows.fetchall())
        gone = self.connection.execute("SELECT passage FROM word_gone WHERE word = ?", found).fetchall()
        if gone:
            kept = ~np.isin(ids, np.array(gone)[:, 0])
            ids, counts = ids[kept], counts[kept]
        recent = self.connection.execute("SELECT passage, count FROM word_recent WHERE word = ?", found).fetchall()
        if recent:
            table = np.array(recent, dtype=np.int64)
            ids = np.concatenate([ids, table[:, 0]])
            counts = np.concatenate([counts, table[:, 1].astype(np.uint8)])
        return _Postings(ids, counts)

    def _n_passages(self, word: str) -> int:
        row = self.connection.execute(
            "SELECT n + (SELECT count(*) FROM word_recent WHERE word_recent.word = words.id) "
            "- (SELECT count(*) FROM word_gone WHERE word_gone.word = words.id) FROM words WHERE word = ?",
            (word,),
        ).fetchone()
        return 0 if row is None else int(row[0])

    def _phrase(self, words: Sequence[str]) -> _Postings:
        """The passages that hold the words side by side in one of their texts."""
        return self._side_by_side(words, self._holding_all(words)[:COMPARED], most=COMPARED)

    def _holding_all(self, words: Sequence[str]) -> Ids:
        return self._holding(sorted(set(words), key=self._n_passages), self._word)

    def _holding(self, words: Sequence[str], postings: Callable[[str], _Postings]) -> Ids:
        """The passages that hold every one of the words, ascending; the rarest word comes first."""
        ids = postings(words[0]).ids
        for word in words[1:]:
            if not len(ids):
                break
            others = postings(word).ids
            at = np.searchsorted(others, ids)
            ids = ids[others[np.minimum(at, len(others) - 1)] == ids] if len(others) else others
        return ids

    def _side_by_side(self, words: Sequence[str], ids: Ids, most: int) -> _Postings:
        """Of the passages ``ids`` those that hold the words side by side, up to ``most`` of them."""
        found: list[int] = []
        counts: list[int] = []
        starts = [word[: max(1, min(_UNCHANGED, len(word) - 1))] for word in words]
        edges = [0, *range(READ_AT_FIRST, len(ids), READ_AT_ONCE), len(ids)]
        read = (row for start, end in pairwise(edges) for row in texts_of(self.connection, ids[start:end].tolist()))
        for passage, *texts in read:
            n = sum(
                _occurrences(words, tokens(text))
                for text in texts
                if _may_hold(starts, text)  # most have the words far apart
            )
            if n:
                found.append(passage)
                counts.append(min(n, 255))
                if len(found) == most:
                    break
        return _Postings(np.array(found, dtype=np.int64), np.array(counts, dtype=np.uint8))

    def _now(self) -> _State:
        """The totals and lengths as they are, from memory where nothing has changed."""
        read = self.connection.execute
        n_passages, n_tokens, n_folds = read("SELECT n_passages, n_tokens, n_folds FROM word_totals").fetchone()
        [highest] = read("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'passages'").fetchone()
        with self._lock:
            held = self._state
            known = (n_folds, n_passages, n_tokens, highest)
            if held is not None and (held.n_folds, held.n_passages, held.n_tokens, held.highest) == known:
                return held
            lengths = self._lengths(highest, None if held is None or held.n_folds != n_folds else held.lengths)
            average = max(n_tokens / max(n_passages, 1), 1e-9)
            norms = lengths * (K1 * B / average)
            norms += K1 * (1 - B)
            self._state = _State(n_folds, n_passages, n_tokens, highest, lengths, norms)
            return self._state

    def _lengths(self, highest: int, before: NDArray[np.uint16] | None) -> NDArray[np.uint16]:
        lengths = np.zeros(highest + 1, dtype=np.uint16)
        if before is None:
            for block, blob in self.connection.execute("SELECT block, lengths FROM word_lengths"):
                some = np.frombuffer(blob, dtype=np.uint16)[: highest + 1 - block * LENGTHS]
                lengths[block * LENGTHS : block * LENGTHS + len(some)] = some
        else:
            lengths[: len(before)] = before[: highest + 1]
        recent = self.connection.execute("SELECT DISTINCT passage, length FROM word_recent").fetchall()
        if recent:
            table = np.array(recent, dtype=np.int64)
            lengths[table[:, 0]] = table[:, 1]
        return lengths


def query_words(query: str) -> list[str]:
    """The words that are sought: each once, in small letters, without function words.

    A query of nothing but those keeps them: "who is it" should still find something.
    """
    words = list(dict.fromkeys(re.findall(r"\w+", query.lower())))
    telling = [word for word in words if word not in STOPWORDS]
    return telling if telling else words


def _may_hold(starts: Sequence[str], text: str) -> bool:
    """Whether words that begin so stand side by side in the text, or it is in letters of which that is not sure."""
    text = text.lower()
    if not text.isascii():
        if not _LATIN.fullmatch(text):
            return True
        text = _MARKS.sub("", unicodedata.normalize("NFKD", text))
    at = text.find(starts[0])
    while at >= 0:
        place = at if at == 0 or not text[at - 1].isalnum() else -1
        for start in starts[1:]:
            if place < 0:
                break
            place = _NEXT.match(text, place).end()  # type: ignore[union-attr]  # it matches nothing, too
            place = place if text.startswith(start, place) else -1
        if place >= 0:
            return True
        at = text.find(starts[0], at + 1)
    return False


def _occurrences(words: Sequence[str], text: Sequence[str]) -> int:
    n, first = len(words), words[0]
    return sum(text[at] == first and list(text[at : at + n]) == list(words) for at in range(len(text) - n + 1))


def _best(scores: Scores, k: int, allowed: Mask | None) -> list[tuple[int, float]]:
    """The ``k`` highest scores above 0 with their places, highest first, then lowest place first."""
    if allowed is not None:
        kept = np.zeros_like(scores)
        n = min(len(scores), len(allowed))
        np.copyto(kept[:n], scores[:n], where=allowed[:n])
        scores = kept
    # The k-th best of the maxima of runs is no more than the k-th best score: only runs that reach it are looked into.
    maxima = scores.reshape(-1, _RUN).max(axis=1)
    least = np.partition(maxima, -k)[-k] if k < len(maxima) else 0.0
    runs = np.flatnonzero((maxima >= least) & (maxima > 0))
    within = scores.reshape(-1, _RUN)[runs]
    row, column = np.nonzero((within >= least) & (within > 0))
    ids, values = runs[row] * _RUN + column, within[row, column]
    order = np.lexsort((ids, -values))[:k]
    return list(zip(ids[order].tolist(), values[order].tolist(), strict=True))
