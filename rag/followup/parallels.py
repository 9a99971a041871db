""" "What about X?" and "And in 2022?": the question before with the new words in the place of their like."""

from __future__ import annotations

import re

from rag.followup.clauses import edge, first_phrase, phrase_at
from rag.followup.ellipsis import OUTCOMES
from rag.followup.events import Turn
from rag.followup.words import (
    ADVERBS,
    AUX,
    BE,
    DETERMINERS,
    HAVE,
    LOCATIVE,
    MONTHS,
    PERSONAL,
    PREPOSITIONS,
    SUBORDINATE,
    WH,
    Name,
    bare,
    is_capital,
    is_past,
    joined,
    names,
    plain,
)

_MONTH = "|".join(MONTHS)
_YEAR = r"(?:19|20)\d\d(?:[-–/]\d{2,4})?"
_DATE = re.compile(
    rf"\d{{1,2}} (?:{_MONTH})(?:,? {_YEAR})?|(?:{_MONTH}) \d{{1,2}}\b(?:,? {_YEAR})?|(?:{_MONTH})(?: {_YEAR})?|{_YEAR}"
)
_RELATIVE = re.compile(
    r"(?:last|this|next) (?:year|month|week|season|summer|winter|spring|autumn)|today|now|yesterday", re.IGNORECASE
)
_OUTCOME = re.compile(
    r"(?:the )?(?:number of )?(killed|wounded|injured|dead|missing|displaced|arrested|captured)", re.IGNORECASE
)
_ORDINAL = re.compile(r"(?:first|second|third|fourth|fifth|sixth|last)$", re.IGNORECASE)
_MOST_WORDS = 8  # of what takes the place


def substituted(core: str, led: bool, turn: Turn) -> str:
    """The earlier question with X for its like, after "What about X?" or "And X?"; "" where it has none."""
    about = re.fullmatch(r"(?:what|how) about (.+)", core, re.IGNORECASE)
    words = (about[1] if about else core).split()
    preposition = words[0].lower() if bare(words[0]) in PREPOSITIONS else ""
    phrase = " ".join(words[1:] if preposition else words)
    alone = about or led or (preposition and _DATE.fullmatch(phrase))
    if not alone or not phrase or bare(phrase.split()[0]) in WH | AUX | PERSONAL or not _is_phrase(words):
        return ""
    for way in (_same_outcome, _same_time, _same_noun, _same_attribute, _same_name):
        if made := way(turn, preposition, phrase):
            return made
    named = bool(names(["", *phrase.split()])) and turn.clause.asked.lower() != "where"
    return joined(*turn.words, preposition, phrase) if preposition in LOCATIVE and named else ""


def _is_phrase(words: list[str]) -> bool:
    """Whether it is a noun phrase, and no clause."""
    verbs = any(is_past(word) or bare(word) in (AUX - {"may", "might"}) | SUBORDINATE for word in words[1:])
    return len(words) <= _MOST_WORDS and (not verbs or bool(_OUTCOME.fullmatch(" ".join(words))))


def _same_outcome(turn: Turn, preposition: str, phrase: str) -> str:
    words, new = turn.words, _OUTCOME.fullmatch(phrase)
    at = next((i for i, word in enumerate(words) if bare(word) in OUTCOMES), 0)
    if new is None or not at:
        return ""
    before = words[at - 1].lower()
    link = "" if before in BE or before == "been" else "been" if before in HAVE else "were"
    return joined(*words[:at], link, new[1].lower(), *words[at + 1 :])


def _same_time(turn: Turn, preposition: str, phrase: str) -> str:
    relative, text = _RELATIVE.fullmatch(phrase), " ".join(turn.words)
    if not relative and not _DATE.fullmatch(phrase):
        return ""
    old = _DATE.search(text)
    if old is None:
        usual = "" if relative else "on" if re.search(r"\b\d{1,2}\b", phrase) else "in"
        return joined(text, preposition or usual, phrase)
    year = re.search(_YEAR, old[0])
    if year and year[0] != old[0] and not relative and not re.search(_YEAR, phrase):
        phrase = f"{phrase} {year[0]}"
    before = text[: old.start()].split()
    if (relative or preposition) and before and bare(before[-1]) in PREPOSITIONS:
        before[-1] = preposition
    return joined(*before, phrase, text[old.end() :].strip())


