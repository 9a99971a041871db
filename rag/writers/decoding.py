"""Greedy decoding of SmolLM2 on a CPU, token by token, without torch."""

from __future__ import annotations

from collections.abc import Generator
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from embeddings.packaged import cache_folder
from rag.writers.graph import OPTIONS, causal_mask, rotations, write_graph
from rag.writers.smollm import ADAPTER, NAME, made_once, version

END = 2  # <|im_end|>


class Decoder:
    """The packaged model with its adapter, converted once and cached. Loading it imports no torch."""

    def __init__(self, adapter_folder: Path = ADAPTER) -> None:
        self._adapter = adapter_folder
        self._folder = made_once(
            cache_folder() / f"{NAME}-{version(adapter_folder)}",
            lambda to: write_graph(to, adapter_folder),
            "model.xml",
        )

    def load(self) -> None:
        """Load now rather than with the first text."""
        self._graph, self._tokenizer  # noqa: B018 (cached properties: reading them loads)

    def texts(self, prompt: str, max_new_tokens: int) -> Generator[tuple[str, bool]]:
        """The text so far after each token, and whether the model has ended it. Closing the iterator stops it."""
        ids = np.array([self._tokenizer.encode(prompt, add_special_tokens=False).ids], dtype=np.int64)
        request = self._graph.create_infer_request()
        written: list[int] = []
        n_before, text = 0, ""
        for _ in range(max_new_tokens):
            n = ids.shape[1]
            cos, sin = rotations(n_before, n)
            beam = np.zeros(1, dtype=np.int32)
            said = request.infer([ids, cos, sin, causal_mask(n_before, n), beam])
            n_before += n
            token = int(said[0][0, -1].argmax())
            if token == END:
                yield text, True
                return
            written.append(token)
            decoded = self._tokenizer.decode(written)
            if not decoded.endswith("\ufffd"):  # the token is part of a character
                text = decoded
                yield text, False
            ids = np.array([[token]], dtype=np.int64)

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        return Tokenizer.from_file(str(self._folder / "tokenizer.json"))

    @cached_property
    def _graph(self) -> Any:
        import openvino

        return openvino.Core().compile_model(self._folder / "model.xml", "CPU", OPTIONS)
