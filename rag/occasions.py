"""Whether two statements speak of one occasion: the same day, the same place, the people and places asked about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from rag.agreement import agree
from rag.attribution import without_attribution
from rag.dates import When, dates, resolved, weekday
from rag.lexical import STOPWORDS
from rag.naming import with_acronyms
from rag.spelling import difference, fold
from rag.wording import COUNTRIES, normal, unified, unlike

ALIKE = 0.25  # the largest ``rag.spelling.difference`` of two spellings of one name
_PLACE = re.compile(
    r"\b(?:in|at|near|outside|from|around|on|to|toward|towards|off|(?:north(?:east|west)?|south(?:east|west)?|east|west|"
    r"outskirts|edge|suburb|capital) of)\s+"
    r"(?:(?:the|central|northern|southern|eastern|western|northeastern|northwestern|southeastern|southwestern|town|city|"
    r"village|province|district|region|port|of)\s+){0,5}((?:[A-Z][\w'’-]+)(?:[\s-]+[A-Z][\w'’-]+)*)"
)
NAMES = re.compile(r"[A-Z][\w'’-]+(?:\s+(?:(?:al|bin|ibn|de|van|von)[\s-]+)?[A-Z][\w'’-]+)*")
_CAPITAL = re.compile(r"\b[A-Z][^\W\d_]{2,}")
_CALENDAR = frozenset(
    """january february march april may june july august september october november december monday tuesday wednesday
    thursday friday saturday sunday""".split()
)
_PARTS = ("year", "month", "day", "weekday", "decade", "century")  # of a ``When``
RANKS = frozenset(
    """gen general col colonel maj major capt captain lt lieutenant sgt sergeant brig brigadier adm admiral dr doctor
    prof professor mr mrs ms miss sir lord lady sheikh president prime minister king queen prince princess pope bishop
    judge governor senator mayor commander leader deputy former""".split()
)


@dataclass(frozen=True, slots=True)
class Statement:
    """What one source says to a question: ``value``, words of ``sentence``, in a text of that title and day.

    ``before`` is the sentence before it, which tells the day and the place where this one does not.
    """

    value: str
    sentence: str
    title: str = ""
    published: date | None = None
    before: str = ""


def same_occasion(question: str, one: Statement, other: Statement, *, days: bool = True, places: bool = True) -> bool:
    """Whether nothing says that the two speak of different days or places, or not of those asked about."""
    if days:
        asked = [when for when in dates(normal(question))[0] if not when.relative]
        first, second = (_days(statement) for statement in (one, other))
        for these, those in ((first, second), (first, asked), (second, asked)):
            if these and those and not meet(these, those):
                return False
    return not places or not _elsewhere(one, other)


def speaks_of(question: str, text: str) -> bool:
    """Whether at least half of the names in the question stand in the text in some spelling; True where it has none."""
    found = _names_found(question, text)
    return 2 * sum(found) >= len(found)


def names_all(question: str, text: str) -> bool:
    """Whether every name in the question stands in the text in some spelling."""
    return all(_names_found(question, text))


def placed_elsewhere(question: str, statement: Statement) -> bool:
    """Whether a sentence that has no name of the question has a place of its own: the names before it are others'."""
    told = normal(without_attribution(statement.sentence))
    return not any(_names_found(question, told)) and bool(_places_in(told, statement.value))


def on_the_day(question: str, statement: Statement) -> bool:
    """Whether the statement tells of the day, month or year that the question names; True where it names none."""
    asked = [when for when in dates(normal(question))[0] if not when.relative]
    told = _days(statement)
    if not asked or on_the_very_day(question, statement):
        return True
    shared = any(getattr(a, part) == getattr(b, part) is not None for a in asked for b in told for part in _PARTS[:3])
    return shared and meet(told, asked)


def on_the_very_day(question: str, statement: Statement) -> bool:
    """Whether the question names a day of a month, and the statement it too, or the day of the week that it was."""
    asked = [when for when in dates(normal(question))[0] if when.month and when.day]
    told = _days(statement)
    return any(_one_day(a, b) for a in asked for b in told) and meet(told, asked)


