"""Web pages: main text, title, date and author as trafilatura finds them; headings kept."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from rag.parsers.articles import Extract, documents
from rag.parsers.assembly import Assembly
from rag.parsers.dates import find_date
from rag.parsers.encoding import BOMS, decode, decode_as
from rag.types import Document

# No guess at a date from the text, and the first of several: the day of publication, not of the last change.
DATES = {"extensive_search": False, "original_date": True, "outputformat": "%Y-%m-%d"}

# Where a page gives a date as its own.
_SAYS_DATE = (
    "//meta/@content | //link[@rel='canonical']/@href | //time/@datetime | //abbr/@title"
    " | //script[@type='application/ld+json']/text()"
)
_SHOWS_DATE = "//time | //title | //h1 | " + " | ".join(
    f"//*[contains(@{attribute}, '{word}')]"
    for attribute in ("class", "id", "itemprop")
    for word in ("date", "time", "byline", "meta", "publish", "posted")
)
_CHARSET = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([\w-]+)", re.I)
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_PAGE = re.compile(r"<(?:!doctype|html|head|title|body|frameset)\b", re.IGNORECASE)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_BLOCKS = {"p", "div", "section", "article", "main", "li", "item", "blockquote", "quote", "pre", "dt", "dd"}
_BLOCKS |= {"figcaption", "ul", "ol", "dl", "list", "table", "tr", "row", "head", "address", "body", *_HEADINGS}
_BLOCKS |= {"td", "th", "cell", "caption", "center", "details", "summary", "fieldset", "legend", "hr"}
_SKIPPED = {"script", "style", "noscript", "template", "nav", "header", "footer", "aside", "form", "button", "svg"}
_SKIPPED |= {"iframe", "head", "figcaption", "select", "title"}


def parse_html(path: Path) -> list[Document]:
    return documents([extract_html(decode_html(path.read_bytes(), path))], path)


def decode_html(data: bytes, path: Path) -> str:
    """The page's text, in the encoding that it names itself."""
    named = _CHARSET.search(data[:4096])
    if named and not data.startswith(tuple(BOMS)):
        return decode_as(data, named[1].decode("ascii"), path)
    return decode(data, path)


def extract_html(page: str) -> Extract:
    """Title, date, author and text of a page. A page that trafilatura cannot take apart is read as it stands."""
    from trafilatura import bare_extraction, load_html

    page = _XML_DECLARATION.sub("", page)
    if page.strip() and not _PAGE.search(page):  # a mail's fragment, of which a parser may keep nothing
        page = f"<html><body>{page}</body></html>"
    tree: Any = load_html(page) if page.strip() else None
    if tree is None:
        return Extract("")
    found: Any = bare_extraction(page, include_comments=False, with_metadata=True, date_extraction_params=DATES)
    assembly = Assembly()
    if found is not None and found.body is not None:
        _add(found.body, assembly)
    if "\n\n" not in assembly.text:  # trafilatura runs a short page together
        plain = Assembly()
        _add(tree, plain, page=True)
        assembly = plain if plain.text else assembly
    headlines = [" ".join(assembly.text[h.start : h.end].split()) for h in assembly.headings]
    return Extract(
        assembly.text,
        title=_title(found, tree, headlines),
        published=_published(found, tree),
        authors=tuple(name for name in re.split(r"\s*;\s*", (found and found.author) or "") if name),
        headings=tuple(assembly.headings),
    )


def _title(found: Any, tree: Any, headlines: Sequence[str]) -> str:
    """The title that trafilatura found, if the page bears it out: in its title element or above its text."""
    title = " ".join(((found and found.title) or "").split())
    named = " ".join((tree.findtext(".//title") or "").split())
    return title if title in named or title in headlines or not named else named


def _published(found: Any, tree: Any) -> date | None:
    """The date that trafilatura found, if the page gives it as its own; one in running text may be any date."""
    if found is None or not found.date:
        return None
    day = date.fromisoformat(found.date)
    said = [str(value) for value in tree.xpath(_SAYS_DATE)]
    said += [" ".join(element.itertext()) for element in tree.xpath(_SHOWS_DATE)]
    forms = (day.isoformat(), day.strftime("%Y/%m/%d"))
    for text in said:
        dated = find_date(text)
        if any(form in text for form in forms) or (dated is not None and dated[0] == day):
            return day
    return None


def _add(element: Any, assembly: Assembly, *, page: bool = False) -> None:
    """Append an element block by block. ``page``: it is the page itself, not what trafilatura made of it."""
    words: list[str] = []
    tag = element.tag
    level = _level(element, page=page)

    def flush() -> None:
        text = "".join(words).strip("\n")
        if tag not in {"pre", "code"}:
            text = "\n".join(" ".join(line.split()) for line in text.split("\n"))
        listed = tag in {"li", "item"}
        if text.strip():
            assembly.add(f"- {text}" if listed else text, level=level, run="list" if listed else "")
        words.clear()

    if tag in {"tr", "row"}:
        cells = (" ".join("".join(_inline(cell, page=page)).split()) for cell in element)
        assembly.add(" | ".join(cell for cell in cells if cell), run="table")
        return
    words.append(_text(element.text, tag))
    for child in element:
        if _is_shown(child, page=page):
            if _is_block(child) or any(map(_is_block, child.iterdescendants())):
                flush()
                _add(child, assembly, page=page)
            else:
                words.extend(_inline(child, page=page))
        words.append(_text(child.tail, tag))
    flush()


def _is_block(element: Any) -> bool:
    """Whether an element stands on lines of its own; code does if it has several."""
    return element.tag in _BLOCKS or (element.tag == "code" and "\n" in (element.text or ""))


def _is_shown(element: Any, *, page: bool) -> bool:
    return isinstance(element.tag, str) and not (page and element.tag in _SKIPPED)


def _inline(element: Any, *, page: bool) -> Iterator[str]:
    """The words of an element in pieces. Blocks are in it only where it is a table's cell."""
    if not _is_shown(element, page=page):
        return
    block = _is_block(element)
    if block or element.tag in {"br", "lb"}:
        yield "\n"
    yield _text(element.text, element.tag)
    for child in element:
        yield from _inline(child, page=page)
        yield _text(child.tail, element.tag)
    if block:
        yield "\n"


def _text(text: str | None, tag: str) -> str:
    """Text of a node; a newline in it is white space, unless it is preformatted."""
    if text is None:
        return ""
    return text if tag in {"pre", "code"} else re.sub(r"\s+", " ", text)


def _level(element: Any, *, page: bool) -> int:
    if not page and element.tag == "head":
        return _HEADINGS.get(element.get("rend") or "", 2)
    return _HEADINGS.get(element.tag, 0)
