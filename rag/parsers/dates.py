"""Dates as articles print them. A date that can be read in two ways is not read at all."""

from __future__ import annotations

import re
from calendar import month_name
from datetime import date

_MONTHS = {name[:n].lower(): i for i, name in enumerate(month_name) for n in (3, len(name)) if i} | {"sept": 9}
_MONTH = "(" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\b\.?"
_DAY, _YEAR = r"(\d{1,2})(?:st|nd|rd|th)?", r"((?:1[6-9]|20)\d\d)"
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b\.?,?\s+)?"
_CLOCK = r"(?:[T\s]+\d{1,2}:\d\d(?::\d\d)?(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?)?"

# Each pattern with the order in which its groups give year, month and day.
_PATTERNS = [
    (re.compile(rf"{_WEEKDAY}\b{_DAY}\s+(?:of\s+)?{_MONTH},?\s+{_YEAR}\b", re.I), (3, 2, 1)),
    (re.compile(rf"{_WEEKDAY}\b{_MONTH}\s+{_DAY},?\s+{_YEAR}\b", re.I), (3, 1, 2)),
    (re.compile(rf"\b{_YEAR}-(\d\d)-(\d\d){_CLOCK}(?!\d)"), (1, 2, 3)),
    (re.compile(rf"\b{_YEAR}/(\d\d)/(\d\d)\b"), (1, 2, 3)),
    (re.compile(rf"{_WEEKDAY}\b(\d{{1,2}})\.(\d{{1,2}})\.{_YEAR}\b", re.I), (3, 2, 1)),
    (re.compile(rf"\b(\d{{1,2}})/(\d{{1,2}})/{_YEAR}\b"), (3, 2, 1)),
]
_EITHER_WAY = _PATTERNS[-1][0]  # 3/4/2024: March or April, unless one of the two can only be the day

# "Morning Digest: May 1, 2023" is dated; "The attack of May 1, 2023" only mentions a date.
_DATED_TITLE = re.compile(r"(?:^|[:|,–—(-])\s*$")
# "KABUL, May 1, 2023 (AP) — The first words": the dateline of a news agency.
_PLACE = re.compile(r"^[A-Z][\w .'’/()-]{1,40},\s*$")
_AFTER_DATELINE = re.compile(r"^\s*(?:\([^)]{1,30}\)|/[^/]{1,30}/)?\s*(?:[–—]|--?\s)")


def find_date(text: str) -> tuple[date, int, int] | None:
    """The first full date in the text and where it stands; None where there is none, or it is ambiguous."""
    found = []
    for pattern, groups in _PATTERNS:
        for match in pattern.finditer(text):
            if (day := _as_date(match, pattern is _EITHER_WAY, *groups)) is not None:
                found.append((match.start(), -match.end(), day))
    if not found:
        return None
    start, end, day = min(found)
    return day, start, -end


def date_of_title(title: str) -> date | None:
    """The date that a title carries as its own: at its end behind a separator, or an ISO date at its
    start."""
    found = find_date(title)
    if found is None:
        return None
    day, start, end = found
    if start == 0 and (re.match(r"\d{4}-", title) or end == len(title)):
        return day
    return day if _DATED_TITLE.search(title[:start]) and not title[end:].strip(" ).") else None


def date_of_dateline(paragraph: str) -> date | None:
    """The date of a paragraph that opens with place, full date and a dash, as agency reports do."""
    found = find_date(paragraph[:120])
    if found is None:
        return None
    day, start, end = found
    return day if _PLACE.match(paragraph[:start]) and _AFTER_DATELINE.match(paragraph[end:]) else None


def _as_date(match: re.Match[str], either_way: bool, year: int, month: int, day: int) -> date | None:
    name = match[month].lower()
    m, d = _MONTHS.get(name) or int(name), int(match[day])
    if either_way and m <= 12 and d <= 12 and m != d:
        return None
    if either_way and m > 12:
        m, d = d, m
    try:
        return date(int(match[year]), m, d)
    except ValueError:
        return None
