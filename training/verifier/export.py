"""A trained verifier to ship: `python -m training.verifier.export --run RUN --reader READER --data DATA --out OUT`.

RUN is a run of the reader's training that began with READER or its like. The embeddings are left out: the verifier
reads with the reader's, which costs it nothing measurable and halves the file. With the weights in fp16 come the scores
on all dev rows (scores.json) and a model card.
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

EMBEDDINGS = "bert.embeddings."
CARD = Path(__file__).with_name("card.md")


def save_own(weights: Path, out: Path) -> None:
    """All tensors of `weights` but the embeddings, in fp16."""
    held = load_file(weights / "model.safetensors")
    own = {name: tensor.half() for name, tensor in held.items() if not name.startswith(EMBEDDINGS)}
    out.mkdir(parents=True, exist_ok=True)
    save_file(own, out / "model.safetensors", metadata={"format": "pt"})


def export(
    run: Path, reader: Path, data: Path, out: Path, *, weights: Path | None = None, note: str = "", n_rows: int = 0
) -> dict[str, dict[str, float]]:
    """The shipped folder; the scores are those of the verifier if it read alone. `weights` if not the run's own."""
    save_own(run / "weights" if weights is None else weights, out)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    net = load_net(reader)
    net.load_state_dict({n: t.float() for n, t in load_file(out / "model.safetensors").items()}, strict=False)
    report = evaluate(net.to(device), dev_examples(data, reader / "tokenizer.json", n_rows=n_rows))
    (out / "scores.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    (out / "MODEL_CARD.md").write_text(card(CARD, [run], report, note), encoding="utf-8")
    return report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--run", type=Path, required=True, help="folder of a finished training run")
    parser.add_argument("--reader", type=Path, required=True, help="the reader whose embeddings it reads with")
    parser.add_argument("--data", type=Path, required=True, help="folder of the *.jsonl.gz files")
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    parser.add_argument("--rows", type=int, default=0, help="dev rows a set (0: all)")
    parser.add_argument("--weights", type=Path, help="weights to ship, if averaged (default: RUN/weights)")
    parser.add_argument("--note", default="", help="what the card says of the recipe beyond the run's log")
    options = parser.parse_args()
    report = export(
        options.run,
        options.reader,
        options.data,
        options.out,
        weights=options.weights,
        note=options.note,
        n_rows=options.rows,
    )
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
