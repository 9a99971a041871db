"""Plain text files: articles, or a mailbox that has the wrong suffix."""

from __future__ import annotations

import re
from pathlib import Path

from rag.parsers.articles import Extract, begins_article, documents
from rag.parsers.email import parse_mbox
from rag.parsers.encoding import clean, decode
from rag.types import Document


def parse_text(path: Path) -> list[Document]:
    text = decode(path.read_bytes(), path)
    if looks_like_mbox(text):
        return parse_mbox(path)
    return documents([Extract(part) for part in _form_fed(clean(text))], path)


def looks_like_mbox(text: str) -> bool:
    return bool(re.match(r"From \S+.*\d{4}\s*\n(?:[A-Z][\w-]*: .*\n(?:[ \t].*\n)*){2,}", text))


def _form_fed(text: str) -> list[str]:
    """The text at its form feeds, if each part is an article with a headline of its own; else they are pages'
    ends."""
    parts = [part for part in text.split("\f") if part.strip()]
    headlines = [part.strip().split("\n", 1)[0] for part in parts]
    if len(parts) > 1 and len(set(headlines)) == len(parts) and all(map(begins_article, parts)):
        return parts
    return [re.sub(r"\f", "", re.sub(r"(?<!\n)\f", "\n", text))]
