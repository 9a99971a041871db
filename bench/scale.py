"""``python -m bench.scale``: how search, change and opening cost grow with the index, on made passages.

Texts are real sentences drawn anew and vectors lie about real ones (``bench/corpus.py``), since embedding a million
passages takes most of a day. Questions are real, and so is every part that is timed. Processor time stands beside the
wall clock: other work on the machine disturbs only the latter. The embedding of queries is timed by itself.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from bench.corpus import questions, write_documents
from bench.made import DAYS, FIRST_DAY, make_index
from rag import Index
from rag.engines.embedded import Embedded
from rag.types import Embedder, Vectors

K, N_QUESTIONS, N_TRUTH = 10, 300, 200
N_ROUNDS = 5  # of what changes the index


class Remembering:
    """An embedder whose query vectors are computed before the clock starts."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._known: dict[str, Vectors] = {}
        self.fingerprint, self.dimensions = embedder.fingerprint, embedder.dimensions
        self.embed_passages = embedder.embed_passages

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        [text] = texts
        if text not in self._known:
            self._known[text] = self._embedder.embed_queries([text])
        return self._known[text]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--at", type=Path, required=True, help="a folder for the indexes; what is there is used again")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="the folder of the open sets")
    parser.add_argument("--sizes", type=int, nargs="+", default=[9_000, 100_000])
    parser.add_argument("--real", type=int, default=9_000, help="passages that are embedded")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)  # measure one index and print JSON
    given = parser.parse_args()
    if given.one is not None:
        print(json.dumps(measure(given.one, given.data)))
        return
    corpus = given.data / "corpus_wiki.jsonl.gz"
    real = given.at / "real"
    if not (given.at / "documents").is_dir():
        write_documents(corpus, given.at / "documents", given.real)
    with Index.open(real) as index:
        index.add(given.at / "documents")
    rows = []
    for size in given.sizes:
        folder = given.at / f"made-{size}"
        if not folder.is_dir():
            make_index(scratch := folder.with_name(f"{folder.name}.part"), corpus, real, size)
            scratch.rename(folder)
        command = [sys.executable, "-m", "bench.scale", "--at", str(given.at), "--data", str(given.data)]
        done = subprocess.run([*command, "--one", str(folder)], check=True, stdout=subprocess.PIPE, text=True)
        rows.append(json.loads(done.stdout))
        print(json.dumps(rows[-1], indent=1), flush=True)
    (given.at / "scale.json").write_text(json.dumps({"machine": machine(), "rows": rows}, indent=1), encoding="utf-8")


def measure(folder: Path, data: Path) -> dict[str, Any]:
    """Everything about one index, in milliseconds, bytes and shares."""
    asked = questions(data / "squad2_dev.jsonl.gz", N_QUESTIONS)
    found: dict[str, Any] = {"cold open to first hit": _timed(lambda: _cold(folder))}
    with Index.open(folder) as index:
        embedder = Remembering(index.embedder)
        embedding = [_timed(partial(index.embedder.embed_queries, [text])) for text in asked[:50]]
        index._embedder = embedder
        found |= {"passages": len(index), "bytes a passage": _bytes(folder) / len(index)}
        found["embedding a query"] = _spread(embedding)
        middle = FIRST_DAY + timedelta(days=DAYS // 2)
        late = FIRST_DAY + timedelta(days=DAYS * 99 // 100)
        filters = {"": None, ", half": middle, ", one in 100": late}
        for name, since in filters.items():
            for question in asked:
                index.search(question, K, since=since)
            times = [_timed(partial(index.search, question, K, since=since)) for question in asked]
            found[f"hybrid{name}"] = _spread(times)
            found[f"recall{name}"] = recall(index, embedder, asked[:N_TRUTH], since)
        found["peak MB searching"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        found |= _changes(index, folder)
    return found


def recall(index: Index, embedder: Embedder, asked: Sequence[str], since: date | None) -> float:
    """The share of the exact 10 nearest that the dense search finds, of the passages that the filter lets through."""
    queries = np.concatenate([embedder.embed_queries([question]) for question in asked])
    engine = index.engine
    assert isinstance(engine, Embedded)
    allowed = engine.filter.mask(None, since, None)
    best: list[list[tuple[float, int]]] = [[] for _ in asked]
    after = 0
    while True:
        ids, vectors = engine.store.vectors_after(after, 20_000)
        if not len(ids):
            break
        after = int(ids[-1])
        kept = np.ones(len(ids), dtype=bool) if allowed is None else allowed[ids]
        for row, cosines in enumerate(queries @ vectors[kept].T):
            top = np.argpartition(-cosines, K)[:K] if len(cosines) > K else np.arange(len(cosines))
            pairs = zip(cosines[top].tolist(), ids[kept][top].tolist(), strict=True)
            best[row] = sorted([*best[row], *pairs], reverse=True)[:K]
    shares = []
    with engine.store.snapshot():
        for query, exact in zip(queries, best, strict=True):
            near = {i for i, _ in engine.vectors.search(query[None], K, allowed)}
            shares.append(len(near & {i for _, i in exact}) / max(len(exact), 1))
    return float(np.mean(shares))


def _changes(index: Index, folder: Path) -> dict[str, Any]:
    """One file of three passages added, changed and removed again and again; the index stays as it was."""
    paragraph = "The lighthouse keeper of Zarnholm wrote down the weather of every day for forty years. " * 12
    path = folder.parent / "changed.txt"
    added, removed = [], []

    def add_and_find() -> None:
        index.add(path)
        assert "Zarnholm" in index.search("Who wrote down the weather in Zarnholm?", 1)[0].passage.text

    for n in range(N_ROUNDS):
        body = "\n\n".join(f"{paragraph} {part} {n}" for part in ("one", "two", "three"))
        path.write_text(f"Lighthouse {n}\n\n{body}\n", encoding="utf-8")
        added.append(_timed(add_and_find))
    for _ in range(N_ROUNDS):
        hit = index.search("Who wrote down the weather in Zarnholm?", 1)[0]
        removed.append(_timed(partial(index.remove, hit.passage.doc_id)))
        index.add(path)
    index.remove(str(path))
    path.unlink()
    return {"one changed file, searchable": _spread(added), "one document removed": _spread(removed)}


def _cold(folder: Path) -> None:
    code = (
        "import sys; from rag import Index; "
        "assert Index.open(sys.argv[1]).search('Who wrote about the history of the Normans?', 1)"
    )
    subprocess.run([sys.executable, "-c", code, str(folder)], check=True)


def _timed(work: Callable[[], Any]) -> tuple[float, float]:
    """(wall, processor) milliseconds, those of child processes included."""
    before, began = _cpu(), time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1e3, (_cpu() - before) * 1e3


def _cpu() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def _spread(times: Sequence[tuple[float, float]]) -> dict[str, float]:
    wall, cpu = (np.array(column) for column in zip(*times, strict=True))
    return {
        "wall p50": float(np.median(wall)),
        "wall p95": float(np.percentile(wall, 95)),
        "cpu p50": float(np.median(cpu)),
        "cpu p95": float(np.percentile(cpu, 95)),
    }


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


def machine() -> dict[str, Any]:
    """What this ran on, and how busy it was."""
    return {"processor": platform.processor() or platform.machine(), "cores": os.cpu_count(), "load": os.getloadavg()}


if __name__ == "__main__":
    main()
