"""Keyword ranking and fusion, on numbers that can be checked by hand."""

from __future__ import annotations

import pytest

from rag.fusion import min_max_average
from rag.lexical import match_expression


def test_min_max_average_scales_each_ranking_and_averages() -> None:
    dense = [(1, 0.9), (2, 0.5), (3, 0.1)]  # scaled: 1, 0.5, 0
    words = [(2, 12.0), (4, 2.0)]  # scaled: 1, 0
    assert min_max_average([dense, words]) == [(2, 0.75), (1, 0.5), (3, 0.0), (4, 0.0)]


def test_min_max_average_of_one_ranking_keeps_its_order() -> None:
    assert [i for i, _ in min_max_average([[(5, 3.0), (9, 2.0), (7, 1.0)], []])] == [5, 9, 7]
    assert min_max_average([[], []]) == []


@pytest.mark.parametrize(
    ("query", "expression"),
    [
        ("Who leads the IS-K?", '"leads" OR "k"'),
        ("Al-Sukhnah AND 2023", '"al" OR "sukhnah" OR "2023"'),
        ("who is it", '"who" OR "is" OR "it"'),
        ("?!", ""),
    ],
)
def test_match_expression(query: str, expression: str) -> None:
    assert match_expression(query) == expression
