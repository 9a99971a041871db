"""When two answers are one, and when they are not."""

from __future__ import annotations

import pytest

from rag.agreement import agree, compatible, together
from rag.types import Finding, Passage


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("75", "about 75 people"),
        ("two", "2"),
        ("1,300", "1300"),
        ("Shahab al-Muhajir", "al-Muhajir"),
        ("Sergio Pérez", "Sergio Perez"),
        ("March 22", "22 March 2024"),
        ("nearly 500", "500"),
        ("twenty-five", "25"),
        ("three hundred", "300 herders"),
        ("2.5m tonnes", "2.5 million"),
        ("5 percent", "5%"),
    ],
)
def test_one_value_in_other_words(one: str, other: str) -> None:
    assert agree(one, other)
    assert agree(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("46", "61"),
        ("March 22", "March 25"),
        ("killed", "46 killed"),
        ("Moscow", "Palmyra"),
        ("the", "the"),
        ("", ""),
        ("twenty-five", "five"),
        ("three hundred", "3"),
        ("5", "5 million"),
        ("5%", "5 herders"),
        ("at most 46", "at least 46"),
        ("more than 500", "nearly 500"),
    ],
)
def test_different_values(one: str, other: str) -> None:
    assert not agree(one, other)
    assert not agree(other, one)


def finding(answer: str, doc_id: str, start: int = 0) -> Finding:
    text = f"They counted {answer}."
    return Finding(Passage(doc_id, start, start + len(text), text), start, start + len(text), answer, 0.5)


def always(one: Finding, other: Finding) -> bool:
    return True


def test_findings_that_agree_become_one_with_the_others_as_support() -> None:
    first, second, third = finding("46", "a"), finding("61", "b"), finding("about 46", "c")
    merged = together([first, second, third], always)
    assert [found.answer for found in merged] == ["46", "61"]
    assert merged[0].support == (third,)
    assert merged[1].support == ()


def test_a_sentence_reached_twice_counts_once() -> None:
    assert together([finding("46", "a"), finding("46", "a")], always)[0].support == ()


def test_a_value_of_another_thing_is_no_support() -> None:
    first, second = finding("46", "a"), finding("46", "b")
    [merged] = together([first, second], lambda one, other: False)
    assert merged == first


def test_a_common_word_is_no_value_that_two_sources_share() -> None:
    assert together([finding("killed", "a"), finding("killed", "b")], always)[0].support == ()


def test_other_values_of_one_passage_are_no_rivals() -> None:
    one, other = Passage("a", 0, 4, "text"), Passage("b", 0, 4, "text")
    assert compatible(["46", "61"], [one, other]) == [[True, False], [False, True]]
    assert compatible(["46", "61"], [one, one]) == [[True, True], [True, True]]