def _same_noun(turn: Turn, preposition: str, phrase: str) -> str:
    """ "the women's final" for "the men's final", "the second" for "the first round"."""
    words, new = turn.words, first_phrase(phrase).split() or phrase.split()
    if _ORDINAL.match(new[-1]):
        at = next((i for i, word in enumerate(words) if i and _ORDINAL.match(word)), 0)
        return joined(*words[:at], new[-1], *words[at + 1 :]) if at else ""
    at = next((i for i in range(len(words) - 1, 0, -1) if bare(words[i]) == bare(new[-1])), 0)
    if not at or len(new) < 2:
        return ""
    start = phrase_at(words, at)
    if plain(new) == plain(words[start : at + 1]):
        return ""
    start -= bool({bare(words[start - 1])} & DETERMINERS) and bare(new[0]) in DETERMINERS
    if preposition and bare(words[start - 1]) in PREPOSITIONS:
        start, phrase = start - 1, joined(preposition, phrase)
    return joined(*words[:start], phrase, *words[at + 1 :])


def _same_attribute(turn: Turn, preposition: str, phrase: str) -> str:
    """After "What is the population of Homs?", "And the area?"."""
    subject = re.fullmatch(r"(the [a-z ]+?) ((?:of|in) .*)", turn.clause.subject)
    new = re.fullmatch(r"the [a-z]+(?: [a-z]+){0,3}", phrase)
    if not subject or not new or preposition or turn.clause.asked.lower() not in ("what", "who"):
        return ""
    rest = re.sub("^of", "in", subject[2]) if " of " in phrase else subject[2]
    return joined(turn.clause.asked, turn.clause.aux, phrase, rest)


def _same_name(turn: Turn, preposition: str, phrase: str) -> str:
    """The name of the question that is most like the new one gives way to it; "" where two are as like."""
    words, parts = turn.words, phrase.split()
    new = next(iter(names(["", *parts])), None)
    if new is None:
        if len(parts) > 1 or bare(phrase) in ADVERBS:
            return ""
    elif new.full.lower() != phrase.lower():
        return ""
    there = [
        name
        for name in turn.asked_names
        if not name.people and (not preposition or name.place or name.before == preposition)
    ]
    if not there and turn.question.islower() and turn.clause.rest and words[-1] == turn.clause.rest:
        return joined(*words[:-1], phrase)
    scores = [_likeness(name, new) for name in there]
    best = [name for name, score in zip(there, scores, strict=True) if score == max(scores)]
    if not best or (len(best) > 1 and len({name.place for name in best}) > 1):
        return ""
    return _exchanged(words, best[0], preposition, phrase)


def _exchanged(words: list[str], old: Name, preposition: str, phrase: str) -> str:
    start, end = old.start, old.end
    whole = end
    while old.the and whole < len(words) and not edge(words[whole]) and not is_capital(words[whole]):
        whole += 1
    if preposition:
        end, start = whole, start - 1 - old.the
        phrase = joined(preposition, phrase)
    elif old.the and whole == end:
        start -= 1
    elif old.the and phrase.startswith("the "):
        start, end = start - 1, whole if bare(words[end]) in ("group", "party", "region") else end
    owner = re.search(r"['’]s?$", words[old.end - 1])
    return joined(*words[:start], phrase + (owner[0] if owner else ""), *words[end:])


def _likeness(name: Name, new: Name | None) -> float:
    """How alike in form; whether a single word names a person cannot be seen."""
    if new is None:
        return 0.0
    person = 2.0 * (name.person == new.person) if " " in new.text else 0.0
    return person + (name.acronym == new.acronym) + 0.5 * (name.the == new.the)
