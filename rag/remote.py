"""Files that are not on this machine: ``s3://``, ``gs://``, listings of ``https://`` and whatever else fsspec knows.

They are told unchanged from a listing alone (size and ETag, else size and time of change), and fetched one by one,
when they are read, by the process that reads them.
"""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import unquote, urlsplit

from rag.errors import MissingExtra, OptionError, UnreadableFile
from rag.parsers.articles import document_id
from rag.types import Document

# What changes when a file's content does, the most reliable first, by the names that fsspec's filesystems use.
VERSIONS = ("ETag", "etag", "md5Hash", "content_md5", "mtime", "LastModified", "last_modified", "updated", "created")


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file by its URL. ``version`` is 63 bits of what its listing says of its content."""

    url: str
    size: int
    version: int

    @property
    def name(self) -> str:
        return PurePosixPath(unquote(urlsplit(self.url).path)).name or "file"

    @property
    def suffix(self) -> str:
        return PurePosixPath(self.name).suffix

    def __str__(self) -> str:
        return self.url


def is_url(path: object) -> bool:
    return "://" in str(path)


def listed(url: str) -> Iterator[RemoteFile]:
    """The file at ``url``, or the visible files below it, by name.

    Raises UnreadableFile where there is nothing or it cannot be listed, MissingExtra where a package is missing.
    """
    if urlsplit(url).password is not None:
        raise OptionError("the address holds a password, which would be kept in the index; set it in the environment")
    filesystem, path = _opened(url)
    try:
        # What was listed before may have changed since.
        filesystem.invalidate_cache()
        found = filesystem.find(path, detail=True)
        if not found:
            raise FileNotFoundError("there is no file")
        root = path.rstrip("/")
        for name in sorted(found):
            below = name.removeprefix(root).strip("/")
            if not any(part.startswith((".", "~$")) for part in below.split("/")):
                yield _described(filesystem, name, found[name])
    except Exception as error:  # each filesystem has its own
        raise UnreadableFile(
            f"cannot list {url} ({_said(error)}); check the address and the credentials in the environment"
        ) from error


@contextmanager
def fetched(file: RemoteFile) -> Iterator[Path]:
    """A local copy of the file, under its own name, for as long as the block lasts. Raises UnreadableFile."""
    with TemporaryDirectory(prefix="footnote-") as scratch:
        copy = Path(scratch).resolve() / file.name
        try:
            filesystem, path = _opened(file.url)
            filesystem.get_file(path, str(copy))
        except Exception as error:  # each filesystem has its own
            raise UnreadableFile(f"cannot fetch {file.url} ({_said(error)}); run the same command again") from error
        yield copy


def relabelled(documents: Sequence[Document], url: str) -> list[Document]:
    """The documents of a local copy as those of ``url``."""
    titles: Counter[str] = Counter()
    found = []
    for document in documents:
        doc_id = document_id(url, document.title, titles[document.title])
        titles[document.title] += 1
        found.append(replace(document, doc_id=doc_id, source=url))
    return found


def _opened(url: str) -> tuple[Any, str]:
    import fsspec

    try:
        filesystem, path = fsspec.core.url_to_fs(url)
    except ImportError as error:
        raise MissingExtra(f"{urlsplit(url).scheme}://", "gs" if url.startswith("g") else "remote") from error
    except ValueError as error:
        raise UnreadableFile(f"{url} cannot be read ({error}); give a path or an address that fsspec knows") from error
    return filesystem, path


def _described(filesystem: Any, name: str, details: Mapping[str, Any]) -> RemoteFile:
    if details.get("size") is None or not any(details.get(key) for key in VERSIONS):
        details = {**details, **filesystem.info(name)}
    version = next((f"{key} {details[key]}" for key in VERSIONS if details.get(key)), "")
    if not version:
        version = str(time.time_ns())  # unknown: never the same twice, so that it is fetched and compared
    number = int.from_bytes(hashlib.sha256(version.encode()).digest()[:8], "big") >> 1
    size = details.get("size")
    return RemoteFile(filesystem.unstrip_protocol(name), -1 if size is None else int(size), number)


def _said(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
