"""``python -m eval`` and ``footnote eval``: gold questions in, figures out; runs compared; choices ablated."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ParamSpec, get_args

import typer
from rich.console import Console

from rag.errors import FootnoteError, OptionError
from rag.types import Mode

if TYPE_CHECKING:
    from eval.corpus import Corpus
    from eval.datasets.records import Dataset

UNDER_BAR = 1  # exit code: a figure is under its bar, or worse than the baseline's
UNUSABLE = 2  # exit code: the gold file, the corpus or an option cannot be used

P = ParamSpec("P")

app = typer.Typer(add_completion=False, no_args_is_help=True)

Gold = Annotated[Path, typer.Option(help="Gold questions: JSON Lines, SQuAD JSON, a BEIR folder, CSV, …")]
Format = Annotated[str | None, typer.Option("--format", help="Their format, where it is not told from the file.")]
CorpusPath = Annotated[Path | None, typer.Option(help="File or folder to index and ask about.")]
IndexPath = Annotated[str | None, typer.Option(help="Index to use, a folder or an address; without it, a passing one.")]
ModelName = Annotated[str | None, typer.Option(help="The writer's model.")]
Rows = Annotated[int, typer.Option(min=0, help="Questions, drawn with a fixed seed (0: all).")]
Out = Annotated[Path | None, typer.Option(help="Folder for answers.jsonl, report.json and report.html.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Fresh = Annotated[bool, typer.Option("--fresh", help="Start again, even if an earlier run was interrupted.")]


def main(argv: Sequence[str]) -> int:
    """Run the command on these arguments and return its exit code: 0, 1 under a bar, 2 with a message on stderr.

    Arguments that begin with no subcommand's name are those of ``run``.
    """
    arguments = list(argv)
    if arguments and arguments[0].startswith("-") and arguments[0] not in ("--help", "-h"):
        arguments.insert(0, "run")
    try:
        app(arguments, prog_name="footnote eval")
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    return 0


@app.callback()
def about() -> None:
    """Measure answers against gold questions: offline, without a judge. Without a command: run."""


def _explained(command: Callable[P, None]) -> Callable[P, None]:
    @wraps(command)
    def explained(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except FootnoteError as error:
            _warn(str(error))
            raise typer.Exit(UNUSABLE) from error

    return explained


@app.command()
@_explained
def run(
    gold: Gold,
    corpus: CorpusPath = None,
    index: IndexPath = None,
    writer: Annotated[str, typer.Option(help="quote, local or openai.")] = "local",
    model: ModelName = None,
    k: Annotated[int, typer.Option("-k", min=1, help="Passages that an answer is made from.")] = 8,
    mode: Annotated[str, typer.Option(help="hybrid, dense or lexical.")] = "hybrid",
    reader: Annotated[bool, typer.Option(help="Read the passages, or take the first ones as they are.")] = True,
    checker: Annotated[bool, typer.Option(help="Check what was written, or cite it as it is.")] = True,
    format: Format = None,
    rows: Rows = 0,
    out: Out = None,
    fresh: Fresh = False,
    timings: Annotated[bool, typer.Option(help="Without: two runs write the same bytes.")] = True,
    fail_under: Annotated[str, typer.Option(metavar="NAME=VALUE,…", help="Exit 1 where a figure is under.")] = "",
    no_worse_than: Annotated[Path | None, typer.Option(metavar="BASELINE", help="A run's report.json: exit 1 where a "
                                                       "figure is worse by more than luck.")] = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Ask gold questions and report how good the answers are, and which stage lost those that are not."""
    from eval.compare import load_run
    from eval.gates import floors, under, worse_rows
    from eval.progress import tracked
    from eval.report import summarise
    from eval.session import run_session
    from eval.tables import run_table

    # Read before the run: it may be written where the baseline stands.
    bars, baseline = floors(fail_under), None if no_worse_than is None else load_run(no_worse_than)
    with _opened(gold, format, corpus, index) as (dataset, opened):
        done, report = run_session(
            dataset, gold, opened, writer=writer, model=model, k=k, mode=_mode(mode), reader=reader,
            checker=checker, n_rows=rows, out=out, fresh=fresh, timings=timings, track=tracked,
        )  # fmt: skip
    public = summarise(done)
    if as_json:
        print(json.dumps(public.to_dict(), ensure_ascii=False))
    else:
        Console().print(run_table(public, report))
    if report["unreviewed"]:
        _warn(f"{report['unreviewed']} of {report['n']} questions are drafts; review them with: footnote eval review")
    if fell_back := [row.reason for row in done if row.fell_back]:
        _warn(f"{len(fell_back)} of {report['n']} answers are not the writer's. {fell_back[0]}")
    missed = under({name: figure["value"] for name, figure in report["figures"].items()}, bars)
    _fail_if(missed + ([] if baseline is None else worse_rows(done, baseline)))


