"""Words as they are compared: without accents, contractions and endings."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from rag.lexical import STOPWORDS

_MARKS = str.maketrans(
    {
        mark: put
        for marks, put in (("’‘´`", "'"), ("“”", '"'), ("–", "-"), ("—", " - "), ("\xa0", " "))
        for mark in marks
    }
)
_CONTRACTIONS = (
    (re.compile(r"\b(?:cannot|can't)\b", re.IGNORECASE), "can not"),
    (re.compile(r"\bwon't\b", re.IGNORECASE), "will not"),
    (re.compile(r" ?n't\b", re.IGNORECASE), " not"),
    (re.compile(r"(?<=\d0)'(?=s\b)"), ""),
    (re.compile(r"(?<=\w)'s\b|(?<=s)'(?=\s|$)| 's\b"), ""),
)
# Function words that a sentence may have though its sources do not; the telling words are the others.
FUNCTION = STOPWORDS | frozenset(
    """according although another against among around away because between both being cannot despite down during each
    either even ever every few first further had here however including instead itself just last like made make may
    might must named neither nor now off once one only onto other others per rather same since still than themselves
    therefore thus together too took toward towards two upon us used using very via well went whether within without
    yet called known happened became become took take place located situated stated i.e e.g eg ie etc mr mrs ms dr
    near outside inside along behind beyond across above below throughout s t do done per cent percent""".split()
)
_VERBS = """
    be was were been is are am being|bear bore born borne|beat beaten|become became|begin began begun|bind bound|
    break broke broken|bring brought|build built|buy bought|catch caught|choose chose chosen|come came|
    deal dealt|draw drew drawn|drive drove driven|eat ate eaten|fall fell fallen|
    feel felt|fight fought|find found|flee fled|fly flew flown|forbid forbade forbidden|forget forgot forgotten|
    get got gotten|give gave given|go went gone|grow grew grown|hang hung|have has had having|hear heard|
    hide hid hidden|hold held|keep kept|know knew known|lay laid|lead led|leave left|lend lent|lose lost loss|
    make made making|mean meant|meet met|pay paid|rise rose risen|run ran|say said|see saw seen|sell sold|send sent|
    shoot shot|show shown|sing sang sung|sink sank sunk|speak spoke spoken speech|spend spent|stand stood|
    steal stole stolen|strike struck|swear swore sworn|take took taken|teach taught|tell told|think thought|
    throw threw thrown|understand understood|wear wore worn|win won|write wrote written|wed married marry"""
_NOUNS = (
    "die dies died dying dead death deaths kill kills killed killing|man men|woman women|child children|"
    "person people persons|foot feet|wife wives|life lives"
)
# Countries whose people and tongues begin otherwise than they do, or too shortly to be known for theirs.
_COUNTRIES = (
    "turkey turkish turk turks|france french|britain british uk|america american americans usa|spain spanish spaniards|"
    "poland polish poles|netherlands dutch|denmark danish danes|sweden swedish|finland finnish|greece greek greeks|"
    "ireland irish|wales welsh|switzerland swiss|germany german germans|norway norwegian|portugal portuguese|"
    "philippines filipino filipinos|china chinese|burma burmese|thailand thai|cyprus cypriot|lebanon lebanese|"
    "peru peruvian|iraq iraqi iraqis|iran iranian iranians|india indian indians|israel israeli israelis|"
    "vietnam vietnamese|congo congolese|scotland scottish scots|england english|czechia czech|slovakia slovak|"
    "croatia croatian croat|serbia serbian serb serbs|ukraine ukrainian|russia russian russians|mexico mexican"
)
COUNTRIES = {word: words.split()[0] for words in _COUNTRIES.split("|") for word in words.split()}
_IRREGULAR = {form: forms.split()[0] for forms in f"{_VERBS}|{_NOUNS}".split("|") for form in forms.split()}
PASTS = frozenset(form for forms in _VERBS.split("|") for form in forms.split()[1:])  # irregular verbs but their bases
_ENDINGS = re.compile(
    r"(?:ization|isation|ational|ations?|ments?|ness|ingly|edly|ings?|ions?|ors?|ers?|ies|ied|est|ed|es|ly|al|ic|s|e|y)$"
)
_SHORTEST_STEM = 3
_SHARE_ALIKE = 0.65  # of the longer word, that two words of one root have in common from their beginning


def normal(text: str) -> str:
    """``text`` with plain marks and spaces, contractions written out, possessive endings gone; case stands."""
    text = " ".join(text.translate(_MARKS).split())
    for pattern, put in _CONTRACTIONS:
        text = pattern.sub(put, text)
    return text


@lru_cache(maxsize=65536)
def plain(word: str) -> str:
    """``word`` in small letters without accents."""
    letters = unicodedata.normalize("NFKD", word)
    return "".join(char for char in letters if not unicodedata.combining(char)).lower()


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """What the forms of one word share: build, built; found, founded (which are two words, but rarely matter)."""
    word = plain(word)
    if word in _IRREGULAR or word in COUNTRIES:
        return _IRREGULAR.get(word) or COUNTRIES[word]
    cut = _ENDINGS.sub("", word)
    return cut if len(cut) >= _SHORTEST_STEM else word


@lru_cache(maxsize=65536)
def akin(one: str, other: str) -> bool:
    """Whether two words are forms of one, or begin alike: Syria, Syrian; establish, establishment."""
    if stem(one) == stem(other):
        return True
    a, b = plain(one), plain(other)
    shared = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    return shared >= 4 and shared >= _SHARE_ALIKE * max(len(a), len(b))


def held(word: str, words: Iterable[str]) -> bool:
    """Whether ``words`` have the word in some form."""
    return any(akin(word, other) for other in words)


def telling(text: str) -> list[str]:
    """The words of a normal text that carry meaning, as written, each once."""
    words = re.findall(r"[^\W\d_]+", text)
    return list(dict.fromkeys(word for word in words if plain(word) not in FUNCTION and len(word) > 1))


def covered(question: str, text: str) -> float:
    """The share of the question's telling words that the text has in some form; 1 where it has none."""
    asked, told = telling(normal(question)), telling(normal(text))
    return sum(held(word, told) for word in asked) / len(asked) if asked else 1.0
