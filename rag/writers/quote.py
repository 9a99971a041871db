"""The writer without a model: the best sentences of the documents, word for word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rag.agreement import comparable
from rag.types import Answer, Finding

MAX_WORDS = 75  # an answer, not a passage
MAX_SENTENCES = 3
MARGIN = 0.5  # below the best finding's score: what another document says otherwise is shown if it is so near


class QuoteWriter:
    """Quotes the best finding, and up to two other documents that say otherwise, within 75 words."""

    model = "quote"

    def write(self, question: str, findings: Sequence[Finding], history: Sequence[Answer] = ()) -> Iterator[str]:
        """The text so far after each sentence."""
        text, best = "", findings[0]
        said: list[Finding] = []
        for number, finding in enumerate(findings, 1):
            quote = " ".join(finding.quote.split())
            if said and not (_rivals(finding, best) and len((text + quote).split()) <= MAX_WORDS):
                continue
            if finding.passage.doc_id in {other.passage.doc_id for other in said} or len(said) == MAX_SENTENCES:
                continue
            said.append(finding)
            text = f"{text} {quote} [{number}]".strip()
            yield text


def _rivals(finding: Finding, best: Finding) -> bool:
    """Whether the finding is nearly as good as the best one and gives a value of the same kind."""
    return finding.score > max(0.0, best.score - MARGIN) and comparable(finding.answer, best.answer)
