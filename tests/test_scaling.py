"""The plan of docs/scaling.md holds to what can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from bench.scaling import _parser, minutes_away, plan, slowest, waits
from tests.conftest import ROOT


def test_one_copy_of_one_shard_is_away_as_long_as_it_is_broken() -> None:
    # Broken for a day after each 99: one day in a hundred of a year.
    assert minutes_away(1, 1, 99, 1440) == pytest.approx(365.25 * 1440 / 100)
    assert minutes_away(1, 2, 99, 1440) == pytest.approx(365.25 * 1440 / 10_000)
    assert minutes_away(2, 2, 99, 1440) == pytest.approx(2 * 365.25 * 1440 / 10_000, rel=1e-3)


def test_a_search_waits_for_the_slowest_shard() -> None:
    alone, many = slowest(1e6, 1), slowest(1e6, 50)
    assert alone[0] == pytest.approx(12.5, rel=0.02)
    # Half of the searches of 50 shards have one slower than 98.6 of 100 of its own.
    assert alone[1] < many[0] < many[1]


def test_enough_pages_let_nobody_wait() -> None:
    assert np.quantile(waits(1.0, 20), 0.999) == 0
    assert waits(1.0, 2).mean() > waits(1.0, 3).mean()


def test_the_table_of_the_docs_is_what_is_computed() -> None:
    told = (ROOT / "docs" / "scaling.md").read_text(encoding="utf-8")
    for power in range(5, 11):
        made = plan(10.0**power, _parser().parse_args([]))
        assert f"| 1e{power} | {made.kept_by} | {made.n_shards:,} | {made.memory_gb:,.1f} GB |" in told
        assert (
            f"| {made.search_ms[0]:.0f} / {made.search_ms[1]:.0f} ms | {made.minutes_away:,.1f} | {made.month:,.0f} |"
            in told
        )
