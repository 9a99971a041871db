"""A trained checker as a folder to ship: `python -m training.checker.export --run RUN --data DATA --out OUT`.

fp16 safetensors without the span head, config, tokenizer, the threshold with what it costs and finds (threshold.json),
the scores on dev claims (scores.json) and a model card.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from eval.faults import cases
from rag.checking import unsupported
from rag.entailment import Entailment
from training.checker.rows import ALL_KINDS, LICENSES, Pair, human_claims, train_answers
from training.reader.export import recipe_of
from training.reader.model import load_net, save_net

CARD = Path(__file__).with_name("card.md")
FALSE_ALARMS = 0.01  # of the true statements that no rule stops: what the head may stop
EVAL_BATCH = 64


def probabilities(model: Entailment, pairs: Sequence[Pair]) -> list[float]:
    """Of each pair, as Footnote reads it, the probability that it is borne out."""
    order = sorted(range(len(pairs)), key=lambda i: len(pairs[i].evidence))
    found = [0.0] * len(pairs)
    for first in range(0, len(order), EVAL_BATCH):
        part = order[first : first + EVAL_BATCH]
        asked = [(pairs[i].sentence, pairs[i].evidence) for i in part]
        for i, p in zip(part, model.probabilities(asked), strict=True):
            found[i] = p
    return found


def claim_scores(model: Entailment, data: Path) -> dict[str, float]:
    """Accuracy at one half on the dev claims, SUPPORTS against REFUTES."""
    pairs = human_claims(data, "dev")
    right = [(p > 0.5) == pair.supported for pair, p in zip(pairs, probabilities(model, pairs), strict=True)]
    return {"n_rows": len(right), "accuracy": round(sum(right) / len(right), 4)}


def threshold(model: Entailment, data: Path, *, n_true: int, n_faults: int) -> dict[str, Any]:
    """The highest threshold that stops at most FALSE_ALARMS of the true statements that the rules let pass.

    Fitted on statements of train articles that were kept back. Also what the rules alone and both together find there.
    """
    drawn = cases(train_answers(data, kept_back=True), n_true=n_true, n_faults=n_faults, seed=1)
    pairs = [Pair.of(case) for case in drawn]
    ruled = [bool(unsupported(case.sentence, [case.quote], case.known)) for case in drawn]
    told = probabilities(model, pairs)
    passed = sorted(p for pair, p, out in zip(pairs, told, ruled, strict=True) if pair.supported and not out)
    limit = round(passed[int(FALSE_ALARMS * len(passed))], 4)
    found: dict[str, Any] = {"threshold": limit, "n_true": n_true, "n_faults": n_faults, "found": {}}
    for kind in (*ALL_KINDS, ""):
        alarms = [(out, out or p < limit) for pair, p, out in zip(pairs, told, ruled, strict=True) if pair.kind == kind]
        shares = [round(sum(column) / len(alarms), 4) for column in zip(*alarms, strict=True)]
        found["found"][kind or "none: the sentence is true"] = dict(zip(("rules", "both"), shares, strict=True))
    return found


def save_halved(source: Path, out: Path) -> None:
    """The weights in fp16 without the span head, with config and tokenizer."""
    save_net(load_net(source), out, source / "tokenizer.json", dtype=torch.float16)
    weights = {n: t for n, t in load_file(out / "model.safetensors").items() if not n.startswith("qa_outputs")}
    save_file(weights, out / "model.safetensors", metadata={"format": "pt"})
    settings = json.loads((out / "config.json").read_text(encoding="utf-8"))
    settings["architectures"] = ["BertForSequenceClassification"]
    (out / "config.json").write_text(json.dumps(settings, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def export(run: Path, data: Path, out: Path, *, weights: Path | None, n_true: int, n_faults: int) -> dict[str, Any]:
    """The shipped folder; the scores are those of the fp16 weights as Footnote runs them."""
    save_halved(run / "weights" if weights is None else weights, out)
    model = Entailment(out, threshold=0.0)
    fitted = threshold(model, data, n_true=n_true, n_faults=n_faults)
    scores = claim_scores(model, data)
    (out / "threshold.json").write_text(json.dumps(fitted, indent=1) + "\n", encoding="utf-8")
    (out / "scores.json").write_text(json.dumps(scores, indent=1) + "\n", encoding="utf-8")
    (out / "MODEL_CARD.md").write_text(card(run, fitted, scores), encoding="utf-8")
    return fitted | scores


def card(run: Path, fitted: dict[str, Any], scores: dict[str, float]) -> str:
    _, options = recipe_of(run)
    last = json.loads((run / "log.jsonl").read_text(encoding="utf-8").splitlines()[-1])
    rows = [f"| {kind} | {shares['rules']:.3f} | {shares['both']:.3f} |" for kind, shares in fitted["found"].items()]
    return CARD.read_text(encoding="utf-8").format(
        data="\n".join(f"| {name} | {licence} |" for name, licence in LICENSES.items()),
        n_true=f"{int(options['n_true']):,}",
        n_faults=f"{int(options['n_faults']):,}",
        steps=f"{last['step']:,}",
        rows=f"{last['rows']:,}",
        falling=f"{last['anneal_steps']:,}",
        rate=options["rate"],
        tokens=options["batch_tokens"],
        accuracy=f"{scores['accuracy']:.3f}",
        n_claims=f"{int(scores['n_rows']):,}",
        threshold=f"{fitted['threshold']:.3f}",
        false_alarms=f"{FALSE_ALARMS:.0%}",
        kept_true=f"{int(fitted['n_true']):,}",
        kept_faults=f"{int(fitted['n_faults']):,}",
        found="\n".join(rows),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--run", type=Path, required=True, help="folder of a training run")
    parser.add_argument("--data", type=Path, required=True, help="folder of the *.jsonl.gz files")
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    parser.add_argument("--weights", type=Path, help="weights to ship, if averaged (default: RUN/weights)")
    parser.add_argument("--n-true", type=int, default=2000, help="true statements that the threshold is fitted on")
    parser.add_argument("--n-faults", type=int, default=200, help="faults of each kind that it is tried on")
    options = parser.parse_args()
    made = export(
        options.run,
        options.data,
        options.out,
        weights=options.weights,
        n_true=options.n_true,
        n_faults=options.n_faults,
    )
    print(json.dumps(made, indent=1))


if __name__ == "__main__":
    main()
