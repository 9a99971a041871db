"""What the chat page shows, as HTML: pure functions of answers and documents, and how it all looks.

Whatever documents, file names, questions and models say is escaped here, where it becomes HTML; none of it is read as
markdown. Numbers of turns and quotes are ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from html import escape
from pathlib import Path

from rag import Answer, Citation, Document, Hit
from rag.types import FileReport, Sentence, Source

NO_MODEL = "quoted, no language model"
N_NEAREST = 3  # passages shown where the documents do not say
MARKER = re.compile(r"\s?\[(\d+)\]")


def turn(number: int, question: str, body: str) -> str:
    return f'<article class="turn" id="turn-{number}"><h2 dir="auto">{escape(question)}</h2>{body}</article>'


def answered(number: int, answer: Answer, documents: Mapping[str, Document]) -> str:
    """The turn of a whole answer; ``documents`` name the nearest passages where it says nothing."""
    body = _abstained(answer, documents) if answer.status == "abstained" else cited(number, answer, whole=True)
    asked = f'<p class="quiet">Asked as: <span dir="auto">{escape(answer.query)}</span></p>' if answer.query else ""
    return turn(number, answer.question, asked + body + _time_line(answer))


def stage(answer: Answer | None) -> str:
    """What is being done while the reader waits; ``answer`` is the latest one of the stream."""
    if answer is None:
        doing = "Searching and reading the documents"
    elif "read" not in answer.timings:
        doing = f"Reading {_count(len(answer.hits), 'passage')}"
    else:
        doing = "Writing"
    return f'<p class="stage" role="status">{doing}<span aria-hidden="true">…</span></p>'


def cited(number: int, answer: Answer, *, whole: bool) -> str:
    """The text with its chips, then the numbered quotes; in a whole answer, sentences without a quote are marked."""
    sources = {citation.number: citation for citation in answer.citations}

    def chips(numbers: Iterable[int]) -> str:
        return "".join(_chip(number, sources[n]) for n in numbers if n in sources)

    def written(sentence: Sentence) -> str:
        text = MARKER.sub(lambda m: chips([int(m[1])]) if int(m[1]) in sources else m[0], escape(sentence.text))
        return text if sentence.numbers or not whole else f'<span class="bare">{text}</span>'

    html = f'<p class="text" dir="auto">{" ".join(map(written, answer.sentences)) or escape(answer.text)}</p>'
    if answer.status == "disputed":
        values = (f'<li><b dir="auto">{escape(d.value)}</b> {chips(d.numbers)}</li>' for d in answer.disagreements)
        html = f'<p class="flag">The sources disagree</p>{html}<ul class="values">{"".join(values)}</ul>'
    if 'class="bare"' in html:
        html += '<p class="reason">No quote backs the underlined words: check them yourself.</p>'
    quotes = "".join(
        f'<li id="quote-{number}-{c.number}" tabindex="-1"><span class="chip">{c.number}</span>'
        f'<div><blockquote dir="auto">{escape(c.quote)}</blockquote>'
        f"{_origin(c.title, c.published, c.page, c.source)}</div></li>"
        for c in answer.citations
    )
    return html + (f'<ol class="quotes" aria-label="Quotes">{quotes}</ol>' if quotes else "")


def _chip(turn: int, citation: Citation) -> str:
    label = escape(f"Quote {citation.number}: {citation.title}")
    hint = escape(f"{citation.quote}\n{citation.title}, {_day(citation.published)}")
    place = f"#quote-{turn}-{citation.number}"
    return f'<a class="chip" href="{place}" aria-label="{label}" title="{hint}">{citation.number}</a>'


def _origin(title: str, published: date | None, page: int | None, source: str) -> str:
    name = escape(Path(source).name)
    parts = [f"<b dir=auto>{escape(title) or name}</b>", _day(published)]
    parts += [] if page is None else [f"page {page}"]
    return f'<p class="origin">{" · ".join([*parts, name])}</p>'


def _abstained(answer: Answer, documents: Mapping[str, Document]) -> str:
    """The text, why, and the nearest passages, so that one can judge oneself."""
    known = [(hit, document) for hit in answer.hits if (document := documents.get(hit.passage.doc_id)) is not None]
    nearest = "".join(_near(hit, document) for hit, document in known[:N_NEAREST])
    html = f'<p class="text">{escape(answer.text)}</p><p class="reason">{escape(answer.reason)}</p>'
    return html + (f'<h3>Nearest passages</h3><div class="nearest">{nearest}</div>' if nearest else "")


def _near(hit: Hit, document: Document) -> str:
    origin = _origin(document.title, document.published, document.page(hit.passage.start), document.source)
    text = f'<span class="excerpt" dir="auto">{escape(hit.passage.text)}</span>'
    return f"<details><summary>{origin}{text}</summary></details>"


def _time_line(answer: Answer) -> str:
    parts = [f"answered in {answer.timings['total']:.1f} s"] if "total" in answer.timings else []
    model = NO_MODEL if answer.model == "quote" else escape(answer.model)
    parts += [_count(len(answer.hits), "best passage"), model]
    return f'<p class="quiet">{" · ".join(filter(None, parts))}</p>'


def failure(message: str) -> str:
    return (
        f'<div class="failure" role="alert"><b>No answer: something failed.</b><p>{escape(message)}</p>'
        "<p>Your question is back in the box.</p></div>"
    )


def results(reports: Iterable[FileReport], reading: str = "") -> str:
    rows = []
    for file in reports:
        held = (
            f"{_count(file.n_documents, 'document')}, {_count(file.n_passages, 'passage')}" if file.n_passages else ""
        )
        name, said = escape(Path(file.source).name), escape(file.reason or held)
        rows.append(f'<li class="{file.state}"><b>{file.state}</b> {name}<small dir="auto">{said}</small></li>')
    if reading:
        rows.append(f'<li class="stage">Indexing {escape(reading)}…</li>')
    return f'<ul role="status">{"".join(rows)}</ul>'


def library(files: Sequence[Source], documents: Iterable[Document]) -> str:
    """Every document with its title and date, by file."""
    if not files:
        return '<p class="quiet">No documents yet: add some above.</p>'
    articles: dict[str, list[Document]] = {}
    for document in documents:
        articles.setdefault(document.source, []).append(document)
    rows = []
    for file in files:
        titles = "".join(
            f'<b dir="auto">{escape(d.title)}</b><i>{_day(d.published)}</i>' for d in articles.get(file.source, ())
        )
        name = escape(Path(file.source).name)
        rows.append(f"<li>{titles}<small>{name} · {_count(file.n_passages, 'passage')}</small></li>")
    n_documents, n_passages = sum(f.n_documents for f in files), sum(f.n_passages for f in files)
    counts = f"{_count(n_documents, 'document')} in {_count(len(files), 'file')}, {_count(n_passages, 'passage')}"
    return f'<p class="quiet">{counts}</p><ul>{"".join(rows)}</ul>'


def _day(published: date | None) -> str:
    return "undated" if published is None else f"{published.day} {published:%B %Y}"


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


HEADER = """<header><h1>Footnote<sup>1</sup></h1><p>Answers from your own documents, with the words that back them.</p>
<a class="jump" href="#sources">Sources</a></header>"""

WELCOME = """<h2>What would you like to know?</h2>
<p>Every answer comes with numbered quotes, word for word from your documents. Where they do not say, you are told
so.</p>"""

# A link inside the page moves there without touching the address. A new question is scrolled to once, not at
# every word.
BEHAVIOUR = """
document.addEventListener("click", (event) => {
  const link = event.target.closest('a[href^="#"]');
  const there = link && document.getElementById(link.getAttribute("href").slice(1));
  if (!there) return;
  event.preventDefault();
  there.scrollIntoView({ block: there.id === "sources" ? "start" : "nearest" });
  there.focus({ preventScroll: true });
});
let shown = "";
new MutationObserver(() => {
  const turn = element.querySelector(".turn");
  if (!turn || turn.id === shown) return;
  shown = turn.id;
  turn.scrollIntoView({ block: "start" });
}).observe(element, { childList: true, subtree: true, attributes: true });
"""

CSS = """
body { --accent: #0f766e; --on-accent: #ffffff; --soft: #d9efec; --mark: #fff3c9; --bad: #b42318; --warn: #8a5a00;
  --quiet: var(--body-text-color-subdued); --line: var(--border-color-primary); --card: var(--block-background-fill);
  --serif: "Iowan Old Style", "Palatino Linotype", Palatino, Georgia, "Liberation Serif", serif; }
