"""The writer without a model: the best sentences of the documents, word for word."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence

from rag.attribution import attributes
from rag.instructions import without_marks
from rag.introductions import leans, led_in
from rag.types import Answer, Finding
from rag.wording import FUNCTION

MAX_WORDS = 75  # an answer, not a passage
LONG = 40  # words: a longer sentence is shown without the glosses in it
_BRACKETS = re.compile(r"\s*\([^()]*\)")
STATEMENT_WORDS = 5  # at least, between semicolons; less is an item of a list
GLOSS_WORDS = 4  # at least; "(FAO)" is worth its place
# Share of words with a small letter, function words aside, above which brackets hold a statement.
_TELLS = 0.5


class QuoteWriter:
    """Quotes each finding, with the sentence before it where it leans on that one ("She won it"); from where that would
    be more than 75 words, the words of it that answer.

    Of a sentence of more than 40 words glosses in brackets are left out and marked so, […], and statements behind or
    before a semicolon that do not answer. The citation has them.
    """

    model = "quote"

    def write(self, question: str, findings: Sequence[Finding], history: Sequence[Answer] = ()) -> Iterator[str]:
        """The text so far after each sentence."""
        text = ""
        for number, finding in enumerate(findings, 1):
            text = f"{text} {quoted(finding, text)} [{number}]".strip()
            yield text


def quoted(finding: Finding, before: str) -> str:
    """The finding's quote, or its answer alone where that would be too long behind what was said ``before``.

    Marks of the source's own, like [2], stand in other brackets: they cite nothing here.
    """
    passage, offset = finding.passage.text, finding.passage.start
    start, at, end = led_in(finding) - offset, finding.start - offset, finding.end - offset
    lead, quote, answer, extent = map(_plain, (passage[start:at], passage[at:end], finding.answer, finding.extent))
    room = MAX_WORDS - len(before.split()) if before else math.inf
    if lead and lead not in before and len(f"{lead} {quote}".split()) <= room:
        return f"{lead} {quote}"
    if len(quote.split()) > LONG:
        quote = without_glosses(quote, extent or answer)
        quote = without_others(quote, extent or answer) if len(quote.split()) > LONG else quote
    return f"“{answer}”." if len(quote.split()) > room else quote


def _plain(text: str) -> str:
    return " ".join(without_marks(text).split())


def without_glosses(quote: str, kept: str) -> str:
    """The quote with […] for what stands in brackets and only gives another name, a spelling or numbers.

    Brackets that share a place with ``kept`` stay, and those that tell something ("a figure that Iran denied").
    """
    at = quote.find(kept)

    def mark(brackets: re.Match[str]) -> str:
        words = re.findall(r"\w+", brackets[0])
        telling = [word for word in words if word.lower() not in FUNCTION]
        tells = sum(word[0].islower() for word in telling) > _TELLS * len(telling)
        here = at < brackets.end() and brackets.start() < at + len(kept)
        return brackets[0] if tells or here or len(words) < GLOSS_WORDS else " […]"

    return _BRACKETS.sub(mark, quote)


def without_others(quote: str, kept: str) -> str:
    """The quote with […] for the statements between semicolons that do not share a place with ``kept``.

    It stays as it is where one of them tells who says so or doubts it, where what is kept leans on them, and where a
    list follows a colon.
    """
    at, parts = quote.find(kept), list(re.finditer(r"[^;]+(?:;|$)", quote))
    inside = [part for part in parts if at < part.end() and part.start() < at + len(kept)]
    if at < 0 or not inside or ":" in quote or any(len(part[0].split()) < STATEMENT_WORDS for part in parts):
        return quote
    start, end = inside[0].start(), inside[-1].end()
    before, said, after = quote[:start], quote[start:end].strip(" ;"), quote[end:]
    if attributes(before) or attributes(after) or (before and leans(said)):
        return quote
    return f"{'[…] ' if before else ''}{said}{'; […].' if after else ''}"
