"""Files to documents and passages in other processes, so that the one that embeds need not wait for them.

``python -m rag.parsing`` is such a process: it takes pickled tasks on stdin and gives pickled results on stdout. It is
started as a program of its own because multiprocessing would run the user's script a second time in each.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, cast

from rag.errors import DocumentError, UnreadableFile
from rag.parsers import parse
from rag.remote import RemoteFile, fetched, relabelled
from rag.types import Document, Passage

Split = Callable[[Document], list[Passage]]

WORTH_IT = 50  # files; fewer are parsed before another process has started
MOST_WORKERS = 4  # each takes 60 to 300 MB, and embedding takes the rest of the processor
AHEAD = 16  # files a worker that are parsed before they are wanted


@dataclass(frozen=True, slots=True)
class Task:
    """A file to be read unless its content still is ``known`` (sha256)."""

    path: Path | RemoteFile
    known: str | None


@dataclass(frozen=True, slots=True)
class Parsed:
    """What is in a file: ``passages`` holds one list a document, None of either where its content is known.

    ``error`` says why there is nothing.
    """

    sha256: str = ""
    documents: Sequence[Document] | None = None
    passages: Sequence[Sequence[Passage]] | None = None
    error: str = ""


def read(task: Task, split: Split) -> Parsed:
    """Read, parse and split one file. Never raises for what is wrong with the file."""
    if isinstance(task.path, RemoteFile):
        return _read_remote(task.path, task.known, split)
    try:
        sha256 = _digest(task.path)
        if sha256 == task.known:
            return Parsed(sha256)
        documents = parse(task.path)
        passages = [split(document) for document in documents]
        if not any(passages):
            raise UnreadableFile(f"{task.path} holds no text to search; leave it out, or add a version with text")
    except DocumentError as error:
        return Parsed(error=str(error))
    return Parsed(sha256, documents, passages)


def _read_remote(file: RemoteFile, known: str | None, split: Split) -> Parsed:
    """The same of a copy, which bears the file's own address in all that is said of it."""
    try:
        with fetched(file) as copy:
            parsed = read(Task(copy, known), split)
    except DocumentError as error:
        return Parsed(error=str(error))
    if parsed.documents is None or parsed.passages is None:
        return replace(parsed, error=parsed.error.replace(str(copy), file.url))
    documents = relabelled(parsed.documents, file.url)
    passages = [
        [replace(passage, doc_id=document.doc_id) for passage in group]
        for document, group in zip(documents, parsed.passages, strict=True)
    ]
    return replace(parsed, documents=documents, passages=passages)


def read_all(tasks: Sequence[Task], split: Split) -> Iterator[Parsed]:
    """``read`` for each task, in their order; many are read ahead in other processes."""
    if len(tasks) < WORTH_IT:
        yield from (read(task, split) for task in tasks)
        return
    n_workers = min(MOST_WORKERS, max((os.cpu_count() or 2) - 1, 1))
    workers = _Workers(split)
    pool = ThreadPoolExecutor(n_workers, "footnote-parse")
    try:
        yield from _in_order(pool, workers.read, tasks, AHEAD * n_workers)
    finally:
        pool.shutdown(cancel_futures=True)
        workers.close()


def _in_order(
    pool: ThreadPoolExecutor, work: Callable[[Task], Parsed], tasks: Iterable[Task], ahead: int
) -> Iterator[Parsed]:
    waiting: deque[Future[Parsed]] = deque()
    for task in tasks:
        waiting.append(pool.submit(work, task))
        if len(waiting) > ahead:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


class _Workers:
    """One process for each thread that asks."""

    def __init__(self, split: Split) -> None:
        self._split = split
        self._local = threading.local()
        self._started: list[subprocess.Popen[bytes]] = []

    def read(self, task: Task) -> Parsed:
        try:
            worker = self._worker()
        except OSError:  # no process to be had: this one does it
            return read(task, self._split)
        assert worker.stdin is not None, "it was asked for"
        assert worker.stdout is not None, "it was asked for"
        try:
            pickle.dump(task, worker.stdin)
            worker.stdin.flush()
            return cast(Parsed, pickle.load(worker.stdout))
        except (OSError, EOFError, pickle.UnpicklingError):
            self._local.worker = None
            worker.kill()
            return Parsed(
                error=f"{task.path} cannot be read: reading it ended the process that tried; open it in its program "
                "and save it anew"
            )

    def _worker(self) -> subprocess.Popen[bytes]:
        if getattr(self._local, "worker", None) is None:
            self._local.worker = self._start()
        return cast("subprocess.Popen[bytes]", self._local.worker)

    def _start(self) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        command = [sys.executable, "-m", "rag.parsing"]
        pipe = subprocess.PIPE
        worker = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, env=environment)
        self._started.append(worker)
        assert worker.stdin is not None, "it was asked for"
        pickle.dump(self._split, worker.stdin)
        return worker

    def close(self) -> None:
        """End the processes: they stop when nothing more can come."""
        for worker in self._started:
            for stream in (worker.stdin, worker.stdout):
                if stream is not None:
                    with suppress(OSError):
                        stream.close()
            try:
                worker.wait(timeout=2)
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()


def _digest(path: Path) -> str:
    """sha256 of the file's bytes. Raises UnreadableFile."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise UnreadableFile(f"cannot read {path} ({error.strerror}); check that it is there and readable") from error


def serve(source: IO[bytes], target: IO[bytes]) -> None:
    """Answer tasks until there are no more."""
    split = pickle.load(source)
    while True:
        try:
            task = pickle.load(source)
        except EOFError:
            return
        pickle.dump(read(task, split), target)
        target.flush()


if __name__ == "__main__":
    results = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a parser's library prints must not get between the results
    with suppress(KeyboardInterrupt, BrokenPipeError):
        from rag.parsing import serve as serve_tasks  # not those of __main__: pickle goes by names

        serve_tasks(sys.stdin.buffer, results)
