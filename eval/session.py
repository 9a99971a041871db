"""A whole eval run: questions and documents opened, every question asked, everything written down."""

from __future__ import annotations

import random
import sys
from pathlib import Path
from typing import Any

from eval.corpus import Corpus
from eval.datasets.records import Dataset
from eval.gold import GoldQuestion
from eval.manifest import manifest
from eval.page import page
from eval.recording import FirstPassages, responder
from eval.report import full_report, readable
from eval.run import PAGE_FILE, REPORT_FILE, Track, evaluate, finished_rows, untracked
from eval.scoring import Row
from eval.support import BY_RULE, Supports, supported_by_rule
from rag.errors import OptionError
from rag.types import Mode

SEED = 7


def sampled(questions: list[GoldQuestion], n_rows: int) -> list[GoldQuestion]:
    """``n_rows`` of the questions, drawn with a fixed seed, in their order; all of them for 0."""
    if not 0 < n_rows < len(questions):
        return questions
    places = random.Random(SEED).sample(range(len(questions)), n_rows)
    return [questions[place] for place in sorted(places)]


def run_session(
    dataset: Dataset,
    gold: Path,
    corpus: Corpus,
    *,
    writer: str = "local",
    model: str | None = None,
    k: int = 8,
    mode: Mode = "hybrid",
    reader: bool = True,
    checker: bool = True,
    n_rows: int = 0,
    out: Path | None = None,
    fresh: bool = False,
    finished_stands: bool = False,
    timings: bool = True,
    track: Track = untracked,
    supports: Supports = supported_by_rule,
    supported_by: str = BY_RULE,
) -> tuple[list[Row], dict[str, Any]]:
    """The rows and the report of the dataset's questions, asked of the corpus with these settings.

    With ``out`` they are there too, with report.html; an interrupted run goes on (``eval.run``), and with
    ``finished_stands`` a finished one of the same making is not asked again, unless ``fresh``. ``supports`` judges each
    sentence by its quotes, and ``supported_by`` is what the report calls it.
    """
    questions = sampled(dataset.questions, n_rows)
    settings = {
        "writer": writer, "model": None if model is None else Path(model).name, "k": k, "mode": mode,
        "reader": reader, "checker": checker, "rows": n_rows, "timings": timings, "supported_by": supported_by,
    }  # fmt: skip
    made_by = manifest(gold, dataset.format, corpus.index, settings, writer=writer, model=model)
    if out is not None and finished_stands and not fresh and (kept := finished_rows(out, made_by)) is not None:
        return kept, full_report(kept, made_by, timings=timings, supported_by=supported_by)
    respond = responder(
        corpus.index, writer=writer, model=model, k=k, mode=mode, reader=None if reader else FirstPassages(),
        check=checker,
    )  # fmt: skip
    rows = evaluate(
        questions, corpus.index, respond, out=out, manifest=made_by, fresh=fresh, timings=timings, track=track,
        key=corpus.key, mode=mode, root=corpus.root, supports=supports,
    )  # fmt: skip
    report = full_report(
        rows, made_by, timings=timings, peak_memory_mb=peak_memory_mb() if timings else None, supported_by=supported_by
    )
    if out is not None:
        _write(out / PAGE_FILE, page(report, rows, f"{gold.name} · {writer}"))
        _write(out / REPORT_FILE, readable(report))  # last: a run with a report is a run that was finished
    return rows, report


def peak_memory_mb() -> float | None:
    """The most memory that this process has held; None where the system does not tell."""
    try:
        import resource
    except ImportError:
        return None
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(held / (2**20 if sys.platform == "darwin" else 2**10), 1)


def _write(path: Path, text: str) -> None:
    try:
        scratch = path.with_suffix(f"{path.suffix}.tmp")
        scratch.write_text(text, encoding="utf-8")
        scratch.replace(path)
    except OSError as error:
        raise OptionError(f"cannot write {path} ({error.strerror}); name another folder with --out") from error
