"""``python -m bench.cluster --at DIR``: a folder read and embedded by one Dask worker and by two, of one thread each.

Each run makes a new index of the same files; the workers are up and have loaded the model before the clock starts.
With ``--kill`` one of two workers is killed in the middle of another run, and what is stored is compared.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import tempfile
import time
from pathlib import Path
from typing import Any

from distributed import Client, LocalCluster

from bench.corpus import write_documents
from embeddings import load_embedder
from rag import Index
from rag.cluster import embed_batch

WARM = ["The model is loaded, and its network compiled, by embedding something."]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--at", type=Path, required=True, help="a folder for the documents; they are used again")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="the folder of the open sets")
    parser.add_argument("--passages", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=1, help="of one worker and two, one after the other")
    parser.add_argument("--kill", action="store_true", help="kill a worker too, and compare")
    given = parser.parse_args()
    documents = given.at / f"documents-{given.passages}"
    if not documents.is_dir():
        write_documents(given.data / "corpus_wiki.jsonl.gz", documents, given.passages)
    found: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="footnote-bench-") as scratch:
        for number in range(given.rounds):
            for n_workers in (1, 2):
                found.append(run(documents, Path(scratch) / f"{number}-{n_workers}", n_workers))
                print(json.dumps(found[-1]), flush=True)
        best = {n: max(row["passages a second"] for row in found if row["workers"] == n) for n in (1, 2)}
        print(json.dumps({"speed-up, of the best of each": round(best[2] / best[1], 2)}), flush=True)
        if given.kill:
            print(json.dumps(run(documents, Path(scratch) / "killed", 2, kill=True)), flush=True)
            same = content(Path(scratch) / "killed") == content(Path(scratch) / "0-2")
            print(json.dumps({"a worker killed: stored the same": same}), flush=True)


def run(documents: Path, where: Path, n_workers: int, *, kill: bool = False) -> dict[str, Any]:
    """One run's figures; with ``kill`` a worker is killed when a third of the files are stored."""
    fingerprint = load_embedder().fingerprint
    with (
        LocalCluster(n_workers=n_workers, threads_per_worker=1, dashboard_address="127.0.0.1:0") as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        client.run(embed_batch, None, fingerprint, WARM)
        victims = [min(client.run(os.getpid).values())] if kill else []

        def watch(done: int, total: int, _: object) -> None:
            if victims and 3 * done > total:
                os.kill(victims.pop(), signal.SIGKILL)

        with Index.open(where) as index:
            began, cpu = time.perf_counter(), time.process_time()
            report = index.add(documents, cluster=cluster.scheduler_address, progress=watch)
            seconds = time.perf_counter() - began
            return {
                "workers": n_workers, "killed": kill, "files": len(report.files), "passages": len(index),
                "seconds": round(seconds, 1), "passages a second": round(len(index) / seconds, 2),
                "processor seconds of the driver": round(time.process_time() - cpu, 1), "load": os.getloadavg()[0],
            }  # fmt: skip


def content(where: Path) -> list[tuple[Any, ...]]:
    """Every passage with its vector, to the last bit."""
    with Index.open(where, create=False) as index:
        connection = index.engine.store.connection  # type: ignore[attr-defined]
        query = "SELECT passages.*, vector, digest FROM passages JOIN vectors ON passage = passages.id ORDER BY id"
        rows: list[tuple[Any, ...]] = connection.execute(query).fetchall()
        return rows


if __name__ == "__main__":
    main()
