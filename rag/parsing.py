"""Files to documents and passages in other processes: under limits, and ahead of the one that embeds.

``python -m rag.parsing`` is such a process: it takes pickled tasks on stdin and gives pickled results on stdout.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import IO

from rag.errors import (
    DocumentError,
    FileChanged,
    FileTooLarge,
    ParserCrashed,
    ParsingTooHungry,
    ParsingTooSlow,
    UnreadableFile,
)
from rag.limits import Limits, confine
from rag.parsers import named_errors, parse, weighed
from rag.remote import RemoteFile, fetched, relabelled
from rag.types import Document, Passage, Section
from rag.workers import HEADER, Dead, Late, Workers, framed, unpickled

Split = Callable[[Document], list[Passage]]

WORTH_IT = 50  # files; fewer are read by one other process
MOST_WORKERS = 4  # each takes 60 to 300 MB, and embedding takes the rest of the processor
AHEAD = 16  # files a worker that are parsed before they are wanted
READINGS = 2  # of a file that changes while it is read


@dataclass(frozen=True, slots=True)
class Task:
    """A file to be read unless its content still is ``known`` (sha256)."""

    path: Path | RemoteFile
    known: str | None


@dataclass(frozen=True, slots=True)
class Parsed:
    """What is in a file: ``passages`` holds one list a document, None of either where its content is known.

    ``error`` says why there is nothing, ``kind`` names the error's class.
    """

    sha256: str = ""
    documents: Sequence[Document] | None = None
    passages: Sequence[Sequence[Passage]] | None = None
    error: str = ""
    kind: str = ""


def read(task: Task, split: Split, limits: Limits | None = None) -> Parsed:
    """Read, parse and split one file of this machine, in this process. Never raises for what is wrong with the file."""
    limits = Limits() if limits is None else limits
    assert isinstance(task.path, Path), "another machine's file is fetched before it is read"
    try:
        for _ in range(READINGS):
            before = weighed(task.path, limits)
            parsed = _read(task.path, task.known, split, limits)
            if weighed(task.path, limits) == before:
                return parsed
        raise FileChanged(f"{task.path} changed while it was read; index it again once it is written")
    except DocumentError as error:
        return _failed(error)
    except MemoryError:
        return _failed(_hungry(task, limits))


def _read(path: Path, known: str | None, split: Split, limits: Limits) -> Parsed:
    sha256 = _digest(path)
    if sha256 == known:
        return Parsed(sha256)
    documents = parse(path, limits)
    with named_errors(path):
        passages = [split(document) for document in documents]
    if not any(passages):
        raise UnreadableFile(f"{path} holds no text to search; leave it out, or add a version with text")
    return Parsed(sha256, documents, passages)


def read_all(tasks: Sequence[Task], split: Split, limits: Limits | None = None) -> Iterator[Parsed]:
    """``read`` for each task, in their order, in other processes, which read ahead.

    ``limits`` None: those of the environment. A file that goes beyond them, or ends the process that reads it, is an
    error of its own, and the next one is read by another process.
    """
    limits = Limits.from_environment() if limits is None else limits
    if not tasks:
        return
    n_workers = min(MOST_WORKERS, max((os.cpu_count() or 2) - 1, 1)) if len(tasks) >= WORTH_IT else 1
    reading = _Reading(split, limits)
    pool = ThreadPoolExecutor(n_workers, "footnote-parse")
    try:
        yield from _in_order(pool, reading.read, tasks, AHEAD * n_workers)
    finally:
        pool.shutdown(cancel_futures=True)
        reading.close()


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


class _Reading:
    """Tasks to results by way of other processes."""

    def __init__(self, split: Split, limits: Limits) -> None:
        self._limits = limits
        self._workers = Workers("rag.parsing", pickle.dumps((split, limits)))
        self.close = self._workers.close

    def read(self, task: Task) -> Parsed:
        """What is in the task's file; another machine's is fetched first, here: who parses may not connect."""
        return self._read_remote(task.path, task.known) if isinstance(task.path, RemoteFile) else self._read(task)

    def _read_remote(self, file: RemoteFile, known: str | None) -> Parsed:
        """What is in a copy, which bears the file's own address in all that is said of it."""
        if file.size > self._limits.size:
            return _failed(
                FileTooLarge(
                    f"{file.url} has {file.size / 1e6:.0f} MB; split it, or allow more with FOOTNOTE_MAX_FILE_MB"
                )
            )
        try:
            with fetched(file) as copy:
                parsed = self._read(Task(copy, known))
        except DocumentError as error:
            return _failed(error)
        if parsed.documents is None or parsed.passages is None:
            return replace(parsed, error=parsed.error.replace(str(copy), file.url))
        documents = relabelled(parsed.documents, file.url)
        passages = [
            [replace(passage, doc_id=document.doc_id) for passage in group]
            for document, group in zip(documents, parsed.passages, strict=True)
        ]
        return replace(parsed, documents=documents, passages=passages)

    def _read(self, task: Task) -> Parsed:
        """A file that its process had no memory for, or did not survive, gets a second try in a fresh one: the fault
        may lie with what that process had read before."""
        parsed, was_fresh = self._try(task, fresh=False)
        if parsed.kind in (ParsingTooHungry.__name__, ParserCrashed.__name__) and not was_fresh:
            parsed, _ = self._try(task, fresh=True)
        return parsed

    def _try(self, task: Task, *, fresh: bool) -> tuple[Parsed, bool]:
        """What came of it, and whether its process had read nothing else before."""
        try:
            worker = self._workers.worker(fresh=fresh)
        except OSError as error:
            return _failed(UnreadableFile(f"{task.path} was not read: no process could be started ({error})")), True
        was_fresh = not worker.n_answers
        try:
            parsed = unpickled(worker.ask(pickle.dumps(task), self._limits.seconds), _SENT)
            if not isinstance(parsed, Parsed):
                raise pickle.UnpicklingError("no result")
        except Late:
            parsed = _failed(_slow(task, self._limits))
        except (Dead, pickle.UnpicklingError, EOFError, AttributeError, IndexError, TypeError, ValueError):
            parsed = _failed(_crashed(task))
        if parsed.kind in _ENDED:
            self._workers.lose()
        return parsed, was_fresh


