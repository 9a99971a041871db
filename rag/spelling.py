"""How alike two spellings of a name are: transliterations, dropped letters, typing slips. Pure text, no index."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

# What Unicode does not take apart into a letter and a mark, and the marks that Arabic names are written with.
_LETTERS = str.maketrans(
    {
        "ł": "l",
        "ø": "o",
        "ı": "i",
        "ß": "ss",
        "æ": "ae",
        "œ": "oe",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "ə": "e",
        "ț": "ts",
        "ţ": "ts",
    }
    | dict.fromkeys("ʿʾʻʼʹ'’‘`´", "")
)
# Spellings of one sound, longest first: Juschtschenko, Tchaikovsky, Nemtsov, Schörner written Schoerner.
_SOUNDS = dict(
    pair.split(":")
    for pair in """
    schtsch:s shch:s tsch:c sch:s tch:c tsh:c ts:c tz:c cz:c ck:k ph:f dj:j x:ks
    ae:a oe:o ue:u oo:u ou:u ee:i""".split()
)
_SOUND = re.compile("|".join(_SOUNDS))
_VOWELS = frozenset("aeiouy")
# Consonants that transliterations exchange, each by the first of its class; h and vowels come and go.
_CLASS = {letter: letters[0] for letters in ("kqcg", "sz", "dt", "fvw", "bp", "m", "n", "r", "l") for letter in letters}
_SOFT = re.compile("[cg](?=[eiy])|j")  # may stand for s (Sergio, Vaja), or not (Gerd, Bareja)

NEAR = 0.4  # exchanging letters of one class, or vowels
TWICE, BREATH, VOWEL = 0.2, 0.3, 0.5  # a letter too many or too few: one doubled, an h, a vowel
SWAP = 0.6  # two letters in the wrong order


@lru_cache(maxsize=65536)
def fold(word: str) -> str:
    """``word`` in small letters without marks, apostrophes and hyphens; "" if it is not of Latin letters."""
    apart = unicodedata.normalize("NFKD", word.lower().translate(_LETTERS))
    letters = "".join(char for char in apart if char.isalpha() and not unicodedata.combining(char))
    return letters if letters.isascii() else ""


def sounds(folded: str) -> str:
    """One spelling for each sound: ``sounds("yushchenko") == sounds("yuschenko")``."""
    return _SOUND.sub(lambda match: _SOUNDS[match[0]], folded)


def keys(folded: str) -> set[str]:
    """What is looked up: two spellings of one name share a key if their consonants differ by one at most.

    The consonants by class, with g and c hard and soft, and where there are four or more, each left out in turn.
    """
    spelled = sounds(folded)
    found = set()
    for consonants in {_consonants(spelled), _consonants(_SOFT.sub("s", spelled))}:
        if consonants:
            found.add(consonants)
        if len(consonants) >= 4:
            found.update(consonants[:i] + consonants[i + 1 :] for i in range(len(consonants)))
    return found


def _consonants(spelled: str) -> str:
    """The classes of the consonants, runs of one class as one; the first letter stands even if it is a vowel."""
    classes: list[str] = []
    before = ""
    for place, letter in enumerate(spelled):
        known = _CLASS.get(letter, "" if place else "h" if letter == "h" else "a")
        if known and known != before:
            classes.append(known)
        if letter != "h":
            before = known
    return "".join(classes)


@lru_cache(maxsize=1 << 15)  # a question's names meet the same words in passage after passage
def difference(first: str, second: str, most: float = 1.0) -> float:
    """How far two folded words are apart, from 0 (they sound alike) to 1, per letter of the longer.

    Past ``most`` it is not measured to the end: some number above it comes back.

    The optimal string alignment distance (Levenshtein's, with swaps), where what transliterations do costs less.
    """
    a, b = sounds(first), sounds(second)
    longer = max(len(first), len(second), 1)
    before: list[float] = []
    row = [0.0]
    for j, letter in enumerate(b):
        row.append(row[-1] + _left_out(letter, b[j - 1] if j else ""))
    for i, letter in enumerate(a):
        out = _left_out(letter, a[i - 1] if i else "")
        earlier, before, row = before, row, [row[0] + out]
        for j, other in enumerate(b):
            least = min(
                before[j] + _exchanged(letter, other),
                before[j + 1] + out,
                row[j] + _left_out(other, b[j - 1] if j else ""),
            )
            if i and j and letter == b[j - 1] and other == a[i - 1]:
                least = min(least, earlier[j - 1] + SWAP)
            row.append(least)
        if (least := min(min(before), min(row))) > most * longer:  # what follows can only add
            return least / longer
    return row[-1] / longer


@cache
def _exchanged(letter: str, other: str) -> float:
    if letter == other:
        return 0.0
    pair = {letter, other}
    alike = _CLASS.get(letter, letter) == _CLASS.get(other, other) or pair <= _VOWELS or pair in _ALIKE
    return NEAR if alike else 1.0


# Letters of different classes that one sound is written with: Bareya, Nemzow, Cezar, Serjio, Vaja.
_ALIKE = ({"j", "y"}, {"j", "i"}, {"c", "z"}, {"c", "s"}, {"j", "g"}, {"j", "z"})


def _left_out(letter: str, before: str) -> float:
    if letter == before:
        return TWICE
    return BREATH if letter == "h" else VOWEL if letter in _VOWELS else 1.0
