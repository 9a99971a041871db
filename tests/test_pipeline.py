"""Question to cited answer, with the real embedder and, where it matters, the real language model."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import pytest

from rag import Answer, Index, ask, stream
from rag.errors import IndexNotFound, OptionError
from rag.types import Embedder, Finding

QUESTION = "How many people did the fire in the harbour kill?"


def assert_verbatim(answer: Answer, index: Index) -> None:
    assert answer.citations
    for citation in answer.citations:
        assert index.documents[citation.doc_id].text[citation.start : citation.end] == citation.quote
        assert f"[{citation.number}]" in answer.text


def test_an_answer_quotes_its_source(library: Index) -> None:
    answer = ask(QUESTION, library, writer="quote")
    assert answer.status == "answered"
    assert "killed nine people" in answer.text
    assert answer.citations[0].title == "Harbour fire kills nine"
    assert answer.citations[0].published == date(2021, 5, 4)
    assert_verbatim(answer, library)
    assert set(answer.timings) == {"search", "read", "write", "check", "total"}


def test_the_local_model_writes_and_is_cited(library: Index) -> None:
    items = list(stream(QUESTION, library, writer="local"))
    assert len(items) > 2
    assert items[0].model == "SmolLM2-135M-Instruct"  # the last names who wrote what stands: the model, or "quote"
    assert items[-1].status == "answered"
    assert_verbatim(items[-1], library)


def test_printed_it_shows_text_then_numbered_quotes(library: Index) -> None:
    printed = str(ask(QUESTION, library, writer="quote"))
    first, notes = printed.split("\n\n", 1)
    assert first.endswith("[1]")
    assert notes.startswith('[1] "')
    assert "Harbour fire kills nine · 2021-05-04 · harbour.txt" in notes


def test_as_json_it_survives_a_round_trip(library: Index) -> None:
    answer = ask(QUESTION, library, writer="quote").to_dict()
    assert json.loads(json.dumps(answer)) == answer
    assert answer["citations"][0]["published"] == "2021-05-04"
    assert answer["status"] == "answered"


class Silent:
    """A reader that finds nothing in anything."""

    threshold = 0.5

    def read(self, question: str, hits: Sequence[object]) -> list[Finding]:
        return []


def test_what_was_found_is_shown_though_the_reader_finds_nothing_in_it(library: Index) -> None:
    answer = ask(QUESTION, library, writer="quote", reader=Silent())
    assert (answer.status, answer.reason) == ("abstained", "The reader found nothing in the passages that were found.")
    assert answer.hits


def test_what_the_documents_do_not_say_is_an_answer(library: Index) -> None:
    answer = ask("What is the boiling point of tungsten?", library, writer="quote")
    assert (answer.status, answer.text, answer.citations) == ("abstained", "The documents do not say.", ())
    assert answer.reason
    assert answer.hits  # the nearest passages


def test_as_of_leaves_out_what_was_published_later(library: Index) -> None:
    question = "What happened to the night market of Ekeness?"
    now = ask(question, library, writer="quote")
    then = ask(question, library, writer="quote", as_of=date(2021, 12, 31))
    assert "Night market returns to Ekeness" in {citation.title for citation in now.citations}
    assert "Night market returns to Ekeness" not in {citation.title for citation in then.citations}


def test_a_stream_grows_and_ends_in_the_answer(library: Index) -> None:
    items = list(stream("What happened in Ekeness and Lindby?", library, writer="quote"))
    assert items[0].hits  # the passages are shown while they are read
    assert [set(item.timings) - {"total"} for item in items[:2]] == [{"search"}, {"search", "read"}]
    assert items[-1].text == ask("What happened in Ekeness and Lindby?", library, writer="quote").text


def test_a_follow_up_is_asked_in_full(library: Index) -> None:
    first = ask(QUESTION, library, writer="quote")
    assert first.query == ""
    second = ask("And who blamed a cable?", library, writer="quote", history=[first])
    assert second.question == "And who blamed a cable?"
    third = ask("When was it?", library, writer="quote", history=[first])
    assert "fire" in third.query
    assert ask(QUESTION, library, writer="quote", history=[first]).query == ""


class Scripted:
    """A writer that says what it is told to."""

    model = "scripted"

    def __init__(self, *texts: str) -> None:
        self.texts = texts

    def write(self, question: str, findings: Sequence[Finding], history: Sequence[Answer] = ()) -> Iterator[str]:
        yield from self.texts


@pytest.mark.parametrize("text", ["", "  ", "The documents do not say.", "the documents do not say who. [1]"])
def test_a_writer_that_finds_nothing_makes_an_abstention(library: Index, text: str) -> None:
    answer = ask(QUESTION, library, writer=Scripted(text))
    assert (answer.status, answer.text, answer.citations) == ("abstained", "The documents do not say.", ())


def test_a_quote_is_never_what_a_writer_wrote(library: Index) -> None:
    answer = ask(QUESTION, library, writer=Scripted('"Ninety people died", the fire chief said. [1]'))
    assert_verbatim(answer, library)
    assert all("Ninety" not in citation.quote for citation in answer.citations)


def test_a_folder_of_documents_is_indexed_on_the_fly(
    documents: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.pipeline.cache_folder", lambda: tmp_path / "cache")
    assert "nine" in ask(QUESTION, documents, writer="quote").text
    (documents / "harbour.txt").unlink()
    assert "nine" not in ask(QUESTION, str(documents), writer="quote").text


def test_alone_it_asks_the_default_index(library: Index, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FOOTNOTE_INDEX", str(library.folder))
    assert "nine" in ask(QUESTION, writer="quote").text
    monkeypatch.setenv("FOOTNOTE_INDEX", str(tmp_path / "none"))
    with pytest.raises(IndexNotFound, match="footnote index"):
        ask(QUESTION, writer="quote")


def test_an_empty_index_says_so(tmp_path: Path, embedder: Embedder) -> None:
    answer = ask(QUESTION, Index.open(tmp_path / "empty", embedder=embedder), writer="quote")
    assert answer.status == "abstained"
    assert "add documents" in answer.reason


def test_filters_that_let_nothing_through_are_the_reason(library: Index) -> None:
    answer = ask(QUESTION, library, writer="quote", documents=[])
    assert answer.status == "abstained"
    assert answer.reason == "No passage matches the question under these filters."


def test_what_means_nothing_is_refused(library: Index) -> None:
    with pytest.raises(OptionError, match="empty"):
        ask("  ", library)
    with pytest.raises(OptionError, match="quote, local, openai"):
        ask(QUESTION, library, writer="poet")


def test_a_bad_file_among_documents_is_named(
    documents: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("rag.pipeline.cache_folder", lambda: tmp_path / "cache")
    (documents / "empty.txt").touch()
    assert "nine" in ask(QUESTION, documents, writer="quote").text
    assert "empty.txt" in caplog.text
