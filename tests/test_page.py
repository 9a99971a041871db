"""The chat page, in a real browser over real documents; nothing that it shows is read as HTML or fetched from afar."""

from __future__ import annotations

import gc
import json
import shutil
import socket
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from page.filters import Filters
from page.records import Records
from rag import Answer, Index
from rag.cli import cli
from rag.errors import OptionError
from rag.parsers import PARSERS
from tests.conftest import HARBOUR, ROOT

import app  # isort: skip

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page, Route

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
NASTY = (
    '<script>window.hacked = 1</script><img src=x onerror="window.hacked = 1"> **bold** [n](http://n.example) ${1+1}'
)
SECONDS = 1000.0  # playwright counts milliseconds
FIRE = "How many people did the harbour fire kill?"

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

    def open_one(*, width: int = 1440, scheme: str = "light", index: Index = library, **options: object) -> Page:
        blocks = app.build_app(index, **{"writer": "quote", **options})  # type: ignore[arg-type]
        served.append(blocks)
        address = app.launch(blocks, port=free_port(), block=False)
        page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
        page.set_default_timeout(60 * SECONDS)
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: broken.append(str(error)))
        page.goto(address)
        page.locator("#footnote[data-ready]").wait_for()
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


def ask(page: Page, question: str) -> Locator:
    """Type the question, press Enter, wait until its turn is whole."""
    number = page.locator(".turn").count() + 1
    box = page.get_by_label("Your question")
    box.fill(question)
    box.press("Enter")
    turn = page.locator(f"#turn-{number}")
    turn.locator(":is(.meta, .failure)").wait_for()
    return turn


def test_an_answer_comes_with_its_quotes_word_for_word(open_page: Open, library: Index) -> None:
    page = open_page()
    turn = ask(page, FIRE)
    assert "nine people" in turn.locator(".text").inner_text()
    document = next(d for d in library.documents.values() if d.title == "Harbour fire kills nine")
    page.locator("#pane-0").wait_for()
    quotes = page.locator("#pane-0 .words").all_text_contents()
    assert "A fire in the harbour of Lindby killed nine people on Monday night." in quotes
    assert all(quote in document.text for quote in quotes)
    origin = page.locator("#pane-0 .origin").first.inner_text()
    assert origin == "Harbour fire kills nine · 4 May 2021 · harbour.txt"
    assert "statement" in turn.locator(".meta").inner_text()
    assert page.get_by_label("Your question").input_value() == ""


def test_a_chip_shows_its_quote_and_opens_the_document_there(open_page: Open) -> None:
    page = open_page()
    turn = ask(page, FIRE)
    chip = turn.locator(".text .chip").first
    chip.hover()
    page.locator("#card:visible").wait_for()
    card = page.locator("#card").inner_text()
    assert "4 May 2021" in card
    quote = chip.get_attribute("data-quote")
    assert quote is not None
    assert quote in card
    chip.click()
    page.locator("mark.current").first.wait_for()
    assert "".join(page.locator('mark[data-quotes~="1"]').all_text_contents()) == quote
    assert HARBOUR.strip() in page.locator("#panel .body").text_content()  # type: ignore[operator]


def test_the_page_can_be_used_by_keyboard_alone(open_page: Open) -> None:
    page = open_page()
    page.keyboard.type(FIRE)  # the box has the focus
    page.keyboard.press("Enter")
    page.locator("#turn-1 .meta").wait_for()
    page.wait_for_function("document.activeElement.id === 'question'")
    for _ in range(40):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.matches('.text .chip')"):
            break
    page.locator("#card:visible").wait_for()
    page.keyboard.press("Escape")
    assert page.locator("#card").is_hidden()
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.matches('mark.current')")
    page.keyboard.press("Escape")
    page.wait_for_function("document.activeElement.matches('.text .chip')")
    page.get_by_role("button", name="Sources", exact=True).focus()
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.getAttribute('role') === 'tab'")
    for name in ("Also found", "Disagreements", "Timeline", "Trace"):
        page.keyboard.press("ArrowRight")
        assert page.evaluate("document.activeElement.textContent").startswith(name)
    trace = page.locator("#pane-4").inner_text()
    assert FIRE in trace
    assert "the source's own words" in trace


