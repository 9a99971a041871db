"""The command ``footnote``. Heavy things are imported inside the commands: ``--help`` must answer at once."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ParamSpec, TypeVar, get_args

import typer

from rag.errors import FootnoteError

if TYPE_CHECKING:
    from rag.types import FileReport, Report

P = ParamSpec("P")
R = TypeVar("R")

cli = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

IndexPlace = Annotated[
    str | None,
    typer.Option(
        "--index", metavar="DIR|URL", help="The index: a folder or a database's address [default: $FOOTNOTE_INDEX]."
    ),
]
HistoryPlace = Annotated[
    str | None,
    typer.Option(
        "--history", metavar="URL", envvar="FOOTNOTE_HISTORY", show_envvar=False,
        help="A PostgreSQL database that keeps the page's history [default: $FOOTNOTE_HISTORY, else a file].",
    ),
]  # fmt: skip
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
WriterName = Annotated[str, typer.Option("--writer", metavar="quote|local|openai", help="Who phrases the answer.")]
ModelName = Annotated[
    str | None,
    typer.Option("--model", help="A transformers model (hub name or folder), or the server's name for it."),
]
ServerUrl = Annotated[
    str | None,
    typer.Option("--server", metavar="URL", help="The server of --writer openai [default: $OPENAI_BASE_URL]."),
]


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"footnote {version('footnote-rag')}")
        raise typer.Exit


@cli.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print it.")
    ] = False,
) -> None:
    """Ask your own documents a question; get an answer with a verified quote behind every sentence."""


def _explained(command: Callable[P, R]) -> Callable[P, R]:
    """Footnote's own errors go to stderr as they are, exit code 2."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except FootnoteError as error:
            typer.echo(f"footnote: {error}", err=True)
            raise typer.Exit(2) from error

    return run


