"""A short torture: some kills, flips and faults (``make torture`` does two hundred); what mending brings back."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import rag.ingest
import rag.lexical.postings
import rag.vectors.sync
from bench.torture import faults
from bench.torture.judging import judge
from bench.torture.kills import Rounds
from bench.torture.library import Bags, shrink
from rag import Index
from rag.database import connect
from rag.doctor import examine_index
from rag.errors import DamagedIndex, StoreError
from rag.mending import mend
from rag.shipped import altered
from tests.conftest import ROOT

N_KILLS, N_FLIPS = 4, 2


@pytest.fixture(autouse=True)
def small() -> Iterator[None]:
    """Folding and clusters begin early, and late again afterwards."""
    places = ((rag.vectors.sync, "FLAT"), (rag.lexical.postings, "RECENT"), (rag.ingest, "PASSAGES_PER_WRITE"))
    before = [getattr(module, name) for module, name in places]
    shrink()
    yield
    for (module, name), value in zip(places, before, strict=True):
        setattr(module, name, value)


def test_killed_at_random_moments_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    tally = Rounds(tmp_path.resolve() / "rounds", seed=1, asked_every=100, seconds=0.3).run(N_KILLS)
    assert tally.problems == []
    assert tally.killed.total() == N_KILLS


def test_a_flipped_bit_is_found_and_mended(tmp_path: Path) -> None:
    for outcome in faults.flipped(tmp_path.resolve(), random.Random(3), N_FLIPS):
        assert outcome.problems == ()


@pytest.mark.parametrize("fault", [faults.older, faults.other_formats, faults.clock, faults.read_only])
def test_each_fault_leaves_what_a_clean_rebuild_has(tmp_path: Path, fault: object) -> None:
    try:
        assert fault(tmp_path.resolve(), random.Random(4)).problems == ()  # type: ignore[operator]
    except faults.Skipped as error:
        pytest.skip(str(error))


def test_a_damaged_document_is_never_quoted_and_mending_brings_it_back(tmp_path: Path) -> None:
    made = faults.texts(tmp_path.resolve() / "documents", random.Random(5), 3)
    folder = tmp_path / "index"
    with Index.open(folder, embedder=Bags()) as index:
        index.add(*made)
        index.remove(sorted(made)[0])
    del made[sorted(made)[0]]
    connection = connect(folder / "footnote.sqlite")
    connection.execute("UPDATE documents SET text = replace(text, 'killed', 'healed') WHERE id = 2")
    connection.close()
    with Index.open(folder, embedder=Bags()) as index, pytest.raises(DamagedIndex, match="footnote mend --index"):
        list(index.documents.values())
    assert examine_index(folder).cure == f"footnote mend --index {folder}"
    mended = mend(folder, Bags())
    assert (len(mended.kept), len(mended.read_again), len(mended.lost)) == (1, 1, 0)
    assert judge(folder, made) == []
    assert (folder / "footnote.sqlite.damaged").is_file()


def test_mending_brings_no_removed_upload_back(tmp_path: Path) -> None:
    folder = tmp_path.resolve() / "index"
    with Index.open(folder, embedder=Bags()) as index:
        made = faults.texts(folder / "uploads", random.Random(7), 3)
        index.add(*made)
        index.remove(min(made))
    connection = connect(folder / "footnote.sqlite")
    connection.execute("UPDATE vectors SET vector = zeroblob(128) WHERE passage = (SELECT max(passage) FROM vectors)")
    connection.close()
    mended = mend(folder, Bags())
    assert len(mended.read_again) == 1
    assert min(made) not in (*mended.kept, *mended.read_again)


def test_what_is_damaged_and_gone_is_named(tmp_path: Path) -> None:
    made = faults.texts(tmp_path.resolve() / "documents", random.Random(6), 2)
    with Index.open(tmp_path / "index", embedder=Bags()) as index:
        index.add(*made)
    connection = connect(tmp_path / "index" / "footnote.sqlite")
    connection.execute("UPDATE vectors SET vector = zeroblob(128) WHERE passage = 1")
    connection.close()
    gone = min(made)
    Path(gone).unlink()
    assert mend(tmp_path / "index", Bags()).lost == (gone,)


def test_what_came_from_elsewhere_is_fetched_again_where_it_can_be(tmp_path: Path) -> None:
    made = [Path(path) for path in faults.texts(tmp_path.resolve() / "documents", random.Random(8), 3)]
    with Index.open(tmp_path / "index", embedder=Bags()) as index:
        index.add(*(path.as_uri() for path in made))
    connection = connect(tmp_path / "index" / "footnote.sqlite")
    connection.execute("UPDATE vectors SET vector = zeroblob(128)")
    connection.close()
    gone, *there = sorted(made)
    gone.unlink()
    mended = mend(tmp_path / "index", Bags())
    assert mended.lost == (gone.as_uri(),)
    assert sorted(mended.read_again) == [path.as_uri() for path in there]
    with Index.open(tmp_path / "index", embedder=Bags()) as index:
        assert {source.source for source in index.sources()} == set(mended.read_again)


def test_mending_says_where_there_is_nothing(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no index in"):
        mend(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "rag.cli", "mend", "--index", str(tmp_path)], capture_output=True, cwd=ROOT
    )
    assert done.returncode == 2


def test_what_ships_is_what_was_shipped() -> None:
    assert altered() == []
