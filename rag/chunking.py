"""Documents to passages: whole sentences, packed to a size that a small model reads in one go."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from rag.sentences import Span, sentence_spans
from rag.types import Document, Passage, Section

MIN_WORDS, MAX_WORDS, OVERLAP = 120, 180, 1
HARD_LIMIT = 1.5  # no passage is longer than this many times max_words; a longer sentence is cut between words
# A script without spaces, or a long web address, has few "words" but many tokens: ten characters count as
# one.
CHARACTERS_PER_WORD = 10
# What a split inside a paragraph costs beside one between paragraphs, in words of deviation from the wanted
# size.
INSIDE_PARAGRAPH = 15


_WORD = re.compile(r"\S+")


def split(
    document: Document, *, min_words: int = MIN_WORDS, max_words: int = MAX_WORDS, overlap: int = OVERLAP
) -> list[Passage]:
    """The passages of a document, in order; ``document.text[p.start:p.end] == p.text`` for each.

    A passage is a run of whole sentences of one section, ``min_words`` to ``max_words`` long where the
    section allows it; neighbours share ``overlap`` sentences. Every character of every section that is not
    white space is in a passage. A document without sections is one section.
    """
    passages = []
    sections = document.sections if document.sections else (Section("", 0, len(document.text)),)
    for section in sections:
        sentences = _sentences(document.text, section, max_words)
        words = [word.start() for word in _WORD.finditer(document.text, section.start, section.end)]
        begun = [bisect_right(words, start) for start, _ in sentences]
        ended = [bisect_left(words, end) for _, end in sentences]
        packing = _Packing(document.text, sentences, min_words, max_words, overlap, begun, ended)
        for start, end in packing.best():
            text = document.text[start:end]
            passages.append(Passage(document.doc_id, start, end, text, section.heading))
    return passages


def embedding_text(document: Document, passage: Passage) -> str:
    """What is embedded for a passage: title, heading and text, one a line. Offsets do not count the first
    two."""
    heading = passage.heading if passage.heading != document.title else ""
    return "\n".join(part for part in (document.title, heading, passage.text) if part)


def count_words(text: str) -> int:
    return max(len(text.split()), len(text) // CHARACTERS_PER_WORD)


def _sentences(text: str, section: Section, max_words: int) -> list[Span]:
    """The section's sentences; one that no passage could hold is cut into pieces of at most ``max_words``."""
    spans: list[Span] = []
    for start, end in sentence_spans(text, section.start, section.end):
        n_words = count_words(text[start:end])
        if n_words <= max_words * HARD_LIMIT:
            spans.append((start, end))
        else:
            spans.extend(_pieces(text, start, end, -(-n_words // max_words)))
    return spans


def _pieces(text: str, start: int, end: int, n: int) -> list[Span]:
    """The span cut into pieces of about the same size, between words where there are words to cut between."""
    size = -(-(end - start) // n)
    units: list[Span] = []
    for word in re.finditer(r"\S+", text[start:end]):
        first, last = start + word.start(), start + word.end()
        units.extend((at, min(at + size, last)) for at in range(first, last, size))
    pieces = [units[0]]
    for first, last in units[1:]:
        if last - pieces[-1][0] <= size:
            pieces[-1] = (pieces[-1][0], last)
        else:
            pieces.append((first, last))
    return pieces


@dataclass(frozen=True, slots=True)
class _Packing:
    """The cheapest way to cut a run of sentences into passages, found from the end backwards."""

    text: str
    sentences: list[Span]
    min_words: int
    max_words: int
    overlap: int
    begun: list[int]  # for each sentence the words of the section that begin up to its first character
    ended: list[int]  # and those that begin before its end

    def best(self) -> list[Span]:
        n = len(self.sentences)
        cost = [0.0] * (n + 1)
        after = [n] * (n + 1)
        for first in range(n - 1, -1, -1):
            cost[first] = float("inf")
            for last in range(first + 1, n + 1):
                own = self._words(first, last)
                if own > self.max_words * HARD_LIMIT and last > first + 1:
                    break
                total = self._price(self._reach_back(first, last), last) + cost[last]
                if total < cost[first]:
                    cost[first], after[first] = total, last
        spans, first = [], 0
        while first < n:
            last = after[first]
            spans.append((self.sentences[self._reach_back(first, last)][0], self.sentences[last - 1][1]))
            first = last
        return spans

    def _words(self, first: int, last: int) -> int:
        """``count_words`` of sentences first..last, without looking at the text again: it is asked a hundred times for
        each sentence."""
        n_characters = self.sentences[last - 1][1] - self.sentences[first][0]
        return max(1 + self.ended[last - 1] - self.begun[first], n_characters // CHARACTERS_PER_WORD)

    def _reach_back(self, first: int, last: int) -> int:
        """Where the passage of sentences first..last begins, once it shares as many as it can with the one
        before."""
        for shared in range(min(self.overlap, first), 0, -1):
            fits = self._words(first - shared, last) <= self.max_words * HARD_LIMIT
            if fits and self._words(first - shared, first) <= self.max_words / 2:
                return first - shared
        return first

    def _price(self, first: int, last: int) -> float:
        """Squared words outside the wanted size, a little for being off its middle, a little for a torn
        paragraph."""
        n_words = self._words(first, last)
        outside = max(self.min_words - n_words, n_words - self.max_words, 0)
        if outside and first == 0 and last == len(self.sentences) and n_words < self.min_words:
            outside = 0  # the section is no longer than this
        off_middle = abs(n_words - (self.min_words + self.max_words) / 2) / 10
        return outside**2 + off_middle + (INSIDE_PARAGRAPH if self._tears(last) else 0)

    def _tears(self, last: int) -> bool:
        if last == len(self.sentences):
            return False
        return "\n" not in self.text[self.sentences[last - 1][1] : self.sentences[last][0]]
