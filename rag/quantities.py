"""Numbers with what they count and how exactly: "at least 61 people were killed" against "61 families"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.numerals import CARDINALS, CURRENCIES, TOKEN, read
from rag.wording import FUNCTION, PASTS, akin, plain

_ABBREVIATED = {
    "m": "metres", "km": "kilometres", "cm": "centimetres", "kg": "kilograms", "sq": "square", "ha": "hectares",
}  # fmt: skip
_PERCENT = frozenset(("percent", "percentage", "%"))
# What stands before a number and says how exact it is, longest first, by what it means.
_BOUNDS = tuple(
    (tuple(words.split()), meaning)
    for meaning, every in {
        "at least": "at least|no fewer than|no less than|not less than|a minimum of|not fewer than",
        "at most": "at most|no more than|not more than|up to|as many as|as much as|a maximum of",
        "more than": "more than|over|above|upwards of|exceeding|greater than|in excess of|well over|just over",
        "less than": "less than|fewer than|under|below",
        "nearly": "nearly|almost|just under|close to",
        "about": "about|around|approximately|roughly|some|estimated|an estimated|circa|ca|c .|approx",
    }.items()
    for words in every.split("|")
)
BOUNDS = sorted((" ".join(words) for words, _ in _BOUNDS), key=len, reverse=True)
# By what a sentence says, the other things that its sources may say: it is then weaker than they are, not wrong.
_WEAKER = {"about": {"", "nearly"}, "at least": {"more than"}, "at most": {"less than"}}
_OVER_AFTER = frozenset(
    "hand handed turn turned take took taken sign signed win won run ran make made give gave given".split()
)
_PERIODS = frozenset("year years month months week weeks day days decade decades century centuries hour hours".split())
HUMAN = re.compile(
    r"people|persons?|(?:wo)?m[ae]n|child(?:ren)?|civilians?|troops?|police|folk|deaths|victims?|casualties|"
    r"adults|residents|students|shepherds|nomads|monks|nuns|priests|pilgrims|guards|recruits|cadets|nurses|pupils|rebels|"
    r"hostages|inmates|patients|relatives|youths|girls|boys|babies|infants|locals|captives|crew|Bedouins|"
    r"(?!numbers|papers|rivers|letters|orders)\w{2,}(?:ers|ors|ists|ants|ees|ians|men)"
)
# What happened to the people counted; the word nearest to a number says it of that number.
HARMS = {
    word: harm
    for harm, words in {
        "killed": "killed kill kills killing dead died dies die dying death deaths fatalities fatality slain murdered",
        "wounded": "wounded wounding wounds injured injuring injures injuries injury hurt maimed",
        "missing": "missing disappeared",
        "held": "arrested arrests detained captured capturing kidnapped abducted imprisoned jailed hostage hostages",
        "freed": "rescued freed released survived survivors survivor",
        "displaced": "displaced displacing evacuated fled homeless",
    }.items()
    for word in words.split()
}
_HARM_REACH = 9  # words between a number and what happened
_UNIT_WORDS, _NEAR_WORDS = 3, 6


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number of a text: ``unit`` is the words that follow it, ``near`` those around it, ``bound`` how exact it is."""

    value: float
    text: str
    ordinal: bool
    bound: str
    percent: bool
    currency: str
    unit: tuple[str, ...]
    near: tuple[str, ...]
    harm: str

    @property
    def said(self) -> str:
        """As it is quoted in a fault."""
        return " ".join(filter(None, (self.bound, self.currency + self.text + "%" * self.percent)))


def quantities(text: str) -> list[Quantity]:
    """The numbers of a normal text (``rag.wording.normal``), in order; dates must have been taken out."""
    words = TOKEN.findall(text)
    plains = [plain(word) or word for word in words]
    found: list[tuple[int, int, Quantity]] = []
    i = 0
    while i < len(words):
        value_at = read(plains, i)
        if value_at is None:
            i += 1
            continue
        value, end, ordinal = value_at
        if not (value == 1 and not ordinal and _pronoun(plains, i, end)):
            found.append((i, end, _described(words, plains, i, end, value, ordinal)))
        i = end
    places = [(first, end) for first, end, _ in found]
    return [
        replace(
            quantity,
            harm=_harm(plains, place, places),
            percent=quantity.percent or _shares(plains, i, found),
            near=tuple(w for w in quantity.near if not any(w in q.unit for _, _, q in found if q is not quantity)),
        )
        for i, (place, (_, _, quantity)) in enumerate(zip(places, found, strict=True))
    ]


def number_faults(
    said: Sequence[Quantity], cited: Sequence[Quantity], known: Sequence[Quantity], years: set[int]
) -> list[str]:
    """What is wrong with the numbers of a sentence by those of its quotes; ``years`` may be numbers too."""
    faults = []
    for one in said:
        same = [other for other in cited if other.value == one.value and other.ordinal == one.ordinal]
        if same:
            differences = [_difference(one, other, cited) for other in same]
            if all(differences):
                faults.append(min(differences, key=len))
        elif not (one.value in years and not one.ordinal) and not _granted(one, cited, known):
            faults.append(f"the number {one.text} is not in its sources")
    return faults


def _granted(one: Quantity, cited: Sequence[Quantity], known: Sequence[Quantity]) -> bool:
    """Whether a number that no quote has may stand: the question has it, or it is "one", and no quote gives another."""
    others = [other for other in cited if other.ordinal == one.ordinal]
    rivals = any(akin(a, b) for a in one.unit[:1] for other in others for b in other.unit)
    if one.text.lower() == "one":
        return not rivals
    in_question = any(other.value == one.value and other.ordinal == one.ordinal for other in known)
    return in_question and not rivals and all(one.unit and other.unit for other in others)


