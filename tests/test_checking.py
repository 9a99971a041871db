"""What the checker lets through and what it does not, on sentences that can be judged by eye."""

from __future__ import annotations

import pytest

from rag.checking import holds, unsupported

QUOTE = "On 4 May, Mayor Ilse Brandt said that at least 1,250 people and seven soldiers had left Ekeness."


@pytest.mark.parametrize(
    "sentence",
    [
        QUOTE,
        "At least 1250 people left Ekeness.",
        "1,250 people and 7 soldiers left, Mayor Brandt said.",
        "They left on May 4.",
        "In Ekenes, the soldiers left.",
    ],
)
def test_what_the_quote_says_passes(sentence: str) -> None:
    assert unsupported(sentence, [QUOTE]) == []


@pytest.mark.parametrize(
    ("sentence", "fault"),
    [
        ("At least 1,350 people left Ekeness.", "the number 1350"),
        ("They left on May 5.", "the number 5"),
        ("Eight soldiers left Ekeness.", "the number 8"),
        ("On 4 May, Mayor Karl Holt said so.", "the name karl"),
        ("Ilse Brandt never said that people had left.", "it denies (never)"),
    ],
)
def test_what_the_quote_does_not_say_is_named(sentence: str, fault: str) -> None:
    assert any(found.startswith(fault) for found in unsupported(sentence, [QUOTE]))


def test_names_of_the_question_and_title_are_known() -> None:
    assert unsupported("The Lindby fire killed seven.", ["It killed seven."], "What did the fire in Lindby do?") == []


def test_holds_compares_forms() -> None:
    assert holds("It killed 9 people in Malmo.", "nine")
    assert holds("It killed 9 people in Malmo.", "Malmö")
    assert not holds("It killed many people.", "nine")
