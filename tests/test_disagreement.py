"""Contradictions, and what only looks like one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from eval.disagreements import by_footnote, figures, load_pairs
from rag.disagreement import disagree, succeeds
from rag.occasions import Statement, same_name, speaks_of

TOLL = "How many people were killed in the attack near Sukhna?"


def said(value: str, sentence: str, published: str | None = None) -> Statement:
    return Statement(value, sentence, published=None if published is None else date.fromisoformat(published))


DEPTHS = (
    said("212 m", "It is 212 m deep.", "2003-01-01"),
    said("245 metres", "It is 245 metres deep.", "2009-01-01"),
)


@pytest.mark.parametrize(
    ("question", "one", "other"),
    [
        (TOLL, said("46", "46 people were killed."), said("61", "At least 61 civilians were killed near Sukhna.")),
        (TOLL, said("137", "137 people were killed."), said("139", "The attack killed 139 people.")),
        (TOLL, said("46", "46 people were killed, including 15 girls."), said("61", "61 people were killed.")),
        (TOLL, said("46", "46 people were killed; then 15 people were killed."), said("61", "61 people were killed.")),
        (TOLL, said("46", "46 shepherds were killed."), said("61", "At least 61 civilians were killed.")),
        (TOLL, said("46", "46 people were killed."), said("70", "70 soldiers were killed.")),
        (
            TOLL,
            said("46", "A minister in Oslo says that 46 people were killed near Sukhna."),
            said("61", "61 people were killed near Sukhna, according to a group in London."),
        ),
        ("How far is it?", said("97 km", "It is 97 km away."), said("40 miles", "It is 40 miles away.")),
        ("How deep is it?", DEPTHS[0], DEPTHS[1]),
        ("What was the ship?", said("the Nordkap", "It was the Nordkap."), said("the Harald", "It was the Harald.")),
        ("When was it signed?", said("9 May", "It was signed on 9 May."), said("11 May", "They signed it on 11 May.")),
        ("Who won?", said("Ana Ruiz", "Ana Ruiz won."), said("Lea Koch", "The winner was Lea Koch.")),
        (
            "How large is it?",
            said("2 to 3 million", "It has 2 to 3 million tonnes."),
            said("5 million", "It has 5 million tonnes."),
        ),
    ],
)
def test_values_that_cannot_both_be_right(question: str, one: Statement, other: Statement) -> None:
    assert disagree(question, one, other)
    assert disagree(question, other, one)


@pytest.mark.parametrize(
    ("question", "one", "other"),
    [
        (TOLL, said("75", "75 people were killed."), said("about 75", "They killed about 75 people.")),
        (TOLL, said("40", "At least 40 people were killed."), said("43", "The attack killed 43 people.")),
        (TOLL, said("46", "46 people were killed."), said("61", "61 people were wounded.")),
        (TOLL, said("46", "46 herders and 15 guards were killed."), said("61", "61 people were killed.")),
        (TOLL, said("46", "46 herders were killed and 15 guards."), said("61", "61 people were killed.")),
        (TOLL, said("46", "46 people were killed."), said("12", "12 families were killed.")),
        (TOLL, said("46", "46 people were killed."), said("five", "Five children were killed.")),
        (TOLL, said("46", "46 people were killed."), said("12", "Smaller raids killed 12 other people.")),
        (TOLL, said("46", "46 people were killed."), said("five", "Five of the dead were monks who were killed.")),
        ("How far is it?", said("97 km", "It is 97 km away."), said("60 miles", "It is 60 miles away.")),
        ("How long did it last?", said("72 hours", "It took 72 hours."), said("three days", "It took three days.")),
        (
            "How many of them are there?",
            said("9,000", "In 2014 there are 9,000 of them.", "2014-05-01"),
            said("1,500", "There are 1,500 of them.", "2019-05-01"),
        ),
        (
            TOLL,
            said("46", "On 17 February 46 people were killed."),
            said("12", "On 11 February 12 people were killed."),
        ),
        (
            TOLL,
            said("46", "Gunmen killed 46 people in Sukhna."),
            said("12", "Gunmen killed 12 people in Palmyra."),
        ),
        (
            TOLL,
            said("46", "On Friday 46 people were killed.", "2023-02-19"),
            said("61", "On 24 February 61 people were killed.", "2023-02-26"),
        ),
        (
            TOLL,
            said("46", "46 people were killed.", "2023-02-18"),
            said("61", "The toll has risen to 61 people killed.", "2023-02-20"),
        ),
        (
            "Who leads it?",
            said("al-Qurashi", "Abu Hussein al-Qurashi leads it."),
            said("Abu Hussein al-Qurayshi", "It is led by Abu Hussein al-Qurayshi."),
        ),
        (TOLL, said("Ten to fifteen", "Ten to fifteen men were killed."), said("Twelve", "Twelve men were killed.")),
        (TOLL, said("nine", "They killed nine men."), said("Six", "Six of the nine men killed were bakers.")),
        (TOLL, said("46", "They killed 46 men."), said("Seven", "Seven people died of their wounds.")),
        (
            "How much does it earn?",
            said("$5 million", "It earns some $5 million a month."),
            said("60 million dollars", "It earns about 60 million dollars a year."),
        ),
        (
            "When was Idris Kor killed?",
            said("Friday", "The army said on Friday that Kor was killed.", "2024-01-12"),
            said("Sunday", "The front denied on Sunday that Kor was killed.", "2024-01-14"),
        ),
        ("Where was he killed?", said("in Hamra", "He was killed in Hamra."), said("in a raid", "He died in a raid.")),
        ("Who claimed it?", said("No group", "No group claimed it."), said("the Front", "The Front claimed it.")),
        ("Which countries took part?", said("France", "France took part."), said("Spain", "Spain took part.")),
        ("When was it?", said("March 22", "It was on March 22."), said("22 March 2024", "It was on 22 March 2024.")),
    ],
)
def test_values_that_only_look_it(question: str, one: Statement, other: Statement) -> None:
    assert not disagree(question, one, other)
    assert not disagree(question, other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Iran", "Iraq"),
        ("Iranian forces", "Iraqi forces"),
        ("Niger", "Nigeria"),
        ("Mali", "Malawi"),
        ("Austria", "Australia"),
        ("Sudan", "South Sudan"),
        ("Hama", "Hamas"),
        ("Hassan", "Hussein"),
        ("Mohammed Hassan Kor", "Mohammed Hussein Kor"),
        ("Muhammad", "Mahmoud"),
        ("Islamic State", "Islamic Jihad"),
        ("IS", "Idris Sal"),
        ("SDF", "Syrian Defence Ministry"),
    ],
)
def test_names_that_sound_alike_are_two(one: str, other: str) -> None:
    assert not same_name(one, other)
    assert not same_name(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Islamic State", "IS"),
        ("the ISIS group", "Daesh"),
        ("US", "the United States"),
        ("U.S. forces", "American forces"),
        ("the UK", "British officers"),
        ("UN", "the United Nations"),
        ("WHO", "World Health Organization"),
        ("SDF", "the Kurdish-led Syrian Democratic Forces"),
        ("SOHR", "Syrian Observatory for Human Rights"),
        ("Muhammad Kor", "Mohamed Kor"),
        ("South Sudanese troops", "South Sudan"),
    ],
)
def test_ways_of_writing_a_name_are_one(one: str, other: str) -> None:
    assert same_name(one, other)
    assert same_name(other, one)


def test_a_neighbouring_country_is_another_place_and_another_name() -> None:
    one, other = said("46", "46 men were killed in Niger."), said("61", "61 men were killed in Nigeria.")
    assert not disagree("How many men were killed in the barracks?", one, other)
    assert disagree("Who shelled it?", said("Iran", "Iran shelled it."), said("Iraq", "Iraq shelled it."))
    assert speaks_of("What did IS burn?", "The Islamic State burnt it.")
    assert not speaks_of("What did IS burn?", "The fire is out.")


def test_a_place_of_the_title_is_the_place_of_a_statement() -> None:
    question = "How many people died in the fighting over the Hassakeh prison?"
    titled = Statement("332", "The battle killed 332 people.", "Al-Hasakah prison retaken", before="It was in Syria.")
    placed = Statement("500", "Nearly 500 people died.", "A raid", before="They stormed a jail in Hassakeh.")
    assert disagree(question, titled, placed)
    assert not disagree(question, replace(titled, title="A prison retaken"), placed)


def test_a_later_text_may_tell_of_a_change() -> None:
    old = said("Idris Kor", "Idris Kor leads the front.", "2022-03-01")
    new = said("Amin Dau", "The new leader of the front is Amin Dau.", "2023-08-04")
    assert succeeds("Who leads the front?", new, old)
    assert not succeeds("Who leads the front?", old, new)
    assert not disagree("Who leads the front?", old, new)


@pytest.mark.parametrize(
    ("later", "succeeding"),
    [
        (
            Statement(
                "30", "The quake killed 30 people.", "", date(2024, 5, 9), "A search ended in Osmo on Wednesday."
            ),
            True,
        ),
        (Statement("30", "It killed 30 people.", "", date(2024, 5, 9), "A quake hit Osmo on Wednesday."), False),
        (Statement("30", "The quake wounded 30 people.", "", date(2024, 5, 9)), False),
        (Statement("30", "The quake killed another 30 people.", "", date(2024, 5, 9)), False),
        (Statement("9", "The quake killed nine people.", "", date(2024, 5, 9)), False),
    ],
)
def test_a_later_toll_of_that_deed_outgrows_one_left_open(later: Statement, succeeding: bool) -> None:
    early = said("12", "On Thursday a quake killed at least 12 people in Osmo.", "2024-05-03")
    assert succeeds("How many people did the quake in Osmo kill?", later, early) == succeeding


def test_an_amount_that_has_changed_is_news_and_no_contradiction() -> None:
    old = said("9,000", "The camp houses 9,000 people.", "2014-05-01")
    new = said("1,500", "The camp houses 1,500 people.", "2019-05-01")
    assert succeeds("How many people does the camp house?", new, old)
    assert not succeeds("How many people did the camp house?", new, old)


def test_the_pairs_that_were_seen_are_judged_well() -> None:
    seen = [pair for pair in load_pairs() if not pair.held_out]
    precision, recall = figures(seen, by_footnote)
    assert len(seen) >= 50
    assert precision >= 0.85
    assert recall >= 0.85
