"""An index in Milvus: five collections whose names begin alike, for any number of processes and machines.

Vectors and keywords (BM25 over the same words as on the embedded engine) are ranked inside Milvus, filters included.
``tables`` tells how a file is there whole or not at all.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.engines import Within, local_folder
from rag.engines.milvus import tables, writing
from rag.engines.milvus.documents import document
from rag.engines.milvus.ranking import Looking, seen
from rag.engines.milvus.server import Row, Server, listed
from rag.engines.milvus.tables import NOTHING, Change
from rag.errors import UnknownDocument
from rag.store import ParsedFile, StoredFile
from rag.types import Document, Source

FILES_A_CHANGE, JOURNAL = 30, 60_000  # the journal tells of all of them in one text, of 64 kB at most
ABOUT = 500  # of it, for what it tells of a file beside its source
ASKED_AT_ONCE = 200  # keys in one condition
_FILE = ("source", "revision", "sha256", "added", "size", "mtime_ns", "n_documents", "n_passages")


class Milvus:
    """An ``Engine`` in collections of a Milvus, or of a local file of milvus-lite."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._names: set[str] = set()  # that this process has written

    @classmethod
    def open(cls, address: str, *, create: bool) -> Milvus:
        server = Server(address)
        tables.prepare(server, create=create)
        return cls(server)

    @property
    def address(self) -> str:
        return self._server.address

    @property
    def folder(self) -> Path:
        return local_folder(self.address)

    def meta(self, key: str) -> str | None:
        return tables.meta(self._server, key)

    def claim(self, key: str, value: str) -> str:
        if (found := self.meta(key)) is not None:
            return found
        self._server.put("meta", [{"name": key, "value": value, **NOTHING}])
        return str(self.meta(key))

    def files(self, sources: Sequence[str] | None = None) -> dict[str, StoredFile]:
        return {
            row["source"]: StoredFile(row["sha256"], row["size"], row["mtime_ns"])
            for row in self._files(None if sources is None else list(sources))
        }

    def touch(self, stats: Iterable[tuple[str, int, int]]) -> None:
        changed = {source: {"size": size, "mtime_ns": mtime_ns} for source, size, mtime_ns in stats}
        tables.put_files(self._server, [{**row, **changed[row["source"]]} for row in self._files(list(changed))])

    def known_vectors(self, digests: Iterable[bytes]) -> dict[bytes, NDArray[np.float32]]:
        if not self._server.has("passages"):
            return {}
        found = {}
        keys = [digest.hex() for digest in digests]
        for at in range(0, len(keys), ASKED_AT_ONCE):
            condition = f"digest in {listed(keys[at : at + ASKED_AT_ONCE])}"
            for row in self._server.rows("passages", condition, ["digest", "vector"]):
                found[bytes.fromhex(row["digest"])] = np.array(row["vector"], dtype=np.float32)
        return found

    def replace(self, files: Iterable[ParsedFile]) -> None:
        for group in _together(files):
            dimensions = next((v.shape[1] for file in group for v in file.vectors if len(v)), None)
            if dimensions is not None:
                self._server.create("passages", tables.passages(dimensions), words=True)
            writing.replace(self._server, group, self._names)

    def settle(self) -> None:
        """Milvus indexes by itself."""

    def remove_files(self, sources: Iterable[str]) -> None:
        wanted = list(sources)
        rows = {row["source"]: row for row in self._files(wanted)}
        for source in wanted:
            if source not in rows:
                raise UnknownDocument(f"{source} is not in the index; see what is with: footnote sources")
        for source in wanted:
            self._change(Change(secrets.randbits(62), 1, revisions=[rows[source]["revision"]], drop=source))

    def remove_document(self, doc_id: str) -> None:
        rows = self._server.rows("documents", f"doc_id in {listed([doc_id])}", ["source", "n_passages"])
        files = self._files([row["source"] for row in rows[:1]])
        if not rows or not files:
            raise UnknownDocument(f"no document {doc_id!r} in the index; list what is there with: footnote sources")
        [file] = files
        change = Change(secrets.randbits(62), 1, doc_ids=[doc_id])
        if file["n_documents"] > 1:
            left = {"n_documents": file["n_documents"] - 1, "n_passages": file["n_passages"] - rows[0]["n_passages"]}
            change.files = [{**file, **left, "sha256": ""}]
        else:
            change.drop = file["source"]
        self._change(change)

    def sources(self) -> list[Source]:
        rows = sorted(self._files(None), key=lambda row: str(row["source"]))
        return [Source(row["source"], row["n_documents"], row["n_passages"], row["added"]) for row in rows]

    def doc_ids(self) -> list[str]:
        condition = " and ".join(part for part in ("part == 0", self._seen()) if part)
        rows = self._server.rows("documents", condition, ["doc_id", "came"])
        return [row["doc_id"] for row in sorted(rows, key=lambda row: (row["came"], row["doc_id"]))]

    def document(self, doc_id: str) -> Document | None:
        return document(self._server, doc_id, self._seen())

    def n_documents(self) -> int:
        return self._server.count("documents", " and ".join(part for part in ("part == 0", self._seen()) if part))

    def n_passages(self) -> int:
        return self._server.count("passages", self._seen()) if self._server.has("passages") else 0

    @contextmanager
    def looking(self, within: Within, *, dense: bool) -> Iterator[Looking]:
        yield Looking(self._server, within)

    def compact(self) -> None:
        """Tidy up; Milvus merges what it stores by itself."""
        tables.tidy(self._server)

    def check(self) -> list[str]:
        files = self._files(None)
        told = (sum(row["n_documents"] for row in files), sum(row["n_passages"] for row in files))
        held = (self.n_documents(), self.n_passages())
        if told == held:
            return []
        return ["files tell of {} documents and {} passages, there are {} and {}".format(*told, *held)]

    def close(self) -> None:
        self._server.close()

    def _change(self, change: Change) -> None:
        """Hide what goes, which is when it is gone; then delete it."""
        try:
            tables.note(self._server, change)
            tables.finish(self._server, change)
        finally:
            tables.leave([change])

    def _seen(self) -> str:
        return seen(tables.journal(self._server))

    def _files(self, sources: Sequence[str] | None) -> list[Row]:
        """The rows of files, as they read once the changes that have happened are done."""
        if sources is None:
            rows = self._server.rows("files", 'source != ""', _FILE)
        else:
            rows = [
                row
                for at in range(0, len(sources), ASKED_AT_ONCE)
                for row in self._server.rows("files", f"source in {listed(sources[at : at + ASKED_AT_ONCE])}", _FILE)
            ]
        found = {row["source"]: {name: row[name] for name in _FILE} for row in rows}
        for change in tables.journal(self._server):
            if change.drop:
                found.pop(change.drop, None)
            for file in change.files:
                if sources is None or file["source"] in sources:
                    found[file["source"]] = {name: file[name] for name in _FILE}
        return list(found.values())


def _together(files: Iterable[ParsedFile]) -> Iterator[list[ParsedFile]]:
    """Files that are stored in one change: as many as the journal can tell of."""
    group: list[ParsedFile] = []
    told = 0
    for file in files:
        size = ABOUT + len(json.dumps(file.source))
        if group and (len(group) == FILES_A_CHANGE or told + size > JOURNAL):
            yield group
            group, told = [], 0
        group.append(file)
        told += size
    if group:
        yield group
