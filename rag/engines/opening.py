"""Which engine an address names."""

from __future__ import annotations

import os
from pathlib import Path

from rag.engines import Engine, is_address, shown
from rag.errors import MissingExtra, StoreError


def open_engine(where: str | os.PathLike[str], *, create: bool) -> Engine:
    """The engine of a folder or an address.

    Raises IndexNotFound where nothing is and ``create`` is false, StoreError for a place that cannot hold an index,
    MissingExtra where the engine's package is not installed.
    """
    if not is_address(where):
        from rag.engines.embedded import Embedded

        return Embedded.open(Path(where), create=create)
    address = str(where)
    scheme = address.split("://")[0]
    try:
        if scheme in ("postgresql", "postgres"):
            from rag.engines.postgres import Postgres

            return Postgres.open(address, create=create)
        if scheme in ("milvus", "milvus+https"):
            from rag.engines.milvus import Milvus

            return Milvus.open(address, create=create)
    except ImportError as error:
        extra = "milvus" if scheme.startswith("milvus") else "postgres"
        raise MissingExtra(f"an index in {extra.title()} ({error})", extra) from error
    raise StoreError(
        f"{shown(address)}: an index is a folder, postgresql://HOST/DATABASE or milvus://HOST:PORT/COLLECTION"
    )
