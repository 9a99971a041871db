"""A trained reader as a folder to ship: `python -m training.reader.export --run RUN --data DATA --out OUT`.

fp16 safetensors, config, tokenizer, the scores on all dev rows (scores.json), the answerability curve on the
held-out half of squad2_dev (curve.json) and a model card.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from rag.spans import ANSWER_TOKENS
from training.reader.evaluate import Reading, best_f1, dev_examples, read, scores
from training.reader.model import load_net, save_net
from training.reader.rows import LICENSES, QUOTA, REPEATS, Row
from training.reader.written import FILE

# What an epoch holds of rows made from others, by the option that says how many.
MADE = ("lookalikes", "altered", "transplanted", "claims", "keywords")
CARD = Path(__file__).with_name("card.md")


def recipe_of(run: Path) -> tuple[str, dict[str, str]]:
    """What the run's log says of its steps, as card text, and the options of its last start."""
    entries = [json.loads(line) for line in (run / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    options = next(e["options"] for e in reversed(entries) if e.get("event") == "start")
    last = entries[-1]
    falling = min(last["anneal_steps"], last["step"])  # a run may be ended before its planned anneal is over
    text = (
        f"{last['step']:,} steps, {last['rows']:,} rows, the rate falling to zero "
        f"over the last {falling:,} steps. AdamW, peak rate {options['rate']}, batches of about "
        f"{options['batch_tokens']} tokens of like length, dropout {options['dropout']}, windows of 160 to "
        "256 tokens cut at random around the answer, a third without their title. Loss: the two span cross "
        "entropies and the answerability cross entropy."
    )
    return text, options


def calibration(readings: Sequence[Reading], rows: Sequence[Row]) -> list[dict[str, float]]:
    """By score, in twenty equal bins: mean score, share answerable, mean F1 (0 if unanswerable)."""
    order = sorted(zip(readings, rows, strict=True), key=lambda pair: pair[0].score)
    curve = []
    for part in np.array_split(np.arange(len(order)), 20):
        pairs = [order[int(i)] for i in part]
        right = [best_f1(reading.answer, row) if row.answers else 0.0 for reading, row in pairs]
        point = {
            "score": np.mean([reading.score for reading, _ in pairs]),
            "answerable": np.mean([bool(row.answers) for _, row in pairs]),
            "f1": np.mean(right),
        }
        curve.append({name: round(float(value), 4) for name, value in point.items()})
    return curve


def card(template: Path, runs: Sequence[Path], report: dict[str, dict[str, float]], note: str = "") -> str:
    """The model card; ``runs`` are the legs whose weights went into what ships, the most recent first."""
    recipes, options = zip(*(recipe_of(run) for run in runs), strict=True)
    most = {name: f"{max(int(given.get(f'n_{name}', 0)) for given in options):,}" for name in MADE}
    n_written = len(FILE.read_text(encoding="utf-8").splitlines())
    repeats = max(int(given.get("written_repeats", 0)) for given in options)
    quotas = {name: quota * REPEATS.get(name, 1) for name, quota in QUOTA.items()}
    lines = []
    for dataset, s in report.items():
        cells = [f"{s[k]:.3f}" if k in s else "-" for k in ("f1", "exact_match", "f1_abstaining", "f1_best")]
        lines.append(f"| {dataset} | {int(s['n_rows']):,} | " + " | ".join(cells) + " |")
    return template.read_text(encoding="utf-8").format(
        answer_tokens=ANSWER_TOKENS,
        data="\n".join(f"| {name} | {LICENSES[name]} | {quota:,} |" for name, quota in quotas.items()),
        written=f"{n_written * repeats:,}",
        **most,
        recipe="\n\n".join([*recipes, note]).strip(),
        scores="\n".join(lines),
    )


def export(
    runs: Sequence[Path], data: Path, out: Path, *, weights: Path | None = None, note: str = "", n_rows: int = 0
) -> dict[str, dict[str, float]]:
    """The shipped folder; the scores are those of the fp16 weights, read back. `weights` if not the run's own."""
    source = runs[0] / "weights" if weights is None else weights
    tokenizer_json = source / "tokenizer.json"
    save_net(load_net(source), out, tokenizer_json, dtype=torch.float16)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    net = load_net(out).to(device)
    report: dict[str, dict[str, float]] = {}
    for dataset, examples in dev_examples(data, tokenizer_json, n_rows=n_rows).items():
        rows = [example.row for example in examples]
        readings = read(net, examples)
        report[dataset] = {name: round(value, 4) for name, value in scores(readings, rows).items()}
        if dataset == "squad2_dev":
            curve = json.dumps(calibration(readings, rows), indent=1) + "\n"
            (out / "curve.json").write_text(curve, encoding="utf-8")
    (out / "scores.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    (out / "MODEL_CARD.md").write_text(card(CARD, runs, report, note), encoding="utf-8")
    return report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "--run", type=Path, nargs="+", required=True, help="folders of finished training runs, the last one first"
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of the *.jsonl.gz files")
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    parser.add_argument("--rows", type=int, default=0, help="dev rows a set (0: all)")
    parser.add_argument("--weights", type=Path, help="weights to ship, if averaged (default: the first RUN/weights)")
    parser.add_argument("--note", default="", help="what the card says of the recipe beyond the run's log")
    options = parser.parse_args()
    report = export(
        options.run, options.data, options.out, weights=options.weights, note=options.note, n_rows=options.rows
    )
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
