"""Question and passages as the token windows that reader and verifier see, in batches of like length."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from embeddings.cpu import padded
from rag.network import CLS, SEP, Logits, Tokens, load_tokenizer
from rag.types import Hit

QUESTION_TOKENS, PREFIX_TOKENS, MAX_TOKENS = 48, 24, 512
WINDOW_OVERLAP = 128  # tokens that two windows of a longer passage share
WINDOWS_PER_BATCH = 5  # in order of length: more would be padded more, and none is faster for being in company


@dataclass(frozen=True, slots=True)
class Window:
    """What is read of one hit behind the question's ``n_asked`` tokens: ``ids``, the last of them the passage's.

    ``offsets`` are characters of the passage, [start, end) of each of its tokens.
    """

    hit: int
    n_asked: int
    ids: list[int]
    offsets: list[tuple[int, int]]

    def of_passage(self, logits: Logits) -> Logits:
        """The part of the (tokens, 2) span logits of this window that is the passage's."""
        first = self.n_asked + len(self.ids) - len(self.offsets)
        return logits[first : first + len(self.offsets)]


@dataclass(frozen=True, slots=True)
class Batch:
    """Windows, and what a network takes of them: ids, segments and mask, (windows, tokens) each."""

    windows: Sequence[Window]
    inputs: tuple[Tokens, Tokens, Tokens]


class Windows:
    """Cuts hits into windows with the tokenizer in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def batches(self, question: str, hits: Sequence[Hit]) -> Iterator[Batch]:
        """All windows of all hits, the shortest first."""
        asked = [CLS, *self._encode(question).ids[:QUESTION_TOKENS], SEP]
        windows = [window for i, hit in enumerate(hits) for window in self._cut(i, hit, len(asked))]
        windows.sort(key=lambda window: len(window.ids))
        for first in range(0, len(windows), WINDOWS_PER_BATCH):
            part = windows[first : first + WINDOWS_PER_BATCH]
            ids, mask = padded([[*asked, *window.ids, SEP] for window in part])
            segments = mask.copy()
            segments[:, : len(asked)] = 0
            yield Batch(part, (ids, segments, mask))

    def _cut(self, i: int, hit: Hit, n_asked: int) -> Iterator[Window]:
        """The hit's passage behind its title and heading; one that is too long for the network in several parts."""
        before = self._encode(prefix(hit.context, hit.title, hit.passage.heading)).ids[:PREFIX_TOKENS]
        passage = self._encode(hit.passage.text)
        room = MAX_TOKENS - n_asked - len(before) - 1
        first = 0
        while True:
            ids, offsets = passage.ids[first : first + room], passage.offsets[first : first + room]
            yield Window(i, n_asked, [*before, *ids], offsets)
            if first + room >= len(passage.ids):
                break
            first += room - WINDOW_OVERLAP

    def _encode(self, text: str) -> Any:
        return self._tokenizer.encode(text, add_special_tokens=False)

    @cached_property
    def _tokenizer(self) -> Any:
        return load_tokenizer(self._folder)


def prefix(*parts: str) -> str:
    """What is read before the passage, in training as well: context, title and heading, as far as there are any."""
    return " ".join(f"{part.strip().rstrip('.')}." for part in parts if part.strip())
