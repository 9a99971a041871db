"""Reading and embedding on the workers of a Dask cluster; what is stored is stored by the process that asked.

A worker that dies loses nothing: Dask gives its work to the others, and as the same texts are always embedded together
the vectors are the same. Dask's messages are pickles: whoever reaches a scheduler can run programs on its machines, so
it belongs on a network of one's own, or behind TLS (``tls://``).
"""

from __future__ import annotations

import hashlib
import logging
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from itertools import chain, islice
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np

from embeddings import EmbedderError, load_embedder
from rag.chunking import split
from rag.errors import ClusterError, EmbedderMismatch, FootnoteError, MissingExtra, OptionError, ParserCrashed
from rag.ingest import PASSAGES_PER_WRITE
from rag.limits import Limits
from rag.parsing import Parsed, Task, read_all
from rag.types import Embedder, Vectors

if TYPE_CHECKING:
    from distributed import Client, Future

FILES_PER_TASK = 16  # some 20 passages of short articles: a fraction of a second
TEXTS_PER_TASK = 64  # seconds of a core: long beside what sending them costs, short beside a run
TASKS_AHEAD = 6  # a thread: enough that it never waits for the one who stores
READS_AHEAD = 16  # the same of files: short ones make few passages, and wait behind what is being embedded
CONNECT_SECONDS, PATIENCE_SECONDS = 10, 60  # for the scheduler; for workers to come back when there are none left


