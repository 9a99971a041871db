"""BEIR folders: corpus.jsonl, queries.jsonl and qrels/SPLIT.tsv. No answers: only search is held to them."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from eval.datasets.records import Dataset, Record, document, read_records
from eval.gold import GoldQuestion
from rag.errors import GoldError

SPLITS = ("test", "dev", "train")


def load_beir(path: Path) -> Dataset:
    """The queries of the first of test, dev and train that have relevance judgements. Raises GoldError."""
    judged = next((file for split in SPLITS if (file := path / "qrels" / f"{split}.tsv").is_file()), None)
    if judged is None:
        raise GoldError(f"{path}: no qrels/test.tsv in it; a BEIR folder has corpus.jsonl, queries.jsonl and qrels")
    relevant: dict[str, dict[str, int]] = defaultdict(dict)
    with judged.open(encoding="utf-8", newline="") as lines:
        for row in csv.reader(lines, delimiter="\t"):
            if len(row) >= 3 and row[2].strip().lstrip("-").isdigit() and int(row[2]) > 0:
                relevant[row[0]][row[1]] = int(row[2])
    questions = [
        GoldQuestion(str(query["_id"]), "retrieval", query["text"], relevant=tuple(relevant[str(query["_id"])].items()))
        for query in read_records(path / "queries.jsonl")
        if str(query["_id"]) in relevant
    ]

    def documents() -> Iterator[Record]:
        for record in read_records(path / "corpus.jsonl"):
            if str(record.get("text") or "").strip():
                yield document(record["_id"], record.get("title"), record["text"])

    return Dataset("beir", questions, documents)
