"""The page behind a proxy that offers it under a path of its own, as nginx would."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from rag import Index
from tests.test_page import FIRE, ask, browser, free_port

import app  # isort: skip

if TYPE_CHECKING:
    from playwright.sync_api import Browser

__all__ = ["browser"]  # a fixture
PATH = "/archive"
# The proxy's connections are closed when they are collected, and gradio uses what others call old.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


@pytest.fixture
def address(library: Index) -> Iterator[str]:
    """What people behind the proxy go to."""
    blocks = app.build_app(library, writer="quote")
    behind = urlsplit(app.launch(blocks, port=free_port(), root_path=PATH, open_to_all=True, block=False)).netloc

    class Proxy(BaseHTTPRequestHandler):
        def pass_on(self) -> None:
            if not self.path.startswith(PATH + "/"):
                return self.send_error(404)
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            there = http.client.HTTPConnection(behind, timeout=60)
            there.request(self.command, self.path.removeprefix(PATH), body, dict(self.headers))
            reply = there.getresponse()
            self.send_response(reply.status)
            for name, value in reply.getheaders():
                if name.lower() not in ("transfer-encoding", "connection"):
                    self.send_header(name, value)
            self.end_headers()
            while part := reply.read1(65536):
                self.wfile.write(part)
                self.wfile.flush()
            there.close()
            return None

        do_GET = do_POST = pass_on  # noqa: N815 (the names that http.server calls)

        def log_message(self, *_: object) -> None:
            pass

    proxy = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{proxy.server_port}{PATH}/"
    proxy.shutdown()
    proxy.server_close()
    blocks.close(verbose=False)


def test_the_page_works_under_a_path(address: str, browser: Browser) -> None:
    page = browser.new_page()
    refused: list[str] = []
    page.on("response", lambda reply: refused.append(reply.url) if reply.status >= 400 else None)
    page.goto(address)
    page.locator("#footnote[data-ready]").wait_for()
    turn = ask(page, FIRE)
    assert "nine people" in turn.locator(".text").inner_text()
    turn.locator(".text .chip").first.click()
    page.locator("mark.current").first.wait_for()
    assert [url for url in refused if not url.endswith("favicon.ico")] == []
