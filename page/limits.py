"""How much one server takes on, and what is turned away: sizes, rates and numbers, each with its reason."""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

MB = 1_000_000
UPLOAD_MB = 200  # of one file: a book of scanned pages has less
BODY_BYTES = MB  # of any other request: a question, an action
PENDING_BYTES = 4_000 * MB  # uploads that wait to be taken in, all together; each is dropped after an hour
RATE, BURST = 50.0, 400.0  # requests a second of one address, and at once: fifty people behind one proxy
LOGIN_RATE, LOGIN_BURST = 0.2, 10.0  # tries a second: one in five seconds, after ten
N_DOING = 32  # requests worked on at once beside questions
N_ADDRESSES = 10_000  # that are remembered


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


class Rate:
    """So many a second for each address, and so many at once. Safe to share between threads."""

    def __init__(self, rate: float, burst: float) -> None:
        self._rate, self._burst = rate, burst
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        self._lock = threading.Lock()

    def allows(self, address: str) -> bool:
        """Whether one more is allowed now; it is counted if so."""
        now = time.monotonic()
        with self._lock:
            bucket = self._buckets.pop(address, None) or _Bucket(self._burst, now)
            bucket.left = min(self._burst, bucket.left + (now - bucket.at) * self._rate)
            bucket.at = now
            self._buckets[address] = bucket
            if len(self._buckets) > N_ADDRESSES:
                self._buckets.popitem(last=False)
            if bucket.left < 1:
                return False
            bucket.left -= 1
            return True


def bytes_in(folder: Path) -> int:
    """Of all files under ``folder``; 0 where it is not there."""
    total, waiting = 0, [folder]
    while waiting:
        try:
            entries = list(os.scandir(waiting.pop()))
        except OSError:
            continue
        for entry in entries:
            with suppress(OSError):  # taken in meanwhile
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(Path(entry.path))
                elif entry.is_file(follow_symlinks=False):
                    total += entry.stat(follow_symlinks=False).st_size
    return total
