"""Ask every gold question and write down what came back."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from eval.gold import GoldQuestion
from eval.report import RECALL_K, EvalReport, Row, score, summarise
from rag.errors import OptionError
from rag.types import Answer, Document, Hit

ANSWERS_FILE = "answers.jsonl"


class Searchable(Protocol):
    """What a run needs of an index; ``rag.Index`` is one."""

    @property
    def documents(self) -> Mapping[str, Document]: ...
    def search(self, query: str, k: int = RECALL_K) -> list[Hit]: ...


Track = Callable[[Sequence[GoldQuestion]], Iterable[GoldQuestion]]  # passes them on and shows how far it is


def evaluate(
    questions: Sequence[GoldQuestion],
    index: Searchable,
    ask: Callable[[str], Answer],
    *,
    out: Path | None = None,
    track: Track = iter,
) -> EvalReport:
    """Ask each question once, in order, and report.

    ``ask`` answers a question from ``index``; only its time is measured. With ``out``, a folder (made if
    absent), each row is in ``out/answers.jsonl`` before the next question is asked; an earlier run's file is
    replaced. Raises OptionError where it cannot be written.
    """
    rows: Iterable[Row] = (_answer(gold, index, ask) for gold in track(questions))
    if out is not None:
        rows = _written(rows, out)
    return summarise(list(rows))


def _answer(gold: GoldQuestion, index: Searchable, ask: Callable[[str], Answer]) -> Row:
    began = time.perf_counter()
    answer = ask(gold.question)
    seconds = time.perf_counter() - began
    # A headline stands in no passage's text; evidence that is one is held by the passages under it.
    passages = [f"{hit.passage.heading}\n{hit.passage.text}" for hit in index.search(gold.question, k=RECALL_K)]
    documents = [index.documents.get(citation.doc_id) for citation in answer.citations]
    return score(gold, answer, passages, documents, seconds)


def _written(rows: Iterable[Row], out: Path) -> Iterator[Row]:
    """Pass the rows on, each once it is on disk."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        file = (out / ANSWERS_FILE).open("w", encoding="utf-8")
    except OSError as error:
        raise OptionError(f"cannot write answers to {out} ({error.strerror}); name another folder") from error
    with file:
        for row in rows:
            file.write(json.dumps(row.to_dict(), ensure_ascii=False) + "\n")
            file.flush()
            yield row
