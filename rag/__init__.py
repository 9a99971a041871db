"""Ask your own documents a question; get an answer with a verified quote behind every sentence."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rag.checking import check, unsupported
    from rag.citations import verified
    from rag.disagreement import disagree
    from rag.followup import standalone
    from rag.index import Index
    from rag.occasions import Statement
    from rag.parsers import SUFFIXES
    from rag.pipeline import ask, stream, warm_up
    from rag.reader import load_reader
    from rag.suggesting import suggest
    from rag.types import Answer, Check, Citation, Document, Finding, Hit, Passage, Report, Source
    from rag.writers import load_writer

__all__ = [
    "SUFFIXES",
    "Answer",
    "Check",
    "Citation",
    "Document",
    "Finding",
    "Hit",
    "Index",
    "Passage",
    "Report",
    "Source",
    "Statement",
    "ask",
    "check",
    "disagree",
    "load_reader",
    "load_writer",
    "standalone",
    "stream",
    "suggest",
    "unsupported",
    "verified",
    "warm_up",
]

_HOMES = {
    "Index": "rag.index",
    "SUFFIXES": "rag.parsers",
    "Statement": "rag.occasions",
    "ask": "rag.pipeline",
    "check": "rag.checking",
    "disagree": "rag.disagreement",
    "load_reader": "rag.reader",
    "load_writer": "rag.writers",
    "standalone": "rag.followup",
    "stream": "rag.pipeline",
    "suggest": "rag.suggesting",
    "unsupported": "rag.checking",
    "verified": "rag.citations",
    "warm_up": "rag.pipeline",
}


def __getattr__(name: str) -> Any:
    # Names load when first used: `footnote --help` must not wait for faiss.
    if name in __all__:
        return getattr(import_module(_HOMES.get(name, "rag.types")), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
