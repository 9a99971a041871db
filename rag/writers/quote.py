"""The writer without a model: the best sentences of the documents, word for word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rag.instructions import without_marks
from rag.types import Answer, Finding

MAX_WORDS = 75  # an answer, not a passage


class QuoteWriter:
    """Quotes each finding; from where that would be more than 75 words, the words of it that answer."""

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
    quote, answer = (" ".join(without_marks(part).split()) for part in (finding.quote, finding.answer))
    return f"“{answer}”." if n_before and n_before + len(quote.split()) > MAX_WORDS else quote
