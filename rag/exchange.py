"""Names and numbers of a quote in each other's places: "Holt thanked Brandt" for "Brandt thanked Holt"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from rag.wording import PASTS, akin, is_function, plain, stem

_WORD = re.compile(r"[^\W_]+(?:[.,]\d+)*")
_ALIKE = 0.5  # share of the sentence's words that must stand in the quote in its order, for the two to be compared
_LONGEST = 5  # words that are exchanged for others; longer ones are another sentence
_REACH = 3  # words between a verb and the names beside it
_BEING = frozenset("was were is are be been being".split())
_BESIDE = frozenset("stood passed came went swore stopped".split())  # what they do by somebody is not done to them
_AROUND = 3  # words that both have, before and after what is exchanged


def exchange_faults(sentence: str, quotes: Sequence[str]) -> list[str]:
    """Where a sentence that follows its quote word by word has another name or number of it; all texts normal."""
    said = _WORD.findall(sentence)
    best, cited = max(((_matched(said, words), words) for words in map(_WORD.findall, quotes)), default=(0.0, []))
    if best < _ALIKE:
        return []
    steps = SequenceMatcher(None, _plain(said), _plain(cited), autojunk=False).get_opcodes()
    faults = []
    for n, (kind, first, end, cited_first, cited_end) in enumerate(steps):
        put, had = said[first:end], cited[cited_first:cited_end]
        if kind != "replace" or max(len(put), len(had)) > _LONGEST:
            continue
        around = sum(step[2] - step[1] for step in steps[max(0, n - 1) : n + 2] if step[0] == "equal")
        new, old = _named(put, first), _named(had, cited_first)
        elsewhere = new and set(_plain(new)) <= set(_plain([*cited[:cited_first], *cited[cited_end:]]))
        if around >= _AROUND and elsewhere and old and not any(akin(a, b) for a in put for b in had):
            faults.append(f"its sources say {' '.join(old)} where it says {' '.join(new)}")
    return faults


def role_faults(sentence: str, quotes: Sequence[str]) -> list[str]:
    """Where two names have changed sides of a verb; both texts normal. One quote that has them as told is enough."""
    told = [_roles(_WORD.findall(quote)) for quote in quotes]
    faults = []
    for verb, (who, whom) in _roles(_WORD.findall(sentence)).items():
        pairs = [roles[verb] for roles in told if verb in roles]
        right = any(akin(who, first) or akin(whom, last) for first, last in pairs)
        if not right and any(akin(who, last) and akin(whom, first) for first, last in pairs):
            faults.append(f"{who} and {whom} have changed places")
    return faults


def _roles(words: Sequence[str]) -> dict[str, tuple[str, str]]:
    """By the stem of each word between two names, who does it to whom; "by" after it turns them round."""
    found = {}
    named = [word[0].isupper() and not is_function(word) for word in words]
    for i, word in enumerate(words):
        if named[i] or is_function(word):
            continue
        before = [words[j] for j in range(i - 1, max(-1, i - 2 - _REACH), -1) if named[j]]
        after = [j for j in range(i + 1, min(len(words), i + 2 + _REACH)) if named[j]]
        if before and after:
            passive = "by" in words[i + 1 : after[0]] and (
                bool(_BEING & set(words[max(0, i - 3) : i])) or _done_by(words, i)
            )
            last = next((j for j in range(after[0], len(words)) if not named[j]), len(words)) - 1
            pair = before[0], words[last]
            found[stem(word)] = pair[::-1] if passive else pair
    return found


def _done_by(words: Sequence[str], i: int) -> bool:
    """Whether "by" and a doer follow the verb at once, as in "Lindby, taken by Holt"; no "responded by leaving"."""
    done = (words[i].endswith("ed") or words[i] in PASTS) and words[i] not in _BESIDE
    return done and words[i + 1] == "by" and not words[i + 2].endswith("ing")


def _matched(said: Sequence[str], cited: Sequence[str]) -> float:
    matcher = SequenceMatcher(None, _plain(said), _plain(cited), autojunk=False)
    return sum(block.size for block in matcher.get_matching_blocks()) / max(1, len(said))


def _plain(words: Sequence[str]) -> list[str]:
    return [plain(word) for word in words]


def _named(words: Sequence[str], first: int) -> list[str]:
    """The names and numbers among words; the first word of a sentence is not known to be one."""
    return [
        word
        for i, word in enumerate(words, first)
        if (word[0].isdigit() or (word[0].isupper() and i)) and not is_function(word)
    ]
