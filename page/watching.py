"""What a running server tells those who look after it: figures for Prometheus and, if asked for, a log of JSON lines.

Neither holds a word of a document or a question, a name, a password or a cookie.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import uuid
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest

from rag import Answer, Index
from rag.errors import FootnoteError

__all__ = [
    "CONTENT_TYPE_LATEST",
    "exposition",
    "new_id",
    "on_answer",
    "on_error",
    "on_file",
    "on_request",
    "watch",
    "write_json",
]

LOG = "footnote.server"
HEADER = "x-footnote-request"  # the id of a request, from the guard to what answers it
SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60)

REQUESTS = Counter("footnote_requests", "Requests by route and status.", ["route", "status"])
REQUEST_SECONDS = Histogram("footnote_request_seconds", "Seconds until a reply began.", ["route"], buckets=SECONDS)
ANSWERS = Counter("footnote_answers", "Answers by status; failed ones too.", ["status"])
ANSWER_SECONDS = Histogram("footnote_answer_seconds", "Seconds from a question's turn to its answer.", buckets=SECONDS)
STAGE_SECONDS = Histogram("footnote_stage_seconds", "Seconds of a stage of an answer.", ["stage"], buckets=SECONDS)
FILES = Counter("footnote_files", "Files taken in, by what became of them.", ["state"])
REFUSED = Counter("footnote_refused", "Requests that were turned away, by why.", ["why"])
DOCUMENTS = Gauge("footnote_documents", "Documents in the index.")
PASSAGES = Gauge("footnote_passages", "Passages in the index.")


def new_id() -> str:
    """An id for a request that no other has."""
    return uuid.uuid4().hex[:16]


def watch(index: Index) -> None:
    """Let the figures tell the size of that index; the last one given counts."""

    def counted(n: Any) -> float:
        with suppress(FootnoteError):
            return float(n())
        return float("nan")

    DOCUMENTS.set_function(lambda: counted(lambda: len(index.documents)))
    PASSAGES.set_function(lambda: counted(lambda: len(index)))


def exposition() -> bytes:
    """The figures in Prometheus's text format."""
    return generate_latest()


def on_request(request: str, route: str, method: str, status: int, seconds: float, client: str) -> None:
    """A request was answered; ``route`` is its pattern, not its address."""
    REQUESTS.labels(route, str(status)).inc()
    REQUEST_SECONDS.labels(route).observe(seconds)
    _log("request", request=request, route=route, method=method, status=status, seconds=round(seconds, 4), by=client)


def on_answer(request: str, answer: Answer | None) -> None:
    """A question was answered, or failed (None)."""
    status = "failed" if answer is None else answer.status
    ANSWERS.labels(status).inc()
    if answer is None:
        _log("answer", request=request, status=status)
        return
    timings = {stage: round(seconds, 4) for stage, seconds in answer.timings.items()}
    for stage, seconds in timings.items():
        if stage == "total":
            ANSWER_SECONDS.observe(seconds)
        else:
            STAGE_SECONDS.labels(stage).observe(seconds)
    _log("answer", request=request, status=status, timings=timings, hits=len(answer.hits), cited=len(answer.citations))


def on_file(state: str, n_passages: int) -> None:
    """A file was taken in, or was not."""
    FILES.labels(state).inc()
    _log("file", state=state, passages=n_passages)


def on_refusal(request: str, why: str) -> None:
    REFUSED.labels(why).inc()
    _log("refused", request=request, why=why)


def on_error(request: str) -> None:
    """A request met an error that nobody foresaw; to be called where it is caught."""
    logging.getLogger(LOG).error(
        "the server met an unexpected error", exc_info=True, extra={"what": {"request": request}}
    )


def write_json(stream: Any = None) -> None:
    """Write every record of this process's logs as a JSON object a line, to stderr unless told otherwise.

    The server sets up its own logs when it starts: to be called again then.
    """
    handler = logging.StreamHandler(sys.stderr if stream is None else stream)
    handler.setFormatter(_Lines())
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger(LOG).setLevel(logging.INFO)


def _log(event: str, **what: Any) -> None:
    logging.getLogger(LOG).info(event, extra={"what": what})


# What is put into an address by mistake: nobody needs it in a log.
_SECRET = re.compile(r"((?:password|token|secret|api_?key|authorization)[\"']?\s*[=:]\s*)[^\s,;&\"']+", re.IGNORECASE)


class _Lines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        what: Mapping[str, Any] = getattr(record, "what", {})
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": _SECRET.sub(r"\1…", record.getMessage()),
            **what,
        }
        if record.exc_info:
            line["error"] = _SECRET.sub(r"\1…", self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)
