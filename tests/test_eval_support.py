"""Sentences held to their quotes as ALCE does, and what the recorded stages keep."""

from __future__ import annotations

import pytest

from eval.recording import FirstPassages, nearest_words, responder
from eval.support import judged, supported_by_rule
from eval.tokens import tokens_of
from rag import Hit, Index, Passage
from rag.types import Sentence

QUOTES = {1: "Nine people died.", 2: "The fire began in a grain store.", 3: "It rained all day."}


def holds_its_words(sentence: str, quote: str) -> bool:
    """A judge that a reader can follow: every longer word of the sentence stands in the quote."""
    return all(word in quote.lower() for word in sentence.lower().strip(".").split() if len(word) > 3)


@pytest.mark.parametrize(
    ("text", "numbers", "supported", "precise", "needed"),
    [
        ("Nine people died. [1]", (1,), True, (1,), (1,)),
        ("Nine people died. [1] [3]", (1, 3), True, (1,), (1,)),  # the rain adds nothing
        ("Nine people died as the fire began in a store. [1] [2]", (1, 2), True, (1, 2), (1, 2)),  # each lacks a half
        ("Nine people died. [3]", (3,), False, (), ()),
        ("Nine people died.", (), False, (), ()),
    ],
)
def test_recall_and_precision_of_a_sentence_s_citations(
    text: str, numbers: tuple[int, ...], supported: bool, precise: tuple[int, ...], needed: tuple[int, ...]
) -> None:
    found = judged(Sentence(text, numbers), QUOTES, holds_its_words)
    assert (found.supported, found.precise, found.needed) == (supported, precise, needed)


def test_two_quotes_of_the_same_are_precise_and_neither_is_needed() -> None:
    found = judged(Sentence("Nine died. [1] [2]", (1, 2)), {1: "Nine died.", 2: "All nine died."}, holds_its_words)
    assert (found.precise, found.needed) == ((1, 2), ())


def test_the_default_judge_is_the_rule_checker() -> None:
    assert supported_by_rule("Nine people died.", "A fire in the harbour of Lindby killed: nine people died.")
    assert not supported_by_rule("Ten people died.", "Nine people died.")


def test_the_words_nearest_to_a_question() -> None:
    text = "It rained.\nThe night market of Ekeness opened again. Nobody came."
    start, end = nearest_words("Where is the night market of Lindby?", text, max_words=4)
    assert text[start:end] == "The night market of"
    assert nearest_words("?", "") == (0, 0)


def test_without_a_reader_passages_answer_in_the_order_of_search() -> None:
    hits = [Hit(Passage("d", 10, 10 + len(text), text), 1.0) for text in ("It rained.", "The market opened.")]
    found = FirstPassages().read("What opened?", hits)
    assert [finding.quote for finding in found] == ["It rained.", "The market opened."]
    assert found[0].confidence > found[1].confidence > FirstPassages.threshold


def test_every_stage_is_recorded(library: Index) -> None:
    trace = responder(library, writer="quote")("How many people did the fire in the harbour kill?")
    assert len(trace.hits) == len(library)
    assert trace.findings[0].confidence >= trace.threshold
    assert trace.said[0].quote.startswith("A fire in the harbour")
    assert trace.written.endswith("[1]")
    assert trace.answer.status == "answered"
    assert tokens_of(trace)["read"] > tokens_of(trace)["written"] > 10


def test_search_reader_and_checker_can_be_others(library: Index) -> None:
    question = "How many people did the fire in the harbour kill?"
    trace = responder(library, writer="quote", mode="lexical", reader=FirstPassages(), check=False)(question)
    assert {hit.dense for hit in trace.hits} == {None}
    assert "check" in trace.answer.timings
    assert trace.answer.citations[0].title == "Harbour fire kills nine"
