"""Files to documents: one module a format, chosen by suffix. Importing this package loads no format's
library."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

from rag.errors import (
    FileTooDeep,
    FileTooLarge,
    FootnoteError,
    NotAFile,
    ParsingTooHungry,
    UnreadableFile,
    UnsupportedFormat,
)
from rag.limits import MEGABYTE, SETTINGS, Limits
from rag.parsers.folders import kind_of, walk
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
ARCHIVES = (".docx",)


__all__ = ["ARCHIVES", "PARSERS", "SUFFIXES", "Parser", "named_errors", "parse", "supported", "walk", "weighed"]


def supported(path: Path) -> bool:
    """Whether there is a parser for the file's suffix."""
    return path.suffix.lower() in PARSERS


def parse(path: Path, limits: Limits | None = None) -> list[Document]:
    """The documents in a file, at least one, in order.

    Raises UnsupportedFormat for a suffix that no parser knows, and UnreadableFile, with the reason, for a file that is
    not there, empty, damaged, encrypted, larger than the ``size`` of the limits, or not what its suffix says. The other
    limits are not held here: see ``rag.parsing``.
    """
    path, limits = Path(path), Limits() if limits is None else limits
    size = weighed(path, limits)[0]
    if not supported(path):
        known = " ".join(PARSERS)
        raise UnsupportedFormat(f"{path} has a suffix that no parser knows ({known}); convert it to one of these")
    if size == 0:
        raise UnreadableFile(f"{path} is empty; remove it or fill it")
    documents = _parsed(path, limits)
    if not documents:
        raise UnreadableFile(f"{path} is empty: it holds no text; remove it or fill it")
    if sum(len(document.text) for document in documents) > limits.size:
        raise _too_large(path, "holds text of", limits)
    from rag.parsers.soundness import sound

    return [sound(document) for document in documents]


def weighed(path: Path, limits: Limits) -> tuple[int, ...]:
    """Size, times of change and inode of a regular file that is not too large; any other raises UnreadableFile."""
    try:
        status = path.stat()
    except OSError as error:
        raise UnreadableFile(f"{path} {_absence(path, error)}") from error
    except ValueError as error:  # a NUL in the name
        raise UnreadableFile(f"{path} is no path ({error}); check the name") from error
    if stat.S_ISDIR(status.st_mode):
        raise NotAFile(f"{path} is a folder that cannot be listed; check its permissions")
    if not stat.S_ISREG(status.st_mode):
        raise NotAFile(f"{path} is {kind_of(status.st_mode)}, not a file; leave it out")
    if status.st_size > limits.size:
        raise _too_large(path, f"has {status.st_size / MEGABYTE:,.0f} MB,", limits)
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino


def _absence(path: Path, error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "leads nowhere; mend the link" if path.is_symlink() else "does not exist; check the path"
    return f"cannot be read ({error.strerror or error}); check its name and permissions"


def _too_large(path: Path, what: str, limits: Limits) -> FileTooLarge:
    return FileTooLarge(
        f"{path} {what} more than the {limits.size / MEGABYTE:g} MB that are read; split it, or allow more with "
        f"{SETTINGS['size'][0]}"
    )


def _parsed(path: Path, limits: Limits) -> list[Document]:
    with named_errors(path):
        if path.suffix.lower() in ARCHIVES:
            _weigh_unpacked(path, limits)
        return PARSERS[path.suffix.lower()](path)


@contextmanager
def named_errors(path: Path) -> Iterator[None]:
    """Whatever goes wrong with what the file holds is an UnreadableFile that names it."""
    try:
        yield
    except FileTooDeep as error:
        raise FileTooDeep(f"{path} cannot be read: {error}") from error
    except FootnoteError:
        raise
    except ImportError as error:
        raise UnreadableFile(f"{path} needs a package that is missing ({error}); install footnote-rag anew") from error
    except OSError as error:
        raise UnreadableFile(f"{path} cannot be read ({error.strerror or error}); check its permissions") from error
    except MemoryError as error:
        raise ParsingTooHungry(
            f"{path} needs more memory to be read than is allowed; split it, or allow more with {SETTINGS['memory'][0]}"
        ) from error
    except RecursionError as error:
        raise FileTooDeep(f"{path} holds parts within parts, too many to follow; save it in a simpler form") from error
    except Exception as error:
        kind = path.suffix.lower().lstrip(".")
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise UnreadableFile(
            f"{path} cannot be read as {kind}, it may be damaged ({reason}); open it in its program and save it anew"
        ) from error


def _weigh_unpacked(path: Path, limits: Limits) -> None:
    """Refuse an archive that says itself that it unpacks to more than may be read; more than it says, none can."""
    import zipfile

    if not zipfile.is_zipfile(path):
        return  # its parser says what it is
    with zipfile.ZipFile(path) as archive:
        size = sum(entry.file_size for entry in archive.infolist())
    if size > limits.size:
        raise _too_large(path, f"unpacks to {size / MEGABYTE:,.0f} MB,", limits)
