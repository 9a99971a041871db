"""The names of a query as the documents spell them: Qurashi for Qurayshi, Deir ez-Zor for Deirezzor."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag import names
from rag.lexical import STOPWORDS, n_passages
from rag.spelling import fold

# Shares of a word that a spelling may differ by (rag.spelling.difference). A wrong guess costs little, since the other
# words of the question outvote it; but a rare name, one joined of several words, and a word in small letters, which is
# seldom a name, must all but sound alike.
UNKNOWN, ALMOST = 0.25, 0.1
RARE = 5  # a name that fewer passages hold may be spelt otherwise in others
COMMONER = 5  # times as many passages hold the other spelling: then the rare one is taken for a slip
MARGIN, MOST = 0.08, 3  # spellings that are about as near as the nearest one, and how many of them

_WORD = re.compile(r"[^\W\d_]+")
_LINKS = frozenset("-'’‘`")
_JOINED_WORDS = (3, 2)  # Tae Kwon Do, Abdul Rahman
_SHORTEST_PART = 3  # letters: of the halves of a word that the documents write as two


@dataclass(frozen=True, slots=True)
class Respelling:
    """The name at ``query[start:end]`` and how the documents spell it, likeliest first.

    ``unknown`` says that no passage holds it as the query spells it; ``slip`` that it is that, or that so few do that
    they may have it wrong too.
    """

    start: int
    end: int
    spellings: tuple[str, ...]
    unknown: bool
    slip: bool


def respellings(connection: sqlite3.Connection, query: str) -> list[Respelling]:
    """What the documents spell otherwise, in the order of the query. Names that they hold as they are stand."""
    if not names.counted(connection):
        return []
    words = _words(connection, query)
    found = list(_joined(connection, query, words))
    for word in words:
        if all(word.end <= other.start or word.start >= other.end for other in found):
            found += _single(connection, word)
    return sorted(found, key=lambda respelling: respelling.start)


def respelt(query: str, found: Sequence[Respelling]) -> str:
    """The query with the likeliest spelling in the place of each unknown name."""
    for respelling in reversed(found):
        if respelling.unknown:
            query = query[: respelling.start] + respelling.spellings[0].title() + query[respelling.end :]
    return query


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    start: int
    end: int
    named: bool  # capitalised, or linked to another word: both parts of al-Sukhnah
    n_passages: int  # that hold it, counted up to RARE


def _words(connection: sqlite3.Connection, query: str) -> list[_Word]:
    """The words that may be names or parts of one."""
    found = []
    for match in _WORD.finditer(query):
        start, end = match.span()
        named = match[0][0].isupper() or bool(_LINKS & {query[start - 1 : start], query[end : end + 1]})
        known = RARE if match[0].lower() in STOPWORDS else n_passages(connection, match[0], RARE)
        found.append(_Word(match[0], start, end, named, known))
    return found


def _joined(connection: sqlite3.Connection, query: str, words: Sequence[_Word]) -> Iterator[Respelling]:
    """Names of several words that the documents write otherwise: as one word, or linked."""
    until = 0
    for first, length in ((i, n) for i in range(len(words)) for n in _JOINED_WORDS if i + n <= len(words)):
        run = words[first : first + length]
        start, end = run[0].start, run[-1].end
        adjoining = end - start == sum(len(word.text) + 1 for word in run) - 1
        if start < until or not adjoining or not all(word.named for word in run):
            continue
        if all(word.n_passages == RARE for word in run) or not re.fullmatch(r"[\w '’‘`-]+", query[start:end]):
            continue
        if n_passages(connection, query[start:end], 1) == 0:
            near = names.nearest(connection, "".join(word.text for word in run), ALMOST)
            if near:
                until = end
                yield Respelling(start, end, _about_as_near(near), unknown=True, slip=True)


def _single(connection: sqlite3.Connection, word: _Word) -> Iterator[Respelling]:
    unknown = word.n_passages == 0
    acronym = word.text.isupper()
    if acronym or word.n_passages == RARE or not (unknown or word.named) or len(fold(word.text)) < names.SHORTEST:
        return
    most = UNKNOWN if unknown and word.named else ALMOST
    near = names.nearest(connection, word.text, most)
    if unknown:
        spellings = (*_in_two(connection, word.text), *_about_as_near(near))
    else:
        spellings = _about_as_near([(name, apart) for name, apart in near if fold(name) != fold(word.text)])
    if spellings:
        yield Respelling(word.start, word.end, spellings, unknown, unknown or _slip(connection, word, spellings[0]))


def _slip(connection: sqlite3.Connection, word: _Word, spelling: str) -> bool:
    return n_passages(connection, spelling, COMMONER * word.n_passages) == COMMONER * word.n_passages


def _in_two(connection: sqlite3.Connection, word: str) -> list[str]:
    """The word as the documents write it in two: Char Dham for Chardham."""
    cuts = range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1)
    pairs = (f"{word[:cut]} {word[cut:]}" for cut in cuts)
    return [pair for pair in pairs if n_passages(connection, pair, 1)]


def _about_as_near(near: Sequence[tuple[str, float]]) -> tuple[str, ...]:
    return tuple(name for name, apart in near if apart <= near[0][1] + MARGIN)[:MOST]
