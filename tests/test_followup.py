"""A follow-up becomes a question that stands by itself; a question that does so already stays as it is."""

from __future__ import annotations

import pytest

from eval.followups import LEAST_RIGHT, MOST_CHANGED, load_rows, measure
from rag.followup import standalone
from rag.types import Answer

HUNTERS = ("How many truffle hunters were kidnapped outside Palmyra on February 11?", "75 people were kidnapped. [1]")
LEADER = ("Who leads IS-K since Omar Khorasani was arrested?", "Shahab al-Muhajir has led IS-K since June 2020. [1]")
HOMS = ("How many people were killed in Homs in 2022?", "61 people were killed. [1]")
TRUCE = ("Did Sudan's army and its rival extend the truce?", "Yes, by a week. [1]")
AIRPORT = ("When was the bombing of Kabul airport?", "On 26 August 2021. [1]")
STRIPE = ("When was Stripe founded?", "In 2010, by two brothers from Ireland. [1]")
CAPITAL = ("What is the capital of Kazakhstan?", "Astana is the capital. [1]")


def after(*turns: tuple[str, str]) -> list[Answer]:
    return [Answer(question, text, "answered") for question, text in turns]


@pytest.mark.parametrize(
    ("before", "question", "query"),
    [
        (LEADER, "When was he born?", "When was Shahab al-Muhajir born?"),
        (LEADER, "And where does it operate?", "Where does IS-K operate?"),
        (STRIPE, "What is its market value?", "What is Stripe's market value?"),
        (STRIPE, "Who runs the company?", "Who runs Stripe?"),
        (HUNTERS, "Were they freed?", "Were the truffle hunters kidnapped outside Palmyra on February 11 freed?"),
        (CAPITAL, "How many people live there?", "How many people live in Astana?"),
        (
            ("How many people did the harbour fire kill?", "Nine. [1]"),
            "What caused it?",
            "What caused the harbour fire?",
        ),
        (("Who took part in the march?", "Students. [1]"), "Who organised it?", "Who organised the march?"),
    ],
)
def test_what_points_back_is_named(before: tuple[str, str], question: str, query: str) -> None:
    assert standalone(question, after(before)) == query


@pytest.mark.parametrize(
    ("before", "question", "query"),
    [
        (HOMS, "And in 2021?", "How many people were killed in Homs in 2021?"),
        (HOMS, "What about Aleppo?", "How many people were killed in Aleppo in 2022?"),
        (HOMS, "And the wounded?", "How many people were wounded in Homs in 2022?"),
        (TRUCE, "Why?", "Why did Sudan's army and its rival extend the truce?"),
        (TRUCE, "for how long?", "for how long did Sudan's army and its rival extend the truce?"),
        (AIRPORT, "Who claimed responsibility?", "Who claimed responsibility for the bombing of Kabul airport?"),
        (
            HUNTERS,
            "And how many were released?",
            "How many of the truffle hunters kidnapped outside Palmyra on February 11 were released?",
        ),
    ],
)
def test_what_is_left_out_is_put_in(before: tuple[str, str], question: str, query: str) -> None:
    assert standalone(question, after(before)) == query


CLAIMED = ("Who claimed the Tarvik attack?", "KV-9 claimed the attack. [1]")
RAIDED = ("Which villages did Orda Kesh attack in Selmar?", "Orda Kesh attacked Dravo and Ilm. [1]")
HELD = ("How many hostages does Vandu hold?", "Vandu holds 31 hostages. [1]")
SEIZED = ("What did the Kestrites seize near Olm?", "The Kestrites seized the Silver Tern. [1]")


