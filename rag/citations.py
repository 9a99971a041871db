"""[n] to verified quotes: the one place where a citation is made."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from rag.checking import check, holds
from rag.instructions import without_marks
from rag.introductions import led_in
from rag.lexical import STOPWORDS
from rag.sentences import sentence_spans
from rag.types import Check, Citation, Document, Finding, Passage, Sentence

MARKER = re.compile(r"\s*[\[【]\s*(\d+(?:\s*[,;]\s*\d+)*)\s*[\]】]")
UNFINISHED_MARKER = re.compile(r"\s*[\[【][\d\s,;]*$")  # what a stream may stop in the middle of
MIN_SUPPORT = 0.5  # share of a sentence's words that a quote must hold to be cited without having been named
QUESTION_SHARE = 0.25  # how much the question's words count, beside the sentence's, in choosing a quote

MAX_SUPPORT = 2  # further sentences cited for a statement that several make

MAX_SENTENCES = 3  # of a passage that are cited as one quote, where fewer do not support what is written

Span = tuple[str, int, int]  # doc_id, start, end


class Resolved(NamedTuple):
    """The sentences shown, what they cite, and what the checker made of each that was written (where it was asked)."""

    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    checks: tuple[Check, ...]


def resolve(
    text: str,
    question: str,
    findings: Sequence[Finding],
    documents: Mapping[str, Document],
    *,
    checked: bool = False,
) -> Resolved:
    """The sentences of ``text``, their markers renumbered by first use, and the citations behind them.

    A marker [n] names ``findings[n - 1]``; markers that point nowhere are dropped. Every quote is the sentence of the
    named passage that best supports the written one. A sentence that names none is given the quote that holds at
    least half of its words, or stays bare.

    With ``checked``, a quote grows by the sentences around it (three in all at most) where the written sentence needs
    them; a sentence that says what its quotes do not even so is replaced by the first of them, and a bare one is left
    out: what remains is supported.
    """
    numbers: dict[Span, int] = {}
    sentences: dict[str, Sentence] = {}
    checks: list[Check] = []
    for written in _written(text, question, findings):
        backed: _Written | None = written
        if checked:
            backed, made = _backed(written, question, documents)
            checks.append(made)
        if backed is not None and backed.text not in sentences:
            sentences[backed.text] = _numbered(backed, numbers)
    citations = (cite(number, span, documents[span[0]]) for span, number in numbers.items())
    return Resolved(tuple(sentences.values()), tuple(citations), tuple(checks))


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


@dataclass(frozen=True, slots=True)
class _Written:
    """A sentence without its markers, and by the place in it where they stood the spans that they cite.

    ``passages`` are those that the spans were taken from.
    """

    text: str
    cited: Mapping[int, Sequence[Span]]
    passages: Sequence[Passage] = ()

    @property
    def spans(self) -> list[Span]:
        return [span for group in self.cited.values() for span in group]


def _written(text: str, question: str, findings: Sequence[Finding]) -> Iterator[_Written]:
    """The sentences of a writer's text with what each cites, named by it or found for it."""
    plain, marks = _lift_markers(text)
    for start, end in _units(plain, marks, findings):
        sentence = plain[start:end]
        named = {
            place - start: [findings[n - 1] for n in marked if 0 < n <= len(findings)]
            for place, marked in marks
            if start < place <= end
        }
        if not any(named.values()):
            named = {len(sentence): _unnamed(sentence, question, findings)}
        spans = {
            place: [span for finding in group for span in _spans(sentence, question, finding)]
            for place, group in sorted(named.items())
        }
        passages = [f.passage for group in named.values() for finding in group for f in (finding, *finding.support)]
        yield _Written(sentence, {place: list(dict.fromkeys(group)) for place, group in spans.items()}, passages)