def _difference(one: Quantity, other: Quantity, cited: Sequence[Quantity]) -> str:
    """How what a sentence says of a number differs from what a quote says of it; "" where it does not."""
    if one.percent != other.percent or (one.currency and other.currency and one.currency != other.currency):
        return f"its sources say {other.said}, not {one.said}"
    if one.bound != other.bound and other.bound not in _WEAKER.get(one.bound, ()):
        return f"its sources say {other.said}, not {one.said}"
    if one.harm and other.harm and one.harm != other.harm:
        return f"its sources say {other.text} {other.harm}, not {one.harm}"
    if not one.percent and one.unit and other.unit and not counts_the_same(one, other, cited):
        return f"its sources say {other.said} {head_of(other.unit)}, not {head_of(one.unit)}"
    return ""


def head_of(unit: Sequence[str]) -> str:
    """The noun of the words that follow a number: its first plural."""
    return next((word for word in unit if word.endswith("s") or HUMAN.fullmatch(word)), unit[0])


def counts_the_same(one: Quantity, other: Quantity, cited: Sequence[Quantity] = ()) -> bool:
    """Whether both count one thing; soldiers are people too, where the quotes do not count people besides."""
    if any(akin(a, b) for a in one.unit for b in other.unit) or any(akin(one.unit[0], word) for word in other.near):
        return True
    people = one.unit[0] in ("people", "persons", "individuals", "others")
    besides = any(one.unit[0] in number.unit for number in cited)
    return people and not besides and any(HUMAN.fullmatch(word) or word in HARMS for word in other.unit)


def _pronoun(words: Sequence[str], i: int, end: int) -> bool:
    """Whether "one" counts nothing: one of them, no one, the one."""
    after = words[end] if end < len(words) else ""
    before = words[i - 1] if i else ""
    if words[i] != "one":
        return False
    return not after.isalpha() or after in FUNCTION or before in FUNCTION - {"and", "by", "with", "in", "for", "of"}


def _described(
    words: Sequence[str], plains: Sequence[str], first: int, end: int, value: float, ordinal: bool
) -> Quantity:
    before = plains[max(0, first - 4) : first]
    currency = CURRENCIES.get(before[-1], "") if before else ""
    if currency:
        before = before[:-2] if before[-2:-1] == ["us"] else before[:-1]
    after = plains[end : end + 2]
    percent = bool(after) and (after[0] in _PERCENT or after == ["per", "cent"])
    if not currency and after and after[0] in CURRENCIES:
        currency = CURRENCIES[after[0]]
    return Quantity(
        value,
        " ".join(words[first:end]).replace(" - ", "-"),
        ordinal,
        "" if ordinal else _bound(before, plains[end : end + 3]),
        percent,
        currency,
        () if ordinal or percent else unit_of(words, plains, end),
        tuple(w for w in plains[max(0, first - _NEAR_WORDS) : end + _NEAR_WORDS] if w.isalpha() and w not in FUNCTION),
        "",
    )


def _bound(before: Sequence[str], after: Sequence[str]) -> str:
    for words, meaning in _BOUNDS:
        if tuple(before[-len(words) :]) == words:
            during = words == ("over",) and bool(_PERIODS & set(after[:2])) and "old" not in after
            given = words == ("over",) and before[-2:-1] and before[-2] in _OVER_AFTER
            return "" if during or given else meaning
    if list(after[:2]) == ["or", "more"] or list(after[:1]) == ["+"]:
        return "at least"
    return "about" if list(after[:2]) == ["or", "so"] else ""


def unit_of(words: Sequence[str], plains: Sequence[str], end: int) -> tuple[str, ...]:
    """The words after a number that can be what it counts, up to a verb in the past; none that a name begins."""
    found: list[str] = []
    end += plains[end : end + 1] == ["-"]
    for word, small in zip(words[end : end + _UNIT_WORDS], plains[end:], strict=False):
        known = small in FUNCTION or small in HARMS or small in CARDINALS or small in PASTS
        if known or not small.isalpha() or (word[0].isupper() and not found) or (found and small.endswith("ed")):
            break
        found.append(_ABBREVIATED.get(small, small))
    return () if len(found) == 1 and found[0].endswith("ed") else tuple(found)


def _harm(words: Sequence[str], place: tuple[int, int], places: Sequence[tuple[int, int]]) -> str:
    """What the text says happened to those counted at ``place``; each number and stop in between makes it farther."""
    first, end = place
    found = []
    for i in range(max(0, first - _HARM_REACH), min(len(words), end + _HARM_REACH)):
        if words[i] in HARMS:
            between = range(i, first) if i < first else range(end, i)
            stops = sum(words[j] in (",", ";", ".", "and", "but", "while") for j in between)
            numbers = sum(f in between for f, _ in places)
            found.append((len(between) + 3 * stops + 6 * numbers, i, HARMS[words[i]]))
    if found:
        return min(found)[2]
    return "killed" if _is_toll(words, first, places) else ""


def _is_toll(words: Sequence[str], first: int, places: Sequence[tuple[int, int]]) -> bool:
    """Whether a number is what a toll of the same sentence rose to, however far in front of it that stands."""
    stops = [i for i in range(first) if words[i] in (".", ";")]
    begin = max([*(i + 1 for i in stops), *(end for _, end in places if end <= first), 0])
    return "toll" in words[begin:first] and "to" in words[max(begin, first - 3) : first]


def _shares(words: Sequence[str], i: int, found: Sequence[tuple[int, int, Quantity]]) -> bool:
    """Whether the percent sign of the next number is this one's too: 5 to 10 percent."""
    if i + 1 == len(found):
        return False
    (_, end, _), (first, _, following) = found[i], found[i + 1]
    return following.percent and first - end == 1 and words[end] in ("to", "-", "or", "and")
