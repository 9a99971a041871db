"""The process that is killed: it changes an index, and says what it has been told is done."""

from __future__ import annotations

import re
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path

from bench.torture.library import Bags, shrink
from rag import Index
from rag.types import FileReport

VERSION = re.compile(r"The harbour has (\d+) ships")


def work(deed: str, folder: Path, names: Sequence[str], told: Connection) -> None:
    """Do ``deed`` to the index in ``folder``, with the files or documents ``names``.

    Each file or document that counts as changed is told on ``told`` as soon as the index says so, "done" at the end.
    """
    shrink()

    def acknowledged(_: int, __: int, file: FileReport) -> None:
        if file.state in ("new", "updated", "removed"):
            told.send(file.source)

    opening = deed in ("create", "upgrade")  # is what is to be interrupted
    if opening:
        told.send("begun")
    with Index.open(folder, embedder=Bags()) as index:
        if not opening:
            told.send("begun")
        if deed in ("add", "update", "create", "prune"):
            index.add(*names, prune=deed == "prune", progress=acknowledged)
        elif deed == "remove":
            _remove(index, names, told)
        elif deed == "compact":
            index.compact()
        elif deed == "rebuild":
            _rebuild(index)
    told.send("done")


def _remove(index: Index, names: Sequence[str], told: Connection) -> None:
    for name in names:
        index.remove(name)
        told.send(name)


def _rebuild(index: Index) -> None:
    """Make the clusters anew."""
    for clusters in index.folder.glob("vectors-*.faiss"):
        clusters.unlink()
    index.search("harbour", 3)


def watch(folder: Path, told: Connection) -> None:
    """Search the index in ``folder`` until ``stop`` lies beside it; tell the versions that each search found."""
    shrink()
    seen = []
    with Index.open(folder, embedder=Bags()) as index:
        index.search("harbour ships", 3)
        told.send("begun")
        while not (folder.parent / "stop").exists():
            hits = index.search("The harbour has ships", 1000, mode="lexical")
            seen.append([int(said[1]) for hit in hits if (said := VERSION.search(hit.passage.text))])
    told.send(seen)
