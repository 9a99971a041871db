"""Processes that read files for this one, each held to its limits: one that hangs is ended, one that dies is replaced.

A process is started as a program of its own because multiprocessing would run the user's script a second time in it.
What it sends back is taken apart without trust: whoever broke into it could send anything.
"""

from __future__ import annotations

import atexit
import io
import os
import pickle
import select
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

HEADER = 8  # bytes that say how long a message is
START_SECONDS = 60.0  # of processor time until it says that it is ready, which is no file's fault
IDLE_SECONDS = 30.0  # how long a process that has nothing to do is kept for the next run
_CHUNK = 1 << 20
_LOOK = 1.0  # seconds between two looks at how much a process has used


class Late(Exception):
    """No answer came in time; the process is ended."""


class Dead(Exception):
    """The process ended without an answer."""


class Worker:
    """A process that runs ``module`` and answers one message after another. ``hello`` is its first, to
    which it says, whatever that is, that it is ready."""

    def __init__(self, module: str, hello: bytes) -> None:
        """Raises OSError where no process is to be had."""
        # -P and the paths: modules come from where this process has them, never from the folder that it stands in,
        # which may be one of somebody else's documents.
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        self.kind = (module, hello)
        self.n_answers = 0
        self._ready = False
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            bufsize=0,
        )
        with suppress(OSError):  # a process that is gone already is seen when it is asked
            self._send(hello)

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, message: bytes, seconds: float) -> bytes:
        """The answer, for so many seconds of processor time at most. Raises Late or Dead; the process is then gone."""
        try:
            if not self._ready:
                self._receive(_Allowance(self._process.pid, START_SECONDS))
                self._ready = True
            self._send(message)
            answer = self._receive(_Allowance(self._process.pid, seconds))
        except (OSError, EOFError) as error:
            self.kill()
            raise Dead from error
        except Late:
            self.kill()
            raise
        self.n_answers += 1
        return answer

    def close(self) -> None:
        """End the process: it stops when nothing more can come."""
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
        try:
            self._process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()

    def _send(self, message: bytes) -> None:
        assert self._process.stdin is not None, "it was asked for"
        data = memoryview(framed(message))
        while data:
            data = data[self._process.stdin.write(data) :]

    def _receive(self, allowed: _Allowance) -> bytes:
        size = int.from_bytes(self._read(HEADER, allowed), "big")
        return self._read(size, allowed)

    def _read(self, size: int, allowed: _Allowance) -> bytes:
        assert self._process.stdout is not None, "it was asked for"
        source, read = self._process.stdout.fileno(), bytearray()
        waiting = select.poll()
        waiting.register(source, select.POLLIN)
        while len(read) < size:
            while not waiting.poll(min(_LOOK, allowed.seconds) * 1000):
                allowed.check()
            piece = os.read(source, min(size - len(read), _CHUNK))
            if not piece:
                raise EOFError
            read += piece
        return bytes(read)


class _Allowance:
    """What time a process may still take for one answer."""

    def __init__(self, pid: int, seconds: float) -> None:
        self.seconds = seconds
        self._pid = pid
        self._began = self._moved = time.monotonic()
        self._used = self._last = _processor_seconds(pid)

    def check(self) -> None:
        """Raises Late where the time is used up, or has passed with nothing done; a busy machine may take longer."""
        now, used = time.monotonic(), _processor_seconds(self._pid)
        if used is None or self._used is None:
            spent = now - self._began
        else:
            spent = used - self._used
            if used != self._last:
                self._moved, self._last = now, used
        if spent >= self.seconds or now - self._moved >= self.seconds:
            raise Late


def _processor_seconds(pid: int) -> float | None:
    """What a process has used so far; None where the system does not say."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as stream:  # noqa: PTH123 (asked for each file that is read)
            fields = stream.read().rpartition(b")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def framed(message: bytes) -> bytes:
    """The message as it goes through a pipe."""
    return len(message).to_bytes(HEADER, "big") + message


class _Idle:
    """At most one process that waits for work, so that many small runs do not start one each."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._worker: Worker | None = None
        self._timer: threading.Timer | None = None

    def take(self, kind: tuple[str, bytes]) -> Worker | None:
        """The process, if it is of that kind."""
        with self._lock:
            if self._worker is None or self._worker.kind != kind:
                return None
            worker, self._worker = self._worker, None
            self._stop_waiting()
        if worker.alive:
            return worker
        worker.kill()
        return None

    def give(self, worker: Worker) -> None:
        """Keep the process for a while, in place of the one that waited."""
        with self._lock:
            before, self._worker = self._worker, worker
            self._stop_waiting()
            self._timer = threading.Timer(IDLE_SECONDS, self.drop)
            self._timer.daemon = True
            self._timer.start()
        if before is not None:
            before.close()

    def drop(self) -> None:
        with self._lock:
            worker, self._worker = self._worker, None
            self._stop_waiting()
        if worker is not None:
            worker.close()

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


_idle = _Idle()
atexit.register(_idle.drop)


class Workers:
    """One process for each thread that asks, all of one kind."""

    def __init__(self, module: str, hello: bytes) -> None:
        self._kind = (module, hello)
        self._local = threading.local()
        self._lock = threading.Lock()
        self._alive: set[Worker] = set()

    def worker(self, *, fresh: bool = False) -> Worker:
        """This thread's process; ``fresh``: one that has answered nothing yet. Raises OSError where there is none."""
        worker: Worker | None = getattr(self._local, "worker", None)
        if worker is not None and not (fresh and worker.n_answers):
            return worker
        if worker is not None:
            self.lose()
        found = (None if fresh else _idle.take(self._kind)) or Worker(*self._kind)
        with self._lock:
            self._alive.add(found)
        self._local.worker = found
        return found

    def lose(self) -> None:
        """Have done with this thread's process; the next question starts another."""
        worker: Worker | None = getattr(self._local, "worker", None)
        if worker is not None:
            self._local.worker = None
            with self._lock:
                self._alive.discard(worker)
            worker.kill()

    def close(self) -> None:
        """One is kept for the next run, the others end."""
        with self._lock:
            workers, self._alive = list(self._alive), set()
        for worker in workers[1:]:
            worker.close()
        for worker in workers[:1]:
            _idle.give(worker)


class _Plain(pickle.Unpickler):
    """Makes only what it is told of: a pickle can otherwise run anything."""

    def __init__(self, data: bytes, allowed: Mapping[tuple[str, str], Any]) -> None:
        super().__init__(io.BytesIO(data))
        self._allowed = allowed

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self._allowed:
            raise pickle.UnpicklingError(f"a process that reads files sent a {module}.{name}")
        return self._allowed[module, name]


def unpickled(data: bytes, classes: tuple[type, ...]) -> Any:
    """What ``data`` holds, of these classes and of Python's own plain types. Raises UnpicklingError for anything else,
    and what pickle raises for what is no pickle."""
    return _Plain(data, {(made.__module__, made.__qualname__): made for made in classes}).load()
