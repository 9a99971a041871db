"""From scores to probabilities: `python -m training.reader.calibrate --data ../shared/data --model DIR --index DIR`.

Dev questions are asked as users ask: over the 20 best of 34,261 Wikipedia paragraphs, not over the one gold passage.
Fitted, by logistic regression: what the similarity of question and passage counts beside the reader's score in ranking
findings; then, on the best finding of each question, whether its sentence holds a gold answer, from its rank, its lead
over other answers, the share of the question's words that the quote has, and what the verifier says of its passage. A
third of the weight is on questions that no passage answers: those written to have no answer, and the others asked again
without the passages that hold one.
Writes calibration.json: these weights, the threshold at which most questions are served (by a right answer, or by
silence on what no passage answers), and the curve that says how often findings of each confidence were right.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from eval.metrics import best_subspan
from eval.rows import QARow, load_rows
from eval.wiki import CORPUS, opened
from rag.agreement import compatible
from rag.calibration import FILE_NAME, Calibration, leads
from rag.context import in_context
from rag.index import Index
from rag.reader import SpanReader, coverage
from rag.types import Finding, Hit, Passage
from rag.verifier import Verifier

SETS = ("squad2_dev", "squadshifts_new_wiki", "squad1_train_sample", "timeqa_human")
N_HITS = 20
UNANSWERABLE_WEIGHT = 1 / 3
N_BINS = 10
WEIGHED = ("rank", "lead", "coverage", "verified")


@dataclass(frozen=True, slots=True)
class Asked:
    """The findings of one question: (n,) scores, answers, where in the passage their sentences begin, hits, what rules
    doubt of them, shares of the question's words, and whether the sentence holds a gold answer."""

    question: str
    answerable: bool
    scores: Sequence[float]
    answers: Sequence[str]
    sentences: Sequence[int]
    hits: Sequence[Hit]
    doubts: Sequence[float]
    covered: Sequence[float]
    right: Sequence[bool]

    @property
    def cosines(self) -> list[float | None]:
        return [hit.dense for hit in self.hits]

    def best(self, calibration: Calibration, reader: SpanReader) -> tuple[float, float, float, float, bool]:
        """Rank, lead, coverage and verifier's score of the finding that ranks first, and whether it is right."""
        ranks = calibration.ranks(self.scores, self.cosines)
        first = int(np.argmax(ranks))
        lead = leads(ranks, compatible(self.answers, [hit.passage for hit in self.hits]))[first]
        place = self.hits[first].passage.text.find(self.answers[first], self.sentences[first])
        span = (place, place + len(self.answers[first]))
        (verified,) = reader.second_look(self.question, [(self.hits[first], span)])
        return ranks[first], lead, self.covered[first], verified - self.doubts[first], self.right[first]


def ask(reader: SpanReader, index: Index, row: QARow) -> Iterator[Asked]:
    """The question over what search finds; an answerable one again without the passages that hold an answer."""
    hits = in_context(row.question, index.search(row.question, N_HITS), index.documents)
    of = {hit.passage: hit for hit in hits}
    findings = reader.read(row.question, hits)
    yield _asked(row.question, findings, of, row.answers)
    without = [finding for finding in findings if not best_subspan(finding.passage.text, row.answers)]
    if row.answers and without:
        yield _asked(row.question, without, of, ())


def _asked(question: str, findings: Sequence[Finding], of: Mapping[Passage, Hit], answers: Sequence[str]) -> Asked:
    return Asked(
        question=question,
        answerable=bool(answers),
        scores=[finding.score for finding in findings],
        answers=[finding.answer for finding in findings],
        sentences=[finding.start - finding.passage.start for finding in findings],
        hits=[of[finding.passage] for finding in findings],
        doubts=[finding.doubt for finding in findings],
        covered=[coverage(question, of[finding.passage], finding) for finding in findings],
        right=[best_subspan(finding.quote, answers) for finding in findings],
    )


