"""Question and passages to findings: which sentence of each passage answers, and how surely."""

from __future__ import annotations

from collections.abc import Sequence

from rag.sentences import sentence_spans
from rag.types import Embedder, Finding, Hit

# A sentence alone can be about anything ("They were killed."); the passage around it says what it is about.
PASSAGE_WEIGHT = 0.3


class SentenceReader:
    """Reads by meaning alone: of each passage, the sentence whose vector lies nearest to the question's.

    ``confidence`` is a cosine in [-1, 1] mixed of sentence and passage. It ranks sentences by what they are about; it
    cannot tell whether a sentence on the right subject answers the question.
    """

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def read(self, question: str, hits: Sequence[Hit]) -> list[Finding]:
        """One finding a hit, best first. ``answer`` is the whole sentence."""
        spans = [sentence_spans(hit.passage.text) for hit in hits]
        texts = [hit.passage.text[start:end] for hit, group in zip(hits, spans, strict=True) for start, end in group]
        if not texts:
            return []
        query = self._embedder.embed_queries([question])[0]
        cosines = iter((self._embedder.embed_passages(texts) @ query).tolist())
        findings = []
        for hit, group in zip(hits, spans, strict=True):
            around = hit.dense if hit.dense is not None else 0.0
            cosine, (start, end) = max(((next(cosines), span) for span in group), key=lambda pair: pair[0])
            findings.append(
                Finding(
                    passage=hit.passage,
                    start=hit.passage.start + start,
                    end=hit.passage.start + end,
                    answer=hit.passage.text[start:end],
                    confidence=(1 - PASSAGE_WEIGHT) * cosine + PASSAGE_WEIGHT * around,
                )
            )
        return sorted(findings, key=lambda finding: -finding.confidence)
