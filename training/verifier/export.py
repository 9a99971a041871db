"""A trained verifier to ship: `python -m training.verifier.export --run RUN --reader READER --data DATA --out OUT`.

RUN is a run of the reader's training that began with the weights in READER and left the lower layers as they were
(`--init READER --frozen N`). What ships is only what it changed, in fp16, with the scores on all dev rows (scores.json)
and a model card.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from training.reader.evaluate import dev_examples, evaluate
from training.reader.export import card
from training.reader.model import load_net

CARD = Path(__file__).with_name("card.md")


def save_changed(weights: Path, reader: Path, out: Path) -> None:
    """The tensors of `weights` that are not the reader's, in fp16."""
    own = load_file(reader / "model.safetensors")
    halved = {name: tensor.half() for name, tensor in load_file(weights / "model.safetensors").items()}
    changed = {name: tensor for name, tensor in halved.items() if not torch.equal(tensor, own[name].half())}
    out.mkdir(parents=True, exist_ok=True)
    save_file(changed, out / "model.safetensors", metadata={"format": "pt"})


def export(run: Path, reader: Path, data: Path, out: Path, *, n_rows: int = 0) -> dict[str, dict[str, float]]:
    """The shipped folder; the scores are those of the verifier if it read alone."""
    save_changed(run / "weights", reader, out)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    net = load_net(reader)
    net.load_state_dict({n: t.float() for n, t in load_file(out / "model.safetensors").items()}, strict=False)
    report = evaluate(net.to(device), dev_examples(data, reader / "tokenizer.json", n_rows=n_rows))
    (out / "scores.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    (out / "MODEL_CARD.md").write_text(card(CARD, [run], report), encoding="utf-8")
    return report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--run", type=Path, required=True, help="folder of a finished training run")
    parser.add_argument("--reader", type=Path, required=True, help="the reader that it began with")
    parser.add_argument("--data", type=Path, required=True, help="folder of the *.jsonl.gz files")
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    parser.add_argument("--rows", type=int, default=0, help="dev rows a set (0: all)")
    options = parser.parse_args()
    report = export(options.run, options.reader, options.data, options.out, n_rows=options.rows)
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
