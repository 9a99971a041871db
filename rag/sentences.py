"""Where sentences begin and end, as offsets into the text they were found in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

Span = tuple[int, int]
LONGEST = 20_000  # characters of a paragraph that are taken apart at once

# A blank line (one that holds only spaces, no-break spaces included) ends a sentence, whatever the words say.
BLANK_LINES = re.compile(r"\n[^\S\n]*(?=\n)")
# So does the start of a list item, and (below) the end of a table row; any other newline is a wrapped line.
ITEM_STARTS = re.compile(r"\n(?=[^\S\n]*(?:[-*+•‣◦▪]|\(?\d{1,2}[.)])[^\S\n]+\S)")
# "1." in front of a list item or a heading is not its first sentence.
_NUMBER = re.compile(r"\s*\(?(?:\d{1,3}|[ivxIVX]{1,4}|[A-Za-z])[.)]\s*")


def sentence_spans(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """The sentences of ``text[start:end]``: half-open offsets into ``text``, in order, without blank edges.

    Every character that is not white space is in exactly one of them. A newline inside a paragraph is a
    wrapped line and ends nothing, unless a list item begins after it or a row of a table (cells parted by " |
    ") is on either side of it.
    """
    stop = len(text) if end is None else min(end, len(text))
    spans = []
    for first, last in _stretches(text, max(start, 0), stop):
        for s, e in _boundaries(text[first:last]):
            span = trimmed(text, first + s, first + e)
            if span is not None:
                spans.append(span)
    return spans


def trimmed(text: str, start: int, end: int) -> Span | None:
    """The span without white space at its edges; None where nothing is left."""
    piece = text[start:end]
    if not (core := piece.strip()):
        return None
    first = start + piece.index(core)
    return first, first + len(core)


def _stretches(text: str, start: int, end: int) -> Iterator[Span]:
    """Parts of the text that no sentence crosses: paragraphs, list items, rows."""
    window = text[start:end]
    cuts = {start, end}
    for pattern in (BLANK_LINES, ITEM_STARTS):
        cuts.update(start + match.start() for match in pattern.finditer(window))
    lines = [(m.start(), " | " in m.group()) for m in re.finditer(r"[^\n]+", window)]
    cuts.update(start + at for (_, row), (at, also_row) in pairwise(lines) if row or also_row)
    bounds = sorted(cuts)
    return pairwise(bounds)


@lru_cache(maxsize=256)  # a question's passages are taken apart by one rule after another
def _boundaries(paragraph: str) -> tuple[Span, ...]:
    from sentencex import get_sentence_boundaries

    found, start = [], 0
    for first, last in _bearable(paragraph):
        # Same length, so the offsets hold: the library must not take a wrapped line for the end of a sentence.
        for boundary in get_sentence_boundaries("en", paragraph[first:last].replace("\n", " ")):
            end = first + boundary["end_index"]
            if start or not _NUMBER.fullmatch(paragraph[:end]):
                found.append((start, end))
                start = end
    return (*found, (start, len(paragraph)))


def _bearable(paragraph: str) -> Iterator[Span]:
    """The paragraph, or pieces of one so long that the library would take minutes, ending at a stop or a space."""
    start = 0
    while len(paragraph) - start > LONGEST:
        window = paragraph[start : start + LONGEST]
        end = window.rfind(". ") + 1 or window.rfind(" ") + 1 or LONGEST
        yield start, start + end
        start += end
    yield start, len(paragraph)
