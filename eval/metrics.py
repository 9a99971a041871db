"""The scoring rules, as pure functions of text and numbers. ``docs/evaluation.md`` explains what they mean.

Texts are compared without regard to case, accents, quotation marks, hyphens and line breaks.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

MAX_WORDS = 80  # of an answer: more could be a pasted passage, which is no answer
SHORT = 3  # letters of a string that must stand by itself: oil is in turmoil, and us in thus
SHARED_WORDS = 6  # so many consecutive words in common make a quote and an evidence string overlap

_QUOTATION_MARKS = dict.fromkeys(map(ord, "‘’“”\"'`"))
_HYPHENS = dict.fromkeys([ord("-"), *range(0x2010, 0x2016)], " ")  # hyphen-minus, hyphen to horizontal bar


def normalise(text: str) -> str:
    """``text`` in lower case, without accents and quotation marks, hyphens and white space as one space."""
    letters = (char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    plain = "".join(letters).lower().translate(_QUOTATION_MARKS).translate(_HYPHENS)
    return re.sub(r"\s+", " ", plain)


def without_markers(text: str) -> str:
    """``text`` without its citation markers: the number of a quote is no part of what is said."""
    return re.sub(r"\s*\[\d+\]", "", text)


def _holds(said: str, sought: str) -> bool:
    """Whether ``said`` has the string, both normalised. A number, and a word of at most three letters, must stand by
    itself (46 not in 1,846 or 46,000); elsewhere it may be a part of a word. A string of nothing is nowhere."""
    told = [char for char in sought if char.isalnum()]
    if len(told) > SHORT and not all(char.isdigit() for char in told):
        return sought in said
    sought = sought.strip()
    group = r"(?<!\d[.,])" if len(told) <= SHORT else ""  # of thousands, or decimals; not the year of 4.5.2021
    edged = rf"(?<![a-z0-9]){group}{re.escape(sought)}(?![a-z0-9])(?![.,]\d)"
    return bool(sought) and re.search(edged, said) is not None


def holds_answer(text: str, groups: Sequence[Sequence[str]], max_words: int = MAX_WORDS) -> bool:
    """Whether ``text`` has a string of every group and at most ``max_words`` words. False without groups."""
    if not groups or len(text.split()) > max_words:
        return False
    said = normalise(text)
    return all(any(_holds(said, normalise(string)) for string in group) for group in groups)


def overlaps(quote: str, evidence: str) -> bool:
    """Whether one holds the other, or they share six consecutive words. What is empty overlaps nothing."""
    quote, evidence = normalise(quote), normalise(evidence)
    if not quote.strip() or not evidence.strip():
        return False
    return _holds(quote, evidence) or quote in evidence or _share_words(evidence, quote)


def _share_words(first: str, second: str, n_words: int = SHARED_WORDS) -> bool:
    words, within = first.split(), f" {second} "
    runs = (" ".join(words[start : start + n_words]) for start in range(len(words) - n_words + 1))
    return any(f" {run} " in within for run in runs)


def holds_any(text: str, strings: Sequence[str]) -> bool:
    """Whether ``text`` has one of the strings."""
    said = normalise(text)
    return any(_holds(said, normalise(string)) for string in strings)


def unit_ranks(units: Sequence[Sequence[str]], passages: Sequence[str]) -> tuple[int | None, ...]:
    """For each unit the rank (from 1) of the first passage that holds one of its strings, None if none does."""
    plain = [normalise(passage) for passage in passages]
    sought = [[normalise(string) for string in unit] for unit in units]
    return tuple(
        next((rank for rank, passage in enumerate(plain, 1) if any(_holds(passage, string) for string in unit)), None)
        for unit in sought
    )


def mean(values: Iterable[float]) -> float:
    """The mean; 0.0 of nothing."""
    listed = [float(value) for value in values]
    return sum(listed) / len(listed) if listed else 0.0


def percentile(values: Sequence[float], percent: float) -> float:
    """The percentile with linear interpolation between neighbours; 0.0 of nothing."""
    return float(np.percentile(values, percent)) if values else 0.0


def squad_words(text: str) -> list[str]:
    """The words of the official SQuAD normalisation: lower case, no punctuation, no articles."""
    kept = "".join(char for char in text.lower() if char not in string.punctuation)
    return re.sub(r"\b(a|an|the)\b", " ", kept).split()


def f1(prediction: str, answer: str) -> float:
    """Token F1 as the official SQuAD 2.0 script defines it: where either has no words, 1 if both have none."""
    ours, theirs = squad_words(prediction), squad_words(answer)
    if not ours or not theirs:
        return float(ours == theirs)
    common = sum((Counter(ours) & Counter(theirs)).values())
    return 2 * common / (len(ours) + len(theirs))


def exact_match(prediction: str, answer: str) -> bool:
    """Whether the two are equal after SQuAD's normalisation."""
    return squad_words(prediction) == squad_words(answer)


def best_subspan(prediction: str, answers: Sequence[str]) -> bool:
    """Whether an answer stands in the prediction after SQuAD's normalisation.

    The accuracy of "Lost in the Middle" (Liu et al. 2023): a substring, not necessarily of whole words.
    """
    said = " ".join(squad_words(prediction))
    return any(sought in said for answer in answers if (sought := " ".join(squad_words(answer))))
