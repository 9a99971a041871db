"""The names of a sentence against those of its quotes: other spellings are the same name, other people are not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from rag.spelling import difference, fold
from rag.wording import COUNTRIES, FUNCTION, akin, held, is_function, plain, unlike, ways, written

# Shares of a word by which two spellings of one name may differ (rag.spelling.difference), in long names and short.
_ALIKE, _ALIKE_SHORT, _SHORT = 0.2, 0.12, 6
_WORD = re.compile(r"[^\W\d_]+|[.!?:\"(;,/]|\d+")
OPENERS = frozenset(
    """approximately roughly nearly almost about both however although despite during early late overall several
    most today yesterday tomorrow currently additionally moreover furthermore finally originally initially
    officially generally typically usually according yes based similarly consequently thus therefore hence
    nevertheless meanwhile eventually recently formerly historically sometimes often many much some people dozen
    hundred thousand million twelve twenty thirty forty fifty sixty seventy eighty ninety""".split()
)
CALENDAR = frozenset(
    """january february march april may june july august september october november december monday tuesday wednesday
    thursday friday saturday sunday""".split()
)
_JOINING = frozenset(("of", "for", "and", "the"))  # small words within a name


def name_faults(sentence: str, quotes: str, known: str) -> list[str]:
    """What is wrong with the names of a sentence, all texts normal (``rag.wording.normal``)."""
    familiar = Familiar(f"{quotes} . {known}")
    faults = []
    for run in _runs(sentence):
        strange = familiar.lacks(run)
        if strange and not familiar.has_initials(run) and not familiar.joined(run):
            faults += [f"the name {word} is not in its sources" for word in strange]
        elif not strange and (mixed := familiar.mixed(run)):
            faults.append(f"the name {mixed} is made of two in its sources")
    for name, whole in written(sentence):
        if "." in name and not familiar.has_whole(whole):
            faults.append(f"the name {name} is not in its sources")
    opener = _opener(sentence)
    if opener and familiar.lacks([opener]):
        faults.append(f"the name {opener} is not in its sources")
    return faults


class Familiar:
    """The words and names of the quotes and of the question."""

    def __init__(self, text: str) -> None:
        words = [word for word in _WORD.findall(text) if word[0].isalpha()]
        self._words = {plain(word) for word in words}
        self._whole = {COUNTRIES[word] for word in self._words if word in COUNTRIES}
        self._whole.update(whole for _, whole in written(text))
        self._spoken = self._words.union(*(ways(whole) for whole in self._whole))
        self._folded = {fold(word) for word in words if len(word) > 2} - {""}
        self._acronyms = {word for word in words if word.isupper() and len(word) > 1} | _dotted(text)
        self._initials = _initials(text)
        self._names = [[plain(word) for word in run] for run in _runs(text, openers=True)]
        self._text = fold(text.replace(" ", ""))

    def speaks_of(self, word: str) -> bool:
        """Whether the word stands there in some form, or is a name of there."""
        return held(word, self._spoken) or (word[0].isupper() and self.has(word))

    def lacks(self, run: Sequence[str]) -> list[str]:
        """The words of the name that are not there in any way."""
        whole = [name for name, whole in written(" ".join(run)) if self.has_whole(whole)]
        known = {word for name in whole for word in name.split()}
        return [word for word in run if word not in known and not self.has(word)]

    def has(self, word: str) -> bool:
        """The name itself, another spelling of it, a word of its root (Syria, Syrians), or what it stands for."""
        small = plain(word)
        if any(self.has_whole(whole) for _, whole in written(word)):
            return True
        if small in FUNCTION and not is_function(word):
            return False
        if small in self._words or (small in COUNTRIES and COUNTRIES[small] in self._whole):
            return True
        if word.isupper() and (word in self._acronyms or _among(word, self._initials)):
            return True
        folded = fold(word)
        most = _ALIKE if len(folded) >= _SHORT else _ALIKE_SHORT
        return any(_one_name(folded, other, most) for other in self._folded)

    def has_whole(self, whole: str) -> bool:
        """Whether what ``rag.wording.written`` has that word for is there, in any of its ways."""
        return whole in self._whole

    def has_initials(self, run: Sequence[str]) -> bool:
        """Whether the run is an acronym of the quotes written out."""
        return len(run) > 1 and "".join(word[0] for word in run) in self._acronyms

    def joined(self, run: Sequence[str]) -> bool:
        """Whether the quotes have the run as one word, or its one word in two."""
        folded = fold("".join(run))
        return len(folded) >= _SHORT and folded in self._text

    def mixed(self, run: Sequence[str]) -> str:
        """Two words of the run of which one begins one name and the other ends another; "" where there are none."""
        for first, last in pairwise(run):
            a, b = plain(first), plain(last)
            having = [name for name in self._names if a in name], [name for name in self._names if b in name]
            if not all(having) or any(b in name for name in having[0]):
                continue
            if all(name[-1] != a for name in having[0]) and all(name[-1] == b != name[0] for name in having[1]):
                return f"{first} {last}"
        return ""


def _one_name(one: str, other: str, most: float) -> bool:
    if not one or abs(len(one) - len(other)) > 3 or len(one) < 4 or unlike((one,), (other,)):
        return False
    return (akin(one, other) and one[:4] == other[:4]) or (difference(one, other) <= most)


def _runs(text: str, *, openers: bool = False) -> Iterator[list[str]]:
    """Runs of capitalised words, as written; the first word of a sentence only before another, or with ``openers``."""
    run: list[str] = []
    opens = True
    words = _WORD.findall(text)
    for i, word in enumerate(words):
        following = words[i + 1] if i + 1 < len(words) else ""
        capital = word[0].isupper() and not is_function(word) and plain(word) not in CALENDAR and len(word) > 1
        if opens and capital and not openers:
            capital = following[:1].isupper() and plain(word) not in OPENERS and len(following) > 1
        if capital:
            run.append(word)
        elif run:
            yield run
            run = []
        opens = word in (".", "!", "?") or (opens and not word[0].isalpha())
    if run:
        yield run


def _opener(sentence: str) -> str:
    """The first word where it may be a name by itself: Brandt opened it."""
    words = _WORD.findall(sentence)
    first = words[0] if words else ""
    small = plain(first)
    long = len(first) > 2 or bool(written(first))
    named = first[:1].isupper() and long and not is_function(first) and small not in OPENERS | CALENDAR
    return first if named and not small.endswith(("ly", "ing")) and words[1:2] != [","] else ""


def _initials(text: str) -> list[str]:
    """Of each run of capitalised words the first letters, small words within left out: World Health Organization."""
    runs = [""]
    before = ""
    for word in _WORD.findall(text):
        small = plain(word)
        joins = small in _JOINING and (small != "the" or before in _JOINING)  # "for the", not "on Monday the"
        opens = not runs[-1] and (is_function(word) or small in CALENDAR)
        if word[0].isupper() and small != "the" and not opens:
            runs[-1] += word[0]
        elif not joins:
            runs.append("")
        before = small
    return [run for run in runs if run]


def with_acronyms(one: str, other: str) -> tuple[str, str]:
    """Two names, each with the acronym for what the other has the acronym of: Syrian Democratic Forces, SDF."""
    return _shortened(one, other), _shortened(other, one)


def _shortened(name: str, other: str) -> str:
    for acronym in re.findall(r"\b[A-Z]{2,}\b", other):
        words = r"[ -](?:(?:of|for|and|the) )*".join(rf"{letter}\w+" for letter in acronym)
        name = re.sub(rf"\b{words}", acronym, name)
    return name


def _among(acronym: str, initials: Sequence[str]) -> bool:
    """Whether a run has the letters, two of them only as its first or its last."""
    if len(acronym) > 2:
        return any(acronym in run for run in initials)
    return any(run.startswith(acronym) or run.endswith(acronym) for run in initials)


def _dotted(text: str) -> set[str]:
    """Acronyms with points: U.S."""
    return {match.replace(".", "") for match in re.findall(r"\b(?:[A-Z]\.){2,}", text)}