def test_several_quotes_of_one_source_are_walked_through(
    open_page: Open, library: Index, write: Callable[..., Path]
) -> None:
    library.add(write("fires.txt", "A year of fires\n\nThe harbour fire of Lindby killed eleven people.\n"))
    page = open_page()
    ask(page, FIRE)
    page.locator("#pane-0 .quote").first.click()
    page.locator("mark.current").first.wait_for()
    count = len(page.locator("#panel .document").get_attribute("data-numbers").split(","))  # type: ignore[union-attr]
    assert page.locator("#stepper").is_visible() == (count > 1)


def test_contradicting_sources_stand_side_by_side(open_page: Open, tmp_path: Path) -> None:
    with Index.open(tmp_path / "samples") as samples:
        samples.add(ROOT / "examples" / "documents")
        page = open_page(index=samples, examples=app.SAMPLE_QUESTIONS)
        page.get_by_role("button", name="How many people died").click()
        turn = page.locator("#turn-1")
        turn.locator(".meta").wait_for()
        assert page.locator("#welcome").is_hidden()
        values = turn.locator(".sides .value")
        assert values.count() == 2
        widths = [box["width"] for box in (side.bounding_box() for side in turn.locator(".sides li").all()) if box]
        assert abs(widths[0] - widths[1]) < 1
        page.get_by_role("tab", name="Disagreements").click()
        assert page.locator("#pane-2 .value").all_text_contents() == values.all_text_contents()
        assert "Khorasan" not in page.locator("#pane-2").inner_text()


def test_what_the_documents_do_not_say_is_said_with_the_nearest_passages(open_page: Open, library: Index) -> None:
    page = open_page()
    turn = ask(page, "What is the boiling point of tungsten in kelvin?")
    assert turn.locator(".text").inner_text() == "The documents do not say."
    assert turn.locator(".reason").inner_text() != ""
    assert turn.locator(".advice li").count() >= 2
    near = turn.locator(".near")
    assert near.count() == 3
    assert "Night market returns to Ekeness" in turn.locator(".nearest").inner_text()
    near.first.click()
    page.locator("mark.found").wait_for()
    assert any(page.locator("mark.found").text_content() in d.text for d in library.documents.values())  # type: ignore[operator]


def test_a_follow_up_shows_how_it_was_asked_and_history_reloads(open_page: Open) -> None:
    page = open_page()
    ask(page, "Who is the mayor of Ekeness?")
    turn = ask(page, "What did she call the market?")
    assert "Brandt" in turn.locator(".asked-as").inner_text()
    page.get_by_label("Search the conversations").fill("nothing of the kind")
    page.locator("#conversations .nothing").wait_for()
    page.get_by_label("Search the conversations").fill("ILSE")
    page.locator("#conversations .open").wait_for()
    page.reload()
    page.locator("#footnote[data-ready]").wait_for()
    page.locator("#conversations .open").click()
    page.locator("#turn-2 .meta").wait_for()
    assert "Ilse Brandt" in page.locator("#turn-1 .text").inner_text()
    page.locator("#turn-1 .text .chip").first.click()
    page.locator("mark.current").first.wait_for()
    row = page.locator("#conversations li").first
    row.hover()
    row.get_by_role("button", name="Rename").click()
    page.keyboard.type("The market")
    page.keyboard.press("Enter")
    page.locator("#conversations .open", has_text="The market").wait_for()
    page.locator("#conversations li").first.hover()
    page.get_by_role("button", name="Delete “The market”").click()
    page.locator("#conversations .nothing").wait_for()
    page.get_by_role("button", name="Undo").click()
    page.locator("#conversations .open", has_text="The market").wait_for()