@cli.command()
@_explained
def index(
    paths: Annotated[list[str], typer.Argument(help="Files and folders of documents; also s3://…, gs://…, https://….")],
    folder: IndexPlace = None,
    prune: Annotated[bool, typer.Option("--prune", help="Remove files that are gone from these folders.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 if a file could not be indexed.")] = False,
    embedder: Annotated[
        str | None,
        typer.Option("--embedder", help="A sentence-transformers model, by hub name or folder, or openai:URL#MODEL."),
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option("--cluster", metavar="ADDRESS|local:N", help="Read and embed on the workers of a Dask scheduler."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Add documents to the index; unchanged files cost nothing."""
    from rag.index import Index

    with Index.open(folder, embedder=embedder) as opened, _progress(hidden=as_json) as progress:
        report = opened.add(*paths, prune=prune, progress=progress, cluster=cluster)
        where, n_passages = opened.address, len(opened)
    if as_json:
        from rag.render import as_json as to_json

        typer.echo(json.dumps(to_json(report), ensure_ascii=False))
    else:
        _print_report(report, where, n_passages)
    if strict and report.failed:
        raise typer.Exit(1)


@cli.command()
@_explained
def ask(
    question: str,
    folder: IndexPlace = None,
    docs: Annotated[
        Path | None,
        typer.Option("--docs", metavar="PATH", help="Ask this file or folder instead of an index."),
    ] = None,
    writer: WriterName = "local",
    model: ModelName = None,
    server: ServerUrl = None,
    k: Annotated[int, typer.Option("-k", min=1, help="Passages that an answer is made from.")] = 8,
    as_of: Annotated[
        datetime | None,
        typer.Option("--as-of", formats=["%Y-%m-%d"], help="Leave out documents published later."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Ask a question; the answer comes with numbered, verbatim quotes."""
    if docs is not None and folder is not None:
        raise typer.BadParameter("give --docs or --index, not both")
    from rag.pipeline import ask as answer_question

    _use_server(server)
    day = None if as_of is None else as_of.date()
    answer = answer_question(question, docs if docs is not None else folder, writer=writer, model=model, k=k, as_of=day)
    typer.echo(json.dumps(answer.to_dict(), ensure_ascii=False) if as_json else str(answer))


@cli.command()
@_explained
def serve(
    folder: IndexPlace = None,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on.")] = 7860,
    writer: WriterName = "local",
    model: ModelName = None,
    server: ServerUrl = None,
    auth: Annotated[
        str | None,
        typer.Option(metavar="USER:PASS|FILE", help="Ask for a password; a FILE holds lines of `footnote account`."),
    ] = None,
    no_auth: Annotated[
        bool, typer.Option("--no-auth", help="Let everybody in who reaches --host: read, add and delete.")
    ] = False,
    root_path: Annotated[str, typer.Option(metavar="PATH", help="The path under which a proxy offers the page.")] = "",
    names: Annotated[
        list[str] | None,
        typer.Option("--name", metavar="HOST", help="A name by which others call the page; repeatable."),
    ] = None,
    mcp: Annotated[bool, typer.Option("--mcp", help="Offer ask and search as MCP tools too.")] = False,
    upload_mb: Annotated[int, typer.Option("--max-upload-mb", help="The most that one uploaded file may have.")] = 200,
    log_json: Annotated[bool, typer.Option("--log-json", help="Log to stderr, a JSON object a line.")] = False,
    history: HistoryPlace = None,
) -> None:
    """Open the chat page in a browser at http://127.0.0.1:7860."""
    from app import serve as serve_page

    _use_server(server)
    serve_page(
        folder, host=host, port=port, writer=writer, model=model, auth=auth, open_to_all=no_auth, root_path=root_path,
        names=names or (), mcp=mcp, upload_mb=upload_mb, log_json=log_json, history=history or None,
    )  # fmt: skip


@cli.command()
@_explained
def account(name: str) -> None:
    """Ask for a password and print the account's line for a file of `footnote serve --auth FILE`; it holds a hash."""
    from page.accounts import account as line

    typer.echo(line(name, typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)))


feedback = typer.Typer(no_args_is_help=True, help="What people said of answers on the chat page.")
cli.add_typer(feedback, name="feedback")


@feedback.command()
@_explained
def export(folder: IndexPlace = None, history: HistoryPlace = None) -> None:
    """Print judged answers as candidates for a gold set, one JSON object a line; go through them with `eval review`."""
    from page.exports import gold_candidate
    from page.records import Records
    from rag.index import Index

    with Index.open(folder, create=False) as opened:
        for turn in Records(history or opened.folder).judged():
            if turn.verdict:
                typer.echo(json.dumps(gold_candidate(turn), ensure_ascii=False))


@feedback.callback()
def _feedback() -> None:
    """Keeps `export` a command of its own: Typer runs the only command of a group as the group."""


@cli.command()
@_explained
def sources(folder: IndexPlace = None, as_json: AsJson = False) -> None:
    """List what is indexed: every file and its documents."""
    from rag.index import Index
    from rag.render import as_json as to_json

    with Index.open(folder, create=False) as opened:
        files, documents = opened.sources(), list(opened.documents.values())
    if as_json:
        rows = [
            {**to_json(file), "documents": [
                {"doc_id": d.doc_id, "title": d.title, "published": to_json(d.published)}
                for d in documents if d.source == file.source
            ]}
            for file in files
        ]  # fmt: skip
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    for file in files:
        typer.echo(f"{file.source}  ({file.n_passages} passages)")
        for document in documents:
            if document.source == file.source:
                typer.echo(f"  {document.doc_id}  {document.published or 'undated   '}  {document.title}")


@cli.command()
@_explained
def remove(
    what: Annotated[list[str], typer.Argument(help="Document ids or file paths, as `footnote sources` lists them.")],
    folder: IndexPlace = None,
) -> None:
    """Remove documents from the index. The files themselves are not touched."""
    from rag.index import Index

    with Index.open(folder, create=False) as opened:
        for item in what:
            opened.remove(item)
            typer.echo(f"removed {item}")


@cli.command()
@_explained
def compact(folder: IndexPlace = None) -> None:
    """Fold recent changes into the files that are searched fastest; what is found stays the same."""
    from rag.index import Index

    with Index.open(folder, create=False) as opened:
        opened.compact()
        typer.echo(f"{len(opened)} passages in {opened.address} are compact")


@cli.command("eval", add_help_option=False, context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def evaluate(context: typer.Context) -> None:
    """Score the answers against a file of gold questions; `footnote eval --help` lists its options."""
    from eval.cli import main as run_eval

    raise typer.Exit(run_eval(context.args))


@cli.command()
@_explained
def doctor(folder: IndexPlace = None, as_json: AsJson = False) -> None:
    """Check versions, models and the index; name what is missing and the line that cures it."""
    from rag.doctor import examine

    checks = examine(folder)
    if as_json:
        from rag.render import as_json as to_json

        typer.echo(json.dumps(to_json(checks), ensure_ascii=False))
    else:
        for check in checks:
            typer.echo(f"{'ok ' if check.ok else 'BAD'}  {check.name}: {check.found}")
            if check.cure:
                typer.echo(f"     cure: {check.cure}")
    if not all(check.ok for check in checks):
        raise typer.Exit(1)


@cli.command()
@_explained
def mend(folder: IndexPlace = None) -> None:
    """Make a damaged index whole: keep what is as it was stored, read the rest from its files again."""
    from rag.engines import default_index, is_address
    from rag.errors import OptionError
    from rag.mending import mend as make_whole

    where = default_index() if folder is None else folder
    if is_address(where):
        raise OptionError("a database is mended with its own tools; `footnote mend` is for an index in a folder")
    mended = make_whole(Path(where))
    for path in mended.lost:
        typer.echo(f"lost: {path} is damaged in the index and cannot be read again; add it anew where you have it")
    typer.echo(f"{len(mended.kept)} files kept, {len(mended.read_again)} read again, {len(mended.lost)} lost")
    if mended.lost:
        raise typer.Exit(1)
    if not mended.kept and not mended.read_again:
        typer.echo(f"nothing of it could be read; index the documents again: footnote index PATHS --index {where}")
        raise typer.Exit(1)


@cli.command()
@_explained
def prepare() -> None:
    """Convert the packaged models for fast loading, once (about 30 s); otherwise the first question does it."""
    from embeddings import load_embedder
    from rag.entailment import load_entailment
    from rag.reader import load_reader
    from rag.types import Hit, Passage
    from rag.writers.local import LocalWriter

    load_embedder().embed_queries(["ready"])
    load_reader().read("Ready?", [Hit(Passage("ready", 0, 6, "Ready."), 1.0)])
    load_entailment().probability("Ready.", "Ready.")
    LocalWriter().load()
    typer.echo("models ready")


def _use_server(url: str | None) -> None:
    """Every writer 'openai' of this process asks there; the page's people can choose the writer, not the address."""
    if url is not None:
        os.environ["OPENAI_BASE_URL"] = url


@contextmanager
def _progress(*, hidden: bool) -> Iterator[Callable[[int, int, FileReport], None]]:
    """A progress bar over files on stderr, with passages a second, gone when done."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("indexing"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(elapsed_when_finished=True),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=hidden) as bar:
        task = bar.add_task("indexing", total=None, rate="")
        began, n_passages = time.perf_counter(), 0

        def show(done: int, total: int, file: FileReport) -> None:
            nonlocal n_passages
            n_passages += file.n_passages
            seconds = time.perf_counter() - began
            rate = f"{n_passages / seconds:.0f} passages/s" if n_passages and seconds > 1 else ""
            bar.update(task, completed=done, total=total, rate=rate)

        yield show


def _print_report(report: Report, where: str, n_passages: int) -> None:
    from rag.parsers.folders import printable
    from rag.types import FileState

    for file in report.files:
        if file.state in ("failed", "skipped"):
            source = printable(file.source)
            typer.echo(f"{file.state}: {file.reason if source in file.reason else f'{source}: {file.reason}'}")
    counts = ", ".join(f"{report.count(state)} {state}" for state in get_args(FileState) if report.count(state))
    typer.echo(
        f"{counts or 'no files'}; {report.n_embedded} passages embedded in {report.seconds:.1f} s; "
        f"{n_passages} passages in {where}"
    )


def main() -> None:
    """The entry point of the command ``footnote``."""
    sys.exit(cli())


if __name__ == "__main__":
    main()
