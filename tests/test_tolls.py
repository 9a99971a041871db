"""Tolls by rule: which sentence counts the dead of the occasion that is asked about."""

from __future__ import annotations

import pytest

from rag.tolls import harm_asked, told_elsewhere, told_outright, whole_count
from rag.types import Document, Finding, Hit, Passage

ONE = (
    "The worst raid took place on March 3 in the Tel Rahma region. A total of 46 shepherds were murdered while they "
    "were out grazing."
)
OTHER = (
    "Raiders seized 20 shepherds near Osmo. Nine of them were killed. Five days later, on Friday, they attacked "
    "shepherds outside the town of Tal Rahmah. At least 61 civilians and seven soldiers were killed. Smaller raids "
    "around the area killed 12 other people. It was the worst raid in Tel Rahma since May 2021, when a jail was "
    "stormed in Kesh. Ten days of fighting left nearly 500 dead."
)
DOCUMENTS = {
    "one": Document("one", ONE, "Why shepherds are attacked", "one.txt"),
    "other": Document("other", OTHER, "Shepherds killed in the desert", "other.txt"),
}
HITS = [Hit(Passage(name, 0, len(document.text), document.text), 1.0) for name, document in DOCUMENTS.items()]
QUESTION = "How many people were killed in the raid on shepherds near Tel Rahma?"


def finding(name: str, answer: str, sentence: str, score: float) -> Finding:
    text = DOCUMENTS[name].text
    start = text.index(sentence)
    return Finding(HITS[list(DOCUMENTS).index(name)].passage, start, start + len(sentence), answer, 0.1, score)


FIRST = finding("one", "46", "A total of 46 shepherds were murdered while they were out grazing.", 2.0)
BESIDES = finding("other", "12", "Smaller raids around the area killed 12 other people.", 3.0)
AFTER = finding("other", "61", "At least 61 civilians and seven soldiers were killed.", 1.0)


def test_a_toll_of_the_same_occasion_is_found_where_the_reader_did_not_point() -> None:
    told = list(told_elsewhere(QUESTION, FIRST, HITS, DOCUMENTS))
    assert [side.answer for side in told] == ["61 civilians and seven soldiers"]
    assert told[0].quote == "At least 61 civilians and seven soldiers were killed."


def test_a_toll_that_is_told_in_parts_is_said_in_full() -> None:
    assert whole_count(AFTER) == "61 civilians and seven soldiers"
    assert whole_count(FIRST) == "46"
    assert whole_count(BESIDES) == "12"


@pytest.mark.parametrize(
    ("sentence", "whole"),
    [
        (
            "Raiders killed 46 herders, two guards and at least nine soldiers.",
            "46 herders, two guards and at least nine soldiers",
        ),
        ("46 herders were killed on Friday, and 12 soldiers were killed on Saturday.", "46"),
        ("46 herders were killed, including 15 girls.", "46"),
        ("46 herders, nine girls among them, were killed.", "46"),
        ("46 herders, 20 men and 26 women, were killed.", "46"),
    ],
)
def test_the_parts_of_a_toll_are_those_told_as_one_count(sentence: str, whole: str) -> None:
    passage = Passage("a", 0, len(sentence), sentence)
    assert whole_count(Finding(passage, 0, len(sentence), "46", 0.1, 1.0)) == whole


def test_only_tolls_of_what_was_asked_are_sides() -> None:
    assert list(told_elsewhere("How many people were injured near Tel Rahma?", FIRST, HITS, DOCUMENTS)) == []
    assert list(told_elsewhere("How many people were killed near Osmanli?", FIRST, HITS, DOCUMENTS)) == []
    assert list(told_elsewhere("How many shepherds were killed?", FIRST, HITS, DOCUMENTS)) == []


def test_a_toll_that_says_where_is_answer_enough_and_a_part_is_none() -> None:
    assert told_outright(QUESTION, [BESIDES, AFTER], HITS, DOCUMENTS) == AFTER
    assert told_outright(QUESTION, [BESIDES], HITS[:0], DOCUMENTS) is None


def test_no_reader_is_needed_where_two_sentences_tell_all() -> None:
    told = told_outright(QUESTION, [], HITS[1:], DOCUMENTS)
    assert told is not None
    assert told.answer == "61 civilians and seven soldiers"
    assert told_outright("How many bakers were killed near Tel Rahma?", [], HITS, DOCUMENTS) is None


def outright(question: str, text: str) -> str:
    documents = {"news": Document("news", text, "News", "news.txt")}
    told = told_outright(question, [], [Hit(Passage("news", 0, len(text), text), 1.0)], documents)
    return "" if told is None else told.answer


