"""Who says so: clauses that give a statement to a speaker, what is said without them, and sentences that lose them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.wording import held, telling

# What is only said, by those of whom it is told.
_HEARSAY = (
    "says?|said|saying|told|claims?|claimed|alleges?|alleged|insists?|insisted|argues?|argued|believes?|believed|"
    "suspects?|suspected|suggests?|suggested|maintains?|maintained"
)
_SAYING = rf"(?:{_HEARSAY}|reports|reported|announced?|announces|confirmed|stated?|states|wrote|writes?|added)"
_CLAUSES = (
    re.compile(rf"^[^,.;]{{3,80}}?\b{_SAYING}(?: [^,.;]{{1,40}}?)? that\s+", re.IGNORECASE),
    re.compile(r"^according to [^,.;]+, |,? according to [^,.;]+(?=[,.;]|$)", re.IGNORECASE),
    re.compile(
        rf",\s+(?!which|who|whose|whom|where|when|and|but|while)[^,;]{{2,80}}?\b{_SAYING}\b[^,;.]*(?=[.,;]|$)",
        re.IGNORECASE,
    ),
)
_TOLD = re.compile(
    rf"\b(?:{_HEARSAY}|according to|allegedly|reportedly|reports?|in the (?:words|opinion|view) of)\b", re.IGNORECASE
)
_SHARE = 0.75  # of a sentence's telling words, in the part of a quote that is only said


def without_attribution(sentence: str) -> str:
    """The sentence without the clauses that say who says so, and when and where they do."""
    told = " ".join(sentence.split())
    for pattern in _CLAUSES:
        shorter = pattern.sub("", told)
        told = shorter if len(shorter.split()) >= 3 else told
    return told


def attribution_faults(sentence: str, quotes: Sequence[str], known: str = "") -> list[str]:
    """Where a sentence states what all its quotes only give to a speaker; texts normal (``rag.wording.normal``).

    A sentence that names a speaker, in any words, keeps the attribution; so does one asked of somebody's words.
    """
    if _TOLD.search(sentence) or _TOLD.search(known):
        return []
    words = telling(sentence)
    speakers = []
    for quote in quotes:
        plain = without_attribution(quote)
        clause = _TOLD.search(_lost(quote, plain))
        there = [word for word in words if held(word, telling(plain))]
        if clause is None or len(there) < _SHARE * len(words) or _TOLD.search(plain):
            return []
        speakers.append(_lost(quote, plain))
    named = any(held(word, words) for lost in speakers for word in telling(lost) if word[0].isupper())
    return [] if named or not speakers else [f"its sources give that to a speaker ({speakers[0]})"]


def _lost(quote: str, plain: str) -> str:
    """What ``without_attribution`` took off a quote, in short."""
    quote = " ".join(quote.split())
    place = quote.find(plain.rstrip("."))
    cut = f"{quote[:place]} {quote[place + len(plain.rstrip('.')) :]}" if place >= 0 else quote
    return " ".join(cut.strip(" ,.").split())
