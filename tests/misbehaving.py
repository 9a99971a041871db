"""What stands in for a parser's library that hangs, hoards or reaches out; light, since other processes import it."""

from __future__ import annotations

import time

from rag.chunking import split
from rag.types import Document, Passage


def hang_at_one(document: Document) -> list[Passage]:
    if "ferry 1 " in document.text:
        time.sleep(1000)
    return split(document)


def hoard_at_one(document: Document) -> list[Passage]:
    if "ferry 1 " in document.text:
        return [bytes(10_000_000) for _ in range(1000)]  # type: ignore[misc]
    return split(document)


def reach_out(document: Document) -> list[Passage]:
    if "connect" in document.text:
        import socket

        socket.create_connection(("127.0.0.1", 9), timeout=1)
    import subprocess

    subprocess.run(["true"], check=True)
    return split(document)
