"""[n] to verified quotes: the one place where a citation is made."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from rag.lexical import STOPWORDS
from rag.sentences import sentence_spans
from rag.types import Citation, Document, Finding, Sentence

MARKER = re.compile(r"\s*[\[【]\s*(\d+(?:\s*[,;]\s*\d+)*)\s*[\]】]")
UNFINISHED_MARKER = re.compile(r"\s*[\[【][\d\s,;]*$")  # what a stream may stop in the middle of
MIN_SUPPORT = 0.5  # share of a sentence's words that a quote must hold to be cited without having been named
QUESTION_SHARE = 0.25  # how much the question's words count, beside the sentence's, in choosing a quote

Span = tuple[str, int, int]  # doc_id, start, end


def resolve(
    text: str, question: str, findings: Sequence[Finding], documents: Mapping[str, Document]
) -> tuple[tuple[Sentence, ...], tuple[Citation, ...]]:
    """The sentences of ``text``, their markers renumbered by first use, and the citations behind them.

    A marker [n] names ``findings[n - 1]``; markers that point nowhere are dropped. Every quote is the sentence of the
    named passage that best supports the written one. A sentence that names none is given the quote that holds at
    least half of its words, or stays bare.
    """
    plain, marks = _lift_markers(text)
    numbers: dict[Span, int] = {}
    sentences = []
    for start, end in sentence_spans(plain):
        written = plain[start:end]
        named = {
            place: [findings[n - 1] for n in marked if 0 < n <= len(findings)]
            for place, marked in marks
            if start < place <= end
        }
        if not any(named.values()):
            named = {end: _unnamed(written, question, findings)}
        pieces, used, reached = [], [], start
        for place, group in sorted(named.items()):
            spans = dict.fromkeys(_support(written, question, finding)[1] for finding in group)
            found = [numbers.setdefault(span, len(numbers) + 1) for span in spans]
            pieces.append(plain[reached:place] + "".join(f" [{n}]" for n in found))
            used += found
            reached = place
        sentences.append(Sentence("".join(pieces) + plain[reached:end], tuple(dict.fromkeys(used))))
    citations = (cite(number, span, documents[span[0]]) for span, number in numbers.items())
    return tuple(sentences), tuple(citations)


def cite(number: int, span: Span, document: Document) -> Citation:
    """A citation of ``document.text[start:end]``: the quote is cut from the document, never taken from a writer."""
    doc_id, start, end = span
    return Citation(
        number=number,
        doc_id=doc_id,
        title=document.title,
        source=document.source,
        published=document.published,
        start=start,
        end=end,
        quote=document.text[start:end],
        page=document.page(start),
    )


def verified(citation: Citation, document: Document | None) -> bool:
    """Whether the quote still stands, word for word, where the citation says that it does."""
    return document is not None and document.text[citation.start : citation.end] == citation.quote != ""


def _lift_markers(text: str) -> tuple[str, list[tuple[int, list[int]]]]:
    """``text`` without its markers, and for each the place in that text where it stood with the numbers it named."""
    plain, marks, reached = "", [], 0
    text = UNFINISHED_MARKER.sub("", text)
    for match in MARKER.finditer(text):
        plain += text[reached : match.start()]
        marks.append((len(plain), [int(n) for n in re.findall(r"\d+", match[1])]))
        reached = match.end()
    return plain + text[reached:], marks


def _unnamed(written: str, question: str, findings: Sequence[Finding]) -> list[Finding]:
    """The finding whose passage best supports a sentence that names none, if any does well enough."""
    if not _words(written):
        return []
    supports = [
        (_overlap(written, _quote(finding, span)), finding)
        for finding in findings
        for span in [_support(written, question, finding)[1]]
    ]
    best = max(supports, key=lambda pair: pair[0], default=None)
    return [best[1]] if best is not None and best[0] >= MIN_SUPPORT else []


def _quote(finding: Finding, span: Span) -> str:
    offset = finding.passage.start
    return finding.passage.text[span[1] - offset : span[2] - offset]


def _support(written: str, question: str, finding: Finding) -> tuple[float, Span]:
    """How well the best sentence of the finding's passage supports ``written``, and where it is."""
    passage = finding.passage
    spans = [(passage.start + s, passage.start + e) for s, e in sentence_spans(passage.text)]
    # First of equals wins below: the sentence that the reader chose goes first.
    spans.sort(key=lambda span: span != (finding.start, finding.end))
    scored = []
    for start, end in spans:
        quote = passage.text[start - passage.start : end - passage.start]
        score = _overlap(written, quote) + QUESTION_SHARE * _overlap(question, quote)
        scored.append((score, (passage.doc_id, start, end)))
    return max(scored, key=lambda pair: pair[0])


def _overlap(sentence: str, quote: str) -> float:
    """The share of the sentence's telling words that the quote holds; numbers count twice."""
    words = _words(sentence)
    held = _words(quote)
    weights = {word: 2.0 if word[0].isdigit() else 1.0 for word in words}
    return sum(weights[word] for word in words & held) / sum(weights.values()) if weights else 0.0


def _words(text: str) -> set[str]:
    return {word for word in re.findall(r"\w[\w,.]*\w|\w", text.lower()) if word not in STOPWORDS}
