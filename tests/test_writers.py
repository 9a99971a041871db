"""Each writer behind the same socket: the real local model, a real OpenAI client against a server on loopback."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import pairwise

import pytest

from rag.errors import MissingExtra, ModelError, WriterError
from rag.types import Answer, Finding, Passage
from rag.writers import load_writer
from rag.writers.local import LocalWriter, packaged_model
from rag.writers.openai import OpenAIWriter
from rag.writers.prompt import messages, window
from rag.writers.quote import QuoteWriter

TEXT = "The bridge at Solvik was closed on Monday. Engineers found a crack. It opens again in May. Nobody was hurt."


def finding(quote: str, confidence: float = 0.9, text: str = TEXT, heading: str = "") -> Finding:
    start = text.index(quote)
    passage = Passage("doc", 100, 100 + len(text), text, heading)
    return Finding(passage, 100 + start, 100 + start + len(quote), quote, confidence)


CRACK, HURT = finding("Engineers found a crack."), finding("Nobody was hurt.", 0.85)
FAR = finding("It opens again in May.", 0.4)


def test_quote_says_each_finding_in_its_own_words() -> None:
    texts = list(QuoteWriter().write("How is it?", [CRACK, HURT]))
    assert texts == ["Engineers found a crack. [1]", "Engineers found a crack. [1] Nobody was hurt. [2]"]


def test_quote_stays_within_an_answer_s_length_and_drops_no_finding() -> None:
    long = " ".join(["word"] * 60) + "."
    second = Finding(finding(long, text=long).passage, 100, 100 + len(long), "word word", 0.9)
    *_, text = QuoteWriter().write("Why?", [finding(long, text=long), second])
    assert len(text.split()) <= 80
    assert text.endswith("“word word”. [2]")


def test_the_prompt_numbers_the_passages_and_keeps_the_quote_whole() -> None:
    system, user = messages("What did engineers find?", [CRACK, finding("Nobody was hurt.", heading="Bridge")])
    assert "Use only" in system["content"]
    assert f"[1] {TEXT}" in user["content"]
    assert f"[2] Bridge: {TEXT}" in user["content"]
    assert user["content"].endswith("Question: What did engineers find?")
    assert window(CRACK, 1) == "Engineers found a crack."
    assert window(CRACK, 12) == "The bridge at Solvik was closed on Monday. Engineers found a crack."


def test_the_prompt_carries_earlier_turns() -> None:
    earlier = Answer("When was it closed?", "On Monday. [1]", "answered")
    roles = [message["role"] for message in messages("Why?", [CRACK], [earlier])]
    assert roles == ["system", "user", "assistant", "user"]


def test_the_local_model_is_kept_and_repeats_itself() -> None:
    writer = load_writer("local")
    assert writer is load_writer("local")
    first, second = (list(writer.write("What did engineers find?", [CRACK])) for _ in range(2))
    assert first == second
    assert "crack" in first[-1]
    assert all(later.startswith(earlier.rstrip(".…")) for earlier, later in pairwise(first))


def test_a_model_can_be_a_folder() -> None:
    named = LocalWriter(str(packaged_model()))
    assert named.model == str(packaged_model())
    texts = list(named.write("What did engineers find?", [CRACK]))
    assert texts == list(load_writer("local").write("What did engineers find?", [CRACK]))


def test_closing_the_stream_stops_the_model() -> None:
    stream = load_writer("local").write("What did engineers find?", [CRACK])
    next(stream)
    stream.close()
    assert "crack" in list(load_writer("local").write("What did engineers find?", [CRACK]))[-1]


def test_a_folder_without_a_model_is_refused(tmp_path: object) -> None:
    with pytest.raises(ModelError, match="cannot load the model"):
        list(LocalWriter(str(tmp_path)).write("Why?", [CRACK]))


class Server(BaseHTTPRequestHandler):
    """Streams two pieces as an OpenAI-compatible server does, or fails, as the model's name asks."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if asked["model"] == "broken":
            self.send_error(400, "no such model")
            return
        assert asked["stream"] is True
        assert "Question: What did engineers find?" in asked["messages"][-1]["content"]
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for piece in ("A crack", " [1]."):
            chunk = {
                "id": "1", "object": "chat.completion.chunk", "created": 1, "model": asked["model"],
                "choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": None}],
            }  # fmt: skip
            self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
        self.wfile.write(b"data: [DONE]\n\n")

    def log_message(self, *_: object) -> None:
        """Tests print nothing."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with HTTPServer(("127.0.0.1", 0), Server) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{running.server_port}/v1")
        monkeypatch.delenv("OPENAI_API_KEY", raising=False)
        yield
        running.shutdown()
        thread.join()


def test_openai_streams_from_a_server(server: None) -> None:
    texts = list(OpenAIWriter("some-model").write("What did engineers find?", [CRACK]))
    assert texts == ["A crack", "A crack [1]."]


def test_openai_says_which_server_failed_and_what_to_do(server: None) -> None:
    with pytest.raises(WriterError, match=r"127\.0\.0\.1.*'broken', or use --writer local"):
        list(OpenAIWriter("broken").write("What did engineers find?", [CRACK]))


def test_openai_without_a_server_says_how_to_name_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    with pytest.raises(WriterError, match="set OPENAI_BASE_URL"):
        list(OpenAIWriter("any").write("Why?", [CRACK]))


def test_openai_without_its_package_names_the_line_that_cures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openai", None)
    with pytest.raises(MissingExtra, match=r"pip install 'footnote-rag\[openai\]'$"):
        list(OpenAIWriter("any").write("Why?", [CRACK]))
