"""kill -9, again and again, at random moments of every change that an index knows."""

from __future__ import annotations

import multiprocessing
import random
import shutil
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

from bench.torture import victim
from bench.torture.judging import committed_of, judge
from bench.torture.library import article, make_older

DEEDS = ("add", "update", "remove", "prune", "compact", "rebuild", "create", "upgrade")
N_FILES = 24  # that the index holds about
N_CHANGED = 10  # files that one deed changes at most
ASKED_EVERY = 20  # kills after which a question is asked too: it takes a second
SECONDS = 60.0  # a deed that takes longer hangs

_processes = multiprocessing.get_context("forkserver")


@dataclass(slots=True)
class Tally:
    """How many kills met which deed at work, and what was wrong after them."""

    killed: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    n_acknowledged: int = 0


class Rounds:
    """One index that lives through all kills; its files are in ``folder / "documents"``."""

    def __init__(
        self, folder: Path, seed: int, *, asked_every: int = ASKED_EVERY, seconds: float | None = None
    ) -> None:
        """``seconds`` is what a deed takes, where that need not be measured by letting each through once."""
        self._folder, self._drawn, self._asked_every = folder, random.Random(seed), asked_every
        self._index, self._documents = folder / "index", folder / "documents"
        self._documents.mkdir(parents=True)
        self._texts: dict[str, str] = {}
        self._number = 0
        self._seconds = (
            {} if seconds is None else dict.fromkeys(DEEDS, seconds)
        )  # that each deed takes, once it was let through to its end
        self.tally = Tally()
        _processes.set_forkserver_preload([victim.__name__])

    def run(self, n_kills: int) -> Tally:
        """Go on until ``n_kills`` have met a deed at work."""
        while self.tally.killed.total() < n_kills:
            deed = DEEDS[self._number % len(DEEDS)]
            self._number += 1
            self._round(deed if self._texts else "add")
        return self.tally

    def _round(self, deed: str) -> None:
        index = self._folder / "created" if deed == "create" else self._index
        before = {} if deed == "create" else dict(self._texts)
        names, after = self._plan(deed, before)
        told, killed = self._interrupted(deed, index, names)
        committed, problems = committed_of(index, before, after)
        for path in told:
            if committed.get(path) != after.get(path):
                problems.append(f"{path} was acknowledged and is not in the index")
        n = self.tally.killed.total()
        problems += judge(index, committed, answers=killed and n % self._asked_every == self._asked_every - 1)
        self.tally.problems += [f"{deed}, kill {n}: {problem}" for problem in problems]
        self.tally.n_acknowledged += len(told)
        self.tally.killed[deed] += killed
        if deed == "create":
            shutil.rmtree(index, ignore_errors=True)
        else:
            self._texts = committed
        for file in self._documents.iterdir():
            if str(file) not in self._texts:
                file.unlink()

    def _plan(self, deed: str, before: Mapping[str, str]) -> tuple[list[str], dict[str, str]]:
        """What the victim is given, and what the index holds if it gets to the end."""
        after, some = dict(before), self._drawn.sample(sorted(before), min(len(before), N_CHANGED))
        names = some
        if deed in ("add", "create"):
            missing = max(N_FILES - len(before), 3)
            names = [str(self._documents / f"{self._number:04d}-{n}.txt") for n in range(min(missing, N_CHANGED))]
        if deed in ("add", "create", "update"):
            after |= {name: article(self._drawn) for name in names}
            self._write(after, names)
        if deed in ("remove", "prune"):
            names = some[: N_CHANGED // 2]
            after = {name: text for name, text in before.items() if name not in names}
        if deed == "prune":
            for name in names:
                Path(name).unlink()
            names = [str(self._documents)]
        if deed == "upgrade":
            make_older(self._index)
        return names, after

    def _write(self, texts: Mapping[str, str], names: list[str]) -> None:
        for name in names:
            Path(name).write_text(texts[name], encoding="utf-8")

    def _interrupted(self, deed: str, index: Path, names: list[str]) -> tuple[list[str], bool]:
        """What the victim said was done before it was killed, and whether it was still at work."""
        ours, theirs = _processes.Pipe(duplex=False)
        process = _processes.Process(target=victim.work, args=(deed, index, names, theirs), daemon=True)
        process.start()
        theirs.close()
        if not ours.poll(SECONDS) or ours.recv() != "begun":
            raise RuntimeError(f"the process that was to {deed} did not begin")
        began = time.perf_counter()
        if deed in self._seconds:
            time.sleep(self._drawn.uniform(0, 1.2 * self._seconds[deed]))
            process.kill()
        process.join(SECONDS)
        spent, told = time.perf_counter() - began, _drained(ours)
        ended = "done" in told
        if ended:  # what else the machine does decides how long a deed takes
            self._seconds[deed] = (self._seconds.get(deed, spent) + spent) / 2
        else:
            self._seconds[deed] *= 1.05
        return [name for name in told if name != "done"], not ended


def _drained(pipe: Connection) -> list[str]:
    told = []
    while True:
        try:
            told.append(pipe.recv())
        except EOFError:
            return told
