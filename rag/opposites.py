"""Words that say the contrary of each other: a sentence that has one where its quotes have the other is wrong."""

from __future__ import annotations

import re

from rag.negation import denials
from rag.wording import plain, stem

# Converses are left out: who wins does so because another loses, and what is before has something after it.
_PAIRS = """
rise rose risen increase grow climb gain / fall decrease decline drop shrink plunge
begin start launch / end finish cease conclude
open reopen / close shut
north northern / south southern
east eastern / west western
largest biggest highest greatest / smallest lowest least
first / last
most majority / fewest minority
support endorse favour favor back / oppose
approve accept allow permit / reject forbid ban prohibit refuse
legal legalise legalize / illegal outlaw
confirm / deny
oldest / youngest
longest / shortest
male / female
maximum / minimum
alive survive / dead die
guilty / innocent acquit
public / private
domestic / foreign
widen expand enlarge / narrow reduce
strengthen / weaken
praise / criticise criticize condemn
same identical / different
positive / negative
always / never
early / late""".strip().split("\n")
_SIDES = {
    stem(word): (n, side)
    for n, pair in enumerate(_PAIRS)
    for side, words in enumerate(pair.split("/"))
    for word in words.split()
}
_WORD = re.compile(r"[^\W\d_]+")


def opposite_faults(sentence: str, quotes: str) -> list[str]:
    """Where a sentence has a word whose contrary, and neither it nor its like, stands in the quotes; texts normal.

    A denial on either side may turn a word into its contrary: then nothing is said here.
    """
    if denials(sentence) or denials(quotes):
        return []
    said, cited = _sides(sentence), _sides(quotes)
    return [
        f"its sources say {cited[pair, 1 - side]}, not {word}"
        for (pair, side), word in said.items()
        if (pair, 1 - side) in cited and (pair, side) not in cited and (pair, 1 - side) not in said
    ]


def _sides(text: str) -> dict[tuple[int, int], str]:
    """By pair and side the word that a text has of it."""
    return {_SIDES[stem(word)]: plain(word) for word in _WORD.findall(text) if stem(word) in _SIDES}