def fit(reader: SpanReader, asked: Sequence[Asked]) -> dict[str, object]:
    """The contents of calibration.json; ``reader`` has the verifier that is weighed."""
    flat = Calibration()
    pairs = [pair for one in asked for pair in zip(one.scores, flat_cosines(one), strict=True)]
    ranking = LogisticRegression().fit(pairs, [right for one in asked for right in one.right])
    calibration = replace(flat, similarity=round(float(ranking.coef_[0, 1] / ranking.coef_[0, 0]), 3))
    best = np.array([one.best(calibration, reader) for one in asked], dtype=float)
    features, right = best[:, :-1], best[:, -1] > 0
    answerable = np.array([one.answerable for one in asked])
    share = answerable.mean()
    weights = np.where(answerable, (1 - UNANSWERABLE_WEIGHT) / share, UNANSWERABLE_WEIGHT / (1 - share))
    model = LogisticRegression().fit(features, right, sample_weight=weights)
    confidence = model.predict_proba(features)[:, 1]
    threshold, figures = best_threshold(confidence, right, answerable, weights)
    calibration = replace(
        calibration,
        **{name: round(float(weight), 4) for name, weight in zip(WEIGHED, model.coef_[0], strict=True)},
        intercept=round(float(model.intercept_[0]), 4),
        threshold=threshold,
    )
    return {
        **asdict(calibration),
        **figures,
        "n_rows": len(asked),
        "curve": curve(confidence, right, weights),
    }


def flat_cosines(one: Asked) -> list[float]:
    """The cosines with the gaps filled as ranking fills them."""
    return Calibration(similarity=1.0).ranks([0.0] * len(one.scores), one.cosines)


def best_threshold(
    confidence: NDArray[np.float64],
    right: NDArray[np.bool_],
    answerable: NDArray[np.bool_],
    weights: NDArray[np.float64],
) -> tuple[float, dict[str, float]]:
    """The confidence from which speaking serves most questions, and what it serves. All (questions,)."""
    candidates = np.linspace(0.05, 0.95, 91)
    served = [
        np.average(np.where(answerable, right & (confidence >= t), confidence < t), weights=weights) for t in candidates
    ]
    # The optimum is flat and the sample small: of those within a point of the best, the middle one.
    best = float(np.median(candidates[np.array(served) >= max(served) - 0.01]))
    return round(best, 2), {
        "served": round(float(max(served)), 3),
        "right_kept": round(float((confidence[right] >= best).mean()), 3),
        "unanswerable_silenced": round(float((confidence[~answerable] < best).mean()), 3),
    }


def curve(
    confidence: NDArray[np.float64], right: NDArray[np.bool_], weights: NDArray[np.float64]
) -> list[dict[str, float]]:
    """For each tenth of the confidences how many findings there were and which share of them was right."""
    bins = []
    for low in np.arange(N_BINS) / N_BINS:
        inside = (confidence >= low) & (confidence < low + 1 / N_BINS)
        if inside.sum() >= 5:
            said = float(np.average(right[inside], weights=weights[inside]))
            bins.append({"from": round(float(low), 2), "n": int(inside.sum()), "right": round(said, 3)})
    return bins


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the *.jsonl.gz files")
    parser.add_argument("--model", type=Path, required=True, help="folder with model.safetensors; written to")
    parser.add_argument("--index", type=Path, help="where the Wikipedia paragraphs are indexed, or will be")
    parser.add_argument("--rows", type=int, default=150, help="dev rows a set")
    options = parser.parse_args()
    reader = SpanReader(options.model, calibration=Calibration(), verifier=Verifier(options.model))
    with opened(options.index, options.data / CORPUS) as index:
        rows = [row for name in SETS for row in load_rows(options.data, name, options.rows)]
        fitted = fit(reader, [asked for row in rows for asked in ask(reader, index, row)])
    text = json.dumps(fitted, indent=1) + "\n"
    (options.model / FILE_NAME).write_text(text, encoding="utf-8")
    print(text, end="")


if __name__ == "__main__":
    main()
