"""What a loader gives, and the reading of JSON, JSON Lines and their gzipped forms."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from eval.gold import GoldQuestion
from rag.errors import GoldError

Record = dict[str, Any]
Documents = Callable[[], Iterator[Record]]  # ``id, title, text`` and perhaps ``date``, one a document


@dataclass(frozen=True, slots=True)
class Dataset:
    """Questions, and the documents that they are asked of where those come with them."""

    format: str
    questions: list[GoldQuestion]
    documents: Documents | None = None


def read_records(path: Path) -> Iterator[Record]:
    """The objects of a JSON Lines file, gzipped or not. Raises GoldError, with the line's number."""
    with _opened(path) as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                record = json.loads(line)
            except ValueError as error:
                raise GoldError(f"{path}, line {number}: not JSON: {error}") from error
            if not isinstance(record, dict):
                raise GoldError(f"{path}, line {number}: a row must be a JSON object") from ValueError(line)
            yield record


def first_record(path: Path) -> Record | None:
    """The first row if the file is JSON Lines, None if it is not; {} if it is empty or cannot be read at all."""
    try:
        return next(read_records(path), {})
    except GoldError as error:
        return None if isinstance(error.__cause__, ValueError) else {}


def read_json(path: Path) -> Any:
    """A whole JSON file, gzipped or not. Raises GoldError."""
    with _opened(path) as file:
        try:
            return json.load(file)
        except ValueError as error:
            raise GoldError(f"{path}: not JSON: {error}") from error


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    try:
        with (
            gzip.open(path, "rt", encoding="utf-8-sig")
            if path.suffix == ".gz"
            else path.open(encoding="utf-8-sig") as f
        ):
            yield f
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise GoldError(f"{path}: cannot read the gold questions: {error}") from error


def texts(value: Any) -> tuple[str, ...]:
    """The strings of a value that is one or a list of them, without empty ones and repetitions.

    An object's are its ``text`` (SQuAD as Hugging Face has it), or its ``value`` and ``aliases`` (TriviaQA). Raises
    TypeError for any other object, and for lists in lists.
    """
    listed: list[Any] = value if isinstance(value, list) else [value]
    found = [string for item in listed for string in (texts(_named(item)) if isinstance(item, dict) else [item])]
    if any(isinstance(string, list) for string in found):
        raise TypeError(f"{value!r} is a list of lists, not of strings")
    return tuple(dict.fromkeys(str(item).strip() for item in found if item is not None and str(item).strip()))


def _named(value: Mapping[str, Any]) -> Any:
    if "text" in value:
        return value["text"]
    if "value" in value:
        return [value["value"], *(value.get("aliases") or ())]
    raise TypeError(f"{value!r} has neither text nor value")


def open_question(name: str, number: int, question: str, answers: Sequence[str], **more: Any) -> GoldQuestion:
    """A question of which nothing but alternative answers is known; without any it is unanswerable.

    A passage or quote that holds an answer is then taken to bear it out, as in open-domain question answering (DPR).
    """
    return GoldQuestion(
        id=str(more.pop("id", None) or f"{name}-{number}"),
        type=more.pop("type", None) or ("fact" if answers else "unanswerable"),
        question=question,
        answer=(tuple(answers),) if answers else (),
        evidence=more.pop("evidence", tuple(answers)),
        any_evidence=True,
    )


def document(id: Any, title: Any, text: Any, date: Any = None) -> Record:
    """One document as the index takes it; the date only where there is one."""
    record = {"id": str(id), "title": str(title or ""), "text": str(text or "")}
    return {**record, "date": str(date)} if date else record


def as_record(passage: Any) -> Record:
    """A passage that may be bare text."""
    return {"text": passage} if isinstance(passage, str) else passage


def unique(documents: Iterable[Record]) -> Iterator[Record]:
    """The documents that say something, each text once."""
    seen = set()
    for record in documents:
        told = record["title"], record["text"].strip()
        if told[1] and told not in seen:
            seen.add(told)
            yield record
