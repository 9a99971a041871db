"""What the browser can ask for beside an answer: one function a deed, JSON in, JSON out."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from contextlib import suppress
from html import escape
from pathlib import Path
from typing import Any

from page import answers, documents, exports, panel, settings, sheets
from page.asking import Desk
from page.filters import Filters
from page.records import Conversation
from page.suggestions import suggested
from page.watching import on_file
from rag import Document
from rag.errors import OptionError, UnknownDocument

Given = Mapping[str, Any]
Told = dict[str, Any]

VERDICTS = ("right", "wrong", "citation", "")


class Actions:
    """The deeds of one page. ``uploads`` is the only folder from which files are taken in."""

    def __init__(self, desk: Desk, uploads: Path) -> None:
        self._desk, self._uploads = desk, uploads.resolve()
        self._deeds: dict[str, Callable[[str, Given], Told]] = {
            "start": self._start,
            "stop": self._stop,
            "conversations": self._conversations,
            "conversation": self._conversation,
            "rename": self._rename,
            "forget": self._forget,
            "sources": self._sources,
            "document": self._document,
            "page": self._page,
            "library": lambda owner, _: self._library(owner),
            "take_in": self._take_in,
            "unpack": self._unpack,
            "remove": self._remove,
            "bring_back": self._bring_back,
            "switch": self._switch,
            "pills": self._pills,
            "suggest": self._suggest,
            "judge": self._judge,
            "copy": self._copy,
            "export": self._export,
            "settings": lambda owner, _: self._settings(owner),
            "set": self._set,
        }

    def do(self, owner: str, given: Given) -> Told:
        """What ``given["do"]`` names; {"error": why} where it cannot be done."""
        deed = self._deeds.get(str(given.get("do")))
        try:
            if deed is None:
                raise OptionError("this page is older than the server; reload it")
            return deed(owner, given)
        except (KeyError, TypeError, ValueError) as error:
            return {"error": f"the request makes no sense ({error!r}); reload the page"}
        except Exception as error:
            return {"error": documents.explain(error)}

    def _start(self, owner: str, given: Given) -> Told:
        return self._library(owner) | self._conversations(owner, given) | self._pills(owner, given)

    def _stop(self, owner: str, given: Given) -> Told:
        self._desk.stop(owner, str(given["run"]))
        return {}

    def _library(self, owner: str) -> Told:
        off = self._desk.off(owner)
        empty = not self._desk.index.sources()
        return {"library": documents.library(self._desk.index, off), "n_off": len(off), "empty": empty}

    def _conversations(self, owner: str, given: Given) -> Told:
        sought = str(given.get("sought", "")).strip()
        rows = "".join(map(_row, self._desk.records.conversations(owner, sought)))
        none = "Nothing found." if sought else "Your questions will be kept here."
        return {"conversations": rows or f'<li class="nothing">{none}</li>'}

    def _conversation(self, owner: str, given: Given) -> Told:
        records, held = self._desk.records, self._desk.index.documents
        number = int(given["conversation"])
        turns = [
            {
                "turn": turn.id,
                "question": turn.answer.question,
                "html": answers.whole(turn, held, self._desk.curve),
                "cites": len(turn.answer.citations),
            }
            for turn in records.turns(owner, number)
        ]
        return {"conversation": number, "title": records.title(owner, number), "turns": turns}

    def _rename(self, owner: str, given: Given) -> Told:
        self._desk.records.rename(owner, int(given["conversation"]), str(given["title"]))
        return {}

    def _forget(self, owner: str, given: Given) -> Told:
        back = bool(given.get("back"))
        self._desk.records.delete(owner, int(given["conversation"]), deleted=not back)
        return {}

    def _sources(self, owner: str, given: Given) -> Told:
        turn = self._desk.records.turn(owner, int(given["turn"]))
        return {"html": panel.tabs(turn, self._desk.index.documents, self._desk.curve)}

    def _document(self, owner: str, given: Given) -> Told:
        """The document of quote ``number`` of a turn, or the one named, with the passage ``start`` to ``end``."""
        answer = self._desk.records.turn(owner, int(given["turn"])).answer if given.get("turn") else None
        number = int(given["number"]) if given.get("number") else None
        citations = answer.citations if answer is not None else ()
        cited = next((c for c in citations if c.number == number), None)
        held = self._held(cited.doc_id if cited is not None else str(given["doc"]))
        span = (int(given["start"]), int(given["end"])) if given.get("end") and cited is None else None
        mine = [c for c in citations if c.doc_id == held.doc_id]
        return {"html": panel.document(held, mine, number, span)}

    def _page(self, owner: str, given: Given) -> Told:
        """A page of a PDF as it looks, as a data URL."""
        held = self._held(str(given["doc"]))
        if not held.source.lower().endswith(".pdf") or not Path(held.source).is_file():
            raise OptionError("only the pages of a PDF that is still there can be shown")
        shown = sheets.picture(Path(held.source), int(given["page"]))
        return {"image": f"data:image/png;base64,{base64.b64encode(shown).decode()}"}

    def _take_in(self, owner: str, given: Given) -> Told:
        name, upload = str(given["name"]), self._upload(given["path"])
        report = self._desk.shelf.take_in(upload, name)
        self._drop(upload)
        on_file(report.state, report.n_passages)
        return {"state": report.state, "line": documents.result(report, name)}

    def _unpack(self, owner: str, given: Given) -> Told:
        upload = self._upload(given["path"])
        try:
            files, others = self._desk.shelf.unpack(upload)
        finally:
            self._drop(upload)
        return {
            "files": [{"path": str(path), "name": name} for path, name in files],
            "skipped": [documents.skipped(name) for name in others],
        }

    def _upload(self, path: object) -> Path:
        """Raises OptionError for a path outside the server's own folder of uploads: no other file is taken in."""
        upload = Path(str(path)).resolve()
        if not upload.is_relative_to(self._uploads) or not upload.is_file():
            raise OptionError("this upload is no longer there; add the file again")
        return upload

    def _drop(self, upload: Path) -> None:
        """An upload that was taken in needs no room any more."""
        with suppress(OSError):
            upload.unlink()

    def _remove(self, owner: str, given: Given) -> Told:
        undo = self._desk.shelf.remove(str(given["source"]))
        return {"undo": undo} | self._library(owner)

    def _bring_back(self, owner: str, given: Given) -> Told:
        source = str(given["source"])
        report = self._desk.shelf.bring_back(source)
        if report.state == "failed":
            raise OptionError(f"{Path(source).name} cannot be brought back: {report.reason}")
        return {"state": report.state} | self._library(owner)

    def _switch(self, owner: str, given: Given) -> Told:
        off = set(self._desk.off(owner))
        if given.get("all"):
            off = set()
        elif given["on"]:
            off -= {str(given["doc"])}
        else:
            off |= {str(given["doc"])}
        self._desk.records.set(owner, off=sorted(off))
        return self._library(owner) | self._pills(owner, given)

    def _pills(self, owner: str, given: Given) -> Told:
        """The filters as pills that can be taken off."""
        return {"pills": Filters.read(given, self._desk.off(owner)).pills(removable=True)}

    def _suggest(self, owner: str, given: Given) -> Told:
        return {"html": suggested(self._held(str(given["doc"])), self._desk.index)}

    def _judge(self, owner: str, given: Given) -> Told:
        verdict = str(given["verdict"])
        if verdict not in VERDICTS:
            raise OptionError(f"{verdict!r} is no verdict")
        self._desk.records.judge(owner, int(given["turn"]), verdict, str(given.get("note", "")).strip()[:2000])
        return {}

    def _copy(self, owner: str, given: Given) -> Told:
        return {"text": exports.markdown(self._desk.records.turn(owner, int(given["turn"])).answer)}

    def _export(self, owner: str, given: Given) -> Told:
        """A conversation, or the one turn, as JSON."""
        records = self._desk.records
        if given.get("turn"):
            turns = [records.turn(owner, int(given["turn"]))]
            title = turns[0].answer.question
        else:
            turns = records.turns(owner, int(given["conversation"]))
            title = records.title(owner, int(given["conversation"]))
        return {"text": exports.conversation(title, turns), "name": f"footnote-{turns[0].id if turns else 0}.json"}

    def _settings(self, owner: str) -> Told:
        desk = self._desk
        return {"html": settings.form(desk.settings(owner), desk.records, choose_models=desk.choose_models)}

    def _set(self, owner: str, given: Given) -> Told:
        self._desk.choose(owner, given["settings"])
        return {"kept": "Kept."}

    def _held(self, doc_id: str) -> Document:
        held = self._desk.index.documents.get(doc_id)
        if held is None:
            raise UnknownDocument("this document is no longer in the index")
        return held


def _row(conversation: Conversation) -> str:
    title = escape(conversation.title)
    return (
        f'<li data-conversation="{conversation.id}"><button type="button" class="plain open" dir="auto">'
        f"{title}</button>"
        f'<span class="tools"><button type="button" data-tool="rename" aria-label="Rename “{title}”">Rename</button>'
        f'<button type="button" data-tool="export" aria-label="Export “{title}” as JSON">JSON</button>'
        f'<button type="button" data-tool="forget" aria-label="Delete “{title}”">Delete</button></span></li>'
    )
