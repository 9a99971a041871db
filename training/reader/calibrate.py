"""From scores to probabilities: `python -m training.reader.calibrate --data ../shared/data --model DIR`.

Dev questions are asked as users ask: over the nearest of all dev passages, not over the one gold passage. Whether the
best finding's sentence holds a gold answer is fitted, by logistic regression, on its score; a third of the weight is on
questions that no passage answers. Writes calibration.json: slope, intercept, threshold (where most questions
are served, by a right answer or by silence on what no passage answers), and the curve that says how often findings of
each confidence were right.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from embeddings import load_embedder
from eval.metrics import best_subspan
from rag.reader import SpanReader
from rag.types import Hit, Passage
from training.reader.rows import Row, load

SETS = ("squad2_dev", "squadshifts_new_wiki", "squad1_train_sample", "timeqa_human")
N_HITS = 8
UNANSWERABLE_WEIGHT = 1 / 3
N_BINS = 10


def hits_of(rows: Sequence[Row]) -> list[list[Hit]]:
    """For each row's question the nearest of all rows' passages, best first."""
    titles = {row.context: row.title for row in rows}
    passages = list(titles)
    embedder = load_embedder()
    vectors = embedder.embed_passages([f"{titles[text]}\n{text}" for text in passages])
    cosines = embedder.embed_queries([row.question for row in rows]) @ vectors.T
    hits = []
    for scores in cosines:
        best = np.argsort(-scores)[:N_HITS]
        texts = [passages[i] for i in best]
        hits.append(
            [
                Hit(Passage("dev", 0, len(text), text), float(scores[i]), title=titles[text])
                for i, text in zip(best, texts, strict=True)
            ]
        )
    return hits


def outcomes(model: Path, rows: Sequence[Row]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Of each row the best finding's score, (rows,), and whether its sentence holds a gold answer, (rows,)."""
    reader = SpanReader(model)
    scores, right = [], []
    for row, hits in zip(rows, hits_of(rows), strict=True):
        best = reader.read(row.question, hits)[0]
        scores.append(best.score)
        right.append(best_subspan(best.quote, row.answers))
    return np.array(scores), np.array(right)


def fit(scores: NDArray[np.float64], right: NDArray[np.bool_], answerable: NDArray[np.bool_]) -> dict[str, object]:
    """The contents of calibration.json."""
    share = answerable.mean()
    weights = np.where(answerable, (1 - UNANSWERABLE_WEIGHT) / share, UNANSWERABLE_WEIGHT / (1 - share))
    model = LogisticRegression().fit(scores[:, None], right, sample_weight=weights)
    confidence = model.predict_proba(scores[:, None])[:, 1]
    candidates = np.linspace(0.05, 0.95, 91)
    kept = [(confidence[right] >= t).mean() for t in candidates]
    silenced = [(confidence[~answerable] < t).mean() for t in candidates]
    served = [
        np.average(np.where(answerable, right & (confidence >= t), confidence < t), weights=weights) for t in candidates
    ]
    # The optimum is flat and the sample small: of those within a point of the best, the highest, as silence is safer.
    best = int(np.flatnonzero(np.array(served) >= max(served) - 0.01)[-1])
    curve = []
    for low in np.arange(N_BINS) / N_BINS:
        inside = (confidence >= low) & (confidence < low + 1 / N_BINS)
        if inside.sum() >= 5:
            said = float(np.average(right[inside], weights=weights[inside]))
            curve.append({"from": round(float(low), 2), "n": int(inside.sum()), "right": round(said, 3)})
    return {
        "slope": round(float(model.coef_[0, 0]), 4),
        "intercept": round(float(model.intercept_[0]), 4),
        "threshold": round(float(candidates[best]), 2),
        "right_kept": round(float(kept[best]), 3),
        "unanswerable_silenced": round(float(silenced[best]), 3),
        "n_rows": len(scores),
        "curve": curve,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the *.jsonl.gz files")
    parser.add_argument("--model", type=Path, required=True, help="folder with model.safetensors; written to")
    parser.add_argument("--rows", type=int, default=300, help="dev rows a set")
    options = parser.parse_args()
    rows = []
    for dataset in SETS:
        drawn = load(options.data, dataset, "dev")
        random.Random(7).shuffle(drawn)
        rows += drawn[: options.rows]
    scores, right = outcomes(options.model, rows)
    fitted = fit(scores, right, np.array([bool(row.answers) for row in rows]))
    text = json.dumps(fitted, indent=1) + "\n"
    (options.model / "calibration.json").write_text(text, encoding="utf-8")
    print(text, end="")


if __name__ == "__main__":
    main()
