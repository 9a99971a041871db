"""A file's text to its articles: one file can hold several, and each gets its title, date, authors and
sections."""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from pathlib import Path

from rag.parsers.blocks import Block, Heading, Kind, blocks, headline_text
from rag.parsers.boilerplate import HASHTAGS, is_trailer
from rag.parsers.bylines import Byline, byline
from rag.parsers.dates import date_of_dateline, date_of_title
from rag.parsers.sections import sections
from rag.sentences import Span, trimmed
from rag.types import Document

MIN_BODY_WORDS = 8  # what follows the headline of an article, before its first paragraph ends
MAX_BEFORE_BODY = 6  # a headline, its byline, a caption, a first section heading: then the text begins
MIN_HEADLINE_WORDS = 3  # fewer, and it is the heading of a section
MAX_TRAILER_WORDS = 6  # "Read the original here", "Ends", "-- 30 --"

# Behind a rule these head the next part of a report, not another article.
_PART = re.compile(
    r"^(?:\(?[\divx]{1,4}[.):]|§|(?:chapter|section|part|appendix|annex|figure|table|step|day|week|page)\b"
    r"|(?:introduction|background|summary|conclusions?|references|notes?|contents|abstract|methods?|results"
    r"|discussion|overview|contact|about|faq|sources|further reading|acknowledge?ments?|disclaimer"
    r"|executive summary)\b)",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Extract:
    """What a format's parser found in a file, before the articles in it are told apart.

    ``published`` is a date that the file gives as such (a mail's header, a page's metadata), ``created`` one
    that its program left in it, used where the text shows none. ``headings`` None: the format marks none,
    guess them.
    """

    text: str
    title: str = ""
    published: date | None = None
    created: date | None = None
    authors: tuple[str, ...] = ()
    page_starts: tuple[int, ...] = ()
    headings: tuple[Heading, ...] | None = None
    boilerplate: tuple[Span, ...] = ()

    def part(self, start: int, end: int) -> Extract:
        """The extract of ``text[start:end]``. Pages before it begin at 0 as well, so that the page numbers
        stay."""
        return replace(
            self,
            text=self.text[start:end],
            page_starts=tuple(max(0, at - start) for at in self.page_starts if at < end),
            headings=None
            if self.headings is None
            else tuple(
                Heading(h.start - start, h.end - start, h.level)
                for h in self.headings
                if start <= h.start and h.end <= end
            ),
            boilerplate=tuple((s - start, e - start) for s, e in self.boilerplate if start <= s and e <= end),
        )


def document_id(source: str, title: str, n: int) -> str:
    """An id that outlives edits of the text; ``n`` numbers the articles of one title in a file, from 0."""
    return hashlib.sha256(f"{source}\n{title}\n{n}".encode()).hexdigest()[:16]


def documents(extracts: Iterable[Extract], path: Path) -> list[Document]:
    """The documents of a file, in order: the articles of each extract that has any text."""
    source = os.path.abspath(path)  # noqa: PTH100 (a link is named as it was met)
    titles: Counter[str] = Counter()
    result = []
    for extract in extracts:
        spans, trailers = article_spans(extract)
        marked = replace(extract, boilerplate=(*extract.boilerplate, *trailers))
        for start, end in spans:
            document = _document(marked.part(start, end), source, path.stem, one_of_many=len(spans) > 1)
            doc_id = document_id(source, document.title, titles[document.title])
            titles[document.title] += 1
            result.append(replace(document, doc_id=doc_id))
    return result


def article_spans(extract: Extract) -> tuple[list[Span], list[Span]]:
    """Where each article stands in the text, and the lines that only end one ("Source link", "(Ends)").

    Between articles is white space only; one article is the usual case. A file that has a title of its own is
    one article unless the lines that end articles recur in it.
    """
    text = extract.text
    found = blocks(text, extract.headings, extract.boilerplate)
    starts, trailers = _after_trailers(found)
    if not extract.title:
        starts |= _after_rules(found) | _bylined(found)
    elif not _repeats(found[i].text for i in trailers):
        starts = set()
    cuts = [0, *sorted(found[i].start for i in starts if i > 0), len(text)]
    spans = [span for pair in pairwise(cuts) if (span := trimmed(text, *pair)) is not None]
    return spans, [(found[i].start, found[i].end) for i in trailers] if len(spans) > 1 else []


def _document(part: Extract, source: str, stem: str, *, one_of_many: bool) -> Document:
    found = blocks(part.text, part.headings, part.boilerplate)
    top = _top(found)
    given = "" if one_of_many else part.title
    headline = _title_block(found, top, given)
    title = given or (headline_text(headline) if headline else stem)
    bylines = [said for block in top if block.kind is Kind.BYLINE and (said := byline(block.text))]
    shown = date_of_title(title) or _published(bylines) or _opening_dateline(found)
    published = (shown or part.published) if one_of_many else (part.published or shown)
    authors = tuple(name for said in bylines for name in said.authors)
    return Document(
        doc_id="",
        text=part.text,
        title=title,
        source=source,
        published=published or part.created,
        authors=(authors or part.authors) if one_of_many else (part.authors or authors),
        page_starts=part.page_starts,
        sections=sections(found, part.text, headline),
    )


def _top(found: Sequence[Block]) -> Sequence[Block]:
    """The blocks above the first paragraph of body text."""
    first_body = next((i for i, block in enumerate(found) if block.kind is Kind.BODY), len(found))
    return found[:first_body]


def _title_block(found: Sequence[Block], top: Sequence[Block], given: str) -> Block | None:
    """The headline that is the title; where the file gives the title, only a headline that says the same."""
    headlines = [block for block in top if block.kind is Kind.HEADLINE]
    if given:
        return next((block for block in headlines if _same(headline_text(block), given)), None)
    if headlines:
        return headlines[0]
    # "Board minutes, 3 May 2024" alone on top: no byline after all
    return next((block for block in top[:1] if block.kind is Kind.BYLINE and block.text[0].isalpha()), None)


def _same(a: str, b: str) -> bool:
    return " ".join(a.split()).casefold() == " ".join(b.split()).casefold()


def _published(bylines: Sequence[Byline]) -> date | None:
    dated = sorted((said.updated, i) for i, said in enumerate(bylines) if said.published is not None)
    return bylines[dated[0][1]].published if dated else None


def _opening_dateline(found: Sequence[Block]) -> date | None:
    first = next((block for block in found if block.kind is Kind.BODY), None)
    return date_of_dateline(first.text) if first is not None else None


def _opens_article(found: Sequence[Block], i: int) -> bool:
    """Whether an article can begin at block i: a headline, at most a byline, a caption and a heading, then
    text."""
    if i >= len(found) or found[i].kind is not Kind.HEADLINE:
        return False
    for block in found[i + 1 : i + MAX_BEFORE_BODY]:
        if block.kind is Kind.BODY:
            return len(block.text.split()) >= MIN_BODY_WORDS
        if block.kind is Kind.RULE:
            return False
    return False


def begins_article(text: str) -> bool:
    """Whether a text begins with a headline that can only be an article's, and goes on with body text."""
    return _headed(blocks(text), 0)


def _after_trailers(found: Sequence[Block]) -> tuple[set[int], list[int]]:
    """Articles that begin behind the lines which end one, and these lines: a link to the source, hashtags, or
    any short line that recurs before each headline and once more at the end of the file."""
    recurring = _recurring_trailer(found)
    trailers = [i for i, block in enumerate(found) if is_trailer(block.text) or block.text == recurring]
    tagged = [i for i in trailers if HASHTAGS.match(found[i].text)]
    if len(tagged) == len(trailers) < 2:  # one line of hashtags, and nothing else, says little
        return set(), []
    behind = {_next(found, i) for i in trailers}
    return {i for i in behind if _opens_article(found, i)}, trailers


def _repeats(lines: Iterable[str]) -> bool:
    return max(Counter(line for line in lines if not HASHTAGS.match(line)).values(), default=0) > 1


def _recurring_trailer(found: Sequence[Block]) -> str:
    """The last line of the file, if it stands before other articles too."""
    last = next((block for block in reversed(found) if not HASHTAGS.match(block.text)), None)
    if last is None or len(last.text.split()) > MAX_TRAILER_WORDS or last.kind is Kind.RULE:
        return ""
    ends = [i for i, block in enumerate(found) if block.text == last.text]
    return last.text if len(ends) > 1 and all(_opens_article(found, _next(found, i)) for i in ends[:-1]) else ""


def _next(found: Sequence[Block], i: int) -> int:
    """The first block behind i that is neither a rule nor another line that ends an article."""
    rest = (k for k in range(i + 1, len(found)) if found[k].kind is not Kind.RULE and not is_trailer(found[k].text))
    return next(rest, len(found))


def _after_rules(found: Sequence[Block]) -> set[int]:
    """Articles that begin behind a rule, where the file begins with one as well."""
    first = next((i for i, block in enumerate(found) if block.kind is not Kind.RULE), 0)
    if not _headed(found, first):
        return set()
    behind = {i + 1 for i, block in enumerate(found) if block.kind is Kind.RULE}
    return {i for i in behind if _headed(found, i) and found[i].level <= min(found[first].level, 1)} - {first}


def _headed(found: Sequence[Block], i: int) -> bool:
    """An article's opening whose headline is not that of a report's next part."""
    if not _opens_article(found, i) or _PART.match(found[i].text):
        return False
    return len(found[i].text.split()) >= MIN_HEADLINE_WORDS or found[i + 1].kind is Kind.BYLINE


def _bylined(found: Sequence[Block]) -> set[int]:
    """Articles that begin with headline and byline (or date), where the file does and at least once more."""
    starts = {
        i
        for i in range(len(found) - 1)
        if _opens_article(found, i) and found[i + 1].kind is Kind.BYLINE and found[i].level <= 1
    }
    first = next((i for i, block in enumerate(found) if block.kind is not Kind.RULE), 0)
    return starts if first in starts and len(starts) > 1 else set()
