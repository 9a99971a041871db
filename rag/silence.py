"""Why there is no answer, in words that help to ask again or to add what is missing."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.premises import Premises
from rag.types import Finding, Hit

EMPTY = "The index is empty: add documents first."
NO_HITS = "No passage matches the question under these filters."
NOTHING_READ = "The reader found nothing in the passages that were found."
_ASKED = re.compile(
    r"\b(who|whom|whose|when|where|why|how (?:many|much|long|old|tall|far|large|big)|how|which [a-z]+|"
    r"what (?!is|are|was|were|did|do|does|has|have|had)[a-z]+)\b",
    re.IGNORECASE,
)


def why_silent(question: str, findings: Sequence[Finding], hits: Sequence[Hit], *, empty: bool) -> str:
    """The reason for an answer that is not given: what of the question the passages found do not speak of.

    ``findings`` are those of ``hits``, best first; ``empty`` says that the index holds nothing.
    """
    if not hits:
        return EMPTY if empty else NO_HITS
    if not findings:
        return NOTHING_READ
    premises = Premises.of(question)
    texts = [f"{hit.title}. {hit.passage.heading}. {hit.passage.text}" for hit in hits]
    lacked = [premises.lacked(text) for text in texts]
    nowhere = [name for name in lacked[0] if all(name in names for names in lacked)]
    if nowhere:
        return f"No passage found speaks of {' or '.join(nowhere)}."
    nearest = findings[0].passage
    year = premises.when.year if premises.when is not None else None
    title = ""
    for hit, text in zip(hits, texts, strict=True):
        if hit.passage == nearest:
            title = hit.title
            if years := premises.other_years(text, hit.published):
                return f"The nearest passage speaks of {_listed(years)}, not of {year}."
    asked = _ASKED.search(question)
    if asked is None:
        return f"Nothing found answers this surely enough; the nearest is “{title}”."
    return f"“{title}” comes near, but no passage found says {asked[1].lower()}."


def _listed(years: Sequence[int]) -> str:
    shown = [str(year) for year in dict.fromkeys(years)][-3:]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
