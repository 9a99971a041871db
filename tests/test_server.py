"""Answers through a server: a real one with the packaged model, and one that fails in every way that servers do."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from urllib.error import URLError

import pytest

from rag import Index, ask, stream
from rag.errors import OptionError, ServerError
from rag.types import Answer
from rag.writers.openai import OpenAIWriter
from rag.writers.smollm import transformers_folder
from tests.conftest import ROOT
from tests.test_pipeline import assert_verbatim
from tests.test_writers import CRACK

QUESTION = "How many people did the fire in the harbour kill?"
SAID = "The fire in the harbour killed nine people. [1]"


def piece(text: str | None, finish: str | None = None) -> str:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish}
    chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
    return f"data: {json.dumps(chunk)}\n\n"


class Moody(BaseHTTPRequestHandler):
    """Behaves as the model's name asks. ``asked`` and ``at_once`` of its server tell what came in."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        server = self.server
        assert isinstance(server, Told)
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with server.lock:
            server.asked.append(self.headers["Authorization"])
            server.now += 1
            server.at_once = max(server.at_once, server.now)
        try:
            getattr(self, asked["model"])(len(server.asked))
        except (BrokenPipeError, ConnectionResetError):
            pass
        finally:
            with server.lock:
                server.now -= 1

    def good(self, _: int) -> None:
        self._send([piece(SAID[:20]), piece(SAID[20:]), piece(None, "stop")])

    def slow(self, n: int) -> None:
        time.sleep(0.2)
        self.good(n)

    def busy_once(self, n: int) -> None:
        self._fail(429) if n == 1 else self.good(n)

    def broken_twice(self, n: int) -> None:
        self._fail(500) if n <= 2 else self.good(n)

    def always_busy(self, _: int) -> None:
        self._fail(429)

    def broken(self, _: int) -> None:
        self._fail(500)

    def silent(self, _: int) -> None:
        self._rest()

    def stalls(self, _: int) -> None:
        self._send([piece("The fire in the")], end=False)
        self._rest()

    def drips(self, _: int) -> None:
        self._send([], end=False)
        for _ in range(200):
            self._chunk(": still here\n\n")
            time.sleep(0.05)

    def half(self, _: int) -> None:
        self._send([piece("The fire in the harbour killed nin")], end=False)
        self.close_connection = True

    def half_but_polite(self, _: int) -> None:
        self._send([piece("The fire in the harbour killed nin")])

    def rubbish(self, _: int) -> None:
        self._send(["data: {nonsense\n\n"])

    def other_json(self, _: int) -> None:
        self._send(['data: {"weather": "fine"}\n\n'])

    def numbers(self, _: int) -> None:
        self._send(['data: {"choices": [{"delta": {"content": 7}}]}\n\n'])

    def page(self, _: int) -> None:
        self._send(["<html>Welcome to nginx!</html>"], kind="text/html")

    def nothing(self, _: int) -> None:
        self._send([piece(None, "stop")])

    def endless(self, _: int) -> None:
        self._send([piece("The fire killed nine. " * 50)] * 60)

    def liar(self, _: int) -> None:
        self._send([piece("The fire in the harbour killed ninety people. [1]"), piece(None, "stop")])

    def cut(self, _: int) -> None:
        self._send([piece(f"{SAID} It then went on to"), piece(None, "length")])

    def _fail(self, status: int) -> None:
        body = b'{"error": {"message": "not now"}}'
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _send(self, parts: list[str], *, kind: str = "text/event-stream", end: bool = True) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for part in parts:
            self._chunk(part)
        if end:
            self._chunk("")

    def _chunk(self, text: str) -> None:
        self.wfile.write(f"{len(text.encode()):x}\r\n{text}\r\n".encode())
        self.wfile.flush()

    def _rest(self) -> None:
        assert isinstance(self.server, Told)
        self.server.over.wait(20)
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Tests print nothing."""


class Told(ThreadingHTTPServer):
    """The server; ``over`` is set when the test is."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Moody)
        self.lock, self.over = threading.Lock(), threading.Event()
        self.asked: list[str | None] = []
        self.now = self.at_once = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Told]:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    with Told() as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.05,))
        thread.start()
        yield running
        running.over.set()
        running.shutdown()
        thread.join()


def writer(server: Told, model: str, seconds: float = 60.0, **options: int) -> OpenAIWriter:
    return OpenAIWriter(model, server=server.url, timeout_seconds=seconds, **options)


@pytest.mark.parametrize("model", ["good", "busy_once", "broken_twice", "cut"])
def test_what_a_server_says_whole_in_the_end_is_the_answer(server: Told, model: str) -> None:
    *_, text = writer(server, model).write("Why?", [CRACK])
    assert text == SAID


