"""LoRA on SmolLM2-135M-Instruct: ``python -m training.writer.train --examples FILE --out RUN``.

The same line goes on from the last checkpoint after a kill. CUDA if there, else the CPU, in bf16 where the processor
multiplies it. Only the upper layers get adapters: nothing below them needs a gradient.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model, get_peft_model_state_dict, set_peft_model_state_dict
from torch import nn

from rag.writers.prompt import chat_text, trained_messages
from rag.writers.smollm import transformers_folder

MODULES = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
HELD_OUT = 60  # examples that only measure
REPEATS = {"by hand": 2}  # what people wrote counts more
WARMUP = 0.05
LOG_EVERY = 5


@dataclass(frozen=True, slots=True)
class Tokens:
    """A prompt and what is to be written, as ids; the loss is on the latter."""

    prompt: list[int]
    text: list[int]

    def __len__(self) -> int:
        return len(self.prompt) + len(self.text)


def encode(records: Sequence[dict[str, Any]], tokenizer: Any) -> list[Tokens]:
    return [
        Tokens(
            tokenizer(chat_text(trained_messages(r["question"], r["quote"], r["answer"])))["input_ids"],
            tokenizer(f"{r['text']}<|im_end|>")["input_ids"],
        )
        for r in records
    ]


def batches(examples: Sequence[Tokens], n_tokens: int, rng: random.Random) -> list[list[Tokens]]:
    """Batches of like length and about ``n_tokens``, shuffled."""
    order = sorted(examples, key=lambda example: (len(example), rng.random()))
    made: list[list[Tokens]] = [[]]
    for example in order:
        if made[-1] and len(example) * (len(made[-1]) + 1) > n_tokens:
            made.append([])
        made[-1].append(example)
    rng.shuffle(made)
    return made


def loss_of(model: Any, batch: Sequence[Tokens], device: torch.device) -> torch.Tensor:
    """Mean cross entropy of the written tokens; the output layer sees no others."""
    longest = max(map(len, batch))
    ids = torch.zeros(len(batch), longest, dtype=torch.long)
    mask = torch.zeros_like(ids)
    wanted = torch.zeros_like(ids, dtype=torch.bool)
    for i, example in enumerate(batch):
        ids[i, : len(example)] = torch.tensor(example.prompt + example.text)
        mask[i, : len(example)] = 1
        wanted[i, len(example.prompt) - 1 : len(example) - 1] = True
    ids, mask, wanted = ids.to(device), mask.to(device), wanted.to(device)
    inner = model.get_base_model()
    states = inner.model(input_ids=ids, attention_mask=mask).last_hidden_state
    targets = ids.roll(-1, dims=1)[wanted]
    return nn.functional.cross_entropy(inner.lm_head(states[wanted]).float(), targets)


def multiplies_bf16(device: torch.device) -> bool:
    """Whether the hardware does; elsewhere bf16 is up to 100 times slower than fp32."""
    flags = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    return device.type == "cuda" or "avx512_bf16" in flags or "amx_bf16" in flags


def build(folder: Path, options: argparse.Namespace, device: torch.device, dtype: torch.dtype) -> Any:
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype).to(device)
    n_layers = model.config.num_hidden_layers
    config = LoraConfig(
        r=options.rank,
        lora_alpha=2 * options.rank,
        lora_dropout=options.dropout,
        target_modules=MODULES,
        layers_to_transform=list(range(n_layers - options.layers, n_layers)),
        task_type="CAUSAL_LM",
    )
    return get_peft_model(model, config)


@torch.inference_mode()
def measured(model: Any, examples: Sequence[Tokens], n_tokens: int, device: torch.device) -> float:
    model.eval()
    parts = [(float(loss_of(model, b, device)), len(b)) for b in batches(examples, n_tokens, random.Random(0))]
    model.train()
    return sum(loss * n for loss, n in parts) / sum(n for _, n in parts)


class Run:
    """The folder of a run: checkpoint, log, and the adapter as peft saves it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def log(self, **entry: Any) -> None:
        with (self.folder / "log.jsonl").open("a", encoding="utf-8") as stream:
            stream.write(json.dumps({"time": round(time.time()), **entry}) + "\n")
        print(entry, flush=True)

    def save(self, model: Any, optimizer: Any, step: int) -> None:
        scratch = self.folder / "checkpoint.new"
        state = {"step": step, "adapter": get_peft_model_state_dict(model), "optimizer": optimizer.state_dict()}
        torch.save(state, scratch)
        scratch.replace(self.folder / "checkpoint.pt")

    def restore(self, model: Any, optimizer: Any) -> int:
        path = self.folder / "checkpoint.pt"
        if not path.is_file():
            return 0
        state = torch.load(path, weights_only=True)
        set_peft_model_state_dict(model, state["adapter"])
        optimizer.load_state_dict(state["optimizer"])
        step: int = state["step"]
        return step


