"""The writer without a model: the best sentences of the documents, word for word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rag.types import Answer, Finding

MAX_WORDS = 75  # an answer, not a passage


class QuoteWriter:
    """Quotes each finding; from where that would be more than 75 words, the words of it that answer."""

    model = "quote"

    def write(self, question: str, findings: Sequence[Finding], history: Sequence[Answer] = ()) -> Iterator[str]:
        """The text so far after each sentence."""
        text = ""
        for number, finding in enumerate(findings, 1):
            quote = " ".join(finding.quote.split())
            if text and len((text + quote).split()) > MAX_WORDS:
                quote = f"“{' '.join(finding.answer.split())}”."
            text = f"{text} {quote} [{number}]".strip()
            yield text
