"""Amounts in words, which have no number: hundreds, tens of thousands, a third of its fighters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.dates import dates
from rag.numerals import PARTS, TOKEN, small
from rag.quantities import HUMAN, Quantity, quantities, unit_of
from rag.wording import akin, plain

# Amounts in words: "tens of thousands of people", "several hundred soldiers", "two thirds of its fighters".
_VAGUE = re.compile(
    r"\b(?:(?P<more>tens|hundreds) of )?(?P<many>dozens|scores(?= of)|hundreds|thousands|millions|billions)\b|"
    r"\b(?:several|many|(?:a )?few|a couple(?: of)?) (?P<few>dozen|hundred|thousand|million|billion)\b",
    re.IGNORECASE,
)
_LEAST = {"dozens": 20, "hundreds": 100, "thousands": 1e3, "millions": 1e6, "billions": 1e9}
_MOST = 25  # times the least that such a word may stand for
_FRACTION = re.compile(
    r"\b(?<!first )(?<!second )(?<!latter )(?<!other )(?<!last )"
    r"(?:(?P<half>half) (?:of|the|its|their|his|her|all|were)|"
    r"(?P<n>a|one|two|three|four)[ -](?P<part>third|quarter|fifth|tenth)s? of)\b(?! an? \w+ion\b)",
    re.IGNORECASE,
)
_NEAR_FRACTION = 0.06  # between a fraction and the percentage that it stands for


def vague_faults(sentence: str, quotes: Sequence[str]) -> list[str]:
    """Where a sentence has another order of magnitude or fraction than its quotes have of the same; texts normal.

    "Hundreds" is borne out by 340, "half" by 52 percent; what a quote says besides is no other amount of the same.
    """
    cited = " . ".join(quotes)
    numbers = [q for q in quantities(dates(cited)[1]) if not q.ordinal]
    mine = {q.value for q in quantities(dates(sentence)[1])}
    others = [q for q in numbers if q.value not in mine]
    faults = []
    said, told = list(_vague(sentence)), list(_vague(cited))
    for name, unit in said:
        rivals = [other for other, its in told if _one_thing(unit, its) and other not in dict(said)]
        rivals += [q.said for q in others if not q.percent and unit and q.unit and _one_thing(unit, q.unit)]
        borne = any(other.endswith(name) for other, _ in told)
        borne = borne or any(_amounts_to(name, q) and _one_thing(unit, q.unit) for q in numbers)
        if rivals and not borne:
            faults.append(f"its sources say {rivals[0]}, not {name}")
    parts, fractions = dict(_fractions(sentence)), dict(_fractions(cited))
    shares = {q.value / 100: q.said for q in numbers if q.percent}
    for part, text in parts.items():
        compared = fractions | shares
        rivals = [its for value, its in compared.items() if value not in parts and 100 * value not in mine]
        if rivals and not any(abs(value - part) <= _NEAR_FRACTION for value in compared):
            faults.append(f"its sources say {rivals[0]}, not {text}")
    return faults


def _vague(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The amounts in words of a text, and what they count."""
    for match in _VAGUE.finditer(text):
        many = (match["many"] or f"{match['few']}s").lower().replace("scores", "dozens")
        words = TOKEN.findall(re.sub(r"^\s*of\b", "", text[match.end() : match.end() + 80]))
        unit = unit_of(words, [plain(word) or word for word in words], 0)
        yield f"{match['more'].lower()} of {many}" if match["more"] else many, unit


def _fractions(text: str) -> Iterator[tuple[float, str]]:
    for match in _FRACTION.finditer(text):
        if match["half"]:
            yield 0.5, "half"
        else:
            yield small(match["n"].lower()) * PARTS[match["part"].lower()], match[0].lower().removesuffix(" of")


def _one_thing(unit: Sequence[str], other: Sequence[str]) -> bool:
    """Whether both may count one thing, by the words that follow them; people are one, whatever they are called."""
    if not unit or not other:
        return True
    people = any(map(HUMAN.fullmatch, unit)) and any(map(HUMAN.fullmatch, other))
    return people or any(akin(a, b) for a in unit for b in other)


def _amounts_to(name: str, number: Quantity) -> bool:
    """Whether a number may be called by that amount in words, as far as its bound allows."""
    times = 100 if name.startswith("hundreds of") else 10 if name.startswith("tens of") else 1
    least = _LEAST[name.split()[-1]] * times
    above = number.value >= (least / 2 if number.bound in ("at least", "more than") else least)
    return above and (number.value <= _MOST * least or number.bound in ("at most", "less than"))
