"""Train the checker: `python -m training.checker.train --data DATA --out DIR [--steps N --anneal M]`.

The loop is the reader's: the same command starts and resumes, `--anneal` falls to zero, SIGTERM saves, `log.jsonl`
tells what happened. It starts from the reader's weights and trains the backbone with the head that said "this passage
answers", which from now on says "this bears it out".
"""

from __future__ import annotations

import argparse
import hashlib
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

from eval.faults import cases
from rag.entailment import pair_ids
from rag.reader import MODEL as READER
from training.checker.rows import Pair, epoch_pairs, human_claims, train_answers
from training.reader.encode import Window, collate, grouped, load_tokenizer
from training.reader.model import Batch, ReaderNet
from training.reader.train import Run, follow, precision

EVAL_BATCH = 64


@dataclass(frozen=True, slots=True)
class Options:
    """What a run is made of; stored in its log. Paths as given."""

    data: Path
    out: Path
    init: Path
    teachers: tuple[Path, ...] = ()  # the checker has none
    rate: float = 8e-5
    batch_tokens: int = 2400
    n_true: int = 7000  # statements of an epoch
    n_faults: int = 1200  # of each kind
    dropout: float = 0.1
    eval_steps: int = 200
    eval_rows: int = 600
    steps: int = 0
    anneal: int = 0
    seed: int = 13


class CheckerRun(Run):
    """The reader's run with another loss and other rows."""

    options: Options

    def backward(self, job: tuple[Batch, float]) -> float:
        """Add the gradients of a part of a batch; its share of the batch's mean binary cross entropy."""
        batch, share = job
        batch = batch.to(self.device)
        with precision(self.device):
            _, _, logits = self.net(batch)
            loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, (batch.start > 0).float()) * share
        loss.backward()  # type: ignore[no-untyped-call]
        return float(loss.detach())

    def epoch(self, tokenizer: Tokenizer) -> Iterator[Batch]:
        """What is left of the present epoch; a changed recipe starts the next one instead."""
        position, options = self.position, self.options
        while True:
            seed = options.seed * 1000 + position.epoch
            pairs = epoch_pairs(options.data, n_true=options.n_true, n_faults=options.n_faults, seed=seed)
            mark = fingerprint(pairs, options)
            if not position.batch or mark == position.fingerprint:
                break
            position.epoch, position.batch = position.epoch + 1, 0
        position.fingerprint = mark
        self.log(event="epoch", n_rows=len(pairs), n_supported=sum(pair.supported for pair in pairs))
        stream = grouped(windows(pairs, tokenizer), n_tokens=options.batch_tokens, rng=random.Random(seed))
        return islice(stream, position.batch, None)


def fingerprint(pairs: Sequence[Pair], options: Options) -> str:
    digest = hashlib.sha256(f"{options.seed} {options.batch_tokens}".encode())
    for pair in pairs:
        digest.update(f"{pair.sentence}|{pair.evidence}|{pair.supported}\n".encode())
    return digest.hexdigest()[:16]


def windows(pairs: Sequence[Pair], tokenizer: Tokenizer) -> list[Window]:
    """One network input a pair; its target is 1 where the evidence bears the sentence out."""
    found = []
    for pair in pairs:
        ids, n_sentence = pair_ids(tokenizer, pair.sentence, pair.evidence)
        target = int(pair.supported)
        found.append(Window(np.array(ids, dtype=np.int32), n_sentence, n_sentence, 0, target, target))
    return found


def probabilities(net: ReaderNet, pairs: Sequence[Pair], tokenizer: Tokenizer) -> list[float]:
    """Of each pair the probability that it is borne out."""
    made = windows(pairs, tokenizer)
    order = sorted(range(len(made)), key=lambda i: len(made[i].ids))
    found = [0.0] * len(made)
    net.eval()
    device = next(net.parameters()).device
    for first in range(0, len(order), EVAL_BATCH):
        part = order[first : first + EVAL_BATCH]
        with torch.inference_mode(), precision(device):
            _, _, logits = net(collate([made[i] for i in part]).to(device))
        for i, p in zip(part, logits.sigmoid().tolist(), strict=True):
            found[i] = p
    return found


def scores(net: ReaderNet, pairs: Sequence[Pair], tokenizer: Tokenizer) -> dict[str, float]:
    """Accuracy at one half, by the kind of pair ("true": statements without a fault)."""
    right: dict[str, list[bool]] = {}
    for pair, p in zip(pairs, probabilities(net, pairs, tokenizer), strict=True):
        right.setdefault(pair.kind or "true", []).append((p > 0.5) == pair.supported)
    return {kind: round(sum(found) / len(found), 4) for kind, found in right.items()}


def train(options: Options) -> None:
    run = CheckerRun(options)
    tokenizer = load_tokenizer(str(options.init / "tokenizer.json"))
    kept = train_answers(options.data, kept_back=True)
    # Followed while training, on a few: claims of dev, and statements of train articles that are kept back.
    dev = random.Random(1).sample(human_claims(options.data, "dev"), options.eval_rows)
    drawn = cases(kept, n_true=options.eval_rows // 2, n_faults=options.eval_rows // 10, seed=1)
    dev += [Pair.of(case) for case in drawn]
    follow(run, lambda: run.epoch(tokenizer), lambda: scores(run.net, dev, tokenizer))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the *.jsonl.gz files")
    parser.add_argument("--out", type=Path, required=True, help="folder of checkpoint, log and weights")
    parser.add_argument("--init", type=Path, default=READER, help="start weights (default: the reader's)")
    for name, field in Options.__dataclass_fields__.items():
        if name not in ("data", "out", "init", "teachers"):
            parser.add_argument("--" + name.replace("_", "-"), type=type(field.default), default=field.default)
    train(Options(**vars(parser.parse_args())))


if __name__ == "__main__":
    main()
