"""The chat page, in a real browser over real documents; nothing that it shows is read as HTML or fetched from afar."""

from __future__ import annotations

import gc
import shutil
import socket
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rag import Answer, Citation, Document, Hit, Index, Passage
from rag.errors import OptionError
from rag.parsers import PARSERS
from rag.types import Disagreement, FileReport, Sentence, Source
from tests.conftest import HARBOUR

import app  # isort: skip
import app_view as view  # isort: skip

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
NASTY = (
    '<script>window.hacked = 1</script><img src=x onerror="window.hacked = 1"> **bold** [n](http://n.example) ${1+1}'
)
SECONDS = 1000.0  # playwright counts milliseconds

Open = Callable[..., "Page"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install playwright")
    if CHROMIUM is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with playwright.sync_playwright() as running:
        chromium = running.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(library: Index, browser: Browser) -> Iterator[Open]:
    """Serve the page over the small library and open it; at the end, every request must have stayed on this machine."""
    asked: list[str] = []
    broken: list[str] = []
    served = []

    def open_one(*, width: int = 1280, scheme: str = "light", **options: object) -> Page:
        blocks = app.build_app(library, **{"writer": "quote", **options})  # type: ignore[arg-type]
        served.append(blocks)
        address = app.launch(blocks, port=free_port(), block=False)
        page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
        page.set_default_timeout(60 * SECONDS)
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: broken.append(str(error)))
        page.goto(address)
        page.locator("#library .quiet").wait_for()
        return page

    yield open_one
    for context in browser.contexts:
        context.close()
    for blocks in served:
        blocks.close(verbose=False)
    assert [url for url in asked if not url.startswith(("http://127.0.0.1:", "data:", "blob:"))] == []
    assert broken == []


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def ask(page: Page, question: str) -> None:
    """Type the question, press Enter, wait until its turn is whole."""
    turn = page.locator(".turn").count() + 1
    box = page.get_by_label("Your question")
    box.fill(question)
    box.press("Enter")
    page.locator(f"#turn-{turn} > :is(.quiet, .failure)").wait_for()


def test_an_answer_comes_with_its_quotes_word_for_word(open_page: Open, library: Index) -> None:
    page = open_page()
    ask(page, "How many people did the harbour fire kill?")
    turn = page.locator("#current .turn")
    assert "nine people" in turn.locator(".text").inner_text()
    document = next(d for d in library.documents.values() if d.title == "Harbour fire kills nine")
    quotes = turn.locator("blockquote").all_text_contents()
    assert "A fire in the harbour of Lindby killed nine people on Monday night." in quotes
    assert all(quote in document.text for quote in quotes)
    origin = turn.locator(".quotes .origin").first.inner_text()
    assert origin == "Harbour fire kills nine · 4 May 2021 · harbour.txt"
    assert turn.locator("> .quiet").inner_text().startswith("answered in ")
    assert page.get_by_label("Your question").input_value() == ""


def test_a_chip_leads_to_its_quote_by_keyboard(open_page: Open) -> None:
    page = open_page()
    ask(page, "How many people did the harbour fire kill?")
    chip = page.locator("#current .text a.chip").first
    chip.focus()
    page.keyboard.press("Enter")
    target = page.locator("#quote-1-1")
    assert chip.get_attribute("href") == "#quote-1-1"
    assert target.evaluate("quote => quote === document.activeElement")
    assert page.evaluate("location.hash") == ""


def test_what_the_documents_do_not_say_is_said_with_the_nearest_passages(open_page: Open) -> None:
    page = open_page()
    ask(page, "What is the boiling point of tungsten in kelvin?")
    turn = page.locator("#current .turn")
    assert turn.locator(".text").inner_text() == "The documents do not say."
    assert turn.locator(".reason").inner_text() != ""
    assert turn.locator(".nearest details").count() == 3
    assert "Night market returns to Ekeness" in turn.locator(".nearest").inner_text()
    assert turn.locator("blockquote").count() == 0


def test_a_second_question_leaves_the_first_answer_in_place(open_page: Open) -> None:
    page = open_page(examples=["Who is the fire chief?"])
    page.get_by_role("button", name="Who is the fire chief?").click()
    page.locator("#turn-1 > .quiet").wait_for()
    assert page.locator("#welcome").is_hidden()
    ask(page, "How many traders took part in the night market?")
    assert "Maren Holt" in page.locator("#past #turn-1 .text").inner_text()
    assert "300 traders" in page.locator("#current #turn-2 .text").inner_text()
    assert page.evaluate("new Set([...document.querySelectorAll('[id^=quote-]')].map(e => e.id)).size") == (
        page.locator("[id^=quote-]").count()
    )


