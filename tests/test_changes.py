"""After any changes, every search finds what it would find in an index made afresh."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from bench.torture.library import Bags
from rag import Index
from rag.types import Mode

WORDS = """harbour fire market storm bridge ferry mayor council trader cable grain store valley tree island river
    prison guard border truck convoy Lindby Ekeness Solvik Qurashi Qurayshi Deir ez-Zor Marstad New York café""".split()
N_CHANGES, CHECKED_EVERY = 300, 50
QUERIES = [
    "harbour fire in Lindby",
    "the mayor of Ekeness",
    "Who is Qurayshi?",
    "Deirezzor convoys",
    "New York café",
    "it",
]


def _article(drawn: random.Random) -> str:
    sentences = [" ".join(drawn.choices(WORDS, k=8)).capitalize() + "." for _ in range(drawn.randint(2, 60))]
    day = f"{drawn.randint(1, 28)} May {drawn.randint(2015, 2024)}"
    return f"{' '.join(drawn.choices(WORDS, k=3))}\n\nPublished: {day}\n\n{' '.join(sentences)}\n"


def _changes(index: Index, folder: Path, drawn: random.Random) -> Iterator[None]:
    """Add, change or remove a file at random, again and again."""
    for n in range(N_CHANGES):
        files = sorted(folder.iterdir())
        what = drawn.random()
        if what < 0.4 or len(files) < 3:
            (folder / f"{n:03d}.txt").write_text(_article(drawn), encoding="utf-8")
        elif what < 0.7:
            drawn.choice(files).write_text(_article(drawn), encoding="utf-8")
        else:
            gone = drawn.choice(files)
            gone.unlink()
            if drawn.random() < 0.5:
                index.remove(str(gone))
        index.add(folder, prune=True)
        if drawn.random() < 0.02:
            index.compact()
        yield


def _found(index: Index) -> list[list[tuple[float, str]]]:
    """All that each query finds by each ranking, with a filter and without; equal scores by their texts."""
    modes: tuple[Mode, ...] = ("hybrid", "dense", "lexical")
    return [
        sorted((-round(hit.score, 4), hit.passage.text) for hit in index.search(query, 1000, mode=mode, since=since))
        for query in QUERIES
        for mode in modes
        for since in (None, date(2020, 5, 14))
    ]


@pytest.mark.parametrize(("flat", "recent"), [(20_000, 4096), (20, 15)])
def test_changed_in_any_order_it_finds_what_a_fresh_index_finds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flat: int, recent: int
) -> None:
    monkeypatch.setattr("rag.vectors.sync.FLAT", flat)  # so that clusters and folding have their turn too
    monkeypatch.setattr("rag.lexical.postings.RECENT", recent)
    (folder := tmp_path / "documents").mkdir()
    with Index.open(tmp_path / "changed", embedder=Bags()) as index:
        for n, _ in enumerate(_changes(index, folder, random.Random(flat)), 1):
            if n % CHECKED_EVERY == 0:
                with Index.open(tmp_path / f"fresh-{n}", embedder=Bags()) as fresh:
                    fresh.add(folder)
                    assert len(index) == len(fresh)
                    assert _found(index) == _found(fresh)
                assert index.check() == []
