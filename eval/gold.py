"""Gold questions: what is asked, what a right answer holds, and where the documents say so."""

from __future__ import annotations

import gzip
import json
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.errors import GoldError

# A row of these types must have an answer, and one of the last type must not; other types are free.
ANSWERABLE = frozenset({"fact", "why", "list", "conflict", "temporal"})
UNANSWERABLE = frozenset({"unanswerable"})
# Of these one passage with evidence is not enough: the sides of a contradiction, the steps of MultiHop-RAG.
NEEDS_ALL = frozenset({"conflict", "inference_query", "comparison_query", "temporal_query"})
REJECTED, UNREVIEWED = "rejected", "unreviewed"  # values of a drafted row's key "review"


@dataclass(frozen=True, slots=True)
class GoldQuestion:
    """One question. ``answer`` holds groups: a right answer has at least one string of each group.

    ``evidence`` are verbatim strings of the documents; with ``any_evidence`` they are alternatives of each other, as
    where nothing but the answers is known. ``source``, if given, is the file name or title of the document that a
    right quote is from. A question without groups cannot be answered from the documents, and right
    means that the answer says so; unless it has ``relevant`` documents (key and grade), which only search is held to.
    """

    id: str
    type: str
    question: str
    answer: tuple[tuple[str, ...], ...] = ()
    evidence: tuple[str, ...] = ()
    any_evidence: bool = False
    relevant: tuple[tuple[str, int], ...] = ()
    source: str = ""
    reviewed: bool = True

    @property
    def answerable(self) -> bool | None:
        """None where no answer is asked for."""
        return None if self.only_searched else bool(self.answer)

    @property
    def only_searched(self) -> bool:
        return bool(self.relevant) and not self.answer

    @property
    def needs_all(self) -> bool:
        return self.type in NEEDS_ALL or self.only_searched

    @property
    def units(self) -> tuple[tuple[str, ...], ...]:
        """What search should find: for each a passage that holds one of its strings."""
        if self.any_evidence:
            return (self.evidence,) if self.evidence else ()
        return tuple((string,) for string in self.evidence)


def load_gold(path: str | os.PathLike[str]) -> list[GoldQuestion]:
    """The questions of a JSONL file, .gz too, in its order: ``id, type, question, answer, evidence`` a line.

    Blank lines, further keys and rows whose ``review`` is "rejected" are passed over. Raises GoldError, with the
    line's number, for a row that cannot be used, and for a file that cannot be read or holds no question.
    """
    file = Path(path)
    try:
        packed = file.read_bytes()
        lines = (gzip.decompress(packed) if file.suffix == ".gz" else packed).decode("utf-8-sig").split("\n")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise GoldError(f"{file}: cannot read the gold questions: {error}") from error
    questions = list(_questions(lines, file))
    if not questions:
        raise GoldError(f"{file}: no gold question in it; give a file with one JSON object a line")
    return questions


def _questions(lines: list[str], file: Path) -> Iterator[GoldQuestion]:
    first_line: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            if isinstance(row, dict) and row.get("review") == REJECTED:
                continue
            question = _question(row)
        except json.JSONDecodeError as error:
            raise GoldError(f"{file}, line {number}: not JSON: {error.msg}") from error
        except ValueError as error:
            raise GoldError(f"{file}, line {number}: {error}") from error
        if question.id in first_line:
            earlier = first_line[question.id]
            raise GoldError(f"{file}, line {number}: line {earlier} has the id {question.id!r} too")
        first_line[question.id] = number
        yield question


def _question(row: Any) -> GoldQuestion:
    """Raises ValueError where the row breaks the format."""
    if not isinstance(row, dict):
        raise ValueError("a gold question is a JSON object with id, type, question, answer and evidence")
    missing = [key for key in ("id", "type", "question", "answer", "evidence") if key not in row]
    if missing:
        raise ValueError(f"no {', '.join(missing)} in this row")
    if not isinstance(row["answer"], list):
        raise ValueError("answer must be a list of groups, each a list of strings")
    question = GoldQuestion(
        id=_text(row["id"], "id"),
        type=_text(row["type"], "type"),
        question=_text(row["question"], "question"),
        answer=tuple(_texts(group, "each group of answer") for group in row["answer"]),
        evidence=_texts(row["evidence"], "evidence"),
        reviewed=row.get("review") != UNREVIEWED,
    )
    if not all(question.answer):
        raise ValueError("a group of answer is empty, so that no answer could be right")
    if question.type in (UNANSWERABLE if question.answerable else ANSWERABLE):
        raise ValueError(f"type is {question.type}, but answer is {row['answer']}")
    return question


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{name} must be text and not empty, and is {value!r}")
    return value


def _texts(value: Any, name: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ValueError(f"{name} must be a list of strings, and is {value!r}")
    return tuple(_text(item, f"a string of {name}") for item in value)
