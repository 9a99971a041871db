"""One question, from the box to the kept answer; it can be stopped, and what is there then is kept."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

from page import answers
from page.documents import Shelf, explain
from page.filters import Filters
from page.markup import failure
from page.records import Records
from page.settings import Settings
from page.watching import on_answer
from rag import Answer, Index, load_reader, stream
from rag.errors import FootnoteError, OptionError
from rag.types import Sentence

QUESTION_CHARACTERS = 2000  # more is no question
MAX_STOPS = 1000  # a stop that comes after its run has ended stays

Event = dict[str, Any]  # what the browser is told, as JSON


class Desk:
    """What every part of the page works with: the index, what is remembered, and the questions being answered."""

    def __init__(
        self,
        index: Index,
        settings: Settings,
        examples: tuple[str, ...] = (),
        *,
        choose_models: bool = True,
        history: str | None = None,
    ) -> None:
        self.choose_models = choose_models
        self.index, self.defaults, self.examples = index, settings, examples
        self.records = Records(index.folder if history is None else history)
        self.shelf = Shelf(index)
        self._stops: dict[tuple[str, str], threading.Event] = {}  # by who asked, and their name for the run

    @cached_property
    def curve(self) -> answers.Curve:
        """What each confidence has been worth on development questions."""
        try:
            return load_reader().measured
        except FootnoteError:
            return ()

    def settings(self, owner: str) -> Settings:
        chosen = self.records.settings(owner).get("chosen", {})
        if not self.choose_models:  # what was chosen when one could
            chosen = {key: value for key, value in chosen.items() if key != "model"}
        return self.defaults.changed(chosen)

    def choose(self, owner: str, given: Mapping[str, Any]) -> None:
        """Keep what differs from the defaults; all else follows them. Raises OptionError."""
        chosen = self.settings(owner).changed(given)
        if not self.choose_models and chosen.model != self.defaults.model:
            raise OptionError("who serves this page chooses the model: footnote serve --model NAME")
        defaults = self.defaults.to_dict()
        self.records.set(owner, chosen={k: v for k, v in chosen.to_dict().items() if v != defaults[k]})

    def off(self, owner: str) -> tuple[str, ...]:
        """The documents that this person has switched off and that are still here."""
        switched = self.records.settings(owner).get("off", [])
        return tuple(doc_id for doc_id in switched if doc_id in self.index.documents) if switched else ()

    def stop(self, owner: str, run: str) -> None:
        """Stop a run; one that waits for its turn stops when that comes."""
        if (owner, run) in self._stops or len(self._stops) < MAX_STOPS:
            self._stops.setdefault((owner, run), threading.Event()).set()

    def reply(self, owner: str, given: Mapping[str, Any], request: str = "") -> Iterator[Event]:
        """The turn as HTML, again whenever there is more of it; at last its number in the history.

        ``request`` is the id under which it is logged.
        """
        question, run = str(given.get("question", "")).strip(), str(given.get("run", ""))
        stopped = self._stops.setdefault((owner, run), threading.Event())
        try:
            yield {"html": answers.running(Answer(question, "", "answered"))}
            yield from self._reply(owner, given, question, stopped, request)
        except Exception as error:
            on_answer(request, None)
            yield {"html": failure(explain(error)), "failed": True}
        finally:
            self._stops.pop((owner, run), None)

    def _reply(
        self, owner: str, given: Mapping[str, Any], question: str, stopped: threading.Event, request: str
    ) -> Iterator[Event]:
        if len(question) > QUESTION_CHARACTERS:
            raise OptionError(f"the question is too long: {QUESTION_CHARACTERS:,} characters at most; shorten it")
        conversation = int(given["conversation"]) if given.get("conversation") else None
        settings, filters = self.settings(owner), Filters.read(given, self.off(owner))
        earlier = [] if conversation is None else self.records.turns(owner, conversation)
        answer: Answer | None = None
        for answer in stream(
            question, self.index, history=[turn.answer for turn in earlier], since=filters.since, as_of=filters.as_of,
            documents=filters.documents(self.index), **settings.to_dict(),
        ):  # fmt: skip
            if stopped.is_set():
                break
            yield {"html": answers.running(answer, filters.pills())}
        assert answer is not None, "a stream has at least one answer"
        cut = stopped.is_set() and "check" not in answer.timings and answer.status != "abstained"
        if cut and not answer.text:
            answer = replace(answer, text="Stopped before anything was written.", sentences=())
            answer = replace(answer, sentences=(Sentence(answer.text),))
        answer = replace(answer, request=request)
        on_answer(request, answer)
        turn = self.records.keep(owner, conversation, answer, filters, settings.writer, stopped=cut)
        html = answers.whole(turn, self.index.documents, self.curve)
        yield {"html": html, "done": True, "turn": turn.id, "conversation": turn.conversation, "status": answer.status,
               "cites": len(answer.citations)}  # fmt: skip
