"""What cannot answer a question is not pointed at: other harms, speakers, victims, old numbers, other places."""

from __future__ import annotations

import pytest

from rag.reader import load_reader
from rag.types import Finding, Hit, Passage


def best(question: str, text: str) -> Finding:
    return load_reader().read(question, [Hit(Passage("doc", 0, len(text), text), 1.0, title="News")])[0]


def found(question: str, text: str) -> str:
    """The answer where the reader is sure enough of it, else ""."""
    finding = best(question, text)
    return finding.answer if finding.confidence >= load_reader().threshold else ""


WOUNDED = "Eleven people were wounded when shells fell on the town of Tarn on Sunday."
FREED = "Gunmen kidnapped 87 pupils from a school in Orlo. Twenty-five of them were later freed by the army."


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        ("How many people were killed in Tarn?", WOUNDED, ""),
        ("How many people were wounded in Tarn?", WOUNDED, "Eleven"),
        ("How many were kidnapped?", FREED, "87"),
        ("How many were freed?", FREED, "Twenty-five"),
        ("How many people were killed in Orlo?", FREED, ""),
        ("How many people were killed in Tarn?", "The blast killed 9 people in Tarn and wounded 30.", "9"),
    ],
)
def test_the_wounded_are_not_the_dead(question: str, text: str, answer: str) -> None:
    assert found(question, text) == answer


BOMBED = "Who bombed the bus station in Tarn?"


@pytest.mark.parametrize(
    ("question", "text", "wrong"),
    [
        (BOMBED, "Governor Omer Hadal said the bomber had come from the north.", "Hadal"),
        (BOMBED, "The army says that a bomb went off at the bus station in Tarn.", "army"),
        (BOMBED, "A bomb went off at the bus station in Tarn, officials said.", "officials"),
        ("Who led the group in Olm?", "Prosecutor Jana Malek said he was the group's leader.", "Malek"),
    ],
)
def test_who_says_it_is_not_who_did_it(question: str, text: str, wrong: str) -> None:
    assert wrong not in best(question, text).answer


@pytest.mark.parametrize(
    "text",
    [
        "The Kestrites said they had bombed the bus station in Tarn.",
        "The Kestrites said in a statement that their men had bombed the bus station in Tarn.",
        "The bus station in Tarn was bombed by the Kestrites, officials said.",
    ],
)
def test_who_says_so_of_himself_is_who_did_it(text: str) -> None:
    assert "Kestrites" in found(BOMBED, text) or "their men" in found(BOMBED, text)


def test_a_speaker_of_whom_the_question_asks_is_an_answer() -> None:
    text = "“It may rise,” said Ramy Abden, who heads the Observatory, according to the Tarn Observatory for Rights."
    assert found("Who heads the Tarn Observatory for Rights?", text) == "Ramy Abden"


RAIDED = "Ivan Dorrek, the leader of the Kestrites, was killed on Friday in a raid by special forces near Tarn."
TAKEN = "The reporter Oliver Sandt was kidnapped in Orlo in 2021. Sandt had come to meet Captain Issa Marro."


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        ("Who killed Ivan Dorrek?", RAIDED, "special forces"),
        ("Who killed the mayor?", "The mayor of Tarn, Romi Azis, was shot dead.", ""),
        ("Who kidnapped Oliver Sandt?", TAKEN, ""),
        ("Who killed nine people in Tarn?", "The Kestrites raided Tarn, and nine people were killed.", "Kestrites"),
        ("Who killed nine people?", "The attacker, Omer Dehn, was shot after killing nine people.", "Omer Dehn"),
    ],
)
def test_the_victim_is_not_the_killer(question: str, text: str, answer: str) -> None:
    assert found(question, text).removeprefix("The ") == answer


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        ("How many people died in Tarn?", "The toll of the blast in Tarn was raised from 34 to 41.", "41"),
        ("How many people lived in Tarn in 1990?", "From 1990 to 2000 Tarn grew from 340 people to 410.", "340"),
        ("When was Dorrek killed?", "The army said on Friday that Dorrek had been killed on 3 May.", "3 May"),
        ("When was Dorrek killed?", "The army said on Friday that Dorrek had been killed.", "Friday"),
    ],
)
def test_a_number_before_it_changed_and_the_day_of_a_statement(question: str, text: str, answer: str) -> None:
    assert answer in best(question, text).answer
    assert "34 to" not in best(question, text).answer


def test_the_dead_of_another_place_are_not_counted() -> None:
    digest = (
        "A mine killed four farmers near Banar on Monday. Gunmen attacked a post in Kasser on Tuesday and killed six "
        "policemen. On Thursday a drone struck a market in Tarn, and nine people died."
    )
    assert best("How many people were killed in Banar?", digest).answer == "four"
    assert best("How many people were killed in Tarn?", digest).answer == "nine"


def test_another_of_that_name_is_not_answered_for() -> None:
    text = "Abu Hasan al-Tarni al-Orlawi was killed in Tarn in October."
    assert found("Where was Abu Hussein al-Orlawi killed?", text) == ""
    assert found("Where was Abu Hasan al-Orlawi killed?", text) == "Tarn"
