"""Where an index is kept and searched: one file of SQLite beside FAISS, or a database on another machine.

Everything above (parsing, embedding, fusion, spelling, answers) is the same on each; an engine keeps rows and ranks
them. Each is imported when its address is opened.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote

import numpy as np
from numpy.typing import NDArray
from platformdirs import user_data_path

from rag.fusion import Ranking
from rag.store import ParsedFile, StoredFile
from rag.types import Document, Passage, Source, Vectors

Found = tuple[Passage, str, date | None]  # a passage with its document's title and day
DEFAULT = "FOOTNOTE_INDEX"  # the environment variable that names the default index


@dataclass(frozen=True, slots=True)
class Within:
    """What a search is restricted to: documents by id, days of publication (both included; the undated pass)."""

    documents: Sequence[str] | None = None
    since: date | None = None
    until: date | None = None

    @property
    def everything(self) -> bool:
        return self.documents is None and self.since is None and self.until is None


class Looking(Protocol):
    """One state of an index, looked at for one question. Rankings are of passage ids, best first, equals by id."""

    def nearest(self, query: Vectors, k: int) -> Ranking:
        """The ``k`` passages of the highest cosine to ``query``, (1, dimensions)."""
        ...

    def matching(self, query: str, k: int, *, also: Sequence[str], rather: Sequence[str]) -> Ranking:
        """The ``k`` best by BM25 over ``rag.lexical.tokens``; ``also`` and ``rather`` as ``Keywords.search``."""
        ...

    def n_passages(self, phrase: str, most: int) -> int:
        """How many passages of the whole index hold the phrase, counted up to ``most``."""
        ...

    def first_held(self, phrases: Iterable[str]) -> str | None:
        """The first of the phrases that a passage holds, None where none does; how many are read is bounded."""
        ...

    def names_like(self, word: str, most: float) -> list[tuple[str, float]]:
        """The names of the index that differ from ``word`` by at most ``most``, with the difference, nearest first."""
        ...

    def passages(self, ids: Sequence[int]) -> Mapping[int, Found]:
        """Those of ``ids`` that are here."""
        ...


class Keeping(Protocol):
    """What ``rag.ingest`` writes through. Each file is stored whole or not at all; so is its removal."""

    def files(self, sources: Sequence[str] | None = None) -> dict[str, StoredFile]:
        """Those of ``sources`` (all if None) that are stored, each as it was when it was indexed."""
        ...

    def touch(self, stats: Iterable[tuple[str, int, int]]) -> None:
        """Note size and time of change, (source, size, mtime_ns), of files whose content is what is stored."""
        ...

    def known_vectors(self, digests: Iterable[bytes]) -> dict[bytes, NDArray[np.float32]]:
        """By digest, the vectors (dimensions,) of passages that were embedded from the same text."""
        ...

    def replace(self, files: Iterable[ParsedFile]) -> None:
        """Store files, each in the place of what was stored for it."""
        ...

    def remove_files(self, sources: Iterable[str]) -> None:
        """Remove files with all their documents. Raises UnknownDocument, and changes nothing, if one is not here."""
        ...


class Engine(Keeping, Protocol):
    """One index. Safe to use from several threads and processes.

    Raises ServerAway, within ``PATIENCE`` seconds, where a server does not answer.
    """

    @property
    def address(self) -> str:
        """What opens it again, in words for people: without a password."""
        ...

    @property
    def folder(self) -> Path:
        """A folder of this machine for what belongs to the index and is not documents: uploads, the page's history."""
        ...

    def meta(self, key: str) -> str | None: ...

    def claim(self, key: str, value: str) -> str:
        """Note ``value`` unless the key has one; returns what is noted then."""
        ...

    def settle(self) -> None:
        """Called after each group of files: what must be brought up to date so that searches stay fast."""
        ...

    def remove_document(self, doc_id: str) -> None:
        """Remove one document; its file counts as changed from now on. Raises UnknownDocument."""
        ...

    def sources(self) -> list[Source]: ...
    def doc_ids(self) -> list[str]: ...
    def document(self, doc_id: str) -> Document | None: ...
    def n_documents(self) -> int: ...
    def n_passages(self) -> int: ...

    def looking(self, within: Within, *, dense: bool) -> AbstractContextManager[Looking]:
        """All that is read inside is of one state, as far as the engine can hold one; ``dense``: vectors too."""
        ...

    def compact(self) -> None: ...

    def check(self) -> list[str]:
        """What is wrong, in words; [] where it is whole."""
        ...

    def close(self) -> None: ...


_SECRET = ("password", "sslpassword", "passfile")  # what PostgreSQL takes as options of an address
PATIENCE = 4.0  # seconds that a server is given to come back before an error says that it is away


def default_index() -> str | Path:
    """``$FOOTNOTE_INDEX``, a folder or an address, else ``library`` in the user's data directory."""
    chosen = os.environ.get(DEFAULT)
    if chosen and is_address(chosen):
        return chosen
    return Path(chosen) if chosen else user_data_path("footnote") / "library"


def is_address(where: object) -> bool:
    """Whether ``where`` names a server or a file of one, such as ``postgresql://host/database``; else it is a path."""
    return isinstance(where, str) and re.match(r"[a-z+]+://", where) is not None


def shown(where: str | os.PathLike[str]) -> str:
    """``where`` for people: an address without its password, wherever that stands in it."""
    if not is_address(where):
        return str(where)
    place, _, query = re.sub(r"(?<=://)([^/@]*?):[^/]*@", r"\1@", str(where)).partition("?")
    kept = [option for option in query.split("&") if unquote(option.partition("=")[0]) not in _SECRET]
    return "?".join(part for part in (place, "&".join(kept)) if part)


def local_folder(address: str) -> Path:
    """This machine's folder for what belongs to an index elsewhere; made where it is not there."""
    name = re.sub(r"\W+", "-", address.split("://")[-1]).strip("-")[-40:]
    folder = user_data_path("footnote") / "elsewhere" / f"{name}-{hashlib.sha256(address.encode()).hexdigest()[:8]}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