@app.command()
@_explained
def compare(
    first: Annotated[Path, typer.Argument(help="A run's folder, its answers.jsonl or its report.json.")],
    second: Annotated[Path, typer.Argument(help="Another run of the same questions.")],
    fail_under: Annotated[str, typer.Option(metavar="NAME=VALUE,…", help="Exit 1 where the second is under.")] = "",
    no_worse: Annotated[bool, typer.Option("--no-worse", help="Exit 1 where the second is worse at all.")] = False,
    as_json: AsJson = False,
) -> None:
    """Hold one run to another: every figure's difference with its interval, and the rows that flipped."""
    from eval.compare import as_json as comparison_as_json
    from eval.compare import changed_questions, flipped, load_run
    from eval.compare import compare as compare_runs
    from eval.gates import HELD, floors, under
    from eval.tables import comparison_table, flips

    bars, runs = floors(fail_under), (load_run(first), load_run(second))
    found, (gained, lost) = compare_runs(*runs), flipped(*runs)
    if others := changed_questions(*runs):
        _warn(f"left out: {len(others)} ids that name another question in each, {others[0]} first; give questions ids")
    if as_json:
        print(json.dumps(comparison_as_json(found, gained, lost), ensure_ascii=False))
    else:
        console = Console()
        console.print(comparison_table(*runs, found))
        lines = [*flips("right only in the second", gained, runs[1]), *flips("right only in the first", lost, runs[1])]
        console.print("\n".join(lines), markup=False, highlight=False)
    missed = under({name: d.second for name, d in found.items()}, bars)
    if no_worse:
        missed += [f"{name} is worse" for name, d in found.items() if name in HELD and d.verdict == "worse"]
    _fail_if(missed)


@app.command()
@_explained
def ablate(
    gold: Gold,
    corpus: CorpusPath = None,
    index: IndexPath = None,
    writer: Annotated[str, typer.Option(help="Of quote, local and openai.")] = "quote",
    mode: Annotated[str, typer.Option(help="Of hybrid, dense and lexical.")] = "hybrid,dense,lexical",
    k: Annotated[str, typer.Option("-k", help="Numbers of passages.")] = "8",
    reader: Annotated[str, typer.Option(help="on, off or on,off.")] = "on,off",
    checker: Annotated[str, typer.Option(help="on, off or on,off.")] = "on",
    one_at_a_time: Annotated[bool, typer.Option("--one-at-a-time", help="Change one choice at a time.")] = False,
    model: ModelName = None,
    format: Format = None,
    rows: Rows = 0,
    out: Out = None,
    fresh: Fresh = False,
) -> None:
    """Ask the questions with every combination of the values given (first,second,…) and print one table.

    With --out, combinations that an earlier call finished with the same everything are not asked again.
    """
    from eval.ablate import against_first, folder, grid, rows_of
    from eval.progress import tracked
    from eval.session import run_session
    from eval.tables import grid_table

    declared = {"writer": writer, "mode": mode, "k": k, "reader": reader, "checker": checker}
    settings = grid(declared, one_at_a_time=one_at_a_time)
    with _opened(gold, format, corpus, index) as (dataset, opened):
        runs = rows_of(
            settings,
            lambda setting: run_session(
                dataset, gold, opened, **setting.to_dict(), model=model, n_rows=rows, out=folder(out, setting),
                fresh=fresh, finished_stands=True, track=tracked,
            )[0],
        )  # fmt: skip
    Console(width=None if sys.stdout.isatty() else 160).print(grid_table(runs, against_first(runs)))


@app.command()
@_explained
def new(
    out: Annotated[Path, typer.Option(help="The gold file to write; it must not be there yet.")],
    corpus: CorpusPath = None,
    index: IndexPath = None,
    n: Annotated[int, typer.Option("-n", min=1, help="Questions to propose.")] = 40,
) -> None:
    """Propose questions on your own documents, with answers and evidence, as a draft to review."""
    from eval.corpus import opened
    from eval.datasets.records import Dataset
    from eval.draft import drafts, write_drafts
    from eval.progress import indexing

    if out.exists():
        raise OptionError(f"{out} is there already, perhaps with reviews; name another file with --out")
    _make_folder(out.parent)  # before the drafting, which takes minutes
    with contextlib.redirect_stdout(sys.stderr), contextlib.ExitStack() as stack:
        with indexing() as progress:
            found = stack.enter_context(
                opened(Dataset("footnote", []), corpus=corpus, where=index, progress=progress, warn=_warn)
            )
        proposed = drafts(found.index, n)
    n_written = write_drafts(proposed, out, found.root)
    typer.echo(f"{n_written} drafts in {out}, reviewed by nobody; go through them with: footnote eval review {out}")


@app.command()
@_explained
def review(gold: Annotated[Path, typer.Argument(help="A draft made by `footnote eval new`.")]) -> None:
    """Accept, mend or reject drafted questions, one after the other; stop at any time."""
    from eval.review import review as go_through

    left = go_through(gold, input, typer.echo)
    typer.echo(f"{left} left to review in {gold}")


@contextlib.contextmanager
def _opened(gold: Path, format: str | None, corpus: Path | None, index: str | None) -> Iterator[tuple[Dataset, Corpus]]:
    """The questions, and the index that they are asked of."""
    from eval.corpus import opened
    from eval.datasets import load_dataset
    from eval.progress import indexing

    dataset = load_dataset(gold, format)
    # What a library prints on the way must not mix with the report.
    with contextlib.redirect_stdout(sys.stderr), contextlib.ExitStack() as stack:
        with indexing() as progress:
            found = stack.enter_context(opened(dataset, corpus=corpus, where=index, progress=progress, warn=_warn))
        yield dataset, found


def _mode(name: str) -> Mode:
    if name not in get_args(Mode):
        raise OptionError(f"no search mode {name!r}; choose one of {', '.join(get_args(Mode))}")
    mode: Any = name
    return mode  # type: ignore[no-any-return]


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OptionError(f"cannot make {folder} ({error.strerror}); name another file with --out") from error


def _fail_if(missed: Sequence[str]) -> None:
    for line in missed:
        _warn(line)
    if missed:
        raise typer.Exit(UNDER_BAR)


def _warn(line: str) -> None:
    typer.echo(f"footnote: {line}", err=True)
