"""What an answer must say: both sides, what came later, or the one best finding."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from rag.composition import compose, in_full, of_one_thing
from rag.types import Document, Finding, Hit, Passage

Source = tuple[str, str, float, str | None]  # answer, sentence, score, published


def composed(question: str, *sources: Source) -> tuple[str, list[str]]:
    """The status, and the sentences that are said, for one source a document."""
    findings, hits, documents = [], [], {}
    for i, (answer, sentence, score, published) in enumerate(sources):
        passage = Passage(str(i), 0, len(sentence), sentence)
        day = None if published is None else date.fromisoformat(published)
        documents[str(i)] = Document(str(i), sentence, f"Article {i}", f"{i}.txt", day)
        hits.append(Hit(passage, score))
        findings.append(Finding(passage, 0, len(sentence), answer, 0.9, score))
    made = compose(question, findings, hits, documents)
    return made.status, [finding.quote for finding in made.said]


TOLL = "How many people were killed near Sukhna?"
FIRST = ("46", "46 people were killed near Sukhna.", 3.0, None)


def test_both_sides_of_a_contradiction_are_said() -> None:
    other = ("61", "At least 61 civilians were killed near Sukhna.", 2.5, None)
    assert composed(TOLL, FIRST, other) == ("disputed", [FIRST[1], other[1]])


def test_a_side_must_be_sure_by_itself_and_speak_of_what_was_asked() -> None:
    asked = "Who led the raid on Sukhna?"
    sure, unsure = ("Kor", "Idris Kor led the raid on Sukhna.", 3.0, None), ("Dau", "Amin Dau led it.", 0.2, None)
    assert composed(asked, sure, unsure) == ("answered", [sure[1]])
    beside = ("Anna Brandt", "Anna Brandt writes about Sukhna.", 2.8, None)
    assert composed("Who is the governor of Sukhna?", ("Kor", "Its governor is Idris Kor.", 3.0, None), beside)[1] == [
        "Its governor is Idris Kor."
    ]
    elsewhere = ("61", "At least 61 civilians were killed near Kerman.", 2.5, None)
    assert composed(TOLL, FIRST, elsewhere) == ("answered", [FIRST[1]])


def test_another_name_is_a_side_only_where_it_answers_as_much_of_the_question() -> None:
    asked = "Who founded the Sukhna relief committee?"
    kor = ("Kor", "The Sukhna relief committee was founded by Idris Kor.", 3.0, None)
    dau = ("Dau", "Amin Dau founded the relief committee of Sukhna.", 2.5, None)
    assert composed(asked, kor, dau) == ("disputed", [kor[1], dau[1]])
    treasurer = ("Dau", "Amin Dau is treasurer of the committee at Sukhna.", 2.5, None)
    assert composed(asked, kor, treasurer) == ("answered", [kor[1]])
    assert composed(asked, kor, (*dau[:2], 1.5, None)) == ("answered", [kor[1]])


@pytest.mark.parametrize(
    ("other", "supports"),
    [
        ("Idris Kor leads the Sukhnah Front, residents said.", True),
        ("The Front of Sukhna is led by Idris Kor.", True),
        ("Idris Kor leads the football club of Sukhna.", False),
        ("Idris Kor leads the Deir Ezzor Front.", False),
    ],
)
def test_who_gives_the_same_name_to_something_else_is_no_support(other: str, supports: bool) -> None:
    documents, findings = {}, []
    for doc_id, text in (("a", "Idris Kor leads the armed Sukhna Front."), ("b", other)):
        documents[doc_id] = Document(doc_id, text, "Article", f"{doc_id}.txt")
        findings.append(Finding(Passage(doc_id, 0, len(text), text), 0, len(text), "Idris Kor", 0.9, 3.0))
    assert of_one_thing("Who leads the armed Sukhna Front?", *findings, documents) == supports


def test_a_toll_that_says_of_what_it_is_one_needs_no_reader() -> None:
    other = ("dozens", "At least 61 civilians were killed near Sukhna.", -3.0, None)
    assert composed(TOLL, FIRST, other) == ("disputed", [FIRST[1], other[1]])


def test_the_number_is_said_and_not_its_order_of_magnitude() -> None:
    text = "Dozens of people were killed near Sukhna. They killed 46 people near Sukhna."
    vague = Finding(Passage("0", 0, len(text), text), 0, 42, "Dozens of people", 0.9, 3.0)
    exact = Finding(vague.passage, 42, len(text), "46", 0.1, 2.5)
    documents = {"0": Document("0", text, "Article", "0.txt")}
    made = compose(TOLL, [vague, exact], [Hit(vague.passage, 1.0)], documents)
    assert [finding.answer for finding in made.said] == ["46"]


@pytest.mark.parametrize(("place", "said"), [("Sukhna", "46"), ("Homs", "Dozens of people")])
def test_the_number_of_another_occasion_does_not_replace_an_order_of_magnitude(place: str, said: str) -> None:
    vague = ("Dozens of people", "Dozens of people were killed near Sukhna.", 5.0, None)
    _, told = composed(TOLL, vague, ("46", f"They killed 46 people near {place}.", 4.0, None))
    assert said in told[0]


def test_amounts_of_two_times_are_told_newest_first() -> None:
    old = ("11,000", "The camp at Adi Mera houses 11,000 people.", 4.0, "2019-06-20")
    new = ("19,400", "The camp at Adi Mera houses 19,400 people.", 3.0, "2021-12-20")
    asked = "How many people does the camp at Adi Mera house?"
    assert composed(asked, old, new) == ("answered", [new[1], old[1]])
    assert composed(asked, new, old) == ("answered", [new[1], old[1]])


BLAST = ("34", "A bomb killed 34 people in the market of Dolan on Monday.", 5.0, "2024-03-04")


@pytest.mark.parametrize(
    ("question", "early", "late"),
    [
        (
            "How many people were killed in the Dolan market bombing?",
            BLAST,
            ("41", "The toll of Monday's bombing in the market of Dolan rose to 41 on Wednesday.", 4.0, "2024-03-06"),
        ),
        (
            "How many people were killed in the Tafa earthquake?",
            ("12", "At least 12 people were killed when an earthquake hit Tafa on Thursday.", 5.0, "2024-05-10"),
            ("131", "The earthquake in Tafa killed 131 people.", 4.0, "2024-05-15"),
        ),
    ],
)
def test_a_toll_that_was_raised_is_told_newest_first(question: str, early: Source, late: Source) -> None:
    assert composed(question, early, late) == ("answered", [late[1], early[1]])
    assert composed(question, late, early) == ("answered", [late[1], early[1]])


def test_a_raised_toll_that_others_dispute_is_disputed() -> None:
    asked = "How many people were killed in the Dolan market bombing?"
    late = ("41", "The toll of Monday's bombing in the market of Dolan rose to 41.", 4.0, "2024-03-06")
    other = ("70", "The bombing in the market of Dolan on Monday killed 70 people.", 4.5, "2024-03-06")
    assert composed(asked, BLAST, other, late) == ("disputed", [late[1], other[1], BLAST[1]])


def test_what_only_rounds_it_is_no_side() -> None:
    rounded = ("nearly 50", "Nearly 50 people were killed near Sukhna.", 2.5, None)
    assert composed(TOLL, FIRST, rounded) == ("answered", [FIRST[1]])


def test_a_change_is_told_newest_first() -> None:
    old = ("Idris Kor", "Idris Kor leads the Northern Front.", 4.0, "2022-03-01")
    new = ("Amin Dau", "The new leader of the Northern Front is Amin Dau.", 2.0, "2023-08-04")
    assert composed("Who leads the Northern Front?", old, new) == ("answered", [new[1], old[1]])


def test_a_change_is_told_though_the_later_text_repeats_what_was() -> None:
    was, now = "The Northern Front is led by Idris Kor.", "The new leader of the Northern Front is Amin Dau."
    later = f"The Northern Front has lost its leader, Idris Kor. {now}"
    old = Finding(Passage("0", 0, len(was), was), 0, len(was), "Idris Kor", 0.9, 4.0)
    told = Passage("1", 0, len(later), later)
    again = Finding(told, 0, later.index("The new") - 1, "Idris Kor", 0.1, 2.0)
    new = Finding(told, later.index("The new"), len(later), "Amin Dau", 0.1, 1.8)
    documents = {
        "0": Document("0", was, "Then", "0.txt", date(2023, 2, 1)),
        "1": Document("1", later, "Now", "1.txt", date(2023, 8, 4)),
    }
    best = replace(old, support=(again,))
    hits = [Hit(old.passage, 1.0), Hit(told, 0.5)]
    made = compose("Who leads the Northern Front?", [best, new], hits, documents)
    assert [finding.quote for finding in made.said] == [now, was]


def test_the_end_of_a_state_is_told_first() -> None:
    old = ("Idris Kor", "Idris Kor leads the Northern Front.", 4.0, "2022-03-01")
    end = ("raid", "Idris Kor was killed in a raid on Monday.", -3.0, "2022-05-01")
    assert composed("Who leads the Northern Front?", old, end) == ("answered", [end[1], old[1]])
    before = (*end[:3], "2021-05-01")
    assert composed("Who leads the Northern Front?", old, before) == ("answered", [old[1]])


@pytest.mark.parametrize(
    ("later", "ended"),
    [
        ("Idris Kor, the leader of the Northern Front, was killed in a raid.", True),
        ("Idris Kor, the former head who leads nothing now, spoke of the Northern Front.", False),
        ("Idris Kor, the former leader of the Northern Front, gave himself up.", True),
        ("Idris Kor resigned as leader of the Northern Front.", True),
        ("Idris Kor, the leader of the Northern Front, said nine men were killed.", False),
    ],
)
def test_what_supports_a_state_can_tell_its_end(later: str, ended: bool) -> None:
    documents, findings = {}, []
    for doc_id, text, day in (("a", "The leader of the Northern Front is Idris Kor.", 1), ("b", later, 2)):
        documents[doc_id] = Document(doc_id, text, "Report", f"{doc_id}.txt", date(2023, day, 1))
        findings.append(Finding(Passage(doc_id, 0, len(text), text), 0, len(text), "Idris Kor", 0.9, 4.0))
    best = replace(findings[0], support=(findings[1],))
    made = compose(
        "Who is the leader of the Northern Front?", [best], [Hit(f.passage, 1.0) for f in findings], documents
    )
    told = [finding.quote for finding in made.said]
    assert told == ([later, best.quote] if ended else [best.quote])
    assert made.said[-1].support == (() if ended else (findings[1],))


@pytest.mark.parametrize(
    ("question", "value", "one", "other"),
    [
        ("Which town have troops entered?", "Osmo", "Troops have entered Osmo.", "Troops have not entered Osmo."),
        ("Who joined the patrol?", "Spain", "Spain has joined the patrol.", "Spain will not join the patrol."),
        (TOLL, "34", "34 people were killed near Sukhna.", "The toll of people killed near Sukhna rose from 34 to 41."),
    ],
)
def test_what_denies_it_or_tells_of_a_change_since_is_no_support(
    question: str, value: str, one: str, other: str
) -> None:
    documents = {text: Document(text, text, "Report", "report.txt") for text in (one, other)}
    first, second = (Finding(Passage(t, 0, len(t), t), 0, len(t), value, 0.9, 3.0) for t in (one, other))
    assert of_one_thing(question, first, first, documents) == ("from" not in one)
    assert not of_one_thing(question, first, second, documents)


def test_a_claim_is_told_before_that_nobody_had_claimed_it() -> None:
    none = ("Nobody", "Nobody has claimed the killing of Idris Kor.", 5.0, "2024-01-10")
    claim = ("Northern Front", "The Northern Front claimed the killing of Idris Kor.", 4.5, "2024-01-12")
    assert composed("Who claimed the killing of Idris Kor?", none, claim) == ("answered", [claim[1], none[1]])


def test_a_value_keeps_the_whole_of_its_bound() -> None:
    text = "The camp holds no more than 800 people."
    assert in_full(Finding(Passage("a", 0, len(text), text), 0, len(text), "800", 0.9)) == "no more than 800"


def test_members_of_a_list_stand_together() -> None:
    one = ("France", "France sent ships.", 3.0, None)
    two = ("Spain", "Spain sent ships.", 2.8, None)
    assert composed("Which countries sent ships?", one, two) == ("answered", [one[1], two[1]])
