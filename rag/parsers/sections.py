"""Blocks to sections: runs of body text, each under the heading that stands above it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from rag.parsers.blocks import Block, Kind, headline_text
from rag.parsers.dates import find_date
from rag.types import Section

LISTED = 3  # so many headline-like lines in a row are a list, not headings
BETWEEN_HEADINGS = " – "  # a heading above a heading, with no text of its own


def sections(found: Sequence[Block], text: str, title: Block | None = None) -> tuple[Section, ...]:
    """The sections of an article. Headings, bylines, rules, boilerplate and the ``title`` block lie outside
    them; everything else is in exactly one. A text that is nothing but those is one section."""
    result: list[Section] = []
    pending: list[str] = []
    heading, running = "", False
    for block in _settled([block for block in found if block is not title]):
        if block.kind is Kind.BODY:
            if pending:
                heading, pending = BETWEEN_HEADINGS.join(pending), []
            if running:
                result[-1] = replace(result[-1], end=block.end)
            else:
                result.append(Section(heading, block.start, block.end))
        elif block.kind is Kind.HEADLINE and (title is None or block.text != title.text):
            pending.append(headline_text(block))
        running = block.kind is Kind.BODY
    if not result and found:
        return (Section("", found[0].start, found[-1].end),)
    return tuple(result)


def _settled(found: Sequence[Block]) -> list[Block]:
    """The blocks with every headline that heads nothing turned back into body: the lines of a list, the last lines
    of an article, a marked heading above another of its rank."""
    settled = _bylines_placed(found)
    for first, stop in _headline_runs(settled):
        run = [i for i in range(first, stop) if settled[i].kind is Kind.HEADLINE]
        guessed = [i for i in run if not settled[i].level]
        headless = set(guessed[:-1] if len(guessed) >= LISTED else [])
        headless |= {i for i, below in pairwise(run) if 0 < settled[below].level <= settled[i].level}
        for i in run if stop == len(settled) else headless:
            settled[i] = replace(settled[i], kind=Kind.BODY)
    return settled


def _bylines_placed(found: Sequence[Block]) -> list[Block]:
    """A byline below body text is body; a bare date there is the headline of what happened on that day."""
    placed = list(found)
    for i, block in enumerate(placed):
        if block.kind is not Kind.BYLINE or not i or placed[i - 1].kind is not Kind.BODY:
            continue
        dated = find_date(block.text)
        heads = i + 1 < len(placed) and placed[i + 1].kind is Kind.BODY
        whole = dated is not None and dated[1:] == (0, len(block.text))
        placed[i] = replace(block, kind=Kind.HEADLINE if whole and heads else Kind.BODY)
    return placed


def _headline_runs(found: Sequence[Block]) -> list[tuple[int, int]]:
    """Index ranges in which headlines follow each other without body text between them."""
    runs: list[tuple[int, int]] = []
    first = None
    for i, block in enumerate(found):
        if block.kind is Kind.HEADLINE and first is None:
            first = i
        elif block.kind is Kind.BODY and first is not None:
            runs.append((first, i))
            first = None
    if first is not None:
        runs.append((first, len(found)))
    return runs
