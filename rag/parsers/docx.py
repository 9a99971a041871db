"""Word files: paragraphs, headings, lists and tables in the order of the page; what Word knows of title and
author."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from rag.errors import EncryptedFile, UnreadableFile
from rag.parsers.articles import Extract, documents
from rag.parsers.assembly import Assembly
from rag.types import Document

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_COPY = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"  # a text box once more, for old Words
_BREAKS = {f"{_W}tab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "\u2011"}
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # what holds an encrypted document, and an old one
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_TEMPLATE_AUTHOR = "python-docx"  # what that library's template says of itself


def parse_docx(path: Path) -> list[Document]:
    _check_archive(path)
    import docx
    from lxml.etree import XMLSyntaxError

    try:
        word = docx.Document(str(path))
    except XMLSyntaxError as error:
        if "unknown error" in str(error):  # what lxml says where it gets no memory
            raise MemoryError from error
        raise
    assembly = Assembly()
    styles = {style.style_id: (style.name or "").lower() for style in word.styles}
    titled = ""
    for element in _children(word.element.body):
        if element.tag == f"{_W}tbl":
            for row in _rows(element):
                assembly.add(row, run="table")
            continue
        style = _style(element, styles)
        text = _text(element)
        if style == "title" and not titled:
            titled = " ".join(text.split())
        if style.startswith("toc"):
            continue
        listed = style.startswith("list") or element.find(f".//{_W}numPr") is not None
        level = _level(style)
        listed = listed and not level and bool(text.strip())
        assembly.add(f"- {text}" if listed else text, level=level, run="list" if listed else "")
    title, created, authors = _properties(word.core_properties)
    headings = tuple(assembly.headings)
    extract = Extract(
        assembly.text,
        title=titled or title,
        created=created,
        authors=authors,
        headings=headings if len(headings) > bool(titled) else None,
    )
    return documents([extract], path)


def _check_archive(path: Path) -> None:
    if not zipfile.is_zipfile(path):
        content = path.read_bytes()
        if content.startswith(_OLE) and _ENCRYPTED in content:
            raise _encrypted(path)
        raise UnreadableFile(
            f"{path} is not a Word document (.docx): it is damaged or of the old .doc kind; open it in a word "
            "processor and save it as .docx"
        )
    with zipfile.ZipFile(path) as archive:
        if any(entry.flag_bits & 1 for entry in archive.infolist()):
            raise _encrypted(path)


def _encrypted(path: Path) -> EncryptedFile:
    return EncryptedFile(f"{path} is encrypted: it opens with a password only; save a copy without one")


def _properties(core: Any) -> tuple[str, date | None, tuple[str, ...]]:
    template = core.author == _TEMPLATE_AUTHOR
    created = core.created.date() if core.created and not template else None
    names = () if template else tuple(n.strip() for n in re.split(r"[;,]|\sand\s", core.author or "") if n.strip())
    return " ".join((core.title or "").split()), created, names


def _children(body: Any) -> Iterator[Any]:
    """Paragraphs and tables in order, those inside content controls too, but for a table of contents."""
    for element in body:
        if element.tag in {f"{_W}p", f"{_W}tbl"}:
            yield element
        elif element.tag == f"{_W}sdt":
            gallery = element.find(f".//{_W}docPartGallery")
            content = element.find(f"{_W}sdtContent")
            if content is not None and (gallery is None or gallery.get(f"{_W}val") != "Table of Contents"):
                yield from _children(content)


def _text(paragraph: Any) -> str:
    """The words as they stand now: inserted ones too, deleted ones not."""
    parts = []
    for node in paragraph.iter():
        if any(ancestor.tag == _COPY for ancestor in node.iterancestors()):
            continue
        if node.tag == f"{_W}t":
            parts.append(node.text or "")
        elif node.tag in _BREAKS and node.getparent().tag == f"{_W}r":
            parts.append(_BREAKS[node.tag])
    return "".join(parts)


def _rows(table: Any) -> Iterator[str]:
    """The rows of a table; what stands in a table inside a cell is part of that cell, and is not said twice."""
    for row in _own(table, "tr", "tbl"):
        cells = (" ".join(" ".join(_text(p) for p in cell.iter(f"{_W}p")).split()) for cell in _own(row, "tc", "tr"))
        yield " | ".join(cell for cell in cells if cell)


def _own(element: Any, name: str, within: str) -> Iterator[Any]:
    """The descendants of that name whose nearest ``within`` is the element itself."""
    for found in element.iter(f"{_W}{name}"):
        if next(found.iterancestors(f"{_W}{within}"), None) is element:
            yield found


def _style(paragraph: Any, styles: dict[str, str]) -> str:
    style = paragraph.find(f"{_W}pPr/{_W}pStyle")
    return styles.get(style.get(f"{_W}val"), "") if style is not None else ""


def _level(style: str) -> int:
    match = re.match(r"heading (\d)", style)
    return 1 if style == "title" else int(match[1]) + 1 if match else 0
