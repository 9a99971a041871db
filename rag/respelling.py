"""The names of a query as the documents spell them: Qurashi for Qurayshi, Deir ez-Zor for Deirezzor."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise, product
from typing import Protocol

from rag import names
from rag.lexical import STOPWORDS
from rag.spelling import fold

# Shares of a word that a spelling may differ by (rag.spelling.difference). A wrong guess costs little, since the other
# words of the question outvote it; but a rare name, one joined of several words, and a word in small letters, which is
# seldom a name, must all but sound alike. Two names that the documents hold side by side vouch for each other.
UNKNOWN, ALMOST = 0.25, 0.1
RARE = 5  # a name that fewer passages hold may be spelt otherwise in others
COMMONER = 3  # times as many passages hold the other spelling: then the rare one is taken for a slip
MARGIN, MOST = 0.08, 3  # spellings that are about as near as the nearest one, and how many of them
MOST_PAIRS = 60  # spellings of two names side by side that are looked for, those that differ least first

MOST_WORDS, LONGEST = 64, 40  # of a query, and letters of a word: more is pasted text, not a name

_WORD = re.compile(r"[^\W\d_]+")
_LINKS = frozenset("-'’‘`")
_BETWEEN = _LINKS | {" "}
_JOINED_WORDS = (3, 2)  # Tae Kwon Do, Abdul Rahman
_SHORTEST_PART = 3  # letters: of the halves of a word that the documents write as two


class Keywords(Protocol):
    """The words and names of an index; ``rag.engines.Looking`` is one."""

    def n_passages(self, phrase: str, most: int) -> int: ...
    def first_held(self, phrases: Iterable[str]) -> str | None: ...
    def names_like(self, word: str, most: float) -> list[tuple[str, float]]: ...


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


def respellings(keywords: Keywords, query: str) -> list[Respelling]:
    """What the documents spell otherwise, in the order of the query. Names that they hold as they are stand."""
    words = _words(keywords, query)
    found: list[Respelling] = []
    for way in (_joined, _in_full, _single):
        for respelling in way(keywords, query, words):
            if all(respelling.end <= other.start or respelling.start >= other.end for other in found):
                found.append(respelling)
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

    @property
    def proper(self) -> bool:
        """Capitalised, and neither an acronym nor a function word."""
        return self.text[0].isupper() and not self.text.isupper() and self.text.lower() not in STOPWORDS


def _words(keywords: Keywords, query: str) -> list[_Word]:
    """The words that may be names or parts of one."""
    found = []
    for match in islice(_WORD.finditer(query), MOST_WORDS):
        start, end = match.span()
        named = match[0][0].isupper() or bool(_LINKS & {query[start - 1 : start], query[end : end + 1]})
        known = RARE if match[0].lower() in STOPWORDS or end - start > LONGEST else keywords.n_passages(match[0], RARE)
        found.append(_Word(match[0], start, end, named, known))
    return found


def _joined(keywords: Keywords, query: str, words: Sequence[_Word]) -> Iterator[Respelling]:
    """Names of several words that the documents write otherwise: as one word, or linked."""
    for length in _JOINED_WORDS:
        for run in (words[first : first + length] for first in range(len(words) - length + 1)):
            text = query[run[0].start : run[-1].end]
            rare = any(word.n_passages < RARE for word in run)
            if rare and all(word.named for word in run) and _adjoining(query, run) and not keywords.n_passages(text, 1):
                near = keywords.names_like("".join(word.text for word in run), ALMOST)
                if near:
                    yield Respelling(run[0].start, run[-1].end, _about_as_near(near), unknown=True, slip=True)


def _adjoining(query: str, run: Sequence[_Word]) -> bool:
    """Whether nothing but one space or link stands between the words."""
    return all(query[one.end : other.start] in _BETWEEN for one, other in pairwise(run))


def _in_full(keywords: Keywords, query: str, words: Sequence[_Word]) -> Iterator[Respelling]:
    """Two names that the documents do not hold side by side, where they do hold two that sound like them: a library
    may have its Conrads and its Wolffs and yet mean Konrad Wolf."""
    for first, second in pairwise(words):
        proper = first.proper and second.proper and _adjoining(query, (first, second))
        if proper and not keywords.n_passages(query[first.start : second.end], 1):
            spelt = (_spelt(keywords, word.text) for word in (first, second))
            likeliest = sorted(product(*spelt), key=lambda pair: pair[0][1] + pair[1][1])
            pairs = (f"{one} {other}" for (one, _), (other, _) in likeliest[:MOST_PAIRS])
            if (name := keywords.first_held(pairs)) is not None:
                yield Respelling(first.start, second.end, (name,), unknown=True, slip=True)


def _spelt(keywords: Keywords, word: str) -> list[tuple[str, float]]:
    near = keywords.names_like(word, UNKNOWN)
    return [(word.lower(), 0.0), *(pair for pair in near if fold(pair[0]) != fold(word))]


def _single(keywords: Keywords, query: str, words: Sequence[_Word]) -> Iterator[Respelling]:
    """Words that no passage holds, and rare names."""
    for word in words:
        unknown = word.n_passages == 0
        acronym = word.text.isupper()
        if acronym or word.n_passages == RARE or not (unknown or word.named) or len(word.text) < names.SHORTEST:
            continue
        near = keywords.names_like(word.text, UNKNOWN if unknown and word.named else ALMOST)
        if unknown:
            spellings = (*_in_two(keywords, word.text), *_about_as_near(near))
        else:
            spellings = _about_as_near([(name, apart) for name, apart in near if fold(name) != fold(word.text)])
        if spellings:
            yield Respelling(word.start, word.end, spellings, unknown, unknown or _slip(keywords, word, spellings[0]))


def _slip(keywords: Keywords, word: _Word, spelling: str) -> bool:
    return keywords.n_passages(spelling, COMMONER * word.n_passages) == COMMONER * word.n_passages


def _in_two(keywords: Keywords, word: str) -> list[str]:
    """The word as the documents write it in two: Char Dham for Chardham."""
    cuts = range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1)
    pairs = (f"{word[:cut]} {word[cut:]}" for cut in cuts)
    return [pair for pair in pairs if keywords.n_passages(pair, 1)]


def _about_as_near(near: Sequence[tuple[str, float]]) -> tuple[str, ...]:
    return tuple(name for name, apart in near if apart <= near[0][1] + MARGIN)[:MOST]
