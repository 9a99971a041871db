"""Gold questions of any common format, with the documents that come with them: one loader a format, chosen by shape."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from eval.datasets.beir import load_beir
from eval.datasets.news import load_multihop_rag, load_realtimeqa, load_rgb
from eval.datasets.opendomain import load_lost_in_the_middle, load_nq_open, load_qa_rows
from eval.datasets.records import Dataset, Documents, Record, first_record, read_json
from eval.datasets.squad import load_squad
from eval.datasets.table import load_table
from eval.gold import load_gold
from rag.errors import GoldError


def load_footnote(path: Path) -> Dataset:
    """Footnote's own rows: ``id, type, question, answer, evidence``; see ``eval.gold``."""
    return Dataset("footnote", load_gold(path))


FORMATS: Mapping[str, Callable[[Path], Dataset]] = {
    "footnote": load_footnote,
    "squad": load_squad,
    "beir": load_beir,
    "nq-open": load_nq_open,
    "lost-in-the-middle": load_lost_in_the_middle,
    "qa-rows": load_qa_rows,
    "multihop-rag": load_multihop_rag,
    "rgb": load_rgb,
    "realtimeqa": load_realtimeqa,
    "csv": load_table,
}
# By the keys of a file's first row; the first line whose keys are all there decides.
SHAPES: tuple[tuple[str, frozenset[str]], ...] = (
    ("footnote", frozenset({"id", "type", "question", "answer", "evidence"})),
    ("squad", frozenset({"data"})),
    ("lost-in-the-middle", frozenset({"question", "ctxs"})),
    ("rgb", frozenset({"query", "positive", "negative"})),
    ("multihop-rag", frozenset({"query", "evidence_list"})),
    ("realtimeqa", frozenset({"question_sentence"})),
    ("realtimeqa", frozenset({"question", "articles"})),
    ("realtimeqa", frozenset({"question", "search_result"})),
    ("qa-rows", frozenset({"question", "context", "answers"})),
    ("qa-rows", frozenset({"question", "contexts", "answers"})),
    ("nq-open", frozenset({"question", "answers"})),
    ("nq-open", frozenset({"question", "answer"})),
)


def load_dataset(path: str | os.PathLike[str], format: str | None = None) -> Dataset:
    """The questions in ``path``, a file (.gz too) or a BEIR or MultiHop-RAG folder, of the format that it looks like.

    Raises GoldError for a file that cannot be read, is of no known shape or holds no question.
    """
    place = Path(path)
    if format is not None and format not in FORMATS:
        raise GoldError(f"no format {format!r}; choose one of {', '.join(FORMATS)}")
    name = sniff(place) if format is None else format
    try:
        dataset = FORMATS[name](place)
    except (KeyError, TypeError, AttributeError) as error:
        raise GoldError(f"{place}: not the layout of {name} ({error!r}); name another with --format") from error
    if not dataset.questions:
        raise GoldError(f"{place}: no gold question in it")
    return dataset if dataset.documents is None else replace(dataset, documents=_told(dataset.documents, place, name))


def _told(documents: Documents, place: Path, name: str) -> Documents:
    """The documents, of which one that is not as the format has it is a GoldError when its turn comes."""

    def told() -> Iterator[Record]:
        try:
            yield from documents()
        except (KeyError, TypeError, AttributeError) as error:
            raise GoldError(f"{place}: its documents are not in the layout of {name} ({error!r})") from error

    return told


def sniff(path: Path) -> str:
    """The name of the format that the file or folder looks like; "footnote" where a file cannot be read."""
    if path.is_dir():
        if (path / "queries.jsonl").is_file():
            return "beir"
        if (path / "MultiHopRAG.json").is_file():
            return "multihop-rag"
        raise GoldError(
            f"{path}: no gold questions in this folder; a BEIR one has queries.jsonl, corpus.jsonl and qrels"
        )
    if path.suffix.lower() in (".csv", ".tsv"):
        return "csv"
    record = first_record(path)
    if record is None:
        whole = read_json(path) if ".json" in path.suffixes else None
        record = whole if isinstance(whole, dict) else whole[0] if isinstance(whole, list) and whole else {}
    return _by_keys(record if isinstance(record, dict) else {}, path)


def _by_keys(record: Mapping[str, Any], path: Path) -> str:
    if not record or {"id", "type"} <= set(record):  # a row of ours with something amiss is told by our own loader
        return "footnote"
    for name, keys in SHAPES:
        if keys <= set(record):
            return name
    raise GoldError(
        f"{path}: a row has {', '.join(sorted(record))}, which is no format known here; "
        f"name it with --format, one of {', '.join(FORMATS)}"
    )
