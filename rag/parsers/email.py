"""Mails: one file, or a mailbox of many. Subject, date and sender from the headers, the text from the plain
part."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from email import policy
from email.message import EmailMessage, MIMEPart
from email.parser import BytesParser
from email.utils import getaddresses, parsedate_to_datetime
from pathlib import Path

from rag.errors import UnreadableFile
from rag.parsers.articles import Extract, documents
from rag.parsers.encoding import clean, decode_as, from_windows
from rag.sentences import Span
from rag.types import Document

UNREADABLE = "The text of this mail cannot be read: "
_SEPARATOR = re.compile(rb"^From \S.*\d{4}\s*$")
_SIGNATURE = re.compile(r"^--[ \xa0]?$")
_QUOTED = re.compile(r"^\s*>")
_QUOTING = re.compile(r"^On\b.{4,200}\bwrote:\s*$", re.S)


def parse_eml(path: Path) -> list[Document]:
    message = _message(path.read_bytes())
    if not message.keys():
        raise UnreadableFile(f"{path} is not a mail: it has no headers; give it the suffix of its format")
    return documents([_extract(message, path)], path)


def parse_mbox(path: Path) -> list[Document]:
    """One document a mail, in the order of the mailbox; one that cannot be read is kept with what its header says."""
    messages = list(_messages(path.read_bytes()))
    if not messages:
        raise UnreadableFile(f'{path} is not a mailbox: no line "From …" begins a mail; give it its format\'s suffix')
    extracts = [_extract_or_header(message, path) for message in messages]
    if all(extract.text.startswith(UNREADABLE) for extract in extracts):
        raise UnreadableFile(f"{path}: no mail in it can be read; export it again")
    return documents(extracts, path)


def _messages(data: bytes) -> Iterator[bytes]:
    """The mails of a mailbox: each begins with a line "From …" at the top or behind a blank line."""
    lines: list[bytes] = []
    began, blank = False, True
    for line in data.splitlines(keepends=True):
        if blank and _SEPARATOR.match(line):
            if began:
                yield b"".join(lines)
            lines, began = [], True
        elif began:
            lines.append(re.sub(rb"^>(>*From )", rb"\1", line))
        blank = not line.strip()
    if began:
        yield b"".join(lines)


def _message(data: bytes) -> EmailMessage:
    return BytesParser(policy=policy.default).parsebytes(data)


def _extract(message: EmailMessage, path: Path) -> Extract:
    head = _headed(message)
    part = message.get_body(("plain", "html"))
    text = _content(part, path) if part is not None else ""
    if part is not None and part.get_content_subtype() == "html":
        from rag.parsers.html import extract_html

        page = extract_html(text)
        return replace(head, text=page.text, title=head.title or page.title, headings=page.headings)
    text = clean(text).replace("\f", "\n")
    return replace(head, text=text, boilerplate=tuple(_boilerplate(text)))


def _extract_or_header(data: bytes, path: Path) -> Extract:
    try:
        return _extract(_message(data), path)
    except (MemoryError, OSError, ImportError):  # the next mail would fail alike
        raise
    except UnreadableFile:
        reason = "its bytes make sense in no encoding."
    except Exception:  # one that is nested too deep, or that a library stumbles over
        reason = "it is damaged, or too many parts lie within each other."
    head = BytesParser(policy=policy.default).parsebytes(data, headersonly=True)
    return replace(_headed(head), text=f"{UNREADABLE}{reason}")


def _headed(message: EmailMessage) -> Extract:
    """A mail's subject, day and sender, without its text."""
    senders = getaddresses([_header(message, "from")])
    authors = tuple(name or address for name, address in senders if name or address)
    return Extract("", _header(message, "subject"), _date(_header(message, "date")), None, authors)


def _header(message: EmailMessage, name: str) -> str:
    try:
        value = message[name]
    except Exception:  # the library stumbles over some malformed headers
        return ""
    return " ".join(clean(from_windows(str(value))).split()) if value is not None else ""


def _date(header: str) -> date | None:
    """The sender's day."""
    try:
        return parsedate_to_datetime(header).date()
    except (ValueError, TypeError):
        return None


def _content(part: MIMEPart, path: Path) -> str:
    """The text of a part; a wrong or unknown encoding is found out as for a text file."""
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    return decode_as(data, part.get_content_charset("utf-8"), path)


def _boilerplate(text: str) -> Iterator[Span]:
    """Quoted lines of the mail that is answered, the line that introduces them, and all below the signature's
    mark."""
    lines = [(match.start(), match.end(), match.group()) for match in re.finditer(r"[^\n]+", text)]
    for i, (start, end, line) in enumerate(lines):
        if _SIGNATURE.match(line):
            yield from ((s, e) for s, e, _ in lines[i:])
            return
        above = text[lines[i - 1][0] : end] if i else line
        if _QUOTED.match(line) or _QUOTING.match(line):
            yield start, end
        elif i and line.rstrip().endswith("wrote:") and _QUOTING.match(above):
            yield lines[i - 1][:2]
            yield start, end
