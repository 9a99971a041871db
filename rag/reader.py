"""Question and passages to findings: which words of each passage answer, and how surely.

One small trained model (``rag/models/reader``) reads each passage by itself. It points at words of the passage and can
write none, so it cannot invent; the same pass says whether the passage answers at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import combinations
from pathlib import Path

import numpy as np

from rag.agreement import compatible
from rag.calibration import Calibration, leads
from rag.disagreement import disagree, may_contradict, roughly
from rag.doubt import doubt
from rag.errors import ModelError
from rag.instructions import instructs
from rag.network import Logits, Network, load_network
from rag.occasions import Statement, speaks_of
from rag.premises import Premises
from rag.sentences import Span, sentence_spans
from rag.spans import best_span, excerpt, extent, shares
from rag.types import Finding, Hit
from rag.unfit import unfit
from rag.verifier import Verifier
from rag.windows import Window, Windows
from rag.wording import covered

MODEL = Path(__file__).parent / "models" / "reader"
SPANS_PER_PASSAGE = 3  # an answer can be a list, or stand in a passage twice:
SPAN_MARGIN = 1.0  # a further span scores above 0 and at most so far below the best one
UNFIT_COST = 20.0  # a logit below which no word is chosen while there are others


@dataclass(frozen=True, slots=True)
class Reading:
    """A span of one passage, characters [start, end), and the score that it answers, less what rules ``doubt`` of it.

    ``sentence`` holds it (more than one, where it crosses their border); ``extent`` and ``excerpt`` are runs of words
    around it: the shortest of its sentence that all but surely holds the whole answer, and the likeliest to do so of at
    most 30 words of the passage (``rag.spans``).
    """

    start: int
    end: int
    score: float
    sentence: Span
    extent: Span
    excerpt: Span
    doubt: float = 0.0


class SpanReader:
    """The trained reader. Its network is converted once and cached; on a CPU, loading it imports no torch.

    ``confidence`` is a probability, fitted on development data (``calibration.json`` beside the weights): of findings
    with confidence 0.8 there, eight of ten held the answer. Where it weighs the verifier, the passages that rank first
    are looked at again. ``network`` is what the reader runs on, by default the fastest here. Raises ModelError where
    weights or calibration are missing.
    """

    def __init__(
        self,
        folder: Path = MODEL,
        *,
        network: Network | None = None,
        verifier: Verifier | None = None,
        calibration: Calibration | None = None,
    ) -> None:
        if not (folder / "model.safetensors").is_file():
            raise ModelError(f"the reader's weights are missing from {folder}; reinstall footnote-rag")
        self._folder = folder
        self._given = network
        self._calibration = Calibration.load(folder) if calibration is None else calibration
        self._verifier = Verifier(folder) if verifier is None and self._calibration.verified else verifier
        self._windows = Windows(folder)

    @property
    def threshold(self) -> float:
        """The confidence below which silence was right more often than the finding."""
        return self._calibration.threshold

    @property
    def measured(self) -> tuple[tuple[float, float], ...]:
        """From which confidence on, which share of development findings was right: ascending; empty if not measured."""
        return Calibration.measured(self._folder)

    def read(self, question: str, hits: Sequence[Hit]) -> list[Finding]:
        """At least one finding a hit, best first: ``answer`` is the span, ``quote`` the sentences that hold it.

        The order is the reader's score with the passage's similarity to the question; a finding is the surer the
        further it is above those of other passages that say something else. What another document says in contradiction
        does not count: that two disagree does not make it less sure that they answer.
        """
        read = [
            (hit, reading)
            for hit, readings in zip(hits, self.readings(question, hits), strict=True)
            for reading in readings
        ]
        ranks = self._calibration.ranks([reading.score for _, reading in read], [hit.dense for hit, _ in read])
        answers = [hit.passage.text[reading.start : reading.end] for hit, reading in read]
        beside = compatible(answers, [hit.passage for hit, _ in read])
        _reconcile(question, read, beside)
        findings = [_finding(hit, reading, 0.0) for hit, reading in read]
        order = sorted(range(len(read)), key=lambda i: -ranks[i])
        ahead = leads(ranks, beside)
        looks = self.second_look(question, [(read[i][0], (read[i][1].start, read[i][1].end)) for i in order])
        ordered = []
        for i, score in zip(order, looks, strict=True):
            verified = score - findings[i].doubt
            covers = coverage(question, read[i][0], findings[i])
            confidence = self._calibration.probability(ranks[i], ahead[i], covers, verified)
            ordered.append(replace(findings[i], verified=verified, confidence=confidence))
        return ordered

    def second_look(self, question: str, answers: Sequence[tuple[Hit, Span]]) -> list[float]:
        """What the second look says of each answer, words of a passage, the best first; without one nothing, 0."""
        if self._verifier is None:
            return [0.0] * len(answers)
        return self._verifier.scores(question, answers, self._windows)

    def readings(self, question: str, hits: Sequence[Hit]) -> list[list[Reading]]:
        """Of each hit, in order, its best span, and further ones in other sentences that are nearly as good."""
        premises = Premises.of(question)
        found: list[list[Reading]] = [[] for _ in hits]
        for batch in self._windows.batches(question, hits):
            spans, answers = self._network(*batch.inputs)
            for window, logits, answer in zip(batch.windows, spans, answers, strict=True):
                text = hits[window.hit].passage.text
                found[window.hit] += _readings(logits, float(answer), window, text, unfit(question, text))
        return [
            _apart([_doubted(question, premises, hit, reading) for reading in readings])
            for readings, hit in zip(found, hits, strict=True)
        ]

    @cached_property
    def _network(self) -> Network:
        return load_network(self._folder) if self._given is None else self._given


@lru_cache(maxsize=1)
def load_reader() -> SpanReader:
    """The reader that ships, kept for the life of the process."""
    return SpanReader()


def coverage(question: str, hit: Hit, finding: Finding) -> float:
    """The share of the question's words that the finding's quote has, or its title and context."""
    return covered(question, f"{hit.context}. {hit.title}. {hit.passage.heading}. {finding.quote}")


def _reconcile(question: str, read: Sequence[tuple[Hit, Reading]], beside: list[list[bool]]) -> None:
    """Mark in ``beside`` what is no rival either, sure by itself: contradictions of different documents, and a number
    with its order of magnitude, "46" and "dozens"."""
    best = max((reading.score for _, reading in read), default=0.0)
    sure = [
        (i, hit, Statement(hit.passage.text[reading.start : reading.end], finding.quote, hit.title, hit.published))
        for i, (hit, reading) in enumerate(read)
        if may_contradict(reading.score, best)
        for finding in [_finding(hit, reading, 0.0)]
        if speaks_of(question, f"{hit.title} {hit.passage.heading} {hit.passage.text}")
    ]
    for (i, hit, one), (j, other_hit, other) in combinations(sure, 2):
        apart = hit.passage.doc_id != other_hit.passage.doc_id
        if not beside[i][j] and (roughly(one, other) or (apart and disagree(question, one, other))):
            beside[i][j] = beside[j][i] = True


def _finding(hit: Hit, reading: Reading, confidence: float) -> Finding:
    text, offset = hit.passage.text, hit.passage.start
    return Finding(
        passage=hit.passage,
        start=offset + reading.sentence[0],
        end=offset + reading.sentence[1],
        answer=text[reading.start : reading.end],
        confidence=confidence,
        score=reading.score,
        doubt=reading.doubt,
        extent=text[slice(*reading.extent)],
        excerpt=text[slice(*reading.excerpt)],
    )


def _readings(logits: Logits, answer: float, window: Window, text: str, barred: Sequence[Span]) -> Iterator[Reading]:
    """The best span of the window's passage, then those of further sentences while they are nearly as good.

    The sentence is chosen first, by the probability of all spans that begin or end in it: it is right more often than
    the one with the single best span. A span is scored against the [CLS] token and by the answer head. The span's
    margin counts two cross entropies in training, the head one: their mean has one scale.
    """
    if not window.offsets:
        return
    sentences = sentence_spans(text)
    start, end = window.of_passage(logits).T.astype(np.float64)
    places = np.array(window.offsets)
    inside = [(places[:, 0] < high) & (places[:, 1] > low) for low, high in sentences]
    # A sentence that tells its reader what to answer would be taken for the answer.
    orders = [span for span in sentences if instructs(text[slice(*span)])]
    for low, high in (*orders, *barred):
        tokens = (places[:, 0] < high) & (places[:, 1] > low)
        start[tokens] = end[tokens] = -UNFIT_COST
    share = shares(start) + shares(end)
    floor, ceiling = -np.inf, np.inf
    for chosen in sorted(inside, key=lambda tokens: -share[tokens].sum())[:SPANS_PER_PASSAGE]:
        head, tail, total = best_span(start, end)
        if not chosen[head : tail + 1].any():
            head, tail, total = best_span(np.where(chosen, start, -np.inf), np.where(chosen, end, -np.inf))
        score = ((total - float(logits[0].sum())) / 2 + answer) / 2
        if not score > floor:
            return
        if ceiling == np.inf:
            floor, ceiling = max(0.0, score - SPAN_MARGIN), score
        around = [(low, high) for low, high in sentences if low < places[tail, 1] and high > places[head, 0]]
        sentence = around[0][0], around[-1][1]
        here, span = (int(places[head, 0]), int(places[tail, 1])), (head, tail)
        wide, run = extent(text, places, start, end, span, sentence), excerpt(text, places, start, end, span)
        yield Reading(*here, min(score, ceiling), sentence, wide, run)
        for tokens in inside:
            if tokens[head : tail + 1].any():
                start[tokens] = end[tokens] = -np.inf


def _doubted(question: str, premises: Premises, hit: Hit, reading: Reading) -> Reading:
    cost = doubt(question, premises, hit, reading.start, reading.end)
    return replace(reading, score=reading.score - cost, doubt=cost)


def _apart(readings: Sequence[Reading]) -> list[Reading]:
    """Without those that overlap a better one: windows of one passage overlap."""
    kept: list[Reading] = []
    for reading in sorted(readings, key=lambda reading: -reading.score):
        if all(reading.end <= other.start or reading.start >= other.end for other in kept):
            kept.append(reading)
    return kept
