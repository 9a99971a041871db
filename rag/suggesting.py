"""Questions that a document answers: proposed by rule from its sentences, kept where asking brings the document up."""

from __future__ import annotations

from collections.abc import Iterator

from rag.index import Index
from rag.pipeline import ask
from rag.proposals import Proposal, proposals
from rag.sentences import sentence_spans
from rag.types import Answer, Document

MAX_ASKED = 9  # each costs as much as a question


def suggest(document: Document, index: Index, n: int = 3) -> list[Answer]:
    """At most ``n`` answers, quoted, of different kinds where there are some: each cites the document.

    Rules make stiff questions; that the index answers them from this document has been tried.
    """
    kept: list[Answer] = []
    for proposal in _varied(document):
        answer = ask(proposal.question, index, writer="quote", max_statements=1)
        cited = any(citation.doc_id == document.doc_id for citation in answer.citations)
        if answer.status == "answered" and cited and proposal.answer.lower() in answer.text.lower():
            kept.append(answer)
        if len(kept) == n:
            break
    return kept


def _varied(document: Document) -> list[Proposal]:
    """The proposals to be asked: one of each rule before a second of any."""
    by_rule: dict[str, list[Proposal]] = {}
    for sentence in _sentences(document):
        for proposal in proposals(sentence):
            by_rule.setdefault(proposal.rule, []).append(proposal)
    ranked = [(place, proposal) for group in by_rule.values() for place, proposal in enumerate(group)]
    ranked.sort(key=lambda pair: pair[0])
    return [proposal for _, proposal in ranked[:MAX_ASKED]]


def _sentences(document: Document) -> Iterator[str]:
    for section in document.sections:
        text = document.text[section.start : section.end]
        for start, end in sentence_spans(text):
            yield text[start:end]
