"""Numbers as they are written, in digits or words, to their values: "2.5 million", "two hundred and fifty"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.wording import FUNCTION

_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
CARDINALS = {word: n for n, word in enumerate(_SMALL)} | {word: 10 * n for n, word in enumerate(_TENS, 2)}
_SCALES = {"hundred": 1e2, "dozen": 12, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
_SCALES |= {"mn": 1e6, "bn": 1e9}
_ORDINALS = {
    word: n
    for n, word in enumerate(
        """zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth
        fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth""".split()
    )
}
# "half a million", "three quarters of a million", "a half-million", in tokens with a space between them.
_PART_OF_SCALE = re.compile(
    r"(?:(an?|one|two|three) (?:- )?)?(half|quarter|third(?=s? of))s? (?:- )?(?:of )?(?:an? )?"
    r"(?=(?:hundred|dozen|thousand|million|billion|trillion)\b)"
)
_AND_A_HALF = re.compile(r"(?:- )?and (?:- )?(?:an?|one|three) (?:- )?(half|quarter)s?\b(?! of\b)(?: -(?= \w))?")
PARTS = {"half": 0.5, "third": 1 / 3, "quarter": 0.25, "fifth": 0.2, "tenth": 0.1}
TOKEN = re.compile(r"\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+|[^\W\d_]+|[^\w\s]")
CURRENCIES = {"$": "$", "£": "£", "€": "€", "dollar": "$", "dollars": "$", "pounds": "£", "euros": "€", "euro": "€"}
_DIMENSIONS = frozenset("deep high tall long wide away thick above below apart freestyle hurdles sprint".split())


def read(words: Sequence[str], i: int) -> tuple[float, int, bool] | None:
    """(value, end, ordinal) of the number that begins at the ``i``-th word."""
    first = words[i]
    opens = first in ("a", "an", "one", "two", "three") or first.removesuffix("s") in PARTS
    if opens and (part := _PART_OF_SCALE.match(" ".join(words[i : i + 7]))):  # 7: three - quarters of a million
        value, end = small(part[1]) * PARTS[part[2]], i + len(part[0].split())
        return _scaled(words, value, end)
    if re.fullmatch(r"[\d.,]*\d", first):
        value, end = float(first.replace(",", "")), i + 1
        if end < len(words) and words[end] in ("st", "nd", "rd", "th"):
            return value, end + 1, True
        return _scaled(words, value, end)
    if first in _ORDINALS and not (first == "second" and (i == 0 or words[i - 1] not in ("the", "a", "his", "its"))):
        return float(_ORDINALS[first]), i + 1, True
    if first in CARDINALS:
        value, end = float(CARDINALS[first]), i + 1
        rest = end + 1 if end + 1 < len(words) and words[end] == "-" else end
        if first in _TENS and rest < len(words):
            if 0 < CARDINALS.get(words[rest], 0) < 10:
                value, end = value + CARDINALS[words[rest]], rest + 1
            elif 0 < _ORDINALS.get(words[rest], 0) < 10:
                return value + _ORDINALS[words[rest]], rest + 1, True
        return _scaled(words, value, end)
    if first in ("a", "an") and i + 1 < len(words) and words[i + 1] in _SCALES and len(words[i + 1]) > 2:
        return _scaled(words, 1.0, i + 1)
    return None


def _scaled(words: Sequence[str], value: float, end: int) -> tuple[float, int, bool]:
    """The number with the scales and smaller numbers that follow: 2.5 million, two hundred and fifty."""
    scale = 1.0
    value, end = _and_a_half(words, value, end, scale)
    while end < len(words) and (words[end] in _SCALES or _is_million(words, end)):
        scale = _SCALES.get(words[end], 1e6)
        value, end = value * scale, end + 1
    value, end = _and_a_half(words, value, end, scale)
    rest = end + 1 if end < len(words) and words[end] == "and" else end
    if value >= 100 and value % 100 == 0 and rest < len(words) and words[end - 1] in _SCALES:
        smaller = read(words, rest) if words[rest] in CARDINALS else None
        if smaller is not None and smaller[0] < value and not smaller[2]:
            return value + smaller[0], smaller[1], False
        if smaller is not None and words[end - 1] == "hundred" and value < 1000 <= smaller[0] and not smaller[2]:
            if "between" in words[max(0, end - 4) : end]:
                return value, end, False
            larger = next(scale for scale in (1e9, 1e6, 1e3) if smaller[0] >= scale)
            return value * larger + smaller[0], smaller[1], False  # one hundred and twenty-five thousand
    return round(value, 6), end, False


def _and_a_half(words: Sequence[str], value: float, end: int, scale: float) -> tuple[float, int]:
    """The number with the "and a half" or "and a quarter" that follows, of its last scale."""
    part = _AND_A_HALF.match(" ".join(words[end : end + 7])) if words[end : end + 1] in (["and"], ["-"]) else None
    return (value + scale * PARTS[part[1]], end + len(part[0].split())) if part else (value, end)


def small(word: str | None) -> int:
    return CARDINALS.get(word or "", 1)


def _is_million(words: Sequence[str], place: int) -> bool:
    """Whether the "m" after a number is a million and no metre: of a currency, or of what is counted."""
    if words[place] != "m":
        return False
    following = words[place + 1] if place + 1 < len(words) else ""
    counted = following.isalpha() and following not in FUNCTION | _DIMENSIONS
    return counted or (place > 1 and words[place - 2] in CURRENCIES) or following in CURRENCIES