def test_an_answer_is_judged_copied_and_exported(open_page: Open, library: Index) -> None:
    page = open_page()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    turn = ask(page, FIRE)
    turn.get_by_role("button", name="Wrong", exact=True).click()
    turn.get_by_label("What is wrong").fill("It was eleven.")
    turn.get_by_role("button", name="Keep the note").click()
    page.locator("#toast", has_text="kept").wait_for()
    judged = Records(library.folder).judged()
    assert [(t.verdict, t.note) for t in judged] == [("wrong", "It was eleven.")]
    turn.get_by_role("button", name="Copy").click()
    page.locator("#toast", has_text="Copied").wait_for()
    assert "[1] “A fire in the harbour" in page.evaluate("navigator.clipboard.readText()")
    with page.expect_download() as download:
        turn.get_by_role("button", name="JSON").click()
    kept = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert kept["turns"][0]["answer"]["citations"][0]["quote"] in HARBOUR


def test_what_was_opened_since_stays_open(open_page: Open) -> None:
    page = open_page()
    held: list[Route] = []
    page.route("**/run/page", lambda route: held.append(route) if asks_for_sources(route) else route.continue_())
    ask(page, FIRE)
    page.locator("#show-documents").click()
    with page.expect_response("**/run/page"):
        held.pop().continue_()
    page.locator("#panel .view[data-view=sources] [role=tab]").first.wait_for(state="attached")
    assert page.locator("#panel-title").inner_text() == "Documents"


def asks_for_sources(route: Route) -> bool:
    return '"sources"' in (route.request.post_data or "")


def test_files_are_taken_in_one_by_one_and_told(open_page: Open, library: Index, tmp_path: Path) -> None:
    page = open_page()
    paper = tmp_path / "tower.txt"

    def upload(content: bytes, said: str) -> str:
        paper.write_bytes(content)
        page.locator("#files").set_input_files(paper)
        page.locator(f"#results .{said}").wait_for()
        return page.locator("#results").inner_text()

    upload(b"The Tower of Ekeness\n\nThe old tower of Ekeness is 61 metres tall. It was built by monks.\n", "new")
    page.locator("#library", has_text="The Tower of Ekeness").wait_for()
    assert "61 metres" in ask(page, "How tall is the old tower of Ekeness?").locator(".text").inner_text()
    kept = library.folder / "uploads" / "tower.txt"
    assert kept.read_bytes() == paper.read_bytes()
    upload(paper.read_bytes(), "unchanged")
    upload(b"The Tower of Ekeness\n\nThe old tower of Ekeness is 70 metres tall. It was built by monks.\n", "updated")
    assert "70 metres" in ask(page, "How tall is the old tower of Ekeness?").locator(".text").inner_text()
    page.locator("#conversations .open").first.click()
    page.locator("#turn-1 .note", has_text="no longer stands").wait_for()  # the first answer quotes what is gone
    assert str(tmp_path) not in upload(b"", "failed")
    assert b"70 metres" in kept.read_bytes()
    archive = tmp_path / "folder.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("folder/well.txt", "The well of Ekeness is 12 metres deep. It is old.\n")
        packed.writestr("folder/picture.png", b"\x89PNG")
    page.locator("#files").set_input_files(archive)
    page.locator("#results .skipped", has_text="picture.png").wait_for()
    assert "new folder/well.txt" in page.locator("#results").inner_text()


def test_a_pdf_is_uploaded_asked_and_its_page_shown(open_page: Open) -> None:
    page = open_page()
    page.locator("#files").set_input_files(ROOT / "examples" / "documents" / "khorasan-history.pdf")
    page.locator("#results .new").wait_for()
    turn = ask(page, "Who was the first leader of Islamic State Khorasan?")
    chip = turn.locator(".chip, .near").first
    chip.click()
    page.locator("#panel .page button").first.wait_for()
    page.locator("#panel .page button").first.click()
    page.locator("#panel img.sheet").wait_for()
    assert page.locator("#panel img.sheet").evaluate("image => image.decode().then(() => image.naturalWidth)") == 1000


