"""A trained adapter as the folder that ships: ``python -m training.writer.export --run RUN --out OUT``.

fp16 safetensors with peft's names and configuration, and a model card.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig
from safetensors.torch import save_file

from training.reader.rows import LICENSES
from training.writer.train import HELD_OUT, MODULES, REPEATS

CARD = Path(__file__).with_name("card.md")


def export(run: Path, out: Path, scores: str = "") -> None:
    """Write adapter, configuration and card of the run's last checkpoint."""
    out.mkdir(parents=True, exist_ok=True)
    log = [json.loads(line) for line in (run / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    options: dict[str, Any] = next(entry["options"] for entry in log if entry.get("event") == "start")
    state = torch.load(run / "checkpoint.pt", weights_only=True)
    weights = {name: tensor.to(torch.float16).contiguous() for name, tensor in state["adapter"].items()}
    save_file(weights, out / "adapter_model.safetensors")
    layers = sorted({int(name.split("layers.")[1].split(".")[0]) for name in weights})
    rank = int(options["rank"])
    config = LoraConfig(
        r=rank, lora_alpha=2 * rank, target_modules=MODULES, layers_to_transform=layers, task_type="CAUSAL_LM",
        base_model_name_or_path="HuggingFaceTB/SmolLM2-135M-Instruct", inference_mode=True,
    )  # fmt: skip
    kept = {k: sorted(v) if isinstance(v, set) else v for k, v in config.to_dict().items() if v not in (None, {}, [])}
    (out / "adapter_config.json").write_text(json.dumps(kept, indent=1, default=str) + "\n", encoding="utf-8")
    (out / "MODEL_CARD.md").write_text(_card(options, log, state["step"], layers, scores), encoding="utf-8")


def _card(options: dict[str, Any], log: list[dict[str, Any]], steps: int, layers: list[int], scores: str) -> str:
    records = [json.loads(line) for line in Path(options["examples"]).read_text(encoding="utf-8").splitlines()]
    made = Counter(record["made"] for record in records[HELD_OUT:])
    sets = Counter(
        next((s for s in LICENSES if record["row_id"].startswith(s.split("_")[0][:6])), "") for record in records
    )
    held_out = next((entry["held_out"] for entry in reversed(log) if entry.get("event") == "end"), None)
    return CARD.read_text(encoding="utf-8").format(
        kinds="\n".join(f"| {kind} | {n * REPEATS.get(kind, 1):,} |" for kind, n in sorted(made.items())),
        n_sets=len(sets),
        layers=f"{layers[0]} to {layers[-1]}",
        rank=options["rank"], steps=f"{steps:,}", rate=options["rate"], batch=options["batch_tokens"],
        epochs=options["epochs"], held_out=held_out, n_held_out=HELD_OUT, scores=scores,
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--run", type=Path, required=True, help="folder of a training run")
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    parser.add_argument("--scores", type=Path, help="Markdown to put under Scores")
    options = parser.parse_args()
    export(options.run, options.out, options.scores.read_text(encoding="utf-8").strip() if options.scores else "")


if __name__ == "__main__":
    main()
