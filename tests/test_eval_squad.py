"""Exact match and F1 as the SQuAD 2.0 script defines them: forty cases worked by hand, each written in five ways."""

from __future__ import annotations

import string
from collections.abc import Callable

import pytest

from eval.metrics import best_subspan, exact_match, f1

# prediction, answer, words in common, words of each after articles and punctuation are gone
WORKED = [
    ("Denver Broncos", "Denver Broncos", 2, 2, 2),
    ("the Broncos", "Broncos", 1, 1, 1),
    ("Broncos", "Denver Broncos", 1, 1, 2),
    ("in Santa Clara, California", "Santa Clara", 2, 4, 2),
    ("Santa Clara", "Clara Santa", 2, 2, 2),
    ("1066", "10th century", 0, 1, 2),
    ("10th century", "the 10th and 11th centuries", 1, 2, 4),
    ("in the 10th century", "10th century", 2, 3, 2),
    ("Rollo", "Rollo", 1, 1, 1),
    ("King Charles III of West Francia", "Charles III", 2, 6, 2),
    ("Norman", "Normans", 0, 1, 1),
    ("France France", "France", 1, 2, 1),
    ("France", "France France", 1, 1, 2),
    ("very very good", "very good", 2, 3, 2),
    ("very very good", "very very very bad", 2, 3, 4),
    ("forty-six", "forty six", 0, 1, 2),
    ("forty-six", "fortysix", 1, 1, 1),
    ("$4.3 million", "4.3 million", 2, 2, 2),
    ("4,300,000", "4300000", 1, 1, 1),
    ("4.3", "43", 1, 1, 1),
    ("at least 61 civilians", "61", 1, 4, 1),
    ("61", "at least 61 civilians", 1, 1, 4),
    ("46", "61", 0, 1, 1),
    ("March 22", "22 March", 2, 2, 2),
    ("March 22, 2024", "March 22", 2, 3, 2),
    ("on March 22", "March 22", 2, 3, 2),
    ("Abu Hafs al-Hashimi", "Abu Hafs", 2, 3, 2),
    ("al-Hashimi", "alHashimi", 1, 1, 1),
    ("Pérez", "Perez", 0, 1, 1),
    ("U.S. Army", "US Army", 2, 2, 2),
    ("O'Brien", "OBrien", 1, 1, 1),
    ("St. John's", "St Johns", 2, 2, 2),
    ("a theatre", "theatre", 1, 1, 1),
    ("theatre of the absurd", "the theatre of absurd", 3, 3, 3),
    ("an apple and a pear", "apple, pear", 2, 3, 2),
    ("Anna and the king", "Anna", 1, 3, 1),
    ("oil and gas wells", "oil wells and gas wells", 4, 4, 5),
    ("because silence draws less notice", "silence draws less notice to its camps", 4, 5, 7),
    ("Rami Abdurrahman, its head", "Abdurrahman", 1, 4, 1),
    ("seven soldiers and 61 civilians", "61 civilians and seven soldiers", 5, 5, 5),
]
# Ways of writing the same that the definition does not tell apart.
SURFACES: list[Callable[[str], str]] = [
    lambda text: text,
    str.upper,
    lambda text: f"  the {text}. ",
    lambda text: f"“{text}”".replace("“", '"').replace("”", '"') + "!",
    lambda text: "\n".join(text.split(" ")),
]
ROWS = [(surface(said), answer, *counts) for said, answer, *counts in WORKED for surface in SURFACES]


def by_the_letter(prediction: str, answer: str) -> tuple[float, bool]:
    """The definition again, written another way: words ticked off one by one."""
    ours, left = (
        [word for word in "".join(c for c in text.lower() if c not in string.punctuation).split()
         if word not in ("a", "an", "the")]
        for text in (prediction, answer)
    )  # fmt: skip
    equal = ours == left
    n, m, common = len(ours), len(left), 0
    for word in ours:
        if word in left:
            left.remove(word)
            common += 1
    if n == 0 or m == 0:
        return float(n == m), equal
    if common == 0:
        return 0.0, equal
    precision, recall = common / n, common / m
    return 2 * precision * recall / (precision + recall), equal


def test_two_hundred_rows() -> None:
    assert len(ROWS) == 200
    for said, answer, common, n_said, n_answer in ROWS:
        worked = 2 * common / (n_said + n_answer)
        assert f1(said, answer) == pytest.approx(worked), (said, answer)
        assert (f1(said, answer), exact_match(said, answer)) == pytest.approx(by_the_letter(said, answer))


@pytest.mark.parametrize(
    ("said", "answer", "equal"),
    [
        ("The Normans.", "normans", True),
        ("Norman", "Normans", False),
        ("Santa Clara", "Clara Santa", False),  # the same words in another order share all and are not equal
        ("10th  century", "the 10th century", True),
        ("U.S.", "us", True),
        ("", "", True),
        ("the", "", True),  # nothing is left of an article
        ("", "Rollo", False),
    ],
)
def test_exact_match(said: str, answer: str, equal: bool) -> None:
    assert exact_match(said, answer) is equal


@pytest.mark.parametrize(
    ("said", "answer", "score"), [("", "", 1.0), ("the", "a", 1.0), ("", "Rollo", 0.0), ("x", "", 0.0)]
)
def test_where_no_words_are_left_f1_is_whether_both_have_none(said: str, answer: str, score: float) -> None:
    assert f1(said, answer) == score


def test_best_subspan_is_a_string_within_the_other() -> None:
    assert best_subspan("It was, in 1066, a battle", ["1067", "1066"])
    assert not best_subspan("It was a battle", ["1066"])
    assert best_subspan("the harbour police", ["harbour polic"])  # not of whole words: Liu et al. count it so