@pytest.mark.parametrize(
    ("model", "seconds", "reason"),
    [
        ("silent", 0.5, "in time"),
        ("stalls", 0.5, "in time"),
        ("drips", 0.5, "in time"),
        ("always_busy", 1.0, "in time|429"),
        ("broken", 30.0, "replied 500: .*not now"),
        ("half", 5.0, "broke off"),
        ("half_but_polite", 5.0, "broke off"),
        ("rubbish", 5.0, "makes no sense"),
        ("other_json", 5.0, "makes no sense"),
        ("numbers", 5.0, "makes no sense"),
        ("page", 5.0, "no text"),
        ("nothing", 5.0, "no text"),
        ("endless", 5.0, "more than 8000 characters"),
    ],
)
def test_a_server_that_fails_gives_way_to_the_quote_and_is_named(
    library: Index, server: Told, model: str, seconds: float, reason: str
) -> None:
    failing, expected = writer(server, model, seconds, n_retries=1), ask(QUESTION, library, writer="quote")
    answer = ask(QUESTION, library, writer=failing)
    assert (answer.text, answer.citations) == (expected.text, expected.citations)
    assert (answer.status, answer.model) == ("answered", "quote")
    assert server.url in answer.reason
    assert re.search(reason, answer.reason), answer.reason
    assert answer.reason in str(answer)
    assert Answer.from_dict(answer.to_dict()) == answer
    assert answer.timings["write"] < seconds + 5  # what a busy machine adds
    assert_verbatim(answer, library)


def test_a_server_that_is_away_is_told_apart_from_one_that_is_slow(library: Index) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    answer = ask(QUESTION, library, writer=OpenAIWriter("m", server=url, timeout_seconds=5, n_retries=1))
    assert "cannot be reached" in answer.reason
    assert "killed nine people" in answer.text


def test_what_a_server_invents_gives_way_to_its_quote(library: Index, server: Told) -> None:
    answer = ask(QUESTION, library, writer=writer(server, "liar"))
    assert "ninety" not in answer.text
    assert "nine people" in answer.text
    assert answer.checks[0].verdict == "unsupported"


def test_only_so_many_answers_are_asked_for_at_once(server: Told) -> None:
    shared = writer(server, "slow", n_at_once=2)
    threads = [threading.Thread(target=lambda: list(shared.write("Why?", [CRACK]))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(server.asked) == 6
    assert server.at_once == 2


def test_waiting_for_a_turn_counts_as_waiting(server: Told) -> None:
    shared = writer(server, "stalls", 1.0, n_at_once=1)
    first = shared.write("Why?", [CRACK])
    next(first)
    with pytest.raises(ServerError, match="answers before this one"):
        list(shared.write("Why?", [CRACK]))
    first.close()


def test_the_key_comes_from_the_environment_alone(server: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "k-123")
    list(writer(server, "good").write("Why?", [CRACK]))
    assert server.asked == ["Bearer k-123"]
    with pytest.raises(OptionError, match="OPENAI_API_KEY") as refused:
        list(OpenAIWriter("good", server="http://me:hush@127.0.0.1/v1").write("Why?", [CRACK]))
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize(("name", "value"), [("OPENAI_TIMEOUT", "soon"), ("OPENAI_AT_ONCE", "0")])
def test_a_setting_that_means_nothing_is_named(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(OptionError, match=f"{name} is '{value}'"):
        OpenAIWriter("m")


@pytest.fixture(scope="module")
def transformers_serve() -> Iterator[str]:
    """The server of transformers with the packaged model, on a free port of this machine."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "transformers.cli.transformers", "serve", str(transformers_folder(None))]
    command += ["--host", "127.0.0.1", "--port", str(port), "--device", "cpu"]
    # One thread: several wait for each other wherever the machine has other things to do.
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    started = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        for _ in range(1200):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1).close()
                break
            except (URLError, OSError):
                if started.poll() is not None:
                    assert started.stdout is not None
                    pytest.fail(f"transformers serve ended: {started.stdout.read().decode()[-2000:]}")
                time.sleep(0.2)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        started.terminate()
        started.communicate(timeout=20)


def test_transformers_serve_answers_streamed_checked_and_cited(library: Index, transformers_serve: str) -> None:
    served = OpenAIWriter(str(transformers_folder(None)), server=transformers_serve, timeout_seconds=300)
    items = list(stream(QUESTION, library, writer=served))
    texts = [item.text for item in items if item.text]
    assert len(set(texts)) > 3
    assert all(len(earlier) <= len(later) for earlier, later in pairwise(texts[:4]))
    answer = items[-1]
    assert (answer.status, answer.reason) == ("answered", "")
    assert "nine" in answer.text
    assert answer.checks
    assert_verbatim(answer, library)


def test_the_command_line_asks_a_server(library: Index, server: Told) -> None:
    command = [sys.executable, "-m", "rag.cli", "ask", QUESTION, "--index", str(library.folder), "--writer", "openai"]
    command += ["--server", server.url, "--model", "good", "--json"]
    away = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=away)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["status"] == "answered"
    assert (answer["text"], answer["reason"]) == (SAID, "")
    assert Path(answer["citations"][0]["source"]).name == "harbour.txt"
