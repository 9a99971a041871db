"""Model files that arrive as Python packages: found without importing them, and verified before they are used."""

from __future__ import annotations

import hashlib
import os
from importlib.util import find_spec
from pathlib import Path

from platformdirs import user_cache_path


class EmbedderError(Exception):
    """A packaged model is missing or damaged, or an embedder cannot be loaded."""


def find_packaged(package: str, file: str, sha256: str, *, install: str) -> Path:
    """The path of ``file`` inside an installed ``package``, its content checked against ``sha256`` (hex).

    Raises EmbedderError, whose text ends in ``install`` (the line that cures it), where either is not as it should be.
    """
    spec = find_spec(package)
    folders = spec.submodule_search_locations if spec is not None else None
    path = Path(folders[0]) / file if folders else None
    if path is None or not path.is_file():
        raise EmbedderError(f"the model package {package!r} is not installed; install it with: {install}")
    with path.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != sha256:
        raise EmbedderError(
            f"{path} is damaged (its sha256 is {found[:12]}…, not {sha256[:12]}…); "
            f"reinstall it with: {install} --force-reinstall"
        )
    return path


def cache_folder() -> Path:
    """Where converted models are kept: ``$FOOTNOTE_CACHE``, else the user's cache directory."""
    chosen = os.environ.get("FOOTNOTE_CACHE")
    return Path(chosen) if chosen else user_cache_path("footnote")
