"""Lines that say who wrote an article and when: "By Jane Doe", "Published: 12 March 2024", or both in one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from rag.parsers.dates import find_date

MAX_CHARACTERS = 160  # a longer line is prose, whatever it begins with

_BY = re.compile(r"^(?:(?:written|reported|story|text|words|edited)\s+)?by\b:?\s+|^authors?\s*:\s*", re.I)
_NAME = r"(?:[^\W\d_a-zß-öø-ÿ][\w.'’-]*|de|del|der|van|von|den|al|el|bin|ibn|la|le|di|da|dos|y|ter|ten)"
_NAMES = re.compile(rf"^{_NAME}(?:\s+{_NAME}){{1,4}}$")
_BETWEEN_NAMES = re.compile(r"\s*(?:,\s*(?:and\s+)?|;|\s&\s|\sand\s)\s*")
_LABEL = re.compile(
    r"^(?:(?:first|originally|last)\s+)?"
    r"(?:(published|posted|issued|filed|released|dated?)|(updated|modified|revised))(?:\s+(?:on|at))?\s*:?\s*",
    re.I,
)
_CLOCK = re.compile(
    r"^(?:(?:at|\|)\s*)?\d{1,2}[:.]\d\d(?::\d\d)?\s*(?:[ap]\.?m\.?)?"
    r"(?:\s*(?:[A-Z]{2,4}|[+-]\d\d:?\d\d))?\b\.?",
    re.I,
)
_READING_TIME = re.compile(r"^\d+\s*min(?:ute)?s?(?:\s+read)?$", re.I)
_PLACE = re.compile(r"^[A-Z][\w'’-]+(?:[ ,]+[A-Z][\w.'’-]+){0,2}$")
_PARTS = re.compile(r"\s*[|•·–—]\s*|\s+-\s+")
_EDGES = " \t\xa0.,;:|•·–—-()"


@dataclass(frozen=True, slots=True)
class Byline:
    """What such a line says. ``updated``: the date is that of a revision, so a date of publication goes
    first."""

    authors: tuple[str, ...] = ()
    published: date | None = None
    updated: bool = False


def byline(line: str) -> Byline | None:
    """The line read as author and date; None for a line that says anything else besides."""
    if len(line) > MAX_CHARACTERS:
        return None
    found = find_date(line)
    if found is None:
        names = authors(line)
        return Byline(names) if names else None
    day, start, end = found
    before = line[:start].strip(_EDGES)
    label = _LABEL.match(line[:start].strip())
    if label:
        before = line[:start].strip()[label.end() :].strip(_EDGES)
    after = _after_date(line[end:])
    if after is None or (before and after):
        return None
    rest = before or after
    names = authors(rest)
    place = line[:start].rstrip().endswith(",") and _PLACE.match(before) and not label
    if rest and not names and not place:
        return None
    return Byline(names, day, bool(label and label[2]))


def authors(line: str) -> tuple[str, ...]:
    """The names behind "By"; none unless each looks like one. What follows a bar ("By X | Agency") is
    dropped."""
    match = _BY.match(line)
    if match is None:
        return ()
    credit = _PARTS.split(line[match.end() :].strip(_EDGES + "."))[0]
    names = [name.strip() for name in _BETWEEN_NAMES.split(credit) if name.strip()]
    if not names or not _NAMES.match(names[0]):
        return ()
    return tuple(_cased(name) for name in names if _NAMES.match(name))


def _cased(name: str) -> str:
    return name.title() if name.isupper() else name


def _after_date(text: str) -> str | None:
    """What is left behind a date once the time of day, a second date and the reading time are gone."""
    rest = text.strip(_EDGES)
    rest = _CLOCK.sub("", rest, count=1).strip(_EDGES)
    second = find_date(rest)
    if second is not None and _LABEL.match(rest):
        rest = _CLOCK.sub("", rest[second[2] :].strip(_EDGES), count=1).strip(_EDGES)
    if _READING_TIME.match(rest):
        return ""
    return rest if len(rest.split()) <= 8 else None
