"""Text to blocks: paragraphs, headlines, bylines, rules and boilerplate, told apart by what the lines look
like."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import accumulate, pairwise

from rag.parsers.boilerplate import HASHTAGS, RULE, is_boilerplate, is_credit, is_pointer
from rag.parsers.bylines import byline
from rag.sentences import Span, sentence_spans, trimmed

# Hard-wrapped text has lines shorter than this; a longer line is a paragraph, and the newline behind it ends
# it.
LONG_LINE = 160
MAX_HEADLINE_WORDS, MAX_HEADLINE_CHARACTERS = 20, 160
MAX_QUESTION_WORDS = 60  # an interviewer asks several things at once
# Where an interviewer asks this often, a short paragraph that ends in a question is one too: "They left.
# Why?"
MIN_QUESTIONS, MAX_LEAD_IN_WORDS = 3, 30
MAX_CAPTION_WORDS, MAX_CAPTION_LINES = 70, 4
MIN_WRAPPED = 40  # characters of a line that was broken off at the margin
MAX_AGENCY_WORDS = 6  # "Reuters", on the line below "Photo Credit:"

_NO_HEADLINE = re.compile(r"(?:[.!;:,。！；：，…&/\\|=-]|\.[\"'”’)\]]|[!?,][\"'”’])$")
_LIST_ITEM = re.compile(r"^(?:[-*+•‣◦▪]|\(?[a-z0-9]{1,2}\))\s")
_NUMBERING = re.compile(r"^(?:[\dIVXivx]{1,4}\.)+\s+")
_UNDERLINE = re.compile(r"^[=\-~^]{3,}$")
_HASH_HEADING = re.compile(r"^#{1,6}\s+(?=\S)")
_QUESTION = re.compile(r"[?？؟]\s*[)\]]?$")


class Kind(Enum):
    BODY = "body"
    HEADLINE = "headline"
    BYLINE = "byline"
    BOILERPLATE = "boilerplate"
    RULE = "rule"


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading that the format itself marks, such as ``<h2>``; level 1 is the highest."""

    start: int
    end: int
    level: int


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of lines of one kind, ``[start, end)`` without blank edges. ``level`` is 0 for a guessed
    headline."""

    kind: Kind
    start: int
    end: int
    text: str
    level: int = 0


def blocks(text: str, headings: Sequence[Heading] | None = None, boilerplate: Sequence[Span] = ()) -> list[Block]:
    """The blocks of a text, in order; every character that is not white space is in one.

    ``headings`` given (even if empty) are the only headlines; otherwise short lines that stand alone are.
    ``boilerplate`` are spans known to be such.
    """
    found = []
    levels = {heading.start: heading for heading in headings or ()}
    known = _Covered(boilerplate)
    for paragraph in _paragraphs(text):
        kinds = _line_kinds(text, paragraph, levels, known)
        for (start, end), kind in _joined(text, paragraph, kinds, marked=headings is not None):
            level = levels[start].level if start in levels else 0
            found.append(Block(kind, start, end, text[start:end], level))
    if headings is not None:
        return found
    return _interview([_guess_headline(block) for block in found])


class _Covered:
    """Spans, asked whether one of them holds another; a mail can quote a hundred thousand lines."""

    def __init__(self, spans: Sequence[Span]) -> None:
        ordered = sorted(spans)
        self._starts = [start for start, _ in ordered]
        self._reach = list(accumulate((end for _, end in ordered), max))  # furthest end up to here

    def covers(self, start: int, end: int) -> bool:
        n_before = bisect_right(self._starts, start)
        return n_before > 0 and end <= self._reach[n_before - 1]


def headline_text(block: Block) -> str:
    """A headline on one line, without the number signs or the underline of a plain-text heading."""
    first = re.sub(r"\n[=\-~^]{3,}$", "", block.text)
    return " ".join(_HASH_HEADING.sub("", first).split())


def looks_like_headline(text: str) -> bool:
    """Whether a block that stands alone reads as a headline: short, no full stop, no list item; or questions
    only."""
    first = re.search(r"\w", text)
    if first is None or first.group().islower() or _LIST_ITEM.match(text):
        return False
    lines = [line for line in text.split("\n") if line.strip()]
    if len(lines) > 3 or (len(lines) > 1 and len(lines[0]) < LONG_LINE / 4):
        return False
    if _QUESTION.search(text):
        n_words = len(text.split())
        return n_words <= MAX_QUESTION_WORDS and all(
            _QUESTION.search(text[start:end]) for start, end in sentence_spans(text)
        )
    if len(text.split()) > MAX_HEADLINE_WORDS or len(text) > MAX_HEADLINE_CHARACTERS or len(lines) > 2:
        return False
    return not _NO_HEADLINE.search(text) and len(sentence_spans(_NUMBERING.sub("", text))) == 1


def _paragraphs(text: str) -> list[list[Span]]:
    """Runs of lines without a blank one between them; a long line is a run of its own (a credit below it
    joins it)."""
    runs: list[list[Span]] = []
    previous_end = -2
    for match in re.finditer(r"[^\n]+", text):
        span = trimmed(text, match.start(), match.end())
        if span is None:
            continue
        touching = bool(runs) and text.count("\n", previous_end, span[0]) < 2
        long = touching and max(previous_end - runs[-1][-1][0], span[1] - span[0]) > LONG_LINE
        if touching and (not long or _credits(text[span[0] : span[1]], text[previous_end - 1])):
            runs[-1].append(span)
        else:
            runs.append([span])
        previous_end = span[1]
    return runs


def _credits(line: str, character_above: str) -> bool:
    """Whether a line under a long one is the credit of that one, a caption, and not of a picture between
    paragraphs."""
    return is_credit(line) and (line.startswith("|") or character_above not in '.!?”"')


def _line_kinds(text: str, lines: Sequence[Span], headings: dict[int, Heading], boilerplate: _Covered) -> list[Kind]:
    kinds: list[Kind] = []
    wrapped = set()
    for i, (start, end) in enumerate(lines):
        if i and kinds[-1] is Kind.BODY and _goes_on(text[slice(*lines[i - 1])], text[start:end]):
            wrapped.add(i)
        kinds.append(Kind.BODY if i in wrapped else _line_kind(text[start:end]))
    for i, (start, end) in enumerate(lines):
        if start in headings:
            kinds[i] = Kind.HEADLINE
        elif boilerplate.covers(start, end):
            kinds[i] = Kind.BOILERPLATE
        elif kinds[i] is Kind.RULE and i == 1 and _underlines(text, lines):
            kinds[:2] = [Kind.HEADLINE, Kind.HEADLINE]
    credits = [i for i, (start, end) in enumerate(lines) if i not in wrapped and is_credit(text[start:end])]
    if credits:
        _spread_caption(text, lines, kinds, credits)
    for i, (start, _) in enumerate(lines[1:], 1):  # a pointer's text may be wrapped
        above = text[slice(*lines[i - 1])]
        if kinds[i] is Kind.BODY and kinds[i - 1] is Kind.BOILERPLATE and is_pointer(above) and text[start].islower():
            kinds[i] = Kind.BOILERPLATE
    return kinds


def _goes_on(above: str, line: str) -> bool:
    """Whether a line is the middle of a sentence that was wrapped, whatever it looks like by itself."""
    return line[0].islower() and len(above) >= MIN_WRAPPED and (above[-1].isalnum() or above[-1] in ",-–—")


def _line_kind(line: str) -> Kind:
    if RULE.match(line) and not HASHTAGS.match(line):
        return Kind.RULE
    if is_boilerplate(line):
        return Kind.BOILERPLATE
    return Kind.BYLINE if byline(line) is not None else Kind.BODY


def _underlines(text: str, lines: Sequence[Span]) -> bool:
    above, rule = text[slice(*lines[0])], text[slice(*lines[1])]
    return bool(_UNDERLINE.match(rule)) and looks_like_headline(above)


def _spread_caption(text: str, lines: Sequence[Span], kinds: list[Kind], credits: Sequence[int]) -> None:
    """A credit makes boilerplate of its caption, the one sentence right above it, and of the agency's line below."""
    for i in credits:
        first = i
        while first and kinds[first - 1] is Kind.BODY:
            first -= 1
        caption = text[lines[first][0] : lines[i][0]]
        short = i - first < MAX_CAPTION_LINES and len(caption.split()) <= MAX_CAPTION_WORDS
        if short and len(sentence_spans(caption)) <= 1:
            kinds[first:i] = [Kind.BOILERPLATE] * (i - first)
        below = text[slice(*lines[i + 1])] if i + 1 < len(lines) else ""
        if below and text[lines[i][1] - 1] == ":" and len(below.split()) <= MAX_AGENCY_WORDS:
            kinds[i + 1] = Kind.BOILERPLATE
        kinds[i] = Kind.BOILERPLATE


