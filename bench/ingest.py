"""``python -m bench.ingest``: what putting a folder into an index costs, with the embedding and without.

Everything but the embedding is timed over the whole folder, with an embedder that answers at once; the embedding,
which takes many times as long as the rest, over some of its passages. Processor time stands beside the wall clock,
since other work on the machine disturbs mostly the latter.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench.corpus import write_documents
from embeddings import load_embedder
from rag import Index
from rag.types import Vectors

N_EMBEDDED = 64  # passages


class Instant:
    """Vectors for nothing: what is left is the rest of the work."""

    fingerprint, dimensions = "instant@1", 384

    def __init__(self) -> None:
        self._random = np.random.default_rng(0)
        self.some: list[str] = []

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return self.embed_passages(texts)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        self.some = [*self.some, *texts][:N_EMBEDDED]
        rows = self._random.standard_normal((len(texts), self.dimensions), dtype=np.float32)
        found: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--at", type=Path, required=True, help="a folder for the documents; they are used again")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="the folder of the open sets")
    parser.add_argument("--passages", type=int, default=9_000)
    given = parser.parse_args()
    documents = given.at / "documents"
    if not documents.is_dir():
        write_documents(given.data / "corpus_wiki.jsonl.gz", documents, given.passages)
    instant = Instant()
    found: dict[str, Any] = {"load": os.getloadavg()}
    with tempfile.TemporaryDirectory(prefix="footnote-bench-") as scratch:
        index = Index.open(Path(scratch) / "index", embedder=instant)
        with Peak() as peak:
            found["all but embedding, s"] = timed(lambda: index.add(documents))
        n = len(index)
        found |= {"files": len(index.sources()), "passages": n, "peak MB, all but embedding": peak.mb}
        found["unchanged, s"] = timed(lambda: index.add(documents))
        size = sum(path.stat().st_size for path in index.folder.iterdir())
        found["bytes a passage"] = size / n
    embedder = load_embedder()
    embedder.embed_passages(instant.some[:4])
    wall, cpu = timed(lambda: embedder.embed_passages(instant.some))
    found["embedding, s a passage"] = [wall / len(instant.some), cpu / len(instant.some)]
    rest = found["all but embedding, s"][1] / n
    found["share of the processor time that is not embedding"] = rest / (rest + cpu / len(instant.some))
    print(json.dumps(found, indent=1))


def timed(work: Callable[[], Any]) -> tuple[float, float]:
    """(wall, processor) seconds, those of child processes included."""
    before, began = _cpu(), time.perf_counter()
    work()
    return time.perf_counter() - began, _cpu() - before


def _cpu() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


class Peak:
    """The most memory, MB, that the process held inside the block, looked at ten times a second."""

    def __enter__(self) -> Peak:
        self.mb = 0.0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        page = os.sysconf("SC_PAGE_SIZE")
        while not self._done.wait(0.1):
            held = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * page / 2**20
            self.mb = max(self.mb, held)


if __name__ == "__main__":
    main()
