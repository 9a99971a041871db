"""The writer without a model: the best sentences of the documents, word for word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.instructions import without_marks
from rag.types import Answer, Finding
from rag.wording import FUNCTION

MAX_WORDS = 75  # an answer, not a passage
LONG = 40  # words: a longer sentence is shown without the glosses in it
_BRACKETS = re.compile(r"\s*\([^()]*\)")
GLOSS_WORDS = 4  # at least; "(FAO)" is worth its place
# Share of words with a small letter, function words aside, above which brackets hold a statement.
_TELLS = 0.5


class QuoteWriter:
    """Quotes each finding; from where that would be more than 75 words, the words of it that answer.

    Of a sentence of more than 40 words glosses in brackets are left out and marked so, […]. The citation has them.
    """

    model = "quote"

    def write(self, question: str, findings: Sequence[Finding], history: Sequence[Answer] = ()) -> Iterator[str]:
        """The text so far after each sentence."""
        text = ""
        for number, finding in enumerate(findings, 1):
            text = f"{text} {quoted(finding, len(text.split()))} [{number}]".strip()
            yield text


def quoted(finding: Finding, n_before: int) -> str:
    """The finding's quote, or its answer alone where, after ``n_before`` words, that would be too long.

    Marks of the source's own, like [2], stand in other brackets: they cite nothing here.
    """
    quote, answer, extent = (
        " ".join(without_marks(part).split()) for part in (finding.quote, finding.answer, finding.extent)
    )
    if len(quote.split()) > LONG:
        quote = without_glosses(quote, extent or answer)
    return f"“{answer}”." if n_before and n_before + len(quote.split()) > MAX_WORDS else quote


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
