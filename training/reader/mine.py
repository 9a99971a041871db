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
import torch
from numpy.typing import NDArray

from training.reader.encode import load_tokenizer
from training.reader.model import load_net, packaged_backbone
from training.reader.negatives import contains_answer
from training.reader.rows import PASSAGE_CAP, Row, load_train

# Encyclopedic and news text, what the reader is for; forum posts and stories gain little from hard negatives.
SETS = ("squadshifts_new_wiki", "squad1_train_sample", "squad2_dev", "qamr", "timeqa_human")
PASSAGE_TOKENS = 128
N_NEAREST = 24  # looked at for each question
N_KEPT = 4


@torch.inference_mode()
def embed(texts: Sequence[str], *, n_tokens: int = PASSAGE_TOKENS) -> NDArray[np.float32]:
    """Mean-pooled unit vectors (texts, 384), in order."""
    folder = packaged_backbone()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    net = load_net(folder).to(device).eval()
    tokenizer = load_tokenizer(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(n_tokens)
    tokenizer.enable_padding()
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    vectors = np.zeros((len(texts), net.config.hidden_size), dtype=np.float32)
    for begin in range(0, len(order), 32):
        part = order[begin : begin + 32]
        encodings = tokenizer.encode_batch([texts[i] for i in part])
        ids = torch.tensor([e.ids for e in encodings], device=device)
        mask = torch.tensor([e.attention_mask for e in encodings], device=device)
        states = net.bert(input_ids=ids, attention_mask=mask).last_hidden_state
        means = (states * mask.unsqueeze(-1)).sum(1)
        vectors[part] = torch.nn.functional.normalize(means, dim=-1).cpu().numpy()
    return vectors


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
    nearest = embed(list(passages))
    questions = [row for group in groups for row in capped(group)]
    found: list[dict[str, object]] = []
    for begin in range(0, len(questions), 1024):
        part = questions[begin : begin + 1024]
        similar = embed([row.question for row in part], n_tokens=32) @ nearest.T
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
