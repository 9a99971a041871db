"""What can happen to an index beside being killed, each with what must be true after it."""

from __future__ import annotations

import multiprocessing
import os
import random
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

from bench.torture import victim
from bench.torture.judging import Found, committed_of, differences, found, judge, store_of
from bench.torture.library import Bags, article, make_older
from rag import Index
from rag.doctor import examine_index
from rag.errors import FootnoteError, IndexFormatError, StoreError

N_VERSIONS = 25  # that a reader sees go by
SMALL, LARGE = "size=1m", "size=64m"  # of a disk that fills up, and once room is made

_processes = multiprocessing.get_context("forkserver")


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one kind of fault: how often it was provoked, and what was wrong after it."""

    name: str
    n: int
    how: str
    problems: tuple[str, ...] = ()


class Skipped(Exception):
    """This machine does not let the fault be provoked."""


def every(folder: Path, seed: int) -> Iterator[Outcome]:
    """All faults but kills and flipped bits, one after the other."""
    for number, fault in enumerate((full_disk, read_only, two_writers, reader, older, other_formats, clock)):
        place = folder / f"fault-{number}"
        place.mkdir()
        try:
            yield fault(place, random.Random(seed + number))
        except Skipped as error:
            yield Outcome(fault.__name__.replace("_", " "), 0, f"skipped: {error}")


def texts(folder: Path, drawn: random.Random, n: int, name: str = "file") -> dict[str, str]:
    """New files in ``folder``, by their paths."""
    folder.mkdir(exist_ok=True)
    made = {str(folder / f"{name}-{i}.txt"): article(drawn) for i in range(n)}
    for path, text in made.items():
        Path(path).write_text(text, encoding="utf-8")
    return made


def full_disk(folder: Path, drawn: random.Random) -> Outcome:
    """Files are added to an index on a disk that fills up; then room is made, and they are added again."""
    made, problems = texts(folder / "documents", drawn, 40), []
    with _disk(folder / "disk", SMALL) as disk:
        done: list[str] = []
        index = disk / "index"
        try:
            with Index.open(index, embedder=Bags()) as opened:
                opened.add(*made, progress=lambda _, __, file: done.append(file.source))
            problems.append("the disk did not fill up")
        except StoreError as error:
            if "room" not in str(error):
                problems.append(f"it says {error}")
        _mount(disk, f"remount,{LARGE}")  # a full disk cannot even be looked at through a log that has to grow
        committed, odd = committed_of(index, {}, made)
        problems += odd + [f"{path} was acknowledged and is gone" for path in done if path not in committed]
        problems += judge(index, committed)
        with Index.open(index, embedder=Bags()) as opened:
            opened.add(*made)
        problems += judge(index, made)
    return Outcome("the disk is full", 1, "a tmpfs of 1 MB", tuple(problems))


def read_only(folder: Path, drawn: random.Random) -> Outcome:
    """An index in a folder that cannot be written is searched as before, and a change says what is in its way."""
    made, problems = texts(folder / "documents", drawn, 20), []
    with _disk(folder / "disk", LARGE) as disk:
        index = disk / "index"
        with Index.open(index, embedder=Bags()) as opened:
            opened.add(*made)
            expected = found(opened)
        _mount(disk, "remount,ro")
        with Index.open(index, embedder=Bags()) as opened:
            if differences(found(opened), expected):
                problems.append("it is searched otherwise")
            more = texts(folder / "documents", drawn, 1, "more")
            for change in (lambda: opened.add(*more), lambda: opened.remove(next(iter(made))), opened.compact):
                problems += _refused(change, "writable")
        problems += [check.found for check in [examine_index(index)] if not check.ok]
        _mount(disk, f"remount,rw,{LARGE}")
        problems += judge(index, made)
    return Outcome("a read-only folder", 1, "a tmpfs remounted read-only", tuple(problems))


def two_writers(folder: Path, drawn: random.Random) -> Outcome:
    """Three processes change one index at once: two add, and update the same files; one compacts it meanwhile."""
    index, documents = folder / "index", folder / "documents"
    shared = texts(documents, drawn, 8, "shared")
    mine, yours = texts(documents, drawn, 16, "mine"), texts(documents, drawn, 16, "yours")
    with Index.open(index, embedder=Bags()) as opened:
        opened.add(*texts(documents, drawn, 8, "shared"))
    deeds = [("add", [*shared, *mine]), ("add", [*reversed(yours), *shared]), ("compact", []), ("compact", [])]
    problems = _together(index, deeds)
    return Outcome("two processes write at once", len(deeds), "and two compact", (
        *problems, *judge(index, {**texts_of(documents)}),
    ))  # fmt: skip


def texts_of(folder: Path) -> dict[str, str]:
    """What lies in the files of ``folder``."""
    return {str(path): path.read_text(encoding="utf-8") for path in folder.iterdir()}


def reader(folder: Path, drawn: random.Random) -> Outcome:
    """Two files are changed together again and again; whoever searches sees both before or both after, in order."""
    index, paths = folder / "index", [folder / "a.txt", folder / "b.txt"]

    def version(number: int) -> None:
        for path in paths:
            text = f"Harbour {path.stem}\n\nThe harbour has {number} ships. {article(drawn)}"
            path.write_text(text, encoding="utf-8")

    version(0)
    with Index.open(index, embedder=Bags()) as opened:
        opened.add(*paths)
        ours, theirs = _processes.Pipe(duplex=False)
        process = _processes.Process(target=victim.watch, args=(index, theirs), daemon=True)
        process.start()
        theirs.close()
        ours.recv()
        for number in range(1, N_VERSIONS + 1):
            version(number)
            opened.add(*paths)
        (folder / "stop").touch()
    seen = ours.recv()
    process.join(60)
    problems = [f"it saw the versions {versions} at once" for versions in seen if len(set(versions)) != 1]
    numbers = [versions[0] for versions in seen]
    problems += [] if numbers == sorted(numbers) else ["what it saw went backwards"]
    problems += [] if len(set(numbers)) > 3 else ["it hardly saw a change"]
    problems += judge(index, {str(path): path.read_text(encoding="utf-8") for path in paths})
    how = f"searches over {N_VERSIONS} changes, {len(set(numbers))} states seen"
    return Outcome("a reader during writes", len(seen), how, tuple(problems))


def older(folder: Path, drawn: random.Random) -> Outcome:
    """An index of the format before is brought to this one when it is opened."""
    index, made = folder / "index", texts(folder / "documents", drawn, 24)
    with Index.open(index, embedder=Bags()) as opened:
        opened.add(*made)
    make_older(index)
    return Outcome("an index of format 1", 1, "migrated", tuple(judge(index, made)))


def other_formats(folder: Path, drawn: random.Random) -> Outcome:
    """An index of a format that is not known is refused, with what to do."""
    problems = []
    for version in ("0", "3", "99", ""):
        index = folder / f"index-{version}"
        with Index.open(index, embedder=Bags()) as opened:
            store_of(opened).set_meta("format", version)
        try:
            Index.open(index)
            problems.append(f"format {version!r} was opened")
        except IndexFormatError as error:
            if "into a new folder" not in str(error):
                problems.append(f"it says {error}")
    return Outcome("an index of an unknown format", 4, "refused with the line that cures it", tuple(problems))


def clock(folder: Path, drawn: random.Random) -> Outcome:
    """The clock goes back a day with every look at it, and changed files are older than those they replace."""
    index, made = folder / "index", texts(folder / "documents", drawn, 20)
    now = datetime.now(UTC)

    class Backwards(datetime):
        looks = 0

        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            cls.looks += 1
            return now - timedelta(days=cls.looks)

    with patch("rag.store.datetime", Backwards), Index.open(index, embedder=Bags()) as opened:
        opened.add(*made)
        for number, path in enumerate(sorted(made)[:10]):
            made[path] = made[path].replace(" fire ", " Fire ")  # of the same size
            Path(path).write_text(made[path], encoding="utf-8")
            os.utime(path, (time.time() - 86400 * 365, time.time() - 86400 * (365 + number)))
        n = opened.add(*made).count("updated")
    problems = [] if n == 10 else [f"{n} of 10 changed files were seen"]
    return Outcome("the clock goes backwards", 10, "files changed to older ones of the same size",
                   (*problems, *judge(index, made)))  # fmt: skip


def flipped(folder: Path, drawn: random.Random, n: int) -> Iterator[Outcome]:
    """One bit flipped in each file of an index, ``n`` times in the database, which is then mended."""
    whole, made = folder / "whole", texts(folder / "documents", drawn, 24)
    with Index.open(whole, embedder=Bags()) as index:
        index.add(*made)
        expected = found(index)
    for pattern, times in (("footnote.sqlite", n), ("vectors-*.faiss", max(n // 4, 3))):
        problems: list[str] = []
        outcomes = {"harmless": 0, "found by the doctor and mended": 0, "made anew unasked": 0}
        for number in range(times):
            index_folder = folder / "flipped"
            shutil.rmtree(index_folder, ignore_errors=True)
            shutil.copytree(whole, index_folder)
            [file] = index_folder.glob(pattern)
            at = _flip(file, drawn)
            what, odd = _after_flip(index_folder, expected, made)
            outcomes[what if pattern == "footnote.sqlite" or odd else "made anew unasked"] += 1
            problems += [f"bit {at} of {file.name}, flip {number}: {problem}" for problem in odd]
        how = ", ".join(f"{count} {name}" for name, count in outcomes.items() if count)
        yield Outcome(f"a bit flipped in {pattern}", times, how, tuple(problems))


def _flip(file: Path, drawn: random.Random) -> int:
    held = bytearray(file.read_bytes())
    used = [place for place, byte in enumerate(held) if byte]  # half of the file is room that holds nothing
    at = 8 * drawn.choice(used) + drawn.randrange(8)
    held[at // 8] ^= 1 << at % 8
    file.write_bytes(held)
    return at


def _after_flip(index: Path, expected: Found, made: dict[str, str]) -> tuple[str, list[str]]:
    from rag.mending import mend

    problems = []
    try:
        with Index.open(index, embedder=Bags()) as opened:
            same = not differences(found(opened), expected)
    except FootnoteError:
        same = False
    except Exception as error:
        problems.append(f"a search raises {error!r}")
    check = examine_index(index)
    if check.ok:
        return "harmless", problems + ([] if same else ["the doctor finds nothing, but it is searched otherwise"])
    if "footnote mend" not in check.cure and "footnote index" not in check.cure:
        problems.append(f"the cure is {check.cure!r}")
    mended = mend(index, Bags())
    with Index.open(index, embedder=Bags()) as opened:
        opened.add(*made)  # what the index could not even name is added again
    problems += [f"{path} is lost" for path in mended.lost if path in made] + judge(index, made)
    return "found by the doctor and mended", problems


def _refused(change: Callable[[], object], word: str) -> list[str]:
    try:
        change()
    except FootnoteError as error:
        return [] if word in str(error) else [f"it says {error}"]
    return ["a change was not refused"]


def _together(index: Path, deeds: list[tuple[str, list[str]]]) -> list[str]:
    running = []
    for deed, names in deeds:
        ours, theirs = _processes.Pipe(duplex=False)
        process = _processes.Process(target=victim.work, args=(deed, index, names, theirs), daemon=True)
        process.start()
        theirs.close()
        running.append((deed, process, ours))
    problems = []
    for deed, process, ours in running:
        process.join(120)
        told = []
        try:
            while True:
                told.append(ours.recv())
        except EOFError:
            pass
        if "done" not in told:
            problems.append(f"the process that was to {deed} did not get to its end")
    return problems


@contextmanager
def _disk(place: Path, size: str) -> Iterator[Path]:
    """A disk of its own in memory. Raises Skipped where none may be mounted."""
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", size, "footnote-torture", str(place)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True).returncode != 0:
        raise Skipped("no disk may be mounted here; run it as root")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=False)


def _mount(place: Path, options: str) -> None:
    subprocess.run(["mount", "-o", options, str(place)], check=True, capture_output=True)
