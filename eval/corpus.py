"""The index that is asked: one that is there, one of a file or folder, or one of the documents that questions bring."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import tempfile
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eval.datasets.records import Dataset, first_record, read_records
from rag.errors import GoldError, IndexNotFound, OptionError, UnreadableFile
from rag.types import FileReport, Hit

if TYPE_CHECKING:
    from rag import Index

PARTS = "gold-documents"  # a folder in the index's own; who finds it there knows that an eval run made the index
PART_LINES = 500  # documents a file: what an interruption of indexing can lose
JSON_LINES = {".jsonl", ".gz"}
KEYS = {"_id", "id"}  # of a document, as BEIR and as our own parts have it
TEXTS = ("text", "body", "content", "contents")  # where a line's words are sought, in this order
FILLERS = "\u115f\u1160\u3164\uffa0"  # letters that nobody sees

Progress = Callable[[int, int, FileReport], None]


@dataclass(frozen=True, slots=True)
class Corpus:
    """An open index. Sources are named from ``root``; ``key`` is what the gold questions call a hit's document."""

    index: Index
    root: str
    key: Callable[[Hit], str] | None


@contextlib.contextmanager
def opened(
    dataset: Dataset,
    *,
    corpus: Path | None = None,
    where: str | Path | None = None,
    progress: Progress | None = None,
    warn: Callable[[str], None] = lambda _: None,
) -> Iterator[Corpus]:
    """The index in ``where``, a folder or an address (a passing one if None), with the documents of ``corpus`` in it.

    Without ``corpus`` an index that is there is asked as it is, and a new one is made of the documents that the
    questions bring. Documents in JSON Lines, .gz too, are indexed in parts, so that indexing goes on where it was
    interrupted. Raises OptionError where there is nothing to ask about, or where questions name their documents by
    keys that these have not, UnreadableFile where nothing can be read.
    """
    from rag import Index

    keys_sought = any(question.relevant for question in dataset.questions)
    theirs = where is not None and _theirs(where)
    brought = dataset.documents if corpus is None and not theirs else None
    if corpus is None and brought is None and where is None:
        raise OptionError("nothing to ask about; give --corpus PATH, or --index DIR of an existing index")
    if keys_sought and brought is None and not _has_keys(corpus):
        raise OptionError(
            f"{corpus or where} does not tell which documents the questions name as relevant; leave it out, so that "
            "those that come with the questions are indexed, or give a --corpus of JSON Lines with their _id"
        )
    with contextlib.ExitStack() as stack:
        if where is None:
            where = stack.enter_context(tempfile.TemporaryDirectory(prefix="footnote-eval-"))
        index = stack.enter_context(Index.open(where, create=corpus is not None or brought is not None))
        added, key = corpus, None
        if brought is not None:
            added = _parts(brought(), index.folder / PARTS)
        elif corpus is not None and _in_parts(corpus):
            added = _parts(_documents(corpus), index.folder / PARTS)
        if added is not None:
            for failed in index.add(added, prune=added != corpus, progress=progress).failed:
                warn(f"left out: {failed.reason}")
        if not len(index):
            raise UnreadableFile(f"{corpus or where}: no document in it that could be read")
        if keys_sought:
            key = _keys(index, index.folder / PARTS)
        yield Corpus(index, _root(added, index), key)


def _in_parts(corpus: Path) -> bool:
    return corpus.is_file() and corpus.suffix in JSON_LINES


def _has_keys(corpus: Path | None) -> bool:
    """Whether it is JSON Lines that name their documents; what is not there is for the index to complain of."""
    if corpus is None or not corpus.exists():
        return corpus is not None
    return _in_parts(corpus) and not KEYS.isdisjoint(first_record(corpus) or {})


def _theirs(where: str | Path) -> bool:
    """Whether an index is there that no eval run made."""
    from rag import Index

    if "://" not in str(where):
        return (Path(where) / "footnote.sqlite").is_file() and not (Path(where) / PARTS).is_dir()
    try:
        with Index.open(where, create=False) as index:
            return len(index) > 0 and not (index.folder / PARTS).is_dir()
    except IndexNotFound:
        return False


def _documents(corpus: Path) -> Iterator[dict[str, Any]]:
    try:
        yield from read_records(corpus)
    except GoldError as error:
        raise UnreadableFile(str(error).replace("the gold questions", "the documents")) from error


def _parts(documents: Iterable[dict[str, Any]], folder: Path) -> Path:
    """The documents as files of JSON Lines in ``folder``, but for those in which nothing is to be seen; the same
    documents give the same files."""
    folder.mkdir(parents=True, exist_ok=True)
    waiting = (record for record in documents if _is_seen(record))
    for number in itertools.count(1):
        lines = [json.dumps(record, ensure_ascii=False) + "\n" for record in itertools.islice(waiting, PART_LINES)]
        if not lines:
            break
        path = folder / f"part-{number:05}.jsonl"
        scratch = path.with_suffix(".tmp")
        scratch.write_text("".join(lines), encoding="utf-8", errors="ignore")  # halves of a character, as parsing does
        scratch.replace(path)
    for left in folder.glob("part-*.jsonl"):
        if int(left.stem.removeprefix("part-")) >= number:
            left.unlink()
    return folder


def _is_seen(record: Mapping[str, Any]) -> bool:
    """Whether what is read of it has more than white space and marks that nobody sees: else it is no document."""
    texts = [str(record[name]) for name in TEXTS if record.get(name)]
    if not texts:
        return record.keys().isdisjoint(TEXTS)  # of a line without a text, reading says what is amiss
    return any(unicodedata.category(char)[0] in "LNPS" and char not in FILLERS for char in texts[0])


def _keys(index: Index, folder: Path) -> Callable[[Hit], str]:
    """By a hit's document the ``_id`` or ``id`` of the line that it was made from."""
    by_source: dict[str, list[str]] = {}
    for doc_id, document in index.documents.items():
        by_source.setdefault(document.source, []).append(doc_id)
    keys = {
        doc_id: str(record.get("_id", record.get("id", "")))
        for part in sorted(folder.glob("*.jsonl"))
        if (made := by_source.get(str(part.resolve())))  # else it was left out
        for doc_id, record in zip(made, read_records(part), strict=True)
    }
    return lambda hit: keys.get(hit.passage.doc_id, "")


def _root(added: Path | None, index: Index) -> str:
    """The folder that all the files lie in: rows then name them alike on every machine."""
    if added is not None:
        return str(added.resolve() if added.is_dir() else added.resolve().parent)
    try:
        return os.path.commonpath([Path(file.source).parent for file in index.sources()])
    except ValueError:  # on several drives
        return ""
