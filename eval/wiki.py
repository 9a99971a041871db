"""``python -m eval wiki``: questions over 34,261 Wikipedia paragraphs, answered by each way of finding and reading."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from eval.bootstrap import Values, paired_difference, resamples
from eval.datasets.records import read_records
from eval.metrics import best_subspan, mean
from eval.recording import nearest_words
from eval.rows import QARow, load_rows
from rag import Hit, Index, load_reader
from rag.errors import FootnoteError
from rag.types import Mode

CORPUS = "corpus_wiki.jsonl.gz"
MODES: tuple[Mode, ...] = ("lexical", "dense", "hybrid")
NAMES = {"lexical": "BM25", "dense": "dense", "hybrid": "hybrid"}
RECALLS = (1, 5, 8, 20)

Place = tuple[str, int]  # document and offset of a passage


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one question by one way: the rank from 1 of the first passage that holds an answer, and if it was
    answered right."""

    rank: int | None
    right: bool


def outcomes(row: QARow, index: Index, k: int) -> dict[str, Outcome]:
    """By name of the way: each ranking alone, answering from its first passage, and the reader over its ``k`` first."""
    ranked = {mode: index.search(row.question, max(k, *RECALLS), mode=mode) for mode in MODES}
    read = {_place(hit): hit for hits in ranked.values() for hit in hits[:k]}
    findings = load_reader().read(row.question, list(read.values()))
    found = {}
    for mode, hits in ranked.items():
        rank = next((n for n, hit in enumerate(hits, 1) if best_subspan(hit.passage.text, row.answers)), None)
        first = hits[0].passage.text[slice(*nearest_words(row.question, hits[0].passage.text))] if hits else ""
        among = {_place(hit) for hit in hits[:k]}
        best = next((f for f in findings if (f.passage.doc_id, f.passage.start) in among), None)
        found[NAMES[mode]] = Outcome(rank, best_subspan(first, row.answers))
        found[f"{NAMES[mode]} + reader"] = Outcome(rank, best is not None and best_subspan(best.excerpt, row.answers))
    return found


@contextlib.contextmanager
def opened(where: Path | None, corpus: Path) -> Iterator[Index]:
    """The index in ``where`` (a passing one if None), with the corpus in it if it was empty."""
    with contextlib.ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="footnote-wiki-")))
        index = stack.enter_context(Index.open(scratch / "index" if where is None else where))
        if not len(index):
            plain = scratch / "corpus.jsonl"
            with plain.open("w", encoding="utf-8") as lines:
                lines.writelines(json.dumps(record) + "\n" for record in read_records(corpus))
            index.add(plain)
        yield index


def figures(found: Sequence[Mapping[str, Outcome]]) -> dict[str, dict[str, float]]:
    """By name of the way: recall at several depths, accuracy, and how far "hybrid + reader" is above it."""
    best = _shares([row["hybrid + reader"].right for row in found])
    drawn = resamples(len(found))
    report = {}
    for name in found[0]:
        ranks, right = [row[name].rank for row in found], [row[name].right for row in found]
        lead, low, high = paired_difference(best, _shares(right), drawn)
        recalls = {f"recall_at_{k}": mean(rank is not None and rank <= k for rank in ranks) for k in RECALLS}
        report[name] = {**recalls, "accuracy": mean(right), "lead": lead, "lead_low": low, "lead_high": high}
    return report


def main() -> int:
    """Ask, and print one table, or with --json one object."""
    parser = argparse.ArgumentParser(prog="python -m eval wiki", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of the *.jsonl.gz sets")
    parser.add_argument("--set", default="nq_open_oracle", help="whose questions; nq_open_oracle is for reporting only")
    parser.add_argument("--index", type=Path, help="where the corpus is indexed, or will be (about 15 minutes)")
    parser.add_argument("--rows", type=int, default=1000, help="questions, drawn with a fixed seed (0: all)")
    parser.add_argument("-k", type=int, default=20, help="passages read for a question")
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    options = parser.parse_args()
    console = Console(stderr=True)
    try:
        rows = [row for row in load_rows(options.data, options.set, options.rows) if row.answers]
        with opened(options.index, options.data / CORPUS) as index:
            shown = track(rows, "Asking", console=console, transient=True, disable=not console.is_terminal)
            report = figures([outcomes(row, index, options.k) for row in shown])
    except FootnoteError as error:
        print(f"footnote: {error}", file=sys.stderr)
        return 2
    if options.json:
        print(json.dumps({"n": len(rows), **report}, indent=1))
    else:
        Console(width=120).print(_table(report, f"{len(rows)} questions of {options.set}"))
    return 0


def _shares(right: Sequence[bool]) -> tuple[Values, Values]:
    return np.array(right, dtype=float), np.ones(len(right))


def _place(hit: Hit) -> Place:
    return hit.passage.doc_id, hit.passage.start


def _table(report: Mapping[str, Mapping[str, float]], title: str) -> Table:
    recalls = [f"recall_at_{k}" for k in RECALLS]
    table = Table("way", *recalls, "accuracy", "hybrid + reader is above it by", title=title, title_justify="left")
    for name, row in report.items():
        lead = f"{row['lead']:+.3f} [{row['lead_low']:+.3f}, {row['lead_high']:+.3f}]"
        table.add_row(name, *(f"{row[recall]:.3f}" for recall in (*recalls, "accuracy")), lead)
    return table


if __name__ == "__main__":
    sys.exit(main())
