"""Any sentence-transformers model, by hub name or folder."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embeddings.packaged import EmbedderError
from embeddings.quiet import quiet_transformers


class SentenceTransformerEmbedder:
    """Text to unit vectors with the prompts that the model brings for queries and documents, if any.

    Raises EmbedderError where the model cannot be loaded.
    """

    def __init__(self, name: str) -> None:
        from sentence_transformers import SentenceTransformer

        quiet_transformers()
        try:
            self._model = SentenceTransformer(name, trust_remote_code=False, model_kwargs={"use_safetensors": True})
        except Exception as error:  # the library raises whatever its parts raise
            raise EmbedderError(
                f"cannot load the embedder {name!r} ({error}); give a folder that holds a sentence-transformers model, "
                "or a hub name while online"
            ) from error
        dimensions = self._model.get_embedding_dimension()
        assert dimensions is not None, "a model that embeds has a dimension"
        self.dimensions: int = dimensions
        self.fingerprint = f"{Path(name).name}@{self._version(name)}"

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, dimensions) float32, rows of unit length."""
        return self._rows(self._model.encode_query, texts)

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, dimensions) float32, rows of unit length."""
        return self._rows(self._model.encode_document, texts)

    def _rows(self, encode: Callable[..., Any], texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = encode(list(texts), normalize_embeddings=True, show_progress_bar=False, convert_to_numpy=True)
        return np.asarray(vectors, dtype=np.float32).reshape(len(texts), self.dimensions)

    def _version(self, name: str) -> str:
        """A digest of the weights as loaded: the same for a hub name and for a copy of it in a folder."""
        digest = hashlib.sha256()
        for key, tensor in sorted(self._model.state_dict().items()):
            digest.update(key.encode())
            digest.update(tensor.detach().cpu().contiguous().float().numpy().tobytes())
        return digest.hexdigest()[:12]
