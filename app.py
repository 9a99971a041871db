"""The chat page: a question in, an answer with numbered quotes out, in a browser on this machine.

Nothing comes from or goes to another machine: system fonts, no foreign scripts, no statistics, no share link. What is
shown, and how it is kept from being read as HTML, stands in app_view.py.
"""

from __future__ import annotations

import argparse
import logging
import os
import re
import shutil
import sys
import threading
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

os.environ["GRADIO_ANALYTICS_ENABLED"] = "0"  # before the import: gradio reads it there

import gradio as gr

import app_view as view
from rag import SUFFIXES, Answer, Index, load_writer, stream, warm_up
from rag.errors import FootnoteError, OptionError
from rag.types import FileReport

UPLOADS = "uploads"  # the folder inside the index folder that keeps uploaded files
MAX_NAME_BYTES = 200  # of an uploaded file's name; file systems take 255
N_ANSWERING, N_WAITING = 4, 64  # questions worked on at once, for several people; more wait, more still are refused
# An answer, a disagreement, an update, a refusal: shown while the sample documents are indexed.
SAMPLE = Path("examples", "documents", "truffle-gatherers.md")
SAMPLE_QUESTIONS = (
    "Why does the Islamic State no longer claim most of its raids?",
    "How many people died in the raid on truffle gatherers near Sukhna on February 17, 2023?",
    "Who leads the Islamic State?",
    "What does a kilogram of truffles cost?",
)

Update = tuple[Any, ...]  # one value for each output of a Gradio event


def build_app(
    index: Index, *, writer: str = "local", model: str | None = None, k: int = 8, examples: Sequence[str] = ()
) -> gr.Blocks:
    """The page over an open index, not yet served: give it to ``launch``.

    ``writer``, ``model`` and ``k`` are those of ``rag.ask``; ``examples`` are questions offered at the start.
    """
    page = _Page(index, writer, model, k)
    blocks: gr.Blocks = gr.Blocks(title="Footnote", fill_width=True, analytics_enabled=False, delete_cache=(3600, 3600))
    with blocks:
        history, unanswered = gr.State(()), gr.State("")
        _html(view.HEADER, "top")
        with gr.Row(elem_id="desk"):
            with gr.Column(elem_id="chat", scale=1, min_width=320):
                past = _html("", "past")
                current = _html("", "current", js_on_load=view.BEHAVIOUR)
                with gr.Column(elem_id="welcome") as welcome:
                    _html(view.WELCOME, "greeting")
                    offers = [gr.Button(example, size="sm", elem_classes="offer") for example in examples]
                box = _question_box()
            with gr.Column(elem_id="sources", scale=0, min_width=320):
                _html("<h2>Sources</h2>", "shelf")
                drop = gr.File(
                    label="Add documents", file_count="multiple", file_types=list(SUFFIXES), height=132, elem_id="add"
                )
                results = _html("", "results")
                library = _html(page.library, "library")
        hidden: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        outputs = [past, current, box, history, unanswered, welcome]
        for begins, text in [(box.submit, box), *((offer.click, offer) for offer in offers)]:
            asked = begins(
                page.reply, [text, history], outputs, concurrency_limit=N_ANSWERING, concurrency_id="ask", **hidden
            )
            asked.then(_put_back, [box, unanswered], box, queue=False, **hidden)
        drop.upload(page.take_in, drop, [results, library, drop], trigger_mode="multiple", **hidden)
    return blocks


def launch(blocks: gr.Blocks, *, host: str = "127.0.0.1", port: int = 7860, block: bool = True) -> str:
    """Serve the page and return its address; with ``block``, only once the server is stopped.

    Raises OptionError where the port cannot be had.
    """
    away = os.environ.get("no_proxy", os.environ.get("NO_PROXY", ""))
    os.environ["no_proxy"] = ",".join(filter(None, [away, "127.0.0.1", "localhost", host]))  # gradio calls itself
    blocks.queue(max_size=N_WAITING)
    try:
        _, address, _ = blocks.launch(
            server_name=host, server_port=port, share=False, quiet=True, prevent_thread_lock=True, theme=_theme(),
            css=view.CSS, footer_links=[], run_history=False, ssr_mode=False, pwa=False, mcp_server=False,
            enable_monitoring=False,
        )  # fmt: skip
    except OSError as error:
        raise OptionError(
            f"cannot serve on {host}:{port}: it is taken or not this machine's; choose others with --port and --host"
        ) from error
    if block:
        print(f"Footnote is at {address} (stop it with Ctrl+C)", flush=True)
        blocks.block_thread()
    return address


def serve(
    index_folder: str | os.PathLike[str] | None,
    *,
    host: str = "127.0.0.1",
    port: int = 7860,
    writer: str = "local",
    model: str | None = None,
) -> None:
    """Serve the page over the index in that folder (the default one if None) until stopped. Raises FootnoteError."""
    load_writer(writer, model)  # an unknown name should fail now, not at the first question
    index = Index.open(index_folder)
    # Beside the server's own start: the first question should not wait for models.
    threading.Thread(target=_warm_up, args=(index, writer, model), daemon=True).start()
    has_samples = any(Path(source.source).parts[-3:] == SAMPLE.parts for source in index.sources())
    examples = SAMPLE_QUESTIONS if has_samples else ()
    launch(build_app(index, writer=writer, model=model, examples=examples), host=host, port=port)


