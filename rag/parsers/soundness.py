"""What every document must be, whatever its file held: text that can be stored, and titles of a bearable length."""

from __future__ import annotations

from dataclasses import replace

from rag.parsers.encoding import clean
from rag.types import Document

MAX_TITLE = 300  # characters of a title or heading: it is embedded with each of its passages
MAX_AUTHORS, MAX_AUTHOR = 50, 100  # names, and characters of one


def sound(document: Document) -> Document:
    """The document with title, headings and authors on one line each, free of control characters, and not too long."""
    title, authors = _line(document.title, MAX_TITLE), tuple(document.authors[:MAX_AUTHORS])
    authors = tuple(name for author in authors if (name := _line(author, MAX_AUTHOR)))
    sections = tuple(
        section if len(section.heading) <= MAX_TITLE else replace(section, heading=_line(section.heading, MAX_TITLE))
        for section in document.sections
    )
    if (title, authors, sections) == (document.title, document.authors, document.sections):
        return document
    return replace(document, title=title, authors=authors, sections=sections)


def _line(text: str, longest: int) -> str:
    line = " ".join(clean(text[: 4 * longest]).split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"
