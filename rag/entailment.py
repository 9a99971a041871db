"""Does what a sentence cites bear it out? A small trained network's opinion, beside the rules of ``rag/checking.py``.

It has the reader's backbone and sees what rules cannot name: another verb, two people in each other's places, a part
taken for the whole. It is asked only where no rule finds a fault, and believed only where it is sure.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from embeddings.cpu import padded
from rag.errors import ModelError
from rag.network import CLS, SEP, Network, load_network, load_tokenizer

MODEL = Path(__file__).parent / "models" / "checker"
SENTENCE_TOKENS, MAX_TOKENS = 96, 256  # as in training; what is longer is cut at its end


class Entailment:
    """The trained network. Loading it takes well under a second once it is converted, and imports no torch on a CPU.

    ``threshold`` is the probability below which a sentence is taken not to be borne out. Raises ModelError where
    weights or threshold are missing.
    """

    def __init__(self, folder: Path = MODEL, *, network: Network | None = None, threshold: float | None = None) -> None:
        self._folder = folder
        self._given = network
        try:
            if not (folder / "model.safetensors").is_file():
                raise OSError("no model.safetensors")
            self.threshold = _fitted(folder) if threshold is None else threshold
        except (OSError, ValueError, KeyError) as error:
            raise ModelError(
                f"the checker in {folder} is missing or damaged ({error}); reinstall footnote-rag"
            ) from error

    def probability(self, sentence: str, evidence: str) -> float:
        """How likely ``evidence`` (see the function of that name) bears the sentence out."""
        (probability,) = self.probabilities([(sentence, evidence)])
        return probability

    def probabilities(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """The same for several pairs of sentence and evidence, in one go."""
        if not pairs:
            return []
        encoded = [pair_ids(self._tokenizer, *pair) for pair in pairs]
        ids, mask = padded([ids for ids, _ in encoded])
        segments = mask.copy()
        for row, (_, n_sentence) in zip(segments, encoded, strict=True):
            row[:n_sentence] = 0
        (logits,) = self._network(ids, segments, mask)
        return [float(p) for p in 1 / (1 + np.exp(-logits.astype(np.float64)))]

    @cached_property
    def _tokenizer(self) -> Any:
        return load_tokenizer(self._folder)

    @cached_property
    def _network(self) -> Network:
        return load_network(self._folder) if self._given is None else self._given


def _fitted(folder: Path) -> float:
    return float(json.loads((folder / "threshold.json").read_text(encoding="utf-8"))["threshold"])


@lru_cache(maxsize=1)
def load_entailment() -> Entailment:
    """The network that ships, kept for the life of the process."""
    return Entailment()


def evidence(titles: Sequence[str], quotes: Sequence[str]) -> str:
    """What the network reads beside a sentence: each quote, the first of every title behind it."""
    parts: list[str] = []
    told: set[str] = set()
    for title, quote in zip(titles, quotes, strict=True):
        if title.strip() and title not in told:
            parts.append(f"{title.strip().rstrip('.')}.")
            told.add(title)
        parts.append(" ".join(quote.split()))
    return " ".join(parts)


def pair_ids(tokenizer: Any, sentence: str, evidence: str) -> tuple[list[int], int]:
    """[CLS] sentence [SEP] evidence [SEP], and how many tokens of it are the sentence's, both marks included."""
    said = tokenizer.encode(sentence, add_special_tokens=False).ids[:SENTENCE_TOKENS]
    cited = tokenizer.encode(evidence, add_special_tokens=False).ids[: MAX_TOKENS - len(said) - 3]
    return [CLS, *said, SEP, *cited, SEP], len(said) + 2
