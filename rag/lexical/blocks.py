"""Up to 1,024 ascending passage ids, each with a count, as two strings of bytes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

BLOCK = 1024  # ids in a block: about 3 kB, five to a page of the file
_FAR = 65535  # a gap of this or more is written as so many of these, and the rest

Ids = NDArray[np.int64]
Counts = NDArray[np.uint8]
Stored = tuple[int, bytes, bytes]  # first id, gaps after it (uint16), counts (uint8; empty where all are 1)


def encode(ids: Ids, counts: Counts) -> Stored:
    """The block of ``ids``, ascending, and their ``counts``, both (n,)."""
    far, gaps = np.divmod(np.diff(ids), _FAR)
    if far.any():
        ends = np.cumsum(far + 1) - 1
        written = np.full(ends[-1] + 1, _FAR, dtype=np.uint16)
        written[ends] = gaps
    else:
        written = gaps.astype(np.uint16)
    return int(ids[0]), written.tobytes(), b"" if (counts == 1).all() else counts.tobytes()


def decode(blocks: Sequence[Stored]) -> tuple[Ids, Counts]:
    """The ids and counts of blocks that follow each other, both (n,)."""
    if not blocks:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.uint8)
    gaps = np.frombuffer(b"".join([b"\0\0" + gaps for _, gaps, _ in blocks]), dtype=np.uint16)
    sizes = np.array([len(gaps) // 2 + 1 for _, gaps, _ in blocks])
    starts = np.cumsum(sizes) - sizes
    ids = np.cumsum(gaps, dtype=np.int64)
    ids += np.repeat(np.array([first for first, _, _ in blocks]) - ids[starts], sizes)
    ends = gaps != _FAR
    n = np.add.reduceat(ends, starts, dtype=np.int64)
    counts = b"".join([counts or b"\1" * int(k) for (_, _, counts), k in zip(blocks, n, strict=True)])
    return ids[ends], np.frombuffer(counts, dtype=np.uint8)
