"""Sentences: laws that hold for any text, then the cases that plain splitting gets wrong."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from rag.sentences import sentence_spans

PIECES = [
    "Gen. Smith met Mr. Jones on Feb. 3.", "It cost $3.5 million!", "Who asked?", "“Leave it. Why worry?” he said.",
    "😀 Emoji 👨‍👩‍👧 first.", "Pérez took it… then left.", "日本語です。", "no stop here", "- an item", "2. another",
    "a | b | c", "\n", "\n\n", "\n \xa0\n", " ", "\t", "U.S. forces left the U.S.", "e\u0301t\u00e9.",
    "(J. K. R. wrote it.)",
]  # fmt: skip


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


@pytest.mark.parametrize("seed", range(60))
def test_spans_are_in_order_trimmed_and_lose_nothing(seed: int) -> None:
    chance = random.Random(seed)
    text = "".join(chance.choice(PIECES) + chance.choice([" ", "\n", ""]) for _ in range(chance.randrange(40)))
    spans = sentence_spans(text)
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(end <= start for (_, end), (start, _) in pairwise(spans))
    assert all(text[start:end] == text[start:end].strip() for start, end in spans)
    outside = set(range(len(text))) - {i for start, end in spans for i in range(start, end)}
    assert all(text[i].isspace() for i in outside)


def test_offsets_count_from_the_text_when_only_a_part_is_split() -> None:
    text = "😀 One. Two. Three."
    start, end = text.index("Two"), text.index(" Three")
    assert [text[s:e] for s, e in sentence_spans(text, start, end)] == ["Two."]


def test_abbreviations_initials_and_decimals_end_nothing() -> None:
    text = "Gen. Aaron Y. Zelin came on Feb. 6 at 3.5 km. Mr. Modi of the U.S. left."
    assert sentences(text) == ["Gen. Aaron Y. Zelin came on Feb. 6 at 3.5 km.", "Mr. Modi of the U.S. left."]


def test_a_quotation_of_two_sentences_stays_with_its_speaker() -> None:
    text = "“It is big. It is new,” said Ann. She left."
    assert sentences(text) == ["“It is big. It is new,” said Ann.", "She left."]


def test_a_wrapped_line_ends_nothing_and_a_blank_line_ends_a_sentence() -> None:
    assert sentences("The men\nwent home.\nThey slept") == ["The men\nwent home.", "They slept"]
    assert sentences("A line without a stop\n\xa0\nanother") == ["A line without a stop", "another"]


def test_list_items_and_table_rows_are_sentences() -> None:
    assert sentences("To do:\n- milk\n- eggs\n  from Ann\n1. bread") == [
        "To do:",
        "- milk",
        "- eggs\n  from Ann",
        "1. bread",
    ]
    assert sentences("Prices\n2020 | 10\n2021 | 20\nThey rose.") == ["Prices", "2020 | 10", "2021 | 20", "They rose."]


def test_nothing_in_an_empty_text() -> None:
    assert sentence_spans("") == sentence_spans(" \n\n\xa0") == []
