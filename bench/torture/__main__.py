"""``python -m bench.torture``: kills, faults and flipped bits by a seed; the table goes to docs/reliability.md.

Exits with 1 where an index was not what it must be.
"""

from __future__ import annotations

import argparse
import platform
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.torture.faults import Outcome, every, flipped
from bench.torture.kills import DEEDS, Rounds
from bench.torture.library import shrink

PAGE = Path(__file__).parent.parent.parent / "docs" / "reliability.md"
BEGIN, END = "<!-- torture: made by `make torture` -->", "<!-- /torture -->"


def main(argv: Sequence[str] | None = None) -> int:
    """Provoke everything, print what comes of it, and put the table into the page."""
    parser = argparse.ArgumentParser(prog="python -m bench.torture", description=__doc__)
    parser.add_argument("--seed", type=int, default=9)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--flips", type=int, default=60)
    parser.add_argument("--page", type=Path, default=PAGE)
    options = parser.parse_args(argv)
    shrink()
    began, outcomes = time.perf_counter(), []
    with tempfile.TemporaryDirectory(prefix="footnote-torture-") as scratch:
        for outcome in _all(Path(scratch).resolve(), options):
            print(f"{outcome.name}: {outcome.n}, {outcome.how}", *outcome.problems, sep="\n  ", flush=True)
            outcomes.append(outcome)
    write(options.page, BEGIN, END, _table(outcomes, options.seed, time.perf_counter() - began))
    return 1 if any(outcome.problems for outcome in outcomes) else 0


def write(page: Path, begin: str, end: str, text: str) -> None:
    """Put ``text`` between two lines of a page, in the place of what stands there."""
    before, rest = page.read_text(encoding="utf-8").split(begin)
    page.write_text(f"{before}{begin}\n{text}\n{end}{rest.split(end)[1]}", encoding="utf-8")


def _all(folder: Path, options: argparse.Namespace) -> Iterator[Outcome]:
    tally = Rounds(folder / "kills", options.seed).run(options.kills)
    deeds = ", ".join(f"{tally.killed[deed]} {deed}" for deed in DEEDS)
    how = f"{deeds}; {tally.n_acknowledged} acknowledged changes, none lost"
    yield Outcome("kill -9", tally.killed.total(), how, tuple(tally.problems))
    yield from every(folder, options.seed)
    (folder / "flips").mkdir()
    yield from flipped(folder / "flips", random.Random(options.seed), options.flips)


def _table(outcomes: Sequence[Outcome], seed: int, seconds: float) -> str:
    rows = ["| fault | times | | as a clean rebuild |", "|---|---|---|---|"]
    for outcome in outcomes:
        good = f"{outcome.n - len(outcome.problems)} of {outcome.n}" if outcome.n else "skipped"
        rows.append(f"| {outcome.name} | {outcome.n} | {outcome.how} | {good} |")
    made = f"SQLite {sqlite3.sqlite_version}, Python {platform.python_version()}, {platform.system()}"
    return "\n".join([*rows, "", f"Seed {seed}, {seconds / 60:.0f} minutes, {made}."])


if __name__ == "__main__":
    sys.exit(main())