def _one_day(asked: When, told: When) -> bool:
    if (told.month, told.day) == (asked.month, asked.day):
        return True
    return told.weekday is not None and told.day is None and told.weekday == weekday(asked)


def stated(text: str, published: date | None) -> list[When]:
    """The dates of a text, each in every way that it can be meant; one without an anchor says nothing."""
    ways: list[When] = []
    for when in dates(normal(text))[0]:
        meant = list(resolved(when, published))
        ways += meant[1:] or [way for way in meant if not way.relative or way.weekday is not None]
    return ways


def _last(text: str, published: date | None) -> list[When]:
    """The last date of a text: of what follows it, the one that holds."""
    found, _ = dates(normal(text))
    if not found:
        return []
    places = [(normal(text).rfind(when.text), when.text) for when in found]
    return stated(max(places)[1], published)


def meet(these: Sequence[When], those: Sequence[When]) -> bool:
    """Whether one of these can be the same as one of those; True where there is nothing to tell."""
    if not these or not those:
        return True
    return any(
        all(
            getattr(a, part) is None or getattr(b, part) is None or getattr(a, part) == getattr(b, part)
            for part in _PARTS
        )
        for a in these
        for b in those
    )


def same_name(one: str, other: str) -> bool:
    """Whether two names are one, spelt or given more or less fully, with or without a rank."""
    one, other = with_acronyms(unified(one), unified(other))
    first, second = (_name_words(name) for name in (one, other))
    if unlike(first, second):
        return False
    if agree(one, other):
        return True
    if first and second and difference("".join(first), "".join(second)) <= ALIKE / 2:
        return True
    shorter, longer = sorted(([w for w in words if len(w) > 2] for words in (first, second)), key=len)
    return bool(shorter) and all(any(_alike(word, held) for held in longer) for word in shorter)


def _alike(word: str, other: str) -> bool:
    return difference(word, other) <= ALIKE and not unlike((word,), (other,))


def _name_words(name: str) -> list[str]:
    words = [_folded(word) for word in re.findall(r"[^\W\d_]+", name)]
    return [word for word in words if word and word not in STOPWORDS | RANKS]


def _folded(word: str) -> str:
    folded = fold(word)
    return COUNTRIES.get(folded, folded)


def _names_found(question: str, text: str) -> list[bool]:
    """Of each name of the question whether the text has it."""
    capitals = _CAPITAL.findall(unified(question))
    asked = [_folded(word) for word in capitals if word.lower() not in STOPWORDS | _CALENDAR]
    held = {_folded(word) for word in _CAPITAL.findall(unified(text))}
    return [word in held or any(_alike(word, other) for other in held) for word in asked if word]


def _days(statement: Statement) -> list[When]:
    """The days that a sentence speaks of, else those of the sentence before it."""
    told = stated(without_attribution(statement.sentence), statement.published)
    return told or _last(without_attribution(statement.before), statement.published)


def _elsewhere(one: Statement, other: Statement) -> bool:
    """Whether each names a place, and none that the other names too, if only in its title."""
    places = [_places(statement) for statement in (one, other)]
    named = [own | set(NAMES.findall(normal(s.title))) for own, s in zip(places, (one, other), strict=True)]
    return all(places) and not (_in_common(places[0], named[1]) or _in_common(places[1], named[0]))


def _in_common(names: set[str], others: set[str]) -> bool:
    return any(same_name(name, other) for name in names for other in others)


def _places(statement: Statement) -> set[str]:
    for sentence in (statement.sentence, statement.before):
        if places := _places_in(normal(without_attribution(sentence)), statement.value):
            return places
    return set()


def _places_in(told: str, value: str) -> set[str]:
    found = {match[1] for match in _PLACE.finditer(told)}
    return {name for name in found if name.split()[0].lower() not in _CALENDAR and name not in value}
