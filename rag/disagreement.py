"""Two sources on one question: do they contradict each other, or does it only look so?

Values are compared only where they are of one thing: the same event, day, place, unit and moment. Figures that one
source rounds or bounds ("about 75", "at least 40") contradict only what lies outside of them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from rag.agreement import agree
from rag.dates import When, dates, resolved
from rag.lexical import STOPWORDS
from rag.quantities import Quantity, counts_the_same, quantities
from rag.spelling import difference, fold
from rag.wording import akin, normal

Interval = tuple[float, float]
Kind = Literal["quantity", "date", "name", ""]

VAGUE = {
    "dozens": (20, 150), "scores": (40, 250), "hundreds": (150, 2500), "thousands": (1500, 25000), "several": (3, 15),
    "a handful": (2, 12), "a few": (2, 12), "tens of thousands": (15000, 250000), "millions": (1.5e6, 2.5e7),
    "hundreds of thousands": (1.5e5, 2.5e6),
}  # fmt: skip
_VAGUE = re.compile(rf"\b({'|'.join(sorted(VAGUE, key=len, reverse=True))})\b", re.IGNORECASE)
_SCALE = re.compile(r"\b(thousand|million|billion)\b")
MEASURES = frozenset(
    """kilometres kilometers km miles mile metres meters feet yards hectares acres tonnes tons kilos kilograms pounds
    litres liters gallons barrels hours minutes seconds days weeks months years decades degrees families households
    houses homes buildings seats votes points""".split()
)
APPROXIMATE = 0.1  # how far, in parts of it, a figure called approximate may lie from the true one
ROUNDED = 0.03  # and a bare round one
ALIKE = 0.25  # the largest ``rag.spelling.difference`` of two spellings of one name
_COUNTED = re.compile(
    r"^\W*(?:how (?:many|much|old|tall|long|far|large|big|high|fast|heavy|deep)|"
    r"what (?:share|percentage|proportion|sum|amount|number|fine|price))\b",
    re.IGNORECASE,
)
_WHERE = re.compile(r"^\W*where\b", re.IGNORECASE)
# One answer is asked for where the question is about one thing; the members of a list do not contradict each other.
_SEVERAL = re.compile(
    r"^\W*(?:which|what)\s+(?:\w+\s+)?(?:[a-z]+(?<!s)s|people|men|women|children|countries|parties)\b(?!['’])|"
    r"^\W*(?:who (?:are|were|else)|name (?:some|the)|list|why|how (?!many|much|long|old|far))\b",
    re.IGNORECASE,
)
# What a later text says when things have changed since an earlier one: of who or where, and of how many.
_CHANGE = {
    "name": re.compile(
        r"\b(?:now|newly|new|former|formerly|successor|succeeded|succeeds|replaced|replaces|(?:took|takes|taken) over|"
        r"appointed|became|becomes|no longer|current|currently|previously|has since|since then|until then|moved)\b",
        re.IGNORECASE,
    ),
    "quantity": re.compile(
        r"\b(?:now|rose|risen|rises|climbed|climbs|up from|down from|revised|updated|as of|no longer|currently|so far|"
        r"has since|since then|by then|still|dropped to|fell to|fallen to|grown to|reached)\b",
        re.IGNORECASE,
    ),
}
# Of what is, not of what happened: two texts that lie far apart tell of two states.
_PRESENT = re.compile(
    r"^\W*(?:who|what|where|which|how)\b(?:(?! (?:was|were|did|had) ).)*?\b(?:is|are|does|do|has|have|leads|heads|runs|"
    r"holds|rules|owns|controls|commands|governs|chairs)\b",
    re.IGNORECASE,
)
ANOTHER_TIME = 180  # days
SIDE_MARGIN = 2.0  # below the reader's best score: what contradicts it must itself be so near
_PLACE = re.compile(
    r"\b(?:in|at|near|outside|from|around|on|of|to|toward|towards|off)\s+(?:(?:the|central|northern|southern|eastern|"
    r"western|northeastern|northwestern|southeastern|southwestern|town|city|village|province|district|region|port|of)\s+){0,5}"
    r"((?:[A-Z][\w'’-]+)(?:[\s-]+[A-Z][\w'’-]+)*)"
)
NAMES = re.compile(r"[A-Z][\w'’-]+(?:\s+(?:(?:al|bin|ibn|de|van|von)[\s-]+)?[A-Z][\w'’-]+)*")
_CAPITAL = re.compile(r"\b[A-Z][^\W\d_]{2,}")
_CALENDAR = frozenset(
    """january february march april may june july august september october november december monday tuesday wednesday
    thursday friday saturday sunday""".split()
)


@dataclass(frozen=True, slots=True)
class Statement:
    """What one source says to a question: ``value``, words of ``sentence``, in a text of that title and day."""

    value: str
    sentence: str
    title: str = ""
    published: date | None = None


def may_contradict(score: float, best: float) -> bool:
    """Whether a finding is sure enough, beside the best one, for its contradiction to count."""
    return score > max(0.0, best - SIDE_MARGIN)


def succeeds(question: str, later: Statement, earlier: Statement) -> bool:
    """Whether a later text gives the same state another holder and says that it changed: "the new leader is X"."""
    if later.published is None or earlier.published is None or later.published <= earlier.published:
        return False
    names = _kind(question, later) == _kind(question, earlier) == "name" and bool(_PRESENT.match(question))
    changed = names and bool(_CHANGE["name"].search(later.sentence))
    return changed and not same_name(later.value, earlier.value) and not _in_question(question, later.value)


def disagree(question: str, one: Statement, other: Statement) -> bool:
    """Whether both speak of the same thing and cannot both be right."""
    kind = _kind(question, one)
    if kind != _kind(question, other) or not kind or (kind == "name" and asks_for_several(question)):
        return False
    if kind == "name" and any(_in_question(question, statement.value) for statement in (one, other)):
        return False
    if not _same_occasion(question, one, other, kind) or _moved_on(question, one, other, kind):
        return False
    match kind:
        case "quantity":
            return _figures_differ(one, other)
        case "date":
            return not _meet(_stated(one.value, one), _stated(other.value, other))
        case _:
            return not same_name(one.value, other.value)


def speaks_of(question: str, text: str) -> bool:
    """Whether at least half of the names in the question stand in the text in some spelling; True where it has none."""
    asked = [fold(word) for word in _CAPITAL.findall(question) if word.lower() not in STOPWORDS | _CALENDAR]
    held = {fold(word) for word in _CAPITAL.findall(text)}
    found = [word in held or any(difference(word, other) <= ALIKE for other in held) for word in asked if word]
    return 2 * sum(found) >= len(found)


def asks_for_several(question: str) -> bool:
    """Whether the question wants a list or a reason, of which each source may tell a part."""
    return bool(_SEVERAL.match(question))


def _in_question(question: str, name: str) -> bool:
    return any(same_name(name, run) for run in NAMES.findall(question))


def _kind(question: str, statement: Statement) -> Kind:
    dated, rest = dates(normal(statement.value))
    if _WHERE.match(question):
        return "name"
    if quantities(rest) or _VAGUE.search(rest):
        return "quantity"
    if _COUNTED.match(question):
        return ""
    if dated:
        return "date"
    return "name" if any(character.isupper() for character in statement.value) else ""


def _same_occasion(question: str, one: Statement, other: Statement, kind: Kind) -> bool:
    """Whether nothing says that the two speak of different days or places, or not of those asked about."""
    if kind != "date":
        asked = [when for when in dates(normal(question))[0] if not when.relative]
        first, second = (_around(statement) for statement in (one, other))
        for these, those in ((first, second), (first, asked), (second, asked)):
            if these and those and not _meet(these, those):
                return False
    return kind == "name" or not _elsewhere(one, other)


def _around(statement: Statement) -> list[When]:
    """The days that a sentence speaks of, as far as they are known."""
    return _stated(statement.sentence, statement)


def _stated(text: str, statement: Statement) -> list[When]:
    """The dates of a text, each in every way that it can be meant; one without an anchor says nothing."""
    ways: list[When] = []
    for when in dates(normal(text))[0]:
        meant = list(resolved(when, statement.published))
        ways += meant[1:] or [way for way in meant if not way.relative or way.weekday is not None]
    return ways


def _meet(these: Sequence[When], those: Sequence[When]) -> bool:
    """Whether one of these can be the same as one of those; True where there is nothing to tell."""
    if not these or not those:
        return True
    return any(
        all(
            getattr(a, part) is None or getattr(b, part) is None or getattr(a, part) == getattr(b, part)
            for part in ("year", "month", "day", "weekday", "decade", "century")
        )
        for a in these
        for b in those
    )


def _elsewhere(one: Statement, other: Statement) -> bool:
    """Whether each names a place and they have none in common."""
    first, second = (_places(statement) for statement in (one, other))
    return bool(first and second) and not any(same_name(a, b) for a in first for b in second)


def _places(statement: Statement) -> set[str]:
    found = {match[1] for match in _PLACE.finditer(statement.sentence)}
    return {name for name in found if name.split()[0].lower() not in _CALENDAR and name not in statement.value}


def _moved_on(question: str, one: Statement, other: Statement, kind: Kind) -> bool:
    """Whether the later of two texts tells that things changed: that is news, not a contradiction."""
    if kind == "date" or one.published is None or other.published is None or one.published == other.published:
        return False
    earlier, later = sorted((one, other), key=lambda statement: statement.published or date.min)
    apart = (later.published - earlier.published).days if later.published and earlier.published else 0
    return bool(_CHANGE[kind].search(later.sentence)) or (apart > ANOTHER_TIME and bool(_PRESENT.match(question)))


def _figures_differ(one: Statement, other: Statement) -> bool:
    """Whether no reading of the two figures lets both be true."""
    first, second = list(_figures(one)), list(_figures(other))
    told = [q for _, q in first if q], [q for _, q in second if q]
    if told[0] and told[1] and not any(_comparable(a, b) for a in told[0] for b in told[1]):
        return False
    if len(told[0]) > 1 and len(told[1]) > 1:  # two breakdowns: part by part
        pairs = [(a, b) for a in told[0] for b in told[1] if a.unit and b.unit and akin(a.unit[-1], b.unit[-1])]
        if pairs:
            return not all(_can_agree(_interval(a), _interval(b)) for a, b in pairs)
    return not any(_can_agree(a, b) for a, _ in first for b, _ in second)


def _comparable(one: Quantity, other: Quantity) -> bool:
    if one.percent != other.percent or one.currency != other.currency or one.ordinal != other.ordinal:
        return False
    if one.harm and other.harm and one.harm != other.harm:
        return False
    if not one.unit or not other.unit:
        return True
    if {one.unit[0], other.unit[0]} & MEASURES:
        return akin(one.unit[0], other.unit[0])
    return counts_the_same(one, other) or counts_the_same(other, one)


def _can_agree(one: Interval, other: Interval) -> bool:
    if one[0] <= other[1] and other[0] <= one[1]:
        return True
    if one[0] == one[1] and other[0] == other[1]:
        low, high = sorted((one[0], other[0]))
        return high - low <= ROUNDED * high and any(_is_round(value) for value in (low, high))
    return False


def _is_round(value: float) -> bool:
    """Whether it has at most two digits that are not zeros at its end, of three or more."""
    digits = f"{value:.0f}"
    return len(digits) >= 3 and len(digits.rstrip("0")) <= max(1, len(digits) - 2)


def _figures(statement: Statement) -> Iterator[tuple[Interval, Quantity | None]]:
    """What the value can amount to: its figures, their range, or their sum where they count parts of a whole."""
    _, value = dates(normal(statement.value))
    _, sentence = dates(normal(statement.sentence))
    named = [quantity.value for quantity in quantities(value)]
    found = [quantity for quantity in quantities(sentence) if quantity.value in named and not quantity.ordinal]
    for match in _VAGUE.finditer(value):
        low, high = VAGUE[match[1].lower()]
        yield (float(low), float(high)), None
    if len(found) == 2 and re.search(r"\d\s*(?:-|to|and)\s*\d", value) and not found[0].unit:
        low, high = (quantity.value for quantity in found)
        if low < 1000 <= high and (scale := _SCALE.search(value)):  # "2.4 to 2.6 million"
            low *= 10 ** (3 * (1 + ("thousand", "million", "billion").index(scale[1])))
        yield (min(low, high), max(low, high)), found[1]
        return
    for quantity in found:
        yield _interval(quantity), quantity
    parts = _parts(sentence, found)
    if parts:
        bounds = [_interval(part) for part in parts]
        yield (sum(low for low, _ in bounds), sum(high for _, high in bounds)), None


def _parts(sentence: str, found: Sequence[Quantity]) -> list[Quantity]:
    """The counts that make a whole with the first one: "61 civilians and seven soldiers were killed"."""
    if not found:
        return []
    alike = [q for q in quantities(sentence) if q.harm == found[0].harm and q.harm and q.unit and not q.percent]
    return alike if len(alike) > 1 and found[0] in alike else []


def _interval(quantity: Quantity) -> Interval:
    value = quantity.value
    match quantity.bound:
        case "at least" | "more than":
            return value, math.inf
        case "at most" | "less than":
            return 0.0, value
        case "nearly":
            return value * (1 - APPROXIMATE), value
        case "about":
            return value * (1 - APPROXIMATE), value * (1 + APPROXIMATE)
        case _:
            return value, value


def same_name(one: str, other: str) -> bool:
    """Whether two names are one, spelt or given more or less fully."""
    if agree(one, other):
        return True
    first, second = ({fold(word) for word in re.findall(r"[^\W\d_]+", name)} - STOPWORDS for name in (one, other))
    shorter, longer = sorted(({w for w in words if len(w) > 2} for words in (first, second)), key=len)
    return bool(shorter) and all(any(difference(word, held) <= ALIKE for held in longer) for word in shorter)