_SENT = (Parsed, Document, Passage, Section, date)  # what a result is made of
_ENDED = {error.__name__ for error in (ParsingTooSlow, ParsingTooHungry, ParserCrashed)}  # the process with them


def _failed(error: DocumentError) -> Parsed:
    return Parsed(error=str(error), kind=type(error).__name__)


def _slow(task: Task, limits: Limits) -> ParsingTooSlow:
    return ParsingTooSlow(
        f"{task.path} was not read in {limits.seconds:g} seconds; split it, or allow more with "
        "FOOTNOTE_MAX_PARSE_SECONDS"
    )


def _hungry(task: Task, limits: Limits) -> ParsingTooHungry:
    return ParsingTooHungry(
        f"{task.path} needs more than {limits.memory / 1e6:.0f} MB of memory to be read; split it, or allow more with "
        "FOOTNOTE_MAX_PARSE_MB"
    )


def _crashed(task: Task) -> ParserCrashed:
    return ParserCrashed(
        f"{task.path} cannot be read: reading it ended the process that tried; open it in its program and save it anew"
    )


def _digest(path: Path) -> str:
    """sha256 of the file's bytes. Raises UnreadableFile."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise UnreadableFile(f"cannot read {path} ({error.strerror}); check that it is there and readable") from error


def serve(source: IO[bytes], target: IO[bytes]) -> None:
    """Answer tasks until there are no more, or one took all the memory."""
    split, limits = pickle.loads(_message(source))
    confine(limits.memory)
    target.write(framed(b"ready"))
    target.flush()
    while message := _message(source):
        task = pickle.loads(message)
        parsed = read(task, split, limits)
        try:
            answer = pickle.dumps(parsed, pickle.HIGHEST_PROTOCOL)
        except MemoryError:
            parsed = _failed(_hungry(task, limits))
            answer = pickle.dumps(parsed)
        del task
        target.write(framed(answer))
        target.flush()
        if parsed.kind == ParsingTooHungry.__name__:
            return


def _message(source: IO[bytes]) -> bytes:
    """The next message; b"" where none comes any more."""
    return source.read(int.from_bytes(source.read(HEADER), "big"))


if __name__ == "__main__":
    results = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a parser's library prints must not get between the results
    with suppress(KeyboardInterrupt, BrokenPipeError):
        from rag.parsing import serve as serve_tasks  # not those of __main__: pickle goes by names

        serve_tasks(sys.stdin.buffer, results)
