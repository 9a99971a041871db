"""Does a written sentence say more than the words that it cites? Numbers, names and negation, by rule."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from rag.lexical import STOPWORDS

_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+")
_UNITS = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen".split()
NUMBER_WORDS = {word: str(value) for value, word in enumerate(_UNITS)} | {
    "seventeen": "17", "eighteen": "18", "nineteen": "19", "twenty": "20", "thirty": "30", "forty": "40",
    "fifty": "50", "sixty": "60", "seventy": "70", "eighty": "80", "ninety": "90", "hundred": "100",
}  # fmt: skip
NOT_NAMES = STOPWORDS.union(NUMBER_WORDS)
NEGATIONS = frozenset(("not", "no", "never", "nobody", "none", "nothing", "neither", "nor", "without", "cannot", "t"))


def unsupported(sentence: str, quotes: Sequence[str], known: str = "") -> list[str]:
    """What ``sentence`` says that no quote does, in words; [] where there is nothing.

    Every number must stand in a quote, every capitalised name in a quote or in ``known`` (question, title, heading),
    and the sentence and its quotes must agree on whether anything is denied. A sentence that is a quote has no faults.
    """
    if any(" ".join(sentence.split()) in " ".join(quote.split()) for quote in quotes):
        return []
    cited = " ".join(quotes)
    held, familiar = set(plain_words(cited)), set(plain_words(cited)) | set(plain_words(known))
    faults = [f"the number {word} is not in its sources" for word in _numbers(sentence) if word not in held]
    faults += [f"the name {name} is not in its sources" for name in _names(sentence) if not _alike(name, familiar)]
    said, backed = NEGATIONS.intersection(plain_words(sentence)), NEGATIONS.intersection(plain_words(cited))
    if said and not backed:
        faults.append(f"it denies ({', '.join(sorted(said))}) what its sources do not deny")
    return faults


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


def _numbers(text: str) -> list[str]:
    return [word for word in plain_words(text) if word[0].isdigit()]


def _names(sentence: str) -> list[str]:
    """Capitalised words, in plain form; the first word of a sentence only if the second is one too."""
    words = _WORD.findall(sentence)
    capital = [word[0].isupper() and len(word) > 1 for word in words]
    chosen = [
        word
        for i, word in enumerate(words)
        if capital[i] and (i > 0 or (len(words) > 1 and capital[1])) and word.lower() not in NOT_NAMES
    ]
    return [plain for word in chosen for plain in plain_words(word)]


def _alike(name: str, familiar: set[str]) -> bool:
    """The name itself, or one that differs by an ending: Syria, Syrian, Syrians."""
    if name in familiar:
        return True
    return len(name) > 4 and any(word[:4] == name[:4] and abs(len(word) - len(name)) <= 2 for word in familiar)