@pytest.mark.parametrize(
    "text",
    [
        "A 12-year-old girl was killed in Osmo.",
        "A mine killed Tarek Saldan, 34, in Osmo.",
        "Pupils aged 10 to 14 were killed in Osmo.",
        "Raiders killed herders 30 kilometers from Osmo.",
        "In Osmo 46 houses were burnt and herders killed.",
        "A baker was killed in Osmo, a town of 8,000 people.",
        "In Osmo, where 8,000 people live, a baker was killed.",
        "At 12:30 people were killed in Osmo.",
        "The band threatened to kill 46 people in Osmo.",
        "As many as 46 people could be killed in Osmo.",
        "46 people were not killed in Osmo.",
        "The mayor denied that 46 people were killed in Osmo.",
        "It is unclear whether 46 people were killed in Osmo.",
    ],
)
def test_ages_sizes_distances_times_and_threats_are_no_toll(text: str) -> None:
    assert outright("How many people were killed in Osmo?", text) == ""


@pytest.mark.parametrize(
    ("text", "toll"),
    [
        ("Shells killed 46 in Osmo.", "46"),
        ("46 Keshians were killed in Osmo.", "46"),
        ("46 Grey Band (GB) fighters were shot dead in Osmo.", "46"),
        ("The death toll in Osmo has risen to at least 46.", "46"),
        ("A family of five was killed in Osmo.", "five"),
        ("Shells killed 12 Keshis and three Ardans in Osmo.", "12 Keshis and three"),
        ("In Osmo 46 members of the guard died.", "46"),
        ("It is not clear who led the raid that killed 46 people in Osmo.", "46"),
        ("The guard failed to stop the raid that killed 46 people in Osmo.", "46"),
        ("The band denied a part in the raid that killed 46 people in Osmo.", "46"),
    ],
)
def test_people_whom_it_befell_are_a_toll(text: str, toll: str) -> None:
    assert outright("How many people were killed in Osmo?", text) == toll


def test_another_group_of_people_is_not_the_one_asked_for() -> None:
    assert outright("How many women were killed in Osmo?", "Women wept in Osmo. 46 soldiers were killed in Osmo.") == ""
    assert outright("How many soldiers were killed in Osmo?", "In Osmo 46 soldiers were killed.") == "46"


def test_no_contradiction_comes_of_an_age_or_a_town_s_size() -> None:
    question = "How many people were killed in the raid on Osmo?"
    first = "The raid on Osmo killed 46 people."
    for second in (
        "The raid on Osmo killed Tarek Saldan, 34.",
        "The raid killed bakers in Osmo, a town of 8,000 people.",
    ):
        documents = {name: Document(name, text, "Raid", "news.txt") for name, text in (("a", first), ("b", second))}
        hits = [Hit(Passage(name, 0, len(held.text), held.text), 1.0) for name, held in documents.items()]
        best = Finding(hits[0].passage, 0, len(first), "46", 0.5, 2.0)
        assert list(told_elsewhere(question, best, hits, documents)) == []


def test_a_day_of_the_week_is_the_day_asked_for_where_that_was_one() -> None:
    asked = "How many were killed near Tel Rahma on {} 2023?"
    told = told_outright(asked.format("March 3"), [], HITS[1:], DOCUMENTS)  # a Friday
    assert told is not None
    assert told.answer == "61 civilians and seven soldiers"
    assert told_outright(asked.format("March 4"), [], HITS, DOCUMENTS) is None


def test_the_day_asked_for_must_be_told() -> None:
    asked = "How many shepherds were killed in the Tel Rahma raid {}?"
    first = [FIRST]
    assert told_outright(asked.format("of 3 March 2020"), first, HITS[:0], DOCUMENTS) == FIRST
    assert told_outright(asked.format("of 9 March 2020"), first, HITS[:0], DOCUMENTS) is None
    assert told_outright(asked.format("in 2019"), first, HITS[:0], DOCUMENTS) is None


def test_what_befell_them_is_read_off_the_question() -> None:
    assert harm_asked("What was the death toll in Tel Rahma?") == "killed"
    assert harm_asked("How many hostages were freed in Kesh?") == "freed"
    assert harm_asked("Who killed the shepherds?") == ""


def test_the_toll_of_another_place_is_none_of_the_place_named_before_it() -> None:
    text = "It raided a mill in Osmo and a concert in Kerman Hall. Gunmen killed at least 137 people in Kerman Hall."
    documents = {"raids": Document("raids", text, "Raids", "raids.txt")}
    hits = [Hit(Passage("raids", 0, len(text), text), 1.0)]
    assert told_outright("What was the death toll of the raid in Osmo?", [], hits, documents) is None
    told = told_outright("What was the death toll of the raid in Kerman Hall?", [], hits, documents)
    assert told is not None
    assert told.answer == "137"
