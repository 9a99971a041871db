"""Words of a passage that cannot answer a question, whatever the reader makes of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from functools import lru_cache

from rag.attribution import without_attribution
from rag.contests import asks_for_winner, beaten
from rag.dates import dates
from rag.deeds import sufferers
from rag.measures import is_measure
from rag.occasions import Statement, names_all, placed_elsewhere
from rag.quantities import HARMS, Quantity, quantities
from rag.sentences import Span, sentence_spans
from rag.wholes import place_of
from rag.wording import held, normal, telling

_HOW_MANY = re.compile(
    r"\bhow many (?!(?:year|month|week|day|hour|minute|time|attack|shot|mile|kilomet|point|goal)s?\b)", re.IGNORECASE
)
_HEAD = re.compile(r"\b[Tt]he (?:total )?number(?= of\b)")  # no number itself
_IN_PLACE = re.compile(
    r"\b(?i:how many)\b.* (?:in|at|near|outside) (?:the )?((?:[A-Z][\w'’-]+)(?:[\s-]+[A-Z][\w'’-]+)*)"
)
# How else a sentence may say that people died.
_DEADLY = re.compile(
    r"\b(?:li(?:ves|fe)|tolls?|perish|massacr|execut|drown|assassinat|slaughter|behead|fatal|bod(?:y|ies)|corpse|lynch|hang|"
    r"burn|victim|surviv|buried|funeral)",
    re.IGNORECASE,
)
_SAYING = re.compile(
    r"\b(?:sa(?:y|ys|id|ying)|tell|told|claim|accus|blam|announc|report|confirm|den(?:y|ie)|th(?:ink|ought)|believ|suspect|"
    r"call|describ|warn|condemn|wr(?:ite|ote|itten)|argu|suggest|stat(?:e|es|ed|ements?)\b|add|urg|critici|prais|comment|declar|"
    r"sp(?:eak|oke)|testif|identif|reveal|disclos|alleg|insist|maintain|complain|explain|express|predict|quot)",
    re.IGNORECASE,
)
_WHO_DOES = re.compile(r"^\W*who (?!(?:is|was|are|were|do|does|did|'s)\b)[a-z]", re.IGNORECASE)
_WHEN = re.compile(r"^\W*(?:when|(?:on |in )?(?:what|which) (?:exact )?(?:day|date|month|year))\b", re.IGNORECASE)
# Speakers that ``without_attribution`` leaves.
_SPEAKERS = (
    re.compile(
        r"^(?P<clause>[^,.;:()]{3,80}?\b(?:sa(?:id|ys)|added|insisted|believes?|believed)(?: on \w+day| yesterday)? )"
        r"(?=(?:(?:the|an?|his|her|their|it|he|she|they|we|its|there|this|these|those|at least|more than|some|all|no|"
        r"one)\b|\d|(?-i:[A-Z])))",
        re.IGNORECASE,
    ),
    re.compile(r"[,”\"](?P<clause> (?:said|says|added) [^,;.]+)(?=[,.;]|$)"),
)
_RELATIVE = re.compile(r"\b(?:who|whose|which|that|when|if|not|never|no|nobody|none)\b", re.IGNORECASE)
_OF_THEMSELVES = frozenset("it its they their we our i my his her".split())
# What makes a clause one of saying: no "States", and not "announced a partnership".
_TELLS = re.compile(
    r"^(?!.*\bit (?:was|is|has been)\b).*(?:\baccording to\b|\btold\b|\b(?:sa(?:id|ys?|ying)|claimed|alleg\w+|"
    r"insist\w+|argue[sd]?|believe[sd]?|suspect(?:s|ed)|suggest(?:s|ed)|maintain(?:s|ed)|reported|announced?|confirm(?:s|ed)|"
    r"stated|wrote|writes|added)\b(?! (?:an?|the|its|his|her|their|no)\b))",
    re.IGNORECASE | re.DOTALL,
)
_CLAIMED = re.compile(r"\b(?:claim|responsib|admit|confess|boast)", re.IGNORECASE)
_NUMBER = r"(?:[$£€]?\d[\d.,]*(?: (?:hundred|thousand|million|billion))?|[a-z]+(?:-[a-z]+)?)(?: ?%| percent| per cent)?"
_CHANGE = (
    r"ris(?:e|es|en|ing)|rose|rais\w+|increas\w+|lower\w*|cut|cuts|reduc\w+|revis\w+|f[ae]ll\w*|up|down|gr[eo]w\w*|"
    r"climb\w*|drop\w*|declin\w+|jump\w*|chang\w+"
)
_FROM = re.compile(
    rf"\b(?:{_CHANGE})\b[^.;]{{0,60}}?\bfrom (?P<old>{_NUMBER}(?: [a-z]+)?) to "
    rf"(?:(?:at least|more than|about|nearly|over) )*(?P<new>{_NUMBER})",
    re.IGNORECASE,
)
_QUANTITY = re.compile(
    r"\b(?:how (?:many|much|high|large|big)|what (?:percentage|share|proportion|number)|toll|number of)\b",
    re.IGNORECASE,
)
_EARLIER = re.compile(
    rf"\b(?:from|before|previous\w*|earlier|original\w*|initial\w*|first|old|start\w*|{_CHANGE})\b", re.IGNORECASE
)


def unfit(question: str, text: str) -> list[Span]:
    """The spans of a passage that cannot answer: the beaten, those who suffered a deed or only tell of it, counts of
    other harms or in another place, what a number was before it changed, the day on which something was said."""
    spans = beaten(text) if asks_for_winner(question) else []
    spans += sufferers(question, text)
    spans += other_harms(question, text)
    spans += former_numbers(question, text)
    spans += counts_elsewhere(question, text)
    spans += [match.span() for match in _HEAD.finditer(text)] if _HOW_MANY.search(question) else []
    if not _SAYING.search(question):
        spans += speakers(question, text) if _WHO_DOES.match(question) else []
        spans += days_of_statements(question, text) if _WHEN.match(question) else []
    return spans


def other_harms(question: str, text: str) -> list[Span]:
    """Where the text counts people whom another harm befell than those whom the question counts."""
    asked = _harms(question)
    if not asked or not _HOW_MANY.search(question):
        return []
    found: list[Span] = []
    for low, high in sentence_spans(text):
        sentence = text[low:high]
        told = _harms(sentence)
        if not told - asked or ("killed" in asked - told and _DEADLY.search(sentence)):
            continue
        for quantity, (first, last) in _counts(sentence):
            if quantity.harm and quantity.harm not in asked and not quantity.ordinal and not is_measure(quantity):
                found.append((low + first, low + last))
    return found


def counts_elsewhere(question: str, text: str) -> list[Span]:
    """Where the text counts what befell people in another place, while one sentence of it counts those in the place."""
    asked, harms = _IN_PLACE.search(question), _harms(question)
    if asked is None or not harms:
        return []
    sentences = [(low, text[low:high]) for low, high in sentence_spans(text)]
    here = [(low, sentence) for low, sentence in sentences if names_all(asked[1], sentence)]
    if not any(harms <= _harms(sentence) and _counts(sentence) for _, sentence in here):
        return []
    return [
        (low + first, low + last)
        for low, sentence in sentences
        if (low, sentence) not in here and placed_elsewhere(question, Statement("", sentence))
        for _, (first, last) in _counts(sentence)
    ]


def former_numbers(question: str, text: str) -> list[Span]:
    """The first number of "rose from 34 to 41", where how many there are is asked and neither how many there were nor
    of a year."""
    if not _QUANTITY.search(question) or _EARLIER.search(question):
        return []
    years = set(re.findall(r"\b(?:1\d|20)\d\d\b", question))
    return [
        match.span("old")
        for match in _FROM.finditer(text)
        if not all(re.fullmatch(r"(?:1\d|20)\d\d", match[part]) for part in ("old", "new"))
        and (quantities(normal(match["old"])) and quantities(normal(match["new"])))
        and not years & set(re.findall(r"\b(?:1\d|20)\d\d\b", text))
    ]


def speakers(question: str, text: str) -> list[Span]:
    """Where the text names who says so, not who did it: "officials said", unless they say it of themselves."""
    return [
        clause
        for clause, said in _statements(text)
        if said.split()[:1] and said.split()[0].lower() not in _OF_THEMSELVES
        if not _CLAIMED.search(text, *clause) and not _is_asked_about(question, text, clause)
    ]


def days_of_statements(question: str, text: str) -> list[Span]:
    """Where the text dates what was said of an event, while it dates other things too."""
    clauses = [clause for clause, _ in _statements(text)]
    dated = [clause for clause in clauses if dates(normal(text[slice(*clause)]))[0]]
    rest = text
    for low, high in clauses:
        rest = rest[:low] + " " * (high - low) + rest[high:]
    if not dated or not dates(normal(rest))[0]:
        return []
    return [clause for clause in dated if not _shares(question, text[slice(*clause)])]


def _harms(text: str) -> set[str]:
    return {HARMS[word] for word in re.findall(r"[a-z]+", text.lower()) if word in HARMS}


@lru_cache(maxsize=4096)
def _counts(sentence: str) -> tuple[tuple[Quantity, Span], ...]:
    """The numbers of a sentence, each with its place."""
    place, found = 0, []
    for quantity in quantities(dates(normal(sentence))[1]):
        if (match := place_of(quantity, sentence, place)) is not None:
            place = match.end()
            found.append((quantity, match.span()))
    return tuple(found)


def _shares(question: str, about: str) -> bool:
    """Whether the words are about what is asked: they have a telling word of the question besides names."""
    asked, told = ([word for word in telling(normal(part)) if word.islower()] for part in (question, about))
    return any(held(word, told) for word in asked)


def _is_asked_about(question: str, text: str, clause: Span) -> bool:
    """Whether the question is about the speaker of the clause: it has a word of the question, or what is told of the
    speaker behind it has ("said Holt, who heads the Observatory")."""
    low, high = next(((a, b) for a, b in sentence_spans(text) if a <= clause[0] < b), clause)
    if clause[0] > low and _shares(question, text[clause[0] : high]):
        return True
    told = telling(normal(text[slice(*clause)]))
    return any(held(word, told) for word in telling(normal(question)))


def _statements(text: str) -> Iterator[tuple[Span, str]]:
    """The clauses of a text that say who says so, each with what is said."""
    for low, high in sentence_spans(text):
        sentence = text[low:high]
        said = without_attribution(sentence)
        for start, end in _taken_off(sentence, said):
            if _TELLS.search(sentence[start:end]):
                yield (low + start, low + end), said
        for pattern in _SPEAKERS:
            match = pattern.search(sentence)
            if match is not None and not _RELATIVE.search(match["clause"]):
                after = sentence[match.end() :] if match.start() == 0 else sentence
                yield (low + match.start("clause"), low + match.end("clause")), after


def _taken_off(sentence: str, shorter: str) -> Iterator[Span]:
    """The runs of words of the sentence that the shorter one lacks."""
    words, kept = (list(re.finditer(r"\w+", part)) for part in (sentence, shorter))
    if len(words) == len(kept):
        return
    matcher = SequenceMatcher(None, [word[0] for word in words], [word[0] for word in kept], autojunk=False)
    for tag, first, end, _, _ in matcher.get_opcodes():
        if tag == "delete":
            yield words[first].start(), words[end - 1].end()
