"""Bad files: each becomes what it must or is refused by name, and nothing else suffers from it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from rag import Index
from rag.chunking import split
from rag.errors import OptionError
from rag.limits import Limits
from rag.parsers.folders import printable
from rag.parsing import Parsed, Task, read, read_all
from rag.types import Document, FileReport, Passage
from tests.badfiles import FILES, LIMITS, LONG, OTHERS, SAID, write_all
from tests.conftest import ROOT
from tests.misbehaving import hang_at_one, hoard_at_one, reach_out
from tests.test_changes import Bags

Outcomes = dict[str, tuple[FileReport, list[Document]]]
UNSEEN = "\u202e\u2066\u200f\u200b\u2060\x1b\x00"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "documents").mkdir()
    with Index.open(folder / "index", embedder=Bags()) as opened:
        yield opened


@pytest.fixture(scope="module")
def outcomes(index: Index) -> Outcomes:
    """What became of every bad file, all of them added in one run."""
    folder = index.folder.parent / "documents"
    write_all(folder)
    slow = folder / "slow.txt"
    away = slow.rename(folder.parent / "slow.txt")
    report = index.add(folder, limits=LIMITS)
    away.rename(slow)
    found = [*report.files, *index.add(slow, limits=replace(LIMITS, seconds=0.3)).files]
    read = [index.documents[doc_id] for doc_id in index.documents]
    return {
        Path(file.source).name: (file, [document for document in read if document.source == file.source])
        for file in found
    }


@pytest.mark.parametrize("name", FILES, ids=printable)
def test_a_bad_file_becomes_what_it_must(outcomes: Outcomes, name: str) -> None:
    file, documents = outcomes[name]
    expected = FILES[name][1]
    text = "\n".join(document.text for document in documents)
    if isinstance(expected, str):
        assert (file.state, file.error) == ("new", ""), file.reason
        assert expected in text
    else:
        assert (file.state, file.error) == ("failed", expected.__name__), file.reason
        assert documents == []
        assert printable(name) in file.reason
        assert file.reason.isprintable()
    assert not any(c in text or any(c in d.title for d in documents) for c in UNSEEN)
    assert "root:x:0" not in text


@pytest.mark.parametrize("name", OTHERS, ids=printable)
def test_what_is_no_file_is_named_and_left_alone(outcomes: Outcomes, name: str) -> None:
    expected = OTHERS[name][1]
    found = outcomes.get(printable(name))
    assert (None if found is None else (found[0].state, found[0].error)) == expected


def test_the_index_is_whole_after_all_of_them(index: Index, outcomes: Outcomes) -> None:
    assert index.check() == []
    assert len(outcomes) >= 120
    stored = {Path(source.source).name for source in index.sources()}
    assert stored == {name for name, (file, _) in outcomes.items() if file.state == "new"}
    assert index.add(index.folder.parent / "documents" / "UPPER.TXT").count("unchanged") == 1


# What happens while files are read


def test_a_file_that_hangs_its_parser_is_given_up_and_the_others_are_read(tmp_path: Path) -> None:
    for n in range(3):
        (tmp_path / f"{n}.txt").write_text(f"Report {n}\n\nThe ferry {n} sank off Lindby.\n", encoding="utf-8")
    tasks = [Task(path, None) for path in sorted(tmp_path.iterdir())]
    found = list(read_all(tasks, hang_at_one, Limits(seconds=2)))
    assert [parsed.kind for parsed in found] == ["", "ParsingTooSlow", ""]
    assert "FOOTNOTE_MAX_PARSE_SECONDS" in found[1].error


def test_a_file_that_takes_all_memory_is_given_up_and_the_others_are_read(tmp_path: Path) -> None:
    for n in range(3):
        (tmp_path / f"{n}.txt").write_text(f"Report {n}\n\nThe ferry {n} sank off Lindby.\n", encoding="utf-8")
    tasks = [Task(path, None) for path in sorted(tmp_path.iterdir())]
    found = list(read_all(tasks, hoard_at_one, Limits(memory=200_000_000)))
    assert [parsed.kind for parsed in found] == ["", "ParsingTooHungry", ""]
    assert "FOOTNOTE_MAX_PARSE_MB" in found[1].error


def test_a_parser_can_neither_call_out_nor_start_a_program(tmp_path: Path) -> None:
    for n, name in enumerate(("connect", "program")):
        (tmp_path / f"{n}.txt").write_text(f"Report\n\nPlease {name} now, they said.\n", encoding="utf-8")
    tasks = [Task(path, None) for path in sorted(tmp_path.iterdir())]
    for parsed in read_all(tasks, reach_out):
        assert parsed.kind == "UnreadableFile"
        assert "a parser asked for" in parsed.error


def test_a_file_that_changes_each_time_it_is_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "growing.txt"
    path.write_text(LONG, encoding="utf-8")

    def touching(document: Document) -> list[Passage]:
        path.write_text(f"{LONG}{time.time_ns()}", encoding="utf-8")
        return split(document)

    assert read(Task(path, None), touching).kind == "FileChanged"
    assert read(Task(path, None), split).kind == ""


def test_files_that_vanish_and_change_during_a_run_leave_nothing_half(tmp_path: Path) -> None:
    (folder := tmp_path / "documents").mkdir()
    whole = "\n\n".join(f"Paragraph {n} tells of the ferry that sank off Lindby in May." for n in range(40))
    for n in range(80):
        (folder / f"{n:02d}.txt").write_text(f"Report {n}\n\n{whole}\n\nThe end.\n", encoding="utf-8")
    done = threading.Event()

    def disturb() -> None:
        for n in range(79, 39, -1):
            if done.wait(0.002):
                return
            path = folder / f"{n:02d}.txt"
            if n % 2:
                path.unlink()
            else:
                other = folder.parent / "other.txt"
                other.write_text(f"Report {n}, second edition\n\n{whole}\n\nThe end.\n", encoding="utf-8")
                other.replace(path)

    with Index.open(tmp_path / "index", embedder=Bags()) as index:
        disturbing = threading.Thread(target=disturb)
        disturbing.start()
        report = index.add(folder)
        done.set()
        disturbing.join()
        assert {file.error for file in report.failed} <= {"UnreadableFile", "FileChanged"}
        assert all(index.documents[doc_id].text.endswith("The end.") for doc_id in index.documents)
        index.add(folder, prune=True)
        assert {Path(source.source).name for source in index.sources()} == {path.name for path in folder.iterdir()}
        assert index.check() == []


def test_a_folder_of_documents_cannot_bring_its_own_modules(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(LONG, encoding="utf-8")
    for module in ("sentencex", "rag", "docx", "struct"):
        (tmp_path / f"{module}.py").write_text("open('taken', 'w').close()", encoding="utf-8")
    code = (
        "import sys, pathlib; from rag.parsing import *; from rag.chunking import split; "
        "print([p.kind for p in read_all([Task(pathlib.Path('a.txt').resolve(), None)], split)])"
    )
    away = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, cwd=tmp_path, env=away)
    assert run.stdout.strip() == "['']", run.stderr
    assert not (tmp_path / "taken").exists()


def test_folders_within_folders_are_walked_however_deep(tmp_path: Path) -> None:
    here = Path.cwd()
    (tmp_path / "z.txt").write_text(LONG, encoding="utf-8")
    os.chdir(tmp_path)  # the whole path is longer than some systems take at once
    try:
        for _ in range(1200):
            Path("d").mkdir()
            os.chdir("d")
        with Index.open(tmp_path / "index", embedder=Bags()) as index:
            report = index.add(tmp_path / "z.txt", tmp_path / "d")
        assert report.count("new") == 1
        for _ in range(1200):  # what clears up after the tests does not go so deep
            os.chdir("..")
            Path("d").rmdir()
    finally:
        os.chdir(here)


def test_links_out_of_the_folder_are_followed_where_that_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder := tmp_path / "documents").mkdir()
    (tmp_path / "a.txt").write_text(LONG, encoding="utf-8")
    (folder / "link.txt").symlink_to(tmp_path / "a.txt")
    with Index.open(tmp_path / "index", embedder=Bags()) as index:
        report = index.add(folder)
        assert (report.count("skipped"), len(index)) == (1, 0)
        assert "FOOTNOTE_FOLLOW_LINKS=1" in report.files[0].reason
        monkeypatch.setenv("FOOTNOTE_FOLLOW_LINKS", "1")
        assert index.add(folder).count("new") == 1


def test_a_file_that_is_met_by_a_link_first_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "z.txt").write_text(LONG, encoding="utf-8")
    (tmp_path / "a.txt").symlink_to(tmp_path / "z.txt")
    with Index.open(tmp_path / "index", embedder=Bags()) as index:
        report = index.add(tmp_path)
        assert [(Path(file.source).name, file.state) for file in report.files if file.state == "new"] == [
            ("a.txt", "new")
        ]
        assert index.check() == []


# Settings


def test_the_environment_sets_each_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTNOTE_MAX_FILE_MB", "0.001")
    monkeypatch.setenv("FOOTNOTE_MAX_PARSE_SECONDS", "7.5")
    monkeypatch.setenv("FOOTNOTE_MAX_PARSE_MB", "300")
    assert Limits.from_environment() == Limits(1000, 7.5, 300_000_000)
    (tmp_path / "a.txt").write_text(LONG * 10, encoding="utf-8")
    with Index.open(tmp_path / "index", embedder=Bags()) as index:
        [file] = index.add(tmp_path / "a.txt").files
    assert (file.state, file.error) == ("failed", "FileTooLarge")
    assert "FOOTNOTE_MAX_FILE_MB" in file.reason
    monkeypatch.setenv("FOOTNOTE_MAX_FILE_MB", "plenty")
    with pytest.raises(OptionError, match="FOOTNOTE_MAX_FILE_MB"):
        Limits.from_environment()


def test_a_file_within_the_limits_is_read_as_without_them(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(LONG, encoding="utf-8")
    task = Task(tmp_path / "a.txt", None)
    [parsed] = read_all([task], split)
    assert parsed == read(task, split)
    assert isinstance(parsed, Parsed)
    assert parsed.documents is not None
    assert SAID in parsed.documents[0].text
