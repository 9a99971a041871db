"""Files into the store: parsed ahead, embedded and committed in groups, each file whole or not at all."""

from __future__ import annotations

import hashlib
import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol

import numpy as np

from rag.chunking import embedding_text, split
from rag.engines import Keeping
from rag.errors import NotAFile, UnreadableFile
from rag.limits import Limits
from rag.parsers import supported, walk
from rag.parsers.folders import printable
from rag.parsing import Parsed, Task, read_all
from rag.remote import RemoteFile, is_url, listed
from rag.store import ParsedFile, StoredFile
from rag.types import Document, FileReport, FileState, Passage, Report, Vectors

# Files are committed together up to this many passages; an interruption can lose those of two groups, the one that is
# being stored and the one that is being embedded.
PASSAGES_PER_WRITE = 512
DIGEST = 16  # bytes that tell texts apart

Embed = Callable[[Sequence[str]], Vectors]  # texts -> (n, dimensions)
Root = Path | str  # a path of this machine, absolute, or the URL of a file or folder elsewhere
File = Path | RemoteFile
Progress = Callable[[int, int, FileReport], None]  # (files done, files in all, what became of this one)


class Hands(Protocol):
    """Who reads and embeds: this machine, or a cluster (``rag.cluster``)."""

    @property
    def n_ahead(self) -> int:
        """How many groups of passages are embedded while others are read and stored."""
        ...

    def read(self, tasks: Sequence[Task]) -> Iterator[Parsed]:
        """What is in each file, in the order of the tasks."""
        ...

    def embed(self, texts: Sequence[str]) -> Callable[[], Vectors]:
        """Begin with texts; what is returned waits for their vectors, (n, dimensions)."""
        ...


class Here:
    """This machine: read ahead by other processes, embedded by a thread while the group before is stored."""

    n_ahead = 1

    def __init__(self, embed: Embed, limits: Limits | None = None) -> None:
        """``limits``: what reading one file may cost; None: those of the environment."""
        self._embed, self._limits = embed, limits
        self._thread = ThreadPoolExecutor(1, "footnote-embed")

    def __enter__(self) -> Here:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.shutdown(cancel_futures=True)

    def read(self, tasks: Sequence[Task]) -> Iterator[Parsed]:
        return read_all(tasks, split, self._limits)

    def embed(self, texts: Sequence[str]) -> Callable[[], Vectors]:
        return self._thread.submit(self._embed, texts).result