class Cluster:
    """The workers of ``where``: the address of a Dask scheduler, or ``local:N`` for N processes of this machine.

    ``embedder`` is what each worker loads: a name for ``load_embedder`` or the embedder itself; its ``fingerprint``
    must be that of the index; ``limits`` are what reading one file may cost, None: those of each worker's environment.
    Raises ClusterError where there is no scheduler, or no worker that can do this work.
    """

    def __init__(
        self, where: str, embedder: str | Embedder | None, fingerprint: str, limits: Limits | None = None
    ) -> None:
        self._where, self._embedder, self._fingerprint, self._limits = where, embedder, fingerprint, limits
        self._own: Any = None
        self._n_threads = 1

    def __enter__(self) -> Cluster:
        try:
            import distributed
        except ImportError as error:
            raise MissingExtra("--cluster", "cluster") from error
        logging.getLogger("distributed").setLevel(logging.CRITICAL)  # a lost worker is no news: it is replaced
        address = self._start() if self._where.startswith("local:") else self._where
        try:
            self._client: Client = distributed.Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
            self._client.wait_for_workers(1, timeout=CONNECT_SECONDS)
            versions: dict[str, str | None] = self._client.run(ready)
        except (OSError, TimeoutError, ValueError) as error:
            self.__exit__(None, None, None)
            raise ClusterError(
                f"no Dask workers can be reached at {self._where} ({error}); start them with: dask scheduler, and on "
                "each machine: dask worker ADDRESS --nthreads 1"
            ) from error
        except Exception as error:  # whatever importing Footnote raises there
            self.__exit__(None, None, None)
            raise ClusterError(f"the workers at {self._where} cannot run Footnote ({error!r}); {_INSTALL}") from error
        others = {worker: found for worker, found in versions.items() if found != ready()}
        if others:
            self.__exit__(None, None, None)
            worker, other = min(others.items())
            raise ClusterError(
                f"the worker {worker} has Footnote {other or 'of an older version'}, not {ready()}; {_INSTALL}"
            )
        self._n_threads = max(1, sum(self._client.nthreads().values()))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for held in (getattr(self, "_client", None), self._own):
            if held is not None:
                held.close(timeout=PATIENCE_SECONDS)

    @property
    def n_ahead(self) -> int:
        """How many groups of passages are embedded while others are read and stored."""
        return -(-TASKS_AHEAD * self._n_threads * TEXTS_PER_TASK // PASSAGES_PER_WRITE)

    def read(self, tasks: Sequence[Task]) -> Iterator[Parsed]:
        """``rag.parsing.read`` of each task by the workers, in the order of the tasks."""
        todo = iter(tasks)
        underway: deque[tuple[list[Task], Future[Any]]] = deque()
        while True:
            while len(underway) < READS_AHEAD * self._n_threads and (batch := list(islice(todo, FILES_PER_TASK))):
                underway.append((batch, self._client.submit(read_batch, batch, self._limits, pure=False, priority=1)))
            if not underway:
                return
            batch, future = underway.popleft()
            yield from self._read(batch, future)

    def _read(self, batch: list[Task], future: Future[Any]) -> Iterator[Parsed]:
        try:
            yield from self._result(future)
        except _Killed:  # by one of the files: the others are innocent
            if len(batch) > 1:
                for task in batch:
                    yield from self._read(
                        [task], self._client.submit(read_batch, [task], self._limits, pure=False, priority=1)
                    )
                return
            yield Parsed(
                error=f"{batch[0].path} cannot be read: reading it ended the processes that tried; open it in its "
                "program and save it anew",
                kind=ParserCrashed.__name__,
            )

    def embed(self, texts: Sequence[str]) -> Callable[[], Vectors]:
        """Have the texts embedded; what is returned waits for their vectors, (n, dimensions)."""
        parts = [list(texts[at : at + TEXTS_PER_TASK]) for at in range(0, len(texts), TEXTS_PER_TASK)]
        futures = [
            self._client.submit(embed_batch, self._embedder, self._fingerprint, part, key=_key(self._fingerprint, part))
            for part in parts
        ]
        return lambda: np.concatenate([self._result(future) for future in futures])

    def _result(self, future: Future[Any]) -> Any:
        """What a task gave, however long it takes, unless there is nobody left to do it. Raises ClusterError."""
        from distributed import KilledWorker

        idle = False
        while True:
            try:
                return future.result(timeout=PATIENCE_SECONDS)
            except FootnoteError:
                raise
            except KilledWorker as error:
                raise _Killed(
                    f"each worker at {self._where} that tried some of the work died (for want of memory?); {_AGAIN}"
                ) from error
            except TimeoutError:
                if idle and not self._client.nthreads():
                    raise ClusterError(f"no Dask worker is left at {self._where}; {_AGAIN}") from None
                idle = not self._client.nthreads()
            except Exception as error:
                raise ClusterError(f"the Dask cluster at {self._where} failed ({error!r}); {_AGAIN}") from error

    def _start(self) -> str:
        """Processes of this machine, one thread each, and the address of their scheduler."""
        from distributed import LocalCluster

        number = self._where.removeprefix("local:")
        if not number.isdecimal() or not 0 < int(number) < 1000:
            raise OptionError(
                f"the cluster {self._where!r} means nothing; give local:N, with N processes, or an address"
            )
        self._own = LocalCluster(
            n_workers=int(number), threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0",
            silence_logs=logging.CRITICAL,
        )  # fmt: skip
        return str(self._own.scheduler_address)


_INSTALL = "install the same version on each machine with: pip install 'footnote-rag[cluster]'"
_AGAIN = "start workers and run the same command again: what is stored is not embedded anew"


class _Killed(ClusterError):
    """The workers that tried a task died."""


def ready() -> str:
    """The version of Footnote here; importing this module is a test too."""
    try:
        return version("footnote-rag")
    except PackageNotFoundError:  # run from a folder
        return "from a folder"


def read_batch(tasks: list[Task], limits: Limits | None) -> list[Parsed]:
    """On a worker: the files as ``rag.ingest`` reads them."""
    return list(read_all(tasks, split, limits))


def embed_batch(embedder: str | Embedder | None, fingerprint: str, texts: list[str]) -> Vectors:
    """On a worker: the vectors of the texts. Raises EmbedderMismatch where the worker would make others."""
    loaded = _loaded(embedder) if embedder is None or isinstance(embedder, str) else embedder
    if loaded.fingerprint != fingerprint:
        raise EmbedderMismatch(
            f"a worker has the embedder {loaded.fingerprint}, not {fingerprint}: install that one there"
        )
    return loaded.embed_passages(texts)


@cache
def _loaded(name: str | None) -> Embedder:
    try:
        return load_embedder(name)
    except EmbedderError as error:
        raise ClusterError(f"a worker cannot load the embedder: {error}") from error


def _key(fingerprint: str, texts: Sequence[str]) -> str:
    """The task's name: the same texts for the same model are one task, however often they are asked for."""
    digest = hashlib.sha256()
    for part in chain([fingerprint], texts):
        digest.update(len(part).to_bytes(8, "big") + part.encode())
    return f"footnote-embed-{digest.hexdigest()}"
