"""What reading one file may cost: how large it may be, how long it may take, how much memory it may use."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from dataclasses import dataclass, fields

from rag.errors import OptionError

MEGABYTE = 1_000_000
# The environment's name of each setting, and how many of the field's units one of its own is.
SETTINGS = {
    "size": ("FOOTNOTE_MAX_FILE_MB", MEGABYTE),
    "seconds": ("FOOTNOTE_MAX_PARSE_SECONDS", 1),
    "memory": ("FOOTNOTE_MAX_PARSE_MB", MEGABYTE),
}
# What a parser has no business with: it reads a file and returns words.
_FORBIDDEN = frozenset(
    """socket.connect socket.getaddrinfo socket.bind subprocess.Popen os.system os.exec os.fork os.posix_spawn
    os.startfile urllib.Request""".split()
)


@dataclass(frozen=True, slots=True)
class Limits:
    """``size``: bytes of a file, also unpacked, and characters of its text. ``seconds`` of processor time from opening
    it to its passages, or on a clock with nothing done. ``memory``: bytes that the process which reads it may
    take beyond what it starts with (held on Linux)."""

    size: int = 100 * MEGABYTE
    seconds: float = 120.0
    memory: int = 2_000 * MEGABYTE

    @classmethod
    def from_environment(cls) -> Limits:
        """The defaults, but for what the environment sets. Raises OptionError for what is no positive number."""
        chosen = {}
        for field in fields(cls):
            name, unit = SETTINGS[field.name]
            if written := os.environ.get(name, "").strip():
                chosen[field.name] = _positive(name, written) * unit
        return cls(**{name: value if name == "seconds" else int(value) for name, value in chosen.items()})  # type: ignore[arg-type]


def _positive(name: str, written: str) -> float:
    with suppress(ValueError):
        if 0 < (value := float(written)) < float("inf"):
            return value
    raise OptionError(f"{name} is {written!r}; set it to a number above 0, or leave it unset")


def confine(memory: int) -> None:
    """Hold this process to ``memory`` bytes beyond what it has now, and to reading: no connections, no programs."""
    with suppress(ImportError, OSError, ValueError):  # not every system has such limits
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with open("/proc/self/statm", "rb") as stream:  # noqa: PTH123 (not a document)
            taken = int(stream.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (taken + memory, taken + memory))

    def refuse(event: str, _: object) -> None:
        if event in _FORBIDDEN:
            raise PermissionError(f"a parser asked for {event}")

    sys.addaudithook(refuse)
