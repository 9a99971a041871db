"""Findings to sentences with [n] markers: one file a writer, imported when it is used."""

from __future__ import annotations

from functools import lru_cache

from rag.errors import OptionError
from rag.types import Writer

WRITERS = ("quote", "local", "openai")


@lru_cache(maxsize=4)
def load_writer(name: str, model: str | None = None) -> Writer:
    """The writer of that name, kept for the life of the process so that its model stays loaded.

    ``model`` is a transformers model (hub name or folder) for "local", the server's name for it for "openai", and
    nothing for "quote". Raises OptionError for an unknown name; models load, and fail, when first used.
    """
    if name == "quote":
        from rag.writers.quote import QuoteWriter

        return QuoteWriter()
    if name == "local":
        from rag.writers.local import LocalWriter

        return LocalWriter(model)
    if name == "openai":
        from rag.writers.openai import OpenAIWriter

        return OpenAIWriter(model)
    raise OptionError(f"no writer {name!r}; choose one of {', '.join(WRITERS)}")
