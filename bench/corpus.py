"""Documents to measure with: real Wikipedia paragraphs as files, and any number of passages made from them."""

from __future__ import annotations

import gzip
import json
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.chunking import count_words
from rag.sentences import sentence_spans

WORDS_PER_PASSAGE = 150
PASSAGES_PER_DOCUMENT = 3
# A made vector is a real one moved towards one of its neighbours, and then away from both by noise.
NEIGHBOURS, NOISE = 8, 0.45  # noise: its length beside the vector's


def articles(corpus: Path, seed: int = 0) -> list[tuple[str, list[str]]]:
    """(title, paragraphs) of each article of a .jsonl.gz of paragraphs, in an order drawn at random."""
    grouped: dict[str, list[str]] = defaultdict(list)
    with gzip.open(corpus, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            grouped[row["title"]].append(row["text"])
    found = sorted(grouped.items())
    random.Random(seed).shuffle(found)
    return found


def write_documents(corpus: Path, folder: Path, n_passages: int) -> int:
    """Write about ``n_passages`` passages of articles, a text file each; returns how many files there are."""
    folder.mkdir(parents=True, exist_ok=True)
    words, n = 0.0, 0
    for n, (title, paragraphs) in enumerate(articles(corpus), 1):
        body = "\n\n".join(paragraphs)
        (folder / f"{n:05d}.txt").write_text(f"{title}\n\n{body}\n", encoding="utf-8")
        words += max(count_words(body), WORDS_PER_PASSAGE / 2)
        if words > n_passages * WORDS_PER_PASSAGE:
            break
    return n


def made_texts(corpus: Path, seed: int = 1) -> Iterator[tuple[str, list[str]]]:
    """Endless (title, passages): passages of real sentences drawn from all over the corpus, titles of real articles."""
    drawn = random.Random(seed)
    found = articles(corpus)
    sentences = [
        text[start:end] for _, paragraphs in found for text in paragraphs for start, end in sentence_spans(text)
    ]
    lengths = [len(sentence.split()) for sentence in sentences]
    titles = [title for title, _ in found]
    for n in count(1):
        passages = []
        for _ in range(PASSAGES_PER_DOCUMENT):
            chosen, words = [], 0
            while words < WORDS_PER_PASSAGE - 15:
                at = drawn.randrange(len(sentences))
                chosen.append(sentences[at])
                words += lengths[at]
            passages.append(" ".join(chosen))
        yield f"{drawn.choice(titles)} {n}", passages


class MadeVectors:
    """Vectors that lie about real ones as these lie about each other."""

    def __init__(self, real: NDArray[np.float32], seed: int = 2) -> None:
        self._real = real
        self._random = np.random.default_rng(seed)
        self._near = np.empty((len(real), NEIGHBOURS), dtype=np.int64)
        for at in range(0, len(real), 1000):
            cosines = real[at : at + 1000] @ real.T
            self._near[at : at + 1000] = np.argpartition(-cosines, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]

    def draw(self, n: int) -> NDArray[np.float32]:
        """(n, dimensions) float32, rows of unit length."""
        base = self._random.integers(len(self._real), size=n)
        other = self._near[base, self._random.integers(NEIGHBOURS, size=n)]
        share = self._random.uniform(0.5, 1, size=(n, 1)).astype(np.float32)
        mixed = _unit(share * self._real[base] + (1 - share) * self._real[other])
        noise = _unit(self._random.standard_normal(mixed.shape, dtype=np.float32))
        return _unit(mixed + NOISE * noise)


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    found: NDArray[np.float32] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return found


def questions(data: Path, n: int, seed: int = 3) -> Sequence[str]:
    """``n`` real questions of a .jsonl.gz of questions, drawn at random."""
    with gzip.open(data, "rt", encoding="utf-8") as lines:
        found = sorted({json.loads(line)["question"] for line in lines})
    return random.Random(seed).sample(found, n)
