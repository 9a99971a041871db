"""Question-answering rows from gzip JSONL files, and the mixture that a training epoch draws from them."""

from __future__ import annotations

import gzip
import json
import random
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.metrics import f1

# Titles that name the collection, not the passage: they would teach the model to ignore titles.
EMPTY_TITLES = re.compile(r"^(Filtered|Amazon|Reddit|New York Times)\b.*(Comments|Reviews?)", re.IGNORECASE)

LICENSES = {
    "squadshifts_new_wiki": "CC BY 4.0 (text: Wikipedia, CC BY-SA)",
    "squad1_train_sample": "CC BY-SA 4.0",
    "squad2_dev": "CC BY-SA 4.0 (every second article)",
    "qamr": "MIT (text: Wikipedia CC BY-SA 3.0, Wikinews CC BY 2.5)",
    "squadshifts_ugc": "CC BY 4.0 (text: Reddit and Amazon users)",
    "timeqa_human": "BSD-3-Clause (text: Wikipedia, CC BY-SA)",
    "covidqa": "Apache-2.0 (text: CORD-19 open-access papers)",
    "fairytaleqa": "Apache-2.0 (stories: public domain)",
    "selqa": "Apache-2.0 (text: Wikipedia, CC BY-SA)",
    "claims": "FEVER: CC BY-SA 3.0 (train rows only)",
    "corpus_wiki": "CC BY-SA (Wikipedia paragraphs; the questions are made by rule)",
}
# Rows an epoch takes from each set: all of the encyclopedic ones, a fresh sample of the rest.
QUOTA = {
    "squadshifts_new_wiki": 7001,
    "squad1_train_sample": 3583,
    "squad2_dev": 2917,
    "qamr": 7000,
    "squadshifts_ugc": 2000,
    "timeqa_human": 1200,
    "covidqa": 300,
    "fairytaleqa": 600,
    "selqa": 1590,
}
SENTENCE_SETS = frozenset({"selqa"})  # their answers are whole sentences: any words of one will do
# Sets that an epoch holds more than once, in other windows: the only questions that people wrote to have no answer.
REPEATS = {"squad2_dev": 2}
PASSAGE_CAP = 36  # rows that one passage may give to one epoch; qamr has about 100 questions a passage


@dataclass(frozen=True, slots=True)
class Row:
    """One question over one passage; `start`, `end`: half-open characters of `context`, -1 if none."""

    row_id: str
    dataset: str
    question: str
    title: str
    context: str
    answers: tuple[str, ...]
    start: int
    end: int

    @property
    def whole_sentence(self) -> bool:
        """Whether the span is a sentence to find the answer in, not the answer itself."""
        return self.dataset in SENTENCE_SETS

    @property
    def answerable(self) -> bool:
        return self.end > self.start


def read_jsonl(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def central_span(context: str, answers: Sequence[str], start: int) -> tuple[int, int]:
    """The annotators' answer that agrees best with the others, among those that stand around `start`.

    The first annotator is sometimes wordy; the most central answer is the better target where several exist.
    """
    spans = [(start, start + len(answers[0]))]
    for answer in answers[1:]:
        near = context.find(answer, max(0, start - len(answer)))
        if answer and 0 <= near <= start + len(answers[0]):
            spans.append((near, near + len(answer)))
    texts = [context[a:b] for a, b in spans]
    agreement = [sum(f1(text, other) for other in answers) for text in texts]
    return max(zip(agreement, [a - b for a, b in spans], spans, strict=True))[2]  # ties: the shorter


def to_row(record: dict[str, Any], dataset: str) -> Row | None:
    """The row of one record, or None where the answer has no place in the text."""
    context, answers = record["context"], tuple(record["answers"])
    title = record.get("title", "")
    title = "" if EMPTY_TITLES.match(title) else title
    start, end = -1, -1
    if answers:
        if "answer_start" not in record:
            return None
        start, end = central_span(context, answers, record["answer_start"])
    return Row(record["id"], dataset, record["question"], title, context, answers, start, end)


def halves(rows: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """Rows of the even and of the odd articles, articles numbered in the order of their titles."""
    number = {title: i for i, title in enumerate(sorted({row.title for row in rows}))}
    return [r for r in rows if number[r.title] % 2 == 0], [r for r in rows if number[r.title] % 2 == 1]


TRAIN_HALF = 0  # squad2_dev: 0 = even articles are trained on, the odd ones are held out; never change


def load(folder: Path, dataset: str, split: str) -> list[Row]:
    """Rows of one set: `split` is train or dev. Only squad2_dev is divided here, by article."""
    records = list(read_jsonl(folder / f"{dataset}.jsonl.gz"))
    if dataset == "squad2_dev":
        rows = [row for record in records if (row := to_row(record, dataset))]
        return halves(rows)[TRAIN_HALF if split == "train" else 1 - TRAIN_HALF]
    kept = (record for record in records if record.get("split_hint") == split)
    return [row for record in kept if (row := to_row(record, dataset))]


def held_out_texts(folder: Path) -> frozenset[str]:
    """The passages of all rows that are not to be trained on."""
    texts = {row.context for row in load(folder, "squad2_dev", "dev")}
    for path in folder.glob("*.jsonl.gz"):
        if path.name not in ("squad2_dev.jsonl.gz", "claims.jsonl.gz", "hard_negatives.jsonl.gz"):
            held = (record for record in read_jsonl(path) if record.get("split_hint") in ("dev", "heldout"))
            texts |= {record["context"] for record in held if "context" in record}
    return frozenset(texts)


def load_train(folder: Path, datasets: Iterable[str] = tuple(QUOTA)) -> dict[str, list[Row]]:
    return {dataset: load(folder, dataset, "train") for dataset in datasets}


def sample(rows: Sequence[Row], n_rows: int, rng: random.Random) -> list[Row]:
    """At most `n_rows` rows and at most PASSAGE_CAP of one passage; exact repeats of a question fall out."""
    shuffled = list(rows)
    rng.shuffle(shuffled)
    per_passage: dict[str, set[str]] = defaultdict(set)
    taken: list[Row] = []
    for row in shuffled:
        questions = per_passage[row.context]
        if len(taken) >= n_rows:
            break
        if len(questions) < PASSAGE_CAP and row.question not in questions:
            questions.add(row.question)
            taken.append(row)
    return taken