def train(options: argparse.Namespace) -> None:
    from transformers import AutoTokenizer

    folder = transformers_folder(None) if options.model is None else options.model
    torch.manual_seed(options.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    dtype = torch.bfloat16 if multiplies_bf16(device) else torch.float32
    records = [json.loads(line) for line in options.examples.read_text(encoding="utf-8").splitlines()]
    tokenizer = AutoTokenizer.from_pretrained(folder)
    held_out = encode(records[:HELD_OUT], tokenizer)
    kept = [r for r in records[HELD_OUT : options.rows or None] for _ in range(REPEATS.get(r["made"], 1))]
    examples = encode(kept, tokenizer)
    plan = [
        batch
        for epoch in range(options.epochs)
        for batch in batches(examples, options.batch_tokens, random.Random(options.seed + epoch))
    ]
    plan = plan[: options.steps or None]
    model = build(folder, options, device, dtype)
    weights = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=options.rate, weight_decay=0.0)
    run = Run(options.out)
    first = run.restore(model, optimizer)
    started = {k: str(v) for k, v in vars(options).items()}
    run.log(event="start", step=first, steps=len(plan), rows=len(examples), dtype=str(dtype), options=started)
    stop: list[int] = []
    signal.signal(signal.SIGTERM, lambda *_: stop.append(1))
    model.train()
    saved, losses = time.monotonic(), []
    for step, batch in enumerate(plan[first:], first):
        progress = step / len(plan)
        rate = options.rate * min(1.0, (step + 1) / (WARMUP * len(plan))) * (1.0 - progress)
        for group in optimizer.param_groups:
            group["lr"] = rate
        loss = loss_of(model, batch, device)
        loss.backward()
        nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        losses.append(float(loss.detach()))
        if (step + 1) % LOG_EVERY == 0:
            run.log(step=step + 1, cpu=round(time.process_time()), loss=round(sum(losses) / len(losses), 4), rate=rate)
            losses = []
        if stop or time.monotonic() - saved > options.save_seconds:
            run.save(model, optimizer, step + 1)
            saved = time.monotonic()
        if stop:
            return
    run.save(model, optimizer, len(plan))
    model.save_pretrained(run.folder / "adapter")
    run.log(event="end", step=len(plan), held_out=round(measured(model, held_out, options.batch_tokens, device), 4))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--examples", type=Path, required=True, help="what training.writer.examples wrote")
    parser.add_argument("--out", type=Path, required=True, help="folder of the run")
    parser.add_argument(
        "--model", type=Path, help="folder of the transformers model to adapt (default: the packaged one)"
    )
    parser.add_argument("--rows", type=int, default=0, help="use so many examples (0: all)")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--steps", type=int, default=0, help="end after so many steps (0: all of the epochs)")
    parser.add_argument("--layers", type=int, default=20, help="how many of the upper layers get adapters")
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument("--rate", type=float, default=5e-4)
    parser.add_argument("--batch-tokens", type=int, default=1600)
    parser.add_argument("--save-seconds", type=float, default=180)
    parser.add_argument("--seed", type=int, default=7)
    train(parser.parse_args())


if __name__ == "__main__":
    main()
