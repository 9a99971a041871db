"""PDF files: paragraphs put together again from lines, running headers and page numbers dropped, pages kept.

``Document.text`` is the cleaned text: lines joined, words divided at a line's end whole again, so that a
sentence that crosses a line or a page can be quoted in one piece. ``page_starts`` says where each page begins
in it.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

from rag.errors import EncryptedFile, UnreadableFile
from rag.parsers.articles import Extract, documents
from rag.parsers.blocks import Heading
from rag.parsers.encoding import clean
from rag.parsers.layout import Line, body_size, is_heading, paragraphs, without_running_lines
from rag.types import Document

_HYPHEN = "\ufffe"  # PDFium's mark for a hyphen at a line's end; it joins the two lines
_NO_TITLE = re.compile(r"^(?:untitled.*|microsoft word.*|.*\.(?:docx?|pdf|indd|tex|rtf|odt|pptx?|xlsx?)|\W*)$", re.I)
_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}


def parse_pdf(path: Path) -> list[Document]:
    import pypdfium2  # type: ignore[import-untyped]

    try:
        pdf = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        raise _unopened(path, str(error)) from error
    try:
        pages = [_lines(page, number) for number, page in enumerate(pdf)]
        about = pdf.get_metadata_dict()
    finally:
        pdf.close()
    if not any(pages):
        raise UnreadableFile(f"{path} has no text, only pictures of pages; run it through OCR first (e.g. ocrmypdf)")
    title = " ".join(clean(about["Title"]).split())
    text, page_starts, headings = assemble(pages)
    return documents(
        [
            Extract(
                text,
                title="" if _NO_TITLE.match(title) else title,
                created=_date(about["CreationDate"]),
                authors=tuple(n.strip() for n in re.split(r"[;,]|\sand\s", clean(about["Author"])) if n.strip()),
                page_starts=page_starts,
                headings=headings if len(headings) > 1 else None,
            )
        ],
        path,
    )


def assemble(pages: list[list[Line]]) -> tuple[str, tuple[int, ...], tuple[Heading, ...]]:
    """The text of all pages, the offset at which each begins, and the headings that stand out by their
    size."""
    vocabulary = _vocabulary(pages)
    size = body_size(pages)
    kept = without_running_lines(pages, size)
    sizes = sorted({line.size for page in kept for line in page if is_heading([line], size)}, reverse=True)
    parts: list[str] = []
    length, starts, headings = 0, [0] * len(pages), []
    begun = 0
    for paragraph in paragraphs(kept, size):
        gap = "\n\n" if parts else ""
        start = length + len(gap)
        text = ""
        for line in paragraph:
            joint = "" if not text or (text.endswith("-") and _divided(text, line.text)) else " "
            while begun <= line.page:
                starts[begun] = start + len(text) + len(joint)
                begun += 1
            text += joint + _whole_words(line.text, vocabulary)
        parts.append(gap + text)
        length = start + len(text)
        if is_heading(paragraph, size):
            headings.append(Heading(start, length, sizes.index(paragraph[0].size) + 1))
    starts[begun:] = [length] * (len(pages) - begun)
    return "".join(parts), tuple(starts), tuple(headings)


def _lines(page: Any, number: int) -> list[Line]:
    """The lines of a page from top to bottom as PDFium reads them, with place and size of their type."""
    textpage = page.get_textpage()
    text = textpage.get_text_range()
    exact = len(text) == textpage.count_chars()  # else characters beyond the basic plane shift the count
    lines = []
    for match in re.finditer(r"[^\r\n]+", text):
        shown = match.group().strip()
        if not clean(shown.replace(_HYPHEN, "-")).strip():
            continue
        first = match.start() + match.group().index(shown[0])
        last = match.start() + len(match.group().rstrip()) - 1
        top, bottom = (textpage.get_charbox(i, loose=True) if exact else (0, 0, 0, 0) for i in (first, last))
        lines.append(Line(shown, number, top[0], bottom[2], top[1], bottom[1], round(top[3] - top[1], 1)))
    textpage.close()
    return lines


def _whole_words(line: str, vocabulary: set[str]) -> str:
    """The line with its marked hyphens resolved and ligatures spelt out."""

    def join(match: re.Match[str]) -> str:
        head, tail = match[1], match[2]
        together, hyphened = head + tail, f"{head}-{tail}"
        if hyphened.lower() in vocabulary or not tail[:1].islower() or not head[-1:].isalpha():
            return hyphened
        return together

    line = re.sub(rf"([\w'’]*){_HYPHEN}([\w'’]*)", join, line)
    for ligature, letters in _LIGATURES.items():
        line = line.replace(ligature, letters)
    return " ".join(clean(line).split())


def _vocabulary(pages: list[list[Line]]) -> set[str]:
    """Every word with a hyphen inside that stands whole somewhere: what a hyphen at a line's end is judged
    by."""
    return {word.lower() for page in pages for line in page for word in re.findall(r"\w+-\w+", line.text)}


def _divided(text: str, below: str) -> bool:
    """Whether a plain hyphen at a line's end belongs to a compound that goes on below."""
    return text[-2:-1].isalnum() and below[:1].isalnum()


def _unopened(path: Path, error: str) -> UnreadableFile:
    if "password" in error.lower():
        return EncryptedFile(f"{path} is encrypted: it opens with a password only; save a copy without one")
    return UnreadableFile(
        f"{path} is not a readable PDF, it may be damaged ({error}); open it in a viewer and print it to a new PDF"
    )


def _date(stamp: str) -> date | None:
    """ "D:20230501120000+02'00'" as a date."""
    match = re.match(r"(?:D:)?(\d{4})(\d\d)(\d\d)", stamp)
    try:
        return date(int(match[1]), int(match[2]), int(match[3])) if match else None
    except ValueError:
        return None
