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

CLS, SEP = 101, 102  # of the uncased BERT vocabulary
INPUTS = ("input_ids", "token_type_ids", "attention_mask")


def load_network(folder: Path, *, base: Path | None = None) -> Network:
    """The network of the weights in ``folder`` on what is fastest here, safe to call from several threads at once.

    ``base`` is the folder of the network whose configuration and layers it has where it has none of its own.
    """
    # A GPU is looked for without torch, whose import takes seconds.
    gpu = Path("/proc/driver/nvidia/gpus").is_dir()
    return on_torch(folder, "cuda", base=base) if gpu else on_openvino(folder, base=base)


def load_tokenizer(folder: Path) -> Any:
    """The tokenizer in ``folder``, which neither cuts nor fills up. Imports no torch."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def on_openvino(folder: Path, *, base: Path | None = None) -> Network:
    """Converted once and cached; bf16 where the processor multiplies it, else fp32. Imports no torch."""
    version = "-".join(_version(part) for part in (folder, base) if part is not None)
    network = compiled(f"{folder.name}-{version}", lambda: torch_network(folder, base=base), INPUTS)

    def run(*inputs: Tokens) -> tuple[Logits, ...]:
        # One request object a call: a shared one would refuse calls from two threads at once.
        said = network.create_infer_request().infer(dict(zip(INPUTS, inputs, strict=True)))
        return tuple(np.asarray(said[i]) for i in range(len(said)))

    return run


def _version(folder: Path) -> str:
    with (folder / "model.safetensors").open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()[:12]


def on_torch(folder: Path, device: str, *, base: Path | None = None) -> Network:
    """The same in PyTorch on any of its devices: fp32 on "cpu" (the reference), bf16 on "cuda"."""
    import torch

    network = torch_network(folder, base=base).to(device)

    def run(*inputs: Tokens) -> tuple[Logits, ...]:
        tensors = (torch.from_numpy(part).to(device) for part in inputs)
        with torch.inference_mode(), torch.autocast(device, torch.bfloat16, enabled=device != "cpu"):
            said = network(*tensors)
        return tuple(logits.float().cpu().numpy() for logits in said)

    return run


def torch_network(folder: Path, *, base: Path | None = None) -> Any:
    """Backbone and heads of the weights as a torch module: ids, segments and mask in, logits out."""
    import torch
    from safetensors.torch import load_file
    from transformers import BertConfig, BertModel

    layers = [base, folder] if base is not None else [folder]
    config = BertConfig.from_pretrained(layers[0], dtype="float32", attn_implementation="eager")
    stored = {name: tensor for part in layers for name, tensor in load_file(part / "model.safetensors").items()}
    weights = {name: tensor.float() for name, tensor in stored.items()}

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
