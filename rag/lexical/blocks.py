"""Up to 1,024 ascending passage ids, each with a count, as two strings of bytes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

BLOCK = 1024  # ids in a block: 1 to 3 kB, several to a page of the file

Ids = NDArray[np.int64]
Counts = NDArray[np.uint8]
# First id; the gaps after it behind a byte that says how wide they are; counts: all of them, or (where those are fewer
# bytes) the places, uint16, and then the values of those that are not 1.
Stored = tuple[int, bytes, bytes]

_KINDS: dict[int, type[np.uint8 | np.uint16]] = {1: np.uint8, 2: np.uint16}
_MOST = {1: 255, 2: 65535}


def encode(ids: Ids, counts: Counts) -> Stored:
    """The block of ``ids``, ascending, and their ``counts``, both (n,)."""
    gaps = np.diff(ids)
    width = 1 if len(gaps) + int((gaps // 255).sum()) < 2 * len(gaps) else 2
    several = np.flatnonzero(counts != 1)
    if 3 * len(several) < len(counts):
        tally = several.astype(np.uint16).tobytes() + counts[several].tobytes()
    else:
        tally = counts.tobytes()
    return int(ids[0]), bytes([width]) + _written(gaps, width), tally


def _written(gaps: Ids, width: int) -> bytes:
    """Gaps that do not fit are so many times the highest number, and the rest."""
    most = _MOST[width]
    if not len(gaps) or gaps.max() < most:
        return gaps.astype(_KINDS[width]).tobytes()
    far, rest = np.divmod(gaps, most)
    ends = np.cumsum(far + 1) - 1
    written = np.full(ends[-1] + 1, most, dtype=_KINDS[width])
    written[ends] = rest
    return written.tobytes()


def decode(blocks: Sequence[Stored]) -> tuple[Ids, Counts]:
    """The ids and counts of blocks that follow each other, both (n,)."""
    parts = [_decode(list(alike), width) for width, alike in groupby(blocks, lambda block: block[1][0])]
    if len(parts) == 1:
        return parts[0]
    if not parts:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.uint8)
    return np.concatenate([ids for ids, _ in parts]), np.concatenate([counts for _, counts in parts])


def _decode(blocks: Sequence[Stored], width: int) -> tuple[Ids, Counts]:
    # In the place of the byte that tells the width, a gap of 0 before the first id.
    gaps = np.frombuffer(b"".join([bytes(width) + gaps[1:] for _, gaps, _ in blocks]), dtype=_KINDS[width])
    sizes = np.array([(len(gaps) - 1) // width + 1 for _, gaps, _ in blocks])
    starts = np.cumsum(sizes) - sizes
    ids = np.cumsum(gaps, dtype=np.int64)
    ids += np.repeat(np.array([first for first, _, _ in blocks]) - ids[starts], sizes)
    ends = gaps != _MOST[width]
    n = np.add.reduceat(ends, starts, dtype=np.int64)
    counts = np.ones(int(n.sum()), dtype=np.uint8)
    for at, k, (_, _, tally) in zip((np.cumsum(n) - n).tolist(), n.tolist(), blocks, strict=True):
        if len(tally) == k:
            counts[at : at + k] = np.frombuffer(tally, dtype=np.uint8)
        elif tally:
            several = len(tally) // 3
            places = np.frombuffer(tally, dtype=np.uint16, count=several)
            counts[at + places.astype(np.int64)] = np.frombuffer(tally, dtype=np.uint8, offset=2 * several)
    return ids[ends], counts