def test_a_file_is_deleted_and_brought_back(open_page: Open, documents: Path) -> None:
    page = open_page()
    page.get_by_role("button", name="Delete harbour.txt").click()
    page.locator("#library", has_text="2 documents in 2 files").wait_for()
    assert (documents / "harbour.txt").is_file()
    assert ask(page, FIRE).locator(".noanswer").count() == 1
    page.get_by_role("button", name="Undo").click()
    page.locator("#library", has_text="3 documents in 3 files").wait_for(state="attached")
    assert "nine people" in ask(page, FIRE).locator(".text").inner_text()


def test_filters_are_pills_that_come_off_and_stay_with_the_answer(open_page: Open) -> None:
    page = open_page()
    page.get_by_role("button", name="Dates").click()
    page.get_by_label("As of").fill("2020-01-01")
    page.locator("#pills .pill", has_text="as of 1 January 2020").wait_for()
    page.get_by_label("Ask “Storm season”").uncheck()
    page.locator("#pills .pill", has_text="1 document off").wait_for()
    turn = ask(page, FIRE)
    assert turn.locator(".noanswer").count() == 1
    assert turn.locator(".pill").all_text_contents() == ["as of 1 January 2020", "1 document off"]
    page.get_by_label("Remove the filter: as of 1 January 2020").click()
    page.get_by_label("Remove the filter: 1 document off").click()
    page.wait_for_function("document.querySelectorAll('#pills .pill').length === 0")
    assert "nine people" in ask(page, FIRE).locator(".text").inner_text()
    assert page.locator("#turn-1 .pill").count() == 2


def test_suggested_questions_are_answered_by_their_document(open_page: Open) -> None:
    page = open_page()
    page.locator("#library summary", has_text="Night market").click()
    page.get_by_role("button", name="Suggest questions").click()
    page.locator("#library .offer").first.wait_for()
    page.locator("#library .offer").first.click()
    page.locator("#turn-1 .meta").wait_for()
    page.locator("#turn-1 .cited", has_text="Night market returns to Ekeness").wait_for()


def test_settings_are_kept(open_page: Open) -> None:
    page = open_page()
    page.get_by_role("button", name="Settings").click()
    page.get_by_label("Passages an answer is made from").select_option("4")
    page.locator("#kept", has_text="Kept").wait_for()
    page.reload()
    page.locator("#footnote[data-ready]").wait_for()
    page.get_by_role("button", name="Settings").click()
    assert page.get_by_label("Passages an answer is made from").input_value() == "4"


def test_a_hostile_document_is_shown_as_text(open_page: Open, library: Index, write: Callable[..., Path]) -> None:
    library.add(
        write(
            "<b>evil<b> & co.txt", f"{NASTY} title\n\nThe vault opens with the word sesame, and {NASTY}. It rained.\n"
        )
    )
    page = open_page()
    turn = ask(page, "Which word opens the vault?")
    assert NASTY in page.locator("#pane-0 .words").first.inner_text()
    turn.locator(".chip").first.click()
    page.locator("mark.current").first.wait_for()
    assert NASTY in page.locator("#panel .body").inner_text()
    assert NASTY in ask(page, f"What is the password? {NASTY}").locator("h2").inner_text()
    page.locator("#close").click()
    assert "<b>evil<b> & co.txt" in page.locator("#library").inner_text()
    page.reload()
    page.locator("#conversations .open").first.wait_for()
    assert page.evaluate("window.hacked") is None
    assert page.locator("#desk :is(script, img, strong, a)").count() == 0


