"""SQuAD 1.1 and 2.0: paragraphs, each with questions whose answers stand in it at a known place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from eval.datasets.records import Dataset, Record, document, read_json, texts, unique
from eval.gold import GoldQuestion


def load_squad(path: Path) -> Dataset:
    """Every question, its answers as alternatives and the sentence of the first one as evidence. Raises GoldError."""
    paragraphs = [
        (f"{article['title']}-{n}", article["title"], paragraph)
        for article in read_json(path)["data"]
        for n, paragraph in enumerate(article["paragraphs"])
    ]
    questions = [_question(qa, paragraph["context"]) for _, _, paragraph in paragraphs for qa in paragraph["qas"]]

    def documents() -> Iterator[Record]:
        return unique(document(key, title.replace("_", " "), p["context"]) for key, title, p in paragraphs)

    return Dataset("squad", questions, documents)


def _question(qa: dict[str, Any], context: str) -> GoldQuestion:
    answers = texts([answer["text"] for answer in qa["answers"]]) if not qa.get("is_impossible") else ()
    evidence: tuple[str, ...] = ()
    if answers:
        first = qa["answers"][0]
        evidence = (sentence_around(context, first["answer_start"], first["answer_start"] + len(first["text"])),)
    return GoldQuestion(
        id=str(qa["id"]),
        type="fact" if answers else "unanswerable",
        question=qa["question"].strip(),
        answer=(answers,) if answers else (),
        evidence=evidence,
    )


def sentence_around(text: str, start: int, end: int) -> str:
    """The words between the full stops before ``start`` and from ``end`` on."""
    first = max(text.rfind(mark, 0, start) + len(mark) if mark in text[:start] else 0 for mark in _ENDS)
    last = min((place + 1 for mark in _ENDS if (place := text.find(mark, end)) >= 0), default=len(text))
    return text[first:last].strip()


_ENDS = (". ", "! ", "? ", "\n")
