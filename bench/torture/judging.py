"""What an index must be after whatever has happened to it: whole, and the same as one made afresh."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, get_args

from bench.torture.library import Bags, sha256
from rag import Index, ask
from rag.doctor import examine_index
from rag.engines.embedded import Embedded
from rag.store import Store
from rag.types import Document, Hit, Mode

QUERIES = ("fire in the harbour of Lindby", "the mayor of Ekeness", "Who is Qurayshi?", "Deirezzor convoys", "it")
QUESTION = "How many people did the fire in the harbour of Lindby kill?"
EVERYTHING = 1000  # more hits than there are passages
# Vectors are compared by one product where they lie in memory and by another where they come from clusters, and float32
# products differ by up to 2e-7 with the order of their sums.
SAME = 1e-5

Found = list[list[tuple[str, float]]]  # of each search the texts, and the score of each

Texts = Mapping[str, str]  # what lies in each file, by its path


def judge(folder: Path, committed: Texts, *, answers: bool = False) -> list[str]:
    """In what the index in ``folder`` differs from one made afresh of the files ``committed``; [] in nothing.

    The files are written to their paths first. With ``answers``, a question is asked of both too.
    """
    problems = [f"doctor: {check.found}" for check in [examine_index(folder)] if not check.ok]
    for path, text in committed.items():
        Path(path).write_text(text, encoding="utf-8")
    with (
        tempfile.TemporaryDirectory(prefix="footnote-fresh-") as scratch,
        Index.open(folder, embedder=Bags()) as index,
        Index.open(scratch, embedder=Bags()) as fresh,
    ):
        fresh.add(*committed)
        for doc_id in _removed_alone(index, fresh):
            fresh.remove(doc_id)
        for what, mine, theirs in (
            ("documents", _documents(index), _documents(fresh)),
            ("passages", len(index), len(fresh)),
            *([("answers", _answer(index), _answer(fresh))] if answers else []),
        ):
            if mine != theirs:
                problems.append(f"{what} are not those of a clean rebuild")
        problems += differences(found(index), found(fresh))
    return problems


def store_of(index: Index) -> Store:
    """What an index in a folder is kept in."""
    assert isinstance(index.engine, Embedded)
    return index.engine.store


def stored(folder: Path) -> dict[str, str]:
    """By path, the sha256 of what the index holds of each file; "" where a document of it was removed by itself."""
    with Index.open(folder, embedder=Bags()) as index:
        return {source: file.sha256 for source, file in store_of(index).files().items()}


def committed_of(folder: Path, before: Texts, after: Texts) -> tuple[dict[str, str], list[str]]:
    """What of the change from ``before`` to ``after`` is in the index, file by file; and what can be of neither."""
    found, problems = {}, []
    for path, digest in stored(folder).items():
        versions = [texts[path] for texts in (before, after) if path in texts]
        fitting = [text for text in versions if digest in ("", sha256(text))]
        if fitting:
            found[path] = fitting[-1] if digest else fitting[0]
        else:
            problems.append(f"{path} is neither what it was nor what it became")
    lost = [path for path in before if path in after and path not in found]
    return found, problems + [f"{path} is gone" for path in lost]


def found(index: Index) -> Found:
    """All that each query finds by each ranking, with a filter and without, by text."""
    modes: tuple[Mode, ...] = get_args(Mode)
    return [
        sorted((hit.passage.text, hit.score) for hit in _all(index, query, mode, day))
        for query in QUERIES
        for mode in modes
        for day in (None, date(2020, 5, 14))
    ]


def differences(mine: Found, theirs: Found) -> list[str]:
    """In which searches other texts are found, or the same with other scores; [] in none."""
    problems = []
    for number, (ours, others) in enumerate(zip(mine, theirs, strict=True)):
        if [text for text, _ in ours] != [text for text, _ in others]:
            problems.append(f"search {number} finds {len(ours)} texts, {len(others)} in a clean rebuild, not the same")
        elif (apart := max((abs(a - b) for (_, a), (_, b) in zip(ours, others, strict=True)), default=0.0)) > SAME:
            problems.append(f"search {number} scores otherwise than a clean rebuild, by {apart:.6f}")
    return problems


def _all(index: Index, query: str, mode: Mode, day: date | None) -> list[Hit]:
    return index.search(query, EVERYTHING, mode=mode, since=day)


def _documents(index: Index) -> dict[str, Document]:
    return dict(index.documents.items())


def _answer(index: Index) -> dict[str, Any]:
    told = ask(QUESTION, index, writer="quote").to_dict()
    return {name: told[name] for name in ("status", "text", "reason", "citations", "disagreements")}


def _removed_alone(index: Index, fresh: Index) -> set[str]:
    """Documents that were removed from a file of which others stay."""
    partly = {source for source, file in store_of(index).files().items() if file.sha256 == ""}
    return {
        doc_id for doc_id, held in fresh.documents.items() if held.source in partly and doc_id not in index.documents
    }
