"""Sentences that count what the best finding counts, found by rule: how many were killed, hurt, freed on one occasion.

The reader says which sentence of a passage answers; of a toll it is often unsure, as the sentence that gives the number
seldom repeats where it was. The sentence before it does, and what happened to those counted can be read off the words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from rag.amounts import counts_a_part, in_one_count
from rag.dates import dates
from rag.disagreement import disagree
from rag.occasions import Statement, names_all, on_the_day, on_the_very_day, placed_elsewhere
from rag.quantities import HARMS, Quantity, quantities
from rag.sentences import sentence_spans
from rag.types import Document, Finding, Hit, Passage
from rag.wording import FUNCTION, akin, normal, plain

SHARED = 0.5  # of what the question is about besides names and the harm, that the passage must speak of
SHARED_NEAR = 0.5  # and more than this share the sentence with the one before it, where nothing else speaks for it
# What any account of such an occasion may call it, or call those whom it befell.
_GENERIC = frozenset(
    """people person persons many much number toll total men women attack attacks raid assault massacre incident event
    shooting""".split()
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
        for finding in _tolls(hit.passage, harm):
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
        if finding.score > 0 and _counts(said, harm) and _outright(question, said, harm) > SHARED_NEAR:
            return finding
    for hit in hits:
        for finding in _tolls(hit.passage, harm):
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


def _counts(said: Statement, harm: str) -> bool:
    """Whether the value is a number of those whom the harm befell."""
    _, rest = dates(normal(said.sentence))
    return any(quantity.harm == harm and quantity.text in said.value for quantity in quantities(rest))


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


def _tolls(passage: Passage, harm: str) -> Iterator[Finding]:
    """The sentences of a passage that count whom the harm befell, each with its count as the answer."""
    for start, end in sentence_spans(passage.text):
        sentence = passage.text[start:end]
        _, rest = dates(normal(sentence))
        counted = [q for q in quantities(rest) if q.harm == harm and not q.ordinal and not q.percent]
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
