"""Which words of a passage hold the answer, from made-up logits."""

from __future__ import annotations

import numpy as np

from rag.sentences import sentence_spans
from rag.spans import EXTENT_SHARE, best_span, extent

TEXT = "It rained. They live in Brooklyn, New York (since May). Ann is in Paris, France."
SENTENCE = sentence_spans(TEXT)[1]
WORDS = ["live", "Brooklyn", "New", "York", "since", "May", "Paris", "France"]
PLACES = np.array([(TEXT.index(word), TEXT.index(word) + len(word)) for word in WORDS])


def logits(**at: float) -> np.ndarray:
    return np.array([at.get(word, -9.0) for word in WORDS])


def reach(start: np.ndarray, end: np.ndarray) -> str:
    head, tail, _ = best_span(start, end)
    return TEXT[slice(*extent(TEXT, PLACES, start, end, (head, tail), SENTENCE))]


def test_an_extent_holds_the_span_alone_where_that_is_sure() -> None:
    assert reach(logits(Brooklyn=9.0), logits(Brooklyn=9.0)) == "Brooklyn"


def test_an_extent_goes_as_far_as_a_fair_rival() -> None:
    assert reach(logits(Brooklyn=9.0), logits(Brooklyn=9.0, York=8.0)) == "Brooklyn, New York"
    assert reach(logits(Brooklyn=9.0, live=8.0), logits(Brooklyn=9.0)) == "live in Brooklyn"


def test_an_extent_stays_in_its_sentence() -> None:
    assert reach(logits(Brooklyn=9.0, Paris=9.0), logits(Brooklyn=9.1, France=9.0)) == "Brooklyn"


def test_what_is_less_likely_than_the_rest_is_no_rival() -> None:
    unlikely = float(np.log(1 / EXTENT_SHARE - 1)) - 0.1
    assert reach(logits(Brooklyn=9.0), logits(Brooklyn=9.0, York=9.0 + unlikely)) == "Brooklyn"