def test_an_upload_is_indexed_listed_and_answers(open_page: Open, library: Index, tmp_path: Path) -> None:
    page = open_page()
    paper = tmp_path / "tower.txt"
    reading = page.locator("#add input[type=file]")
    results = page.locator("#results li:not(.stage)")

    def upload(text: bytes, expected: str) -> str:
        paper.write_bytes(text)
        reading.set_input_files(paper)
        results.filter(has_text=expected).wait_for()
        return results.inner_text()

    upload(b"The Tower of Ekeness\n\nThe old tower of Ekeness is 61 metres tall. It was built by monks.\n", "new")
    assert "The Tower of Ekeness" in page.locator("#library").inner_text()
    ask(page, "How tall is the old tower of Ekeness?")
    assert "61 metres" in page.locator("#current .text").inner_text()
    kept = library.folder / app.UPLOADS / "tower.txt"
    assert kept.read_bytes() == paper.read_bytes()
    upload(paper.read_bytes(), "unchanged")
    upload(b"The Tower of Ekeness\n\nThe old tower of Ekeness is 70 metres tall. It was built by monks.\n", "updated")
    ask(page, "How tall is the old tower of Ekeness?")
    assert "70 metres" in page.locator("#current .text").inner_text()
    assert str(tmp_path) not in upload(b"", "failed")
    assert b"70 metres" in kept.read_bytes()
    assert any("70 metres" in document.text for document in library.documents.values())


def test_a_hostile_document_is_shown_as_text(open_page: Open, library: Index, write: Callable[..., Path]) -> None:
    library.add(
        write(
            "<b>evil<b> & co.txt", f"{NASTY} title\n\nThe vault opens with the word sesame, and {NASTY}. It rained.\n"
        )
    )
    page = open_page()
    ask(page, "Which word opens the vault?")
    assert NASTY in page.locator("#current .turn blockquote").first.inner_text()
    ask(page, f"What is the password? {NASTY}")
    assert NASTY in page.locator("#current .turn h2").inner_text()
    assert "<b>evil<b> & co.txt" in page.locator("#library").inner_text()
    assert page.evaluate("window.hacked") is None
    assert page.locator("#desk :is(script, img, strong, .turn a:not(.chip))").count() == 0


