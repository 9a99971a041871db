"""Ask your own documents a question; get an answer with a verified quote behind every sentence."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rag.index import Index
    from rag.pipeline import ask, stream
    from rag.types import Answer, Citation, Document, Finding, Hit, Passage, Report, Source

__all__ = [
    "Answer",
    "Citation",
    "Document",
    "Finding",
    "Hit",
    "Index",
    "Passage",
    "Report",
    "Source",
    "ask",
    "stream",
]

_HOMES = {"Index": "rag.index", "ask": "rag.pipeline", "stream": "rag.pipeline"}


def __getattr__(name: str) -> Any:
    # Names load when first used: `footnote --help` must not wait for faiss.
    if name in __all__:
        return getattr(import_module(_HOMES.get(name, "rag.types")), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
