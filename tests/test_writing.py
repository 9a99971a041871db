"""What the writer learns from and how its answers are judged."""

from __future__ import annotations

import pytest

from eval.writing import Written, absent, load
from training.writer.statements import said

QUOTE = (
    "In March the old bridge at Solvik was closed, at least for cars, by the engineer Ilse Brandt, who feared a "
    "collapse after a winter of heavy rain and wind."
)


@pytest.mark.parametrize(
    ("question", "answer", "text"),
    [
        ("When was the old bridge at Solvik closed?", "March", "The old bridge at Solvik was closed in March."),
        ("Who feared a collapse?", "engineer Ilse Brandt", "The engineer Ilse Brandt feared a collapse."),
        ("Why did Ilse Brandt close it?", "feared a collapse", ""),
    ],
)
def test_question_and_answer_become_a_statement_where_that_is_safe(question: str, answer: str, text: str) -> None:
    assert said(question, answer, QUOTE) == text


def test_what_somebody_is_said_to_have_said_stays_so() -> None:
    quote = (
        "The mayor said the bridge was closed by Ilse Brandt on the first Monday of March, long before the council met."
    )
    assert said("Who closed the bridge?", "Ilse Brandt", quote) == quote


def test_names_and_numbers_must_stand_in_the_quotes_or_the_question() -> None:
    text = "The bridge at Solvik was closed by Maren Holt on 1,200 days. [1]"
    assert absent(Written("What of Solvik?", text, ("It was closed for 1200 days.",), "local")) == ("Maren", "Holt")


def test_the_judged_answers_are_whole_and_hold_nothing_strange() -> None:
    judged = load()
    assert len(judged) >= 100
    assert all(written.whole is not None and written.answers is not None for written in judged)
    assert sum(bool(written.whole and written.answers) for written in judged) >= 0.9 * len(judged)
