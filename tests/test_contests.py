"""Who was beaten is not who won: neither for the reader nor for the check of what is written."""

import pytest

from rag.checking import check
from rag.contests import asks_for_winner, beaten
from rag.reader import load_reader
from rag.types import Hit, Passage

RACE = "Ines Costa used a late stop to beat her team-mate Lena Brandt to the win in the Sund Grand Prix on Sunday."


def test_the_beaten_is_not_named_as_the_winner() -> None:
    hit = Hit(Passage("doc", 0, len(RACE), RACE), 1.0, title="Motor sport")
    assert load_reader().read("Who won the Sund Grand Prix?", [hit])[0].answer == "Ines Costa"
    assert "Brandt" in load_reader().read("Whom did Costa beat?", [hit])[0].answer


def test_a_sentence_that_lets_the_beaten_win_is_found_out() -> None:
    wrong = check("Lena Brandt won the Sund Grand Prix.", [RACE])
    assert wrong.reasons == ("its sources say that Lena Brandt was beaten",)
    assert check("Ines Costa won the Sund Grand Prix.", [RACE]).verdict == "supported"
    # Beaten here, and the winner there.
    rally = "Lena Brandt won the Fjord Rally and was overtaken only once."
    assert check("Lena Brandt won the Fjord Rally.", [RACE, rally]).verdict != "unsupported"


@pytest.mark.parametrize(
    ("text", "whom"),
    [
        ("United defeated the Carolina Panthers 24-10.", ["the Carolina Panthers"]),
        ("It was a narrow victory over Real Sociedad in May.", ["Real Sociedad"]),
        ("He was beaten by Carl Lewis, and lost to Ann Lee.", []),
        ("The government won support over Easter.", []),
        ("Demonstrators were beaten to death.", []),
    ],
)
def test_whom_a_text_calls_beaten(text: str, whom: list[str]) -> None:
    assert [text[start:end] for start, end in beaten(text)] == whom


@pytest.mark.parametrize(
    ("question", "asks"),
    [
        ("Which team won the cup?", True),
        ("In 2016, who was the race winner?", True),
        ("Which team did Barcelona beat to win the cup?", False),
        ("Who lost the final?", False),
    ],
)
def test_what_asks_for_a_winner(question: str, asks: bool) -> None:
    assert asks_for_winner(question) is asks
