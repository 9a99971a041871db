"""report.html in a real browser: it shows the run, filters its rows, runs nothing that a document says, asks no one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from eval.page import page
from eval.plots import plots
from eval.report import full_report
from tests.recorded import recorded

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
NASTY = '<script>window.hacked = 1</script><img src="http://n.example/x.png" onerror="window.hacked = 1">'
ROWS = [
    recorded(0, right=True, question="How many people died?"),
    recorded(1, right=False, blame="read", rank=3, confidence=0.3, question="Who lit the fire?"),
    recorded(2, right=False, blame="retrieve", rank=None, confidence=0.2, question=NASTY, answer=NASTY),
    recorded(3, right=True, answerable=False, confidence=0.1, question="What does saffron cost?"),
]
REPORT = full_report(ROWS, {"settings": {"writer": "quote"}})


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install playwright")
    if CHROMIUM is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    with playwright.sync_playwright() as running:
        chromium = running.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield chromium
        chromium.close()


@pytest.fixture
def shown(tmp_path: Path, browser: Browser) -> Iterator[Page]:
    """The page, opened; at the end it has asked for nothing but itself."""
    file = tmp_path / "report.html"
    file.write_text(page(REPORT, ROWS, "A run"), encoding="utf-8")
    asked: list[str] = []
    broken: list[str] = []
    opened = browser.new_page(viewport={"width": 1200, "height": 900})
    opened.on("request", lambda request: asked.append(request.url))
    opened.on("pageerror", lambda error: broken.append(str(error)))
    opened.goto(file.as_uri())
    yield opened
    opened.close()
    assert asked == [file.as_uri()]
    assert broken == []


def test_it_shows_figures_pictures_and_what_was_lost(shown: Page) -> None:
    assert shown.title() == "A run"
    assert "0.333" in shown.locator(".tile", has_text="answerable_accuracy").inner_text()
    assert shown.locator(".pictures svg").count() == 5
    for box in (svg.bounding_box() for svg in shown.locator(".pictures svg").all()):
        assert box is not None
        assert box["width"] > 250
    assert shown.locator("tr", has_text="answerable_accuracy").first.inner_text().count("[") == 1


def test_rows_are_filtered_by_stage_type_and_words(shown: Page) -> None:
    def visible() -> list[str]:
        return [row.get_attribute("data-stage") or "" for row in shown.locator("#rows > details:visible").all()]

    assert visible() == ["read", "retrieve"]  # at first what was lost
    shown.locator("#stage").select_option("")
    assert visible() == ["", "read", "retrieve", ""]
    shown.locator("#type").select_option("unanswerable")
    assert visible() == [""]
    shown.locator("#type").select_option("")
    shown.locator("#text").fill("lit FIRE")
    assert visible() == ["read"]
    assert shown.locator("#count").inner_text() == "1 row"


def test_a_row_opens_to_gold_answer_quotes_and_blame(shown: Page) -> None:
    row = shown.locator("details", has_text="Who lit the fire?")
    row.locator("summary").click()
    said = row.inner_text()
    for words in ("nine", "Nine people died. [1]", "Harbour fire · 2021-05-04 · harbour.txt", "rank 3", "0.300"):
        assert words in said


def test_nothing_that_a_document_says_is_run(shown: Page) -> None:
    shown.locator("details", has_text="<script>").first.locator("summary").click()
    assert shown.evaluate("window.hacked") is None
    assert NASTY in shown.locator("details", has_text="<script>").first.inner_text()


def test_the_same_figures_give_the_same_bytes() -> None:
    assert page(REPORT, ROWS, "A run") == page(REPORT, ROWS, "A run")
    assert len(plots(REPORT)) == 5


def test_a_run_without_answers_has_a_page_too() -> None:
    empty = full_report([], {})
    assert plots(empty) == []
    assert "0 questions" in page(empty, [], "Nothing")
