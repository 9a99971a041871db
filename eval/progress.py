"""How far a long run is and how long it will take: a bar on a terminal, a line now and then in a log."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from eval.gold import GoldQuestion
from rag.types import FileReport

SECONDS_BETWEEN_LINES = 60.0  # in a log, which a bar would fill with control characters
STEADY_SECONDS = 120.0  # the time left is told by the pace of so many seconds


@contextmanager
def shown(what: str, total: int | None, done: int = 0) -> Iterator[Callable[[int, int | None], None]]:
    """A callable that takes how many are done, and of how many; ``done`` were before this run. On stderr."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _Log(what, console, done)
        return
    columns = (
        TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("left"),
        TimeRemainingColumn(compact=True),
    )  # fmt: skip
    with Progress(*columns, console=console, transient=True, speed_estimate_period=STEADY_SECONDS) as bar:
        task = bar.add_task(what, total=total, completed=done)
        yield lambda now, of: bar.update(task, completed=now, total=of)


def tracked(questions: Sequence[GoldQuestion], done: int) -> Iterable[GoldQuestion]:
    """The questions from the ``done``-th on, each shown as answered once the next one is asked for."""
    with shown("asking", len(questions), done) as show:
        for number, question in enumerate(questions[done:], done):
            yield question
            show(number + 1, len(questions))


@contextmanager
def indexing() -> Iterator[Callable[[int, int, FileReport], None]]:
    """What ``Index.add`` calls for each file."""
    with shown("indexing", None) as show:
        yield lambda now, of, _: show(now, of)


class _Log:
    """A line with the time left, the first one a minute after the start."""

    def __init__(self, what: str, console: Console, done: int) -> None:
        self._what, self._console, self._before = what, console, done
        self._began = self._said = time.monotonic()

    def __call__(self, done: int, total: int | None) -> None:
        now = time.monotonic()
        if total is None or now - self._said < SECONDS_BETWEEN_LINES or done <= self._before:
            return
        self._said = now
        left = (now - self._began) / (done - self._before) * (total - done)
        self._console.print(f"{self._what}: {done} of {total}, {left / 60:.0f} min left", highlight=False)
