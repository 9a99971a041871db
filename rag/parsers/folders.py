"""Folders to files: what is to be read, and why the rest is not."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from rag.errors import NotAFile, UnreadableFile

FOLLOW_LINKS = "FOOTNOTE_FOLLOW_LINKS"  # set to 1: links that lead out of the given folders are followed too
HIDDEN = (".", "~$")
_KINDS = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFDIR: "a folder",
}

Refused = Callable[[Path, UnreadableFile], None]


def walk(paths: Iterable[Path], refused: Refused = lambda path, error: None) -> Iterator[Path]:
    """Every file to be read: the files given, as they are, and the visible regular files below the folders given.

    Folders are walked in sorted order; what begins with a dot is hidden. A file reached twice, through links or
    overlapping paths, comes once. Files that no parser knows come too (see ``rag.parsers.supported``). ``refused`` is
    told what is left out and why: NotAFile for pipes, devices, links that lead nowhere or out of the folders given (but
    see ``FOLLOW_LINKS``), UnreadableFile for what cannot be looked at or listed and for a name that is not text. A path
    that does not exist raises UnreadableFile.
    """
    roots = list(map(Path, paths))
    inside = [os.path.realpath(root) for root in roots]
    follow = os.environ.get(FOLLOW_LINKS, "") == "1"
    seen: set[tuple[int, int]] = set()
    for root in roots:
        if not root.exists():
            raise UnreadableFile(f"{root} does not exist; check the path")
        waiting = [root]
        while waiting:
            path = waiting.pop()
            try:
                status = _met(path, None if follow or path is root else inside)
                if (identity := (status.st_dev, status.st_ino)) in seen:
                    continue
                seen.add(identity)
                if stat.S_ISDIR(status.st_mode):
                    waiting += reversed(_entries(path))
                else:
                    yield path
            except UnreadableFile as error:
                refused(path, error)


def kind_of(mode: int) -> str:
    """What something that is no regular file is, in words."""
    return _KINDS.get(stat.S_IFMT(mode), "something else")


def printable(text: str) -> str:
    """The text on one line, with what would act on a terminal or a log, or hide in it, spelt out."""
    if text.isprintable():
        return text
    plain = os.fsencode(text).decode("utf-8", "backslashreplace") if _undecoded(text) else text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in plain)


def _met(path: Path, inside: list[str] | None) -> os.stat_result:
    """What is there: a regular file or a folder. Raises UnreadableFile for what is neither, or may not be followed."""
    if _undecoded(str(path)):
        raise UnreadableFile(f"{printable(str(path))} has a name that is no UTF-8; rename it")
    try:
        status = path.lstat()
        linked = stat.S_ISLNK(status.st_mode)
        if linked:
            status = path.stat()
    except OSError as error:
        nowhere = isinstance(error, FileNotFoundError) or error.errno in (errno.ELOOP, errno.ENOTDIR)
        kind = NotAFile if nowhere else UnreadableFile
        raise kind(f"{path} leads nowhere or cannot be looked at ({error.strerror}); leave it out") from error
    if linked and inside is not None and not _within(os.path.realpath(path), inside):
        raise NotAFile(
            f"{path} is a link that leads out of the folder; add what it leads to by name, or set {FOLLOW_LINKS}=1"
        )
    if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
        raise NotAFile(f"{path} is {kind_of(status.st_mode)}, not a file; leave it out")
    return status


def _undecoded(name: str) -> bool:
    """Whether a name holds bytes that are no UTF-8, which Python keeps as surrogates."""
    return any("\ud800" <= character <= "\udfff" for character in name)


def _within(target: str, folders: list[str]) -> bool:
    return any(target == folder or target.startswith(folder.rstrip(os.sep) + os.sep) for folder in folders)


def _entries(folder: Path) -> list[Path]:
    try:
        names = sorted(os.listdir(folder))  # noqa: PTH208 (a Path is slow to make 10,000 times)
    except OSError as error:
        raise UnreadableFile(
            f"{folder} is a folder that cannot be listed ({error.strerror}); check its permissions"
        ) from error
    return [folder / name for name in names if not name.startswith(HIDDEN)]
