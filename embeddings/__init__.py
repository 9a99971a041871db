"""Text to unit vectors. This package knows nothing of documents or questions and never imports ``rag``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embeddings.packaged import EmbedderError

if TYPE_CHECKING:
    from embeddings.minilm import MiniLM
    from embeddings.openai import OpenAIEmbedder
    from embeddings.sentence_transformer import SentenceTransformerEmbedder

DEFAULT_EMBEDDER = "all-MiniLM-L6-v2"

__all__ = ["DEFAULT_EMBEDDER", "EmbedderError", "load_embedder"]


def load_embedder(name: str | None = None) -> MiniLM | SentenceTransformerEmbedder | OpenAIEmbedder:
    """The packaged all-MiniLM-L6-v2 by default, else any sentence-transformers model by hub name or folder, or one that
    a server runs (``openai:URL#model``).

    Raises EmbedderError where the model is missing, damaged or cannot be loaded, or its server is away.
    """
    if name is None or name == DEFAULT_EMBEDDER:
        from embeddings.minilm import MiniLM

        return MiniLM()
    if name.startswith("openai:"):
        from embeddings.openai import OpenAIEmbedder

        return OpenAIEmbedder(name)
    from embeddings.sentence_transformer import SentenceTransformerEmbedder

    return SentenceTransformerEmbedder(name)
