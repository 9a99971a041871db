"""Pictures of the page for the documentation: ``make screenshots`` writes docs/images over the sample documents."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

import app
from page.serving import launch
from rag import Index

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
COLOURS = 128  # of a picture: text on paper needs no more, and the file is a third
FIRST, SECOND, _, LAST = app.SAMPLE_QUESTIONS
ANSWERED = "Who leads Islamic State Khorasan?"


def main() -> None:
    """Serve the samples from a fresh index and take every picture."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        index = Index.open(folder)
        index.add(ROOT / "examples" / "documents")
        blocks = app.build_app(index, writer="quote", examples=app.SAMPLE_QUESTIONS)
        address = launch(blocks, port=7868, block=False)
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        _wide(browser, address)
        _dark(browser, address)
        _phone(browser, address)
        browser.close()
        blocks.close(verbose=False)


def _open(browser: Browser, address: str, width: int, height: int, scheme: str = "light") -> Page:
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(address)
    page.locator("#footnote[data-ready]").wait_for()
    return page


def _ask(page: Page, question: str) -> None:
    number = page.locator(".turn").count() + 1
    page.locator("#question").fill(question)
    page.keyboard.press("Enter")
    page.locator(f"#turn-{number} .meta").wait_for(timeout=60_000)
    page.wait_for_timeout(600)


def _wide(browser: Browser, address: str) -> None:
    page = _open(browser, address, 1440, 860)
    _take(page, "start")
    _ask(page, ANSWERED)
    page.locator("#turn-1 .text .chip").first.click()
    page.locator("mark.current").first.wait_for()
    _take(page, "answer")
    page.locator("#new").click()
    _ask(page, SECOND)
    page.get_by_role("tab", name="Disagreements").click()
    _take(page, "disagreement")
    page.locator("#new").click()
    _ask(page, LAST)
    _take(page, "no-answer")


def _dark(browser: Browser, address: str) -> None:
    page = _open(browser, address, 1440, 860, "dark")
    _ask(page, SECOND)
    page.get_by_role("tab", name="Timeline").click()
    _take(page, "dark")


def _phone(browser: Browser, address: str) -> None:
    page = _open(browser, address, 390, 844)
    _ask(page, SECOND)
    _take(page, "phone")
    page.locator("#turn-1 .text .chip").first.click()
    page.locator("mark.current").first.wait_for()
    page.wait_for_timeout(400)
    _take(page, "phone-document")


def _take(page: Page, name: str) -> None:
    file = IMAGES / f"{name}.png"
    page.screenshot(path=file)
    with Image.open(file) as picture:
        picture.convert("RGB").quantize(COLOURS).save(file, optimize=True)
    print(f"{file.relative_to(ROOT)}: {file.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
