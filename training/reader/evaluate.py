"""Scores of a reader on dev rows: `python -m training.reader.evaluate --data ../shared/data --model DIR`."""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from eval.metrics import exact_match, f1
from rag.spans import best_span
from training.reader.encode import Example, all_windows, collate, encode, load_tokenizer
from training.reader.model import ReaderNet, load_net
from training.reader.rows import Row, load

SETS = ("squadshifts_new_wiki", "squad1_train_sample", "qamr", "squad2_dev")


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader says of one row: its best span and how much better that is than "no answer"."""

    answer: str
    margin: float  # start + end logit of the span, less those of [CLS]
    answerable: float  # logit of the answerability head

    @property
    def score(self) -> float:
        """Above 0: the passage answers. The mean of both logits; the span's counts two cross entropies."""
        return (self.margin / 2 + self.answerable) / 2


@torch.inference_mode()
def read(net: ReaderNet, examples: Sequence[Example], *, n_tokens: int = 8192) -> list[Reading]:
    """One Reading an example, in order; the best window wins where a passage has several."""
    device = next(net.parameters()).device
    net.eval()
    jobs = [(i, w) for i, example in enumerate(examples) for w in all_windows(example)]
    jobs.sort(key=lambda job: len(job[1].ids))
    readings: dict[int, Reading] = {}
    while jobs:
        size = max(1, n_tokens // len(jobs[-1][1].ids))
        part, jobs = jobs[-size:], jobs[:-size]
        starts, ends, answerable = (out.float().cpu().numpy() for out in net(collate([w for _, w in part]).to(device)))
        for k, (i, w) in enumerate(part):
            example, stop = examples[i], len(w.ids) - 1
            if stop == w.shift:
                continue
            first, last, total = best_span(starts[k, w.shift : stop], ends[k, w.shift : stop])
            offsets = example.offsets[w.first :]
            answer = example.row.context[offsets[first, 0] : offsets[last, 1]]
            reading = Reading(answer, total - float(starts[k, 0] + ends[k, 0]), float(answerable[k]))
            if i not in readings or reading.score > readings[i].score:
                readings[i] = reading
    return [readings.get(i, Reading("", -99.0, -99.0)) for i in range(len(examples))]


def best_f1(answer: str, row: Row) -> float:
    return max((f1(answer, gold) for gold in row.answers), default=float(not answer))


def scores(readings: Sequence[Reading], rows: Sequence[Row]) -> dict[str, float]:
    """F1 and exact match of the answerable rows, none abstained from; more where some rows lack one.

    `f1_abstaining` answers where the score is above 0, `f1_best` at the threshold best on these very rows.
    """
    pairs = list(zip(readings, rows, strict=True))
    answerable = [(r.answer, row) for r, row in pairs if row.answerable or row.answers]
    report = {"n_rows": float(len(rows))}
    report["f1"] = float(np.mean([best_f1(answer, row) for answer, row in answerable]))
    exact = [any(exact_match(a, gold) for gold in row.answers) for a, row in answerable]
    report["exact_match"] = float(np.mean(exact))
    if len(answerable) == len(rows):
        report["answered"] = float(np.mean([r.score > 0 for r in readings]))
        return report
    order = sorted(pairs, key=lambda pair: -pair[0].score)
    said = np.array([best_f1(reading.answer, row) if row.answers else 0.0 for reading, row in order])
    silent = np.array([0.0 if row.answers else 1.0 for _, row in order])
    gains = np.concatenate([[silent.sum()], said - silent]).cumsum()  # [k]: the k surest rows are answered
    curve = gains / len(rows)
    n_positive = sum(reading.score > 0 for reading in readings)
    report["f1_abstaining"], report["f1_best"] = float(curve[n_positive]), float(curve.max())
    best = int(curve.argmax())
    report["threshold_best"] = order[best - 1][0].score if best else 99.0
    return report


def dev_examples(folder: Path, tokenizer_json: Path, *, n_rows: int = 0) -> dict[str, list[Example]]:
    """Dev rows of each of SETS, all of them or `n_rows` drawn with a fixed seed (squad2: twice as many)."""
    tokenizer = load_tokenizer(str(tokenizer_json))
    drawn = {}
    for dataset in SETS:
        rows = load(folder, dataset, "dev")
        random.Random(7).shuffle(rows)
        wanted = n_rows * (2 if dataset == "squad2_dev" else 1)
        drawn[dataset] = encode(rows[:wanted] if wanted else rows, tokenizer)
    return drawn


def evaluate(net: ReaderNet, examples: dict[str, list[Example]]) -> dict[str, dict[str, float]]:
    return {
        dataset: {k: round(v, 4) for k, v in scores(read(net, group), [e.row for e in group]).items()}
        for dataset, group in examples.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the *.jsonl.gz files")
    parser.add_argument("--model", type=Path, required=True, help="folder with model.safetensors")
    parser.add_argument("--rows", type=int, default=0, help="rows a set (0: all)")
    options = parser.parse_args()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    net = load_net(options.model).to(device)
    examples = dev_examples(options.data, options.model / "tokenizer.json", n_rows=options.rows)
    print(json.dumps(evaluate(net, examples), indent=1))


if __name__ == "__main__":
    main()
