"""The sample documents: every format parses, and the gold questions stand on what they say."""

from __future__ import annotations

import runpy
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from eval.gold import GoldQuestion, load_gold
from eval.metrics import normalise
from rag import Document, Index, ask

EXAMPLES = Path(__file__).parents[1] / "examples"
SAMPLES = EXAMPLES / "documents"
GOLD = load_gold(EXAMPLES / "gold.jsonl")

# title and date of every article, by file
ARTICLES = {
    "badia-season.html": [("Counting the dead of the Badia", date(2023, 3, 16))],
    "evening-digest.txt": [
        ("Kurdish-led forces ask for help with detained fighters", date(2023, 4, 30)),
        ("Khartoum rivals keep their fragile truce going", date(2023, 4, 30)),
        ("Turkey reports death of Islamic State chief in Jandaris", date(2023, 4, 30)),
    ],
    "khorasan-2015.txt": [("Islamic State names a commander for Khorasan", date(2015, 2, 3))],
    "khorasan-history.pdf": [("Islamic State Khorasan: a short history", date(2024, 3, 27))],
    "leader-confirmed.eml": [("Islamic State confirms death of its leader and names a successor", date(2023, 8, 4))],
    "leader-profile.docx": [("The man who leads the Islamic State", date(2023, 2, 27))],
    "livestock-trade.txt": [("Stolen sheep pay for the desert war", date(2023, 4, 12))],
    "prison-siege.html": [("Al-Hasakah prison retaken after ten days", date(2022, 1, 31))],
    "truffle-gatherers.md": [("Truffle gatherers killed on the steppe near Sukhna", date(2023, 2, 20))],
}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with Index.open(tmp_path_factory.mktemp("samples")) as index:
        assert not index.add(SAMPLES).failed
        yield index


@pytest.fixture(scope="module")
def documents(index: Index) -> list[Document]:
    return list(index.documents.values())


def test_every_file_becomes_its_articles_with_title_and_date(documents: list[Document]) -> None:
    found: dict[str, list[tuple[str, date | None]]] = {}
    for document in documents:
        found.setdefault(Path(document.source).name, []).append((document.title, document.published))
    assert {name: sorted(articles) for name, articles in found.items()} == {
        name: sorted(articles) for name, articles in ARTICLES.items()
    }


@pytest.mark.parametrize("gold", GOLD, ids=lambda gold: gold.id)
def test_evidence_stands_in_a_document_and_holds_the_answer(gold: GoldQuestion, documents: list[Document]) -> None:
    texts = [normalise(document.text) for document in documents]
    for string in gold.evidence:
        assert sum(normalise(string) in text for text in texts) == 1, string
    evidence = normalise(" ".join(gold.evidence))
    for group in gold.answer:
        assert any(normalise(string) in evidence for string in group), group


def test_the_sides_of_a_conflict_stand_in_different_documents(documents: list[Document]) -> None:
    for gold in GOLD:
        if gold.type == "conflict":
            holders = {
                document.doc_id
                for document in documents
                for string in gold.evidence
                if normalise(string) in normalise(document.text)
            }
            assert len(holders) == len(gold.evidence) > 1, gold.id


def test_questions_of_every_type() -> None:
    wanted = {"fact": 10, "why": 2, "list": 2, "conflict": 2, "temporal": 2, "unanswerable": 5}
    counts = Counter(gold.type for gold in GOLD)
    assert sum(counts.values()) == 25
    assert all(counts[kind] >= n for kind, n in wanted.items()), counts


@pytest.mark.parametrize(
    "boilerplate",
    ["newsletter", "weekly letter", "Source link", "ALSO READ", "Photo Credit", "Unsubscribe", "Cookie", "Sign in"],
)
def test_no_passage_holds_boilerplate(boilerplate: str, index: Index) -> None:
    hits = index.search(boilerplate, k=len(index), mode="dense")
    assert len(hits) == len(index)
    assert [hit.passage.text for hit in hits if boilerplate.lower() in hit.passage.text.lower()] == []


def test_make_writes_the_committed_pdf_and_word_file(tmp_path: Path) -> None:
    runpy.run_path(str(EXAMPLES / "make.py"))["main"](tmp_path)
    made = sorted(tmp_path.iterdir())
    assert [file.name for file in made] == ["khorasan-history.pdf", "leader-profile.docx"]
    with Index.open(tmp_path / "index") as fresh, Index.open(tmp_path / "committed") as committed:
        fresh.add(*made)
        committed.add(*(SAMPLES / file.name for file in made))
        assert [document.text for document in fresh.documents.values()] == [
            document.text for document in committed.documents.values()
        ]


@pytest.mark.parametrize("gold", [gold for gold in GOLD if gold.type == "conflict"], ids=lambda gold: gold.id)
def test_sources_that_disagree_are_both_said(gold: GoldQuestion, index: Index) -> None:
    answer = ask(gold.question, index, writer="quote")
    assert answer.status == "disputed"
    assert all(any(normalise(string) in normalise(answer.text) for string in group) for group in gold.answer)
    assert len({citation.doc_id for citation in answer.citations}) == len(answer.disagreements) == len(gold.answer)
    assert "The sources disagree: " in str(answer)


def test_who_holds_an_office_now_is_said_before_who_held_it(index: Index) -> None:
    answer = ask("Who leads the Islamic State?", index, writer="quote")
    newest, older, *_ = answer.citations
    assert "Abu Hafs" in newest.quote
    assert str(newest.published) > str(older.published)
