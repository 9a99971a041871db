"""Laws of the index: what goes in comes out, changes cost only what changed, nothing is lost."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import numpy as np
import pytest

import rag.names
from bench.torture.library import Bags
from rag import Index
from rag.errors import (
    EmbedderMismatch,
    IndexFormatError,
    IndexNotFound,
    OptionError,
    StoreError,
    UnknownDocument,
    UnreadableFile,
)
from rag.types import Embedder, Hit, Vectors
from tests.conftest import HARBOUR, MARKET, WEATHER

QUESTIONS = ["How many people died in the harbour fire?", "night market traders", "storm trees valley"]


def found(index: Index, k: int = 5) -> list[list[tuple[str, float]]]:
    """What each question finds, with scores; passage ids and document ids do not enter."""
    return [[(hit.passage.text, round(hit.score, 5)) for hit in index.search(question, k)] for question in QUESTIONS]


def test_search_puts_the_answering_passage_first(library: Index) -> None:
    firsts = [library.search(question, 1)[0].passage.text for question in QUESTIONS]
    assert "killed nine people" in firsts[0]
    assert "300 traders" in firsts[1]
    assert "forty trees" in firsts[2]


@pytest.mark.parametrize("mode", ["hybrid", "dense", "lexical"])
def test_hits_are_sorted_and_offsets_hold(library: Index, mode: str) -> None:
    hits: list[Hit] = library.search("the harbour of Ekeness", 10, mode=mode)  # type: ignore[arg-type]
    assert hits
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    for hit in hits:
        passage = hit.passage
        assert library.documents[passage.doc_id].text[passage.start : passage.end] == passage.text


def test_adding_twice_is_adding_once(library: Index, documents: Path) -> None:
    before, size = found(library), len(library)
    report = library.add(documents)
    assert [file.state for file in report.files] == ["unchanged"] * 3
    assert report.n_embedded == 0
    assert (found(library), len(library)) == (before, size)


def test_add_then_remove_is_never_added(library: Index, write: Callable[[str, str], Path]) -> None:
    before = found(library)
    extra = write(
        "extra.txt", "Harbour fire inquiry\n\nThe harbour fire inquiry met in Lindby. Nine people testified.\n"
    )
    library.add(extra)
    assert found(library) != before
    library.remove(str(extra))
    assert found(library) == before
    assert str(extra) not in [source.source for source in library.sources()]


def test_documents_removed_while_they_are_gone_through_are_left_out(library: Index, documents: Path) -> None:
    going = iter(library.documents.values())
    first = next(going)
    for file in documents.iterdir():
        library.remove(str(file))
    assert (first.title, list(going), len(library.documents)) == ("Harbour fire kills nine", [], 0)


def test_one_document_can_be_removed_by_id_and_comes_back_with_its_file(library: Index, documents: Path) -> None:
    before = found(library)
    doc_id = library.search(QUESTIONS[0], 1)[0].passage.doc_id
    library.remove(doc_id)
    assert doc_id not in library.documents
    library.add(documents)
    assert found(library) == before


def test_a_changed_file_replaces_what_it_said(library: Index, documents: Path) -> None:
    (documents / "market.txt").write_text(MARKET.replace("300 traders", "450 traders"), encoding="utf-8")
    report = library.add(documents)
    assert [file.state for file in report.files] == ["unchanged", "updated", "unchanged"]
    texts = [hit.passage.text for hit in library.search("night market traders", 20)]
    assert any("450 traders" in text for text in texts)
    assert not any("300 traders" in text for text in texts)


def test_prune_removes_what_is_gone_from_the_folder_and_nothing_else(
    library: Index, documents: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere.txt"
    elsewhere.write_text(WEATHER.replace("forty", "sixty"), encoding="utf-8")
    library.add(elsewhere)
    elsewhere.unlink()
    (documents / "weather.txt").unlink()
    assert library.add(documents).count("removed") == 0
    report = library.add(documents, prune=True)
    assert [file.source for file in report.files if file.state == "removed"] == [str(documents / "weather.txt")]
    assert [Path(source.source).name for source in library.sources()] == ["harbour.txt", "market.txt", "elsewhere.txt"]


def test_reopened_it_finds_the_same(library: Index, embedder: Embedder) -> None:
    before = found(library)
    library.close()
    assert found(Index.open(library.folder, embedder=embedder)) == before


def test_the_order_of_files_does_not_matter(
    tmp_path: Path, documents: Path, library: Index, embedder: Embedder
) -> None:
    backwards = Index.open(tmp_path / "backwards", embedder=embedder)
    for path in sorted(documents.iterdir(), reverse=True):
        backwards.add(path)
    for ours, theirs in zip(found(backwards), found(library), strict=True):
        assert [text for text, _ in ours] == [text for text, _ in theirs]
        # Where the processor computes in bf16, what a passage is embedded together with shows in the third decimal.
        assert [score for _, score in ours] == pytest.approx([score for _, score in theirs], abs=0.01)


def test_clusters_find_the_same_and_are_made_anew_when_missing_or_damaged(
    library: Index, embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = found(library)
    monkeypatch.setattr("rag.vectors.sync.FLAT", 1)  # so that three passages are too many to compare with each
    library.compact()
    [saved] = library.folder.glob("vectors-*.faiss")
    assert found(library) == before
    saved.unlink()
    assert found(Index.open(library.folder, embedder=embedder)) == before
    [saved] = library.folder.glob("vectors-*.faiss")
    saved.write_bytes(b"not an index")
    assert found(Index.open(library.folder, embedder=embedder)) == before


def test_clusters_are_made_of_what_is_left_however_much_has_been_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder := tmp_path / "documents").mkdir()
    paths = [folder / f"{n}.txt" for n in range(40)]
    with Index.open(tmp_path / "index", embedder=Bags()) as index:
        for year in (2019, 2020):  # the second time all that was stored goes, and half of all ids are of nothing
            for n, path in enumerate(paths):
                path.write_text(f"Depot\n\nDepot {n} of Solvik burnt in {year}.\n", encoding="utf-8")
            index.add(folder)
        before = found(index)
        monkeypatch.setattr("rag.vectors.sync.FLAT", 1)
        monkeypatch.setattr("rag.vectors.sync.BATCH", 4)  # so that some draws come from those ids alone
        monkeypatch.setattr("rag.vectors.ivf.TRAINED_ON", 2)
        sampled = index.engine.vectors._sample(40)  # type: ignore[attr-defined]
        assert len(sampled) == len(index)
        index.compact()
        assert found(index) == before


def test_a_change_by_another_process_is_seen(
    library: Index, write: Callable[[str, str], Path], embedder: Embedder
) -> None:
    found(library)
    Index.open(library.folder, embedder=embedder).add(write("new.txt", "Bridge\n\nThe bridge at Solvik was sold.\n"))
    assert "Solvik" in library.search("Who sold the bridge at Solvik?", 1)[0].passage.text


def test_filters_by_document_and_date(library: Index) -> None:
    ids = {document.title: doc_id for doc_id, document in library.documents.items()}
    market = ids["Night market returns to Ekeness"]
    only = library.search("harbour fire", 10, documents=[market])
    assert {hit.passage.doc_id for hit in only} == {market}
    later = {hit.passage.doc_id for hit in library.search("harbour fire", 10, since=date(2022, 1, 1))}
    earlier = {hit.passage.doc_id for hit in library.search("harbour fire", 10, until=date(2021, 12, 31))}
    assert ids["Harbour fire kills nine"] not in later
    assert market not in earlier
    assert ids["Storm season"] in later & earlier  # undated: not known to lie outside
    assert library.search("harbour fire", 10, documents=[]) == []


@pytest.mark.parametrize(
    "query", ['"', "fire AND", "NEAR(fire", "fire*", "title:fire", "- ^ ()", "", "who is it", "🌉", "a" * 5000]
)
def test_no_query_is_a_syntax_error(library: Index, query: str) -> None:
    assert len(library.search(query, 3)) <= 3


def test_options_that_mean_nothing_are_refused(library: Index) -> None:
    with pytest.raises(OptionError, match="hybrid, dense, lexical"):
        library.search("fire", mode="psychic")  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="at least 1"):
        library.search("fire", 0)
    with pytest.raises(UnknownDocument, match="footnote sources"):
        library.remove("nothing of that name")


def test_one_bad_file_is_named_and_skipped(tmp_path: Path, documents: Path, embedder: Embedder) -> None:
    (documents / "broken.pdf").write_bytes(b"%PDF-1.4 and then nothing")
    (documents / "empty.md").touch()
    (documents / "photo.txt").write_bytes(bytes(range(256)) * 20)
    (documents / "old.txt").write_bytes(
        "Café reopens\n\nThe café in Malmö was closed for nine weeks.\n".encode("cp1252")
    )
    (documents / "tool.exe").write_bytes(b"MZ")
    index = Index.open(tmp_path / "mixed", embedder=embedder)
    report = index.add(documents)
    assert {Path(file.source).name for file in report.failed} == {"broken.pdf", "empty.md", "photo.txt"}
    assert all(file.source in file.reason for file in report.failed)
    assert [Path(file.source).name for file in report.files if file.state == "skipped"] == ["tool.exe"]
    assert report.count("new") == 4
    assert "café in Malmö" in index.search("café closed nine weeks", 1)[0].passage.text


def test_a_file_that_turns_bad_keeps_what_was_stored(library: Index, documents: Path) -> None:
    before = found(library)
    (documents / "harbour.txt").write_bytes(b"\0" * 100)
    assert [Path(file.source).name for file in library.add(documents).failed] == ["harbour.txt"]
    assert found(library) == before


def test_a_path_that_is_not_there_stops_before_anything_is_done(library: Index, tmp_path: Path) -> None:
    for prune in (False, True):
        with pytest.raises(UnreadableFile, match="nowhere"):
            library.add(tmp_path / "nowhere", prune=prune)


class Shouting:
    """An embedder of another make: deterministic, and of the same dimensions."""

    fingerprint, dimensions = "shouting@1", 384

    def embed_queries(self, texts: object) -> Vectors:
        return self.embed_passages(texts)

    def embed_passages(self, texts: object) -> Vectors:
        return np.full((len(list(texts)), 384), 384**-0.5, dtype=np.float32)  # type: ignore[call-overload]


def test_another_embedder_is_refused_with_what_to_do(library: Index) -> None:
    with pytest.raises(EmbedderMismatch, match=r"all-MiniLM-L6-v2@.* not shouting@1.*new folder"):
        Index.open(library.folder, embedder=Shouting())


def test_another_embedder_is_refused_however_often_it_is_tried(tmp_path: Path, documents: Path) -> None:
    with Index.open(tmp_path / "index", embedder=Shouting()) as made:
        made.add(documents)
    with Index.open(tmp_path / "index") as index:  # it has no name by which it could be loaded again
        for _ in range(2):
            with pytest.raises(EmbedderMismatch, match=r"built with the embedder shouting@1.*embedder=…"):
                index.search("harbour")
        (documents / "more.txt").write_text("Ekeness has a new mayor.", encoding="utf-8")
        with pytest.raises(EmbedderMismatch):
            index.add(documents)


def test_a_copy_of_a_model_under_another_name_is_the_same(tmp_path: Path, documents: Path) -> None:
    class Copied(Shouting):
        fingerprint = "all-shouting@0123456789ab"

    class Copy(Shouting):
        fingerprint = "snapshot@0123456789ab"

    with Index.open(tmp_path / "index", embedder=Copied()) as made:
        made.add(documents)
    (documents / "more.txt").write_text("Ekeness has a new mayor.", encoding="utf-8")
    with Index.open(tmp_path / "index", embedder=Copy()) as index:
        assert index.add(documents).n_embedded == 1
        assert index.search("mayor")
    Copy.fingerprint = "snapshot@fedcba987654"
    with pytest.raises(EmbedderMismatch):
        Index.open(tmp_path / "index", embedder=Copy())


def test_a_file_under_a_link_is_removed_by_the_name_it_has(library: Index, documents: Path, tmp_path: Path) -> None:
    (folder := tmp_path / "linked").mkdir()
    (folder / "aside.txt").write_text("Ekeness has a new mayor.", encoding="utf-8")
    (folder / "link.txt").symlink_to(folder / "aside.txt")
    (folder / "aside.txt").rename(folder / ".aside.txt")
    (folder / "link.txt").unlink()
    (folder / "link.txt").symlink_to(folder / ".aside.txt")
    [added] = library.add(folder).files
    assert added.source.endswith("link.txt")
    library.remove(added.source)
    assert added.source not in {source.source for source in library.sources()}


def test_places_that_cannot_hold_an_index_are_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(StoreError, match="is a file"):
        Index.open(tmp_path / "file")
    with pytest.raises(StoreError, match="an index is a folder"):
        Index.open("ftp://somewhere/else")
    with pytest.raises(IndexNotFound, match="footnote index PATHS"):
        Index.open(tmp_path / "nothing", create=False)
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / "footnote.sqlite").write_bytes(b"this is not a database at all" * 100)
    with pytest.raises(IndexFormatError, match="footnote mend --index"):
        Index.open(tmp_path / "odd")


def test_an_index_of_another_format_is_refused(library: Index) -> None:
    library.close()
    with sqlite3.connect(library.folder / "footnote.sqlite") as connection:
        connection.execute("UPDATE meta SET value = '999' WHERE key = 'format'")
    connection.close()
    with pytest.raises(IndexFormatError, match="format 999"):
        Index.open(library.folder)


def test_a_whole_index_has_no_complaints_and_a_torn_one_has(library: Index) -> None:
    assert library.check() == []
    with sqlite3.connect(library.folder / "footnote.sqlite") as connection:
        connection.execute("UPDATE documents SET text = replace(text, 'harbour', 'arbours')")
    connection.close()
    assert any("keyword index" in problem for problem in library.check())


def test_threads_can_share_an_index(library: Index) -> None:
    before = found(library)
    with ThreadPoolExecutor(4) as pool:
        assert all(result == before for result in pool.map(lambda _: found(library), range(8)))


def test_an_empty_index_finds_nothing(tmp_path: Path, embedder: Embedder) -> None:
    index = Index.open(tmp_path / "empty", embedder=embedder)
    assert (len(index), index.search("anything"), index.sources()) == (0, [], [])


def test_equal_articles_in_two_files_are_two_documents(library: Index, write: Callable[[str, str], Path]) -> None:
    library.add(write("copy/harbour.txt", HARBOUR))
    assert [document.title for document in library.documents.values()].count("Harbour fire kills nine") == 2


def test_an_index_with_names_that_are_too_long_today_is_whole(
    tmp_path: Path, write: Callable[[str, str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write("seal.txt", f"Seal\n\nThe seal of {'Bcdf' * 30} was broken in Solvik.\n")
    with Index.open(tmp_path / "index", embedder=Bags()) as index:
        monkeypatch.setattr("rag.names.LONGEST", 1000)
        rag.names._in_word.cache_clear()
        index.add(path)
        monkeypatch.undo()
        rag.names._in_word.cache_clear()
        assert index.check() == []
        index.remove(str(path))
        assert index.check() == []
