"""Who holds an office, and who did a deed that no passage tells of."""

import pytest

from rag.doubt import BRANCH_COST, DEED_COST, doubt
from rag.premises import Premises
from rag.roles import holders, role_told
from rag.types import Document, Finding, Hit, Passage

BODY = "the Northern Coast Observatory for Human Welfare"


@pytest.mark.parametrize(
    "sentence",
    [
        "The toll has risen, said Ann Lee, who heads the Observatory.",
        "Ann Lee, head of the Northern Coast Observatory, said so.",
        "The head of the Observatory, Ann Lee, said so.",
        "Observatory director Ann Lee said so.",
        "Ann Lee leads the Northern Coast Observatory for Human Welfare.",
        "Ann Lee leads the Observatory until 2030.",
        "Ann Lee, head of the Observatory, said it would stay in Kesh until May.",
    ],
)
def test_the_forms_of_an_office(sentence: str) -> None:
    assert holders("heads", BODY, sentence) == ["Ann Lee"]


@pytest.mark.parametrize(
    "sentence",
    [
        "Ann Lee, who heads the Northern army, said so.",  # another body
        "Ann Lee, who headed the Observatory, died in March.",  # it was she
        "Ann Lee, former head of the Observatory, said so.",
        "Ann Lee, spokeswoman of the Observatory, said so.",  # another office
        "Ann Lee praised the head of the Observatory.",
        "Observatory commander Ann Lee said so.",  # one of many
        "Ann Lee, who heads the Observatory in Kesh, said so.",  # a branch
        "Ann Lee, head of the Observatory in northern Kesh, said so.",
        "Observatory-Kesh head Ann Lee said so.",
        "Ann Lee was the head of the Observatory until 2017.",
        "Ann Lee was the head of the Observatory from 2012 to 2017.",
    ],
)
def test_another_office_another_body_another_time(sentence: str) -> None:
    assert holders("heads", BODY, sentence) == []


def test_who_once_held_an_office_is_told_where_that_is_asked() -> None:
    sentence = "Ann Lee was the head of the Observatory until 2017."
    document = Document("d", sentence, "Observatory", "toll.txt")
    finding = Finding(Passage("d", 0, len(sentence), sentence), 0, len(sentence), "Ann Lee", 0.2, score=1.0)
    for question, told in (
        ("Who was the head of the Observatory?", True),
        ("Who is the head of the Observatory?", False),
    ):
        assert (role_told(question, [finding], {"d": document}) is finding) is told


def test_where_a_body_was_founded_makes_it_no_branch() -> None:
    assert holders("founded", BODY, "Ann Lee founded the Observatory in Kesh.") == ["Ann Lee"]
    assert holders("heads", "the Observatory in Kesh", "Ann Lee heads the Observatory in Kesh.") == ["Ann Lee"]


def test_initials_stand_for_a_body() -> None:
    assert holders("leads", "the Free Harbour Movement", "FHM leader Omar Said was seen in May.") == ["Omar Said"]


def test_every_name_of_the_question_must_have_been_said() -> None:
    said = "It grew, said Ann Lee, who heads the Observatory."
    named = Document("named", f"The Northern Coast Observatory for Human Welfare counts. {said}", "Toll", "toll.txt")
    unnamed = Document("unnamed", said, "Toll", "toll.txt")
    question = f"Who heads {BODY}?"
    for document, told in ((named, True), (unnamed, False)):
        start, end = document.text.index(said), len(document.text)
        finding = Finding(Passage(document.doc_id, start, end, said), start, end, "Ann Lee", 0.2, score=1.0)
        assert role_told(question, [finding], {document.doc_id: document}) == (finding if told else None)
        assert role_told("Who headed the Observatory in 2019?", [finding], {document.doc_id: document}) is None


def test_who_did_a_deed_needs_a_word_for_it() -> None:
    question = "Who directed The Harbour Story?"
    told = "Mayor Lindqvist called the film The Harbour Story a lie."
    hit = Hit(Passage("d", 0, len(told), told), 1.0)
    assert doubt(question, Premises.of(question), hit, 6, 15) == DEED_COST
    told = "The Harbour Story, a film by Mira Lindqvist, opens on Friday."
    hit = Hit(Passage("d", 0, len(told), told), 1.0)
    assert doubt(question, Premises.of(question), hit, 29, 43) == 0


@pytest.mark.parametrize(
    ("told", "doubted"), [("The Tigers won in the final over.", True), ("The Tigers won the final.", False)]
)
def test_an_adjective_is_no_round(told: str, doubted: bool) -> None:
    question = "Who won the 2023 Harbour League final?"
    hit = Hit(Passage("d", 0, len(told), told), 1.0, title="Harbour League")
    assert (doubt(question, Premises.of(question), hit, 4, 10) > 0) is doubted


@pytest.mark.parametrize(
    ("told", "doubted"),
    [
        ("The Night Watch spread. The NW-E split off. Holt has led the armed group since May.", True),
        ("The Night Watch-East split off. Holt has led the group since May.", True),
        ("The NW-E split off from the Night Watch. Holt has led the group since May.", False),
        ("The NW-E split off. Holt has led the Night Watch since May.", False),
    ],
)
def test_a_branch_is_another_body(told: str, doubted: bool) -> None:
    question = "Who leads the Night Watch?"
    hit = Hit(Passage("d", 0, len(told), told), 1.0)
    start = told.index("Holt")
    assert doubt(question, Premises.of(question), hit, start, start + 4) == (BRANCH_COST if doubted else 0)


def test_the_question_s_own_words_are_no_answer() -> None:
    told = "Raids grew that year. One of them even killed a Russian general."
    hit = Hit(Passage("d", 0, len(told), told), 1.0)
    question = "What was the name of the Russian general killed in a raid?"
    assert doubt(question, Premises.of(question), hit, told.index("One"), len(told) - 1) > 0


def test_which_company_did_it_needs_a_word_for_it_too() -> None:
    told = "Minister Lindqvist will hand over the patrol vessel on Friday."
    hit = Hit(Passage("d", 0, len(told), told), 1.0)
    question = "Which company built the patrol vessel?"
    assert doubt(question, Premises.of(question), hit, 0, 18) == DEED_COST
