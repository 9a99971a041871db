"""``python -m bench.engines``: ingest and search on each engine, the same passages and questions on all.

    python -m bench.engines --real INDEX --n 100000 FOLDER 'postgresql://…' …
    python -m bench.engines --real INDEX --n 20000 FOLDER milvus:///PATH/FILE.db

Passages come from the folder of an index that is there, texts and vectors, until there are no more of them; then they
are made as in ``bench.scale``. What is measured is the engine: storing is timed without parsing and embedding,
searching without embedding the question. Recall holds what the dense search finds to the exact nearest.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.corpus import PASSAGES_PER_DOCUMENT, MadeVectors, made_texts, questions
from bench.made import DAYS, FIRST_DAY, real_vectors
from bench.scale import Remembering, machine
from rag import Index
from rag.engines import Within
from rag.store import ParsedFile, Store
from rag.types import Document, Passage, Vectors

K, N_QUESTIONS = 10, 100
GROUP = 85  # documents stored together: about the 256 passages of rag.ingest
FILTERS = {
    "": None,
    ", half": FIRST_DAY + timedelta(days=DAYS // 2),
    ", 1 in 100": FIRST_DAY + timedelta(days=DAYS * 99 // 100),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("places", nargs="+", help="indexes to be made: folders and addresses; one that is full is kept")
    parser.add_argument("--real", type=Path, required=True, help="the folder of an index of real passages")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="the folder of the open sets")
    parser.add_argument("--n", type=int, default=100_000, help="passages")
    parser.add_argument("--questions", type=int, default=N_QUESTIONS)
    parser.add_argument("--out", type=Path, help="a file for the figures, JSON")
    given = parser.parse_args()
    asked = questions(given.data / "squad2_dev.jsonl.gz", given.questions)
    rows = []
    for place in given.places:
        rows.append({"place": place.split("://")[0], **measure(place, given, asked)})
        print(json.dumps(rows[-1], indent=1), flush=True)
        if given.out is not None:
            given.out.write_text(json.dumps({"machine": machine(), "rows": rows}, indent=1), encoding="utf-8")


def measure(place: str, given: argparse.Namespace, asked: Sequence[str]) -> dict[str, Any]:
    """Passages a second stored; milliseconds a search takes, at the middle; shares of the exact nearest found."""
    found: dict[str, Any] = {}
    with Index.open(place) as index:
        files = islice(passages(given.real, given.data), given.n // PASSAGES_PER_DOCUMENT)
        everything, days, spent = fill(index, files, full=len(index) >= given.n * 0.9)
        found["passages"] = len(index)
        if spent:
            found["stored, passages/s"] = round(len(everything) / spent, 1)
        began = time.perf_counter()
        index.compact()
        found["compact, s"] = round(time.perf_counter() - began, 1)
        index._embedder = embedder = Remembering(index.embedder)
        for name, since in FILTERS.items():
            for question in asked:
                embedder.embed_queries([question])
            index.search(asked[0], K, since=since)
            for mode in ("hybrid", "dense", "lexical"):
                times = []
                for question in asked:
                    began = time.perf_counter()
                    index.search(question, K, mode=mode, since=since)
                    times.append((time.perf_counter() - began) * 1e3)
                found[f"{mode}{name}, ms"] = [round(float(np.percentile(times, p)), 1) for p in (50, 95)]
            found[f"recall@10{name}"] = recall(index, embedder, asked, since, everything, days)
    return found


def fill(
    index: Index, files: Iterator[tuple[ParsedFile, date]], *, full: bool
) -> tuple[dict[tuple[str, int], NDArray[np.float32]], dict[str, date], float]:
    """Store the files unless the index is full; the vectors by (document, first character), days, and seconds."""
    vectors: dict[tuple[str, int], NDArray[np.float32]] = {}
    days: dict[str, date] = {}
    spent = 0.0
    index.engine.claim("embedder", index.embedder.fingerprint)
    while group := list(islice(files, GROUP)):
        for file, day in group:
            days[file.documents[0].doc_id] = day
            for passage, vector in zip(file.passages[0], file.vectors[0], strict=True):
                vectors[passage.doc_id, passage.start] = vector
        if not full:
            began = time.perf_counter()
            index.engine.replace([file for file, _ in group])
            index.engine.settle()
            spent += time.perf_counter() - began
            if len(vectors) // 255 % 20 == 0:
                print(f"{len(vectors)} passages, {len(vectors) / spent:.0f} a second", flush=True)
    return vectors, days, spent


def recall(
    index: Index, embedder: Remembering, asked: Sequence[str], since: date | None,
    everything: dict[tuple[str, int], NDArray[np.float32]], days: dict[str, date],
) -> float:  # fmt: skip
    """The share of the exact 10 nearest that the dense search finds, of what the filter lets through."""
    keys = [key for key in everything if since is None or days[key[0]] >= since]
    matrix: Vectors = np.stack([everything[key] for key in keys])
    shares = []
    for question in asked:
        query = embedder.embed_queries([question])
        cosines = matrix @ query[0]
        least = np.sort(cosines)[-K] - 1e-6  # equals of the last one are as near
        with index.engine.looking(Within(since=since), dense=True) as looking:
            near = looking.nearest(query, K)
            held = looking.passages([i for i, _ in near])
        found = [everything[passage.doc_id, passage.start] @ query[0] for passage, *_ in held.values()]
        shares.append(sum(cosine >= least for cosine in found) / K)
    return round(float(np.mean(shares)), 4)


def passages(real: Path, data: Path) -> Iterator[tuple[ParsedFile, date]]:
    """Files of one document of three passages each: the real ones, then made ones without end."""
    vectors, at = real_vectors(real), 0
    store = Store(real)
    n = 0
    for first in range(1, store.highest() - PASSAGES_PER_DOCUMENT + 2, PASSAGES_PER_DOCUMENT):
        ids, rows = store.vectors(range(first, first + PASSAGES_PER_DOCUMENT))
        found = store.passages(ids.tolist())
        if len(found) == PASSAGES_PER_DOCUMENT:
            n += 1
            texts = [found[i][0].text for i in ids.tolist()]
            yield file_of(n, found[int(ids[0])][1], texts, rows)
    made = MadeVectors(vectors)
    for title, texts in made_texts(data / "corpus_wiki.jsonl.gz"):
        if at % 1000 == 0:
            drawn = made.draw(1000 * PASSAGES_PER_DOCUMENT)
        start = at % 1000 * PASSAGES_PER_DOCUMENT
        n, at = n + 1, at + 1
        yield file_of(n, title, texts, drawn[start : start + PASSAGES_PER_DOCUMENT])


def file_of(n: int, title: str, texts: Sequence[str], vectors: Vectors) -> tuple[ParsedFile, date]:
    day = FIRST_DAY + timedelta(days=n * 7919 % DAYS)
    document = Document(f"made{n:08d}", "\n\n".join(texts), title, f"/made/{n:08d}.txt", day)
    starts = np.cumsum([0, *(len(text) + 2 for text in texts[:-1])]).tolist()
    parts = [Passage(document.doc_id, at, at + len(text), text) for at, text in zip(starts, texts, strict=True)]
    digests = [sha256(f"{n} {at}".encode()).digest()[:16] for at in range(len(texts))]
    return ParsedFile(document.source, f"{n}", [document], [parts], [vectors], [digests]), day


if __name__ == "__main__":
    main()
