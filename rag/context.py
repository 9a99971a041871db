"""What a passage leaves unsaid because its document has said it before: the names and the year of a question."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from rag.dates import dates
from rag.premises import Premises
from rag.types import Document, Hit
from rag.wording import normal

# How far back a name is looked for: further than most articles are long, and about a chapter of a book.
REACH_CHARS = 20_000


def in_context(question: str, hits: Sequence[Hit], documents: Mapping[str, Document]) -> list[Hit]:
    """The hits, each with what of the question's names and year it points back to instead of repeating.

    "The largest industry in the region" is that of the Badia region where an earlier paragraph names it; "this year" is
    the year that the document states. A name that is merely in the document is no context: in a digest it stands in
    another item.
    """
    premises = Premises.of(question)
    if not premises.names and premises.when is None:
        return list(hits)
    return [replace(hit, context=_pointed_at(question, premises, hit, documents)) for hit in hits]


def _pointed_at(question: str, premises: Premises, hit: Hit, documents: Mapping[str, Document]) -> str:
    said = f"{hit.title}. {hit.passage.heading}. {hit.passage.text}"
    lacked = [name for name in premises.lacked(said) if _stands_for(question, name, hit.passage.text)]
    year = None if premises.when is None else str(premises.when.year)
    undated = year is not None and not _holds(said, year) and any(when.relative for when in dates(normal(said))[0])
    if not lacked and not undated:
        return ""
    text, start = documents[hit.passage.doc_id].text, hit.passage.start
    before, after = text[max(0, start - REACH_CHARS) : start], text[start : start + REACH_CHARS]
    told = [name for name in lacked if all(_holds(before, word) for word in name.split())]
    if undated and year is not None and (_holds(before, year) or _holds(after, year)):
        told.append(year)
    return ", ".join(told)


def _stands_for(question: str, name: str, text: str) -> bool:
    """Whether the text has "the region" for the question's "Badia region", "the town" for "town of Jandaris"."""
    return any(
        re.search(rf"\b(?:the|this|that)\s+(?:\w+\s+)?{noun}\b", text, re.IGNORECASE) for noun in _kinds(question, name)
    )


def _kinds(question: str, name: str) -> Iterator[str]:
    """What kind of thing the question says that the name names."""
    for match in re.finditer(
        rf"(?:\b(?P<before>[a-z]{{4,}})\s+(?:of\s+)?)?{re.escape(name)}(?:\s+(?P<after>\w{{4,}}))?", question
    ):
        yield from (noun for noun in (match["before"], match["after"]) if noun)


def _holds(text: str, word: str) -> bool:
    return re.search(rf"\b{re.escape(word)}\b", text) is not None
