"""Puts a marked-up document together as plain text, and remembers where its headings came to stand."""

from __future__ import annotations

from rag.parsers.blocks import Heading
from rag.parsers.encoding import clean
from rag.sentences import Span


class Assembly:
    """Text that grows block by block: a blank line between blocks, a newline between those of one run."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._run = ""
        self.headings: list[Heading] = []
        self.boilerplate: list[Span] = []

    @property
    def text(self) -> str:
        return "".join(self._parts)

    def add(self, text: str, *, level: int = 0, run: str = "", boilerplate: bool = False) -> None:
        """Append a block: a heading if ``level`` is given, part of a list or table if ``run`` names one."""
        text = clean(text).strip()
        if not text:
            return
        if self._parts:
            gap = "\n" if run and run == self._run else "\n\n"
            self._parts.append(gap)
            self._length += len(gap)
        start = self._length
        self._parts.append(text)
        self._length += len(text)
        self._run = run
        if level:
            self.headings.append(Heading(start, self._length, level))
        if boilerplate:
            self.boilerplate.append((start, self._length))
