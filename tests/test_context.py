"""What a passage points back to in its document is read with it."""

from __future__ import annotations

from datetime import date

from rag.context import in_context
from rag.reader import load_reader
from rag.types import Document, Hit, Passage

TEXT = (
    "Few roads cross the Ostmark plateau. Its winters are long.\n\n"
    "Reindeer are the largest industry in the region, and there are markets everywhere.\n\n"
    "Fishing pays little. The harbour of Ekeness closed this year.\n\n"
    "The council met in March 2021."
)


def hit(words: str) -> tuple[Hit, dict[str, Document]]:
    start = TEXT.index(words)
    end = TEXT.index("\n\n", start)
    document = Document("d", TEXT, title="A visit", source="visit.txt", published=None)
    return Hit(Passage("d", start, end, TEXT[start:end]), 1.0, title="A visit"), {"d": document}


def context(question: str, words: str) -> str:
    found, documents = hit(words)
    [told] = in_context(question, [found], documents)
    return told.context


def test_the_region_is_the_one_that_was_named_before() -> None:
    assert context("What is the largest industry in the Ostmark region?", "Reindeer") == "Ostmark"


def test_a_name_that_nothing_points_at_is_no_context() -> None:
    assert context("Who lives in the Ostmark village?", "Reindeer") == ""
    assert context("What is the largest industry in the Karelen region?", "Reindeer") == ""


def test_this_year_is_the_year_that_the_document_states() -> None:
    assert context("Which harbour closed in 2021?", "Fishing") == "2021"
    assert context("Which harbour closed in 2019?", "Fishing") == ""
    assert context("What is the largest industry in 2021?", "Reindeer") == ""


def test_the_reader_is_surer_of_a_passage_read_in_context() -> None:
    question = "What is the largest industry in the Ostmark region?"
    found, documents = hit("Reindeer")
    [alone, *_] = load_reader().read(question, [found])
    [placed, *_] = load_reader().read(question, in_context(question, [found], documents))
    assert placed.answer == "Reindeer"
    assert placed.confidence > alone.confidence


def test_an_answer_in_the_words_of_the_question_is_trusted_less() -> None:
    text = (
        "The thieves also steal sheep because they are worth much. They drive the sheep over the border and sell them."
    )
    passage = Hit(Passage("d", 0, len(text), text), 1.0, title="Markets", published=date(2022, 5, 1))
    [best, *_] = load_reader().read("What do the thieves do with the sheep that they steal?", [passage])
    assert "sell them" in best.quote


def test_an_answer_cut_out_of_a_hyphenated_word_is_trusted_less() -> None:
    text = (
        "Some work for the army, according to the Britain-based Harbour Observatory, a monitor. "
        "“They are back,” said Rami Abdurrahman, who heads the Observatory."
    )
    passage = Hit(Passage("d", 0, len(text), text), 1.0, title="Markets", published=date(2022, 5, 1))
    [best, *_] = load_reader().read("Who heads the Harbour Observatory?", [passage])
    assert best.answer == "Rami Abdurrahman"
