"""What the reader runs on: OpenVINO on a CPU, PyTorch on a GPU; the same weights, the same answers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embeddings.cpu import compiled

Tokens = NDArray[np.int64]  # (rows, tokens)
Logits = NDArray[np.float32]

# ids, segments and mask in; span logits (rows, tokens, 2) and the logits (rows,) of "this passage answers" out
Network = Callable[[Tokens, Tokens, Tokens], tuple[Logits, Logits]]

INPUTS = ("input_ids", "token_type_ids", "attention_mask")


def load_network(folder: Path) -> Network:
    """The network of the weights in ``folder`` on what is fastest here, safe to call from several threads at once."""
    # A GPU is looked for without torch, whose import takes seconds.
    return on_torch(folder, "cuda") if Path("/proc/driver/nvidia/gpus").is_dir() else on_openvino(folder)


def on_openvino(folder: Path) -> Network:
    """Converted once and cached; bf16 where the processor multiplies it, else fp32. Imports no torch."""
    with (folder / "model.safetensors").open("rb") as stream:
        version = hashlib.file_digest(stream, "sha256").hexdigest()[:12]
    network = compiled(f"reader-{version}", lambda: torch_network(folder), INPUTS)

    def run(*inputs: Tokens) -> tuple[Logits, Logits]:
        # One request object a call: a shared one would refuse calls from two threads at once.
        said = network.create_infer_request().infer(dict(zip(INPUTS, inputs, strict=True)))
        return np.asarray(said[0]), np.asarray(said[1])

    return run


def on_torch(folder: Path, device: str) -> Network:
    """The same in PyTorch on any of its devices: fp32 on "cpu" (the reference), bf16 on "cuda"."""
    import torch

    network = torch_network(folder).to(device)

    def run(*inputs: Tokens) -> tuple[Logits, Logits]:
        tensors = (torch.from_numpy(part).to(device) for part in inputs)
        with torch.inference_mode(), torch.autocast(device, torch.bfloat16, enabled=device != "cpu"):
            spans, answers = network(*tensors)
        return spans.float().cpu().numpy(), answers.float().cpu().numpy()

    return run


def torch_network(folder: Path) -> Any:
    """The reader as a torch module: ids, segments and mask in, logits out. ``training`` made its weights."""
    import torch
    from safetensors.torch import load_file
    from transformers import BertConfig, BertModel

    config = BertConfig.from_pretrained(folder, dtype="float32", attn_implementation="eager")

    class ReaderNetwork(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.bert = BertModel(config, add_pooling_layer=False)
            self.qa_outputs = torch.nn.Linear(config.hidden_size, 2)
            self.answer_head = torch.nn.Linear(config.hidden_size, 1)

        def forward(
            self, input_ids: torch.Tensor, token_type_ids: torch.Tensor, attention_mask: torch.Tensor
        ) -> tuple[torch.Tensor, torch.Tensor]:
            states = self.bert(
                input_ids=input_ids, token_type_ids=token_type_ids, attention_mask=attention_mask
            ).last_hidden_state
            return self.qa_outputs(states), self.answer_head(states[:, 0]).squeeze(-1)

    network = ReaderNetwork()
    network.load_state_dict({name: t.float() for name, t in load_file(folder / "model.safetensors").items()})
    return network.eval()
