"""What the figures of a statement can amount to, and whether two statements leave room for one true amount.

Figures that a source rounds or bounds ("about 75", "at least 40", "dozens") contradict only what lies outside of them;
measures are compared in one unit; parts that a sentence counts one by one also count as their sum.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rag.dates import dates
from rag.measures import UNITS, measure
from rag.quantities import HUMAN, Quantity, counts_the_same, quantities
from rag.wholes import counts_a_part, in_one_count, place_of
from rag.wording import akin, normal

Interval = tuple[float, float]

VAGUE = {
    "dozens": (20, 150), "scores": (40, 250), "hundreds": (150, 2500), "thousands": (1500, 25000), "several": (3, 15),
    "a handful": (2, 12), "a few": (2, 12), "tens of thousands": (15000, 250000), "millions": (1.5e6, 2.5e7),
    "hundreds of thousands": (1.5e5, 2.5e6),
}  # fmt: skip
_VAGUE = re.compile(rf"\b({'|'.join(sorted(VAGUE, key=len, reverse=True))})\b", re.IGNORECASE)
_SCALE = re.compile(r"\b(thousand|million|billion)\b")
# One thing, counted by two names; without them a count of homes could not be held against one of houses.
_SAME_THING = {word: words.split()[0] for words in ("homes houses dwellings", "families households", "killed died")
               for word in words.split()}  # fmt: skip
# Counted in these, an amount says nothing of an amount counted in anything else.
_WHOLES = frozenset("families homes buildings seats votes points".split())
# "a week", "an hour" as an amount of time
_ONE_UNIT = re.compile(r"\b(?:an?|one) (hour|day|week|fortnight|month|year|decade)\b")
# Behind an amount, the period that it is told for: "$5 million a month", "80 barrels of oil daily".
_PER = (
    r"(?: [\w$-]+){0,3}? (?:(?:an?|per|each|every) (hour|day|week|month|year)\b"
    r"(?! (?:ago|after|later|earlier|before|long))|"
    r"(hourly|daily|weekly|monthly|yearly)\b)"
)
# Groups of people that are told apart in a toll: a number of one is no number of another, and a part of all.
_GROUPS = {
    word: words.split()[0]
    for words in (
        "soldiers soldier troops police policemen officers guards marines conscripts servicemen",
        "militants gunmen attackers insurgents rebels terrorists fighters bombers raiders militiamen",
        "children girls boys babies infants pupils schoolchildren", "women", "foreigners tourists", "journalists",
        "monks priests nuns",
    )
    for word in words.split()
}  # fmt: skip
_ANYBODY = frozenset("people persons men individuals souls lives".split())
# Two figures of one account that are not one figure.
_ACCOUNTS = re.compile(r"\b(net|gross|operating|pre-?tax|before tax|after tax|adjusted)\b", re.IGNORECASE)
APPROXIMATE = 0.1  # how far, in parts of it, a figure called approximate may lie from the true one
ROUNDED = 0.03  # and a bare round one
CONVERTED = 0.06  # and one told in another unit


@dataclass(frozen=True, slots=True)
class Amount:
    """From ``low`` to ``high`` of what ``quantity`` counts; None where that is not told."""

    low: float
    high: float
    quantity: Quantity | None = None

    @property
    def exact(self) -> bool:
        return self.low == self.high


def is_amount(value: str) -> bool:
    """Whether a value holds a number, or words for one, that is not a date."""
    _, rest = dates(normal(value))
    return bool(quantities(rest) or _VAGUE.search(rest) or _ONE_UNIT.search(rest))


def is_vague(value: str) -> bool:
    """Whether a value gives an order of magnitude in words and no number: "dozens of people"."""
    _, rest = dates(normal(value))
    return bool(_VAGUE.search(rest)) and not quantities(rest)


def of_another_group(quantity: Quantity, question: str) -> bool:
    """Whether it counts a group of people other than the one that the question asks for: soldiers, not women."""
    asked = {_GROUPS[word] for word in re.findall(r"[a-z]+", question.lower()) if word in _GROUPS}
    counted = {_GROUPS[word] for word in quantity.unit if word in _GROUPS}
    return bool(asked and counted) and not asked & counted


def within(one: tuple[str, str], other: tuple[str, str]) -> bool:
    """Whether one reading of the first (value, sentence) fits into what the second amounts to: 46 into "dozens"."""
    return any(_can_agree(a, b) for a in _amounts(*one) for b in _amounts(*other))


def harm_told(value: str, sentence: str) -> str:
    """What the sentence says happened to those whom all figures of the value count; "" where it says no such thing."""
    harms = {amount.quantity.harm for amount in _amounts(value, sentence) if amount.quantity}
    return harms.pop() if len(harms) == 1 else ""


def outgrown(earlier: tuple[str, str], later: tuple[str, str], *, question: str = "") -> bool:
    """Whether the earlier (value, sentence) leaves open how many more there are, and the later is above it."""
    first, second = ([a for a in _amounts(*side) if a.quantity] for side in (earlier, later))
    if not first or not second or _groups(first, question) != _groups(second, question):
        return False
    return all(
        a.high == math.inf and b.low > a.low and _comparable(a.quantity, b.quantity) for a in first for b in second
    )


def amounts_differ(one: tuple[str, str], other: tuple[str, str], *, question: str = "") -> bool:
    """Whether no reading of two (value, sentence) lets both be true; False where they count different things.

    A group of people that the question does not ask for is a part of all: five children and 46 people agree.
    """
    first, second = list(_amounts(*one)), list(_amounts(*other))
    told = [a for a in first if a.quantity], [a for a in second if a.quantity]
    if told[0] and told[1] and not any(_comparable(a.quantity, b.quantity) for a in told[0] for b in told[1]):
        return False
    periods = _period(*one), _period(*other)
    if all(periods) and periods[0] != periods[1]:
        return False
    if counts_a_part(*one) != counts_a_part(*other) or _other_account(one[1], other[1]):
        return False
    groups = [_groups(amounts, question) for amounts in told]
    if groups[0] != groups[1] and not all(groups):
        part, whole = (first, second) if groups[0] else (second, first)
        return min(a.low for a in part) > max(b.high for b in whole)
    if len(told[0]) > 1 and len(told[1]) > 1:  # two breakdowns: part by part
        pairs = [(a, b) for a in told[0] for b in told[1] if _same_part(a.quantity, b.quantity)]
        if pairs:
            return not all(_can_agree(a, b) for a, b in pairs)
    return not any(_can_agree(a, b) for a in first for b in second)


def _groups(amounts: Sequence[Amount], question: str) -> set[str]:
    """The group that all of the amounts count, unless the question asks for it; none where they count several."""
    asked = {_GROUPS[word] for word in re.findall(r"[a-z]+", question.lower()) if word in _GROUPS}
    found = [
        next((_GROUPS[word] for word in amount.quantity.unit if word in _GROUPS), "")
        for amount in amounts
        if amount.quantity
    ]
    return set(found) - asked if len(set(found)) == 1 and found[0] else set()


def _other_account(one: str, other: str) -> bool:
    first, second = ({word.lower() for word in _ACCOUNTS.findall(text)} for text in (one, other))
    return bool(first and second) and not first & second


def _amounts(value: str, sentence: str) -> Iterator[Amount]:
    """What the value can amount to: its figures, their range, or their sum where they count parts of a whole."""
    _, said = dates(normal(value))
    _, around = dates(normal(sentence))
    named = [quantity.value for quantity in quantities(said)]
    found = [
        _of_group(quantity, said) for quantity in quantities(around) if quantity.value in named and not quantity.ordinal
    ]
    for match in _VAGUE.finditer(said):
        low, high = VAGUE[match[1].lower()]
        yield Amount(float(low), float(high))
    for match in _ONE_UNIT.finditer(said):
        yield from _one_unit(match, around)
    if len(found) == 2 and _a_range(found, said) and not found[0].unit:
        low, high = (quantity.value for quantity in found)
        if low < 1000 <= high and (scale := _SCALE.search(said)):  # "2.4 to 2.6 million"
            low *= 10 ** (3 * (1 + ("thousand", "million", "billion").index(scale[1])))
        yield _in_one_unit(Amount(min(low, high), max(low, high), found[1]))
        return
    yield from map(_amount, found)
    parts = _parts(around, found)
    if parts:
        yield Amount(sum(part.low for part in parts), sum(part.high for part in parts))


def _a_range(found: Sequence[Quantity], said: str) -> bool:
    """Whether two numbers of a value are its least and its most: "10 to 15", "between ten and fifteen"."""
    first = place_of(found[0], said, 0)
    second = place_of(found[1], said, first.end()) if first else None
    return bool(first and second and said[first.end() : second.start()].strip() in ("-", "to", "and"))


def _period(value: str, sentence: str) -> str:
    """The period that an amount is told for: "month" of "$5 million a month"; "" where it is told for none."""
    match = re.search(rf"{re.escape(normal(value))}{_PER}", normal(sentence), re.IGNORECASE)
    return (match[1] or match[2]).lower()[:3] if match else ""


def _of_group(quantity: Quantity, value: str) -> Quantity:
    """The quantity, with the group in front of it as what it counts where nothing follows: "a crew of 19"."""
    group = re.search(rf"\b([a-z]+) of {re.escape(quantity.text)}$", value)
    return replace(quantity, unit=(group[1],)) if group and group[1] != "total" and not quantity.unit else quantity


def _parts(sentence: str, found: Sequence[Quantity]) -> list[Amount]:
    """The counts that make a whole with the first one: "61 civilians and seven soldiers were killed"."""
    if not found:
        return []
    alike = [q for q in quantities(sentence) if q.harm == found[0].harm and q.harm and q.unit and not q.percent]
    whole = in_one_count(sentence, alike) if found[0] in alike else []
    return [_amount(q) for q in whole] if len(whole) > 1 and found[0] in whole else []


def _one_unit(match: re.Match[str], sentence: str) -> Iterator[Amount]:
    """ "a week" as an amount of time, with what bounds it."""
    days = 14.0 if match[1] == "fortnight" else UNITS[match[1]][1]
    counted = sentence.replace(match[0], match[0].replace(match[0].split()[0], "1", 1))
    for quantity in quantities(counted):
        if quantity.value == 1 and quantity.unit[:1] == (match[1],):
            yield _bounded(days, quantity)


def _amount(quantity: Quantity) -> Amount:
    return _in_one_unit(_bounded(quantity.value, quantity))


def _bounded(value: float, quantity: Quantity) -> Amount:
    match quantity.bound:
        case "at least" | "more than":
            return Amount(value, math.inf, quantity)
        case "at most" | "less than":
            return Amount(0.0, value, quantity)
        case "nearly":
            return Amount(value * (1 - APPROXIMATE), value, quantity)
        case "about":
            return Amount(value * (1 - APPROXIMATE), value * (1 + APPROXIMATE), quantity)
        case _:
            return Amount(value, value, quantity)


def _in_one_unit(amount: Amount) -> Amount:
    """In metres, square metres, kilograms, litres or days, where it is a measure."""
    size = measure(amount.quantity)[1]
    return Amount(amount.low * size, amount.high * size, amount.quantity)


def _comparable(one: Quantity | None, other: Quantity | None) -> bool:
    if one is None or other is None:
        return True
    if one.percent != other.percent or one.currency != other.currency or one.ordinal != other.ordinal:
        return False
    if one.harm and other.harm and one.harm != other.harm:
        return False
    if not one.unit or not other.unit:
        return True
    if measure(one)[0] or measure(other)[0]:
        return measure(one)[0] == measure(other)[0]
    if {one.unit[0], other.unit[0]} & _ANYBODY and all(HUMAN.fullmatch(q.unit[0]) for q in (one, other)):
        return True
    if one.harm and one.harm == other.harm and all(any(map(HUMAN.fullmatch, q.unit)) for q in (one, other)):
        groups = [{_GROUPS[word] for word in q.unit if word in _GROUPS} for q in (one, other)]
        return not all(groups) or groups[0] == groups[1]
    first, second = (_SAME_THING.get(quantity.unit[0], quantity.unit[0]) for quantity in (one, other))
    if {first, second} & _WHOLES:
        return akin(first, second)
    return counts_the_same(one, other) or counts_the_same(other, one)


def _same_part(one: Quantity | None, other: Quantity | None) -> bool:
    return bool(one and other and one.unit and other.unit and akin(one.unit[-1], other.unit[-1]))


def _can_agree(one: Amount, other: Amount) -> bool:
    slack = CONVERTED if _converted(one, other) else 0.0
    if one.low * (1 - slack) <= other.high and other.low * (1 - slack) <= one.high:
        return True
    if one.exact and other.exact:
        low, high = sorted((one.low, other.low))
        return high - low <= ROUNDED * high and any(map(_is_round, (one, other)))
    return False


def _converted(one: Amount, other: Amount) -> bool:
    return measure(one.quantity) != measure(other.quantity) and None not in (one.quantity, other.quantity)


def _is_round(amount: Amount) -> bool:
    """Whether the number as told has at most two digits that are not zeros at its end, of three or more."""
    value = amount.low if amount.quantity is None else amount.quantity.value
    digits = f"{value:.0f}"
    return len(digits) >= 3 and len(digits.rstrip("0")) <= max(1, len(digits) - 2)
