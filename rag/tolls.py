"""Sentences that count what the best finding counts, found by rule: how many were killed, hurt, freed on one occasion.

The reader says which sentence of a passage answers; of a toll it is often unsure, as the sentence that gives the number
seldom repeats where it was. The sentence before it does, and what happened to those counted can be read off the words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from rag.amounts import of_another_group
from rag.dates import dates
from rag.disagreement import disagree
from rag.measures import is_measure
from rag.occasions import Statement, names_all, on_the_day, on_the_very_day, placed_elsewhere
from rag.quantities import HARMS, HUMAN, Quantity, head_of, quantities
from rag.sentences import sentence_spans
from rag.types import Document, Finding, Hit, Passage
from rag.wholes import counts_a_part, in_one_count, place_of
from rag.wording import FUNCTION, akin, normal, plain

SHARED = 0.5  # of what the question is about besides names and the harm, that the passage must speak of
SHARED_NEAR = 0.5  # and more than this share the sentence with the one before it, where nothing else speaks for it
# What any account of such an occasion may call it, or call those whom it befell.
_GENERIC = frozenset(
    """people person persons many much number toll total attack attacks raid assault massacre incident event
    shooting""".split()
)

# Of words that people are counted in, those that ``HUMAN`` does not know, and what it takes for people and is none.
_OF_PEOPLE = re.compile(r"famil(?:y|ies)|households|couples|lives|souls|bodies|corpses|fatalities")
_THINGS = re.compile(
    r"(?:heli|hexa|quad)copters|containers|computers|(?:head)?quarters|trailers|tankers|bunkers|towers|shelters|centers|"
    r"carriers|launchers|boosters|craters|borders|tractors|reactors|motors|sectors|floors|doors|plants|restaurants"
)
# Right before a number that has no noun: what says that it is a toll.
_BOUND = r"(?:(?:at least|at most|up to|as many as|(?:more|less|fewer) than|about|around|nearly|almost|over|some) )*"
_HARM_BEFORE = re.compile(rf"\b({'|'.join(HARMS)}):? (?:between |another |a total of )?{_BOUND}$", re.IGNORECASE)
_TOLL_BEFORE = re.compile(
    rf"\btoll\b[^,;.]{{0,40}}?(?::|\b(?:to|at|of|is|was|reached|hit)) (?:a total of )?{_BOUND}$|"
    rf"\btoll\b[^,;.]{{0,120}}?\b(?:rose|risen|rises|rising|climbed|increased|raised|revised|grew|grown|jumped) "
    rf"(?:[a-z]+ )?to {_BOUND}$|\b(?:family|crew|group|team|total) of {_BOUND}$",
    re.IGNORECASE,
)
_NEXT = re.compile(rf"^[^,;.]{{0,40}}(?:,| and) {_BOUND}$", re.IGNORECASE)  # between "12 Kesh men" and "three Osmans"
# And right behind one, before the word for the harm, where it is no name: "46 Kesh fighters were shot dead".
_BESIDE = frozenset("and or were was are is have has had been being reportedly confirmed found left shot also".split())
# What makes a number of people no toll: an age, the size of a place or force, a time of day; and a deed not done.
_SIZE = re.compile(
    r"\b(?:towns?|city|cities|villages?|hamlet|settlement|district|province|region|camp|island|country|nation|"
    r"community|enclave|tribe|force|army|population|age|average) (?:[a-z]+ )?of "
    rf"{_BOUND}$|\b(?:aged?|home to|(?:inhabit|populat)ed by) (?:(?:of|between) )?{_BOUND}(?:\d+ (?:to|and|-) )?$|\d:$",
    re.IGNORECASE,
)
_NOT_DONE_BEFORE = re.compile(
    r"(?:\b(?:(?:threat|vow|plan|plot|promis|intend|prepar|tr[yi]|attempt|want|fail|refus)\w* to|would|could|will|"
    rf"might|may|not|never) (?!only)(?:[a-z]+ ){{0,2}}(?:{'|'.join(HARMS)})\b|\b(?:whether|if|unless)\b|"
    r"\bden(?:y|ies|ied|ying) (?:(?:reports|claims|allegations) )?(?:that|having|killing)\b)[^,;.]*$",
    re.IGNORECASE,
)
_NO_TOLL_AFTER = re.compile(
    r"^:\d|^(?: [\w'-]+){0,3} (?:(?:could|would|will|might|may|live|lived|lives)\b|"
    r"(?:were|was|are|have|had|did) (?:not|never)\b)"
)


def told_elsewhere(
    question: str, best: Finding, hits: Sequence[Hit], documents: Mapping[str, Document]
) -> Iterator[Finding]:
    """Sentences of other documents that give the toll asked for and contradict the best finding; one a document.

    They must tell of the same harm, name what the question names (they or the sentence before), in a passage that
    speaks of the rest; a number that comes on top of others ("12 other people") is no toll.
    """
    harm = harm_asked(question)
    if not harm or not _names_something(question):
        return
    one = statement_of(best, documents[best.passage.doc_id])
    told = {best.passage.doc_id, *(other.passage.doc_id for other in best.support)}
    for hit in hits:
        document = documents[hit.passage.doc_id]
        if document.doc_id in told or not _share(question, f"{document.title} {hit.passage.text}", harm) >= SHARED:
            continue
        for finding in _tolls(question, hit.passage, harm):
            other = statement_of(finding, document)
            if _named(question, other) and disagree(question, one, other):
                told.add(document.doc_id)
                yield finding
                break


def told_outright(
    question: str, findings: Sequence[Finding], hits: Sequence[Hit], documents: Mapping[str, Document]
) -> Finding | None:
    """What gives the toll asked for in words that leave no doubt of what it is the toll of; None where nothing does.

    A reader that cannot choose between several tolls is unsure of each. Told outright is one that names what the
    question names, is of its day if it asks for one, and speaks of most of the rest within two sentences, if the reader
    takes it for an answer at all; and without the reader one of that very day, or that speaks of all the rest.
    """
    harm = harm_asked(question)
    if not harm or not _names_something(question):
        return None
    for finding in findings:
        said = statement_of(finding, documents[finding.passage.doc_id])
        if finding.score > 0 and _counts(question, said, harm) and _outright(question, said, harm) > SHARED_NEAR:
            return finding
    for hit in hits:
        for finding in _tolls(question, hit.passage, harm):
            document = documents[hit.passage.doc_id]
            said = statement_of(finding, document)
            there = _share(question, f"{document.title} {hit.passage.text}", harm) >= SHARED
            share = _outright(question, said, harm) if there else 0.0
            if share == 1.0 or (share and on_the_very_day(question, said)):
                return finding
    return None


def _outright(question: str, said: Statement, harm: str) -> float:
    """How much of what the question is about the statement speaks of, with the sentence before it.

    0 where it lacks a name or the day of the question or counts a part; never 0 elsewhere.
    """
    if not _named(question, said) or not on_the_day(question, said):
        return 0.0
    return max(0.01, _share(question, f"{said.before} {said.sentence}", harm))


def _counts(question: str, said: Statement, harm: str) -> bool:
    """Whether the value is a number of those whom the harm befell."""
    value = normal(said.value)
    return any(place_of(quantity, value, 0) for quantity in _befallen(question, said.sentence, harm))


def _befallen(question: str, sentence: str, harm: str) -> list[Quantity]:
    """The numbers of a sentence that count people whom the harm befell: no ages, sizes, distances or threats."""
    _, rest = dates(normal(sentence))
    found, place = list[Quantity](), 0
    for quantity in quantities(rest):
        match = place_of(quantity, rest, place)
        if match is None:
            continue
        between, place = rest[place : match.start()], match.end()
        before, after = rest[: match.start()], rest[place:]
        joined = bool(found and _NEXT.match(between) and re.match(r" [A-Z]", after))
        if quantity.harm != harm or quantity.ordinal or quantity.percent or of_another_group(quantity, question):
            continue
        if _SIZE.search(before) or _NOT_DONE_BEFORE.search(before) or _NO_TOLL_AFTER.match(after):
            continue
        if _of_people(quantity) if quantity.unit else joined or _beside(before, after, harm):
            found.append(quantity)
    return found


def _of_people(quantity: Quantity) -> bool:
    """Whether the noun behind a number is one of people: its first plural."""
    head = head_of(quantity.unit)
    human = (HUMAN.fullmatch(head) and not _THINGS.fullmatch(head)) or _OF_PEOPLE.fullmatch(head)
    return bool(human) and not is_measure(quantity)


def _beside(before: str, after: str, harm: str) -> bool:
    """Whether a number without a noun is next to a word for the harm: "killed 46", "46 Kesh fighters were killed"."""
    harmed = _HARM_BEFORE.search(before)
    if (harmed and HARMS[harmed[1].lower()] == harm) or _TOLL_BEFORE.search(before):
        return True
    following = re.sub(r" \([A-Z][\w-]*\)", "", after)
    for word in re.findall(r"[^\W\d_][\w'-]*|[^\s\w]", following):
        if HARMS.get(word.lower()) == harm:
            return True
        if not (word[0].isupper() or word in _BESIDE or HUMAN.fullmatch(word)):
            return False
    return False


def harm_asked(question: str) -> str:
    """What the question asks how many it befell: killed, wounded, freed; "" where it asks for no toll."""
    if not re.search(r"\bhow many\b|\b(?:death )?toll\b|\b(?:number|count) of\b", question, re.IGNORECASE):
        return ""
    if re.search(r"\btoll\b", question, re.IGNORECASE):
        return "killed"
    return next((HARMS[word] for word in reversed(_words(question)) if word in HARMS), "")


def whole_count(finding: Finding) -> str:
    """The finding's answer with the other parts of its toll, if it has any: "61 civilians and seven soldiers"."""
    sentence = finding.quote
    _, rest = dates(normal(sentence))
    counted = quantities(rest)
    first = next((quantity for quantity in counted if quantity.text == normal(finding.answer)), None)
    if first is None or not first.harm:
        return finding.answer
    parts = [q for q in counted if q.harm == first.harm and q.unit and not q.ordinal and not q.percent]
    parts = in_one_count(rest, parts) if parts and first is parts[0] else []
    whole = len(parts) > 1 and not counts_a_part(parts[-1].text, sentence)
    return (_value(sentence, parts) if whole else "") or finding.answer


