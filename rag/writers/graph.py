"""SmolLM2 on a CPU: an OpenVINO graph built from the packaged 4-bit weights and the adapter beside them.

Nothing is rounded anew: a block's offset becomes a fractional zero point, the adapter stays two thin matrices, and the
arithmetic is fp32, so the text is that of transformers in fp32. Keys and values stay in the graph's state between
tokens. The shapes in which attention, rotary embedding and unpacking are written are those that OpenVINO fuses.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from rag.writers.smollm import (
    BLOCK,
    HEAD_SIZE,
    N_HEADS,
    N_KV_HEADS,
    N_LAYERS,
    NORM_EPSILON,
    ROPE_BASE,
    Array,
    LowRank,
    adapter,
    blocks,
    layer_name,
    read_gguf,
    write_tokenizer,
)

# In the order in which the graph takes them.
INPUTS = ("ids", "cos", "sin", "mask", "beams")
# Dynamic quantisation and an 8-bit cache would change the text.
OPTIONS = {
    "PERFORMANCE_HINT": "LATENCY",
    "ENABLE_CPU_PINNING": False,
    "INFERENCE_PRECISION_HINT": "f32",
    "DYNAMIC_QUANTIZATION_GROUP_SIZE": 0,
    "KV_CACHE_PRECISION": "f32",
}


def write_graph(target: Path, adapter_folder: Path) -> None:
    """Write ``model.xml`` and ``tokenizer.json`` into the folder ``target``. A few seconds; imports no torch."""
    import openvino

    tensors, fields = read_gguf()
    write_tokenizer(fields, target / "tokenizer.json")
    graph = _Graph(tensors, adapter(adapter_folder))
    openvino.save_model(graph.model(), target / "model.xml", compress_to_fp16=False)


def rotations(first: int, n: int) -> tuple[Array, Array]:
    """Cosines and sines of the rotary embedding for ``n`` positions from ``first``: (1, 1, n, 64) each, float32."""
    turns = 1.0 / ROPE_BASE ** (np.arange(0, HEAD_SIZE, 2, dtype=np.float32) / HEAD_SIZE)
    angles = np.arange(first, first + n, dtype=np.float32)[:, None] * turns.astype(np.float32)
    both = np.concatenate([angles, angles], axis=-1)[None, None]
    return np.cos(both), np.sin(both)


def causal_mask(first: int, n: int) -> Array:
    """What is added to attention: 0 for what a position may see, a large negative number else; (1, 1, n, first + n)."""
    seen = np.arange(first + n) <= np.arange(first, first + n)[:, None]
    return np.where(seen, 0.0, -1e9).astype(np.float32)[None, None]


class _Graph:
    """One use: ``model()`` builds it. Weights are shared with OpenVINO, which does not keep them: this object does."""

    def __init__(self, tensors: Mapping[str, Any], added: Mapping[str, LowRank]) -> None:
        from openvino import opset15

        self.op: Any = opset15
        self._tensors = tensors
        self._added = added
        self._kept: list[Array] = []
        self._sinks: list[Any] = []

    def model(self) -> Any:
        import openvino

        op = self.op
        shapes = {"ids": [-1, -1], "cos": [1, 1, -1, HEAD_SIZE], "sin": [1, 1, -1, HEAD_SIZE],
                  "mask": [1, 1, -1, -1], "beams": [-1]}  # fmt: skip
        kinds = {"ids": np.int64, "beams": np.int32}
        given = {name: op.parameter(shapes[name], kinds.get(name, np.float32), name=name) for name in INPUTS}
        table = self._embeddings()
        x = op.gather(table, given["ids"], self._index(0))
        for number in range(N_LAYERS):
            x = op.add(x, self._attention(number, x, given))
            x = op.add(x, self._feed_forward(number, x))
        last = op.gather(x, self._index([-1]), self._index(1))
        logits = op.matmul(self._norm(last, "output_norm.weight"), table, False, True)
        return openvino.Model([op.result(logits)], self._sinks, list(given.values()), "SmolLM2")

    def _attention(self, number: int, x: Any, given: Mapping[str, Any]) -> Any:
        op, layer = self.op, f"blk.{number}"
        x = self._norm(x, f"{layer}.attn_norm.weight")
        queries, keys, values = (
            self._heads(self._linear(x, f"{layer}.{kind}.weight"), heads)
            for kind, heads in (("attn_q", N_HEADS), ("attn_k", N_KV_HEADS), ("attn_v", N_KV_HEADS))
        )
        queries, keys = (self._rotated(part, given) for part in (queries, keys))
        keys, values = (
            self._cached(part, f"{kind}.{number}", given["beams"])
            for part, kind in ((keys, "keys"), (values, "values"))
        )
        said = op.scaled_dot_product_attention(queries, keys, values, given["mask"], causal=False)
        joined = op.reshape(
            op.transpose(said, self._index([0, 2, 1, 3])), self._index([0, 0, N_HEADS * HEAD_SIZE]), True
        )
        return self._linear(joined, f"{layer}.attn_output.weight")

    def _feed_forward(self, number: int, x: Any) -> Any:
        op, layer = self.op, f"blk.{number}"
        x = self._norm(x, f"{layer}.ffn_norm.weight")
        gate, up = (self._linear(x, f"{layer}.{kind}.weight") for kind in ("ffn_gate", "ffn_up"))
        return self._linear(op.multiply(op.swish(gate), up), f"{layer}.ffn_down.weight")

    def _heads(self, x: Any, n: int) -> Any:
        split = self.op.reshape(x, self._index([0, 0, n, HEAD_SIZE]), True)
        return self.op.transpose(split, self._index([0, 2, 1, 3]))

    def _rotated(self, x: Any, given: Mapping[str, Any]) -> Any:
        op, half = self.op, HEAD_SIZE // 2
        first, second = op.variadic_split(x, self._index(3), self._index([half, half])).outputs()
        turned = op.concat([op.multiply(second, self._number(-1.0)), first], -1)
        return op.add(op.multiply(x, given["cos"]), op.multiply(turned, given["sin"]))

    def _cached(self, x: Any, name: str, beams: Any) -> Any:
        """``x`` behind that of the tokens before, kept under ``name``; heads repeated for the queries they serve."""
        import openvino
        from openvino.op.util import Variable, VariableInfo

        op, info = self.op, VariableInfo()
        info.data_shape = openvino.PartialShape([-1, N_KV_HEADS, -1, HEAD_SIZE])
        info.data_type = openvino.Type.f32
        info.variable_id = name
        variable = Variable(info)
        shape = op.concat([op.shape_of(beams, "i64"), self._index([N_KV_HEADS, 0, HEAD_SIZE])], 0)
        before = op.read_value(op.broadcast(self._number(0.0), shape), variable)
        both = op.concat([op.gather(before, beams, self._index(0)), x], 2)
        self._sinks.append(op.assign(both, variable))
        ones = op.constant(np.ones((1, 1, N_HEADS // N_KV_HEADS, 1, 1), np.float32))
        repeated = op.multiply(op.unsqueeze(both, self._index(2)), ones)
        return op.reshape(repeated, self._index([0, N_HEADS, -1, HEAD_SIZE]), True)

    def _norm(self, x: Any, name: str) -> Any:
        op = self.op
        square = op.reduce_mean(op.power(x, self._number(2.0)), self._index([-1]), True)
        scale = op.divide(self._number(1.0), op.sqrt(op.add(square, self._number(NORM_EPSILON))))
        return op.multiply(op.multiply(x, scale), op.constant(self._tensors[name].data.reshape(1, 1, -1).copy()))

    def _linear(self, x: Any, name: str) -> Any:
        op = self.op
        kind, layer = layer_name(name)
        values, zero, factor = blocks(self._tensors[name], kind)
        unpacked = op.convert(self._four_bits(values), np.float32)
        weights = op.multiply(op.subtract(unpacked, op.constant(zero)), op.constant(factor))
        full = op.reshape(weights, self._index([len(values), values.shape[1] * BLOCK]), False)
        y = op.matmul(x, full, False, True)
        if layer not in self._added:
            return y
        first, second = (op.constant(part) for part in self._added[layer])
        return op.add(y, op.matmul(op.matmul(x, first, False, True), second, False, True))

    def _embeddings(self) -> Any:
        """(tokens, 576), kept in 8 bits; also the output layer."""
        op = self.op
        rows = self._tensors["token_embd.weight"].data
        raw = rows.reshape(len(rows), -1, 2 + BLOCK)
        factor, values = raw[..., :2].copy().view(np.float16), raw[..., 2:].copy().view(np.int8)
        weights = op.multiply(op.convert(op.constant(values), np.float32), op.constant(factor.astype(np.float32)))
        return op.reshape(weights, self._index([len(rows), values.shape[1] * BLOCK]), False)

    def _four_bits(self, values: Array) -> Any:
        import openvino

        flat = values.reshape(-1)
        packed = (flat[0::2] | (flat[1::2] << 4)).astype(np.uint8)
        self._kept.append(packed)
        shape = openvino.Shape(values.shape)
        return openvino.op.Constant(openvino.Tensor(packed, shape, openvino.Type.u4))

    def _index(self, value: int | list[int]) -> Any:
        return self.op.constant(np.array(value, dtype=np.int64))

    def _number(self, value: float) -> Any:
        return self.op.constant(np.float32(value))
