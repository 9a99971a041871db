"""axe-core over the page's main states: nothing that it calls serious."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.conftest import ROOT
from tests.test_page import FIRE, Open, ask, browser, open_page

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["browser", "open_page"]  # fixtures
AXE = "axe-core@4.11"
FOLDER = ROOT / "build" / "axe"


@pytest.fixture(scope="module")
def axe() -> str:
    """The script, fetched once by npm; skips where that cannot be."""
    script = FOLDER / "node_modules" / "axe-core" / "axe.min.js"
    if not script.is_file():
        npm = shutil.which("npm")
        if npm is None:
            pytest.skip("needs npm, to fetch axe-core once")
        FOLDER.mkdir(parents=True, exist_ok=True)
        command = [npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(FOLDER), AXE]
        if subprocess.run(command, capture_output=True, timeout=120).returncode != 0 or not script.is_file():
            pytest.skip("needs axe-core, and npm could not fetch it")
    return Path(script).read_text(encoding="utf-8")


def violations(page: Page, axe: str) -> list[str]:
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")["violations"]
    return [
        f"{rule['id']}: {node['html'][:120]}"
        for rule in found
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(open_page: Open, axe: str, scheme: str) -> None:
    page = open_page(scheme=scheme, examples=[FIRE])
    assert violations(page, axe) == []
    turn = ask(page, FIRE)
    page.locator("#pane-0").wait_for()
    assert violations(page, axe) == []
    turn.locator(".text .chip").first.click()
    page.locator("mark.current").first.wait_for()
    assert violations(page, axe) == []
    ask(page, "What is the boiling point of tungsten in kelvin?")
    page.get_by_role("button", name="Settings").click()
    page.locator("#settings").wait_for()
    assert violations(page, axe) == []
