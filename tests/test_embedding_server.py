"""Embeddings from a server: a small one on loopback with the real embedder behind it, that can also misbehave."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from embeddings import EmbedderError, load_embedder
from embeddings.openai import TEXTS_PER_REQUEST, OpenAIEmbedder
from rag import Index
from rag.errors import EmbedderMismatch, ModelError
from rag.types import Embedder

TEXTS = [f"The ferry {n} sank off Lindby." for n in range(TEXTS_PER_REQUEST + 6)]


class Vectors(ThreadingHTTPServer):
    """``spoil`` changes what is sent; ``failures`` are sent first, each once."""

    daemon_threads = True

    def __init__(self, embedder: Embedder) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.embedder = embedder
        self.failures: list[int] = []
        self.spoil: Callable[[list[dict[str, Any]]], Any] = list
        self.sizes: list[int] = []

    @property
    def name(self) -> str:
        return f"openai:http://127.0.0.1:{self.server_port}/v1#mini"


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server = self.server
        assert isinstance(server, Vectors)
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert self.path == "/v1/embeddings"
        if server.failures:
            self.send_error(server.failures.pop(0))
            return
        server.sizes.append(len(asked["input"]))
        rows = [
            {"object": "embedding", "index": n, "embedding": [3 * x for x in vector]}
            for n, vector in enumerate(server.embedder.embed_passages(asked["input"]).tolist())
        ]
        reply = {"object": "list", "model": asked["model"], "data": server.spoil(rows), "usage": {}}
        body = json.dumps(reply).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Tests print nothing."""


@pytest.fixture
def server(embedder: Embedder) -> Iterator[Vectors]:
    with Vectors(embedder) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.05,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def test_vectors_are_those_of_the_model_and_of_unit_length(server: Vectors, embedder: Embedder) -> None:
    served = load_embedder(server.name)
    assert served.dimensions == 384
    server.spoil = lambda rows: rows[::-1]  # a server may send them in any order
    vectors = served.embed_passages(TEXTS)
    assert np.abs(vectors - embedder.embed_passages(TEXTS)).max() < 1e-5
    assert server.sizes == [1, TEXTS_PER_REQUEST, 6]
    assert served.embed_queries([]).shape == (0, 384)


def test_a_server_that_is_busy_or_broken_is_asked_again(server: Vectors) -> None:
    server.failures = [503, 429]
    assert OpenAIEmbedder(server.name).embed_queries(["Lindby"]).shape == (1, 384)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda rows: rows[:-1],
        lambda rows: [{**row, "embedding": row["embedding"][:-1]} for row in rows],
        lambda rows: [{**row, "embedding": [0.0] * 384} for row in rows],
        lambda rows: [{**row, "embedding": "words"} for row in rows],
        lambda rows: [{**row, "index": 0} for row in rows],
        lambda rows: "nothing",
        lambda rows: None,
    ],
)
def test_what_are_no_embeddings_is_refused(server: Vectors, spoil: Callable[[Any], Any]) -> None:
    served = OpenAIEmbedder(server.name)
    server.spoil = spoil
    with pytest.raises(EmbedderError, match=r"127\.0\.0\.1.*'mini', then do the same again"):
        served.embed_passages(TEXTS[:3])


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("openai:http://127.0.0.1:1/v1", "names no model"),
        ("openai:ftp://127.0.0.1/v1#m", "no address of a server"),
        ("openai:http://me:hush@127.0.0.1/v1#m", "OPENAI_API_KEY"),
    ],
)
def test_a_name_that_cannot_be_is_refused(name: str, said: str) -> None:
    with pytest.raises(EmbedderError, match=said) as refused:
        load_embedder(name)
    assert "hush" not in str(refused.value)


def test_an_index_of_a_server_s_vectors_is_searched_with_them(tmp_path: Path, documents: Path, server: Vectors) -> None:
    with Index.open(tmp_path / "index", embedder=server.name) as index:
        index.add(documents)
    with Index.open(tmp_path / "index") as index:  # it remembers who embeds
        assert "killed nine people" in index.search("Who died in the harbour?")[0].passage.text
        server.failures = [400]
        with pytest.raises(ModelError, match="replied 400"):
            index.search("Who died?")
    with pytest.raises(EmbedderMismatch):
        Index.open(tmp_path / "index", embedder=load_embedder())


def test_another_model_behind_the_same_name_is_noticed(tmp_path: Path, documents: Path, server: Vectors) -> None:
    Index.open(tmp_path / "index", embedder=server.name).add(documents)
    server.spoil = lambda rows: [{**row, "embedding": row["embedding"][::-1]} for row in rows]
    with pytest.raises(EmbedderMismatch):
        Index.open(tmp_path / "index").search("Who died?")