def _units(
    plain: str, marks: Sequence[tuple[int, Sequence[int]]], findings: Sequence[Finding]
) -> list[tuple[int, int]]:
    """Where the sentences of a text are; a quote is one with the sentence that leads in to it."""
    units: list[tuple[int, int]] = []
    for start, end in sentence_spans(plain):
        cited = [findings[n - 1] for place, named in marks if start < place <= end for n in named if n <= len(findings)]
        led = next((words for words, _ in filter(None, map(_led_in, cited)) if plain[:end].endswith(words)), None)
        first = start if led is None else end - len(led)
        units = [*(unit for unit in units if unit[0] < first), (first, end)]
    return units


def _led_in(finding: Finding) -> tuple[str, Span] | None:
    """The finding's quote with the sentence that leads in to it, as writers quote it, and where that is."""
    start, offset = led_in(finding), finding.passage.start
    if start == finding.start:
        return None
    quote = without_marks(finding.passage.text[start - offset : finding.end - offset])
    return " ".join(quote.split()), (finding.passage.doc_id, start, finding.end)


def _backed(written: _Written, question: str, documents: Mapping[str, Document]) -> tuple[_Written | None, Check]:
    """The sentence if its quotes bear it out, alone or with what stands around them, else the first of them in its
    place; None where it has none. With it, what the checker found."""
    made = _check(written, question, documents)
    if made.verdict in ("verbatim", "supported"):
        return written, made
    if not written.spans:
        return None, made
    for wider in _wider(written):
        again = _check(wider, question, documents)
        if again.verdict == "supported":
            return wider, again
    span = written.spans[0]
    quote = " ".join(without_marks(documents[span[0]].text[span[1] : span[2]]).split())
    return _Written(quote, {len(quote): [span]}), made


def _check(written: _Written, question: str, documents: Mapping[str, Document]) -> Check:
    cited = [(documents[doc_id], start, end) for doc_id, start, end in written.spans]
    return check(
        written.text,
        [without_marks(document.text[start:end]) for document, start, end in cited],
        question=question,
        titles=[document.title for document, _, _ in cited],
        published=[document.published for document, _, _ in cited],
    )


def _wider(written: _Written) -> Iterator[_Written]:
    """The sentence with its first quote grown by sentences of its passage, the shortest first."""
    first = written.spans[0]
    passage = next((p for p in written.passages if p.doc_id == first[0] and p.start <= first[1] < p.end), None)
    if passage is None:
        return
    spans = [(passage.start + s, passage.start + e) for s, e in sentence_spans(passage.text)]
    inside = [i for i, (start, end) in enumerate(spans) if start < first[2] and end > first[1]]
    for n in range(len(inside) + 1, MAX_SENTENCES + 1):
        for low in range(max(0, inside[-1] - n + 1), min(inside[0], len(spans) - n) + 1):
            grown = (first[0], spans[low][0], spans[low + n - 1][1])
            cited = {
                place: [grown if span == first else span for span in group] for place, group in written.cited.items()
            }
            yield replace(written, cited=cited)


def _numbered(written: _Written, numbers: dict[Span, int]) -> Sentence:
    """The sentence with its markers, numbered by first use; ``numbers`` grows by what it cites first."""
    pieces, used, reached = [], [], 0
    for place, spans in written.cited.items():
        found = [numbers.setdefault(span, len(numbers) + 1) for span in spans]
        pieces.append(written.text[reached:place] + "".join(f" [{n}]" for n in found))
        used += found
        reached = place
    return Sentence("".join(pieces) + written.text[reached:], tuple(dict.fromkeys(used)))


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


def _spans(written: str, question: str, finding: Finding) -> list[Span]:
    """The sentence of the finding's passage that best supports ``written``, and those of others that say the same."""
    led = _led_in(finding)
    best = led[1] if led is not None and written == led[0] else _support(written, question, finding)[1]
    if not holds(written, finding.answer):
        return [best]
    sure = [other for other in finding.support if other.score > 0]
    return [best, *((other.passage.doc_id, other.start, other.end) for other in sure[:MAX_SUPPORT])]


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