body.dark { --accent: #5eead4; --on-accent: #10302c; --soft: #12403b; --mark: #3d3412; --bad: #ff9d92;
  --warn: #f5c56b; }
.gradio-container { overflow: visible !important; }
.gradio-container .main, .gradio-container .wrap { padding: 0 !important; max-width: none !important; }
.gradio-container .contain > .column { gap: 0; }
.gradio-container .html-container { padding: 0 !important; }
.gradio-container :is(h1, h2, h3, p, ul, ol, blockquote) { margin: 0; padding: 0; list-style: none; }
.gradio-container :is(h1, h2, h3, b) { font-weight: 600; }
.gradio-container :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }

#top { position: sticky; top: 0; z-index: 6; border-radius: 0; background: var(--body-background-fill); }
#top header { display: flex; align-items: center; gap: 14px; height: 57px; padding: 0 24px;
  border-bottom: 1px solid var(--line); }
#top h1 { font: 600 22px/1 var(--serif); letter-spacing: -.01em; }
#top sup { color: var(--accent); font-size: 13px; margin-left: 1px; }
#top p { color: var(--quiet); font-size: 14px; padding-top: 3px; }
#top .jump { display: none; margin-left: auto; color: var(--accent); font-size: 14px; }

#desk { gap: 0; align-items: stretch; flex-wrap: nowrap; overflow-wrap: anywhere; }
#chat { padding: 28px 24px 0; gap: 0; min-height: calc(100vh - 57px); }
#chat > * { width: 100%; max-width: 760px; margin: 0 auto; }
#past:has(.turn), #current:has(.turn) { padding-bottom: 34px; }
#welcome { gap: 8px; padding: 7vh 0 20px; }
#welcome h2 { font: 600 31px/1.2 var(--serif); letter-spacing: -.01em; }
#welcome p { margin: 10px 0 14px; color: var(--quiet); font-size: 16px; line-height: 1.5; max-width: 58ch; }
#welcome .offer { justify-content: flex-start; text-align: left; white-space: normal; padding: 12px 16px;
  font-size: 15px;
  font-weight: 400; color: inherit; border: 1px solid var(--line); border-radius: 10px; background: var(--card); }
