"""``python -m eval reader``: the reader by itself, on rows that it was not trained on."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from eval.metrics import best_subspan, exact_match, f1, mean
from eval.rows import QARow, load_rows
from rag import Finding, load_reader
from rag.errors import FootnoteError

SETS = ("squadshifts_new_wiki", "squad1_train_sample", "qamr", "squad2_dev")
ORACLE = "nq_open_oracle"
MAX_WORDS = 30  # of an answer to an oracle question

Figures = dict[str, float]


def best_findings(rows: Sequence[QARow]) -> list[Finding]:
    """The reader's best finding of each row's passage."""
    reader, console = load_reader(), Console(stderr=True)
    shown = track(rows, "Reading", console=console, transient=True, disable=not console.is_terminal)
    return [reader.read(row.question, [row.hit])[0] for row in shown]


def reading_figures(rows: Sequence[QARow], findings: Sequence[Finding]) -> Figures:
    """F1 and exact match of the rows that have an answer, as if all had; with the others, F1 with abstaining too.

    Abstaining by the mean of what reader and verifier say of the passage; and by the confidence, which is made for
    answers from many passages.
    """
    best = [
        max((f1(found.answer, a) for a in row.answers), default=0.0) for row, found in zip(rows, findings, strict=True)
    ]
    held = [bool(row.answers) for row in rows]
    exact = [any(exact_match(found.answer, a) for a in row.answers) for row, found in zip(rows, findings, strict=True)]
    figures = {
        "n": len(rows),
        "f1": mean(value for value, answerable in zip(best, held, strict=True) if answerable),
        "exact_match": mean(value for value, answerable in zip(exact, held, strict=True) if answerable),
    }
    if not all(held):
        sure = np.array([(found.score + found.verified) / 2 for found in findings])
        said, silent = np.array(best), 1.0 - np.array(held, dtype=float)
        fold = np.array([row.fold for row in rows])
        figures["f1_abstaining"] = abstaining(sure, said, silent, fold)
        confidence = np.array([found.confidence for found in findings])
        figures["f1_abstaining_by_confidence"] = abstaining(confidence, said, silent, fold)
        figures["f1_abstaining_best"] = float(np.where(sure >= threshold(sure, said, silent), said, silent).mean())
    return figures


def threshold(sure: np.ndarray, said: np.ndarray, silent: np.ndarray) -> float:
    """The certainty from which speaking serves these rows best. All (rows,): certainty, score spoken, score silent."""
    order = np.argsort(-sure)
    gains = np.concatenate([[0.0], (said - silent)[order].cumsum()])
    n_said = int(gains.argmax())
    return float(sure[order[n_said - 1]]) if n_said else np.inf


def abstaining(sure: np.ndarray, said: np.ndarray, silent: np.ndarray, fold: np.ndarray) -> float:
    """The mean score where each half (by ``fold``) is silent below the threshold that serves the other half best."""
    scores = [
        np.where(
            sure[fold == this] >= threshold(*(part[fold != this] for part in (sure, said, silent))),
            said[fold == this],
            silent[fold == this],
        )
        for this in (0, 1)
    ]
    return float(np.concatenate(scores).mean())


def oracle_figures(rows: Sequence[QARow], findings: Sequence[Finding]) -> Figures:
    """Accuracy by best subspan: of the excerpt (a run of at most 30 words), of the sentence (the excerpt where it is
    longer than that) and of the span alone."""
    said = {
        "accuracy": [finding.excerpt for finding in findings],
        "accuracy_of_sentence": [f.quote if len(f.quote.split()) <= MAX_WORDS else f.excerpt for f in findings],
        "accuracy_of_span": [finding.answer for finding in findings],
    }
    figures = {
        name: mean(best_subspan(text, row.answers) for text, row in zip(texts, rows, strict=True))
        for name, texts in said.items()
    }
    return {"n": len(rows), **figures, "words": mean(len(text.split()) for text in said["accuracy"])}


def main() -> int:
    """Read every set and print one table, or with --json one object."""
    parser = argparse.ArgumentParser(prog="python -m eval reader", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of the *.jsonl.gz sets")
    parser.add_argument("--rows", type=int, default=0, help="rows a set, drawn with a fixed seed (0: all)")
    parser.add_argument("--no-oracle", action="store_true", help=f"leave out {ORACLE}, which is for reporting only")
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    options = parser.parse_args()
    report: dict[str, Figures] = {}
    try:
        for name in (*SETS, *(() if options.no_oracle else (ORACLE,))):
            rows = load_rows(options.data, name, options.rows)
            findings = best_findings(rows)
            report[name] = oracle_figures(rows, findings) if name == ORACLE else reading_figures(rows, findings)
    except FootnoteError as error:
        print(f"footnote: {error}", file=sys.stderr)
        return 2
    if options.json:
        print(json.dumps(report, indent=1))
        return 0
    names = list(dict.fromkeys(name for figures in report.values() for name in figures))
    table = Table("set", *names)
    for dataset, figures in report.items():
        table.add_row(dataset, *(_shown(figures.get(name)) for name in names))
    Console().print(table)
    return 0


def _shown(value: float | None) -> str:
    return "" if value is None else f"{value:,}" if isinstance(value, int) else f"{value:.3f}"


if __name__ == "__main__":
    sys.exit(main())