def test_a_failure_is_explained_and_the_question_kept(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    page = open_page(writer="openai")
    ask(page, "How many people did the harbour fire kill?")
    assert "set OPENAI_BASE_URL" in page.get_by_role("alert").inner_text()
    assert "Traceback" not in page.content()
    page.wait_for_function("document.querySelector('#ask textarea').value.startsWith('How many people')")


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_overflows(open_page: Open, width: int, library: Index, write: Callable[..., Path]) -> None:
    long = write("w" * 120 + ".txt", "T" * 150 + "\n\nThe longest word is " + "z" * 300 + " they say. It rained.\n")
    library.add(long, *(write(f"note-{n}.txt", f"Note {n}\n\nOn day {n} it rained.\n") for n in range(12)))
    page = open_page(width=width, examples=["Which " + "y" * 200 + "?"])
    too_wide = "document.documentElement.scrollWidth - window.innerWidth"
    assert page.evaluate(too_wide) <= 0
    ask(page, "What is the longest word?")
    ask(page, "What is the boiling point of tungsten in kelvin?")
    assert page.evaluate(too_wide) <= 0
    drop_zone = page.locator("#add").bounding_box()
    assert drop_zone is not None
    assert drop_zone["height"] > 100


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_background(open_page: Open, scheme: str) -> None:
    page = open_page(scheme=scheme, examples=["Who is the fire chief?"])
    ratios = page.evaluate(CONTRASTS, ["#welcome p", ".offer", "#library b", "#library small", ".submit-button"])
    ask(page, "How many people did the harbour fire kill?")
    ratios |= page.evaluate(CONTRASTS, [".turn h2", ".text", ".chip", "blockquote", ".origin", ".turn > .quiet"])
    assert {selector: ratio for selector, ratio in ratios.items() if ratio < 4.5} == {}


def test_the_local_model_streams_an_answer(open_page: Open) -> None:
    page = open_page(writer="local", k=1)
    box = page.get_by_label("Your question")
    box.fill("How many people did the harbour fire kill?")
    box.press("Enter")
    page.locator(".stage").wait_for()
    done = page.locator("#current .turn > .quiet")
    done.wait_for(timeout=300 * SECONDS)
    assert done.inner_text().endswith("1 best passage · SmolLM2-135M-Instruct")
    assert page.locator("#current .text").inner_text() != ""
    assert all(quote in HARBOUR for quote in page.locator("blockquote").all_text_contents())


def test_all_that_comes_from_outside_is_escaped() -> None:
    citation = Citation(1, "d", NASTY, f"/x/{NASTY}.txt", date(2021, 5, 4), 0, 5, NASTY, 3)
    document = Document("d", NASTY, NASTY, f"/x/{NASTY}.txt")
    hits = (Hit(Passage("d", 0, len(NASTY), NASTY), 1.0),)
    said = (Sentence(f"{NASTY} [1]", (1,)), Sentence(NASTY))
    values = (Disagreement(NASTY, (1,)),)
    disputed = Answer(NASTY, NASTY, "disputed", said, (citation,), "", values, hits, {"total": 1.0}, NASTY)
    abstained = Answer(NASTY, NASTY, "abstained", reason=NASTY, hits=hits, model=NASTY)
    html = [
        view.answered(1, disputed, {"d": document}),
        view.answered(1, abstained, {"d": document}),
        view.failure(NASTY),
        view.results([FileReport(f"/x/{NASTY}", "failed", reason=NASTY)], reading=NASTY),
        view.library([Source(f"/x/{NASTY}.txt", 1, 1, "")], [document]),
    ]
    assert [page for page in html if "<script" in page or "<img" in page or 'onerror="' in page] == []
    assert ["&lt;script&gt;" in page for page in html] == [True] * len(html)


def test_a_dispute_shows_every_value_with_its_sources() -> None:
    citations = tuple(Citation(n, "d", "T", "/x/t.txt", None, 0, 2, quote) for n, quote in ((1, "46"), (2, "61")))
    values = (Disagreement("46", (1,)), Disagreement("at least 61", (2,)))
    said = (Sentence("46 people [1] or 61 people [2] died.", (1, 2)),)
    html = view.answered(3, Answer("q", "t", "disputed", said, citations, "", values), {})
    assert "The sources disagree" in html
    assert '<b dir="auto">at least 61</b> <a class="chip" href="#quote-3-2"' in html
    assert "undated" in html


def test_a_marker_without_a_quote_stays_text_and_its_sentence_is_marked() -> None:
    answer = Answer("q", "t", "answered", (Sentence("It was 1994 [7]."),))
    assert '<span class="bare">It was 1994 [7].</span>' in view.cited(1, answer, whole=True)
    assert "bare" not in view.cited(1, answer, whole=False)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("report (final).pdf", "report (final).pdf"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("..", "document"),
        (".hidden.md", "hidden.md"),
        ('a<b>:"c".eml', "a_b___c_.eml"),
        ("Überblick ★ 概要.docx", "Überblick _ 概要.docx"),
        ("概" * 200 + ".txt", "概" * 65 + ".txt"),
    ],
)
def test_an_uploaded_file_keeps_its_name_as_far_as_it_is_safe(name: str, safe: str) -> None:
    assert app._safe_name(name) == safe


def test_every_format_can_be_uploaded() -> None:
    assert set(app.SUFFIXES) == set(PARSERS)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # gradio leaves its probe socket open
def test_a_port_that_is_taken_is_an_option_error(library: Index) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OptionError, match="it is taken"):
            app.launch(app.build_app(library), port=taken.getsockname()[1], block=False)
    gc.collect()


def test_an_index_that_cannot_be_opened_is_told_on_stderr(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("not a folder")
    assert app.main(["--index", str(tmp_path / "file")]) == 2
    assert capsys.readouterr().err.startswith("footnote: ")


# For each selector, the WCAG contrast of its first element's text with the nearest opaque background behind it.
CONTRASTS = """
(selectors) => {
  const rgb = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const colour = rgb(getComputedStyle(e).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const contrast = (element) => {
    const both = [light(rgb(getComputedStyle(element).color)), light(behind(element))].sort((a, b) => b - a);
    return (both[0] + 0.05) / (both[1] + 0.05);
  };
  return Object.fromEntries(selectors.map((s) => [s, contrast(document.querySelector(s))]));
}
"""
