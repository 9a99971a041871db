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
from rag.sentences import Span
from rag.types import Hit
from rag.windows import Windows

FOLDER = "verifier"  # beside the reader's folder, which holds its embeddings
N_VERIFIED = 2  # passages a question: those that rank first


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

    def scores(self, question: str, answers: Sequence[tuple[Hit, Span]], windows: Windows) -> list[float]:
        """Of each answer, words of a hit's passage, how far it is above "no answer", as the reader scores its spans.

        They come in the order of their rank: only the passages of the best are looked at, and of the others it says no
        more than of the least of these.
        """
        looked = list({hit.passage: hit for hit, _ in answers}.values())[:N_VERIFIED]
        best = [-np.inf] * len(answers)
        for batch in windows.batches(question, looked):
            for window, logits, answer in zip(batch.windows, *self._network(*batch.inputs), strict=True):
                none = float(logits[0].sum())
                places, of_passage = np.array(window.offsets).reshape(-1, 2), window.of_passage(logits)
                for i, (hit, (low, high)) in enumerate(answers):
                    if hit.passage != looked[window.hit].passage:
                        continue
                    inside = np.flatnonzero((places[:, 0] < high) & (places[:, 1] > low))
                    if inside.size:
                        margin = float(of_passage[inside[0], 0] + of_passage[inside[-1], 1]) - none
                        best[i] = max(best[i], (margin / 2 + float(answer)) / 2)
        lowest = min((score for score in best if score > -np.inf), default=0.0)
        return [lowest if score == -np.inf else score for score in best]

    @cached_property
    def _network(self) -> Network:
        return load_network(self._folder, base=self._reader) if self._given is None else self._given
