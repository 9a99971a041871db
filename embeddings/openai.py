"""Any OpenAI-compatible server of embeddings: ``openai:http://127.0.0.1:8080/v1#model``."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from embeddings.packaged import EmbedderError
from embeddings.server import amiss, bare, connect, why

PREFIX = "openai:"
TEXTS_PER_REQUEST = 64  # servers refuse, or run out of memory on, thousands
TIMEOUT_SECONDS = 60.0  # for one request
N_RETRIES = 5  # half a minute of patience: one failed batch would end a long run
PROBE = "The same words give the same vector as long as the model is the same."
DIGITS = 2  # of the probe's vector that make the fingerprint: what another machine or batch size leaves as it is


class OpenAIEmbedder:
    """Text to unit vectors by a server. ``name`` is ``openai:URL#model``; a key is taken from ``$OPENAI_API_KEY``.

    The fingerprint holds the model's name and a digest of the vector of a fixed sentence, so that another model behind
    the same name is noticed. Raises EmbedderError where the server is away, fails, or sends what are no embeddings.
    """

    def __init__(self, name: str, *, timeout_seconds: float = TIMEOUT_SECONDS, n_retries: int = N_RETRIES) -> None:
        self._url, _, self.model = name.removeprefix(PREFIX).partition("#")
        if reason := amiss(self._url):
            raise EmbedderError(f"the server {bare(self._url)} {reason}")
        if not self.model:
            raise EmbedderError(f"{PREFIX}{self._url} names no model; give {PREFIX}{self._url}#MODEL")
        try:
            self._client = connect(self._url, timeout_seconds, n_retries)
        except ImportError as error:
            raise EmbedderError(
                "embeddings from a server need an optional package; install it with: pip install 'footnote-rag[openai]'"
            ) from error
        [probe] = self._request([PROBE])
        self.dimensions = len(probe)
        digest = hashlib.sha256(",".join(f"{x + 0.0:.{DIGITS}f}" for x in probe).replace("-0.00", "0.00").encode())
        self.fingerprint = f"{PREFIX}{self.model}@{digest.hexdigest()[:12]}"

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, dimensions) float32, rows of unit length. The interface knows no difference to passages."""
        return self.embed_passages(texts)

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, dimensions) float32, rows of unit length."""
        vectors = np.empty((len(texts), self.dimensions), dtype=np.float32)
        for start in range(0, len(texts), TEXTS_PER_REQUEST):
            part = list(texts[start : start + TEXTS_PER_REQUEST])
            rows = self._request(part)
            if rows.shape[1] != self.dimensions:
                raise self._failed(f"it sent vectors of {rows.shape[1]} dimensions after some of {self.dimensions}")
            vectors[start : start + len(part)] = rows
        return vectors

    def _request(self, texts: list[str]) -> NDArray[np.float32]:
        import openai

        try:
            # The default, base64, is not what every compatible server speaks.
            reply = self._client.embeddings.create(input=texts, model=self.model, encoding_format="float")
            rows = sorted(reply.data, key=lambda row: row.index)
            places = [row.index for row in rows]
            vectors = np.array([row.embedding for row in rows], dtype=np.float32)
        except (openai.OpenAIError, ValueError, TypeError, AttributeError) as error:
            raise self._failed(why(error)) from error
        if places != list(range(len(texts))) or vectors.ndim != 2 or not vectors.size:
            raise self._failed(f"it sent {len(rows)} vectors for {len(texts)} texts")
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not np.isfinite(lengths).all() or not lengths.all():
            raise self._failed("it sent vectors that point nowhere")
        unit: NDArray[np.float32] = vectors / lengths
        return unit

    def _failed(self, reason: str) -> EmbedderError:
        return EmbedderError(
            f"the server of embeddings at {self._url} failed ({reason}); check that it runs and knows the model "
            f"{self.model!r}, then do the same again: what is stored is not embedded anew"
        )
