"""Numbers with what they count and how exactly: "at least 61 people were killed" against "61 families"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rag.dates import dates
from rag.wording import FUNCTION, PASTS, akin, plain

_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_CARDINALS = {word: n for n, word in enumerate(_SMALL)} | {word: 10 * n for n, word in enumerate(_TENS, 2)}
_SCALES = {"hundred": 1e2, "dozen": 12, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
_SCALES |= {"mn": 1e6, "bn": 1e9}
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
_ABBREVIATED = {
    "m": "metres", "km": "kilometres", "cm": "centimetres", "kg": "kilograms", "sq": "square", "ha": "hectares",
}  # fmt: skip
_DIMENSIONS = frozenset("deep high tall long wide away thick above below apart freestyle hurdles sprint".split())
_ORDINALS = {
    word: n
    for n, word in enumerate(
        """zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth
        fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth""".split()
    )
}
# "half a million", "three quarters of a million", "a half-million", in tokens with a space between them.
_PART_OF_SCALE = re.compile(
    r"(?:(an?|one|two|three) (?:- )?)?(half|quarter|third(?=s? of))s? (?:- )?(?:of )?(?:an? )?"
    r"(?=(?:hundred|dozen|thousand|million|billion|trillion)\b)"
)
_AND_A_HALF = re.compile(r"(?:- )?and (?:- )?(?:an?|one|three) (?:- )?(half|quarter)s?\b(?! of\b)(?: -(?= \w))?")
_PARTS = {"half": 0.5, "third": 1 / 3, "quarter": 0.25, "fifth": 0.2, "tenth": 0.1}
_TOKEN = re.compile(r"\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+|[^\W\d_]+|[^\w\s]")
_CURRENCIES = {"$": "$", "£": "£", "€": "€", "dollar": "$", "dollars": "$", "pounds": "£", "euros": "€", "euro": "€"}
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
    words = _TOKEN.findall(text)
    plains = [plain(word) or word for word in words]
    found: list[tuple[int, int, Quantity]] = []
    i = 0
    while i < len(words):
        read = _read(plains, i)
        if read is None:
            i += 1
            continue
        value, end, ordinal = read
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
        words = _TOKEN.findall(re.sub(r"^\s*of\b", "", text[match.end() : match.end() + 80]))
        unit = _unit(words, [plain(word) or word for word in words], 0)
        yield f"{match['more'].lower()} of {many}" if match["more"] else many, unit


def _fractions(text: str) -> Iterator[tuple[float, str]]:
    for match in _FRACTION.finditer(text):
        if match["half"]:
            yield 0.5, "half"
        else:
            yield _small(match["n"].lower()) * _PARTS[match["part"].lower()], match[0].lower().removesuffix(" of")


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
        return f"its sources say {other.said} {_head(other.unit)}, not {_head(one.unit)}"
    return ""


def _head(unit: Sequence[str]) -> str:
    """The noun of the words that follow a number: its first plural."""
    return next((word for word in unit if word.endswith("s") or HUMAN.fullmatch(word)), unit[0])


def counts_the_same(one: Quantity, other: Quantity, cited: Sequence[Quantity] = ()) -> bool:
    """Whether both count one thing; soldiers are people too, where the quotes do not count people besides."""
    if any(akin(a, b) for a in one.unit for b in other.unit) or any(akin(one.unit[0], word) for word in other.near):
        return True
    people = one.unit[0] in ("people", "persons", "individuals", "others")
    besides = any(one.unit[0] in number.unit for number in cited)
    return people and not besides and any(HUMAN.fullmatch(word) or word in HARMS for word in other.unit)


def _read(words: Sequence[str], i: int) -> tuple[float, int, bool] | None:
    """(value, end, ordinal) of the number that begins at the ``i``-th word."""
    first = words[i]
    opens = first in ("a", "an", "one", "two", "three") or first.removesuffix("s") in _PARTS
    if opens and (part := _PART_OF_SCALE.match(" ".join(words[i : i + 7]))):  # 7: three - quarters of a million
        value, end = _small(part[1]) * _PARTS[part[2]], i + len(part[0].split())
        return _scaled(words, value, end)
    if re.fullmatch(r"[\d.,]*\d", first):
        value, end = float(first.replace(",", "")), i + 1
        if end < len(words) and words[end] in ("st", "nd", "rd", "th"):
            return value, end + 1, True
        return _scaled(words, value, end)
    if first in _ORDINALS and not (first == "second" and (i == 0 or words[i - 1] not in ("the", "a", "his", "its"))):
        return float(_ORDINALS[first]), i + 1, True
    if first in _CARDINALS:
        value, end = float(_CARDINALS[first]), i + 1
        rest = end + 1 if end + 1 < len(words) and words[end] == "-" else end
        if first in _TENS and rest < len(words):
            if 0 < _CARDINALS.get(words[rest], 0) < 10:
                value, end = value + _CARDINALS[words[rest]], rest + 1
            elif 0 < _ORDINALS.get(words[rest], 0) < 10:
                return value + _ORDINALS[words[rest]], rest + 1, True
        return _scaled(words, value, end)
    if first in ("a", "an") and i + 1 < len(words) and words[i + 1] in _SCALES and len(words[i + 1]) > 2:
        return _scaled(words, 1.0, i + 1)
    return None


def _scaled(words: Sequence[str], value: float, end: int) -> tuple[float, int, bool]:
    """The number with the scales and smaller numbers that follow: 2.5 million, two hundred and fifty."""
    scale = 1.0
    value, end = _and_a_half(words, value, end, scale)
    while end < len(words) and (words[end] in _SCALES or _is_million(words, end)):
        scale = _SCALES.get(words[end], 1e6)
        value, end = value * scale, end + 1
    value, end = _and_a_half(words, value, end, scale)
    rest = end + 1 if end < len(words) and words[end] == "and" else end
    if value >= 100 and value % 100 == 0 and rest < len(words) and words[end - 1] in _SCALES:
        smaller = _read(words, rest) if words[rest] in _CARDINALS else None
        if smaller is not None and smaller[0] < value and not smaller[2]:
            return value + smaller[0], smaller[1], False
        if smaller is not None and words[end - 1] == "hundred" and value < 1000 <= smaller[0] and not smaller[2]:
            if "between" in words[max(0, end - 4) : end]:
                return value, end, False
            larger = next(scale for scale in (1e9, 1e6, 1e3) if smaller[0] >= scale)
            return value * larger + smaller[0], smaller[1], False  # one hundred and twenty-five thousand
    return round(value, 6), end, False


def _and_a_half(words: Sequence[str], value: float, end: int, scale: float) -> tuple[float, int]:
    """The number with the "and a half" or "and a quarter" that follows, of its last scale."""
    part = _AND_A_HALF.match(" ".join(words[end : end + 7])) if words[end : end + 1] in (["and"], ["-"]) else None
    return (value + scale * _PARTS[part[1]], end + len(part[0].split())) if part else (value, end)


def _small(word: str | None) -> int:
    return _CARDINALS.get(word or "", 1)


def _is_million(words: Sequence[str], place: int) -> bool:
    """Whether the "m" after a number is a million and no metre: of a currency, or of what is counted."""
    if words[place] != "m":
        return False
    following = words[place + 1] if place + 1 < len(words) else ""
    counted = following.isalpha() and following not in FUNCTION | _DIMENSIONS
    return counted or (place > 1 and words[place - 2] in _CURRENCIES) or following in _CURRENCIES


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
    currency = _CURRENCIES.get(before[-1], "") if before else ""
    if currency:
        before = before[:-2] if before[-2:-1] == ["us"] else before[:-1]
    after = plains[end : end + 2]
    percent = bool(after) and (after[0] in _PERCENT or after == ["per", "cent"])
    if not currency and after and after[0] in _CURRENCIES:
        currency = _CURRENCIES[after[0]]
    return Quantity(
        value,
        " ".join(words[first:end]).replace(" - ", "-"),
        ordinal,
        "" if ordinal else _bound(before, plains[end : end + 3]),
        percent,
        currency,
        () if ordinal or percent else _unit(words, plains, end),
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


def _unit(words: Sequence[str], plains: Sequence[str], end: int) -> tuple[str, ...]:
    """The words after a number that can be what it counts, up to a verb in the past; none that a name begins."""
    found: list[str] = []
    end += plains[end : end + 1] == ["-"]
    for word, small in zip(words[end : end + _UNIT_WORDS], plains[end:], strict=False):
        known = small in FUNCTION or small in HARMS or small in _CARDINALS or small in PASTS
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
    return min(found)[2] if found else ""


def _shares(words: Sequence[str], i: int, found: Sequence[tuple[int, int, Quantity]]) -> bool:
    """Whether the percent sign of the next number is this one's too: 5 to 10 percent."""
    if i + 1 == len(found):
        return False
    (_, end, _), (first, _, following) = found[i], found[i + 1]
    return following.percent and first - end == 1 and words[end] in ("to", "-", "or", "and")
