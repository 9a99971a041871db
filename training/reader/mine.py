"""Look-alike passages by dense retrieval: `python -m training.reader.mine --data DATA --out FILE.jsonl`.

For each answerable train question, the train passages nearest to it by all-MiniLM-L6-v2 that hold none of its
answer strings: what a dense retriever would hand to the reader by mistake.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from embeddings import load_embedder
from training.reader.negatives import contains_answer
from training.reader.rows import PASSAGE_CAP, Row, load_train

# Encyclopedic and news text, what the reader is for; forum posts and stories gain little from hard negatives.
SETS = ("squadshifts_new_wiki", "squad1_train_sample", "squad2_dev", "qamr", "timeqa_human")
N_NEAREST = 24  # looked at for each question
N_KEPT = 4


def capped(rows: Sequence[Row]) -> list[Row]:
    """The first PASSAGE_CAP answerable rows of each passage."""
    seen: dict[str, int] = {}
    kept = []
    for row in rows:
        seen[row.context] = seen.get(row.context, 0) + row.answerable
        if row.answerable and seen[row.context] <= PASSAGE_CAP:
            kept.append(row)
    return kept


def mine(groups: Sequence[Sequence[Row]]) -> list[dict[str, object]]:
    """`id` and `negative_ids` (nearest first; a row id stands for its passage) of each question with any."""
    passages = {row.context: row for group in groups for row in group}
    holders = list(passages.values())
    embedder = load_embedder()
    nearest = embedder.embed_passages(list(passages))
    questions = [row for group in groups for row in capped(group)]
    found: list[dict[str, object]] = []
    for begin in range(0, len(questions), 1024):
        part = questions[begin : begin + 1024]
        similar = embedder.embed_queries([row.question for row in part]) @ nearest.T
        for row, line in zip(part, similar, strict=True):
            ranked = [holders[i] for i in np.argsort(-line)[:N_NEAREST]]
            fit = [o for o in ranked if o.context != row.context and not contains_answer(row, o.context)]
            if fit:
                found.append({"id": row.row_id, "negative_ids": [o.row_id for o in fit[:N_KEPT]]})
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the *.jsonl.gz files")
    parser.add_argument("--out", type=Path, required=True, help="JSONL to write")
    options = parser.parse_args()
    records = mine(list(load_train(options.data, SETS).values()))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    print(f"{len(records)} questions with look-alike passages -> {options.out}")


if __name__ == "__main__":
    main()
