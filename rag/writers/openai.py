"""Any OpenAI-compatible server: llama.cpp, vLLM, Ollama, ``transformers serve``, or a hosted one."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from rag.errors import MissingExtra, WriterError
from rag.types import Answer, Finding
from rag.writers.prompt import messages

TIMEOUT_SECONDS = 60.0
MAX_NEW_TOKENS = 200


class OpenAIWriter:
    """Asks the server at ``$OPENAI_BASE_URL`` with ``$OPENAI_API_KEY`` (a local server needs none)."""

    def __init__(self, model: str | None = None) -> None:
        self.model = model if model is not None else os.environ.get("OPENAI_MODEL", "default")

    def write(self, question: str, findings: Sequence[Finding], history: Sequence[Answer] = ()) -> Iterator[str]:
        """The text so far after each piece that the server sends. Raises WriterError where it fails."""
        try:
            import openai
            from openai.types.chat import ChatCompletionChunk
        except ImportError as error:
            raise MissingExtra("the writer 'openai'", "openai") from error

        url = os.environ.get("OPENAI_BASE_URL")
        if not url:
            raise WriterError(
                "the writer 'openai' needs a server: set OPENAI_BASE_URL (for example http://127.0.0.1:8080/v1), "
                "or use --writer local"
            )
        text = ""
        try:
            client = openai.OpenAI(
                base_url=url, api_key=os.environ.get("OPENAI_API_KEY", "none"), timeout=TIMEOUT_SECONDS
            )
            pieces = client.chat.completions.create(
                model=self.model,
                messages=messages(question, findings, history),  # type: ignore[arg-type]
                temperature=0,
                max_tokens=MAX_NEW_TOKENS,
                stream=True,
            )
            for piece in pieces:
                assert isinstance(piece, ChatCompletionChunk), "stream=True gives chunks"
                if piece.choices and piece.choices[0].delta.content:
                    text += piece.choices[0].delta.content
                    yield text.strip()
        except openai.OpenAIError as error:
            raise WriterError(
                f"the server at {url} failed ({error}); check that it runs and knows the model {self.model!r}, "
                "or use --writer local"
            ) from error
