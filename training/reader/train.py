"""Train the reader: `python -m training.reader.train --data DATA --out DIR [--init DIR] [--anneal N]`.

The same command starts, resumes (a checkpoint in --out is always continued) and, with --anneal, finishes a
run. The learning rate is flat after the warm-up, so that a run may end at any time: `--anneal N` takes N more
steps while the rate falls to zero. Nothing but the pace of checkpoints reads the clock: a run may be paused.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import torch

from training.reader.derived import from_claims, from_paragraphs, paragraphs
from training.reader.encode import Example, batches, encode, load_tokenizer
from training.reader.evaluate import dev_examples, evaluate
from training.reader.model import Batch, ReaderNet, distance, load_net, loss_of, packaged_backbone, save_net
from training.reader.negatives import altered, lookalikes, transplanted
from training.reader.rows import QUOTA, REPEATS, Row, held_out_texts, load_train, sample
from training.reader.written import written

WARMUP_STEPS = 60
MAX_NORM = 1.0
SAVE_SECONDS = 200.0
LOG_STEPS = 20
UNMARKED = 0.3  # share of questions without their question mark, as people type them


@dataclass(frozen=True, slots=True)
class Options:
    """What a run is made of; stored in its log. Paths as given."""

    data: Path
    out: Path
    init: Path
    negatives: tuple[Path, ...]
    teachers: tuple[Path, ...] = ()
    soft_share: float = 0.6  # of the loss, on what the teachers say; the rest on the labels
    rate: float = 1e-4
    batch_tokens: int = 3600
    n_lookalikes: int = 5000
    n_altered: int = 3000
    n_transplanted: int = 2500
    n_claims: int = 1500
    n_keywords: int = 2000
    written_repeats: int = 2  # of the questions in written.jsonl in an epoch, in other windows
    dropout: float = 0.1
    eval_steps: int = 300
    eval_rows: int = 200
    steps: int = 0  # stop there; 0: until stopped, or `anneal` steps after the first start that names it
    anneal: int = 0  # the last steps, with a falling rate
    seed: int = 13


@dataclass(slots=True)
class Position:
    """Where a run stands: everything but weights and optimizer."""

    step: int = 0
    rows: int = 0
    epoch: int = 0
    batch: int = 0  # batches of this epoch that are done
    end_step: int = 0  # 0: open
    anneal_steps: int = 0
    fingerprint: str = ""


def rate_factor(position: Position) -> float:
    """Share of the peak rate for the next step: linear warm-up, flat, linear fall to the end step."""
    factor = min(1.0, (position.step + 1) / WARMUP_STEPS)
    if position.end_step and position.anneal_steps:
        factor *= min(1.0, max(0.0, (position.end_step - position.step) / position.anneal_steps))
    return factor


@dataclass(frozen=True, slots=True)
class Sources:
    """What epochs are drawn from: train rows by set, written ones, rows made of claims, paragraphs to ask about."""

    sets: dict[str, list[Row]]
    written: list[Row]
    claims: list[Row]
    paragraphs: list[tuple[str, str, str]]

    @classmethod
    def load(cls, folder: Path) -> Sources:
        sets = load_train(folder)
        return cls(sets, written(sets), from_claims(folder), paragraphs(folder, held_out_texts(folder)))


def epoch_rows(sources: Sources, options: Options, epoch: int) -> list[Row]:
    """The rows of one epoch: a sample of each set, look-alike passages, altered questions, questions made by rule."""
    train = sources.sets
    rng = random.Random(options.seed * 1000 + epoch)
    rows = [
        row
        for name, group in train.items()
        for _ in range(REPEATS.get(name, 1))
        for row in sample(group, QUOTA[name], rng)
    ]
    encyclopedic = ("squadshifts_new_wiki", "squad1_train_sample", "squad2_dev", "qamr")
    rows += lookalikes(train, options.negatives, rng, options.n_lookalikes)
    plain = [row for row in rows if row.dataset in encyclopedic]
    rows += altered(plain, options.n_altered, rng)
    rows += transplanted(plain, options.n_transplanted, rng)
    rows += sources.written * options.written_repeats
    rows += sample(sources.claims, options.n_claims, rng)
    rows += from_paragraphs(sources.paragraphs, options.n_keywords, rng)
    return [replace(row, question=row.question.rstrip("? ")) if rng.random() < UNMARKED else row for row in rows]


def fingerprint(rows: list[Row], options: Options) -> str:
    """Identity of an epoch's batches: a resumed run goes on inside its epoch only if this is unchanged."""
    digest = hashlib.sha256(f"{options.seed} {options.batch_tokens}".encode())
    for row in rows:
        digest.update(f"{row.row_id}|{row.question}|{row.start}\n".encode())
    return digest.hexdigest()[:16]


