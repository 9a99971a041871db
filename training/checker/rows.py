"""Pairs of a sentence and what it cites: claims that people wrote, and statements with faults planted by rule."""

from __future__ import annotations

import random
import zlib
from dataclasses import dataclass
from pathlib import Path

from eval.faults import KINDS, SETS, SWAPPED, Case, cases
from eval.rows import QARow
from rag.entailment import evidence
from training.reader.rows import load, read_jsonl

LICENSES = {
    "claims (FEVER)": "CC BY-SA 3.0 (text: Wikipedia)",
    "squadshifts_new_wiki": "CC BY 4.0 (text: Wikipedia, CC BY-SA)",
    "squad1_train_sample": "CC BY-SA 4.0",
    "squad2_dev": "CC BY-SA 4.0 (every second article)",
    "qamr": "MIT (text: Wikipedia CC BY-SA 3.0, Wikinews CC BY 2.5)",
}
# Of the statements one article in so many is kept from training: the threshold is fitted on those.
KEPT_BACK = 8


@dataclass(frozen=True, slots=True)
class Pair:
    """A sentence, the words that it cites behind their title, and whether they bear it out.

    ``kind`` is the fault planted in it, "" where it is true, "claim" where people wrote it, true or false.
    """

    sentence: str
    evidence: str
    supported: bool
    kind: str

    @classmethod
    def of(cls, case: Case) -> Pair:
        return cls(case.sentence, evidence([case.title], [case.quote]), not case.kind, case.kind)


def human_claims(folder: Path, split: str) -> list[Pair]:
    """FEVER's claims of a split (train or dev): SUPPORTS and REFUTES, each with its evidence sentences in order."""
    return [
        Pair(
            record["claim"],
            " ".join(context["text"] for context in record["contexts"]),
            record["label"] == "SUPPORTS",
            "claim",
        )
        for record in read_jsonl(folder / "claims.jsonl.gz")
        if record["dataset"] == "fever" and record["split_hint"] == split
    ]


def train_answers(folder: Path, *, kept_back: bool) -> list[QARow]:
    """Rows of the sets that may be trained on, those of the articles kept back or all the others."""
    rows = [row for name in SETS for row in load(folder, name, "train") if row.answers]
    return [
        QARow(row.question, row.title, row.context, row.answers)
        for row in rows
        if (zlib.crc32((row.title or row.context).encode()) % KEPT_BACK == 0) == kept_back
    ]


def epoch_pairs(folder: Path, *, n_true: int, n_faults: int, seed: int) -> list[Pair]:
    """What one epoch sees: all train claims and a fresh draw of statements."""
    drawn = cases(train_answers(folder, kept_back=False), n_true=n_true, n_faults=n_faults, seed=seed)
    pairs = human_claims(folder, "train") + [Pair.of(case) for case in drawn]
    random.Random(seed).shuffle(pairs)
    return pairs


ALL_KINDS = (*KINDS, SWAPPED)
