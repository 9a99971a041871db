"""Examples for the writer: ``python -m training.writer.examples --data DATA --out FILE``.

Question, sentence and answer of a train row, and the sentence to write: by hand (``written.jsonl``) or by rule.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rag.checking import holds, unsupported
from rag.sentences import sentence_spans
from training.reader.rows import Row, load
from training.writer.statements import copied, said

SETS = ("squadshifts_new_wiki", "squad1_train_sample", "squad2_dev")  # the rules are for their kind of question
BY_HAND = ("qamr", "timeqa_human", "covidqa", "fairytaleqa")  # sets of which only what is written by hand is used
WRITTEN = Path(__file__).with_name("written.jsonl")
N_RULE, N_COPY = 1500, 450
PER_PASSAGE = 4
MAX_QUOTE_WORDS, MAX_ANSWER_WORDS = 60, 25


@dataclass(frozen=True, slots=True)
class Example:
    """``text`` answers ``question`` by ``quote``, whose words ``answer`` are the short answer; ``made`` says how."""

    question: str
    quote: str
    answer: str
    text: str
    made: str
    row_id: str


def quote_of(row: Row) -> tuple[str, str] | None:
    """The sentence that holds the row's answer, and the answer, on one line each; None where none does."""
    for start, end in sentence_spans(row.context):
        if start <= row.start and row.end <= end:
            return " ".join(row.context[start:end].split()), " ".join(row.context[row.start : row.end].split())
    return None


def by_hand(data: Path) -> list[Example]:
    """What people of this project wrote. What its quote does not bear out by the checker is left out."""
    rows = {row.row_id: row for name in (*SETS, *BY_HAND) for row in load(data, name, "train")}
    made = []
    for line in WRITTEN.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        row = rows[record["id"]]
        found = quote_of(row)
        assert found is not None, f"{record['id']}: no sentence holds its answer"
        quote, answer = found
        question = " ".join(row.question.split())
        if holds(record["text"], answer) and not unsupported(record["text"], [quote], f"{question} {row.title}"):
            made.append(Example(question, quote, answer, record["text"], "by hand", row.row_id))
    return made


def by_rule(rows: Sequence[Row]) -> Iterator[Example]:
    """Statements and copied sentences for the rows whose question has a form that is known."""
    per_passage: Counter[str] = Counter()
    for row in rows:
        found = quote_of(row) if row.answerable and per_passage[row.context] < PER_PASSAGE else None
        if found is None:
            continue
        question, (quote, answer) = " ".join(row.question.split()), found
        fit = len(quote.split()) <= MAX_QUOTE_WORDS and len(answer.split()) <= MAX_ANSWER_WORDS
        text = said(question, answer, quote) if fit and answer.strip(" .,;:") else ""
        if text:
            per_passage[row.context] += 1
            made = "copied" if text == copied(question, answer, quote) else "by rule"
            yield Example(question, quote, answer, text, made, row.row_id)


def examples(data: Path, *, n_rule: int = N_RULE, n_copy: int = N_COPY, seed: int = 7) -> list[Example]:
    """All that is written by hand, and a draw of what rules make, shuffled."""
    rng = random.Random(seed)
    written = by_hand(data)
    taken = {example.row_id for example in written}
    rows = [row for name in SETS for row in load(data, name, "train") if row.row_id not in taken]
    rng.shuffle(rows)
    quota = {"by rule": n_rule, "copied": n_copy}
    drawn = []
    for example in by_rule(rows):
        if quota[example.made]:
            quota[example.made] -= 1
            drawn.append(example)
        if not any(quota.values()):
            break
    made = [*written, *drawn]
    rng.shuffle(made)
    return made


def main() -> None:
    """Make the examples and say how many of each kind there are."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the *.jsonl.gz files")
    parser.add_argument("--out", type=Path, required=True, help="file to write, one JSON object a line")
    options = parser.parse_args()
    made = examples(options.data)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text("".join(json.dumps(asdict(e), ensure_ascii=False) + "\n" for e in made), encoding="utf-8")
    print(f"{len(made)} examples: {dict(Counter(example.made for example in made))}")


if __name__ == "__main__":
    main()
