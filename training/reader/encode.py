"""Rows to token batches: question and passage encoded once, windows cut and batched anew for each epoch."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer

from rag.windows import prefix
from training.reader.model import Batch
from training.reader.rows import Row

CLS, SEP, PAD = 101, 102, 0  # of the uncased BERT vocabulary
QUESTION_TOKENS = 48
PREFIX_TOKENS = 24
# Window lengths in tokens and how often each is drawn: short ones save compute, long ones are like real use.
WINDOWS = ((160, 0.45), (192, 0.35), (256, 0.20))
POOL_BATCHES = 40  # batches sorted together by length; more makes them purer in length but less random


@dataclass(frozen=True, slots=True)
class Example:
    """Token ids of a row. `start`, `end` are inclusive tokens of `passage`, -1 = unanswerable."""

    row: Row
    question: NDArray[np.int32]  # (question tokens,)
    prefix: NDArray[np.int32]  # title and heading, (prefix tokens,)
    passage: NDArray[np.int32]  # (passage tokens,)
    offsets: NDArray[np.int32]  # (passage tokens, 2) half-open characters of row.context
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Window:
    """One model input; `first` is the index in the passage of the token at `shift` in `ids`."""

    ids: NDArray[np.int32]
    n_question: int  # tokens of segment A with [CLS] and [SEP]
    shift: int
    first: int
    start: int  # token positions in `ids`, 0 = no answer
    end: int
    loose: bool = False  # start and end may lie anywhere between those two


def load_tokenizer(path: str) -> Tokenizer:
    tokenizer = Tokenizer.from_file(path)
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def encode(rows: Sequence[Row], tokenizer: Tokenizer) -> list[Example]:
    """Examples in the order of `rows`; a passage shared by many rows is encoded once."""
    passages = list({row.context for row in rows})
    texts = list({row.question for row in rows} | {prefix(row.title, "") for row in rows})
    known = {}
    for begin in range(0, len(passages), 1000):
        part = passages[begin : begin + 1000]
        for text, encoding in zip(part, tokenizer.encode_batch(part, add_special_tokens=False), strict=True):
            offsets = np.asarray(encoding.offsets, dtype=np.int32).reshape(-1, 2)
            known[text] = (np.asarray(encoding.ids, dtype=np.int32), offsets)
    short = {
        text: np.asarray(encoding.ids, dtype=np.int32)
        for text, encoding in zip(texts, tokenizer.encode_batch(texts, add_special_tokens=False), strict=True)
    }
    examples = []
    for row in rows:
        ids, offsets = known[row.context]
        start, end = token_span(offsets, row.start, row.end) if row.answerable else (-1, -1)
        question, head = short[row.question], short[prefix(row.title, "")]
        examples.append(Example(row, question[:QUESTION_TOKENS], head[:PREFIX_TOKENS], ids, offsets, start, end))
    return examples


def token_span(offsets: NDArray[np.int32], start: int, end: int) -> tuple[int, int]:
    """First and last token that overlap the characters [start, end)."""
    inside = np.flatnonzero((offsets[:, 0] < end) & (offsets[:, 1] > start))
    return (int(inside[0]), int(inside[-1])) if len(inside) else (-1, -1)


def window(example: Example, first: int, n_passage: int, *, prefix: bool = True) -> Window:
    """[CLS] question [SEP] prefix passage[first : first + n_passage] [SEP]."""
    head = example.prefix if prefix else example.prefix[:0]
    part = example.passage[first : first + n_passage]
    ids = np.concatenate([[CLS], example.question, [SEP], head, part, [SEP]]).astype(np.int32)
    n_question = len(example.question) + 2
    shift = n_question + len(head)
    start, end = 0, 0
    if first <= example.start and 0 <= example.end < first + len(part):
        start, end = example.start - first + shift, example.end - first + shift
    return Window(ids, n_question, shift, first, start, end, example.row.whole_sentence and end > 0)


def random_window(example: Example, rng: random.Random) -> Window:
    """A window around the answer (anywhere if there is none); a third go without their title."""
    (length,) = rng.choices([n for n, _ in WINDOWS], [share for _, share in WINDOWS])
    prefix = rng.random() < 2 / 3
    room = length - 3 - len(example.question) - (len(example.prefix) if prefix else 0)
    spare = len(example.passage) - room
    if spare <= 0:
        return window(example, 0, room, prefix=prefix)
    low, high = 0, spare
    if example.start >= 0:
        low, high = max(0, example.end - room + 1), min(spare, example.start)
    return window(example, rng.randint(min(low, high), high), room, prefix=prefix)


def all_windows(example: Example, *, length: int = 384, stride: int = 128) -> list[Window]:
    """Windows of `length` tokens that cover the whole passage, overlapping by `stride` tokens."""
    room = length - 3 - len(example.question) - len(example.prefix)
    firsts = [0]
    while firsts[-1] + room < len(example.passage):
        firsts.append(firsts[-1] + room - stride)
    return [window(example, first, room) for first in firsts]


def collate(windows: Sequence[Window]) -> Batch:
    """A padded batch of (windows, tokens of the longest)."""
    n_rows, n_tokens = len(windows), max(len(w.ids) for w in windows)
    ids = np.full((n_rows, n_tokens), PAD, dtype=np.int64)
    segments = np.zeros((n_rows, n_tokens), dtype=np.int64)
    attention = np.zeros((n_rows, n_tokens), dtype=np.int64)
    spans = np.zeros((n_rows, n_tokens), dtype=bool)
    for i, w in enumerate(windows):
        n = len(w.ids)
        ids[i, :n] = w.ids
        segments[i, w.n_question : n] = 1
        attention[i, :n] = 1
        spans[i, w.shift : n - 1] = True
    spans[:, 0] = True
    targets = [torch.tensor([getattr(w, name) for w in windows]) for name in ("start", "end", "loose")]
    return Batch(*map(torch.from_numpy, (ids, segments, attention, spans)), *targets)


def batches(examples: Sequence[Example], *, n_tokens: int, seed: int) -> Iterator[Batch]:
    """One epoch of batches of about `n_tokens` padded tokens, alike in length; `seed` fixes the order."""
    rng = random.Random(seed)
    return grouped([random_window(example, rng) for example in examples], n_tokens=n_tokens, rng=rng)


def grouped(windows: list[Window], *, n_tokens: int, rng: random.Random) -> Iterator[Batch]:
    """The windows, shuffled, in batches of about `n_tokens` padded tokens, alike in length."""
    rng.shuffle(windows)
    pool = POOL_BATCHES * max(1, n_tokens // 160)
    groups: list[list[Window]] = []
    for begin in range(0, len(windows), pool):
        group: list[Window] = []
        for w in sorted(windows[begin : begin + pool], key=lambda w: len(w.ids)):
            if group and len(w.ids) * (len(group) + 1) > n_tokens:
                groups.append(group)
                group = []
            group.append(w)
        if groups and 2 * len(group) < len(groups[-1]):
            groups[-1].extend(group)  # a rest of a few rows would be a step as heavy as any other
        else:
            groups.append(group)
    rng.shuffle(groups)
    return (collate(group) for group in groups)
