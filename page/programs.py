"""What programs may ask of the page: the two endpoints of its API, which are its MCP tools too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from page.asking import QUESTION_CHARACTERS, Desk
from page.filters import Filters
from page.watching import on_answer
from rag import ask as ask_index
from rag.errors import OptionError

MAX_K = 50


class Programs:
    """``ask`` and ``search`` over the page's index. Their docstrings are what programs and models are told."""

    def __init__(self, desk: Desk, request: Callable[[], str] = lambda: "") -> None:
        """``request`` tells the id of the request that is being answered."""
        self._desk, self._request = desk, request

    def ask(self, question: str, as_of: str = "", since: str = "", writer: str = "", k: int = 8) -> dict[str, Any]:
        """Answer a question from the indexed documents, with a verbatim quote behind every sentence.

        The status is "answered", "disputed" (the sources contradict each other, both sides are told) or "abstained"
        (the documents do not say, and the reason tells why).

        Args:
            question: What to ask, in plain English.
            as_of: Leave out documents published after this day, as YYYY-MM-DD; empty for no limit.
            since: Leave out documents published before this day, as YYYY-MM-DD; empty for no limit.
            writer: Who phrases the answer: "quote" (no language model), "local" or "openai"; empty for the default.
            k: How many passages the answer is made from.
        """
        if len(question) > QUESTION_CHARACTERS:
            raise OptionError(f"the question is too long: {QUESTION_CHARACTERS:,} characters at most; shorten it")
        filters = Filters.read({"since": since, "as_of": as_of})
        settings = self._desk.defaults.changed({"k": k} | ({"writer": writer} if writer else {}))
        request = self._request()
        try:
            answered = ask_index(
                question, self._desk.index, since=filters.since, as_of=filters.as_of, **settings.to_dict()
            )
        except Exception:
            on_answer(request, None)
            raise
        on_answer(request, answered)
        answer = replace(answered, request=request).to_dict()
        kept = ("question", "query", "status", "text", "reason", "citations", "disagreements", "model", "request")
        return {name: answer[name] for name in kept} | {"seconds": answer["timings"]["total"]}

    def search(self, query: str, k: int = 8, as_of: str = "", since: str = "") -> list[dict[str, Any]]:
        """Find the passages of the indexed documents that are nearest to a query, best first.

        Args:
            query: What to look for: a question, or words.
            k: How many passages to return, at most 50.
            as_of: Leave out documents published after this day, as YYYY-MM-DD; empty for no limit.
            since: Leave out documents published before this day, as YYYY-MM-DD; empty for no limit.
        """
        if len(query) > QUESTION_CHARACTERS:
            raise OptionError(f"the query is too long: {QUESTION_CHARACTERS:,} characters at most; shorten it")
        if not 1 <= k <= MAX_K:
            raise OptionError(f"k is {k}; ask for 1 to {MAX_K} passages")
        filters, documents = Filters.read({"since": since, "as_of": as_of}), self._desk.index.documents
        hits = self._desk.index.search(query, k, since=filters.since, until=filters.as_of)
        return [
            {
                "title": hit.title,
                "source": held.source,
                "published": None if hit.published is None else hit.published.isoformat(),
                "page": held.page(hit.passage.start),
                "doc_id": hit.passage.doc_id,
                "start": hit.passage.start,
                "end": hit.passage.end,
                "text": hit.passage.text,
                "score": hit.score,
            }
            for hit in hits
            if (held := documents.get(hit.passage.doc_id)) is not None
        ]
