"""The page's frame: what stands on it before anything is asked. Style and behaviour lie beside it in ``static``."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from rag import SUFFIXES

_STATIC = Path(__file__).parent / "static"
CSS = (_STATIC / "page.css").read_text(encoding="utf-8")
BEHAVIOUR = "\n".join((_STATIC / name).read_text(encoding="utf-8") for name in ("page.js", "panel.js", "library.js"))


def frame(examples: Sequence[str] = ()) -> str:
    """The whole page, empty; ``examples`` are questions offered at the start."""
    offers = "".join(
        f'<li><button type="button" class="offer" dir="auto">{escape(example)}</button></li>' for example in examples
    )
    return (
        FRAME.replace("@offers", f'<ul class="offers" aria-label="Examples">{offers}</ul>' if offers else "")
        .replace("@suffixes", ",".join([*SUFFIXES, ".zip"]))
        .replace("@formats", " ".join(suffix.lstrip(".") for suffix in SUFFIXES))
    )


FRAME = """<div id="footnote">
<a class="skip" href="#question">Skip to the question</a>
<header id="top">
 <button type="button" class="icon" id="show-history" aria-label="Conversations" aria-expanded="false">☰</button>
 <h1>Footnote<sup>1</sup></h1>
 <p>Answers from your own documents, with the words that back them.</p>
 <span class="gap"></span>
 <button type="button" class="head" id="show-documents">Documents</button>
 <button type="button" class="head" id="show-settings">Settings</button>
 <button type="button" class="icon" id="theme" aria-label="Light or dark">◐</button>
</header>
<div id="desk">
 <nav id="history" aria-label="Conversations">
  <button type="button" id="new">New question</button>
  <label class="sr" for="seek">Search the conversations</label>
  <input type="search" id="seek" placeholder="Search" autocomplete="off">
  <ol id="conversations"></ol>
 </nav>
 <section id="chat" aria-label="Questions and answers">
  <div id="turns"></div>
  <div id="welcome">
   <h2>What would you like to know?</h2>
   <p>Every answer comes with numbered quotes, word for word from your documents. Where they do not say, you are told
   so; where they disagree, you see both.</p>
   @offers
   <p id="empty" hidden><button type="button" class="primary" id="first">Add your documents</button></p>
  </div>
  <form id="composer">
   <div id="pills"></div>
   <div class="box">
    <label class="sr" for="question">Your question</label>
    <textarea id="question" rows="1" placeholder="Ask your documents" autocomplete="off"></textarea>
    <div class="row">
     <button type="button" id="filter" aria-expanded="false" aria-controls="filters">Dates</button>
     <span class="gap"></span>
     <button type="submit" id="ask" class="primary">Ask</button>
     <button type="button" id="stop" hidden>Stop</button>
    </div>
   </div>
   <fieldset id="filters" hidden>
    <legend class="sr">Only documents of these dates</legend>
    <label>Published from <input type="date" id="since"></label>
    <label>As of <input type="date" id="as_of"></label>
    <small>Undated documents are always asked.</small>
   </fieldset>
  </form>
 </section>
 <aside id="panel" aria-label="Sources and documents" data-view="documents">
  <div class="panelhead">
   <button type="button" class="act" id="back" hidden>‹ Back</button>
   <h2 id="panel-title" tabindex="-1">Documents</h2>
   <span class="gap"></span>
   <span id="stepper" hidden><button type="button" class="act" id="previous" aria-label="Previous quote">‹</button>
   <span id="step" role="status"></span>
   <button type="button" class="act" id="next" aria-label="Next quote">›</button></span>
   <button type="button" class="icon" id="close" aria-label="Close">×</button>
  </div>
  <div class="view" data-view="documents">
   <label id="add"><input type="file" id="files" multiple accept="@suffixes"><b>Add documents</b>
   <small>Drop files here, or a folder as a zip file: @formats</small></label>
   <ul id="results" aria-live="polite"></ul>
   <div id="library"></div>
  </div>
  <div class="view" data-view="sources" hidden></div>
  <div class="view" data-view="document" hidden></div>
  <div class="view" data-view="settings" hidden></div>
 </aside>
</div>
<div id="card" role="tooltip" hidden></div>
<div id="toast" role="status" aria-live="polite"></div>
<p id="live" class="sr" role="status" aria-live="polite"></p>
</div>"""
