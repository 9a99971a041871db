"""Lines on pages to paragraphs, by where they stand and how large they are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

HEADING_SIZE = 1.12  # times the body's size: larger type is a heading
MAX_HEADING_WORDS = 25
MIN_GAP = 1.3  # times the usual distance of two lines: more is a new paragraph
CLOSE, MIN_CLOSE = 2, 0.2  # lines nearer than twice the type's size are of one paragraph, if a fifth are so near
SHORT = 0.85  # of the column's width: a line that ends before it is the last of its paragraph
INDENT = 0.8  # of the type's size: a line that begins so far to the right begins a paragraph
RUNNING_SHARE = 0.4  # of the pages: headers may differ on left and right pages
EDGE_LINES = 2  # where headers and footers stand: the first and last two lines
# A number is the page's if it counts on from those of two more pages nearby, of one if there are few pages.
NEARBY, MIN_COUNTED, FEW_PAGES = 3, 3, 4

_PAGE_NUMBER = re.compile(r"^(page\s+)?[-–—]?\s*(\d{1,4}|[ivxlc]{1,6})\s*[-–—]?(?:\s*(?:of|/)\s*\d{1,4})?$", re.I)
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
_ENDS_SENTENCE = re.compile(r"[.!?:;…][\"'”’)\]]*$")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page: left edge of its first character, right edge of its last, the height at which each
    stands (they differ where PDFium joined two lines at a hyphen), in points from the lower left; all 0 if
    unknown."""

    text: str
    page: int
    left: float
    right: float
    top: float
    bottom: float
    size: float


def body_size(pages: Sequence[Sequence[Line]]) -> float:
    """The size that most characters have."""
    sizes: Counter[float] = Counter()
    for page in pages:
        for line in page:
            sizes[line.size] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 0.0


def is_heading(paragraph: Sequence[Line], size: float) -> bool:
    """Whether lines stand out by their type, and are few enough words for a heading."""
    n_words = sum(len(line.text.split()) for line in paragraph)
    return n_words <= MAX_HEADING_WORDS and all(line.size > size * HEADING_SIZE for line in paragraph)


def without_running_lines(pages: Sequence[Sequence[Line]], size: float) -> list[list[Line]]:
    """The pages without headers, footers and page numbers: lines at the edge that recur, numbers aside,
    and numbers that count the pages. Another number at an edge may be a table's."""
    if len(pages) < 2:
        return [list(page) for page in pages]
    seen: Counter[str] = Counter(key for page in pages for key in {_key(line) for line in _edges(page)})
    needed = max(2, len(pages) * RUNNING_SHARE)
    counting = _counting(pages)

    def running(line: Line) -> bool:
        number = _number(line)
        if number is not None:
            return (line.page, number) in counting or line.text.strip().casefold().startswith("page")
        return seen[_key(line)] >= needed and line.size <= size * HEADING_SIZE

    return [
        [line for line in page if not (any(line is edge for edge in _edges(page)) and running(line))] for page in pages
    ]


def paragraphs(pages: Sequence[Sequence[Line]], size: float) -> Iterator[list[Line]]:
    """The lines of all pages, grouped; a paragraph may go on over a page's end."""
    lines = [line for page in pages for line in page]
    pitch, left, right = _pitch(lines, size), _common([round(line.left) for line in lines]), _margin(lines)
    group: list[Line] = []
    for line in lines:
        if group and _breaks(group[-1], line, pitch, left, right, size):
            yield group
            group = []
        group.append(line)
    if group:
        yield group


def _breaks(above: Line, line: Line, pitch: float, left: float, right: float, size: float) -> bool:
    """Whether a new paragraph begins with ``line``."""
    if abs(above.size - line.size) > size * (HEADING_SIZE - 1):
        return True
    ended = bool(_ENDS_SENTENCE.search(above.text))
    short = right > 0 and above.right - left < (right - left) * SHORT
    gap = above.bottom - line.top
    if above.page != line.page or gap < -pitch:  # the next page or column
        return ended and (short or line.left > left + size * INDENT)
    if pitch and gap > pitch * MIN_GAP:
        return True
    indented = line.left > above.left + size * INDENT
    return (ended and short) or (indented and (ended or short))


def _pitch(lines: Sequence[Line], size: float) -> float:
    """The usual distance of a line from the one above it: of lines set close, if there are enough of these."""
    found = [round(a.bottom - b.top, 1) for a, b in pairwise(lines) if a.page == b.page]
    gaps = [gap for gap in found if gap > 0]
    close = [gap for gap in gaps if gap <= size * CLOSE]
    return _common(close if len(close) >= len(gaps) * MIN_CLOSE else gaps)


def _margin(lines: Sequence[Line]) -> float:
    """Where full lines end: a tenth of them reach further."""
    ends = sorted(line.right for line in lines)
    return ends[int(len(ends) * 0.9)] if ends else 0.0


def _common(values: Sequence[float]) -> float:
    return Counter(values).most_common(1)[0][0] if values else 0.0


def _edges(page: Sequence[Line]) -> list[Line]:
    return [*page[:EDGE_LINES], *page[max(EDGE_LINES, len(page) - EDGE_LINES) :]]


def _counting(pages: Sequence[Sequence[Line]]) -> set[tuple[int, int]]:
    """Page and number of the lines at one edge, top or bottom, whose numbers grow with the pages."""
    needed = MIN_COUNTED if len(pages) > FEW_PAGES else 2
    found: set[tuple[int, int]] = set()
    for edge in (slice(EDGE_LINES), slice(-EDGE_LINES, None)):
        lines = (line for page in pages for line in page[edge])
        stand = {(line.page, number) for line in lines if (number := _number(line)) is not None}
        for page, number in stand:
            near = sum((page + n, number + n) in stand for n in range(-NEARBY, NEARBY + 1))
            if near >= needed:
                found.add((page, number))
    return found


def _number(line: Line) -> int | None:
    """The number of a line that may be a page's: "12", "– xii –", "Page 12 of 20"."""
    match = _PAGE_NUMBER.match(line.text.strip())
    if match is None:
        return None
    if match[2].isdecimal():
        return int(match[2])
    values = [_ROMAN[letter] for letter in match[2].lower()]
    return sum(-value if value < after else value for value, after in zip(values, [*values[1:], 0], strict=True))


def _key(line: Line) -> str:
    return re.sub(r"\d+", "#", line.text.strip()).casefold()
