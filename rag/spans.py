"""From where an answer may begin and end, a logit for each token, to the words that hold it."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from rag.sentences import Span

ANSWER_TOKENS = 30  # the longest span that is considered; training saw few longer ones
TEMPERATURE = 2.0  # above 1, a sentence with several fair spans can beat one with the single best
EXCERPT_WORDS = 30
EXTENT_SHARE = 0.9  # of the probability of all spans of a sentence, that an extent holds
_OPENING, _CLOSING = "([\"'“‘", ".,;:!?)]\"'”’"

Logit = NDArray[np.float64]
Places = NDArray[np.int64]  # characters [start, end) of each token


def best_span(start: Logit, end: Logit) -> tuple[int, int, float]:
    """First and last token of the span with the highest sum of its two logits, and that sum.

    Spans have at most ANSWER_TOKENS tokens; the sum is -inf where no span is left.
    """
    sums = np.full((ANSWER_TOKENS, len(start)), -np.inf)
    for n_more in range(min(ANSWER_TOKENS, len(start))):
        sums[n_more, : len(start) - n_more] = start[: len(start) - n_more] + end[n_more:]
    best = int(sums.argmax())
    n_more, head = divmod(best, len(start))
    return head, head + n_more, float(sums[n_more, head])


def shares(logits: Logit) -> Logit:
    """Each token's share of the probability, at TEMPERATURE."""
    powers: Logit = np.exp((logits - logits.max()) / TEMPERATURE)
    of_all: Logit = powers / powers.sum()
    return of_all


def excerpt(text: str, places: Places, start: Logit, end: Logit, span: tuple[int, int]) -> Span:
    """The run of at most EXCERPT_WORDS words that holds the tokens ``span`` and the most probability of all spans."""
    words = _words(text)
    n_words = len(words)
    within, word = _within(words, places, start / TEMPERATURE, end / TEMPERATURE)
    low, high = int(word[span[0]]), int(word[span[1]])
    firsts = np.arange(max(0, high - EXCERPT_WORDS + 1), min(low, max(0, n_words - EXCERPT_WORDS)) + 1)
    if not len(firsts):
        firsts = np.array([low])
    lasts = np.minimum(firsts + EXCERPT_WORDS, n_words)
    held = _held(within, firsts, lasts)
    best = np.flatnonzero(held >= held.max() * 0.999)  # nearly equal runs: the one in the middle has most context
    middle = best[len(best) // 2]
    return words[firsts[middle]][0], words[lasts[middle] - 1][1]


def extent(text: str, places: Places, start: Logit, end: Logit, span: tuple[int, int], sentence: Span) -> Span:
    """The shortest run of words that holds the tokens ``span`` and EXTENT_SHARE of the spans' probability.

    Spans of ``sentence`` alone are counted: it is how far the answer may reach, where it does stand there.
    """
    inside = np.flatnonzero((places[:, 0] < sentence[1]) & (places[:, 1] > sentence[0]))
    words = [word for word in _words(text) if word[0] < sentence[1] and word[1] > sentence[0]]
    within, word = _within(words, places[inside], start[inside], end[inside])
    low, high = int(word[span[0] - inside[0]]), int(word[span[1] - inside[0]])
    firsts, lasts = (grid.ravel() for grid in np.meshgrid(np.arange(low + 1), np.arange(high + 1, len(words) + 1)))
    held = _held(within, firsts, lasts)
    enough = np.flatnonzero(held >= EXTENT_SHARE * held.max())
    best = enough[np.lexsort((-held[enough], (lasts - firsts)[enough]))[0]]
    first, last = words[firsts[best]][0], words[lasts[best] - 1][1]
    while first < places[span[0], 0] and text[first] in _OPENING:
        first += 1
    while last > places[span[1], 1] and text[last - 1] in _CLOSING:
        last -= 1
    return first, last


def _words(text: str) -> list[Span]:
    return [match.span() for match in re.finditer(r"\S+", text)]


def _within(words: list[Span], places: Places, start: Logit, end: Logit) -> tuple[Logit, NDArray[np.int64]]:
    """The probability of all spans from word a - 1 on to word b - 1, at [a, b], summed over both; each token's word."""
    word = np.searchsorted([last for _, last in words], places[:, 1])
    size = len(words) + 1
    heads = np.repeat(np.arange(len(start)), min(ANSWER_TOKENS, len(start)))
    tails = heads + np.tile(np.arange(min(ANSWER_TOKENS, len(start))), len(start))
    heads, tails = heads[tails < len(start)], tails[tails < len(start)]
    powers = np.exp(start - start.max())[heads] * np.exp(end - end.max())[tails]
    mass = np.bincount((word[heads] + 1) * size + word[tails] + 1, powers, size * size).reshape(size, size)
    return mass.cumsum(0).cumsum(1), word


def _held(within: Logit, firsts: NDArray[np.int64], lasts: NDArray[np.int64]) -> Logit:
    """Of each run [first, last) of words, the probability of the spans in it."""
    held: Logit = within[lasts, lasts] - within[firsts, lasts] - within[lasts, firsts] + within[firsts, firsts]
    return held
