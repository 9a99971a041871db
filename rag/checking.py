"""Does a written sentence say other or more than the words that it cites? By rule, each fault in words; then by a
trained network, for what rules do not see."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import date

from rag.attribution import attribution_faults
from rag.contests import contest_faults
from rag.dates import date_faults, dates
from rag.entailment import evidence, load_entailment
from rag.exchange import exchange_faults, role_faults
from rag.lexical import STOPWORDS
from rag.naming import CALENDAR, Familiar, name_faults
from rag.negation import denial_faults
from rag.opposites import opposite_faults
from rag.quantities import number_faults, quantities
from rag.types import Check
from rag.vagueness import vague_faults
from rag.wording import normal, plain, telling

_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+")
_UNITS = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen".split()
NUMBER_WORDS = {word: str(value) for value, word in enumerate(_UNITS)} | {
    "seventeen": "17", "eighteen": "18", "nineteen": "19", "twenty": "20", "thirty": "30", "forty": "40",
    "fifty": "50", "sixty": "60", "seventy": "70", "eighty": "80", "ninety": "90", "hundred": "100",
}  # fmt: skip
NOT_NAMES = STOPWORDS.union(NUMBER_WORDS)
# Shares of a sentence's telling words that its quotes must have: of those that the question does not have, and of all.
_NEW_SHARE, _ALL_SHARE = 0.5, 0.3
# What a part of a quote may not be cut off from: "at least | 61 were killed", "not | all of them left".
_CUT_OFF = re.compile(
    r"(?:\b(?:at least|at most|than|about|around|nearly|almost|approximately|roughly|up to|over|under|some|not|never|"
    r"no|without|denied|deny|denies|false|falsely|if|whether)(?: that)?|n't|[\d.,$£€-])\s*$",
    re.IGNORECASE,
)


def check(
    sentence: str,
    quotes: Sequence[str],
    *,
    question: str = "",
    titles: Sequence[str] = (),
    published: Sequence[date | None] = (),
    trained: bool = True,
) -> Check:
    """Whether ``sentence`` says what its quotes do: by the rules of ``unsupported`` and, where those find no fault, by
    the trained network (``rag.entailment``), which counts only where it is sure; ``trained=False`` leaves it out.

    ``titles`` and ``published`` are those of the quotes' documents, one a quote. Raises ModelError where the network is
    missing.
    """
    if not quotes:
        return Check(sentence, "uncited", ("it cites nothing",))
    reasons = unsupported(sentence, quotes, " ".join([question, *titles]), published)
    if not reasons and verbatim(sentence, quotes):
        return Check(sentence, "verbatim")
    if reasons or not trained:
        return Check(sentence, "unsupported" if reasons else "supported", tuple(reasons))
    network = load_entailment()
    named = titles if titles else [""] * len(quotes)
    support = round(network.probability(sentence, evidence(named, quotes)), 4)
    if support < network.threshold:
        return Check(sentence, "unsupported", ("its sources do not bear it out",), support)
    return Check(sentence, "supported", (), support)


def unsupported(
    sentence: str, quotes: Sequence[str], known: str = "", published: Sequence[date | None] = ()
) -> list[str]:
    """What ``sentence`` says that its quotes do not, in words; [] where there is nothing.

    Numbers must stand in a quote with what they count and how exactly, dates as far as they are told, names in some
    spelling; both must deny the same; what the quotes give to a speaker must not be stated as fact; and most telling
    words must stand in the quotes. ``known`` (question, title,
    heading) may give names, and numbers and dates that no quote contradicts. ``published`` are the days that the
    quotes' documents are from, which say what day "yesterday" was. A sentence that is a quote has no faults, nor has
    part of one that keeps its speaker and what it denies.
    """
    said, asked, plainly = normal(sentence), normal(known), [normal(quote) for quote in quotes]
    if verbatim(sentence, quotes):
        cut = [*attribution_faults(said, plainly, asked), *denial_faults(said, " . ".join(plainly), asked)]
        return [] if said in plainly else cut
    cited = " . ".join(plainly)
    days = [*published, *[None] * (len(quotes) - len(published))]
    told = [dates(quote) for quote in plainly]
    said_dates, without_dates = dates(said)
    asked_dates, asked_rest = dates(asked)
    numbers = [number for _, rest in told for number in quantities(rest)]
    years = {when.year for found, _ in told for when in found if when.year is not None}
    faults = [
        *number_faults(quantities(without_dates), numbers, quantities(asked_rest), years),
        *date_faults(
            said_dates,
            [(found, day) for (found, _), day in zip(told, days, strict=True)],
            asked_dates,
            {number.value for number in numbers},
        ),
        *name_faults(said, cited, asked),
        *denial_faults(said, cited, asked),
        *opposite_faults(said, cited),
        *attribution_faults(said, plainly, asked),
        *vague_faults(said, plainly),
        *exchange_faults(said, plainly),
        *role_faults(said, plainly),
        *contest_faults(said, plainly),
        *_strange(said, cited, asked),
    ]
    return list(dict.fromkeys(faults))


def verbatim(sentence: str, quotes: Sequence[str]) -> bool:
    """Whether the sentence is a quote or whole words of one, not cut off from what limits or denies them."""
    part = " ".join(sentence.split())
    for quote in (" ".join(quote.split()) for quote in quotes):
        for match in re.finditer(re.escape(part), quote):
            first, end = match.span()
            whole = not (_inside_word(quote, first) or _inside_word(quote, end))
            if whole and not _CUT_OFF.search(quote[:first]):
                return bool(part)
    return False


def holds(text: str, answer: str) -> bool:
    """Whether the telling words of ``answer`` all stand in ``text``, whatever their form in numbers and accents."""
    return set(plain_words(answer)) <= set(plain_words(text))


def plain_words(text: str) -> Iterator[str]:
    """Words in lower case without accents; numbers as digits without separators, also those spelt out."""
    letters = unicodedata.normalize("NFKD", text)
    for match in _WORD.finditer("".join(c for c in letters if not unicodedata.combining(c)).lower()):
        word = match[0]
        if word[0].isdigit():
            yield re.sub(r"[.,](?=\d{3}\b)", "", word)
        else:
            yield NUMBER_WORDS.get(word, word)


def _strange(sentence: str, quotes: str, known: str) -> list[str]:
    """That too few of the sentence's telling words stand in its quotes: it cites the wrong ones."""
    words = [word for word in telling(sentence) if plain(word) not in CALENDAR | NOT_NAMES | {"dozen"}]
    there, asked = Familiar(quotes), Familiar(known)
    new = [word for word in words if not asked.speaks_of(word)]
    missing = [word for word in new if not there.speaks_of(word)]
    lost = [word for word in words if not there.speaks_of(word)]
    if len(new) - len(missing) < _NEW_SHARE * len(new) or len(words) - len(lost) < _ALL_SHARE * len(words):
        return [f"its sources do not speak of {', '.join(missing or lost)}"]
    return []


def _inside_word(text: str, place: int) -> bool:
    return 0 < place < len(text) and text[place - 1].isalnum() and text[place].isalnum()
