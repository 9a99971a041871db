"""The collections of an index in Milvus, and the journal that makes a change of several of them one change.

Milvus has no transactions. A change first writes down, in a row of ``meta``, what a reader must not see: the new rows.
It writes these; then it adds a row that takes the place of the first and hides the old rows instead: that is the moment
at which the change happens. What is left is tidying, and whoever opens the index does it where somebody died. (No row
is overwritten: for a reader beside it that may be a deletion and an insertion.)
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from pymilvus import DataType

from rag.engines.milvus.server import TEXT, Row, Server, listed
from rag.errors import IndexFormatError, IndexNotFound

FORMAT_VERSION = "1"
LEASE = 600.0  # seconds after which a change of another machine counts as given up
NOTHING = {"none": [1.0, 0.0]}  # every collection must have a vector
PARTS = ("files", "documents", "names", "meta", "passages")
CLOSED = "pending:"  # what the names of journal rows begin with

_active: set[int] = set()  # changes that this process is at


def _text(most: int = TEXT, **more: Any) -> tuple[Any, Row]:
    return DataType.VARCHAR, {"max_length": most, **more}


_KEY = 1024  # bytes: of a document's id, a name
_SOURCE = 4096  # of a path: as long as Linux has them
_NUMBER: tuple[Any, Row] = (DataType.INT64, {})
_NONE = ("none", DataType.FLOAT_VECTOR, {"dim": 2})
_WORDS = ("words", *_text(enable_analyzer=True, analyzer_params={"tokenizer": "standard"}))
META = [("name", *_text(_KEY)), ("value", *_text()), _NONE]
FILES = [
    ("key", *_text(64)), ("source", *_text(_SOURCE)), ("revision", DataType.INT64, {"sought": True}),
    ("sha256", *_text(64)), ("added", *_text(64)), ("size", *_NUMBER), ("mtime_ns", *_NUMBER),
    ("n_documents", *_NUMBER), ("n_passages", *_NUMBER), _NONE,
]  # fmt: skip
DOCUMENTS = [
    ("piece", *_NUMBER), ("revision", DataType.INT64, {"sought": True}),
    ("doc_id", *_text(_KEY, sought=True)), ("part", *_NUMBER), ("parts", *_NUMBER), ("came", *_NUMBER),
    ("source", *_text(_SOURCE)), ("n_passages", *_NUMBER), ("about", *_text()), ("text", *_text()), _NONE,
]  # fmt: skip
NAMES = [("name", *_text(_KEY)), ("folded", *_text(_KEY)), _WORDS]


def passages(dimensions: int) -> list[tuple[str, Any, Row]]:
    return [
        ("id", *_NUMBER), ("revision", DataType.INT64, {"sought": True}), ("doc_id", *_text(_KEY, sought=True)),
        ("published", DataType.INT64, {"sought": True}), ("first", *_NUMBER), ("behind", *_NUMBER),
        ("title", *_text(_KEY * 4)), ("heading", *_text(_KEY * 4)), ("text", *_text()),
        ("digest", *_text(32, sought=True)), _WORDS, ("vector", DataType.FLOAT_VECTOR, {"dim": dimensions}),
    ]  # fmt: skip


@dataclass(slots=True)
class Change:
    """What the journal says of a change: what nobody may see, and what becomes of the files."""

    id: int
    step: int = 0  # 1 once it has happened
    revisions: list[int] = field(default_factory=list)  # hidden, and deleted in the end
    doc_ids: list[str] = field(default_factory=list)  # the same
    files: list[Row] = field(default_factory=list)  # how the rows of files read once the change has happened
    drop: str = ""  # the file whose row goes then
    host: str = field(default_factory=socket.gethostname)
    pid: int = field(default_factory=os.getpid)
    began: float = field(default_factory=time.time)

    @property
    def name(self) -> str:
        return f"{CLOSED}{self.id}:{self.step}"

    @property
    def given_up(self) -> bool:
        """Whether whoever began it has died, or has gone on to something else."""
        if self.host == socket.gethostname():
            return self.id not in _active if self.pid == os.getpid() else not _alive(self.pid)
        return time.time() - self.began > LEASE


def note(server: Server, change: Change) -> None:
    """Write the journal's row; the state that it tells is what readers see from then on."""
    _active.add(change.id)
    server.put("meta", [{"name": change.name, "value": json.dumps(asdict(change)), **NOTHING}])


def put_files(server: Server, files: Iterable[Row]) -> None:
    """Write rows of files, each in the place of the one with its source."""
    # Milvus's own listing puts keys into conditions unescaped, and a path may hold quotes: hence a sum of it.
    keyed = [{**file, "key": hashlib.sha256(file["source"].encode()).hexdigest(), **NOTHING} for file in files]
    server.put("files", keyed)


def finish(server: Server, change: Change) -> None:
    """Do what a change that has happened leaves to do, any number of times, and take its row out."""
    put_files(server, change.files)
    if change.drop:
        server.delete("files", f"source == {json.dumps(change.drop, ensure_ascii=False)}")
    for part in ("passages", "documents"):
        if change.revisions:
            server.delete(part, f"revision in {listed(change.revisions)}")
        if change.doc_ids:
            server.delete(part, f"doc_id in {listed(change.doc_ids)}")
    for step in (0, 1):  # in this order: without the second, the first would count again
        server.delete("meta", f"name in {listed([f'{CLOSED}{change.id}:{step}'])}")
    _active.discard(change.id)


def leave(changes: Iterable[Change]) -> None:
    """Give changes up: the next who opens the index, this process too, tidies up after them."""
    _active.difference_update(change.id for change in changes)


def journal(server: Server) -> list[Change]:
    """What the changes that are under way hide, each as it stands, in the order of their ids."""
    rows = server.rows("meta", f'name like "{CLOSED}%"', ["value"], 16_384)
    changes = sorted((Change(**json.loads(row["value"])) for row in rows), key=lambda change: (change.id, change.step))
    return list({change.id: change for change in changes}.values())


def tidy(server: Server) -> None:
    """Finish or undo the changes whose makers died. Undoing and finishing are one: delete what is hidden."""
    for change in journal(server):
        if change.given_up:
            finish(server, change)


def meta(server: Server, name: str) -> str | None:
    rows = server.rows("meta", f"name == {json.dumps(name)}", ["value"], 1)
    return str(rows[0]["value"]) if rows else None


def prepare(server: Server, *, create: bool) -> None:
    """Make the collections where they are not there, or see that they are those of this version; tidy up.

    Raises IndexNotFound where they are not and ``create`` is false, IndexFormatError for those of another version.
    """
    if not server.here or not server.has("meta"):
        if not create:
            raise IndexNotFound(
                f"no index at {server.address}; make one with: footnote index PATHS --index '{server.address}'"
            )
        for part, fields in (("files", FILES), ("documents", DOCUMENTS), ("names", NAMES), ("meta", META)):
            server.create(part, fields, words=part == "names")
    held = [part for part in PARTS if server.has(part)]
    for part in held:
        server.load(part)
    found = meta(server, "format")
    if found is None:  # made a moment ago, here or by another process
        server.put("meta", [{"name": "format", "value": FORMAT_VERSION, **NOTHING}])
    elif found != FORMAT_VERSION:
        raise IndexFormatError(
            f"the index {server.address} has format {found}, this Footnote reads {FORMAT_VERSION}; index the documents "
            "again into another collection"
        )
    if "passages" in held:
        tidy(server)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
