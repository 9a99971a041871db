"""Whether the weights and data that ship are those that were shipped: their SHA-256 stand in ``models/SHA256SUMS``.

``python -m rag.shipped`` writes that file anew, after weights or data were changed on purpose.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

HERE = Path(__file__).parent
SUMS = HERE / "models" / "SHA256SUMS"
SUFFIXES = (".safetensors", ".json", ".txt")


def altered() -> list[str]:
    """The files that are missing or not as they were shipped, by their paths below ``rag``."""
    lines = SUMS.read_text(encoding="utf-8").splitlines()
    expected = {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
    held = {str(path.relative_to(HERE)): path for path in _files()}
    return sorted(
        {name for name, digest in expected.items() if name not in held or _digest(held[name]) != digest}
        | (held.keys() - expected.keys())
    )


def write() -> None:
    """Take the files as they are for those that ship."""
    lines = [f"{_digest(path)}  {path.relative_to(HERE)}" for path in _files()]
    SUMS.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _files() -> list[Path]:
    return sorted(
        path for folder in ("data", "models") for path in (HERE / folder).rglob("*") if path.suffix in SUFFIXES
    )


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


if __name__ == "__main__":
    write()
