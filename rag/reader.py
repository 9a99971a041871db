"""Question and passages to findings: which words of each passage answer, and how surely.

One small trained model (``rag/models/reader``) reads each passage by itself. It points at words of the passage and can
write none, so it cannot invent; the same pass says whether the passage answers at all.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embeddings.cpu import padded
from rag.errors import ModelError
from rag.network import Logits, Network, load_network
from rag.sentences import Span, sentence_spans
from rag.types import Finding, Hit

MODEL = Path(__file__).parent / "models" / "reader"
CLS, SEP = 101, 102  # of the uncased BERT vocabulary
QUESTION_TOKENS, PREFIX_TOKENS, MAX_TOKENS = 48, 24, 512
WINDOW_OVERLAP = 128  # tokens that two windows of a longer passage share
WINDOWS_PER_BATCH = 32
SPANS_PER_PASSAGE = 3  # an answer can be a list, or stand in a passage twice:
SPAN_MARGIN = 1.0  # a further span scores above 0 and at most so far below the best one
ANSWER_TOKENS = 30  # the longest span that is considered; training saw few longer ones


@dataclass(frozen=True, slots=True)
class Reading:
    """A span of one passage, characters [start, end), and the score that it answers."""

    start: int
    end: int
    score: float


class SpanReader:
    """The trained reader. Its network is converted once and cached; on a CPU, loading it imports no torch.

    ``confidence`` is a probability, fitted on development data (``calibration.json`` beside the weights): of findings
    with confidence 0.8 there, eight of ten held the answer. ``network`` is what it runs on, by default the
    fastest here. Raises ModelError where the weights are missing.
    """

    def __init__(self, folder: Path = MODEL, *, network: Network | None = None) -> None:
        if not (folder / "model.safetensors").is_file():
            raise ModelError(f"the reader's weights are missing from {folder}; reinstall footnote-rag")
        self._folder = folder
        self._given = network

    def read(self, question: str, hits: Sequence[Hit]) -> list[Finding]:
        """At least one finding a hit, best first: ``answer`` is the span, ``quote`` the sentences that hold it."""
        findings = []
        for hit, readings in zip(hits, self.readings(question, hits), strict=True):
            text, offset = hit.passage.text, hit.passage.start
            sentences = sentence_spans(text)
            for reading in readings:
                around = [s for s in sentences if s[0] < reading.end and s[1] > reading.start]
                finding = Finding(
                    passage=hit.passage,
                    start=offset + around[0][0],
                    end=offset + around[-1][1],
                    answer=text[reading.start : reading.end],
                    confidence=self.confidence(reading.score),
                    score=reading.score,
                )
                findings.append(finding)
        return sorted(findings, key=lambda finding: -finding.score)

    def readings(self, question: str, hits: Sequence[Hit]) -> list[list[Reading]]:
        """Of each hit, in order, its best span, and further ones in other sentences that are nearly as good."""
        asked = [CLS, *self._encode(question).ids[:QUESTION_TOKENS], SEP]
        windows = [window for i, hit in enumerate(hits) for window in self._windows(i, hit, len(asked))]
        windows.sort(key=lambda window: len(window.ids))
        found: list[list[Reading]] = [[] for _ in hits]
        for first in range(0, len(windows), WINDOWS_PER_BATCH):
            batch = windows[first : first + WINDOWS_PER_BATCH]
            ids, mask = padded([[*asked, *window.ids, SEP] for window in batch])
            segments = mask.copy()
            segments[:, : len(asked)] = 0
            spans, answers = self._network(ids, segments, mask)
            for window, logits, answer in zip(batch, spans, answers, strict=True):
                sentences = sentence_spans(hits[window.hit].passage.text)
                found[window.hit] += _readings(logits, float(answer), len(asked), window, sentences)
        return [_apart(readings) for readings in found]

    def _windows(self, i: int, hit: Hit, n_asked: int) -> Iterator[_Window]:
        """The hit's passage behind its title and heading; one that is too long for the network in several parts."""
        before = self._encode(prefix(hit.title, hit.passage.heading)).ids[:PREFIX_TOKENS]
        passage = self._encode(hit.passage.text)
        room = MAX_TOKENS - n_asked - len(before) - 1
        first = 0
        while True:
            yield _Window(i, [*before, *passage.ids[first : first + room]], passage.offsets[first : first + room])
            if first + room >= len(passage.ids):
                break
            first += room - WINDOW_OVERLAP

    def confidence(self, score: float) -> float:
        """The probability that a span with this score is right."""
        fitted = self._calibration
        return 1 / (1 + math.exp(-(fitted["slope"] * score + fitted["intercept"])))

    @property
    def threshold(self) -> float:
        """The confidence below which silence was right more often than the finding."""
        return self._calibration["threshold"]

    def _encode(self, text: str) -> Any:
        return self._tokenizer.encode(text, add_special_tokens=False)

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.no_truncation()
        return tokenizer

    @cached_property
    def _network(self) -> Network:
        return load_network(self._folder) if self._given is None else self._given

    @cached_property
    def _calibration(self) -> dict[str, float]:
        path = self._folder / "calibration.json"
        if not path.is_file():  # a model that is being calibrated: the score as it is
            return {"slope": 1.0, "intercept": 0.0, "threshold": 0.5}
        fitted: dict[str, float] = json.loads(path.read_text(encoding="utf-8"))
        return fitted


