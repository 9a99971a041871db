"""Small networks on the CPU: converted once to OpenVINO, cached, and from then on run without torch."""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embeddings.packaged import cache_folder
from embeddings.quiet import quiet_transformers


def compiled(name: str, network: Callable[[], Any], inputs: Sequence[str], *, streams: int = 1) -> Any:
    """The OpenVINO network cached under ``name``, which must change whenever its weights do.

    Where it is not cached, ``network`` makes the torch module to convert; ``inputs`` names its arguments, each
    (rows, tokens) int64. It runs in fp32, or bf16 where the processor has it, on as many threads as
    ``$OMP_NUM_THREADS`` says: Dask sets it for its workers, so that they do not get in each other's way. With several
    ``streams`` (at most a thread each) as many batches are computed side by side: each takes longer, all take less.
    """
    import openvino

    converted = cache_folder() / name / "model.xml"
    if not converted.is_file():
        quiet_transformers()
        _convert(network(), inputs, converted)
    # Pinned, the networks of all processes would be on the same cores, the first ones.
    options: dict[str, str | int | bool] = {"ENABLE_CPU_PINNING": False}
    n_threads = os.cpu_count() or 1
    if (threads := os.environ.get("OMP_NUM_THREADS", "")).isdecimal() and int(threads):
        options["INFERENCE_NUM_THREADS"] = n_threads = int(threads)
    if streams > 1:
        options |= {"PERFORMANCE_HINT": "THROUGHPUT", "NUM_STREAMS": min(streams, n_threads)}
    else:
        options["PERFORMANCE_HINT"] = "LATENCY"
    return openvino.Core().compile_model(converted, "CPU", options)


def padded(rows: Sequence[Sequence[int]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Token ids padded with 0 and their mask, both (rows, tokens of the longest)."""
    ids = np.zeros((len(rows), max(map(len, rows), default=0)), dtype=np.int64)
    mask = np.zeros_like(ids)
    for i, tokens in enumerate(rows):
        ids[i, : len(tokens)] = tokens
        mask[i, : len(tokens)] = 1
    return ids, mask


def _convert(network: Any, inputs: Sequence[str], target: Path) -> None:
    """Write ``target`` (OpenVINO IR), whole or not at all."""
    import openvino
    import torch

    # The public convert_model() would report its use over the network; the frontend below it does not.
    from openvino.frontend import FrontEndManager
    from openvino.frontend.pytorch.ts_decoder import TorchScriptPythonDecoder

    example = dict.fromkeys(inputs, torch.ones(2, 8, dtype=torch.long))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tracing warns of shapes that are dynamic on purpose
        traced = TorchScriptPythonDecoder(network.eval(), example_input=example)
        frontend = FrontEndManager().load_by_framework("pytorch")
        model = frontend.convert(frontend.load(traced))
    target.parent.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent.parent) as scratch:
        openvino.save_model(model, Path(scratch) / "new" / target.name, compress_to_fp16=False)
        if not target.is_file():  # another process may have been faster
            shutil.rmtree(target.parent, ignore_errors=True)
            (Path(scratch) / "new").rename(target.parent)
