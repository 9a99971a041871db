"""One turn of the conversation as HTML: question, answer with chips, no-answer card, disagreement, what can be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from page.markup import MARKER, NO_MODEL, chip, count, day, named, origin
from page.records import Turn
from rag import Answer, Citation, Document, Hit, verified
from rag.types import Sentence

N_NEAREST = 3  # passages shown where the documents do not say
EXCERPT = 260  # characters of a nearest passage

Documents = Mapping[str, Document]
Curve = Sequence[tuple[float, float]]


def running(answer: Answer, pills: str = "") -> str:
    """The turn while it is being answered: what is there so far and, in its place in time, what is being done."""
    text = written(answer, stale=frozenset()) if answer.text else ""
    return f"{_asked_as(answer)}{pills}{text}{stage(answer)}"


def stage(answer: Answer) -> str:
    """What is being done, with what is known of it by now."""
    seen = _seen(answer)
    if "search" not in answer.timings:
        doing = "Searching the documents"
    elif "read" not in answer.timings:
        doing = f"Reading {seen}"
    else:
        doing = f"{'Checking and writing' if answer.text else 'Writing'} from {seen}"
    return f'<p class="stage"><span class="dot" aria-hidden="true"></span>{doing}</p>'


def whole(turn: Turn, documents: Documents, curve: Curve) -> str:
    """The turn of an answer that is kept, with what can be done with it."""
    answer = turn.answer
    if answer.status == "abstained" and not turn.stopped:
        body = _abstained(answer, documents)
    else:
        body = _said(answer, documents, whole=not turn.stopped)
    stopped = '<p class="note">Stopped: this is what was written so far, unchecked.</p>' if turn.stopped else ""
    parts = [_asked_as(answer), turn.filters.pills(), body, stopped, _meta(answer, curve), _actions(turn)]
    return "".join(parts)


def written(answer: Answer, *, stale: frozenset[int], whole: bool = False) -> str:
    """The text with its chips; in a whole answer, sentences without a quote are marked."""
    cited = {citation.number: citation for citation in answer.citations}

    def sentence(said: Sentence) -> str:
        text = MARKER.sub(
            lambda m: chip(cited[int(m[1])], stale=int(m[1]) in stale) if int(m[1]) in cited else m[0],
            escape(said.text),
        )
        return text if said.numbers or not whole else f'<span class="bare">{text}</span>'

    html = f'<p class="text" dir="auto">{" ".join(map(sentence, answer.sentences)) or escape(answer.text)}</p>'
    if 'class="bare"' in html:
        html += '<p class="note">No quote backs the underlined words: check them yourself.</p>'
    return html


def stale_numbers(citations: Sequence[Citation], documents: Documents) -> frozenset[int]:
    """The quotes that no longer stand in their documents as they were cited."""
    return frozenset(c.number for c in citations if not verified(c, documents.get(c.doc_id)))


def confidence(answer: Answer, curve: Curve) -> tuple[str, str]:
    """In words, and what they have been worth: the share of development findings that were right."""
    if answer.confidence is None or answer.status == "abstained":
        return "", ""
    right = next((share for start, share in reversed(curve) if answer.confidence >= start), answer.confidence)
    words = (
        "very likely right" if right >= 0.85 else "likely right" if right >= 0.7 else "may be wrong: read the quotes"
    )
    meaning = f"confidence {answer.confidence:.2f}; of findings as sure as this, {round(right * 100)} in 100 were right"
    return words, f"{meaning} on development questions"


def _said(answer: Answer, documents: Documents, *, whole: bool) -> str:
    stale = stale_numbers(answer.citations, documents)
    html = written(answer, stale=stale, whole=whole)
    if answer.status == "disputed":
        html = f'<p class="flag">The sources disagree</p>{_sides(answer, stale)}<div class="in-words">{html}</div>'
    if stale:
        said = "A quote no longer stands" if len(stale) == 1 else "Some quotes no longer stand"
        html += f'<p class="note">{said} in the documents as they are now: {", ".join(map(str, sorted(stale)))}.</p>'
    if answer.reason:
        html += f'<p class="note">{escape(answer.reason)}</p>'
    return html + _sources(answer)


def _sides(answer: Answer, stale: frozenset[int]) -> str:
    """Each value with its sources, side by side and none before the other."""
    cited = {citation.number: citation for citation in answer.citations}
    sides = []
    for value in answer.disagreements:
        said = [cited[n] for n in value.numbers if n in cited]
        sources = "".join(
            f'<p class="origin"><b dir="auto">{escape(named(c))}</b> · {day(c.published)} '
            f"{chip(c, stale=c.number in stale)}</p>"
            for c in said
        )
        sides.append(f'<li><b class="value" dir="auto">{escape(value.value)}</b>{sources}</li>')
    return f'<ul class="sides">{"".join(sides)}</ul>'


def _sources(answer: Answer) -> str:
    """The cited documents, one line each."""
    grouped: dict[str, list[Citation]] = {}
    for citation in answer.citations:
        grouped.setdefault(citation.doc_id, []).append(citation)
    rows = "".join(
        f"<li><span>{''.join(chip(c) for c in cited)}</span>"
        f'<button type="button" class="plain" data-number="{cited[0].number}">'
        f'<b dir="auto">{escape(named(cited[0]))}</b>'
        f" · {day(cited[0].published)}</button></li>"
        for cited in grouped.values()
    )
    return f'<ol class="cited" aria-label="Sources of this answer">{rows}</ol>' if rows else ""


def _abstained(answer: Answer, documents: Documents) -> str:
    """What is missing, the nearest passages, so that one can judge oneself, and what helps."""
    known = [(hit, document) for hit in answer.hits if (document := documents.get(hit.passage.doc_id)) is not None]
    nearest = "".join(_near(hit, document) for hit, document in known[:N_NEAREST])
    advice = "".join(f"<li>{line}</li>" for line in _advice(answer, bool(known)))
    html = (
        f'<div class="noanswer"><p class="text">{escape(answer.text)}</p>'
        f'<p class="reason" dir="auto">{escape(answer.reason)}</p>'
    )
    html += f'<h3>Nearest passages</h3><div class="nearest">{nearest}</div>' if nearest else ""
    return f'{html}<h3>What may help</h3><ul class="advice">{advice}</ul></div>'


def _advice(answer: Answer, found: bool) -> list[str]:
    if not found:
        return ["Add documents that speak of this, or take filters off.", "Use the words that the documents would use."]
    return [
        "Add a document that says it: everything here comes from your documents alone.",
        "Ask for one thing at a time, with the name, place or date that the documents give.",
    ]


def _near(hit: Hit, document: Document) -> str:
    passage = hit.passage
    words = " ".join(passage.text.split())
    excerpt = words if len(words) <= EXCERPT else f"{words[:EXCERPT].rsplit(' ', 1)[0]} …"
    return (
        (
            f'<button type="button" class="plain near" data-doc="{escape(passage.doc_id)}" '
            f'data-start="{passage.start}" '
            f'data-end="{passage.end}">'
            f"{origin(document.title, document.published, document.page(passage.start), document.source)}"
            f'<span class="excerpt" dir="auto">{escape(excerpt)}</span></button>'
        )
        .replace('<p class="origin">', '<span class="origin">')
        .replace("</p>", "</span>")
    )


def _asked_as(answer: Answer) -> str:
    if not answer.query:
        return ""
    return f'<p class="asked-as">Asked as: <span dir="auto">{escape(answer.query)}</span></p>'


def _seen(answer: Answer) -> str:
    documents = {hit.passage.doc_id for hit in answer.hits}
    return f"{count(len(answer.hits), 'passage')}, {count(len(documents), 'document')}"


def _meta(answer: Answer, curve: Curve) -> str:
    words, meaning = confidence(answer, curve)
    sure = f'<span class="sure" title="{escape(meaning)}" tabindex="0" data-tip="{escape(meaning)}">{words}</span>'
    parts = [sure] if words else []
    parts += [_seen(answer)] if answer.hits else []
    parts += [f"{count(len(answer.checks), 'statement')} checked"] if answer.checks else []
    parts += [f"{answer.timings['total']:.1f} s"] if "total" in answer.timings else []
    parts += [NO_MODEL if answer.model == "quote" else escape(answer.model)]
    return f'<p class="meta">{" · ".join(filter(None, parts))}</p>'


def _actions(turn: Turn) -> str:
    def button(do: str, label: str, pressed: bool | None = None) -> str:
        state = "" if pressed is None else f' aria-pressed="{str(pressed).lower()}"'
        return f'<button type="button" class="act" data-act="{do}"{state}>{label}</button>'

    judged = "".join(
        button(f"judge:{verdict}", label, turn.verdict == verdict)
        for verdict, label in (("right", "Right"), ("wrong", "Wrong"), ("citation", "Citation wrong"))
        if verdict != "citation" or turn.answer.citations
    )
    note = (
        f'<form class="judging" hidden><label>What is wrong, or what would be right? (optional)'
        f'<textarea rows="2" name="note">{escape(turn.note)}</textarea></label>'
        f'<button type="submit" class="act">Keep the note</button></form>'
    )
    return (
        f'<div class="actions" data-turn="{turn.id}">{button("sources", "Sources")}{button("copy", "Copy")}'
        f'{button("export", "JSON")}<span class="gap"></span><span class="judge" role="group" '
        f'aria-label="Is this answer right?">{judged}</span></div>{note}'
    )
