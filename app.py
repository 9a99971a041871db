"""The chat page: a question in, an answer with numbered quotes out, in a browser on this machine.

Nothing comes from or goes to another machine: system fonts, no foreign scripts, no statistics, no share link. What is
on the page, and what it does, stands in ``page``; this puts it together and serves it.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

os.environ["GRADIO_ANALYTICS_ENABLED"] = "0"  # before the import: gradio reads it there

import gradio as gr
from gradio.context import LocalContext
from gradio.events import api
from gradio.utils import get_upload_folder

from page.actions import Actions
from page.asking import Desk
from page.guard import VISITOR
from page.limits import UPLOAD_MB
from page.programs import Programs
from page.serving import is_private, launch
from page.settings import Settings
from page.shell import BEHAVIOUR, frame
from page.uploads import private_folder
from page.watching import HEADER, new_id, watch, write_json
from rag import Index, load_writer, warm_up
from rag.errors import FootnoteError

N_ANSWERING = 4  # questions worked on at once; more wait
# An answer, a disagreement, an update, a refusal: shown while the sample documents are indexed.
SAMPLE = Path("examples", "documents", "truffle-gatherers.md")
SAMPLE_QUESTIONS = (
    "Why does the Wagner Group keep men in central Syria?",
    "How many people died in the raid on truffle gatherers near Sukhna on February 17, 2023?",
    "Who leads the Islamic State?",
    "What does a kilogram of truffles cost?",
)

P = ParamSpec("P")
R = TypeVar("R")


def build_app(
    index: Index,
    *,
    writer: str = "local",
    model: str | None = None,
    k: int = 8,
    examples: Sequence[str] = (),
    choose_models: bool = True,
    history: str | None = None,
) -> gr.Blocks:
    """The page over an open index, not yet served: give it to ``launch``.

    ``writer``, ``model`` and ``k`` are those of ``rag.ask``, until somebody chooses others in the page's settings;
    ``examples`` are questions offered at the start. Without ``choose_models`` nobody can name another model there.
    ``history`` is the address of a PostgreSQL database that keeps conversations, feedback and settings; the index's
    folder keeps them if None.
    """
    desk = Desk(index, Settings(writer, model, k), tuple(examples), choose_models=choose_models, history=history)
    actions, programs = Actions(desk, Path(get_upload_folder())), Programs(desk, _request)
    watch(index)

    # Gradio reads the annotations: what a person is called comes with the request.
    def page(data: dict, request: gr.Request) -> dict:  # type: ignore[type-arg]
        return actions.do(_owner(request), data)

    def reply(data: dict, request: gr.Request) -> Iterator[dict]:  # type: ignore[type-arg]
        yield from desk.reply(_owner(request), data, _request())

    ours: dict[str, Any] = {"api_visibility": "undocumented"}
    theirs: dict[str, Any] = {"concurrency_limit": N_ANSWERING, "concurrency_id": "ask"}
    blocks: gr.Blocks = gr.Blocks(title="Footnote", fill_width=True, analytics_enabled=False, delete_cache=(3600, 3600))
    with blocks:
        gr.HTML(frame(examples), js_on_load=BEHAVIOUR, apply_default_css=False)
        api(page, api_name="page", queue=False, **ours)
        api(reply, api_name="reply", **ours, **theirs)
        api(_told(programs.ask), api_name="ask", **theirs)
        api(_told(programs.search), api_name="search", **theirs)
    return blocks


def serve(
    index_at: str | os.PathLike[str] | None,
    *,
    host: str = "127.0.0.1",
    port: int = 7860,
    writer: str = "local",
    model: str | None = None,
    auth: str | None = None,
    open_to_all: bool = False,
    root_path: str = "",
    names: Sequence[str] = (),
    mcp: bool = False,
    upload_mb: int = UPLOAD_MB,
    log_json: bool = False,
    history: str | None = None,
) -> None:
    """Serve the page over the index in that folder or at that address (the default one if None) until stopped.

    ``log_json`` writes a log of JSON lines to stderr; the other arguments are those of ``launch`` and ``build_app``.
    Raises FootnoteError.
    """
    if log_json:
        write_json()
    load_writer(writer, model)  # an unknown name should fail now, not at the first question
    index = Index.open(index_at)
    # Beside the server's own start: the first question should not wait for models.
    threading.Thread(target=_warm_up, args=(index, writer, model), daemon=True).start()
    has_samples = any(Path(source.source).parts[-3:] == SAMPLE.parts for source in index.sources())
    examples = SAMPLE_QUESTIONS if has_samples else ()
    # A model is a folder of this machine or fetched from another: whoever comes from outside names none.
    choose = is_private(host, root_path, names) and auth is None
    with private_folder():
        blocks = build_app(index, writer=writer, model=model, examples=examples, choose_models=choose, history=history)
        launch(
            blocks, host=host, port=port, auth=auth, open_to_all=open_to_all, root_path=root_path, names=names, mcp=mcp,
            upload_mb=upload_mb, log_json=log_json,
        )  # fmt: skip


def main() -> None:
    """``python app.py`` is ``footnote serve``, with the same options."""
    from rag.cli import cli

    cli(["serve", *sys.argv[1:]])


def _warm_up(index: Index, writer: str, model: str | None) -> None:
    with suppress(FootnoteError):  # the first question meets it again, and shows it
        warm_up(index, writer=writer, model=model)


def _owner(request: gr.Request) -> str:
    """Whose history it is: a person's who logged in, a browser's where nobody need, else the one of this machine."""
    visitor = request.headers.get(VISITOR, "")
    return request.username or (f"visitor {visitor}" if visitor else "")


def _request() -> str:
    """The id of the request that is being answered; a new one where none came over the network."""
    request = LocalContext.request.get()
    held: str = "" if request is None else request.headers.get(HEADER, "")
    return held or new_id()


def _told(function: Callable[P, R]) -> Callable[P, R]:
    """Footnote's own errors reach the program that asked, in their words."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except FootnoteError as error:
            raise gr.Error(str(error), print_exception=False) from error

    return run


if __name__ == "__main__":
    main()
