"""Findings that say the same are one finding, with every passage that says it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache

from rag.checking import plain_words
from rag.dates import dates
from rag.lexical import STOPWORDS
from rag.quantities import Quantity, quantities
from rag.types import Finding, Passage
from rag.wording import normal

# What qualifies a value and does not change it: "about 75" and "75" agree.
QUALIFIERS = frozenset(
    ("around", "nearly", "almost", "approximately", "roughly", "least", "estimated", "total", "early")
)
# Bounds of which one leaves what lies above the number, the other what lies below it.
_FLOORS, _CEILINGS = frozenset(("at least", "more than")), frozenset(("at most", "less than", "nearly"))


def agree(one: str, other: str) -> bool:
    """Whether two answers give the same value: equal words, equal numbers, or one that says it more fully.

    "Shahab al-Muhajir" and "al-Muhajir", "three hundred" and "300", "March 22" and "22 March 2024" agree;
    "46" and "61", "5" and "5 million", "at most 46" and "at least 46", "22 March" and "25 March" do not. An answer of
    nothing but function words agrees with none.
    """
    first, second = _telling(one), _telling(other)
    if not first or not second:
        return False
    shorter, longer = sorted((first, second), key=len)
    return shorter <= longer and _has_number(shorter) == _has_number(longer) and not _opposed(one, other)


def compatible(answers: Sequence[str], passages: Sequence[Passage]) -> list[list[bool]]:
    """Whether each two findings leave each other as sure as they are: their answers ``agree``, or they are of one
    passage, which tells several things and seldom contradicts itself; (n, n)."""
    return [
        [passage == other_passage or agree(one, other) for other, other_passage in zip(answers, passages, strict=True)]
        for one, passage in zip(answers, passages, strict=True)
    ]


def comparable(one: str, other: str) -> bool:
    """Whether two answers are values of one kind: both numbers (or dates), or both names."""
    numbers = [_has_number(_telling(answer)) for answer in (one, other)]
    return all(numbers) or (not any(numbers) and _is_value(one) and _is_value(other))


def together(findings: Sequence[Finding], of_one_thing: Callable[[Finding, Finding], bool]) -> list[Finding]:
    """``findings`` (best first) with those that agree merged into the best of them, the others in its ``support``.

    Only numbers, dates and names are a value that two sources can share by themselves ("killed" in two sentences need
    not be one event), and only where the sources are ``of_one_thing``: 46 can be the dead of two attacks. The same
    sentence, reached through two passages that overlap, counts once.
    """
    groups: list[list[Finding]] = []
    for finding in findings:
        group = next((group for group in groups if agree(group[0].answer, finding.answer)), None)
        if group is None:
            groups.append([finding])
            continue
        new = all(_place(finding) != _place(other) for other in group)
        if new and _is_value(finding.answer) and of_one_thing(group[0], finding):
            group.append(finding)
    return [replace(group[0], support=tuple(group[1:])) for group in groups]


def _opposed(one: str, other: str) -> bool:
    """Whether one bounds a number from below that the other bounds from above."""
    return any(
        a.value == b.value
        and ((a.bound in _FLOORS and b.bound in _CEILINGS) or (b.bound in _FLOORS and a.bound in _CEILINGS))
        for a in _numbers(one)
        for b in _numbers(other)
    )


def _is_value(answer: str) -> bool:
    return _has_number(_telling(answer)) or any(character.isupper() for character in answer)


def _place(finding: Finding) -> tuple[str, int]:
    return finding.passage.doc_id, finding.start


@lru_cache(maxsize=65536)
def _telling(answer: str) -> frozenset[str]:
    return frozenset(word for word in plain_words(_in_figures(answer)) if word not in STOPWORDS | QUALIFIERS)


@lru_cache(maxsize=65536)
def _numbers(answer: str) -> tuple[Quantity, ...]:
    return tuple(quantities(dates(normal(answer))[1]))


def _in_figures(answer: str) -> str:
    """The answer with its numbers of several words as one, which would else agree by a part: "5 million", "3rd"."""
    text = normal(answer).replace("%", " percent")
    for number in _numbers(answer):
        words = re.findall(r"[^\s-]+", number.text)
        if len(words) > 1:
            run = r"[\s-]*".join(map(re.escape, words))
            figure = f"{number.value:.15g}{'th' * number.ordinal}"
            text = re.sub(rf"(?<![\w.,]){run}(?!\w)", figure, text, count=1)
    return text


def _has_number(words: frozenset[str]) -> bool:
    return any(word[0].isdigit() for word in words)
