"""How much less than its score says an answer is trusted: what the reader overlooks, and a rule sees."""

from __future__ import annotations

import re

from rag.checking import plain_words
from rag.lexical import STOPWORDS
from rag.premises import Premises
from rag.types import Hit

# Where a passage states years and none is the one asked for: of the development questions with a year, none that had an
# answer met such a passage, and a fifth of those that people wrote to have none did.
YEAR_COST = 2.0
# Where the answer is made of the question's own words, unless that offers a choice ("A or B?"): of 2,933 development
# questions one in a hundred had such an answer.
ECHO_COST = 2.0
# Where the answer is cut out of a word with a hyphen, "Britain" of "Britain-based": of 2,982 development questions five
# had such an answer, and four of these were numbers.
CUT_COST = 2.0


def doubt(question: str, premises: Premises, hit: Hit, start: int, end: int) -> float:
    """What to take off the score of the answer ``[start, end)`` of the hit's passage; 0 or more."""
    around = f"{hit.context}. {hit.title}. {hit.passage.heading}. {hit.passage.text}"
    return (
        YEAR_COST * bool(premises.other_years(around, hit.published))
        + ECHO_COST * _echoes(hit.passage.text[start:end], question)
        + CUT_COST * _is_cut(hit.passage.text, start, end)
    )


def _echoes(answer: str, question: str) -> bool:
    words, asked = (set(plain_words(text)) - STOPWORDS for text in (answer, question))
    return words <= asked and " or " not in question


def _is_cut(text: str, start: int, end: int) -> bool:
    """Whether a hyphen ties the answer, if it is no number, to letters that are left out."""
    tied = re.match(r"-\w", text[end:]) or re.search(r"\w-$", text[:start])
    return bool(tied) and not any(word[0].isdigit() for word in plain_words(text[start:end]))
