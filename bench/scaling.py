"""``python -m bench.scaling``: what 1e5 to 1e10 passages need, computed and simulated from measured constants.

Measured constants are those of docs/performance.md; what nobody measured here (prices, how often machines fail, the
vectors' share of an engine's memory) is an option with a default, named in the table's foot.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

# Measured: docs/performance.md, 2 cores with AVX2.
DISK_BYTES = 3_479  # a passage, at a million: text, words, vector, clusters
EMBEDDING_SECONDS, REST_SECONDS = 0.065, 0.0044  # of a core, a passage: embedding; reading, splitting and storing
SEARCH_MS = {1e5: (4.7, 22.8), 1e6: (12.5, 37.2)}  # median and 95th percentile of a hybrid search
ANSWER_SECONDS, ANSWER_SPREAD = 1.0, 0.35  # of two cores, writer quote; the spread (log) is assumed
GROWTH = 2.7  # times the time of a search for ten times the passages

VECTOR_BYTES, CODE_BYTES, LINK_BYTES = 1_536, 384, 256  # 384 floats; a byte each; the links of an HNSW graph
FOLDER_MOST, POSTGRES_MOST = 2e6, 1e7  # passages that one folder, and one PostgreSQL, are meant for
SHARD = 2e7  # passages a shard of Milvus: tens of gigabytes, which a common machine holds
N_DRAWN = 40_000


@dataclass(frozen=True, slots=True)
class Plan:
    """Where a number of passages is kept, and what that needs."""

    n_passages: float
    kept_by: str
    n_shards: int
    memory_gb: float  # of each shard
    disk_tb: float  # all copies
    core_days: float  # to embed everything once
    n_workers: int  # cores that do it within the days that are given
    search_ms: tuple[float, float]  # median, 95th percentile: the slowest of all shards
    minutes_away: float  # a year in which some shard has no copy that answers
    month: float  # what machines and disks cost


def main() -> None:
    given = _parser().parse_args()
    plans = [plan(10.0**power, given) for power in range(5, 11)]
    table = Table(title=f"{given.copies} copies of each shard, embedded within {given.days} days", title_justify="left")
    for column in ("passages", "kept by", "shards", "memory a shard", "disk", "core-days to embed", "workers",
                   "search, median / p95", "away, minutes a year", "a month"):  # fmt: skip
        table.add_column(column, justify="right")
    for one in plans:
        table.add_row(
            f"{one.n_passages:.0e}", one.kept_by, f"{one.n_shards:,}", f"{one.memory_gb:,.1f} GB",
            f"{one.disk_tb:,.3g} TB", f"{one.core_days:,.3g}", f"{one.n_workers:,}",
            f"{one.search_ms[0]:.0f} / {one.search_ms[1]:.0f} ms", f"{one.minutes_away:,.1f}", f"{one.month:,.0f}",
        )  # fmt: skip
    console = Console(width=150)
    console.print(table)
    console.print(pages(given.questions, given.wait))
    console.print(
        f"Assumed, not measured: a machine fails every {given.fails_days:g} days and is back after "
        f"{given.back_minutes:g} minutes; a core costs {given.core:g} a month, a GB of memory {given.memory:g}, one of "
        f"disk {given.disk:g}; search past 1e6 passages a shard grows as from 1e5 to 1e6 (x{GROWTH} for ten times)."
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--copies", type=int, default=2, help="of each shard")
    parser.add_argument("--days", type=float, default=7, help="in which everything is embedded")
    parser.add_argument("--questions", type=float, default=2.0, help="a second, at the busiest time")
    parser.add_argument("--wait", type=float, default=1.0, help="seconds that 19 of 20 wait at most for a free process")
    parser.add_argument("--fails-days", type=float, default=60)
    parser.add_argument("--back-minutes", type=float, default=15)
    parser.add_argument("--core", type=float, default=10.0, help="its price a month")
    parser.add_argument("--memory", type=float, default=3.0, help="the price of a GB a month")
    parser.add_argument("--disk", type=float, default=0.1, help="the price of a GB a month")
    return parser


def plan(n_passages: float, given: argparse.Namespace) -> Plan:
    """What ``n_passages`` need under the assumptions ``given``."""
    kept_by, n_shards = engine(n_passages)
    each = n_passages / n_shards
    copies = 1 if kept_by == "a folder" else given.copies
    memory = memory_gb(kept_by, each)
    disk = n_passages * DISK_BYTES * copies / 1e12
    core_days = n_passages * (EMBEDDING_SECONDS + REST_SECONDS) / 86_400
    cores = 2 * math.ceil(memory / 16)  # two for each 16 GB, as machines are sold
    month = n_shards * copies * (cores * given.core + memory * given.memory) + disk * 1e3 * given.disk
    away = minutes_away(n_shards, copies, given.fails_days, given.back_minutes)
    n_workers = math.ceil(core_days / given.days)
    return Plan(n_passages, kept_by, n_shards, memory, disk, core_days, n_workers, slowest(each, n_shards), away, month)


def engine(n_passages: float) -> tuple[str, int]:
    """Who keeps so many passages, and in how many parts."""
    if n_passages <= FOLDER_MOST:
        return "a folder", 1
    if n_passages <= POSTGRES_MOST:
        return "PostgreSQL", 1
    return "Milvus", math.ceil(n_passages / SHARD)


def memory_gb(kept_by: str, n_passages: float) -> float:
    """What one part needs in memory: a folder's is measured, the others' are their vectors and a quarter more."""
    if kept_by == "a folder":
        return 0.5 + 0.43e-6 * n_passages  # 526 MB at 1e5, 915 MB at 1e6
    row = VECTOR_BYTES + LINK_BYTES if kept_by == "PostgreSQL" else CODE_BYTES + LINK_BYTES
    return 1.0 + 1.25 * n_passages * row / 1e9


def slowest(n_passages: float, n_shards: int, seed: int = 0) -> tuple[float, float]:
    """Median and 95th percentile, ms, of a search that waits for the slowest of ``n_shards``, each with ``n_passages``:
    drawn from a log-normal through the two that were measured."""
    (small, tail), (large, large_tail) = SEARCH_MS.values()
    decades = max(0.0, math.log10(n_passages / 1e5))
    median = small * GROWTH**decades if n_passages != 1e6 else large
    spread = math.log((tail / small * large_tail / large) ** 0.5) / 1.645
    drawn = np.random.default_rng(seed).uniform(size=N_DRAWN) ** (1 / n_shards)  # the highest of n uniform ones
    times = median * np.exp(spread * _normal_quantile(drawn))
    return float(np.quantile(times, 0.5)), float(np.quantile(times, 0.95))


def _normal_quantile(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    from statistics import NormalDist

    inverse = NormalDist().inv_cdf
    return np.array([inverse(min(max(share, 1e-12), 1 - 1e-12)) for share in shares])


def minutes_away(n_shards: int, copies: int, fails_days: float, back_minutes: float) -> float:
    """Minutes a year in which at least one shard has no copy, machines failing independently of each other."""
    down = back_minutes / (fails_days * 1440 + back_minutes)
    return float(-np.expm1(n_shards * np.log1p(-(down**copies))) * 365.25 * 1440)


def waits(rate: float, n_processes: int, seed: int = 0) -> NDArray[np.float64]:
    """Seconds that each of a run of questions waits for a free process: a queue, simulated question by question.

    ``rate`` questions a second arrive at random; each takes as long as answers were measured to take.
    """
    drawn = np.random.default_rng(seed)
    arrivals = np.cumsum(drawn.exponential(1 / rate, N_DRAWN))
    taken = np.exp(drawn.normal(math.log(ANSWER_SECONDS), ANSWER_SPREAD, N_DRAWN))
    free = np.zeros(n_processes)
    waited = np.empty(N_DRAWN)
    for n, (arrival, seconds) in enumerate(zip(arrivals, taken, strict=True)):
        first = int(free.argmin())
        begins = max(arrival, free[first])
        waited[n], free[first] = begins - arrival, begins + seconds
    return waited


def pages(rate: float, most: float) -> str:
    """How many pages of two cores answer ``rate`` questions a second, and what happens when one is lost."""
    least = math.ceil(rate * ANSWER_SECONDS * math.exp(ANSWER_SPREAD**2 / 2) + 1e-9)
    enough = next(n for n in range(least, least + 1000) if _p95(waits(rate, n)) <= most)
    lost: Sequence[str] = [f"{n} pages: {_p95(waits(rate, n)):.1f} s" for n in (enough, enough + 1)]
    return (
        f"{rate:g} questions a second: {enough} pages of two cores, and one more for the day when one is lost "
        f"(19 of 20 wait at most, with {', '.join(lost)})."
    )


def _p95(waited: NDArray[np.float64]) -> float:
    return float(np.quantile(waited, 0.95))


if __name__ == "__main__":
    main()
