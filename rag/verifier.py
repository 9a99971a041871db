"""A second, stricter look at the passages that rank first: do they really answer what is asked?

The reader tells passages apart, and for that it must not be put off by a question that fits its passage only nearly.
The verifier was trained to be: it is the reader's network with layers of its own, learnt on more questions whose
passage holds a tempting wrong answer. What it says has no part in the ranking, only in the confidence.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from rag.errors import ModelError
from rag.network import Network, load_network
from rag.spans import best_span
from rag.types import Hit
from rag.windows import Windows

FOLDER = "verifier"  # beside the reader's folder, which holds its embeddings
N_VERIFIED = 3  # passages a question: those that rank first


class Verifier:
    """The verifier of the reader in ``reader``, with whose embeddings it reads.

    Raises ModelError where its weights are missing.
    """

    def __init__(self, reader: Path, *, network: Network | None = None) -> None:
        self._reader = reader
        self._folder = reader.with_name(FOLDER)
        self._given = network
        if network is None and not (self._folder / "model.safetensors").is_file():
            raise ModelError(f"the verifier's weights are missing from {self._folder}; reinstall footnote-rag")

    def scores(self, question: str, hits: Sequence[Hit], windows: Windows) -> list[float]:
        """Of each hit how much its best span is above "no answer", as the reader scores spans; above 0 it answers."""
        best = [-np.inf] * len(hits)
        for batch in windows.batches(question, hits):
            spans, answers = self._network(*batch.inputs)
            for window, logits, answer in zip(batch.windows, spans, answers, strict=True):
                start, end = window.of_passage(logits).T.astype(np.float64)
                total = best_span(start, end)[2] if len(start) else -np.inf
                score = ((total - float(logits[0].sum())) / 2 + float(answer)) / 2
                best[window.hit] = max(best[window.hit], score)
        return [float(score) for score in best]

    def ranked(self, question: str, hits: Sequence[Hit], windows: Windows) -> list[float]:
        """The same where ``hits`` come in the order of their rank: only the best passages are looked at.

        Of the others it says no more than of the least of these.
        """
        looked = list({hit.passage: hit for hit in hits}.values())[:N_VERIFIED]
        scores = self.scores(question, looked, windows)
        known = {hit.passage: score for hit, score in zip(looked, scores, strict=True)}
        lowest = min(scores, default=0.0)
        return [known.get(hit.passage, lowest) for hit in hits]

    @cached_property
    def _network(self) -> Network:
        return load_network(self._folder, base=self._reader) if self._given is None else self._given
