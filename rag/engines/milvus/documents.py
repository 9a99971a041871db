"""Documents out of their pieces."""

from __future__ import annotations

import json
from datetime import date

from rag.engines.milvus.server import Server, listed
from rag.types import Document, Section

FIELDS = ("revision", "part", "parts", "source", "about", "text")


def document(server: Server, doc_id: str, hidden: str = "") -> Document | None:
    """The document of that id among what the condition ``hidden`` lets be seen."""
    condition = f"doc_id in {listed([doc_id])}" + (f" and {hidden}" if hidden else "")
    rows = sorted(server.rows("documents", condition, FIELDS), key=lambda row: (row["revision"], row["part"]))
    if not rows or len(rows) < rows[0]["parts"]:
        return None
    rows = rows[: rows[0]["parts"]]
    about = json.loads("".join(row["about"] for row in rows))
    published = about["published"]
    return Document(
        doc_id=doc_id,
        text="".join(row["text"] for row in rows),
        title=about["title"],
        source=rows[0]["source"],
        published=None if published is None else date.fromisoformat(published),
        authors=tuple(about["authors"]),
        page_starts=tuple(about["page_starts"]),
        sections=tuple(Section(*section) for section in about["sections"]),
    )