@pytest.mark.parametrize(
    ("before", "question", "query"),
    [
        (CLAIMED, "Who leads it?", "Who leads KV-9?"),
        (CLAIMED, "When was it founded?", "When was KV-9 founded?"),
        (CLAIMED, "Who is its leader?", "Who is KV-9's leader?"),
        (CLAIMED, "How many fighters does it have?", "How many fighters does KV-9 have?"),
        (CLAIMED, "How many people did it kill?", "How many people did the Tarvik attack kill?"),
        (CLAIMED, "When did it happen?", "When did the Tarvik attack happen?"),
        (RAIDED, "Who leads it?", "Who leads Orda Kesh?"),
        (SEIZED, "Who leads the group?", "Who leads the Kestrites?"),
        (SEIZED, "When was it released?", "When was the Silver Tern released?"),
        (("Who bought Ellisco?", "Northbank bought Ellisco. [1]"), "Who leads it?", "Who leads Ellisco?"),
        (("Who shot down the jet near Olm?", "KV-9. [1]"), "Who owned it?", "Who owned the jet near Olm?"),
        (("Who is behind the raid on Olm?", "KV-9 is. [1]"), "When was it?", "When was the raid on Olm?"),
        (("Which towns does the RKT hold?", "Olm. [1]"), "When did it take them?", "When did the RKT take them?"),
    ],
)
def test_it_is_the_group_or_the_event_by_what_is_asked(before: tuple[str, str], question: str, query: str) -> None:
    assert standalone(question, after(before)) == query


@pytest.mark.parametrize(
    ("before", "question"),
    [
        (CLAIMED, "Why did it attack?"),
        (("Who claimed the Tarvik attack?", "Nobody has claimed the attack. [1]"), "Who leads it?"),
        (("Who attacked the prison in Olm?", "KV-9 attacked the prison. [1]"), "Who leads it?"),
        (("Who blamed Tarvia for the raid?", "KV-9 blamed Tarvia. [1]"), "How many fighters does it have?"),
        (("Which country backs KV-9?", "Tarvia backs KV-9. [1]"), "Who leads the group?"),
        (("Who kidnapped the Olm nurses?", "KV-9 kidnapped them. [1]"), "Were they freed?"),
        (HELD, "How many were killed?"),
        (("When was Dorrek killed?", "In May. [1]"), "Who founded the group?"),
        (("Who shot Dorrek?", "Two men did. [1]"), "Who leads the organisation?"),
        (("Where is Dorrek?", "Ivan Dorrek is in Olm. [1]"), "When was the movement founded?"),
    ],
)
def test_where_two_can_be_meant_the_question_stays(before: tuple[str, str], question: str) -> None:
    assert standalone(question, after(before)) == question


@pytest.mark.parametrize(
    ("before", "question", "query"),
    [
        (HELD, "How many have been released?", "How many of the hostages that Vandu holds have been released?"),
        (
            ("Why did Tarvia condemn the Olm raid?", "It was cruel. [1]"),
            "How many people died?",
            "How many people died in the Olm raid?",
        ),
        (RAIDED, "How many died?", "How many died when Orda Kesh attacked villages in Selmar?"),
        (
            ("How many men did KV-9 kill in Olm?", "Six. [1]"),
            "How many were wounded?",
            "How many were wounded when KV-9 killed men in Olm?",
        ),
        (
            ("How many times did KV-9 attack Olm?", "Twice. [1]"),
            "How many were killed?",
            "How many were killed when KV-9 attacked Olm?",
        ),
    ],
)
def test_how_many_are_of_those_counted_or_of_what_was_done(before: tuple[str, str], question: str, query: str) -> None:
    assert standalone(question, after(before)) == query


def test_those_counted_stay_the_same_over_two_questions() -> None:
    history = after(HELD, ("How many have been released?", "Nine. [1]"))
    assert standalone("How many are still missing?", history) == (
        "How many of the hostages that Vandu holds are still missing?"
    )