def ingest(
    store: Keeping,
    hands: Hands,
    model: Callable[[], str],
    roots: Sequence[Root],
    prune: bool = False,
    progress: Progress | None = None,
    stored: Callable[[], None] = lambda: None,
) -> Report:
    """Bring the store up to date with the files and folders ``roots``.

    ``model`` gives the fingerprint of what embeds, and is called once there is something to embed; texts that it has
    embedded before are not embedded again. ``prune`` removes what is stored of files that lay there and are gone.
    ``stored`` is called after each group of files. Raises UnreadableFile, before anything is done, for a root that is
    not there, unless pruning finds something stored of it.
    """
    began = time.perf_counter()
    known = store.files() if prune else {}
    gone_roots = [
        root
        for root in roots
        if prune and isinstance(root, Path) and not root.exists() and any(_below(source, root) for source in known)
    ]
    refused: list[tuple[Path, UnreadableFile]] = []
    there = [root for root in roots if root not in gone_roots]
    here = [root for root in there if isinstance(root, Path)]
    files: list[File] = [*walk(here, lambda path, error: refused.append((path, error)))]
    files += [file for root in there if isinstance(root, str) for file in listed(root)]
    if not prune:
        known = store.files([str(path) for path in files])
    run = _Run(store, hands, model, known, len(files) + len(refused), progress, stored)
    for path, error in refused:
        run.refuse(path, error, named=path in roots)
    run.take(files, {str(root) for root in roots})
    if prune:
        unseen = [path for path, error in refused if not isinstance(error, NotAFile)]
        run.prune(roots, files, unseen)
    order = {str(path): place for place, path in enumerate(files)}
    reports = sorted(run.reports, key=lambda file: order.get(file.source, len(order)))
    return Report(tuple(reports), run.n_embedded, time.perf_counter() - began)


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A file that is parsed and not yet embedded; ``passages`` holds one list a document."""

    source: str
    sha256: str
    size: int
    mtime_ns: int
    documents: Sequence[Document]
    passages: Sequence[Sequence[Passage]]

    @property
    def texts(self) -> list[str]:
        pairs = zip(self.documents, self.passages, strict=True)
        return [embedding_text(document, passage) for document, group in pairs for passage in group]

    @property
    def n_passages(self) -> int:
        return sum(map(len, self.passages))


@dataclass(frozen=True, slots=True)
class _Group:
    """Files that are stored together. ``vectors`` waits for those of ``new``: the digests embedded for this group;
    ``known`` were stored when it began, and may have been removed since."""

    files: Sequence[_Waiting]
    digests: Sequence[bytes]
    known: Mapping[bytes, Vectors]
    new: Sequence[bytes]
    vectors: Callable[[], Vectors] | None


class _Run:
    """One run over some files: what waits to be embedded, and what has become of each so far."""

    def __init__(
        self,
        store: Keeping,
        hands: Hands,
        model: Callable[[], str],
        known: Mapping[str, StoredFile],
        n_files: int,
        progress: Progress | None,
        stored: Callable[[], None],
    ) -> None:
        self._store, self._hands, self._model, self._known = store, hands, model, known
        self._n_files, self._progress, self._stored = n_files, progress, stored
        self._waiting: list[_Waiting] = []
        self._groups: deque[_Group] = deque()
        self._begun: set[bytes] = set()  # the digests of the texts that are being embedded for these groups
        self._touched: list[tuple[str, int, int]] = []
        self.reports: list[FileReport] = []
        self.n_embedded = 0

    def refuse(self, path: Path, error: UnreadableFile, *, named: bool) -> None:
        """Report what is no file to be read: a failure if it was asked for by name, or might have been a document."""
        state: FileState = "skipped" if isinstance(error, NotAFile) and not named else "failed"
        self._report(FileReport(printable(str(path)), state, reason=printable(str(error)), error=type(error).__name__))

    def take(self, files: Sequence[File], named: set[str]) -> None:
        """Read what is not known to be unchanged, and store it group by group."""
        tasks, stats = [], []
        for path in files:
            source = str(path)
            if source not in named and not supported(Path(path.name)):
                self._report(
                    FileReport(source, "skipped", reason=printable(f"no parser for {path.suffix or 'its name'}"))
                )
                continue
            # Noted before the file is read: a change while it is read is seen the next time.
            stat = (path.size, path.version) if isinstance(path, RemoteFile) else _stat(source)
            before = self._known.get(source)
            if before is not None and before.sha256 and stat == (before.size, before.mtime_ns):
                self._report(FileReport(source, "unchanged"))
                continue
            tasks.append(Task(path, None if before is None else before.sha256))
            stats.append(stat)
        for task, stat, parsed in zip(tasks, stats, self._hands.read(tasks), strict=True):
            self._take(str(task.path), stat, parsed)
        self._begin()
        self._store_groups(0)
        if self._touched:
            self._store.touch(self._touched)

    def _take(self, source: str, stat: tuple[int, int], parsed: Parsed) -> None:
        if parsed.error:
            self._report(FileReport(source, "failed", reason=printable(parsed.error), error=parsed.kind))
        elif parsed.documents is None or parsed.passages is None:
            self._touched.append((source, *stat))
            self._report(FileReport(source, "unchanged"))
        else:
            self._waiting.append(_Waiting(source, parsed.sha256, *stat, parsed.documents, parsed.passages))
            if sum(file.n_passages for file in self._waiting) >= PASSAGES_PER_WRITE:
                self._begin()
                self._store_groups(self._hands.n_ahead)

    def _begin(self) -> None:
        """Have what waits embedded: each text once, and those that are stored already not at all."""
        if not self._waiting:
            return
        texts = [text for file in self._waiting for text in file.texts]
        model = self._model()
        digests = [hashlib.sha256(f"{model}\0{text}".encode()).digest()[:DIGEST] for text in texts]
        found = self._store.known_vectors(set(digests))
        known = self._begun.union(found)
        new = {digest: text for digest, text in zip(digests, texts, strict=True) if digest not in known}
        self._begun.update(new)
        vectors = self._hands.embed(list(new.values())) if new else None
        self._groups.append(_Group(self._waiting, digests, found, list(new), vectors))
        self._waiting = []

    def _store_groups(self, n_left: int) -> None:
        """Store groups, the first begun first, until ``n_left`` are still being embedded."""
        while len(self._groups) > n_left:
            group = self._groups.popleft()
            found = {**group.known, **self._store.known_vectors(set(group.digests).difference(group.new, group.known))}
            if group.vectors is not None:
                found.update(zip(group.new, group.vectors(), strict=True))
            self.n_embedded += len(group.new)
            vectors = np.stack([found[digest] for digest in group.digests])
            self._store.replace(_with_vectors(group.files, vectors, group.digests))
            self._begun.difference_update(group.new)
            for file in group.files:
                state: FileState = "updated" if file.source in self._known else "new"
                self._report(FileReport(file.source, state, len(file.documents), file.n_passages))
            self._stored()

    def prune(self, roots: Sequence[Root], kept: Sequence[File], unseen: Sequence[Path]) -> None:
        """Remove what is stored of files under ``roots`` that are not among ``kept`` nor at or below ``unseen``, what
        could not be looked at."""
        here = {str(path) for path in kept}
        gone = [
            source
            for source in self._known
            if source not in here
            and any(_below(source, root) for root in roots)
            and not any(_below(source, path) for path in unseen)
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


def _with_vectors(waiting: Sequence[_Waiting], vectors: Vectors, digests: Sequence[bytes]) -> Iterator[ParsedFile]:
    """Deal the rows of ``vectors`` out to the documents in the order in which their passages were embedded."""
    taken = 0
    for file in waiting:
        rows, keys = [], []
        for group in file.passages:
            rows.append(vectors[taken : taken + len(group)])
            keys.append(digests[taken : taken + len(group)])
            taken += len(group)
        yield ParsedFile(file.source, file.sha256, file.documents, file.passages, rows, keys, file.size, file.mtime_ns)


def _below(source: str, root: Root) -> bool:
    if isinstance(root, Path):
        return not is_url(source) and Path(source).is_relative_to(root)
    return source == root or source.startswith(f"{root.rstrip('/')}/")


def _stat(path: str) -> tuple[int, int]:
    """Size and time of the last change; (-1, -1) where they cannot be had."""
    try:
        status = os.stat(path)  # noqa: PTH116 (a Path is slow to make 10,000 times)
    except OSError:
        return -1, -1
    return status.st_size, status.st_mtime_ns
