"""Keyword ranking and fusion, on numbers that can be checked by hand."""

from __future__ import annotations

import pytest

from rag.fusion import min_max_average
from rag.lexical import query_words


def test_min_max_average_scales_each_ranking_and_averages() -> None:
    dense = [(1, 0.9), (2, 0.5), (3, 0.1)]  # scaled: 1, 0.5, 0
    words = [(2, 12.0), (4, 2.0)]  # scaled: 1, 0
    assert min_max_average([dense, words]) == [(2, 0.75), (1, 0.5), (3, 0.0), (4, 0.0)]


def test_min_max_average_of_one_ranking_keeps_its_order() -> None:
    assert [i for i, _ in min_max_average([[(5, 3.0), (9, 2.0), (7, 1.0)], []])] == [5, 9, 7]
    assert min_max_average([[], []]) == []


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("Who leads the IS-K?", ["leads", "k"]),
        ("Al-Sukhnah AND 2023", ["al", "sukhnah", "2023"]),
        ("who is it", ["who", "is", "it"]),
        ("?!", []),
    ],
)
def test_query_words(query: str, words: list[str]) -> None:
    assert query_words(query) == words
