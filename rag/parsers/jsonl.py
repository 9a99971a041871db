"""JSON Lines: a document a line, as archives and data sets export them."""

from __future__ import annotations

import json
import os
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

from rag.errors import UnreadableFile
from rag.parsers.articles import document_id
from rag.parsers.dates import find_date
from rag.parsers.encoding import clean, decode
from rag.types import Document

TITLES = ("title", "headline")
TEXTS = ("text", "body", "content", "contents")
DATES = ("date", "published", "timestamp")
AUTHORS = ("authors", "author", "byline")


def parse_jsonl(path: Path) -> list[Document]:
    """The line's ``text`` (or body, content) is the document; ``title``, ``date`` and ``authors`` are used if there."""
    source = os.path.abspath(path)  # noqa: PTH100 (a link is named as it was met)
    titles: Counter[str] = Counter()
    documents = []
    for number, line in enumerate(decode(path.read_bytes(), path).split("\n"), 1):
        if not line.strip():
            continue
        record = _record(line, f"{path}, line {number}")
        text = clean(str(_first(record, TEXTS))).strip()
        if not text:
            continue
        title = " ".join(clean(str(_first(record, TITLES))).split()) or path.stem
        written = _first(record, AUTHORS)
        authors = tuple(map(str, written)) if isinstance(written, list) else (str(written),) if written else ()
        doc_id = document_id(source, title, titles[title])
        titles[title] += 1
        documents.append(Document(doc_id, text, title, source, _date(str(_first(record, DATES))), authors))
    return documents


def _record(line: str, place: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except ValueError as error:
        raise UnreadableFile(f"{place} is not JSON ({error}); mend or remove the line") from error
    if not isinstance(record, dict) or not any(key in record for key in TEXTS):
        raise UnreadableFile(f'{place} is not an object with a "text"; rename the field that holds the words to "text"')
    return record


def _first(record: dict[str, Any], keys: tuple[str, ...]) -> Any:
    return next((record[key] for key in keys if record.get(key)), "")


def _date(written: str) -> date | None:
    try:
        return date.fromisoformat(written[:10])
    except ValueError:
        found = find_date(written)
        return found[0] if found else None