@lru_cache(maxsize=1)
def load_reader() -> SpanReader:
    """The reader that ships, kept for the life of the process."""
    return SpanReader()


def prefix(title: str, heading: str) -> str:
    """What is read before the passage; training built the same."""
    return " ".join(f"{part.strip().rstrip('.')}." for part in (title, heading) if part.strip())


@dataclass(frozen=True, slots=True)
class _Window:
    """What the network sees of one hit, behind the question; ``offsets`` are characters of the passage's tokens."""

    hit: int
    ids: list[int]
    offsets: list[tuple[int, int]]


def _readings(
    logits: Logits, answer: float, n_asked: int, window: _Window, sentences: Sequence[Span]
) -> Iterator[Reading]:
    """The best span of the window's passage, then the best ones of its other sentences while they are near it.

    A span is scored against the [CLS] token and by the answer head. The span's margin counts two cross entropies in
    training, the head one: their mean has one scale.
    """
    if not window.offsets:
        return
    first = n_asked + len(window.ids) - len(window.offsets)
    start, end = logits[first : first + len(window.offsets)].T.astype(np.float64)
    places = np.array(window.offsets)
    floor = -np.inf
    for _ in range(SPANS_PER_PASSAGE):
        head, tail, total = best_span(start, end)
        score = ((total - float(logits[0].sum())) / 2 + answer) / 2
        if score < floor:
            return
        floor = max(0.0, score - SPAN_MARGIN) if floor == -np.inf else floor
        reading = Reading(int(places[head, 0]), int(places[tail, 1]), score)
        yield reading
        for low, high in sentences:
            if low < reading.end and high > reading.start:
                used = (places[:, 0] < high) & (places[:, 1] > low)
                start[used] = end[used] = -np.inf


def best_span(start: NDArray[np.float64], end: NDArray[np.float64]) -> tuple[int, int, float]:
    """First and last token of the span with the highest sum of its two logits, and that sum.

    Spans have at most ANSWER_TOKENS tokens; the sum is -inf where no span is left.
    """
    sums = np.full((ANSWER_TOKENS, len(start)), -np.inf)
    for n_more in range(min(ANSWER_TOKENS, len(start))):
        sums[n_more, : len(start) - n_more] = start[: len(start) - n_more] + end[n_more:]
    best = int(sums.argmax())
    n_more, head = divmod(best, len(start))
    return head, head + n_more, float(sums[n_more, head])


def _apart(readings: Sequence[Reading]) -> list[Reading]:
    """Without those that overlap a better one: windows of one passage overlap."""
    kept: list[Reading] = []
    for reading in sorted(readings, key=lambda reading: -reading.score):
        if all(reading.end <= other.start or reading.start >= other.end for other in kept):
            kept.append(reading)
    return kept
