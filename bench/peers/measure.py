"""One system measured in a process of its own; prints a JSON object. Run by ``python -m bench.peers``."""

from __future__ import annotations

import argparse
import json
import logging
import resource
import statistics
import time
from functools import partial
from pathlib import Path
from typing import Any

from bench.peers.systems import SYSTEMS

K = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=SYSTEMS)
    parser.add_argument("--model", required=True)
    parser.add_argument("--documents", type=Path, required=True)
    parser.add_argument("--questions", type=Path, required=True)
    parser.add_argument("--at", type=Path, required=True, help="an empty folder, or with --cold one that was filled")
    parser.add_argument("--cold", action="store_true", help="open what is there and ask one question")
    given = parser.parse_args()
    logging.disable(logging.WARNING)
    questions = json.loads(given.questions.read_text(encoding="utf-8"))
    system = SYSTEMS[given.name](given.model, given.at)
    system.open()
    if given.cold:
        system.search(questions[0], K)
        return
    files = sorted(given.documents.iterdir())
    found: dict[str, Any] = {}
    began = time.perf_counter()
    system.add(files)
    found["files to searchable, s"] = time.perf_counter() - began
    system.open()
    found["passages"] = len(system)
    for question in questions:
        system.search(question, K)
    times = [_seconds(partial(system.search, question, K)) for question in questions]
    found["search, ms"] = statistics.median(times) * 1000
    found["search, 95th percentile, ms"] = statistics.quantiles(times, n=20)[-1] * 1000
    found["a changed file, s"] = statistics.median(_changed(system, file, n) for n, file in enumerate(files[:5]))
    found["peak memory, MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found["bytes a passage"] = sum(p.stat().st_size for p in given.at.rglob("*") if p.is_file()) / found["passages"]
    print("\n" + json.dumps(found))


def _changed(system: Any, file: Path, n: int) -> float:
    """Seconds until a search finds a new sentence in a file, which is then put back."""
    before, told = file.read_text(encoding="utf-8"), f"The lighthouse keeper of Ostrava{n} counted {n} seals."
    file.write_text(f"{before}\n\n{told}\n", encoding="utf-8")
    try:
        began = time.perf_counter()
        system.change(file)
        found = system.search(told, K)
        assert any(told in text for text in found), "the change is not found"
        return time.perf_counter() - began
    finally:
        file.write_text(before, encoding="utf-8")


def _seconds(work: Any) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
