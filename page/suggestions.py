"""Questions that a document answers, as buttons: each was asked before it is offered."""

from __future__ import annotations

from html import escape

from rag import Document, Index, suggest


def suggested(document: Document, index: Index) -> str:
    """Up to three questions as buttons, or that none was found."""
    offers = "".join(
        f'<button type="button" class="offer" dir="auto">{escape(answer.question)}</button>'
        for answer in suggest(document, index)
    )
    return offers or '<p class="quiet">No question that this document surely answers was found by rule.</p>'
