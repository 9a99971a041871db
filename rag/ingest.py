"""Files into the store: parsed one by one, embedded and committed in groups, each file whole or not at all."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.chunking import embedding_text, split
from rag.errors import DocumentError, UnreadableFile
from rag.parsers import parse, supported, walk
from rag.store import ParsedFile, Store
from rag.types import Document, FileReport, FileState, Passage, Report, Vectors

PASSAGES_PER_WRITE = 256  # files are committed together up to this many passages: what an interruption can lose

Embed = Callable[[Sequence[str]], Vectors]  # texts -> (n, dimensions)
Progress = Callable[[int, int, FileReport], None]  # (files done, files in all, what became of this one)


def ingest(
    store: Store, embed: Embed, roots: Sequence[Path], prune: bool = False, progress: Progress | None = None
) -> Report:
    """Bring the store up to date with the files and folders ``roots`` (absolute paths).

    ``prune`` removes what is stored of files that lay there and are gone. Raises UnreadableFile, before anything is
    done, for a root that is not there, unless pruning finds something stored of it.
    """
    began = time.perf_counter()
    hashes = {source: file.sha256 for source, file in store.files().items()}
    stored = [Path(source) for source in hashes]
    gone_roots = [
        root for root in roots if prune and not root.exists() and any(path.is_relative_to(root) for path in stored)
    ]
    files = list(walk(root for root in roots if root not in gone_roots))
    run = _Run(store, embed, hashes, {str(root) for root in roots}, len(files), progress)
    for path in files:
        run.take(path)
    run.flush()
    if prune:
        run.prune(roots, files)
    order = {str(path): place for place, path in enumerate(files)}
    reports = sorted(run.reports, key=lambda file: order.get(file.source, len(order)))
    return Report(tuple(reports), run.n_embedded, time.perf_counter() - began)


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A file that is parsed and not yet embedded; ``passages`` holds one list a document."""

    source: str
    sha256: str
    documents: Sequence[Document]
    passages: Sequence[Sequence[Passage]]

    @property
    def texts(self) -> list[str]:
        pairs = zip(self.documents, self.passages, strict=True)
        return [embedding_text(document, passage) for document, group in pairs for passage in group]


class _Run:
    """One run over some files: what waits to be embedded, and what has become of each so far."""

    def __init__(
        self,
        store: Store,
        embed: Embed,
        hashes: dict[str, str],
        named: set[str],
        n_files: int,
        progress: Progress | None,
    ) -> None:
        self._store, self._embed, self._hashes = store, embed, hashes
        self._named, self._n_files, self._progress = named, n_files, progress
        self._waiting: list[_Waiting] = []
        self.reports: list[FileReport] = []
        self.n_embedded = 0

    def take(self, path: Path) -> None:
        """Parse the file unless it is unchanged; what waits is flushed when it is enough."""
        source = str(path)
        if source not in self._named and not supported(path):
            return self._report(FileReport(source, "skipped", reason=f"no parser for {path.suffix or 'its name'}"))
        try:
            sha256 = _digest(path)
            if self._hashes.get(source) == sha256:
                return self._report(FileReport(source, "unchanged"))
            documents = parse(path)
            passages = [split(document) for document in documents]
            if not any(passages):
                raise UnreadableFile(f"{path} holds no text to search; leave it out, or add a version with text")
        except DocumentError as error:
            return self._report(FileReport(source, "failed", reason=str(error)))
        self._waiting.append(_Waiting(source, sha256, documents, passages))
        if sum(len(file.texts) for file in self._waiting) >= PASSAGES_PER_WRITE:
            self.flush()
        return None

    def flush(self) -> None:
        """Embed and store what waits."""
        if not self._waiting:
            return
        vectors = self._embed([text for file in self._waiting for text in file.texts])
        self._store.replace(_with_vectors(self._waiting, vectors))
        self.n_embedded += len(vectors)
        for file in self._waiting:
            state: FileState = "updated" if file.source in self._hashes else "new"
            self._report(FileReport(file.source, state, len(file.documents), sum(map(len, file.passages))))
        self._waiting = []

    def prune(self, roots: Sequence[Path], kept: Sequence[Path]) -> None:
        """Remove what is stored of files under ``roots`` that are not among ``kept``."""
        here = {str(path) for path in kept}
        gone = [
            source
            for source in self._hashes
            if source not in here and any(Path(source).is_relative_to(root) for root in roots)
        ]
        if gone:
            self._store.remove_files(gone)
        self._n_files += len(gone)
        for source in gone:
            self._report(FileReport(source, "removed"))

    def _report(self, report: FileReport) -> None:
        self.reports.append(report)
        if self._progress is not None:
            self._progress(len(self.reports), self._n_files, report)


def _with_vectors(waiting: Sequence[_Waiting], vectors: Vectors) -> Iterator[ParsedFile]:
    """Deal the rows of ``vectors`` out to the documents in the order in which their passages were embedded."""
    taken = 0
    for file in waiting:
        parts = []
        for group in file.passages:
            parts.append(vectors[taken : taken + len(group)])
            taken += len(group)
        yield ParsedFile(
            file.source, file.sha256, file.documents, file.passages, parts, [[b""] * len(g) for g in file.passages]
        )


def _digest(path: Path) -> str:
    """sha256 of the file's bytes. Raises UnreadableFile."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise UnreadableFile(f"cannot read {path} ({error.strerror}); check that it is there and readable") from error
