"""What reader and checker run on: OpenVINO on a CPU, PyTorch on a GPU; the same weights, the same answers."""

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

# ids, segments and mask in, (rows, tokens) each; out the logits of each head that the weights have, in this order:
# spans (rows, tokens, 2), and what [CLS] says of the pair (rows,), "this passage answers" or "this bears it out"
Network = Callable[[Tokens, Tokens, Tokens], tuple[Logits, ...]]

INPUTS = ("input_ids", "token_type_ids", "attention_mask")


def load_network(folder: Path) -> Network:
    """The network of the weights in ``folder`` on what is fastest here, safe to call from several threads at once."""
    # A GPU is looked for without torch, whose import takes seconds.
    return on_torch(folder, "cuda") if Path("/proc/driver/nvidia/gpus").is_dir() else on_openvino(folder)


def on_openvino(folder: Path) -> Network:
    """Converted once and cached; bf16 where the processor multiplies it, else fp32. Imports no torch."""
    with (folder / "model.safetensors").open("rb") as stream:
        version = hashlib.file_digest(stream, "sha256").hexdigest()[:12]
    network = compiled(f"{folder.name}-{version}", lambda: torch_network(folder), INPUTS)

    def run(*inputs: Tokens) -> tuple[Logits, ...]:
        # One request object a call: a shared one would refuse calls from two threads at once.
        said = network.create_infer_request().infer(dict(zip(INPUTS, inputs, strict=True)))
        return tuple(np.asarray(said[i]) for i in range(len(said)))

    return run


def on_torch(folder: Path, device: str) -> Network:
    """The same in PyTorch on any of its devices: fp32 on "cpu" (the reference), bf16 on "cuda"."""
    import torch

    network = torch_network(folder).to(device)

    def run(*inputs: Tokens) -> tuple[Logits, ...]:
        tensors = (torch.from_numpy(part).to(device) for part in inputs)
        with torch.inference_mode(), torch.autocast(device, torch.bfloat16, enabled=device != "cpu"):
            said = network(*tensors)
        return tuple(logits.float().cpu().numpy() for logits in said)

    return run


def torch_network(folder: Path) -> Any:
    """Backbone and heads of the weights as a torch module: ids, segments and mask in, logits out."""
    import torch
    from safetensors.torch import load_file
    from transformers import BertConfig, BertModel

    config = BertConfig.from_pretrained(folder, dtype="float32", attn_implementation="eager")
    weights = {name: tensor.float() for name, tensor in load_file(folder / "model.safetensors").items()}

    class PairNetwork(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.bert = BertModel(config, add_pooling_layer=False)
            if "qa_outputs.weight" in weights:
                self.qa_outputs = torch.nn.Linear(config.hidden_size, 2)
            self.answer_head = torch.nn.Linear(config.hidden_size, 1)

        def forward(
            self, input_ids: torch.Tensor, token_type_ids: torch.Tensor, attention_mask: torch.Tensor
        ) -> tuple[torch.Tensor, ...]:
            states = self.bert(
                input_ids=input_ids, token_type_ids=token_type_ids, attention_mask=attention_mask
            ).last_hidden_state
            pair = self.answer_head(states[:, 0]).squeeze(-1)
            return (self.qa_outputs(states), pair) if hasattr(self, "qa_outputs") else (pair,)

    network = PairNetwork()
    network.load_state_dict(weights)
    return network.eval()
