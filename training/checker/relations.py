"""Statements that tell another relation than their quote does, as training pairs.

`python -m training.checker.relations --data DATA --out FILE`. A question that its passage does not answer, told with
the words that the reader takes for its answer, is false in just the way that the reader is wrong: the right person of
the wrong deed, the year of another event. Beside them are true statements of questions over the same passages. One
``Pair`` a line, as JSON.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from eval.faults import SETS
from eval.rows import QARow
from rag import load_reader
from rag.checking import verbatim
from rag.entailment import evidence
from rag.sentences import sentence_spans
from rag.types import Reader
from training.checker.rows import RELATION, Pair
from training.reader.rows import Row, load_train
from training.reader.written import written
from training.writer.statements import declared


def pairs(folder: Path, reader: Reader) -> Iterator[Pair]:
    """Of each written question, and of each question of squad2_dev's train half without an answer, one at most."""
    train = load_train(folder, SETS)
    for row in (*written(train), *(row for row in train["squad2_dev"] if not row.answerable)):
        answer, quote = _answered(row) if row.answerable else _tempted(row, reader)
        # Most questions make no statement by rule; put before their answer they teach the same.
        text = declared(row.question, answer, quote) or f"{row.question} {answer}"
        if quote and not verbatim(text, [quote]):
            yield Pair(text, evidence([row.title], [quote]), row.answerable, "" if row.answerable else RELATION)


def _answered(row: Row) -> tuple[str, str]:
    """The answer and the sentence that holds it; no sentence where it crosses the border of two."""
    held = (row.context[a:b] for a, b in sentence_spans(row.context) if a <= row.start and row.end <= b)
    return row.answers[0], next(held, "")


def _tempted(row: Row, reader: Reader) -> tuple[str, str]:
    finding = reader.read(row.question, [QARow(row.question, row.title, row.context, ()).hit])[0]
    return finding.answer, finding.quote


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the *.jsonl.gz files")
    parser.add_argument("--out", type=Path, required=True, help="JSONL file to write")
    options = parser.parse_args()
    made = list(pairs(options.data, load_reader()))
    options.out.write_text("".join(json.dumps(asdict(pair)) + "\n" for pair in made), encoding="utf-8")
    n_true = sum(pair.supported for pair in made)
    print(f"{n_true} true statements and {len(made) - n_true} false ones -> {options.out}")


if __name__ == "__main__":
    main()