def main(argv: Sequence[str] | None = None) -> int:
    """``python app.py``: 0 when stopped, 2 for an error, which is told on stderr."""
    parser = argparse.ArgumentParser(prog="app.py", description="Serve Footnote's chat page.")
    parser.add_argument("--index", metavar="DIR", help="the index folder (default: $FOOTNOTE_INDEX or yours)")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: this machine only)")
    parser.add_argument("--port", type=int, default=7860)
    parser.add_argument("--writer", default="local", metavar="quote|local|openai", help="who phrases the answer")
    parser.add_argument("--model", help="a transformers model, or the server's name for it")
    options = parser.parse_args(argv)
    try:
        serve(options.index, host=options.host, port=options.port, writer=options.writer, model=options.model)
    except FootnoteError as error:
        print(f"footnote: {error}", file=sys.stderr)
        return 2
    return 0


@dataclass(frozen=True, slots=True)
class _Page:
    """What the page's events do."""

    index: Index
    writer: str
    model: str | None
    k: int

    def reply(self, question: str, history: tuple[Answer, ...]) -> Iterator[Update]:
        """past, current, box, history, unanswered, welcome: again for each piece of the answer."""
        question, keep, turn = question.strip(), gr.skip(), len(history) + 1
        if not question:
            yield (keep,) * 6
            return
        past = "".join(view.answered(i, earlier, self.index.documents) for i, earlier in enumerate(history, 1))
        yield past, view.turn(turn, question, view.stage(None)), "", keep, "", gr.update(visible=False)
        answer, written = None, ""
        try:
            for answer in stream(question, self.index, writer=self.writer, model=self.model, k=self.k, history=history):
                written = view.cited(turn, answer, whole=False) if answer.text else ""
                yield keep, view.turn(turn, question, written + view.stage(answer)), keep, keep, keep, keep
        except Exception as error:
            failed = view.turn(turn, question, written + view.failure(_explain(error)))
            yield keep, failed, keep, keep, question, keep
            return
        if answer is not None:
            whole = view.answered(turn, answer, self.index.documents)
            yield keep, whole, keep, (*history, answer), keep, keep

    def take_in(self, uploads: Sequence[str] | None) -> Iterator[Update]:
        """results, library, drop zone: again for each file."""
        reports: list[FileReport] = []
        for path in map(Path, uploads or ()):
            yield view.results(reports, reading=path.name), gr.skip(), gr.skip()
            reports.append(_add(self.index, path))
        yield view.results(reports), self.library(), None

    def library(self) -> str:
        return view.library(self.index.sources(), self.index.documents.values())


def _warm_up(index: Index, writer: str, model: str | None) -> None:
    with suppress(FootnoteError):  # the first question meets it again, and shows it
        warm_up(index, writer=writer, model=model)


def _put_back(typed: str, unanswered: str) -> Any:
    """A question that failed returns to the box, unless something new was typed there meanwhile."""
    return unanswered if unanswered and not typed.strip() else gr.skip()


def _add(index: Index, upload: Path) -> FileReport:
    """Keep the upload in the index's folder and index it there. A file that fails leaves everything as it was."""
    name = _safe_name(upload.name)
    target = (index.folder / UPLOADS).resolve() / name
    before = target.read_bytes() if target.exists() else None
    try:
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(upload, target)
        report = index.add(target).files[0]
    except Exception as error:
        report = FileReport(str(target), "failed", reason=_explain(error))
    if report.state == "failed":
        if before is None:
            target.unlink(missing_ok=True)
        else:
            target.write_bytes(before)
    return replace(report, reason=report.reason.replace(str(target), name))


def _safe_name(name: str) -> str:
    """A file name that stays inside its folder and that every file system takes; the suffix is kept."""
    plain = re.sub(r"[^\w .()+,&-]", "_", unicodedata.normalize("NFC", Path(name).name)).strip(" .")
    path = Path(plain or "document")
    return path.stem.encode()[: MAX_NAME_BYTES - len(path.suffix.encode())].decode(errors="ignore") + path.suffix


def _explain(error: Exception) -> str:
    """What the page says about an error: Footnote's own words, or where the rest can be read."""
    if isinstance(error, FootnoteError):
        return str(error)
    logging.getLogger("footnote").error("the page met an unexpected error", exc_info=error)
    return "Footnote met an unexpected error; the details stand in the terminal where it runs."


def _question_box() -> gr.Textbox:
    return gr.Textbox(
        label="Your question",
        show_label=False,
        placeholder="Ask your documents",
        submit_btn="Ask",
        autofocus=True,
        max_lines=6,
        elem_id="ask",
    )


def _html(value: str | Callable[[], str], elem_id: str, js_on_load: str | None = None) -> gr.HTML:
    """A place for our own HTML, without Gradio's prose style."""
    return gr.HTML(value, elem_id=elem_id, js_on_load=js_on_load, apply_default_css=False)


def _theme() -> gr.themes.Base:
    """Paper and ink by day, and by night; system fonts only, so that no font is fetched."""
    system = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif")
    return gr.themes.Base(
        primary_hue="teal", neutral_hue="stone", radius_size="lg", font=system, font_mono=("ui-monospace", "monospace")
    ).set(
        body_background_fill="#fbfaf7",
        body_background_fill_dark="#171614",
        body_text_color="#1f1d1a",
        body_text_color_dark="#ece9e4",
        body_text_color_subdued="#6b665e",
        body_text_color_subdued_dark="#a8a299",
        border_color_primary="#e3dfd7",
        border_color_primary_dark="#35322d",
        background_fill_secondary="#f3f0ea",
        background_fill_secondary_dark="#1f1d1a",
        block_background_fill="#ffffff",
        block_background_fill_dark="#1f1d1a",
        input_placeholder_color="#77726a",
        input_placeholder_color_dark="#a8a299",
        input_background_fill="#ffffff",
        input_background_fill_dark="#23211e",
    )


if __name__ == "__main__":
    sys.exit(main())
