"""``python -m bench.answers``: how long an answer takes, and its first words, with the index open and models warm.

Wall-clock seconds mean little on a busy machine; those of the processor, summed over its cores, mean more.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from eval.gold import load_gold
from rag import Index, stream, warm_up

EXAMPLES = Path(__file__).parent.parent / "examples"


def seconds(question: str, index: Index, writer: str) -> tuple[float, float, float]:
    """Until the first text, until the whole answer, and what the processor spent."""
    began, spent, first = time.perf_counter(), time.process_time(), None
    for answer in stream(question, index, writer=writer):
        if first is None and answer.text:
            first = time.perf_counter() - began
    total = time.perf_counter() - began
    return total if first is None else first, total, time.process_time() - spent


def main() -> None:
    """Ask every gold question with each writer and print the medians."""
    parser = argparse.ArgumentParser(prog="python -m bench.answers", description=__doc__)
    parser.add_argument("--corpus", type=Path, default=EXAMPLES / "documents")
    parser.add_argument("--gold", type=Path, default=EXAMPLES / "gold.jsonl")
    options = parser.parse_args()
    asked = [gold.question for gold in load_gold(options.gold)]
    table = Table("writer", "questions", "first text (s)", "whole answer (s)", "slowest tenth (s)", "processor (s)")
    with tempfile.TemporaryDirectory(prefix="footnote-bench-") as scratch, Index.open(scratch) as index:
        index.add(options.corpus)
        for writer in ("quote", "local"):
            warm_up(index, writer=writer)
            firsts, totals, spent = zip(*(seconds(question, index, writer) for question in asked), strict=True)
            slow = statistics.quantiles(totals, n=10)[-1]
            figures = (statistics.median(firsts), statistics.median(totals), slow, statistics.median(spent))
            table.add_row(writer, str(len(asked)), *(f"{figure:.2f}" for figure in figures))
    Console().print(table)


if __name__ == "__main__":
    main()
