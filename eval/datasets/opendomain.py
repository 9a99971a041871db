"""Open-domain questions: bare ones with their answers, and ones with the passages that were found for them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from eval.datasets.records import Dataset, Record, as_record, document, open_question, read_records, texts, unique


def load_nq_open(path: Path) -> Dataset:
    """NQ-open: a question and its alternative answers a line."""
    questions = [
        open_question(_stem(path), n, row["question"], texts(row.get("answers", row.get("answer"))), id=row.get("id"))
        for n, row in enumerate(read_records(path), 1)
    ]
    return Dataset("nq-open", questions)


def load_lost_in_the_middle(path: Path) -> Dataset:
    """Lost in the Middle (Liu et al. 2023): a question with ``ctxs``, one of which answers; all become one corpus."""
    questions = [
        open_question(_stem(path), n, row["question"], texts(row["answers"]), id=row.get("id"))
        for n, row in enumerate(read_records(path), 1)
    ]

    def documents() -> Iterator[Record]:
        return unique(
            document(context.get("id") or f"{n}-{place}", context.get("title"), context.get("text"))
            for n, row in enumerate(read_records(path), 1)
            for place, context in enumerate(map(as_record, row["ctxs"]))
        )

    return Dataset("lost-in-the-middle", questions, documents)


def load_qa_rows(path: Path) -> Dataset:
    """Rows of ``question, context`` (or ``contexts``) and ``answers``, none where the context does not answer."""
    questions = [
        open_question(_stem(path), n, row["question"], texts(row["answers"]), id=row.get("id"))
        for n, row in enumerate(read_records(path), 1)
    ]

    def documents() -> Iterator[Record]:
        for n, row in enumerate(read_records(path), 1):
            contexts = row.get("contexts") or [{"title": row.get("title"), "text": row["context"]}]
            for place, context in enumerate(map(as_record, contexts)):
                yield document(f"{n}-{place}", context.get("title"), context.get("text"))

    return Dataset("qa-rows", questions, lambda: unique(documents()))


def _stem(path: Path) -> str:
    return path.name.split(".")[0]