def _joined(text: str, lines: Sequence[Span], kinds: Sequence[Kind], *, marked: bool) -> list[tuple[Span, Kind]]:
    """Lines of one kind together; a headline that stands directly on its paragraph, or on its byline, by
    itself."""
    alone = set() if marked else _headlines_on_top(text, lines, kinds)
    joined: list[tuple[Span, Kind]] = []
    for i, ((start, end), kind) in enumerate(zip(lines, kinds, strict=True)):
        together = joined and joined[-1][1] is kind and i not in alone and i - 1 not in alone
        if together and (kind is Kind.BODY or (kind is Kind.HEADLINE and not marked)):
            joined[-1] = ((joined[-1][0][0], end), kind)
        else:
            joined.append(((start, end), kind))
    return joined


def _headlines_on_top(text: str, lines: Sequence[Span], kinds: Sequence[Kind]) -> set[int]:
    """Lines of a paragraph that are headlines although no blank line sets them apart: the first above a
    byline, one in capitals above a line that is not, a first one that was broken off far before the
    margin."""
    found = set()
    shown = [text[start:end] for start, end in lines]
    width = max(map(len, shown))
    for i, (line, below) in enumerate(pairwise(shown)):
        if kinds[i] is not Kind.BODY or not looks_like_headline(line):
            continue
        capitals = line.isupper() and len(line.split()) > 1 and not below.isupper() and below[:1].isupper()
        broken_off = len(line) + 1 + len(below.split()[0]) < width * 0.6 and len(shown) > 2 and width > 50
        if (
            (i == 0 and (kinds[1] is Kind.BYLINE or (broken_off and below[:1].isupper())))
            or capitals
            or _HASH_HEADING.match(line)
        ):
            found.add(i)
    return found


def _guess_headline(block: Block) -> Block:
    if block.kind is Kind.BODY and looks_like_headline(block.text):
        return replace(block, kind=Kind.HEADLINE)
    return block


def _interview(found: list[Block]) -> list[Block]:
    asked = sum(block.kind is Kind.HEADLINE and bool(_QUESTION.search(block.text)) for block in found)
    if asked < MIN_QUESTIONS:
        return found
    return [
        replace(block, kind=Kind.HEADLINE)
        if block.kind is Kind.BODY
        and _QUESTION.search(block.text)
        and len(block.text.split()) <= MAX_LEAD_IN_WORDS
        and not _LIST_ITEM.match(block.text)
        else block
        for block in found
    ]