@pytest.mark.parametrize(
    ("before", "question", "query"),
    [
        (("How many men did KV-9 kill?", "Six. [1]"), "Who backs them?", "Who backs KV-9?"),
        (
            ("Which towns were raided by bandits in Olm?", "Bandits raided Ilm and Dravo. [1]"),
            "Were they rebuilt?",
            "Were the towns raided by bandits in Olm rebuilt?",
        ),
        (
            ("How many nurses were kidnapped in Olm?", "Six. [1]"),
            "Who kidnapped them?",
            "Who kidnapped the nurses in Olm?",
        ),
    ],
)
def test_they_are_those_who_act_or_those_asked_for(before: tuple[str, str], question: str, query: str) -> None:
    assert standalone(question, after(before)) == query


def test_a_follow_up_to_a_follow_up_reaches_back_to_the_first_question() -> None:
    history = after(HOMS, ("And in 2021?", "48. [1]"), ("And the wounded?", "112. [1]"))
    assert standalone("And in Aleppo?", history) == "How many people were wounded in Aleppo in 2021?"


def test_he_is_the_one_whom_the_latest_question_is_about() -> None:
    history = after(LEADER, ("When was Omar Khorasani arrested?", "In May 2020. [1]"))
    assert standalone("Who executed him?", history) == "Who executed Omar Khorasani?"


def test_the_person_may_stand_a_few_questions_back() -> None:
    history = after(LEADER, ("When was he born?", "The documents do not say."))
    assert standalone("Where does he come from?", history) == "Where does Shahab al-Muhajir come from?"


@pytest.mark.parametrize(
    "question",
    [
        "Which tribes lost their flocks in central Syria?",
        "How long does it take to drive from Homs to Palmyra?",
        "Is it true that the Taliban banned opium?",
        "After he was arrested, where was Omar Khorasani held?",
        "Why did the group that attacked Palmyra withdraw from the city?",
        "How many of those who attacked the concert hall were arrested?",
        'Which band recorded "Let it be"?',
        "What about the Wagner Group made the Kremlin nervous?",
        "And what is the capital of Australia?",
        "Are there wolves in Denmark?",
        "How do vaccines work?",
        "Who won the election?",
    ],
)
@pytest.mark.parametrize("before", [HUNTERS, LEADER, STRIPE], ids=["hunters", "leader", "stripe"])
def test_a_question_that_stands_by_itself_is_not_touched(before: tuple[str, str], question: str) -> None:
    assert standalone(question, after(before)) == question


@pytest.mark.parametrize("question", ["When was he born?", "When did they marry?", "And Verstappen?", "Почему?", "?"])
def test_what_cannot_be_told_is_left_as_it_is(question: str) -> None:
    assert standalone(question, []) == question
    assert standalone(question, after(("What is inflation?", "A rise of prices. [1]"))) == question


def test_a_new_name_that_may_be_a_driver_or_a_place_takes_no_place() -> None:
    history = after(("When did Charles Leclerc win in Monaco?", "On 26 May 2024. [1]"))
    assert standalone("And Verstappen?", history) == "And Verstappen?"


def test_a_query_needs_no_history_and_is_rewritten_no_further() -> None:
    for row in load_rows():
        if not row.held_out and row.expected:
            query = standalone(row.question, row.history)
            assert standalone(query, row.history) == query
            assert standalone(query, ()) == query


def test_pasted_text_is_no_follow_up() -> None:
    pasted = "he said that it was there and they saw it " * 2000
    assert standalone(pasted, after(LEADER)) == pasted
    assert standalone("When was he born?", after((pasted, pasted))) == "When was he born?"


def test_the_dev_half_keeps_to_the_bars() -> None:
    outcomes = measure([row for row in load_rows() if not row.held_out], standalone)
    follow_ups = [outcome for outcome in outcomes if outcome.row.expected]
    alone = [outcome for outcome in outcomes if not outcome.row.expected]
    assert len(follow_ups) == len(alone) == 40
    assert sum(outcome.right for outcome in follow_ups) >= LEAST_RIGHT * 40
    assert sum(outcome.changed for outcome in alone) <= MOST_CHANGED * 40
