"""Counts that make a whole ("61 civilians and seven soldiers"), and those that are part of one ("15 of them girls")."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.dates import dates
from rag.numerals import CARDINALS
from rag.quantities import HARMS, Quantity, quantities
from rag.wording import normal

# Of what a number is a part, or what it comes on top of: in front of it, behind it, or in the value itself.
_PART_BEFORE = re.compile(
    r"\b(?:another|further|additional|including|among (?:them|whom)|of (?:them|whom))\s+(?:\w+\s+)?$|"
    r"(?:^|[.;] )of (?:the|those|these|them|all)\b[^.;]*$",
    re.IGNORECASE,
)
_PART_AFTER = re.compile(
    r"^\s*(?:[a-z]+\s+)?(?:of (?:those|these|them|whom|which|the (?:dead|victims|killed|wounded|total)|"
    rf"(?:the|its|their) (?:\d|(?:{'|'.join(CARDINALS)})\b))|others?\b|more\b(?! than)|"
    r"(?:[a-z]+\s+)?died of (?:their|his|her) (?:wounds|injuries)\b)",
    re.IGNORECASE,
)
_PART_WITHIN = re.compile(
    r"^(?:another|an? further|further|an additional)\b|\b(?:others?|more)\b(?! than)", re.IGNORECASE
)
# Between two counts of one whole, right before the second: "61 civilians and at least seven soldiers".
_JOINED = re.compile(
    r"(?:,|\b(?:and|as well as|plus|(?:along|together) with))\s+(?:(?:at least|at most|up to|"
    r"(?:more|less|fewer) than|about|around|nearly|almost|over|some|another|an estimated)\s+)*$",
    re.IGNORECASE,
)
# What makes the second a part of the first, or ends the sentence, the clause or the aside that the first stands in.
_NOT_JOINED = re.compile(r"\b(?:includ\w+|among|of (?:them|whom|which|those))\b|[;:()]| - |\.\s", re.IGNORECASE)
_AMONG_THEM = re.compile(r"^[^,;.]*\b(?:among|of) (?:them|whom|those)\b", re.IGNORECASE)
_CLAUSE = re.compile(r"[,;:.]|\b(?:and|but|while|when|after|before|as)\b")


def counts_a_part(value: str, sentence: str) -> bool:
    """Whether the number counts what others come on top of or belong to: "another 12", "five of them were monks"."""
    said, number = normal(sentence), normal(value)
    if len(quantities(dates(number)[1])) > 1:  # a breakdown is the whole
        return False
    return bool(_PART_WITHIN.search(number)) or any(
        _PART_BEFORE.search(said[: match.start()]) or _PART_AFTER.match(said[match.end() :])
        for match in re.finditer(rf"(?<!\w){re.escape(number)}(?!\w)", said, re.IGNORECASE)
    )


def in_one_count(sentence: str, counted: Sequence[Quantity]) -> list[Quantity]:
    """The first of the counts (of one harm, in order) with those joined to it to one whole in a normal sentence.

    No such are a part of it ("including 15 children"), the count of another clause, and parts that it is the sum of.
    """
    whole: list[Quantity] = []
    place = 0
    for quantity in counted:
        match = place_of(quantity, sentence, place)
        if match is None or (whole and not _joined(sentence, place, match, quantity.harm)):
            break
        whole.append(quantity)
        place = match.end()
    parts = sum(quantity.value for quantity in whole[1:])
    return whole[:1] if whole and whole[0].value == parts else whole


def place_of(quantity: Quantity, sentence: str, place: int) -> re.Match[str] | None:
    """Where a normal sentence tells the number, from ``place`` on."""
    words = r"[\s-]*".join(map(re.escape, re.findall(r"[^\s-]+", quantity.text)))
    return re.compile(rf"(?<![\w.,]){words}(?!\w)", re.IGNORECASE).search(sentence, place)


def _joined(sentence: str, place: int, second: re.Match[str], harm: str) -> bool:
    """Whether the count of ``second`` adds to the one that ends at ``place``; not if each has a word for the harm."""
    between, after = sentence[place : second.start()], sentence[second.end() :]
    if not _JOINED.search(between) or _NOT_JOINED.search(between) or _AMONG_THEM.match(after):
        return False
    return not (_tells(harm, sentence[: second.start()]) and _tells(harm, _CLAUSE.split(after, maxsplit=1)[0]))


def _tells(harm: str, text: str) -> bool:
    return any(HARMS.get(word) == harm for word in re.findall(r"[a-z]+", text.lower()))
