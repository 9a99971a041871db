"""Questions on news: MultiHop-RAG, RGB, and RealtimeQA-like rows with several articles each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from eval.datasets.records import (
    Dataset,
    Record,
    as_record,
    document,
    first_record,
    open_question,
    read_json,
    read_records,
    texts,
    unique,
)
from eval.gold import GoldQuestion
from eval.metrics import holds_any

INSUFFICIENT = "insufficient information"  # the answer of MultiHop-RAG's null queries
ARTICLES = ("articles", "search_result", "ctxs", "contexts", "documents", "docs")
QUESTIONS = ("question", "question_sentence", "query")
DATES = ("date", "published", "published_at", "publish_date")
BODIES = ("text", "body", "content")


def load_multihop_rag(path: Path) -> Dataset:
    """MultiHop-RAG: ``MultiHopRAG.json`` (or the folder that holds it), with ``corpus.json`` beside it if there is one.

    Every fact of a question's evidence is needed. Null queries are unanswerable.
    """
    file = path / "MultiHopRAG.json" if path.is_dir() else path
    rows = list(read_records(file)) if first_record(file) else read_json(file)
    questions = [_multihop(row, n) for n, row in enumerate(rows, 1)]
    corpus = file.with_name("corpus.json")

    def documents() -> Iterator[Record]:
        articles = read_json(corpus)
        return unique(_article(article, str(n)) for n, article in enumerate(articles))

    return Dataset("multihop-rag", questions, documents if corpus.is_file() else None)


def load_rgb(path: Path) -> Dataset:
    """RGB (Chen et al. 2023): ``positive`` passages that answer and ``negative`` ones that do not, all in one corpus.

    A row with ``positive_wrong`` passages is a contradiction between them and the true ones: both are wanted. In the
    evidence are the spellings that its passages have.
    """
    rows = list(read_records(path))

    def documents() -> Iterator[Record]:
        for n, row in enumerate(rows, 1):
            for kind in ("positive", "positive_wrong", "negative"):
                for place, passage in enumerate(_flat(row.get(kind, []))):
                    yield document(f"{row.get('id', n)}-{kind}-{place}", "", passage)

    return Dataset("rgb", [_rgb(row, n, path) for n, row in enumerate(rows, 1)], lambda: unique(documents()))


def load_realtimeqa(path: Path) -> Dataset:
    """A question, several articles and the answers a line; also RealtimeQA's own files, ``*_qa.jsonl`` with the
    articles in ``*_gcs.jsonl`` beside it. An answer can be the number of one of ``choices``."""
    rows = list(read_records(path))
    beside = path.with_name(path.name.replace("_qa.", "_gcs."))
    found: dict[str, Any] = {}
    if beside != path and beside.is_file():
        found = {row["question_id"]: row for row in read_records(beside)}

    def documents() -> Iterator[Record]:
        for n, row in enumerate(rows, 1):
            articles = _first(row, ARTICLES) or _first(found.get(row.get("question_id", ""), {}), ARTICLES) or []
            for place, article in enumerate(articles):
                yield _article(as_record(article), f"{n}-{place}")

    has_articles = bool(found) or any(_first(row, ARTICLES) for row in rows)
    questions = [
        open_question(
            path.name.split(".")[0],
            n,
            str(_first(row, QUESTIONS)),
            _chosen(row),
            id=row.get("id", row.get("question_id")),
        )
        for n, row in enumerate(rows, 1)
    ]
    return Dataset("realtimeqa", questions, (lambda: unique(documents())) if has_articles else None)


def _multihop(row: Mapping[str, Any], number: int) -> GoldQuestion:
    null = str(row["answer"]).lower().startswith(INSUFFICIENT)
    return GoldQuestion(
        id=f"multihop-{number}",
        type=str(row["question_type"]),
        question=row["query"],
        answer=() if null else (texts(row["answer"]),),
        evidence=() if null else texts([evidence["fact"] for evidence in row["evidence_list"]]),
    )


def _rgb(row: Mapping[str, Any], number: int, path: Path) -> GoldQuestion:
    listed = row["answer"] if isinstance(row["answer"], list) else [row["answer"]]
    groups = tuple(texts(group) for group in listed)
    key = f"{path.name.split('.')[0]}-{row.get('id', number)}"
    if row.get("positive_wrong"):
        groups = (*groups, texts(row["fakeanswer"]))
        return GoldQuestion(key, "conflict", row["query"], groups, _spelt(groups, row))
    evidence = tuple(dict.fromkeys(string for group in groups for string in group))
    kind = "fact" if len(groups) == 1 else "list"
    return GoldQuestion(key, kind, row["query"], groups, evidence, any_evidence=True)


def _spelt(groups: Sequence[Sequence[str]], row: Mapping[str, Any]) -> tuple[str, ...]:
    """Of each group one spelling: the first that stands in the row's passages. All of the evidence is needed."""
    passages = [passage for kind in ("positive", "positive_wrong") for passage in _flat(row.get(kind, []))]
    return tuple(next((s for s in group if any(holds_any(p, [s]) for p in passages)), group[0]) for group in groups)


def _chosen(row: Mapping[str, Any]) -> tuple[str, ...]:
    answers = texts(_first(row, ("answers", "answer")))
    choices = row.get("choices")
    if not choices:
        return answers
    return tuple(
        choices[int(answer)] if answer.isdigit() and int(answer) < len(choices) else answer for answer in answers
    )


def _article(article: Mapping[str, Any], key: str) -> Record:
    date = str(_first(article, DATES) or "")[:10].replace("/", "-")
    return document(article.get("id") or key, article.get("title"), _first(article, BODIES), date)


def _first(row: Mapping[str, Any], keys: tuple[str, ...]) -> Any:
    return next((row[key] for key in keys if row.get(key) or row.get(key) == 0), None)  # 0 may be a choice


def _flat(passages: list[Any]) -> Iterator[str]:
    for passage in passages:
        yield from passage if isinstance(passage, list) else [passage]
