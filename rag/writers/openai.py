"""Any OpenAI-compatible server: vLLM, SGLang, llama.cpp, Ollama, ``transformers serve``, or a hosted one."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import Any

from embeddings.server import amiss, bare, connect, why
from rag.errors import MissingExtra, OptionError, ServerError, WriterError
from rag.sentences import sentence_spans
from rag.types import Answer, Finding
from rag.writers.prompt import messages

TIMEOUT_SECONDS = 60.0  # for a whole answer: waiting for a turn and trying again included
N_RETRIES = 3  # of a request that failed before it said anything
N_AT_ONCE = 4  # answers written at the same time; more wait
MAX_NEW_TOKENS = 200
MAX_CHARACTERS = 40 * MAX_NEW_TOKENS  # a server that goes on past them does not heed what it is asked
_CLOSERS = ".!?]”’\"'"


class OpenAIWriter:
    """Asks a server for the text, piece by piece.

    ``server`` is its base URL (default ``$OPENAI_BASE_URL``), ``model`` its name for the model (``$OPENAI_MODEL``, else
    "default"). ``timeout_seconds`` is for a whole answer (``$OPENAI_TIMEOUT``, else 60), ``n_at_once`` how many answers
    are asked for at the same time (``$OPENAI_AT_ONCE``, else 4). A key is taken from ``$OPENAI_API_KEY`` alone.
    """

    def __init__(
        self,
        model: str | None = None,
        *,
        server: str | None = None,
        timeout_seconds: float | None = None,
        n_retries: int = N_RETRIES,
        n_at_once: int | None = None,
    ) -> None:
        self.model = model if model is not None else os.environ.get("OPENAI_MODEL", "default")
        self._server, self._n_retries = server, n_retries
        self._seconds = _number("OPENAI_TIMEOUT", timeout_seconds, TIMEOUT_SECONDS)
        self._turns = threading.BoundedSemaphore(max(1, int(_number("OPENAI_AT_ONCE", n_at_once, N_AT_ONCE))))

    def write(self, question: str, findings: Sequence[Finding], history: Sequence[Answer] = ()) -> Iterator[str]:
        """The text so far after each piece that the server sends; closing the iterator stops it.

        Raises ServerError, within the time-out, where the server is away or silent, reports an error, or sends what
        is no whole text; WriterError where no server is named.
        """
        url = self._url()
        until = time.monotonic() + self._seconds
        with self._turn(url, until):
            reply = _Reply(url, self.model, messages(question, findings, history), until, self._n_retries)
            text, ended = "", ""
            try:
                for piece, finished in reply.pieces():
                    text, ended = text + piece, finished or ended
                    if len(text) > MAX_CHARACTERS:
                        raise _failed(url, self.model, f"it sent more than {MAX_CHARACTERS} characters")
                    if piece:
                        yield text.strip()
            finally:
                reply.stop()
        yield self._whole(text.strip(), ended, url)

    def _whole(self, text: str, ended: str, url: str) -> str:
        """The text that was sent, without a last sentence that the limit of tokens cut off."""
        if ended == "length":
            spans = [span for span in sentence_spans(text) if text[slice(*span)].rstrip()[-1:] in _CLOSERS]
            text = text[: spans[-1][1]] if spans else ""
        if not text:
            raise _failed(url, self.model, "it sent no text")
        if not ended and text[-1] not in _CLOSERS:
            raise _failed(url, self.model, "it broke off in the middle of its reply")
        return text

    def _url(self) -> str:
        url = self._server or os.environ.get("OPENAI_BASE_URL")
        if not url:
            raise WriterError(
                "the writer 'openai' needs a server: set OPENAI_BASE_URL (for example http://127.0.0.1:8080/v1), "
                "or use --writer local"
            )
        if reason := amiss(url):
            raise OptionError(f"the server {bare(url)} {reason}")
        return url

    @contextmanager
    def _turn(self, url: str, until: float) -> Iterator[None]:
        if not self._turns.acquire(timeout=max(0.0, until - time.monotonic())):
            raise _failed(url, self.model, "the answers before this one have taken all its time")
        try:
            yield
        finally:
            self._turns.release()


class _Reply:
    """One reply, read by a thread of its own: whatever a server does, or does not do, the one who waits is free at
    ``until`` (of ``time.monotonic``)."""

    def __init__(self, url: str, model: str, chat: list[dict[str, str]], until: float, n_retries: int) -> None:
        self._url, self._model, self._chat, self._until, self._n_retries = url, model, chat, until, n_retries
        self._said: SimpleQueue[tuple[str, str] | Exception | None] = SimpleQueue()
        self._stopped = threading.Event()
        threading.Thread(target=self._run, name="footnote-openai", daemon=True).start()

    def stop(self) -> None:
        """Hang up at the next piece."""
        self._stopped.set()

    def pieces(self) -> Iterator[tuple[str, str]]:
        """(piece of text, why the server ended or ""), as they come. Raises ServerError, MissingExtra."""
        while True:
            try:
                said = self._said.get(timeout=max(0.0, self._until - time.monotonic()))
            except Empty:
                raise _failed(self._url, self._model, "it did not finish its reply in time") from None
            if said is None:
                return
            if isinstance(said, ImportError):
                raise MissingExtra("the writer 'openai'", "openai") from said
            if isinstance(said, Exception):
                raise _failed(self._url, self._model, why(said)) from said
            yield said

    def _run(self) -> None:
        try:
            for piece in self._read():
                self._said.put(piece)
            self._said.put(None)
        except Exception as error:  # for the one who waits
            self._said.put(error)

    def _read(self) -> Iterator[tuple[str, str]]:
        left = max(0.1, self._until - time.monotonic())
        options: dict[str, Any] = {"model": self._model, "messages": self._chat, "stream": True}
        options |= {"temperature": 0, "max_tokens": MAX_NEW_TOKENS}
        with connect(self._url, left, self._n_retries) as client, client.chat.completions.create(**options) as stream:
            for piece in stream:
                if self._stopped.is_set():
                    return
                yield _said(piece)


def _said(piece: Any) -> tuple[str, str]:
    """The text of a piece and why the server ended there. Raises ValueError for what is no piece."""
    choices = getattr(piece, "choices", None)
    if not isinstance(choices, list):
        raise ValueError(f"a piece without choices: {piece}")
    if not choices:  # how much was used, at the end
        return "", ""
    text = getattr(getattr(choices[0], "delta", None), "content", None)
    if text is not None and not isinstance(text, str):
        raise ValueError(f"a piece whose text is none: {text!r}")
    return text or "", getattr(choices[0], "finish_reason", None) or ""


def _failed(url: str, model: str, reason: str) -> ServerError:
    return ServerError(
        f"the server at {url} failed ({reason}); check that it runs and knows the model {model!r}, "
        "or use --writer local"
    )


def _number(name: str, given: float | None, default: float) -> float:
    """The value given, else that of the environment. Raises OptionError where that is no number above zero."""
    value = os.environ.get(name, "") if given is None else given
    try:
        number = default if value == "" else float(value)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise OptionError(f"{name} is {value!r}; give a number above 0")
    return number
