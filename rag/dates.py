"""Dates in English text, as far as it tells them: "22 March" lacks its year, "yesterday" is a day by its article's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta

_MONTHS = "january february march april may june july august september october november december".split()
_DAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
    "sixteenth seventeenth eighteenth nineteenth twentieth twenty-first"
).split()
_COUNTS = {word: n for n, word in enumerate("a one two three four five six seven eight nine ten".split())} | {"a": 1}
_MONTH = (
    r"(?P<month>Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|"
    r"Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\b\.?"
)
_DAY = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th)?\b"
_ALSO = r"(?:\s*(?:-|to|and|or)\s*(?P<also>[0-3]?\d)(?:st|nd|rd|th)?\b)?"
_YEAR = r"(?P<year>1\d{3}|20\d{2})\b(?!,\d|\.\d)"
_WEEKDAY = r"(?P<weekday>(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)"
_CENTURY = rf"(?P<century>\d\d?(?=st|nd|rd|th)|(?i:{'|'.join(reversed(_ORDINALS))}))(?:st|nd|rd|th)?"
_PLURAL = r"(?!was|has|is|his|its|this)[a-z]{2,}s"  # after four digits that count something: 1250 soldiers
# Tried in this order; what one has taken the next do not see.
_PATTERNS = [
    re.compile(pattern)
    for pattern in (
        rf"\b{_YEAR}-(?P<month>[01]\d)-{_DAY}",
        rf"(?:\b{_WEEKDAY},? (?:the )?)?(?<![\d.,]){_DAY}{_ALSO} (?:of )?{_MONTH}(?:,? {_YEAR})?",
        rf"(?:\b{_WEEKDAY},? )?\b{_MONTH} (?:the )?{_DAY}(?!,\d|\.\d){_ALSO}(?:,? {_YEAR})?",
        rf"\b{_MONTH},? (?:of )?{_YEAR}",
        rf"\b{_CENTURY}(?:[- ](?:and|to|or)? ?{_CENTURY.replace('century', 'century2')})?[ -](?i:centur)(?:y|ies)\b"
        r"(?P<bc> B\.?C\.?E?)?",
        r"\b(?P<decade>1\d\d0|20\d0) ?'?s\b",
        r"(?<![\d.,])(?P<year>\d{1,4})(?P<bc> B\.?C\.?E?\b)",
        r"\b(?:AD|A\.D\.) (?P<year>\d{1,4})\b|(?<![\d.,])(?P<year2>\d{1,4}) (?:AD|A\.D\.|CE)\b",
        r"(?<![\d.,$£€-])(?P<year>1\d{3}|20\d{2}) ?[-/] ?(?P<until>\d\d)\b(?![,.]?\d)",
        rf"(?<![\d.,$£€])(?<!\w-){_YEAR}(?!%|-\w| (?:people|men|women|percent|{_PLURAL})\b)",
        rf"(?:(?<=\b[Ii]n )|(?<=\b[Bb]y )|(?<=[Ss]ince )|(?<=[Ff]rom )|(?<=ntil )|(?<=and )){_YEAR}",
        rf"(?i:\b(?P<count>\d{{1,3}}|{'|'.join(_COUNTS)}) (?P<unit>day|week|month|year)s? ago\b)",
        r"(?i:\b(?P<word>yesterday|today|tonight|tomorrow|this (?:morning|afternoon|evening))\b)",
        r"(?i:\b(?P<which>last|this|next|previous|earlier this|later this) (?P<unit>week|month|year)\b)",
        rf"(?i:\b(?P<which>last|this|next) )?\b{_WEEKDAY}\b",
        rf"(?<!\w)(?!Ma(?:y|rch) (?:[a-z]{{4,}}|be|not)\b){_MONTH}(?![a-z'])",
    )
]
_STEPS = {"yesterday": -1, "tomorrow": 1}
_SPANS = {"day": 1, "week": 7}
# Days: a day without its year was less than a year before its article, or is to come within half a year.
_UNDATED_BEFORE, _UNDATED_AFTER = 350, 183


@dataclass(frozen=True, slots=True)
class When:
    """What a text says of a date, each part None where it does not; years before Christ are negative.

    ``relative`` is what counts from the day of the text ("yesterday", "last week"), in small letters.
    """

    text: str
    year: int | None = None
    month: int | None = None
    day: int | None = None
    weekday: int | None = None
    decade: int | None = None
    century: int | None = None
    relative: str = ""


def dates(text: str) -> tuple[list[When], str]:
    """The dates of a normal text (``rag.wording.normal``), and the text with spaces in their place."""
    found: list[When] = []
    for pattern in _PATTERNS:
        found += [when for match in pattern.finditer(text) for when in _read(match)]
        text = pattern.sub(lambda match: " " * len(match[0]), text)
    return found, text


def date_faults(
    said: Sequence[When],
    cited: Sequence[tuple[Sequence[When], date | None]],
    known: Sequence[When],
    numbers: set[float],
) -> list[str]:
    """What is wrong with the dates of a sentence by those of its quotes, each with the day that its text is from.

    ``numbers`` of the quotes may be years. What only the question says may stand where no quote says otherwise, or
    where it is the year or month that its text is from.
    """
    told = [when for quote, published in cited for date in quote for when in resolved(date, published)]
    years = {when.year for when in told if when.year is not None}
    days = [_full(When(""), published) for _, published in cited if published is not None]
    written = [one for one in said if one.day is None and any(_bears_out(day, one, set()) for day in days)]
    faults = []
    for one in said:
        borne = any(_bears_out(other, one, years) for other in told)
        number = one.year is not None and one.month is None and one.year in numbers
        in_question = any(_bears_out(other, one, years) for other in known)
        open_to_it = one in written or not any(_rivals(other, one) for other in told)
        if not (borne or number or (in_question and open_to_it)):
            faults.append(f"the date {one.text} is not in its sources")
    return faults


def resolved(when: When, published: date | None) -> Iterator[When]:
    """What the date may be, with the parts that follow from the others and from the day that its text is from."""
    yield when
    if published is not None:
        with suppress(OverflowError):  # the calendar begins in the year 1
            yield from _counted_from(when, published)


def _counted_from(when: When, published: date) -> Iterator[When]:
    if when.relative in ("last", "next", "this") or (when.weekday is not None and when.day is None):
        for back in range(-7, 14):
            day = published - timedelta(back)
            ahead = when.relative == "next"
            fits = back < 0 if ahead else back >= 0 if when.relative != "this" else True
            if day.weekday() == when.weekday and (fits if when.relative else 0 <= back < 7):
                yield _full(when, day)
    elif when.relative:
        yield from _counted(when, published)
    elif when.month is not None and when.year is None:
        for year in (published.year - 1, published.year, published.year + 1):
            try:
                day = date(year, when.month, when.day or 15)
            except ValueError:
                continue
            if -_UNDATED_BEFORE <= (day - published).days <= _UNDATED_AFTER:
                yield _full(when, day) if when.day is not None else replace(when, year=year)


def _full(when: When, day: date) -> When:
    return replace(when, year=day.year, month=day.month, day=day.day, weekday=day.weekday())


def _counted(when: When, published: date) -> Iterator[When]:
    """The days that "yesterday", "two weeks ago" or "last month" may be."""
    *count, unit = when.relative.split()
    if when.relative in ("yesterday", "today", "tomorrow"):
        yield _full(when, published + timedelta(_STEPS.get(when.relative, 0)))
    elif count[0].lstrip("-").isdigit():
        steps = int(count[0])
        if unit in ("day", "week"):
            day = published + timedelta(steps * _SPANS[unit])
            yield _full(when, day) if unit == "day" else replace(when, year=day.year, month=day.month)
        elif unit == "month":
            month = published.year * 12 + published.month - 1 + steps
            yield replace(when, year=month // 12, month=month % 12 + 1)
        else:
            yield replace(when, year=published.year + steps)


def _bears_out(other: When, one: When, years: set[int]) -> bool:
    """Whether a date of a quote has every part of a sentence's date, or follows from its parts."""
    if one.relative and one.relative not in ("last", "this", "next") and one.weekday is None:
        return one.relative == other.relative
    if one.weekday is not None and one.day is None and one.month is None:
        return weekday(other) == one.weekday
    parts = ((other.month, one.month), (other.day, one.day), (weekday(other), one.weekday))
    if any(given is not None and had != given for had, given in parts[:2]):
        return False
    if parts[2][0] is not None and parts[2][1] is not None and parts[2][0] != parts[2][1]:
        return False
    if one.year is not None and other.year != one.year and not (other.year is None and one.year in years):
        return False
    if one.decade is not None and one.decade not in (other.decade, other.year and other.year // 10 * 10):
        return False
    return one.century is None or one.century in (other.century, _century(other.year or other.decade))


def _rivals(other: When, one: When) -> bool:
    """Whether a quote's date tells something of what the sentence's does, and so could have borne it out."""
    if one.year is not None and one.month is None:
        return other.year is not None
    return any(
        getattr(one, part) is not None and getattr(other, part) is not None
        for part in ("month", "day", "weekday", "decade", "century")
    )


def weekday(when: When) -> int | None:
    """The day of the week, 0 for Monday, that a date states or, with its year, was."""
    if when.weekday is None and when.year is not None and when.month is not None and when.day is not None:
        try:
            return date(when.year, when.month, when.day).weekday()
        except ValueError:
            return None
    return when.weekday


def _century(year: int | None) -> int | None:
    return None if year is None else (year - 1) // 100 + 1 if year > 0 else -((-year - 1) // 100 + 1)


def _read(match: re.Match[str]) -> Iterator[When]:
    """The date that a pattern found, or the two of "22-25 March" and "1914-18"."""
    parts = {name: text for name, text in match.groupdict().items() if text is not None}
    sign = -1 if "bc" in parts else 1
    year = int(parts.get("year") or parts.get("year2") or 0) * sign or None
    month = _month(parts["month"]) if "month" in parts else None
    when = When(
        match[0].strip(),
        year=year,
        month=month,
        day=int(parts["day"]) if "day" in parts else None,
        weekday=_DAYS.index(parts["weekday"].lower()) if "weekday" in parts else None,
        decade=int(parts["decade"]) if "decade" in parts else None,
        century=_nth(parts["century"]) * sign if "century" in parts else None,
        relative=_relative(parts),
    )
    yield when
    if "also" in parts:
        yield replace(when, day=int(parts["also"]), weekday=None)
    if "until" in parts and year is not None:
        yield replace(when, year=year // 100 * 100 + int(parts["until"]))
    if "century2" in parts:
        yield replace(when, century=_nth(parts["century2"]) * sign)


def _month(text: str) -> int:
    if text.isdigit():
        return int(text)
    return next(n for n, name in enumerate(_MONTHS, 1) if name.startswith(text.lower()[:3]))


def _nth(text: str) -> int:
    return int(text) if text.isdigit() else _ORDINALS.index(text.lower()) + 1


def _relative(parts: dict[str, str]) -> str:
    """ "yesterday", "-2 week" for two weeks ago, "-1 month" for last month, "last" before a weekday."""
    if "word" in parts:
        word = parts["word"].lower()
        return word if word in _STEPS else "today"
    which = parts.get("which", "").lower().split()
    if "count" in parts:
        count = parts["count"].lower()
        return f"-{int(count) if count.isdigit() else _COUNTS[count]} {parts['unit'].lower()}"
    if "unit" in parts:
        return f"{ {'last': -1, 'previous': -1, 'next': 1}.get(which[0], 0) } {parts['unit'].lower()}"
    return which[0] if which else ""
