"""Files go in whatever they are and whatever happens: parsed elsewhere, embedded once, resumed where it stopped."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from rag import Index
from rag.chunking import split
from rag.parsing import Parsed, Task, read, read_all
from rag.types import Document, FileReport, Passage, Vectors
from tests.test_changes import Bags

N = 60  # enough to be parsed by other processes


class Counting(Bags):
    """Remembers what it was asked to embed."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        self.texts += texts
        return super().embed_passages(texts)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Sixty short articles, one of them broken."""
    (made := tmp_path / "documents").mkdir()
    for n in range(N):
        (made / f"{n:02d}.txt").write_text(f"Report {n}\n\nThe ferry {n} sank off Lindby.\n", encoding="utf-8")
    (made / "30.txt").write_bytes(b"\0" * 100)
    return made


def end_at_seven(document: Document) -> list[Passage]:
    """A parser's library that takes its process down with it."""
    if "ferry 7 " in document.text:
        os._exit(9)
    return split(document)


def test_other_processes_read_as_this_one_does(folder: Path) -> None:
    tasks = [Task(path, None) for path in sorted(folder.iterdir())]
    assert list(read_all(tasks, split)) == [read(task, split) for task in tasks]


def test_a_file_that_ends_the_process_is_named_and_the_others_are_read(folder: Path) -> None:
    tasks = [Task(path, None) for path in sorted(folder.iterdir())]
    found: dict[str, Parsed] = {
        task.path.name: parsed for task, parsed in zip(tasks, read_all(tasks, end_at_seven), strict=True)
    }
    assert "07.txt cannot be read" in found["07.txt"].error
    assert [name for name, parsed in found.items() if parsed.error] == ["07.txt", "30.txt"]


def test_a_file_that_was_only_touched_is_unchanged_and_not_read_again(tmp_path: Path, folder: Path) -> None:
    index = Index.open(tmp_path / "index", embedder=Bags())
    index.add(folder)
    os.utime(folder / "05.txt", ns=(1, 1))
    assert index.add(folder).count("unchanged") == N - 1
    (folder / "05.txt").chmod(0)  # reading it would fail, where the user is not root
    assert index.add(folder).count("unchanged") == N - 1


def test_what_was_embedded_is_not_embedded_again(tmp_path: Path, folder: Path) -> None:
    embedder = Counting()
    index = Index.open(tmp_path / "index", embedder=embedder)
    (folder / "copy.txt").write_text((folder / "10.txt").read_text(encoding="utf-8"), encoding="utf-8")
    report = index.add(folder)
    assert report.n_embedded == len(embedder.texts) == N - 1  # one is broken, and one said twice
    folder.rename(moved := folder.with_name("moved"))
    report = index.add(moved, folder, prune=True)
    assert (report.count("new"), report.count("removed"), report.n_embedded) == (N, N, 0)
    assert len(index.search("The ferry 10 sank", 100)) == N


def test_what_moves_from_file_to_file_is_taken_along(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.ingest.PASSAGES_PER_WRITE", 1)
    embedder = Counting()
    index = Index.open(tmp_path / "index", embedder=embedder)
    index.add(folder)
    texts = [(folder / f"{n:02d}.txt").read_text(encoding="utf-8") for n in range(20)]
    for n, text in enumerate(texts):
        (folder / f"{(n + 1) % 20:02d}.txt").write_text(text, encoding="utf-8")
    report = index.add(folder)
    assert (report.count("updated"), report.n_embedded) == (20, 0)
    assert len(index.search("The ferry sank", 100)) == N - 1


@pytest.mark.parametrize("failing", ["listdir", "lstat"])
def test_prune_keeps_what_could_not_be_looked_at(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    (away := folder / "away").mkdir()
    (away / "far.txt").write_text("The far ferry sank.", encoding="utf-8")
    index = Index.open(tmp_path / "index", embedder=Bags())
    index.add(folder)
    (folder / "05.txt").unlink()
    where, name = (os, "listdir") if failing == "listdir" else (Path, "lstat")
    real = getattr(where, name)

    def fail(path: Path) -> object:
        if path.name in ("away", "far.txt") and (failing == "listdir" or path.name == "far.txt"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(where, name, fail)
    report = index.add(folder, prune=True)
    assert [Path(file.source).name for file in report.files if file.state == "removed"] == ["05.txt"]
    assert {Path(file.source).name for file in report.failed} >= {"away" if failing == "listdir" else "far.txt"}
    assert "far ferry" in index.search("The far ferry", 1)[0].passage.text


def test_an_interrupted_run_goes_on_where_it_stopped(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.ingest.PASSAGES_PER_WRITE", 10)
    embedder = Counting()
    index = Index.open(tmp_path / "index", embedder=embedder)

    def interrupt(done: int, _: int, __: FileReport) -> None:
        if done == 25:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        index.add(folder, progress=interrupt)
    assert 10 <= len(index) <= 30
    index.add(folder)
    assert len(index) == N - 1
    assert len(embedder.texts) <= N - 1 + 10  # the group that was being embedded when it was interrupted, no other
    assert index.check() == []
