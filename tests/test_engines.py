"""The contract of an index, on every engine: what goes in comes out, filters lose nothing, nothing is half there."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from rag import Index, ask
from rag.engines import shown
from rag.errors import EmbedderMismatch, IndexNotFound, OptionError, ServerAway, UnknownDocument
from rag.types import Embedder
from tests.conftest import HARBOUR, MARKET, ROOT
from tests.servers import NAMES, Places, places
from tests.test_index import QUESTIONS, Shouting, found


@pytest.fixture(scope="module", params=NAMES)
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Places:
    return places(request.param, tmp_path_factory.mktemp(request.param))


@pytest.fixture(autouse=True)
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an index elsewhere keeps on this machine goes into the test's folder."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture
def index(engine: Places, documents: Path, embedder: Embedder) -> Index:
    """An index of three short articles."""
    index = Index.open(engine.new(), embedder=embedder)
    index.add(documents)
    return index


def test_hits_are_sorted_and_offsets_hold(index: Index) -> None:
    assert len(index) == 3
    for mode in ("hybrid", "dense", "lexical"):
        hits = index.search("the harbour of Ekeness", 10, mode=mode)  # type: ignore[arg-type]
        assert hits
        assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
        for hit in hits:
            text = index.documents[hit.passage.doc_id].text
            assert text[hit.passage.start : hit.passage.end] == hit.passage.text
    assert "killed nine people" in index.search(QUESTIONS[0], 1)[0].passage.text


def test_what_is_stored_is_what_was_parsed(index: Index, documents: Path, tmp_path: Path, embedder: Embedder) -> None:
    here = Index.open(tmp_path / "here", embedder=embedder)
    here.add(documents)
    assert dict(index.documents) == dict(here.documents)
    assert [(s.source, s.n_documents, s.n_passages) for s in index.sources()] == [
        (s.source, s.n_documents, s.n_passages) for s in here.sources()
    ]
    assert "nowhere" not in index.documents


def test_an_answer_cites_the_same_words_as_the_default_engine(
    index: Index, documents: Path, tmp_path: Path, embedder: Embedder
) -> None:
    here = Index.open(tmp_path / "here", embedder=embedder)
    here.add(documents)
    theirs, ours = (ask(QUESTIONS[0], each, writer="quote") for each in (index, here))
    assert ours.status == "answered"
    assert (theirs.text, theirs.citations) == (ours.text, ours.citations)


def test_adding_twice_is_adding_once(index: Index, documents: Path) -> None:
    before, size = found(index), len(index)
    report = index.add(documents)
    assert [file.state for file in report.files] == ["unchanged"] * 3
    assert report.n_embedded == 0
    assert (found(index), len(index)) == (before, size)


def test_add_then_remove_is_never_added(index: Index, write: Callable[[str, str], Path]) -> None:
    before, held = found(index), [source.source for source in index.sources()]
    extra = write("extra.txt", "Harbour fire inquiry\n\nThe harbour fire inquiry met in Lindby. Nine testified.\n")
    index.add(extra)
    assert found(index) != before
    index.remove(str(extra))
    assert found(index) == before
    assert [source.source for source in index.sources()] == held
    assert (len(index), len(index.documents)) == (3, 3)
    assert index.check() == []


def test_one_document_of_a_file_can_be_removed_and_comes_back_with_it(
    index: Index, write: Callable[[str, str], Path]
) -> None:
    lines = (
        '{"title": "Ferry", "text": "The ferry to Solvik sank in the harbour of Lindby."}',
        '{"title": "Bridge", "text": "The bridge at Solvik was sold to a night market trader."}',
    )
    several = write("several.jsonl", "\n".join(lines))
    index.add(several)
    before = found(index)
    [doc_id] = [doc_id for doc_id, document in index.documents.items() if document.title == "Bridge"]
    index.remove(doc_id)
    assert doc_id not in index.documents
    assert not any(hit.passage.doc_id == doc_id for hit in index.search("bridge at Solvik", 10))
    assert index.add(several).files[0].state == "updated"
    assert found(index) == before
    assert index.check() == []


def test_a_changed_file_replaces_what_it_said(index: Index, documents: Path) -> None:
    (documents / "market.txt").write_text(MARKET.replace("300 traders", "450 traders"), encoding="utf-8")
    report = index.add(documents)
    assert [file.state for file in report.files] == ["unchanged", "updated", "unchanged"]
    assert report.n_embedded == 1
    texts = [hit.passage.text for hit in index.search("night market traders", 20)]
    assert any("450 traders" in text for text in texts)
    assert not any("300 traders" in text for text in texts)
    assert len(index) == 3


def test_prune_removes_what_is_gone(index: Index, documents: Path) -> None:
    (documents / "weather.txt").unlink()
    report = index.add(documents, prune=True)
    assert [file.source for file in report.files if file.state == "removed"] == [str(documents / "weather.txt")]
    assert len(index) == 2


def test_equal_texts_are_embedded_once(index: Index, write: Callable[[str, str], Path]) -> None:
    assert index.add(write("copy/harbour.txt", HARBOUR)).n_embedded == 0
    assert [document.title for document in index.documents.values()].count("Harbour fire kills nine") == 2


def test_opened_again_it_finds_the_same(engine: Places, documents: Path, embedder: Embedder) -> None:
    place = engine.new()
    first = Index.open(place, embedder=embedder)
    first.add(documents)
    before = found(first)
    first.close()
    again = Index.open(place, create=False)
    assert found(again) == before
    assert found(first) == before  # closed, it opens itself again


def test_the_order_of_files_does_not_matter(engine: Places, index: Index, documents: Path, embedder: Embedder) -> None:
    backwards = Index.open(engine.new(), embedder=embedder)
    for path in sorted(documents.iterdir(), reverse=True):
        backwards.add(path)
    for ours, theirs in zip(found(backwards), found(index), strict=True):
        assert [text for text, _ in ours] == [text for text, _ in theirs]
        assert [score for _, score in ours] == pytest.approx([score for _, score in theirs], abs=0.01)


def test_filters_by_document_and_date_lose_nothing(index: Index) -> None:
    ids = {document.title: doc_id for doc_id, document in index.documents.items()}
    harbour, market, storm = (
        ids[title] for title in ("Harbour fire kills nine", "Night market returns to Ekeness", "Storm season")
    )

    def seen(**within: object) -> set[str]:
        return {hit.passage.doc_id for hit in index.search("the", 10, mode="dense", **within)}  # type: ignore[arg-type]

    assert seen() == {harbour, market, storm}
    assert seen(documents=[market, "nowhere"]) == {market}
    assert seen(documents=[]) == set()
    assert seen(since=date(2022, 1, 1)) == {market, storm}  # undated: not known to lie outside
    assert seen(until=date(2021, 5, 4)) == {harbour, storm}
    assert seen(since=date(2021, 5, 4), until=date(2022, 8, 12)) == {harbour, market, storm}
    words = index.search(
        "harbour storm market", 10, mode="lexical", since=date(2022, 1, 1), documents=[harbour, market]
    )
    assert {hit.passage.doc_id for hit in words} == {market}


def test_names_are_found_however_they_are_spelt(index: Index) -> None:
    for query, words in (("Ilze Brant", "Ilse Brandt"), ("Maaren Hollt", "Maren Holt")):
        assert words in index.search(query, 3, mode="lexical")[0].passage.text


@pytest.mark.parametrize("query", ['"', "fire AND 'x' | !(", "\\' OR 1=1 --", "", "who is it", "🌉 %s {0}", "a" * 5000])
def test_no_query_is_a_syntax_error(index: Index, query: str) -> None:
    assert len(index.search(query, 3)) <= 3


def test_odd_texts_are_kept(index: Index, write: Callable[[str, str], Path]) -> None:
    text = 'O\'Neill \\ "quoted"\n\nThe café at Đà Nẵng\tcost 5 € 🌉 {brackets} 100% of $1; DROP TABLE words.\n'
    index.add(write("odd ' \" \\ name.txt", text))
    hit = index.search("café at Đà Nẵng", 1)[0]
    assert "100% of $1; DROP TABLE words." in hit.passage.text
    assert "'" in index.documents[hit.passage.doc_id].source


@pytest.mark.parametrize("odd", ["word", "words", "path"])
def test_nothing_is_too_long_to_be_kept(index: Index, documents: Path, odd: str) -> None:
    letters = "бвгд" * 30 if odd == "path" else "Bcdf" * 750
    folder = documents.joinpath(*[letters] * 7) if odd == "path" else documents
    long = {"word": f"The seal of {letters}.", "words": f"The seal of Solvik-{letters}.", "path": "The seal of Solvik."}
    folder.mkdir(parents=True, exist_ok=True)
    n_files = 31 if odd == "path" else 1  # more than what Milvus stores in one change
    for n in range(n_files):
        (folder / f"{n:02d}.txt").write_text(f"Seal {n}\n\n{long[odd]}\n", encoding="utf-8")
    report = index.add(documents)
    assert (report.count("new"), report.count("unchanged"), report.count("failed")) == (n_files, 3, 0)
    assert "The seal of" in index.search("the seal", 3)[0].passage.text
    assert index.check() == []
    assert index.add(documents).count("unchanged") == n_files + 3
    index.remove(str(folder / "00.txt"))
    assert len(index.documents) == n_files + 2


def test_mistakes_are_named(engine: Places, index: Index) -> None:
    with pytest.raises(UnknownDocument, match="footnote sources"):
        index.remove("nothing of that name")
    with pytest.raises(OptionError):
        index.search("fire", 0)
    with pytest.raises(IndexNotFound, match="footnote index PATHS"):
        Index.open(engine.new(), create=False)


def test_another_embedder_is_refused(engine: Places, documents: Path, embedder: Embedder) -> None:
    place = engine.new()
    Index.open(place, embedder=embedder).add(documents)
    with pytest.raises(EmbedderMismatch, match=r"all-MiniLM-L6-v2@.* not shouting@1"):
        Index.open(place, embedder=Shouting())


def test_a_reader_never_sees_half_a_file(engine: Places, documents: Path, embedder: Embedder) -> None:
    """One index object writes, another reads: at every moment the file is there once, old or new."""
    place = engine.new()
    writing, reading = Index.open(place, embedder=embedder), Index.open(place, embedder=embedder)
    file = documents / "market.txt"
    writing.add(file)
    done, seen = threading.Event(), []

    def read() -> None:
        while not done.is_set():
            seen.append([hit.passage.text for hit in reading.search("night market traders", 5)])

    reader = threading.Thread(target=read)
    reader.start()
    for n in range(6):
        file.write_text(MARKET.replace("300 traders", f"{n} traders"), encoding="utf-8")
        writing.add(file)
    done.set()
    reader.join()
    assert seen
    assert {len(texts) for texts in seen} == {1}
    assert "5 traders" in reading.search("night market traders", 1)[0].passage.text


@pytest.mark.parametrize("extra", ["postgres", "milvus"])
def test_a_missing_package_is_named_with_the_line_that_installs_it(extra: str, tmp_path: Path) -> None:
    """In a process of its own, where the package cannot be imported."""
    package, place = {"postgres": ("psycopg", "postgresql://h/d"), "milvus": ("pymilvus", "milvus://h:1/c")}[extra]
    code = (
        f"import sys; sys.modules[{package!r}] = None\nfrom rag import Index\nfrom rag.errors import MissingExtra\n"
        f"try: Index.open({place!r})\nexcept MissingExtra as error: print(error)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert said.stdout.strip().endswith(f"pip install 'footnote-rag[{extra}]'")


@pytest.mark.parametrize("engine", ["postgres"], indirect=True)
@pytest.mark.parametrize("first", ["document", "file"])
@pytest.mark.parametrize("second", ["document", "file", "add"])
def test_of_two_who_remove_at_once_only_one_counts_it_out(
    engine: Places, index: Index, documents: Path, first: str, second: str
) -> None:
    from rag.engines.postgres import Postgres, writing

    file = documents / "market.txt"
    [doc_id] = [doc_id for doc_id, document in index.documents.items() if document.source == str(file)]
    gone = {"document": doc_id, "file": str(file)}
    assert isinstance(index.engine, Postgres)
    server, waiting = index.engine._server, "SELECT 1 FROM pg_locks WHERE NOT granted"

    def do() -> None:
        with suppress(UnknownDocument):
            index.remove(gone[second]) if second in gone else index.add(file)

    def work(connection: Any) -> None:
        remove = writing.remove_document if first == "document" else writing.remove
        assert remove(connection, gone[first])
        other.start()
        for _ in range(200):
            if server.run(lambda looking: looking.execute(waiting).fetchone()):
                return
            time.sleep(0.05)

    if second == "add":
        file.write_text(MARKET.replace("300", "450"), encoding="utf-8")
    other = threading.Thread(target=do)
    server.run(work)
    other.join()
    assert index.check() == []
    assert len(index) == (3 if second == "add" else 2)


def test_a_password_is_never_shown() -> None:
    with pytest.raises(ServerAway) as raised:
        Index.open("postgresql://ann:secret@127.0.0.1:9/library")
    assert "secret" not in str(raised.value)
    assert "ann@127.0.0.1:9/library" in str(raised.value)


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("postgresql://ann:secret@host/library", "postgresql://ann@host/library"),
        ("postgresql://ann@host/library?password=secret", "postgresql://ann@host/library"),
        ("postgresql:///library?host=/run&password=se%26cret&schema=s1", "postgresql:///library?host=/run&schema=s1"),
        ("postgresql://host/library?sslpassword=secret&passfile=/secret", "postgresql://host/library"),
        ("postgresql://host/library?p%61ssword=secret#secret", "postgresql://host/library"),
        ("postgresql://ann:why?secret@host/library?schema=s1", "postgresql://ann@host/library?schema=s1"),
        ("milvus:///library.db?collection=password", "milvus:///library.db?collection=password"),
        ("folder?password=that is its name", "folder?password=that is its name"),
    ],
)
def test_an_address_is_told_without_its_secrets(address: str, told: str) -> None:
    assert shown(address) == told
