"""What stands behind an answer, as HTML: the five tabs beside it, and a document with its quotes marked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from html import escape
from itertools import pairwise

from page.answers import Curve, confidence, stale_numbers
from page.markup import NO_MODEL, count, day, named, origin
from page.records import Turn
from rag import Answer, Citation, Document, Finding, Hit
from rag.types import Check

TABS = ("Cited", "Also found", "Disagreements", "Timeline", "Trace")
MIN_DATED = 0.1  # confidence of a finding that is worth a place on the timeline
VERDICTS = {
    "verbatim": "the source's own words",
    "supported": "borne out by its quotes",
    "unsupported": "not borne out: the quote stands in its place",
    "uncited": "no quote: left out",
}

Documents = Mapping[str, Document]


def tabs(turn: Turn, documents: Documents, curve: Curve) -> str:
    """The panel of one answer: a list of tabs and what each shows."""
    answer = turn.answer
    bodies = (
        _cited(answer, documents), _also_found(answer, documents), _disagreements(answer), _timeline(answer, documents),
        _trace(turn, curve),
    )  # fmt: skip
    sizes = (len(answer.citations), len(_unused(answer)), len(answer.disagreements), None, None)
    heads = "".join(
        f'<button type="button" role="tab" id="tab-{i}" aria-controls="pane-{i}" aria-selected="{str(i == 0).lower()}" '
        f'tabindex="{0 if i == 0 else -1}">{name}{"" if not n else f" <small>{n}</small>"}</button>'
        for i, (name, n) in enumerate(zip(TABS, sizes, strict=True))
    )
    panes = "".join(
        f'<div role="tabpanel" id="pane-{i}" aria-labelledby="tab-{i}" tabindex="0"{"" if i == 0 else " hidden"}>'
        f"{body}</div>"
        for i, body in enumerate(bodies)
    )
    question = f'<p class="of" dir="auto">{escape(answer.question)}</p>'
    return f'{question}<div role="tablist" aria-label="Behind this answer">{heads}</div>{panes}'


def document(
    shown: Document, citations: Sequence[Citation] = (), current: int | None = None, span: tuple[int, int] | None = None
) -> str:
    """The whole document; ``citations`` of it, by their offsets, and ``span`` are marked.

    A quote that does not stand where it was is not marked anywhere: that is said instead.
    """
    standing = [c for c in citations if shown.text[c.start : c.end] == c.quote]
    gone = [c.number for c in citations if c not in standing]
    spans = [(c.start, c.end, str(c.number)) for c in standing] + ([(*span, "")] if span is not None else [])
    numbers = ",".join(str(c.number) for c in standing)
    note = (
        f'<p class="note" role="status">Quote {", ".join(map(str, gone))} no longer stands in this document as it is '
        "now, so that it is not marked.</p>"
        if gone
        else ""
    )
    meta = [day(shown.published), *(escape(author) for author in shown.authors)]
    meta.append(escape(shown.source.rsplit("/", 1)[-1]))
    sections = sum(bool(section.heading) for section in shown.sections)
    meta += [count(sections, "section")] if sections > 1 else []
    meta += [count(len(shown.page_starts), "page")] if shown.page_starts else []
    return (
        f'<article class="document" data-doc="{escape(shown.doc_id)}" data-numbers="{numbers}" '
        f'data-current="{"" if current is None else current}">'
        f'<h2 dir="auto" tabindex="-1">{escape(named(shown))}</h2><p class="origin">{" · ".join(meta)}</p>{note}'
        f'<div class="body" dir="auto">{_marked(shown, spans)}</div></article>'
    )


def _marked(shown: Document, spans: Sequence[tuple[int, int, str]]) -> str:
    """The text, escaped, cut at every place where a mark or a page begins or ends."""
    starts = set(shown.page_starts)
    cuts = sorted({0, len(shown.text), *starts, *(place for start, end, _ in spans for place in (start, end))})
    html = []
    for start, end in pairwise(cuts):
        if start in starts:
            html.append(_page_break(shown, shown.page(start)))
        over = [name for s, e, name in spans if s <= start and end <= e]
        piece = escape(shown.text[start:end])
        if over:
            label = " ".join(filter(None, over))
            piece = f'<mark data-quotes="{label}">{piece}</mark>' if label else f'<mark class="found">{piece}</mark>'
        html.append(piece)
    return "".join(html)


def _page_break(shown: Document, number: int | None) -> str:
    picture = (
        f'<button type="button" class="act" data-page="{number}" data-doc="{escape(shown.doc_id)}">'
        "Show the page</button>"
        if shown.source.lower().endswith(".pdf")
        else ""
    )
    return f'<span class="page" contenteditable="false">Page {number}{picture}</span>'


def _cited(answer: Answer, documents: Documents) -> str:
    if not answer.citations:
        return _nothing("Nothing is cited: no sentence of the documents answers the question.")
    stale = stale_numbers(answer.citations, documents)
    grouped: dict[str, list[Citation]] = {}
    for citation in answer.citations:
        grouped.setdefault(citation.doc_id, []).append(citation)
    html = []
    for cited in grouped.values():
        first = cited[0]
        times = "cited once" if len(cited) == 1 else f"cited {len(cited)} times"
        quotes = "".join(
            f'<li><button type="button" class="plain quote" data-number="{c.number}"{_gone(c, stale)}>'
            f'<span class="chip" aria-hidden="true">{c.number}</span>'
            f'<span class="words" dir="auto">{escape(c.quote)}</span></button></li>'
            for c in cited
        )
        head = origin(first.title, first.published, first.page, first.source)
        html.append(f'<section class="source">{head}<p class="times">{times}</p><ol>{quotes}</ol></section>')
    return "".join(html)


def _gone(citation: Citation, stale: frozenset[int]) -> str:
    return ' data-stale="" title="no longer in the document as it is now"' if citation.number in stale else ""


def _unused(answer: Answer) -> list[Hit]:
    """The passages that no citation is from."""

    def cited(hit: Hit) -> bool:
        p = hit.passage
        return any(c.doc_id == p.doc_id and c.start < p.end and p.start < c.end for c in answer.citations)

    return [hit for hit in answer.hits if not cited(hit)]


def _also_found(answer: Answer, documents: Documents) -> str:
    findings = {finding.passage: finding for finding in reversed(answer.findings)}
    rows = []
    for hit in _unused(answer):
        passage, found = hit.passage, documents.get(hit.passage.doc_id)
        if found is None:
            continue
        why = _why_unused(answer, findings.get(passage))
        rows.append(
            f'<li><button type="button" class="plain near" data-doc="{escape(passage.doc_id)}" '
            f'data-start="{passage.start}" data-end="{passage.end}"><span class="origin">'
            f"<b dir=auto>{escape(named(found))}</b> · {day(found.published)}</span>"
            f'<span class="excerpt" dir="auto">{escape(" ".join(passage.text.split()))}</span>'
            f'<span class="why"><meter min="0" max="1" value="{min(1.0, max(0.0, hit.score)):.2f}" '
            f'aria-label="search score">{hit.score:.2f}</meter> {hit.score:.2f} · {why}</span></button></li>'
        )
    return f'<ol class="rows">{"".join(rows)}</ol>' if rows else _nothing("Every passage that was read is cited.")


def _why_unused(answer: Answer, finding: Finding | None) -> str:
    if finding is None:
        return "says nothing to the question, or the same as a passage above"
    said = f"“{escape(' '.join(finding.answer.split()))}”"
    if any(finding.answer.casefold() in c.quote.casefold() for c in answer.citations):
        return f"says the same: {said}"
    return f"would say {said}, with a confidence of {finding.confidence:.2f}"


def _disagreements(answer: Answer) -> str:
    if not answer.disagreements:
        return _nothing("No two of the sources that were read contradict each other here.")
    cited = {citation.number: citation for citation in answer.citations}
    sides = []
    for value in answer.disagreements:
        quotes = "".join(
            f'<button type="button" class="plain quote" data-number="{c.number}">'
            f'<span class="chip" aria-hidden="true">{c.number}</span>'
            f'<span class="words" dir="auto">{escape(c.quote)}</span></button>'
            f"{origin(c.title, c.published, c.page, c.source)}"
            for n in value.numbers
            if (c := cited.get(n)) is not None
        )
        sides.append(f'<li><b class="value" dir="auto">{escape(value.value)}</b>{quotes}</li>')
    return f'<ul class="sides">{"".join(sides)}</ul>'


def _timeline(answer: Answer, documents: Documents) -> str:
    """Findings and quotes by the day of their documents, the oldest first; the undated last."""
    rows: dict[tuple[str, str], tuple[date | None, Document, str]] = {}
    for citation in answer.citations:
        held = documents.get(citation.doc_id)
        if held is not None:
            quote = f'<button type="button" class="plain quote" data-number="{citation.number}">'
            quote += f'<span class="chip" aria-hidden="true">{citation.number}</span>{_words(citation.quote)}</button>'
            rows[citation.doc_id, citation.quote] = (citation.published, held, quote)
    for finding in answer.findings:
        passage, held = finding.passage, documents.get(finding.passage.doc_id)
        if held is not None and finding.confidence >= MIN_DATED:
            quote = f'<button type="button" class="plain quote" data-doc="{escape(passage.doc_id)}" '
            quote += f'data-start="{finding.start}" data-end="{finding.end}">{_words(finding.quote)}</button>'
            rows.setdefault((passage.doc_id, finding.quote), (held.published, held, quote))
    if not rows:
        return _nothing("Nothing that was found answers the question, on any day.")
    ordered = sorted(rows.values(), key=lambda row: (row[0] is None, row[0] or date.min))
    items = "".join(
        f'<li><span class="when">{day(when)}</span>{quote}<span class="origin">{escape(named(held))}</span></li>'
        for when, held, quote in ordered
    )
    return f'<ol class="timeline">{items}</ol>'


def _words(quote: str) -> str:
    return f'<span class="words" dir="auto">{escape(quote)}</span>'


def _trace(turn: Turn, curve: Curve) -> str:
    answer = turn.answer
    words, meaning = confidence(answer, curve)
    writer = NO_MODEL if answer.model == "quote" else escape(answer.model)
    rows = [
        ("Searched for", f'<span dir="auto">{escape(answer.query or answer.question)}</span>'),
        ("Filters", re.sub("</?p[^>]*>", "", turn.filters.pills()) or "none"),
        ("Passages", f"{len(answer.hits)} best of those read, from "
         f"{count(len({hit.passage.doc_id for hit in answer.hits}), 'document')}"),
        ("Confidence", f"{words}<br><small>{escape(meaning)}</small>" if words else _unsure(answer)),
        ("Written by", writer),
        ("Checks", _checks(answer.checks)),
        ("Time", _times(answer)),
        *([("Request", f"<code>{escape(answer.request)}</code>")] if answer.request else []),
    ]  # fmt: skip
    return f'<dl class="trace">{"".join(f"<dt>{name}</dt><dd>{said}</dd>" for name, said in rows)}</dl>'


def _unsure(answer: Answer) -> str:
    if answer.confidence is None:
        return "nothing was found to be sure of"
    return f"too low to be said: {answer.confidence:.2f}"


def _checks(checks: Iterable[Check]) -> str:
    rows = []
    for check in checks:
        reasons = f": {escape('; '.join(check.reasons))}" if check.reasons else ""
        rows.append(
            f'<li class="{check.verdict}"><span dir="auto">{escape(check.sentence)}</span>'
            f"<small>{VERDICTS[check.verdict]}{reasons}</small></li>"
        )
    return f'<ol class="checks">{"".join(rows)}</ol>' if rows else "none: nothing was written"


def _times(answer: Answer) -> str:
    stages = {name: seconds for name, seconds in answer.timings.items() if name != "total"}
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{seconds:.2f} s</td></tr>'
        for name, seconds in {**stages, "total": answer.timings.get("total", 0.0)}.items()
    )
    return f"<table>{rows}</table>"


def _nothing(text: str) -> str:
    return f'<p class="nothing">{text}</p>'