#welcome .offer:hover { border-color: var(--accent); }

#past:has(.turn) + #current { min-height: calc(100vh - 150px); }
.turn { scroll-margin-top: 78px; }
.turn + .turn { margin-top: 40px; }
.turn h2 { font-size: 20px; line-height: 1.35; margin-bottom: 10px; }
.turn h3 { font-size: 14px; color: var(--quiet); margin: 20px 0 8px; }
.turn .text { font: 18px/1.65 var(--serif); }
.bare { text-decoration: underline dotted var(--warn) 2px; text-underline-offset: 4px; }
.turn .reason { margin-top: 4px; color: var(--quiet); }
.quiet { color: var(--quiet); font-size: 13px; }
.turn > .quiet { margin-top: 14px; }
.stage { color: var(--quiet); font-size: 14px; margin-top: 8px; animation: breathe 1.6s ease-in-out infinite; }
@keyframes breathe { 50% { opacity: .5; } }
.flag { display: inline-block; color: var(--warn); border: 1px solid; border-radius: 99px; padding: 1px 11px;
  font-size: 13px;
  font-weight: 600; margin-bottom: 8px; }
.values { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 12px; }
.values li { border: 1px solid var(--line); border-radius: 10px; background: var(--card); padding: 6px 12px; }
.chip { padding: 3px 6px; margin: 0 1px 0 3px; border-radius: 6px; font: 600 12px/1 var(--font); vertical-align: 2px;
  color: var(--accent); background: var(--soft); text-decoration: none; }
