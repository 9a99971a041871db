"""``python -m eval.writing``: are written answers whole sentences that answer, and do their quotes hold what they say?

Questions that nothing was trained on, asked over their passages (``--data``), and those of the examples.
``written.jsonl`` holds the answers that were judged by reading them; without options the command prints what came of
it. With ``--data`` the questions are asked again, and what is not as judged is printed for a new judgment.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from eval.gold import load_gold
from eval.metrics import mean, normalise
from eval.rows import load_rows
from rag import Answer, Index, ask
from rag.errors import FootnoteError

JUDGED = Path(__file__).parent / "data" / "written.jsonl"
SETS = {"squad2_dev": 48, "squadshifts_new_wiki": 36, "squad1_train_sample": 14}
EXAMPLES = Path(__file__).parent.parent / "examples"
# A word with a capital, not the first of its sentence, or a number.
_NAME_OR_NUMBER = re.compile(r"(?<=[a-z,;\d\"”)] )[A-Z][^\W\d_]+|\d+(?:[.,]\d+)*")


@dataclass(frozen=True, slots=True)
class Written:
    """One answer as it was given. ``whole`` and ``answers`` are a person's judgment; None where there is none yet."""

    question: str
    text: str
    quotes: tuple[str, ...]
    model: str  # who wrote it; "quote" where the sources' sentences stood in
    whole: bool | None = None  # complete, grammatical sentences
    answers: bool | None = None  # the question put, by its quotes


def load(path: Path = JUDGED) -> list[Written]:
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return [Written(**{**row, "quotes": tuple(row["quotes"])}) for row in map(json.loads, lines)]


def absent(written: Written) -> tuple[str, ...]:
    """Names and numbers of the text that neither its quotes nor the question have."""
    there = normalise(" ".join([*written.quotes, written.question])).replace(",", "")
    said = re.sub(r"\s*\[\d+\]", "", written.text)
    return tuple(m[0] for m in _NAME_OR_NUMBER.finditer(said) if normalise(m[0]).replace(",", "") not in there)


def questions(data: Path) -> Iterator[tuple[Path, list[str]]]:
    """A folder of documents, and what to ask of it; the folder is there until the next one."""
    rows = [row for name, n in SETS.items() for row in [r for r in load_rows(data, name, 3 * n) if r.answers][:n]]
    with tempfile.TemporaryDirectory() as folder:
        passages = {row.context: row.title for row in rows}
        lines = [json.dumps({"title": title, "text": text}) for text, title in passages.items()]
        (Path(folder) / "passages.jsonl").write_text("\n".join(lines), encoding="utf-8")
        yield Path(folder), [row.question for row in rows]
    gold = [gold.question for gold in load_gold(EXAMPLES / "gold.jsonl") if gold.answerable]
    yield EXAMPLES / "documents", gold


def asked(data: Path, writer: str) -> Iterator[Written]:
    """Every question's answer; those that the documents are not found to answer are passed over."""
    for documents, questioned in questions(data):
        with tempfile.TemporaryDirectory() as scratch, Index.open(scratch) as index:
            index.add(documents)
            for question in questioned:
                answer: Answer = ask(question, index, writer=writer)
                if answer.status != "abstained":
                    quotes = tuple(citation.quote for citation in answer.citations)
                    yield Written(question, answer.text, quotes, answer.model)


def report(written: Sequence[Written]) -> str:
    judged = [w for w in written if w.whole is not None]
    strange = [(w, found) for w in written if (found := absent(w))]
    lines = [
        f"{len(judged)} answers judged: whole sentences {mean(bool(w.whole) for w in judged):.2f}, answer the question "
        f"{mean(bool(w.answers) for w in judged):.2f}, both {mean(bool(w.whole and w.answers) for w in judged):.2f}",
        f"names or numbers that neither quotes nor question have: in {len(strange)} of {len(written)}",
    ]
    lines += [f"  {', '.join(found)}: {w.text}" for w, found in strange]
    return "\n".join(lines)


def main() -> int:
    """Print what came of the judgments; with ``--data`` ask again first."""
    parser = argparse.ArgumentParser(prog="python -m eval.writing", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of the *.jsonl.gz sets: ask again")
    parser.add_argument("--writer", default="local")
    parser.add_argument("--out", type=Path, help="file for the answers, judged ones with their judgments")
    options = parser.parse_args()
    known = {(w.question, w.text): w for w in load()}
    written = list(known.values())
    try:
        if options.data is not None:
            written = []
            for w in asked(options.data, options.writer):
                written.append(known.get((w.question, w.text), w))
                if (w.question, w.text) not in known:
                    print(f"not judged: {w.question}\n  {w.text}", flush=True)
    except FootnoteError as error:
        print(f"footnote: {error}", file=sys.stderr)
        return 2
    if options.out is not None:
        lines = (json.dumps(asdict(w), ensure_ascii=False) + "\n" for w in written)
        options.out.write_text("".join(lines), encoding="utf-8")
    print(report(written))
    return 0


if __name__ == "__main__":
    sys.exit(main())
