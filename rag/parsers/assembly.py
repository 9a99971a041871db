"""Puts a marked-up document together as plain text, and remembers where its headings came to stand."""

from __future__ import annotations

from rag.parsers.blocks import Heading
from rag.parsers.text import clean
from rag.sentences import Span


class Assembly:
    """Text that grows block by block. Blocks are parted by a blank line; lines of a list or table by a
    newline."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._after_line = False
        self.headings: list[Heading] = []
        self.boilerplate: list[Span] = []

    @property
    def text(self) -> str:
        return "".join(self._parts)

    def add(self, text: str, *, level: int = 0, line: bool = False, boilerplate: bool = False) -> None:
        """Append a block: a heading if ``level`` is given, one of several lines that belong together if
        ``line``."""
        text = clean(text).strip()
        if not text:
            return
        if self._parts:
            gap = "\n" if line and self._after_line else "\n\n"
            self._parts.append(gap)
            self._length += len(gap)
        start = self._length
        self._parts.append(text)
        self._length += len(text)
        self._after_line = line
        if level:
            self.headings.append(Heading(start, self._length, level))
        if boilerplate:
            self.boilerplate.append((start, self._length))