def precision(device: torch.device) -> AbstractContextManager[Any]:
    """bf16 where the hardware multiplies it; elsewhere it is up to 100 times slower than fp32."""
    name = torch.backends.cpu.get_cpu_capability() if device.type == "cpu" else ""
    flags = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    if device.type == "cuda" or ("AVX512" in name and ("avx512_bf16" in flags or "amx_bf16" in flags)):
        return torch.autocast(device.type, dtype=torch.bfloat16)
    return nullcontext()


class Run:
    """A training run in a folder: net, optimizer, position, log."""

    def __init__(self, options: Options) -> None:
        torch.manual_seed(options.seed)
        self.options = options
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        # A thread a part of the batch: on a shared CPU this waits once a step, not at every matrix product.
        self.n_threads = torch.get_num_threads() if self.device.type == "cpu" else 1
        self.pool = ThreadPoolExecutor(self.n_threads)
        torch.set_num_threads(1)
        self.net: ReaderNet = load_net(options.init, dropout=options.dropout).to(self.device)
        if self.device.type == "cpu":  # the fused kernel's backward pass takes a fifth of a step there
            self.net.bert.set_attn_implementation("eager")
        self.teachers = [load_net(folder).to(self.device).eval() for folder in options.teachers]
        decay = [p for p in self.net.parameters() if p.dim() > 1]
        plain = [p for p in self.net.parameters() if p.dim() <= 1]
        groups = [{"params": decay, "weight_decay": 0.01}, {"params": plain, "weight_decay": 0.0}]
        self.optimizer = torch.optim.AdamW(groups, lr=options.rate, betas=(0.9, 0.98), fused=True)
        self.position = Position()
        self.stopping = False
        options.out.mkdir(parents=True, exist_ok=True)
        if (options.out / "state.pt").exists():
            self.resume()
        if options.anneal and not self.position.end_step:
            self.position.anneal_steps = options.anneal
            self.position.end_step = self.position.step + options.anneal
        if options.steps:
            self.position.end_step = options.steps
        self.log(event="start", options={k: str(v) for k, v in asdict(options).items()})

    def log(self, **entry: Any) -> None:
        entry = {"time": time.strftime("%H:%M:%S"), **asdict(self.position), **entry}
        with (self.options.out / "log.jsonl").open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(entry) + "\n")

    def save(self) -> None:
        """Weights, optimizer and position into state.pt, replaced in one move; loads with weights_only."""
        state = {
            "net": self.net.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "position": asdict(self.position),
        }
        torch.save(state, self.options.out / "state.tmp")
        (self.options.out / "state.tmp").replace(self.options.out / "state.pt")

    def resume(self) -> None:
        state = torch.load(self.options.out / "state.pt", map_location=self.device, weights_only=True)
        self.net.load_state_dict(state["net"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.position = Position(**state["position"])

    def step(self, batch: Batch) -> float:
        for group in self.optimizer.param_groups:
            group["lr"] = self.options.rate * rate_factor(self.position)
        loss = sum(self.pool.map(self.backward, self.parts(batch)))
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), MAX_NORM)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.position.step += 1
        self.position.batch += 1
        self.position.rows += len(batch.start)
        return loss

    def parts(self, batch: Batch) -> list[tuple[Batch, float]]:
        """The batch in as many parts as there are threads, each with its share of the rows."""
        n_rows = len(batch.start)
        return [(part, len(part.start) / n_rows) for part in batch.split(-(-n_rows // self.n_threads))]

    def backward(self, job: tuple[Batch, float]) -> float:
        """Add the gradients of a part of a batch; its share of the batch's mean loss."""
        batch, share = job
        batch = batch.to(self.device)
        with precision(self.device):
            said = self.net(batch)
            loss = loss_of(*said, batch)
            if self.teachers:
                with torch.no_grad():
                    told = [teacher(batch) for teacher in self.teachers]
                soft = distance(said, tuple(torch.stack(part).mean(0) for part in zip(*told, strict=True)))
                loss = (1 - self.options.soft_share) * loss + self.options.soft_share * soft
            loss = loss * share
        loss.backward()  # type: ignore[no-untyped-call]
        return float(loss.detach())

    @property
    def finished(self) -> bool:
        return self.stopping or bool(self.position.end_step and self.position.step >= self.position.end_step)

    def epoch_batches(self, sources: Sources, tokenizer_json: Path) -> Iterator[Batch]:
        """What is left of the present epoch; a changed recipe starts the next one instead."""
        position, options = self.position, self.options
        rows = epoch_rows(sources, options, position.epoch)
        mark = fingerprint(rows, options)
        if position.batch and mark != position.fingerprint:
            position.epoch, position.batch = position.epoch + 1, 0
            rows = epoch_rows(sources, options, position.epoch)
            mark = fingerprint(rows, options)
        position.fingerprint = mark
        examples: list[Example] = encode(rows, load_tokenizer(str(tokenizer_json)))
        n_unanswerable = sum(not row.answerable for row in rows)
        self.log(event="epoch", n_rows=len(rows), n_unanswerable=n_unanswerable)
        stream = batches(examples, n_tokens=options.batch_tokens, seed=options.seed * 1000 + position.epoch)
        return islice(stream, position.batch, None)


def train(options: Options) -> None:
    run = Run(options)
    tokenizer_json = options.init / "tokenizer.json"
    sources = Sources.load(options.data)
    dev = dev_examples(options.data, tokenizer_json, n_rows=options.eval_rows)
    follow(run, lambda: run.epoch_batches(sources, tokenizer_json), lambda: evaluate(run.net, dev))


def follow(run: Run, epoch: Callable[[], Iterator[Batch]], scores: Callable[[], Any]) -> None:
    """Take steps, log and save until the run ends or is stopped; `epoch` gives what is left of the present one."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: setattr(run, "stopping", True))
    options = run.options
    losses: list[float] = []
    saved = since = time.monotonic()
    seen = run.position.rows
    while not run.finished:
        for batch in epoch():
            run.net.train()
            losses.append(run.step(batch))
            if run.position.step % LOG_STEPS == 0:
                pace = (run.position.rows - seen) / (time.monotonic() - since)
                run.log(loss=round(sum(losses) / len(losses), 4), rows_per_second=round(pace, 2))
                losses, since, seen = [], time.monotonic(), run.position.rows
            if time.monotonic() - saved > SAVE_SECONDS or run.finished:
                run.save()
                saved = time.monotonic()
            if options.eval_steps and run.position.step % options.eval_steps == 0:
                torch.set_num_threads(run.n_threads)
                run.log(event="dev", scores=scores())
                torch.set_num_threads(1)
                since, seen = time.monotonic(), run.position.rows
            if run.finished:
                break
        else:
            run.position.epoch, run.position.batch = run.position.epoch + 1, 0
    run.save()
    save_net(run.net, options.out / "weights", options.init / "tokenizer.json", dtype=torch.float32)
    run.log(event="stop")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the *.jsonl.gz files")
    parser.add_argument("--out", type=Path, required=True, help="folder of checkpoint, log and weights")
    parser.add_argument("--init", type=Path, help="start weights (default: the packaged all-MiniLM-L6-v2)")
    parser.add_argument("--negatives", type=Path, nargs="*", default=[], help="JSONL of look-alike passages")
    parser.add_argument("--teachers", type=Path, nargs="*", default=[], help="readers whose mean is learnt from, too")
    parser.add_argument("--anneal", type=int, default=0, help="finish in this many steps, rate falling to 0")
    parser.add_argument("--steps", type=int, default=0, help="the step at which the run ends")
    for name in [
        "rate",
        "batch_tokens",
        "n_lookalikes",
        "n_altered",
        "n_transplanted",
        "n_claims",
        "n_keywords",
        "written_repeats",
        "dropout",
        "eval_steps",
        "eval_rows",
        "seed",
    ]:
        default = Options.__dataclass_fields__[name].default
        parser.add_argument("--" + name.replace("_", "-"), type=type(default), default=default)
    given = vars(parser.parse_args())
    given["init"] = given["init"] or packaged_backbone()
    given["teachers"] = tuple(given["teachers"])
    given["negatives"] = (given["data"] / "hard_negatives.jsonl.gz", *given["negatives"])
    train(Options(**given))


if __name__ == "__main__":
    main()
