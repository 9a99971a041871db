"""``python -m eval.kept``: whether answers keep what the reader found, on Natural Questions over Wikipedia paragraphs.

Each question is asked twice: of the whole index, and of the one passage that holds its answer. The answer's first 40
words are held to the gold answers beside what the reader alone would say: the words that it points at, and the sentence
that holds them (of a longer one its run of at most 30 words). Only questions that were answered are compared.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from eval.bootstrap import Values, paired_difference, resamples
from eval.metrics import best_subspan, without_markers
from eval.reader import MAX_WORDS, ORACLE
from eval.recording import RecordingReader
from eval.rows import QARow, load_rows
from eval.wiki import CORPUS, opened
from rag import Finding, Index, ask, load_reader, load_writer
from rag.errors import FootnoteError
from rag.types import Writer

ANSWER_WORDS = 40


@dataclass(frozen=True, slots=True)
class Kept:
    """Whether gold answers stand in the reader's span, in its sentence, and in the answer's first words."""

    span: bool
    sentence: bool
    answer: bool


def kept(row: QARow, index: Index, writer: Writer, documents: Sequence[str] | None = None) -> Kept | None:
    """What became of one question; None where it was not answered."""
    reader = RecordingReader(load_reader())
    answer = ask(row.question, index, writer=writer, reader=reader, documents=documents)
    if answer.status == "abstained":
        return None
    best = reader.findings[0]
    words = without_markers(answer.text).split()[:ANSWER_WORDS]
    said = (best.answer, sentence_of(best), " ".join(words))
    return Kept(*(best_subspan(text, row.answers) for text in said))


def sentence_of(finding: Finding) -> str:
    """The finding's sentence, or of one that is longer than that its run of at most 30 words."""
    return finding.quote if len(finding.quote.split()) <= MAX_WORDS else finding.excerpt


def compared(rows: Iterable[Kept | None]) -> dict[str, float]:
    """Shares of the answered questions, and how far the answers are from the reader's sentence, with its interval."""
    asked = list(rows)
    answered = [row for row in asked if row is not None]
    answers, sentences = (_shares([getattr(row, name) for row in answered]) for name in ("answer", "sentence"))
    difference, low, high = paired_difference(answers, sentences, resamples(len(answered)))
    return {
        "n": len(asked),
        "answered": len(answered),
        "span": float(np.mean([row.span for row in answered])),
        "sentence": float(sentences[0].mean()),
        "answer": float(answers[0].mean()),
        "difference": difference,
        "low": low,
        "high": high,
    }


def _shares(right: Sequence[bool]) -> tuple[Values, Values]:
    return np.array(right, dtype=float), np.ones(len(right))


def own_passages(rows: Sequence[QARow], folder: Path) -> tuple[Index, list[str]]:
    """An index in ``folder`` with the passage of each row as a document, and the document of each row."""
    lines = folder / "passages.jsonl"
    texts = {row.context.strip(): row.title for row in rows}
    records = (json.dumps({"title": title, "text": text}) for text, title in texts.items())
    lines.write_text("\n".join(records), encoding="utf-8")
    index = Index.open(folder / "index")
    index.add(lines)
    doc_ids = dict(zip(texts, index.documents, strict=True))  # documents come in the order of the file
    return index, [doc_ids[row.context.strip()] for row in rows]


def main() -> int:
    """Ask, compare, print one table."""
    parser = argparse.ArgumentParser(prog="python -m eval.kept", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of the *.jsonl.gz sets")
    parser.add_argument("--index", type=Path, help="a ready index of corpus_wiki (default: one is made, and removed)")
    parser.add_argument("--rows", type=int, default=500, help="questions, drawn with a fixed seed (0: all)")
    parser.add_argument("--writers", nargs="+", default=["quote", "local"], help="who writes the answers")
    options = parser.parse_args()
    found: dict[tuple[str, str], dict[str, float]] = {}
    try:
        rows = load_rows(options.data, ORACLE, options.rows)
        with opened(options.index, options.data / CORPUS) as index, tempfile.TemporaryDirectory() as scratch:
            alone, doc_ids = own_passages(rows, Path(scratch))
            for name in options.writers:
                writer, shown = load_writer(name), _tracked(rows, name)
                found[name, "all passages"] = compared(kept(row, index, writer) for row in shown)
                pairs = zip(rows, doc_ids, strict=True)
                found[name, "its passage"] = compared(kept(row, alone, writer, [doc_id]) for row, doc_id in pairs)
            alone.close()
    except FootnoteError as error:
        print(f"footnote: {error}", file=sys.stderr)
        return 2
    table = Table("writer", "asked of", *next(iter(found.values())))
    for (name, asked_of), figures in found.items():
        table.add_row(name, asked_of, *(f"{v:.3f}" if isinstance(v, float) else str(v) for v in figures.values()))
    Console(width=140).print(table)
    return 0


def _tracked(rows: Sequence[QARow], name: str) -> Iterable[QARow]:
    console = Console(stderr=True)
    return track(rows, f"Asking ({name})", console=console, transient=True, disable=not console.is_terminal)


if __name__ == "__main__":
    sys.exit(main())
