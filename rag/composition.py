"""Findings to what an answer must say: the best one, every side of a contradiction, and what ended a state since."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain

from rag.agents import named_elsewhere
from rag.agreement import comparable
from rag.amounts import is_amount, is_vague
from rag.disagreement import (
    NAME_MARGIN,
    NOBODY,
    SIDE_MARGIN,
    asks_for_several,
    disagree,
    may_contradict,
    roughly,
    succeeds,
)
from rag.negation import denial_faults
from rag.occasions import NAMES, Statement, same_name, same_occasion, speaks_of
from rag.quantities import BOUNDS, HARMS, HUMAN
from rag.sentences import sentence_spans
from rag.tolls import harm_asked, statement_of, told_elsewhere, whole_count
from rag.types import Answer, Disagreement, Document, Finding, Hit, Status
from rag.wording import held, normal, plain, telling

MAX_SAID = 3  # statements of one answer
SURE = 2.0  # the reader's score of what contradicts: of 288 development questions 5 had a side below, none a true one
MARGIN = 0.5  # below the best finding's score: a further member of a list is said if it is so near
_BOUNDS = "|".join(map(re.escape, (*BOUNDS, "between", "from")))
_CHANGED = (
    r"\b(?:rose|risen|rises?|rising|raised?|raising|increas\w+|lower\w*|cut|reduc\w+|revis\w+|fell|fallen|falls?|"
    r"up|down|grew|grown|climb\w+|jump\w+|dropp?\w*)"
)
_STATE = re.compile(
    r"^\W*(?:who|which|what)\b.*?\b(?:is|are|leads|heads|runs|commands|rules|governs|controls|holds|chairs|owns)\b",
    re.IGNORECASE,
)
_ENDED = re.compile(
    r"\b(?:killed|died|dead|death of|arrested|captured|executed|resigned|stepped down|replaced|succeeded by|ousted|"
    r"deposed|dismissed|sacked|removed|retired|assassinated|dissolved|disbanded|closed|ended|no longer)\b",
    re.IGNORECASE,
)
# The same said of the name in front of it, across what stands between commas.
_BEFALLEN = re.compile(
    r"^(?:, [^,.;]+,)?(?: \([^)]*\))? (?:(?:(?:was|were|is|has been|had been|who was)(?: \w+ly)? "
    r"(?P<end>killed|arrested|captured|executed|replaced|succeeded|ousted|deposed|dismissed|sacked|removed|"
    r"assassinated|dead|no longer)\b)|(?:has |had )?(?:died|resigned|stepped down|retired)\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Composed:
    """What is to be said, in order, and of that what contradicts the first: ``status`` says which it is."""

    said: tuple[Finding, ...]
    sides: tuple[Finding, ...]
    status: Status


def compose(
    question: str, findings: Sequence[Finding], hits: Sequence[Hit], documents: Mapping[str, Document]
) -> Composed:
    """The statements of an answer from findings (best first, those that agree merged) and the passages that were read.

    Of each document one side at most: what contradicts the best finding and is told by another document. Where there is
    none, of a list the further members; of a state what a later text says of its end, which then comes first.
    """
    best = _exact(question, findings, documents)
    states = _states(question, best, findings, documents)
    ended = _ended(question, states[0], hits, documents)
    if len(states) > 1 and not harm_asked(question):
        said = [ended, *states] if ended else states
        return Composed(tuple(said[:MAX_SAID]), (), "answered")
    sides = _sides(question, states[0], findings, hits, documents)  # a toll that was raised can be disputed still
    if len(sides) > 1:
        said = [*sides, *(state for state in states if state not in sides)]
        return Composed(tuple(said[:MAX_SAID]), tuple(sides), "disputed")
    if len(states) > 1:
        return Composed(tuple(states[:MAX_SAID]), (), "answered")
    if ended is not None:
        support = tuple(f for f in best.support if f.passage.doc_id != ended.passage.doc_id)
        return Composed((ended, replace(best, support=support)), (), "answered")
    return Composed((best, *_members(question, findings)), (), "answered")


def of_one_thing(question: str, best: Finding, other: Finding, documents: Mapping[str, Document]) -> bool:
    """Whether another finding that gives the best one's value gives it to the same question: of no other day or place,
    and in a passage that has the names of the question that the best statement has, and its other words but one.
    """
    one, two = (statement_of(finding, documents[finding.passage.doc_id]) for finding in (best, other))
    if _denies(one.sentence, two.sentence) or any(_left_behind(said) for said in (one, two)):
        return False
    return _of_that(question, one, other, documents) and same_occasion(question, one, two)


def _denies(one: str, other: str) -> bool:
    """Whether a sentence denies what the other says."""
    faults = [*denial_faults(normal(one), normal(other)), *denial_faults(normal(other), normal(one))]
    return any(fault.startswith("its sources deny") for fault in faults)


def _left_behind(said: Statement) -> bool:
    """Whether the value is what an amount changed from: 34 where it has risen from 34 to 41."""
    value = re.escape(" ".join(normal(said.value).split()))
    return bool(
        re.search(rf"{_CHANGED}\b[^.;]*?\bfrom (?:[a-z]+ ){{0,3}}?\$?{value}\b[^.;]*? to\b", normal(said.sentence))
    )


def _of_that(question: str, said: Statement, other: Finding, documents: Mapping[str, Document]) -> bool:
    """Whether the passage has the names of the question that the statement has, and its other words but one."""
    names = " ".join(NAMES.findall(question))
    about = _about(other, documents)
    return _tells_no_less(names, said, about, but=0) and _tells_no_less(question, said, about, but=1)


def disputed(answer: Answer, composed: Composed) -> Answer:
    """The answer with its sides, each with the numbers of the citations that give it; as it is where it has none."""
    values = []
    for side in composed.sides:
        numbers = tuple(citation.number for citation in answer.citations if citation.doc_id in _doc_ids(side))
        if numbers:
            values.append(Disagreement(in_full(side), numbers))
    return replace(answer, status="disputed", disagreements=tuple(values)) if len(values) > 1 else answer


def in_full(finding: Finding) -> str:
    """The value with what says how exact it is, and all parts of a toll: "at least 61 civilians and seven soldiers"."""
    quote, answer = (" ".join(text.split()) for text in (finding.quote, whole_count(finding)))
    match = re.search(rf"(?:\b(?:{_BOUNDS})\s+)?{re.escape(answer)}", quote, re.IGNORECASE)
    return match[0] if match else finding.answer


def _exact(question: str, findings: Sequence[Finding], documents: Mapping[str, Document]) -> Finding:
    """The best finding, or where that is vague ("dozens") the next of its document or occasion with the number."""
    best = findings[0]
    if not is_vague(best.answer):
        return best
    said = statement_of(best, documents[best.passage.doc_id])
    for finding in findings[1:]:
        other = statement_of(finding, documents[finding.passage.doc_id])
        here = finding.passage.doc_id == best.passage.doc_id or same_occasion(question, other, said)
        if here and may_contradict(finding.score, best.score) and roughly(other, said):
            return finding
    return best


def _sides(
    question: str, best: Finding, findings: Sequence[Finding], hits: Sequence[Hit], documents: Mapping[str, Document]
) -> list[Finding]:
    """The best finding and what contradicts it, of each document one: findings first, then tolls and doers by rule."""
    sides = [best]
    for finding in findings:
        told = set[str]().union(*map(_doc_ids, sides))
        if not told & _doc_ids(finding) and _is_side(question, finding, best, documents):
            sides.append(finding)
    elsewhere = (told_elsewhere(question, best, hits, documents), named_elsewhere(question, best, hits, documents))
    for finding in chain(*elsewhere):
        if finding.passage.doc_id not in set[str]().union(*map(_doc_ids, sides)):
            sides.append(finding)
    return sides[:MAX_SAID]


def _is_side(question: str, finding: Finding, best: Finding, documents: Mapping[str, Document]) -> bool:
    amount = is_amount(finding.answer)
    margin = SIDE_MARGIN if amount else NAME_MARGIN
    if finding.score < SURE or not may_contradict(finding.score, best.score, margin=margin):
        return False
    one, other = (statement_of(f, documents[f.passage.doc_id]) for f in (best, finding))
    about = _about(finding, documents)
    if not (speaks_of(question, about) and disagree(question, one, other)):
        return False
    if not _tells_no_less(question, one, about, but=int(amount)):
        return False
    return amount or (_to_the_point(question, other) and all(_tells(question, said) for said in (one, other)))


def _tells_no_less(question: str, said: Statement, about: str, *, but: int) -> bool:
    """Whether a passage has the words of the question that the best statement has, all ``but`` so many."""
    here, there = _words(_told(said)), _words(about)
    return sum(_has(here, word) and not _has(there, word) for word in _words(question)) <= but


def _tells(question: str, said: Statement) -> bool:
    """Whether a statement by itself has all words of the question but one, so that it is no answer to another."""
    there = _words(_told(said))
    return sum(not _has(there, word) for word in _words(question)) <= 1


def _to_the_point(question: str, said: Statement) -> bool:
    """Whether a statement has any word of the question but the names in it."""
    names = {plain(word) for run in NAMES.findall(question) for word in run.split()}
    asked = [word for word in _words(question) if plain(word) not in names]
    there = _words(_told(said))
    return not asked or any(held(word, there) for word in asked)


def _told(said: Statement) -> str:
    return f"{said.title} {said.before} {said.sentence}"


def _about(finding: Finding, documents: Mapping[str, Document]) -> str:
    passage = finding.passage
    return f"{documents[passage.doc_id].title} {passage.heading} {passage.text}"


def _words(text: str) -> list[str]:
    return telling(normal(text))


def _has(words: Sequence[str], word: str) -> bool:
    """Whether words have the word in some form, a name in some spelling."""
    return held(word, words) or (word[0].isupper() and any(same_name(word, other) for other in words))


def _doc_ids(finding: Finding) -> set[str]:
    return {finding.passage.doc_id, *(other.passage.doc_id for other in finding.support)}


def _members(question: str, findings: Sequence[Finding]) -> list[Finding]:
    """Further members of the list that is asked for, each from another document."""
    best, told, members = findings[0], _doc_ids(findings[0]), list[Finding]()
    if not asks_for_several(question):
        return []
    for finding in findings[1:]:
        near = finding.score > max(0.0, best.score - MARGIN) and comparable(finding.answer, best.answer)
        if near and not told & _doc_ids(finding) and len(members) < MAX_SAID - 1:
            members.append(finding)
            told |= _doc_ids(finding)
    return members


def _states(
    question: str, best: Finding, findings: Sequence[Finding], documents: Mapping[str, Document]
) -> list[Finding]:
    """The best finding with what it has changed from or into since, the newest first; itself alone where it has not."""
    said = statement_of(best, documents[best.passage.doc_id])
    changed = []
    deed = re.sub(r"[a-z]+", lambda word: "" if word[0] in HARMS or HUMAN.fullmatch(word[0]) else word[0], question)
    for finding in findings:
        other = statement_of(finding, documents[finding.passage.doc_id])
        since = finding.score > 0 and succeeds(question, other, said)
        until = may_contradict(finding.score, best.score) and succeeds(question, said, other)
        anew = harm_asked(question) or any(NOBODY.match(statement.value) for statement in (said, other))
        told = not anew or _of_that(deed, said, finding, documents)
        if finding is not best and (since or until) and told:
            changed.append(finding)
    newest = sorted([best, *changed], key=lambda f: documents[f.passage.doc_id].published or date.min, reverse=True)
    return list({finding.passage.doc_id: finding for finding in reversed(newest)}.values())[::-1]


def _ended(question: str, best: Finding, hits: Sequence[Hit], documents: Mapping[str, Document]) -> Finding | None:
    """The latest sentence, not from before the best finding, that tells the end of what the best finding names."""
    if not _STATE.match(question) or not any(character.isupper() for character in best.answer):
        return None
    since = documents[best.passage.doc_id].published
    candidates = [
        (document.published or date.min, hit, place)
        for hit in hits
        for document in [documents[hit.passage.doc_id]]
        if hit.passage.doc_id != best.passage.doc_id and (since is None or (document.published or date.min) > since)
        for place in _ends(question, hit.passage.text, best.answer, of_it=hit.passage.doc_id in _doc_ids(best))
    ]
    if not candidates or _ENDED.search(best.quote):
        return None
    _, hit, (start, end, told) = max(candidates, key=lambda candidate: candidate[0])
    offset = hit.passage.start
    return replace(
        best, passage=hit.passage, start=offset + start, end=offset + end, answer=told, extent="", support=()
    )


def _ends(question: str, text: str, name: str, *, of_it: bool) -> Iterable[tuple[int, int, str]]:
    """The sentences that say of the name that something ended, with the word for it.

    ``of_it`` of a text that also gives the state: it must say so of the name itself, not of others beside it.
    """
    former = re.compile(rf"\bformer (?:\w+ )?(?:{'|'.join(map(re.escape, _words(question)))})\b", re.IGNORECASE)
    for start, end in sentence_spans(text):
        sentence = text[start:end]
        for run in NAMES.finditer(sentence):
            if len(run[0].split()) < 2 or not same_name(name, run[0]):
                continue
            before, after = sentence[: run.start()], sentence[run.end() :]
            beside = former.match(after.lstrip(" ,").removeprefix("the ").removeprefix("its "))
            beside = beside or re.search(rf"{former.pattern}[\w ]*,? $", before, re.IGNORECASE)
            match = beside or (_BEFALLEN.match(after) if of_it else _ENDED.search(sentence))
            if match:
                yield start, end, match[0].split(" ")[-1] if match.re is _BEFALLEN else match[0].strip(" ,")
                break