def statement_of(finding: Finding, document: Document) -> Statement:
    """What the finding says, with the sentence before it in its passage."""
    passage, before = finding.passage, ""
    for start, end in sentence_spans(passage.text):
        if passage.start + end > finding.start:
            break
        before = passage.text[start:end]
    return Statement(finding.answer, finding.quote, document.title, document.published, before)


def _tolls(question: str, passage: Passage, harm: str) -> Iterator[Finding]:
    """The sentences of a passage that count whom the harm befell, each with its count as the answer."""
    for start, end in sentence_spans(passage.text):
        sentence = passage.text[start:end]
        counted = _befallen(question, sentence, harm)
        if counted and (value := _value(sentence, counted)):
            yield Finding(passage, passage.start + start, passage.start + end, value, 0.0)


def _value(sentence: str, counted: Sequence[Quantity]) -> str:
    """The words of the sentence from its first count to its last: "61 civilians and seven soldiers"."""
    first, last = (re.escape(q.text).replace(r"\ ", r"[\s-]+") for q in (counted[0], counted[-1]))
    noun = rf"(?:\s+{counted[-1].unit[0]})?" if len(counted) > 1 and counted[-1].unit else ""
    pattern = first if len(counted) == 1 else rf"{first}\b[^.;]{{1,60}}?\b{last}{noun}"
    match = re.search(rf"(?<![\d.,]){pattern}(?![\d])", sentence, re.IGNORECASE)
    return match[0] if match else ""


def _named(question: str, said: Statement) -> bool:
    """Whether the statement, with the sentence before it, has all names of the question and counts no mere part."""
    named = names_all(question, f"{said.before} {said.sentence}") and not placed_elsewhere(question, said)
    return named and not counts_a_part(said.value, said.sentence)


def _names_something(question: str) -> bool:
    return any(character.isupper() for character in question.lstrip("\"'“‘ ")[1:])


def _share(question: str, text: str, harm: str) -> float:
    """The share of what the question is about, names and harm aside, that a text speaks of."""
    asked = [
        word
        for word in re.findall(r"[^\W\d_]+", normal(question))
        if word.islower() and len(word) > 2 and plain(word) not in FUNCTION | _GENERIC
    ]
    asked = [word for word in asked if HARMS.get(plain(word)) != harm]
    held = set(_words(text))
    found = [any(akin(word, other) for other in held) for word in asked]
    return sum(found) / len(found) if found else 1.0


def _words(text: str) -> list[str]:
    return [plain(word) for word in re.findall(r"[^\W\d_]+", normal(text))]
