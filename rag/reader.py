"""Question and passages to findings: which words of each passage answer, and how surely.

One small trained model (``rag/models/reader``) reads each passage by itself. It points at words of the passage and can
write none, so it cannot invent; the same pass says whether the passage answers at all.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embeddings.cpu import compiled, padded
from rag.errors import ModelError
from rag.sentences import sentence_spans
from rag.types import Finding, Hit

MODEL = Path(__file__).parent / "models" / "reader"
CLS, SEP = 101, 102  # of the uncased BERT vocabulary
QUESTION_TOKENS, PREFIX_TOKENS, MAX_TOKENS = 48, 24, 512
ANSWER_TOKENS = 30  # the longest span that is considered; training saw few longer ones

Logits = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Reading:
    """What one pass says of one passage: its best span, characters [start, end), and the score that it answers."""

    start: int
    end: int
    score: float


class SpanReader:
    """The trained reader on the CPU. Its network is converted once and cached; loading it imports no torch.

    ``confidence`` is a probability, fitted on development data (``calibration.json`` beside the weights): of findings
    with confidence 0.8 there, eight of ten held the answer. Raises ModelError where the weights are missing.
    """

    def __init__(self, folder: Path = MODEL) -> None:
        if not (folder / "model.safetensors").is_file():
            raise ModelError(f"the reader's weights are missing from {folder}; reinstall footnote-rag")
        self._folder = folder

    def read(self, question: str, hits: Sequence[Hit]) -> list[Finding]:
        """One finding a hit, best first: ``answer`` is the span, ``quote`` the sentence (or sentences) that hold it."""
        findings = []
        for hit, reading in zip(hits, self.readings(question, hits), strict=True):
            text, offset = hit.passage.text, hit.passage.start
            around = [s for s in sentence_spans(text) if s[0] < reading.end and s[1] > reading.start]
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

    def readings(self, question: str, hits: Sequence[Hit]) -> list[Reading]:
        """One reading a hit, in order."""
        if not hits:
            return []
        asked = [CLS, *self._ids(question)[:QUESTION_TOKENS], SEP]
        rows, firsts, offsets = [], [], []
        for hit in hits:
            before = self._ids(prefix(hit.title, hit.passage.heading))[:PREFIX_TOKENS]
            passage = self._tokenizer.encode(hit.passage.text, add_special_tokens=False)
            room = MAX_TOKENS - len(asked) - len(before) - 1
            rows.append([*asked, *before, *passage.ids[:room], SEP])
            firsts.append(len(asked) + len(before))
            offsets.append(passage.offsets[:room])
        spans, answers = self._run(rows, len(asked))
        return [
            _reading(spans[i], float(answers[i]), first, places)
            for i, (first, places) in enumerate(zip(firsts, offsets, strict=True))
        ]

    def confidence(self, score: float) -> float:
        """The probability that a span with this score is right."""
        fitted = self._calibration
        return 1 / (1 + math.exp(-(fitted["slope"] * score + fitted["intercept"])))

    @property
    def threshold(self) -> float:
        """The confidence below which silence was right more often than the finding."""
        return self._calibration["threshold"]

    def _run(self, rows: Sequence[Sequence[int]], n_question: int) -> tuple[Logits, Logits]:
        """Span logits (rows, tokens, 2) and the logits (rows,) of "this passage answers"."""
        ids, mask = padded(rows)
        segments = mask.copy()
        segments[:, :n_question] = 0
        # One request object a call: a shared one would refuse calls from two threads at once.
        request = self._network.create_infer_request()
        said = request.infer({"input_ids": ids, "token_type_ids": segments, "attention_mask": mask})
        return np.asarray(said[0]), np.asarray(said[1])

    def _ids(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids
        return ids

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.no_truncation()
        return tokenizer

    @cached_property
    def _network(self) -> Any:
        with (self._folder / "model.safetensors").open("rb") as stream:
            version = hashlib.file_digest(stream, "sha256").hexdigest()[:12]
        inputs = ("input_ids", "token_type_ids", "attention_mask")
        return compiled(f"reader-{version}", lambda: torch_network(self._folder), inputs)

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


def torch_network(folder: Path) -> Any:
    """The reader as a torch module: ids, segments and mask in, what ``SpanReader`` runs on out."""
    import torch
    from safetensors.torch import load_file
    from transformers import BertConfig, BertModel

    config = BertConfig.from_pretrained(folder, dtype="float32", attn_implementation="eager")

    class Network(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.bert = BertModel(config, add_pooling_layer=False)
            self.qa_outputs = torch.nn.Linear(config.hidden_size, 2)
            self.answer_head = torch.nn.Linear(config.hidden_size, 1)

        def forward(
            self, input_ids: torch.Tensor, token_type_ids: torch.Tensor, attention_mask: torch.Tensor
        ) -> tuple[torch.Tensor, torch.Tensor]:
            states = self.bert(
                input_ids=input_ids, token_type_ids=token_type_ids, attention_mask=attention_mask
            ).last_hidden_state
            return self.qa_outputs(states), self.answer_head(states[:, 0]).squeeze(-1)

    network = Network()
    network.load_state_dict({name: t.float() for name, t in load_file(folder / "model.safetensors").items()})
    return network.eval()


def _reading(spans: Logits, answers: float, first: int, offsets: Sequence[tuple[int, int]]) -> Reading:
    """The best span within the passage's tokens, scored against the [CLS] token and by the answer head.

    The span's margin counts two cross entropies in training, the head one: their mean has one scale.
    """
    start, end = spans[first : first + len(offsets), 0], spans[first : first + len(offsets), 1]
    sums = start[:, None] + end[None, :]
    length = np.arange(len(offsets))[None, :] - np.arange(len(offsets))[:, None] + 1
    sums = np.where((length >= 1) & (length <= ANSWER_TOKENS), sums, -np.inf)
    head, tail = np.unravel_index(int(sums.argmax()), sums.shape)
    margin = float(sums[head, tail]) - float(spans[0].sum())
    return Reading(offsets[int(head)][0], offsets[int(tail)][1], (margin / 2 + answers) / 2)
