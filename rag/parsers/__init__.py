"""Files to documents: one module a format, chosen by suffix. Importing this package loads no format's
library."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from pathlib import Path

from rag.errors import FootnoteError, UnreadableFile, UnsupportedFormat
from rag.types import Document

Parser = Callable[[Path], list[Document]]


def _lazy(module: str, function: str) -> Parser:
    def parser(path: Path) -> list[Document]:
        loaded: Parser = getattr(import_module(f"rag.parsers.{module}"), function)
        return loaded(path)

    parser.__name__ = parser.__qualname__ = function
    return parser


_TEXT, _MARKDOWN, _HTML = (_lazy(name, f"parse_{name}") for name in ("text", "markdown", "html"))

PARSERS: dict[str, Parser] = {
    ".txt": _TEXT,
    ".text": _TEXT,
    ".md": _MARKDOWN,
    ".markdown": _MARKDOWN,
    ".html": _HTML,
    ".htm": _HTML,
    ".pdf": _lazy("pdf", "parse_pdf"),
    ".docx": _lazy("docx", "parse_docx"),
    ".eml": _lazy("email", "parse_eml"),
    ".mbox": _lazy("email", "parse_mbox"),
    ".jsonl": _lazy("jsonl", "parse_jsonl"),
}

SUFFIXES = tuple(PARSERS)


def supported(path: Path) -> bool:
    """Whether there is a parser for the file's suffix."""
    return path.suffix.lower() in PARSERS


def parse(path: Path) -> list[Document]:
    """The documents in a file, at least one, in order.

    Raises UnsupportedFormat for a suffix that no parser knows, and UnreadableFile, with the reason, for a
    file that is not there, empty, damaged, encrypted, or not what its suffix says.
    """
    path = Path(path)
    if path.is_dir():
        raise UnreadableFile(f"{path} is a folder that cannot be listed; check its permissions")
    if not path.exists():
        raise UnreadableFile(f"{path} does not exist; check the path")
    if not supported(path):
        known = " ".join(PARSERS)
        raise UnsupportedFormat(f"{path} has a suffix that no parser knows ({known}); convert it to one of these")
    try:
        if path.stat().st_size == 0:
            raise UnreadableFile(f"{path} is empty; remove it or fill it")
        documents = PARSERS[path.suffix.lower()](path)
    except FootnoteError:
        raise
    except ImportError as error:
        raise UnreadableFile(f"{path} needs a package that is missing ({error}); install footnote-rag anew") from error
    except OSError as error:
        raise UnreadableFile(f"{path} cannot be read ({error.strerror or error}); check its permissions") from error
    except Exception as error:
        kind = path.suffix.lower().lstrip(".")
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise UnreadableFile(
            f"{path} cannot be read as {kind}, it may be damaged ({reason}); open it in its program and save it anew"
        ) from error
    if not documents:
        raise UnreadableFile(f"{path} is empty: it holds no text; remove it or fill it")
    return documents


def walk(paths: Iterable[Path]) -> Iterator[Path]:
    """Every file to be read: the files given, as they are, and the visible regular files below the folders
    given.

    Folders are walked in sorted order; what begins with a dot is hidden. A file reached twice, through links
    or overlapping paths, comes once. Files that no parser knows come too (see ``supported``), and so does a
    folder that cannot be listed: ``parse`` says why. A path that does not exist raises UnreadableFile.
    """
    seen: set[tuple[int, int]] = set()
    for path in map(Path, paths):
        if not path.exists():
            raise UnreadableFile(f"{path} does not exist; check the path")
        yield from _walk(path, seen)


def _walk(path: Path, seen: set[tuple[int, int]]) -> Iterator[Path]:
    try:
        status = path.stat()
    except OSError:  # a link that leads nowhere, or in a circle
        return
    identity = (status.st_dev, status.st_ino)
    if identity in seen:
        return
    seen.add(identity)
    if stat.S_ISREG(status.st_mode):
        yield path
    elif stat.S_ISDIR(status.st_mode):
        try:
            entries = sorted(path.iterdir())
        except OSError:
            yield path
            return
        for entry in entries:
            if not entry.name.startswith((".", "~$")):
                yield from _walk(entry, seen)
