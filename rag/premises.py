"""What a question takes for granted, names and a year, and whether a text speaks of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from rag.dates import When, dates
from rag.naming import Familiar
from rag.wording import normal

_WORD = r"(?:[A-Z][^\W\d_]{2,}|(?:US|UK|UN|EU|IS)\b(?!-[A-Z]\b))"  # IS-K is not IS
_NAME = re.compile(rf"\b{_WORD}(?:[\s-]+(?:(?:al|bin|de|of|the|van|von)[\s-]+)?{_WORD})*")


@dataclass(frozen=True, slots=True)
class Premises:
    """The names in a question, each of one word or more, and its one date with a year, or None."""

    names: tuple[str, ...]
    when: When | None

    @classmethod
    def of(cls, question: str) -> Premises:
        dated, rest = dates(normal(question))
        stated = [when for when in dated if when.year is not None]
        _, _, others = rest.strip().partition(" ")  # a capital there says nothing
        return cls(tuple(dict.fromkeys(_NAME.findall(others))), stated[0] if len(stated) == len(dated) == 1 else None)

    def lacked(self, text: str) -> tuple[str, ...]:
        """The names, or the words of them, that ``text`` has in no spelling; "IS" has the Islamic State."""
        if not self.names:
            return ()
        familiar = Familiar(normal(text))
        return tuple(lacked for name in self.names if (lacked := _lacked(name, familiar)))

    def other_years(self, text: str, published: date | None = None) -> tuple[int, ...]:
        """The years that ``text`` states where the one asked for is not among them, nor in between.

        A text that states no year leaves that open, and so does one that was published in the year, or has the day
        without its year, or tells of "this year".
        """
        return () if self.when is None else _other_years(self.when, dates(normal(text))[0], published)


def _lacked(name: str, familiar: Familiar) -> str:
    """The words of the name that the text has in no spelling; "" where it has all, or their initials."""
    words = [word for word in re.split(r"[\s-]+", name) if word[0].isupper()]
    return "" if familiar.has_initials(words) else " ".join(familiar.lacks(words))


def _other_years(asked: When, said: Sequence[When], published: date | None) -> tuple[int, ...]:
    years = sorted({when.year for when in said if when.year is not None})
    if not years or asked.year is None or years[0] <= asked.year <= years[-1]:
        return ()
    if published is not None and published.year == asked.year:
        return ()
    same_day = any(when.day is not None and (when.month, when.day) == (asked.month, asked.day) for when in said)
    return () if same_day or any(when.relative for when in said) else tuple(years)