a.chip:hover { background: var(--accent); color: var(--on-accent); }
.turn .quotes { margin-top: 18px; border-top: 1px solid var(--line); }
.quotes li { display: flex; gap: 12px; padding: 13px 8px 12px; border-bottom: 1px solid var(--line);
  scroll-margin: 70px 0 110px; }
.quotes li:focus { background: var(--mark); outline: none; }
.quotes li > div { flex: 1; min-width: 0; }
.quotes .chip { align-self: flex-start; margin: 3px 0 0; }
.quotes blockquote { border: 0; font: 16px/1.55 var(--serif); color: inherit; }
.origin { color: var(--quiet); font-size: 13px; line-height: 1.45; }
.origin b { color: var(--body-text-color); font-weight: 500; }
.quotes .origin { margin-top: 4px; }
.nearest { display: grid; gap: 8px; }
.nearest summary { cursor: pointer; padding: 10px 14px; border: 1px solid var(--line); border-radius: 10px;
  list-style: none;
  background: var(--card); }
.excerpt { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden;
  margin-top: 3px;
  font: 15px/1.5 var(--serif); }
details[open] .excerpt { -webkit-line-clamp: unset; }
.failure { border-left: 3px solid var(--bad); padding: 2px 14px; display: grid; gap: 4px; }
.failure b { color: var(--bad); }

#chat > .form { position: sticky; bottom: 0; z-index: 5; margin-top: auto; padding: 8px 0 20px; border: 0;
  border-radius: 0;
  overflow: visible; background: var(--body-background-fill); }
#ask { border: 0; padding: 0; overflow: visible !important; background: none; }
#ask .input-container { background: var(--input-background-fill); border: 1px solid var(--line); border-radius: 14px;
  padding: 7px 8px 7px 14px; box-shadow: 0 2px 14px rgb(0 0 0 / 6%); }
#ask .input-container:focus-within { border-color: var(--accent); }
#ask textarea { font-size: 16px; border: 0; padding: 4px 0; background: none; box-shadow: none; outline: none; }
#ask .submit-button { border-radius: 9px; padding: 0 14px; height: 32px; background: var(--accent);
  color: var(--on-accent);
  font-weight: 600; font-size: 14px; }

#sources { position: sticky; top: 57px; align-self: flex-start; flex: none; width: 340px;
  height: calc(100vh - 57px); overflow-y: auto;
  padding: 20px; gap: 12px; flex-wrap: nowrap; border-left: 1px solid var(--line);
  background: var(--background-fill-secondary); }
#sources > * { flex-shrink: 0; }
#sources h2 { font-size: 16px; }
#add { border: 1px dashed var(--quiet); }
#add label { position: absolute; opacity: 0; }
#add .wrap { font-size: 14px; line-height: 1.4; gap: 0; }
#library li, #results li { font-size: 14px; line-height: 1.4; }
#library ul { margin-top: 8px; }
#library li { padding: 10px 0; border-top: 1px solid var(--line); }
#library b, #library i, #sources small { display: block; }
#library b { font-weight: 500; }
#library b + i { margin-bottom: 5px; }
#library i, #sources small { font-style: normal; font-size: 13px; color: var(--quiet); }
#results ul { display: grid; gap: 6px; }
#results b { color: var(--accent); margin-right: 4px; }
#results .failed b { color: var(--bad); }

@media (max-width: 820px) {
  #desk { flex-wrap: wrap; }
  #top header { padding: 0 16px; }
  #top p { display: none; }
  #top .jump { display: inline; }
  #chat { padding: 18px 16px 0; min-height: calc(100dvh - 57px); }
  #welcome { padding-top: 2vh; }
  #welcome h2 { font-size: 26px; }
  #sources { scroll-margin-top: 57px; width: 100%; height: auto; position: static; border-left: 0;
  border-top: 1px solid var(--line); padding: 20px 16px; }
}
@media (prefers-reduced-motion: reduce) { .stage { animation: none; } }
@media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth; } }
"""
