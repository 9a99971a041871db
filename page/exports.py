"""What leaves the page: answers as Markdown and JSON, judged answers as candidates for a gold set."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from page.markup import day, named
from page.records import Turn
from rag import Answer, Citation
from rag.types import Document, Finding

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~])")
_MARKER = re.compile(r"\\\[(\d+)\\\]")


def markdown(answer: Answer) -> str:
    """Question, text and numbered quotes as Markdown; what documents say is escaped, so that it shows as it stands."""
    text = _MARKER.sub(r"[\1]", _plain(answer.text))
    parts = [f"**{_plain(answer.question)}**", text]
    if answer.reason:
        parts.append(_plain(answer.reason))
    if answer.disagreements:
        values = "; ".join(f"{_plain(d.value)} {''.join(f'[{n}]' for n in d.numbers)}" for d in answer.disagreements)
        parts.append(f"The sources disagree: {values}.")
    parts += [f"[{c.number}] “{_plain(c.quote)}”  \n{_where(c)}" for c in answer.citations]
    return "\n\n".join(part for part in parts if part) + "\n"


def conversation(title: str, turns: Iterable[Turn]) -> str:
    """A conversation as JSON: each answer whole, with its filters and what was said of it."""
    rows = [
        {"answer": turn.answer.to_dict(), "filters": turn.filters.to_dict(), "stopped": turn.stopped,
         "verdict": turn.verdict, "note": turn.note}
        for turn in turns
    ]  # fmt: skip
    return json.dumps({"title": title, "turns": rows}, ensure_ascii=False, indent=1)


def gold_candidate(turn: Turn) -> dict[str, Any]:
    """A judged answer as a row of a gold set, to be mended by a person (``footnote eval review``).

    A right answer's own words become the gold answer, and its quotes the evidence. Of a wrong one the question is kept,
    and the note says what is known.
    """
    answer = turn.answer
    right = turn.verdict == "right"
    said = right and answer.status != "abstained"
    values = [[d.value] for d in answer.disagreements] or [[finding.answer] for finding in _said_first(answer)]
    kind = "conflict" if answer.status == "disputed" else "fact" if said else "unanswerable" if right else "unreviewed"
    return {
        "id": f"feedback-{turn.id}",
        "type": kind,
        "question": answer.query or answer.question,
        "answer": values if said else [],
        "evidence": [c.quote for c in answer.citations] if said else [],
        "review": "unreviewed",
        "verdict": turn.verdict,
        "note": turn.note,
        "said": answer.text,
    }


def _said_first(answer: Answer) -> list[Finding]:
    """The finding that the first citation quotes: what a later text tells, or a rule, may be said before the best."""
    places = [(citation.doc_id, citation.start, citation.end) for citation in answer.citations[:1]]
    cited = [f for f in answer.findings if (f.passage.doc_id, f.start, f.end) in places]
    return (cited or list(answer.findings))[:1]


def _plain(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _where(citation: Citation | Document) -> str:
    parts = [_plain(named(citation)), day(citation.published)]
    if isinstance(citation, Citation) and citation.page is not None:
        parts.append(f"page {citation.page}")
    return " · ".join([*parts, _plain(Path(citation.source).name)])
