"""What a question takes for granted, and what is said where the documents do not bear it out."""

from __future__ import annotations

from datetime import date

import pytest

from rag.premises import Premises
from rag.silence import why_silent
from rag.types import Finding, Hit, Passage


@pytest.mark.parametrize(
    ("question", "text", "names"),
    [
        ("Who leads the Northern Front?", "The front is led by Idris Kor.", ("Northern",)),
        ("Who killed Abu Hussein al-Qurashi?", "Abu al-Hussein al-Qurayshi was killed.", ()),
        ("Who leads the Islamic State?", "IS is led by Idris Kor.", ()),
        ("Who leads IS?", "The front is led by Idris Kor.", ("IS",)),
        ("Who leads IS?", "Islamic State is led by Idris Kor.", ()),
        ("What did the US build?", "The camp was built for us.", ("US",)),
        ("What did the US build?", "American troops built the camp.", ()),
        ("Where is the Syrian camp?", "The camp in Syria stands near a river.", ()),
        ("where is sukhna?", "Palmyra is a city.", ()),
    ],
)
def test_names_that_a_text_lacks(question: str, text: str, names: tuple[str, ...]) -> None:
    assert Premises.of(question).lacked(text) == names


@pytest.mark.parametrize(
    ("text", "published", "years"),
    [
        ("Pérez won the race in 2023.", None, (2023,)),
        ("Pérez won the race.", None, ()),
        ("Pérez won the race on 5 May.", date(2024, 5, 6), ()),
        ("He raced from 2021 to 2025.", None, ()),
        ("Pérez won this year, as in 2021.", None, ()),
    ],
)
def test_a_text_may_speak_of_other_years(text: str, published: date | None, years: tuple[int, ...]) -> None:
    assert Premises.of("Who won the race in 2024?").other_years(text, published) == years


def test_a_day_without_its_year_may_be_the_day_asked_for() -> None:
    asked = Premises.of("Who was killed on February 17, 2023?")
    assert asked.other_years("On February 17 he was killed, a year after the raid of 2022.") == ()
    assert asked.other_years("On February 11 he was killed, a year after the raid of 2022.") == (2022,)


def reason(question: str, text: str) -> str:
    passage = Passage("d", 0, len(text), text)
    finding = Finding(passage, 0, len(text), "Pérez", 0.1)
    return why_silent(question, [finding], [Hit(passage, 1.0, title="Race day")], empty=False)


def test_silence_has_a_reason() -> None:
    assert "not of 2024" in reason("Who won the race in 2024?", "Pérez won the race in 2023.")
    assert "Kerala" in reason("Who directed The Kerala Story?", "Pérez won the race in 2023.")
    assert "no passage found says who" in reason("Who repaired the car?", "Pérez won the race in 2023.")
    assert "“Race day”" in reason("Is it?", "Pérez won.")


def test_a_branch_that_is_told_by_a_letter_is_not_its_body() -> None:
    assert Premises.of("Who leads IS-K since Maren Holt left?").names == ("Maren Holt",)
    assert Premises.of("Who leads IS since Maren Holt left?").names == ("IS", "Maren Holt")
