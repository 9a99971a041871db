"""``python -m eval`` and ``footnote eval``: gold questions in, figures out."""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from eval.gold import GoldQuestion, load_gold
from eval.report import EvalReport
from eval.run import ANSWERS_FILE, evaluate
from rag.errors import FootnoteError, OptionError, UnreadableFile

if TYPE_CHECKING:
    from rag import Index

UNUSABLE = 2  # exit code: the gold file, the corpus or an option cannot be used

app = typer.Typer(add_completion=False)


def main(argv: Sequence[str]) -> int:
    """Run the command on these arguments and return its exit code: 0, or 2 with a message on stderr."""
    try:
        app(list(argv), prog_name="footnote eval")
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    return 0


@app.command()
def eval_command(
    gold: Annotated[Path, typer.Option(help="Gold questions, one JSON object a line.")],
    corpus: Annotated[Path | None, typer.Option(help="File or folder to index and ask about.")] = None,
    index: Annotated[Path | None, typer.Option(help="Index to use; without it, a passing one.")] = None,
    writer: Annotated[str, typer.Option(help="quote, local or openai.")] = "local",
    model: Annotated[str | None, typer.Option(help="The writer's model.")] = None,
    k: Annotated[int, typer.Option("-k", min=1, help="Passages that an answer is made from.")] = 8,
    out: Annotated[Path | None, typer.Option(help=f"Folder for {ANSWERS_FILE}, a row a question.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Ask gold questions and report how many answers, abstentions and citations are right."""
    try:
        questions = load_gold(gold)
        # What a library prints on the way must not mix with the report.
        with contextlib.redirect_stdout(sys.stderr), _opened(corpus, index) as opened:
            from rag import ask

            answer = partial(ask, index=opened, writer=writer, model=model, k=k)
            report = evaluate(questions, opened, answer, out=out, track=_tracked)
    except FootnoteError as error:
        typer.echo(f"footnote: {error}", err=True)
        raise typer.Exit(UNUSABLE) from error
    if as_json:
        print(json.dumps(report.to_dict(), ensure_ascii=False))
    else:
        Console().print(_table(report))


@contextlib.contextmanager
def _opened(corpus: Path | None, where: Path | None) -> Iterator[Index]:
    """The index in ``where`` (a passing one if None), with the documents of ``corpus`` in it."""
    from rag import Index

    if corpus is None and where is None:
        raise OptionError("nothing to ask about; give --corpus PATH, or --index DIR of an existing index")
    with contextlib.ExitStack() as stack:
        if where is None:
            where = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="footnote-eval-")))
        index = stack.enter_context(Index.open(where, create=corpus is not None))
        if corpus is not None:
            for failed in index.add(corpus).failed:
                typer.echo(f"footnote: left out: {failed.reason}", err=True)
        if not len(index):
            raise UnreadableFile(f"{corpus or where}: no document in it that could be read")
        yield index


def _tracked(questions: Sequence[GoldQuestion]) -> Iterable[GoldQuestion]:
    console = Console(stderr=True)
    return track(questions, "Asking", console=console, transient=True, disable=not console.is_terminal)


def _table(report: EvalReport) -> Table:
    table = Table(title=f"{report.n} questions", title_justify="left")
    table.add_column("measure")
    table.add_column("value", justify="right")
    table.add_column("n", justify="right")
    for name, value in report.to_dict().items():
        if name.endswith("_s"):
            table.add_row(name.removesuffix("_s"), f"{value:.2f} s", "")
        elif isinstance(value, float):
            table.add_row(name, f"{value:.3f}", "")
    table.add_section()
    for kind, figures in report.by_type.items():
        table.add_row(kind, f"{figures.accuracy:.3f}", str(figures.n))
    return table
