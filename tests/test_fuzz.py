"""A short run of ``make fuzz``: damaged files become whole documents or an error with a name."""

from __future__ import annotations

import random
from pathlib import Path

from tests.fuzz import fuzz, made


def test_damaged_files_are_read_or_refused_by_name() -> None:
    found = fuzz(seconds=10, seed=7)
    assert found.faults == []
    assert {outcome.split()[0] for outcome in found.outcomes} >= {
        ".txt",
        ".md",
        ".html",
        ".pdf",
        ".docx",
        ".eml",
        ".jsonl",
    }


def test_a_seed_makes_the_same_files(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).mkdir()
    one, other = (made(random.Random(3), tmp_path / name) for name in "ab")
    for _ in range(30):
        assert next(one).read_bytes() == next(other).read_bytes()
