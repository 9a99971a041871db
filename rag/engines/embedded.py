"""The default engine: a folder with one SQLite file and, past 20,000 passages, a file of FAISS clusters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag import names
from rag.engines import Found, Within
from rag.errors import IndexNotFound, StoreError
from rag.filtering import Filter, Mask
from rag.fusion import Ranking
from rag.lexical import Keywords
from rag.store import FILE_NAME, ParsedFile, Store, StoredFile
from rag.types import Document, Source, Vectors
from rag.vectors.sync import SyncedVectors


class Embedded:
    """An ``Engine`` in a folder of this machine."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.vectors = SyncedVectors(store)
        self.keywords = Keywords(lambda: store.connection)
        self.filter = Filter(store)

    @classmethod
    def open(cls, folder: Path, *, create: bool) -> Embedded:
        if folder.is_file():
            raise StoreError(f"{folder} is a file; give a folder for the index (and add the file to it)")
        if not create and not (folder / FILE_NAME).is_file():
            raise IndexNotFound(f"no index in {folder}; make one with: footnote index PATHS --index {folder}")
        return cls(Store(folder))

    @property
    def address(self) -> str:
        return str(self.folder)

    @property
    def folder(self) -> Path:
        return self.store.path.parent

    def meta(self, key: str) -> str | None:
        return self.store.meta(key)

    def claim(self, key: str, value: str) -> str:
        with self.store.transaction() as connection:
            connection.execute("INSERT OR IGNORE INTO meta VALUES (?, ?)", (key, value))
        return str(self.store.meta(key))

    def files(self, sources: Sequence[str] | None = None) -> dict[str, StoredFile]:
        return self.store.files(sources)

    def touch(self, stats: Iterable[tuple[str, int, int]]) -> None:
        self.store.touch(stats)

    def known_vectors(self, digests: Iterable[bytes]) -> dict[bytes, NDArray[np.float32]]:
        return self.store.known_vectors(digests)

    def replace(self, files: Iterable[ParsedFile]) -> None:
        self.store.replace(files)

    def settle(self) -> None:
        self.vectors.fold_if_due()

    def remove_files(self, sources: Iterable[str]) -> None:
        self.store.remove_files(sources)

    def remove_document(self, doc_id: str) -> None:
        self.store.remove_document(doc_id)

    def sources(self) -> list[Source]:
        return self.store.sources()

    def doc_ids(self) -> list[str]:
        return self.store.doc_ids()

    def document(self, doc_id: str) -> Document | None:
        return self.store.document(doc_id)

    def n_documents(self) -> int:
        return self.store.n_documents()

    def n_passages(self) -> int:
        return self.store.n_passages()

    @contextmanager
    def looking(self, within: Within, *, dense: bool) -> Iterator[_Looking]:
        if dense:
            self.vectors.prepare()
        with self.store.snapshot():
            yield _Looking(self, self.filter.mask(within.documents, within.since, within.until))

    def compact(self) -> None:
        self.store.compact()
        self.vectors.fold()

    def check(self) -> list[str]:
        return self.store.check()

    def close(self) -> None:
        self.store.close()


class _Looking:
    def __init__(self, engine: Embedded, allowed: Mask | None) -> None:
        self._engine, self._allowed = engine, allowed

    def nearest(self, query: Vectors, k: int) -> Ranking:
        return self._engine.vectors.search(query, k, self._allowed)

    def matching(self, query: str, k: int, *, also: Sequence[str], rather: Sequence[str]) -> Ranking:
        return self._engine.keywords.search(query, k, self._allowed, also=also, rather=rather)

    def n_passages(self, phrase: str, most: int) -> int:
        return self._engine.keywords.n_passages(phrase, most)

    def first_held(self, phrases: Iterable[str]) -> str | None:
        return self._engine.keywords.first_held(phrases)

    def names_like(self, word: str, most: float) -> list[tuple[str, float]]:
        return names.nearest(self._engine.store.connection, word, most)

    def passages(self, ids: Sequence[int]) -> Mapping[int, Found]:
        return self._engine.store.passages(ids)