def test_a_failure_is_explained_and_the_question_kept(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    page = open_page(writer="openai")
    ask(page, FIRE)
    assert "set OPENAI_BASE_URL" in page.get_by_role("alert").inner_text()
    assert "Traceback" not in page.content()
    page.wait_for_function("document.querySelector('#question').value.startsWith('How many people')")


@pytest.mark.parametrize("reply", ["refused", "empty", "broken off"])
def test_an_answer_that_never_starts_is_told(open_page: Open, reply: str) -> None:
    page = open_page()

    def answer(route: Route) -> None:
        if reply == "broken off":
            route.abort()
        else:
            route.fulfill(status=502 if reply == "refused" else 200, body="")

    page.route("**/call/reply/*", answer)
    ask(page, FIRE)
    assert "ask again" in page.get_by_role("alert").inner_text()
    assert page.get_by_label("Your question").input_value() == FIRE


class Slow:
    model = "slow"

    def write(self, question: str, findings: object, history: object = ()) -> Iterator[str]:
        for n in range(400):
            time.sleep(0.05)
            yield "Nine people died. [1]" + " And so on." * n


def test_stop_keeps_what_is_written(open_page: Open, library: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.pipeline.load_writer", lambda writer, model: Slow())
    page = open_page()
    page.get_by_label("Your question").fill(FIRE)
    page.get_by_label("Your question").press("Enter")
    page.locator("#turn-1 .text .chip").first.wait_for()
    page.evaluate("document.querySelector('#turn-1 .text .chip').click()")  # it is made anew all the time
    page.locator("#toast", has_text="in a moment").wait_for()
    page.get_by_role("button", name="Stop").click()
    page.locator("#turn-1 .note", has_text="Stopped").wait_for()
    assert "Nine people died." in page.locator("#turn-1 .text").inner_text()
    assert page.locator("#turn-1 .chip").count() > 0
    assert page.get_by_role("button", name="Ask", exact=True).is_visible()


def test_the_end_of_an_answer_disturbs_nobody(open_page: Open, library: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.pipeline.load_writer", lambda writer, model: Slow())
    Records(library.folder).keep(
        "", None, Answer("Who rang?", "Nobody.", "answered"), Filters(), "quote", stopped=False
    )
    page = open_page()
    page.get_by_label("Your question").fill(FIRE)
    page.get_by_label("Your question").press("Enter")
    page.locator("#turn-1 .text").wait_for()
    page.get_by_role("button", name="New question").click()
    page.locator("#toast", has_text="stop it first").wait_for()
    page.locator("#conversations li").hover()
    page.get_by_role("button", name="Rename").click()
    page.keyboard.type("The b")
    page.evaluate("document.querySelector('#stop').click()")
    page.locator("#turn-1 .note", has_text="Stopped").wait_for()
    page.wait_for_function("!document.querySelector('#ask').hidden")
    page.keyboard.type("ell")
    page.keyboard.press("Enter")
    page.locator("#conversations .open", has_text="The bell").wait_for()
    page.locator("#conversations .open", has_text=FIRE).wait_for()


def test_what_failed_is_not_shown_as_done(open_page: Open) -> None:
    def answer(route: Route) -> None:
        if any(f'"do":"{deed}"' in (route.request.post_data or "") for deed in ("rename", "switch", "set", "judge")):
            route.fulfill(json={"data": [{"error": "the disk is full"}]})
        else:
            route.continue_()

    page = open_page()
    page.route("**/run/page", answer)
    turn = ask(page, FIRE)
    turn.get_by_role("button", name="Wrong", exact=True).click()
    failed = page.locator("#toast", has_text="the disk is full")
    failed.wait_for()
    assert turn.locator('[aria-pressed="true"]').count() == 0
    page.locator("#conversations li").hover()
    page.get_by_role("button", name="Rename").click()
    page.keyboard.type("The bell")
    page.keyboard.press("Enter")
    page.locator("#conversations .open", has_text=FIRE).wait_for()
    page.get_by_role("button", name="Documents").click()
    page.get_by_label("Ask “Storm season”").click()
    page.wait_for_function("[...document.querySelectorAll('[data-switch]')].every((box) => box.checked)")
    page.get_by_role("button", name="Settings").click()
    page.get_by_label("Passages an answer is made from").select_option("4")
    page.wait_for_function("document.querySelector('[name=k]').value === '8'")
    assert failed.is_visible()


def test_what_is_sought_stays_sought(open_page: Open, library: Index) -> None:
    for question in ("Who rang?", "Who sang?", "Who rang again?"):
        Records(library.folder).keep(
            "", None, Answer(question, "Nobody.", "answered"), Filters(), "quote", stopped=False
        )
    page = open_page()
    page.get_by_label("Search the conversations").fill("rang")
    rows = page.locator("#conversations li")
    page.wait_for_function("document.querySelectorAll('#conversations li').length === 2")
    rows.first.hover()
    rows.first.get_by_role("button", name="Delete").click()
    page.locator("#toast", has_text="deleted").wait_for()
    page.wait_for_function("document.querySelectorAll('#conversations li').length === 1")
    page.get_by_role("button", name="Undo").click()
    page.wait_for_function("document.querySelectorAll('#conversations li').length === 2")
    assert rows.all_inner_texts() == [text for text in rows.all_inner_texts() if "rang" in text]


def test_a_tablet_that_is_turned_scrolls_on(open_page: Open) -> None:
    page = open_page(width=800)
    page.get_by_role("button", name="Documents").click()
    assert page.evaluate("getComputedStyle(document.body).overflowY") == "hidden"
    page.set_viewport_size({"width": 1200, "height": 800})
    page.wait_for_function("!document.querySelector('#panel').matches('.open')")
    assert page.evaluate("getComputedStyle(document.body).overflowY") != "hidden"
    page.set_viewport_size({"width": 800, "height": 800})
    page.wait_for_function("getComputedStyle(document.querySelector('#panel')).visibility === 'hidden'")
    assert page.evaluate("getComputedStyle(document.body).overflowY") != "hidden"


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
    page.locator("#turn-1 :is(.chip, .near)").first.click()
    page.locator("#panel mark").first.wait_for()
    assert page.evaluate(too_wide) <= 0
    inside = "(panel => panel.scrollWidth - panel.clientWidth)(document.querySelector('#panel'))"
    assert page.evaluate(inside) <= 0


def test_on_a_phone_the_sources_open_over_the_answer(open_page: Open) -> None:
    page = open_page(width=390)
    turn = ask(page, FIRE)
    assert not page.locator("#panel").is_visible()
    turn.locator(".text .chip").first.click()
    page.locator("mark.current").first.wait_for()
    box = page.locator("#panel").bounding_box()
    assert box is not None
    assert box["width"] == 390
    page.get_by_role("button", name="Close").click()
    page.wait_for_function("getComputedStyle(document.querySelector('#panel')).visibility === 'hidden'")
    page.get_by_role("button", name="Conversations").click()
    page.locator("#conversations .open").click()
    page.wait_for_function("getComputedStyle(document.querySelector('#history')).visibility === 'hidden'")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_background(open_page: Open, scheme: str) -> None:
    page = open_page(scheme=scheme, examples=["Who is the fire chief?"])
    ratios = page.evaluate(CONTRASTS, ["#welcome p", ".offer", "#library b", "#library small", "#ask"])
    ask(page, FIRE)
    page.locator("#pane-0").wait_for()
    ratios |= page.evaluate(CONTRASTS, [".turn h2", ".text", ".chip", ".words", ".origin", ".meta"])
    assert {selector: ratio for selector, ratio in ratios.items() if ratio < 4.5} == {}


def test_the_local_model_streams_an_answer(open_page: Open) -> None:
    page = open_page(writer="local", k=1)
    page.get_by_label("Your question").fill(FIRE)
    page.get_by_label("Your question").press("Enter")
    page.locator(".stage").wait_for()
    done = page.locator("#turn-1 .meta")
    done.wait_for(timeout=300 * SECONDS)
    assert done.inner_text().endswith("SmolLM2-135M-Instruct")
    assert page.locator("#turn-1 .text").inner_text() != ""
    assert all(quote in HARBOUR for quote in page.locator("#pane-0 .words").all_text_contents())


def test_every_format_can_be_uploaded(open_page: Open) -> None:
    accepted = open_page().locator("#files").get_attribute("accept")
    assert accepted is not None
    assert set(accepted.split(",")) == {*PARSERS, ".zip"}


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
    with pytest.raises(SystemExit) as ended:
        cli(["serve", "--index", str(tmp_path / "file")])
    assert ended.value.code == 2
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
