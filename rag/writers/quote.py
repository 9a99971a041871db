"""The writer without a model: the best sentences of the documents, word for word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rag.types import Answer, Finding

MAX_WORDS = 75  # an answer, not a passage
MAX_SENTENCES = 3
MARGIN = 0.1  # a further sentence must be nearly as sure as the first


class QuoteWriter:
    """Quotes up to three findings that are nearly as sure as the best one, within 75 words."""

    model = "quote"

    def write(self, question: str, findings: Sequence[Finding], history: Sequence[Answer] = ()) -> Iterator[str]:
        """The text so far after each sentence."""
        text, said = "", set[str]()
        for number, finding in enumerate(findings, 1):
            quote = " ".join(finding.quote.split())
            if quote in said:
                continue
            fits = len((text + quote).split()) <= MAX_WORDS
            near = finding.confidence >= findings[0].confidence - MARGIN
            if said and not (fits and near and len(said) < MAX_SENTENCES):
                break
            said.add(quote)
            text = f"{text} {quote} [{number}]".strip()
            yield text
