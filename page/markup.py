"""Small pieces of HTML that every part of the page is made of. All text from outside is escaped here."""

from __future__ import annotations

import re
from datetime import date
from html import escape
from pathlib import Path

from rag.types import Citation, Document

NO_MODEL = "quoted, no language model"
MARKER = re.compile(r"\s?\[(\d+)\]")


def day(published: date | None) -> str:
    return "undated" if published is None else f"{published.day} {published:%B %Y}"


def count(n: int, noun: str) -> str:
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def named(document: Document | Citation) -> str:
    """The title, or the file's name where there is none; not escaped."""
    return document.title or Path(document.source).name


def origin(title: str, published: date | None, page: int | None, source: str) -> str:
    """Title, date, page and file on one line."""
    name = escape(Path(source).name)
    parts = [f"<b dir=auto>{escape(title) or name}</b>", day(published)]
    parts += [] if page is None else [f"page {page}"]
    return f'<p class="origin">{" · ".join([*parts, name])}</p>'


def chip(citation: Citation, *, stale: bool = False) -> str:
    """The number of a quote; what the card shows on hover or focus goes with it."""
    page = "" if citation.page is None else f", page {citation.page}"
    label = f"Quote {citation.number}: {named(citation)}, {day(citation.published)}{page}"
    where = f"{day(citation.published)}{page.replace(', ', ' · ')} · {Path(citation.source).name}"
    note = ' data-stale=""' if stale else ""
    return (
        f'<button type="button" class="chip" data-number="{citation.number}" aria-label="{escape(label)}" '
        f'data-quote="{escape(citation.quote)}" data-title="{escape(named(citation))}" '
        f'data-where="{escape(where)}"{note}>{citation.number}</button>'
    )


def failure(message: str, *, kept: bool = True) -> str:
    """Why there is no answer; ``kept`` tells that the question is back in its box."""
    back = "<p>Your question is back in the box.</p>" if kept else ""
    return f'<div class="failure" role="alert"><b>No answer: something failed.</b><p>{escape(message)}</p>{back}</div>'


def pill(label: str, drop: str = "") -> str:
    """A filter that was on; with ``drop`` it can be taken off."""
    if not drop:
        return f'<span class="pill">{escape(label)}</span>'
    return (
        f'<span class="pill">{escape(label)}<button type="button" data-drop="{escape(drop)}" '
        f'aria-label="{escape(f"Remove the filter: {label}")}">×</button></span>'
    )
