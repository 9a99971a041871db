"""Targets made by rule: question and answer as a statement, or the quote itself where it is short and stands alone."""

from __future__ import annotations

import re

from eval.claims import PREPOSITIONS, statement
from rag.checking import holds, unsupported
from rag.proposals import PRONOUNS
from rag.writers.local import answers_as_it_stands

# Marks of a statement that the rules got wrong: a left-over auxiliary, a verb in the wrong form, an end cut short.
FAULTY = re.compile(
    r"\b(?:did|does|do)\b|\b(?:to|can|could|will|would) \w+ed\b|\bone \w+s\b|[,;:.]\s*\.$|\b(?:is|was|are|were) The\b|"
    r"\b(?:with|by|of|to) (?:in|on|at|from)\b|\b(?:was|is|were|are) \w+ed (?:a|an|the)\b|"
    r"\b(?:kinds?|types?|sorts?) of\b|"
    r"\b(?:that|which|who) was \w+ed\b.* (?:in|on) \d|\b(\w+) \1\b",
)
_REPORTED = re.compile(
    r"\b(?:said|says|claim(?:s|ed)?|argu(?:e|es|ed)|alleg(?:e|es|ed)|estimat(?:e|es|ed)|report(?:s|ed)?|believ(?:e|es|ed)|"
    r"suggest(?:s|ed)?|stat(?:e|es|ed)|speculat(?:e|es|ed)|according to|thought)\b",
    re.IGNORECASE,
)
_PLURAL = re.compile(r"\band\b|[^s']s$", re.IGNORECASE)


def said(question: str, answer: str, quote: str) -> str:
    """One sentence that answers and that the quote bears out; "" where the rules make none that is safe."""
    for text in (declared(question, answer, quote), copied(question, answer, quote)):
        if text and holds(text, answer) and not unsupported(text, [quote], question):
            return text
    return ""


def declared(question: str, answer: str, quote: str) -> str:
    """Question and answer as a statement, with the article that the quote has; "" where it looks faulty."""
    if _REPORTED.search(quote) and not _REPORTED.search(question):
        return ""  # what somebody is said to have said is not to be stated as fact
    full = _with_article(answer.rstrip(".,;"), quote)
    text = statement(question, full, quote)
    if not text or FAULTY.search(text) or len(text.split()) > 30:
        return ""
    if text.casefold().startswith(full.casefold()):
        verb = text[len(full) :].split()[0] if text[len(full) :].split() else ""
        if bool(_PLURAL.search(full)) == bool(re.fullmatch(r"was|is|has|[a-z]{2,}[^s]s", verb)):
            return "" if _number_shows(verb) else text
    return text


def copied(question: str, answer: str, quote: str) -> str:
    """The quote, if it is a short sentence that needs none before it and speaks of what is asked."""
    fit = answers_as_it_stands(question, quote) and len(quote.split()) >= 5 and answer not in PRONOUNS
    return re.sub(r"\s*\[[^\]]*\]", "", quote) if fit else ""


def _with_article(answer: str, quote: str) -> str:
    """``the king`` for ``king`` where the quote has it so."""
    if answer.split()[0].lower() in PREPOSITIONS:
        return answer
    match = re.search(rf"\b(the|a|an) {re.escape(answer)}", quote, re.IGNORECASE)
    return f"{match[1].lower()} {answer}" if match else answer


def _number_shows(verb: str) -> bool:
    return bool(re.fullmatch(r"was|were|is|are|has|have|[a-z]{2,}[^s]s", verb))
