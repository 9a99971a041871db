"""Whether a sentence and its quotes deny the same, by the words that a denial stands before."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.wording import FUNCTION, held

_WORD = re.compile(r"[^\W\d_]+|\d+|[.,;:!?()\"]")
_DENIAL = re.compile(
    r"\b(?:no longer|not|never|nobody|none|nothing|neither|nor|without|no|fail(?:s|ed|ing|ure)? to|unable to|"
    r"den(?:y|ies|ied|ying)|refus(?:e|es|ed|ing|al) to|declin(?:e|es|ed|ing) to|ceas(?:e|es|ed|ing) to|"
    r"lack(?:s|ed|ing)?|reject(?:s|ed|ing)?|hardly|barely|impossible|incapable of|instead of|rather than|far from)\b",
    re.IGNORECASE,
)
# They begin like denials and deny nothing, or twice.
_NO_DENIAL = re.compile(
    r"\bnot (?:only|just|merely|simply|solely|necessarily|less than|more than|fewer than|until|unlike)\b|"
    r"\bno (?:less|more|fewer) than\b|\bno doubt\b|\bno\. ?\d|\bif not\b|\bor not\b|"
    r"\bno matter\b|\bnone other\b|\b(?:why|can) not only\b",
    re.IGNORECASE,
)
_NOT_UNTIL = re.compile(r"\bnot(?= [\w ]{1,50} until\b)", re.IGNORECASE)  # what opened in 1990 did not open until then
# Whom or what a weak denial is about may be the question's own words: "the lack of" something is its subject.
_WEAK = re.compile(r"lack|fail|den|refus|declin|reject|instead|rather|impossible|unable|far")
_SCOPE = 4  # telling words after a denial that it is taken to deny
_SHARE = 0.6  # of these, that a sentence without a denial must have to say what its quote denies
_ENDS = frozenset((".", ";", ":", "!", "?", "but", "although", "though", "while", "whereas"))
_PAUSES = frozenset((",", "(", ")", '"', "who", "which", "because"))  # they end what is denied unless it has not begun


@dataclass(frozen=True, slots=True)
class Denial:
    """The words that deny, and the telling words that follow them in their clause."""

    text: str
    scope: tuple[str, ...]


def denials(text: str, *, until: bool = True) -> list[Denial]:
    """The denials of a normal text (``rag.wording.normal``); with ``until``, "not ... until" is one too."""
    text = text if until else _NOT_UNTIL.sub("   ", text)
    text = _NO_DENIAL.sub(lambda match: " " * len(match[0]), text)
    return [Denial(match[0].lower(), _scope(text[match.end() :])) for match in _DENIAL.finditer(text)]


def denial_faults(sentence: str, quotes: str, known: str = "") -> list[str]:
    """Where a sentence denies what its quotes do not, or says what they deny; all texts normal."""
    until = ("until" in sentence) == ("until" in quotes)
    said, cited = denials(sentence, until=until), denials(quotes, until=until)
    asked = [denial for denial in denials(known) if _WEAK.match(denial.text)]
    faults = [
        f"it denies ({denial.text}) what its sources do not deny"
        for denial in said
        if not any(_of_one(denial.scope, other.scope) for other in cited)
        and not (_WEAK.match(denial.text) and any(_of_one(denial.scope, other.scope) for other in asked))
    ]
    words = [word.lower() for word in _WORD.findall(sentence)]
    for denial in cited:
        share = [held(word, words) for word in denial.scope]
        denied = any(_of_one(denial.scope[:2], other.scope) for other in said)
        if share and sum(share) >= _SHARE * len(share) and not denied:
            faults.append(f"its sources deny ({denial.text}) what it says")
    return list(dict.fromkeys(faults))


def _of_one(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether what two denials deny has a word in common."""
    return not (one and other) or any(held(word, other) for word in one)


def _scope(after: str) -> tuple[str, ...]:
    found: list[str] = []
    for word in _WORD.findall(after):
        small = word.lower()
        if small in _ENDS or (found and small in _PAUSES) or len(found) == _SCOPE:
            break
        if word[0].isalnum() and small not in FUNCTION:
            found.append(small)
    return tuple(found)
