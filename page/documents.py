"""The library on the page: what is in it, files taken in, removed and brought back."""

from __future__ import annotations

import logging
import lzma
import re
import shutil
import tempfile
import threading
import unicodedata
import zipfile
import zlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from html import escape
from pathlib import Path

from page.markup import count, day, named
from page.uploads import MAX_DEPTH, MAX_UPLOADED, check, n_files
from rag import SUFFIXES, Document, Index
from rag.errors import FootnoteError, OptionError, UnknownDocument
from rag.types import FileReport

UPLOADS = "uploads"  # the folder inside the index folder that keeps uploaded files
REMOVED = ".removed-uploads"  # beside it: removed uploads, until the page is started next
MAX_NAME_BYTES = 200  # of an uploaded file's name; file systems take 255
MAX_ZIP_BYTES, MAX_ZIP_FILES = 2_000_000_000, 5_000  # unpacked: more is a mistake or an attack
_BROKEN_ZIP = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, RuntimeError, NotImplementedError, OSError)
N_SECTIONS = 12  # headings listed for one document


class Shelf:
    """Files in and out of one index; one change at a time."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self._lock = threading.Lock()
        self._n_uploaded: int | None = None  # at least so many files, once they were counted
        # By source, where the upload waits; None where the file is the user's own.
        self._removed: dict[str, Path | None] = {}
        shutil.rmtree(index.folder / REMOVED, ignore_errors=True)  # of the last time: gone for good

    def take_in(self, upload: Path, name: str = "") -> FileReport:
        """Keep the upload in the index's folder and index it there. A file that fails leaves everything as it was."""
        parts = [safe_name(part) for part in Path(name or upload.name).parts if part.strip("./\\ ")]
        target = (self.index.folder / UPLOADS).resolve().joinpath(*(parts[-MAX_DEPTH:] or ["document"]))
        with self._lock:
            return self._take_in(upload, target, "/".join(parts))

    def _take_in(self, upload: Path, target: Path, shown: str) -> FileReport:
        before = target.read_bytes() if target.is_file() else None
        try:
            self._admit(upload, target)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(upload, target)
            report = self.index.add(target).files[0]
        except Exception as error:
            report = FileReport(str(target), "failed", reason=explain(error))
        if report.state == "failed":
            with suppress(OSError):  # a name under a file, or no room: there is nothing to be put back
                _put_back(target, before)
        return replace(report, reason=report.reason.replace(str(target), shown))

    def _admit(self, upload: Path, target: Path) -> None:
        """Raises OptionError for a file that may not be taken in."""
        check(upload, target.name)
        if self._n_uploaded is None:
            self._n_uploaded = n_files(self.index.folder / UPLOADS)
        if self._n_uploaded >= MAX_UPLOADED and not target.is_file():
            raise OptionError(f"{MAX_UPLOADED:,} files are uploaded, more are not taken; delete some first")
        self._n_uploaded += not target.is_file()

    def unpack(self, archive: Path) -> tuple[list[tuple[Path, str]], list[str]]:
        """The documents in a zip file, unpacked beside it, with their names; and the names of what is none.

        Raises OptionError for a file that is no zip, is encrypted, or would unpack to more than 2 GB.
        """
        folder = Path(tempfile.mkdtemp(dir=archive.parent))
        try:
            with zipfile.ZipFile(archive) as packed:
                return _unpacked(packed, archive.name, folder)
        except BaseException as error:
            shutil.rmtree(folder, ignore_errors=True)
            if not isinstance(error, _BROKEN_ZIP):
                raise
            raise OptionError(
                f"{archive.name} cannot be unpacked ({error}); zip the folder again, without a password"
            ) from error

    def remove(self, source: str) -> bool:
        """Take a file with its documents out of the index; whether that can be undone.

        The user's own files stay where they are; an upload waits to be brought back until the page is started next.
        """
        file = Path(source)
        with self._lock:
            if source not in {known.source for known in self.index.sources()}:
                raise UnknownDocument(f"{file.name} is not in the index any more; reload the page")
            self.index.remove(source)
            waiting = None
            if file.is_relative_to((self.index.folder / UPLOADS).resolve()) and file.is_file():
                folder = self.index.folder / REMOVED
                folder.mkdir(exist_ok=True)
                waiting = Path(tempfile.mkdtemp(dir=folder)) / file.name
                file.replace(waiting)
            self._removed[source] = waiting
        return waiting is not None or file.is_file()

    def bring_back(self, source: str) -> FileReport:
        """Undo ``remove``; a file that fails waits on.

        Raises OptionError where nothing was removed or its name was given to another file since.
        """
        file = Path(source)
        with self._lock:
            if source not in self._removed:
                raise OptionError("there is nothing to undo; add the file again")
            waiting, report = self._removed[source], None
            if waiting is not None:
                if file.exists():
                    raise OptionError(f"{file.name} was added again since it was deleted; the new one stays")
                file.parent.mkdir(parents=True, exist_ok=True)
                waiting.replace(file)
            try:
                report = self.index.add(source).files[0]
            finally:
                if report is not None and report.state != "failed":
                    del self._removed[source]
                elif waiting is not None:
                    file.replace(waiting)
        return report


def _unpacked(packed: zipfile.ZipFile, name: str, folder: Path) -> tuple[list[tuple[Path, str]], list[str]]:
    members = [m for m in packed.infolist() if not m.is_dir() and not _hidden(m.filename)]
    if len(members) > MAX_ZIP_FILES or sum(m.file_size for m in members) > MAX_ZIP_BYTES:
        raise OptionError(f"{name} holds too much: {MAX_ZIP_FILES:,} files and 2 GB at most; split it")
    files, others = [], []
    for number, member in enumerate(members):
        if not member.filename.lower().endswith(SUFFIXES):
            others.append(member.filename)
            continue
        file = folder / f"{number}{Path(member.filename).suffix}"
        with packed.open(member) as source, file.open("wb") as copy:
            shutil.copyfileobj(source, copy)
        files.append((file, member.filename))
    return files, others


def _put_back(target: Path, before: bytes | None) -> None:
    if before is None:
        target.unlink(missing_ok=True)
    else:
        target.write_bytes(before)


def library(index: Index, off: Sequence[str] = ()) -> str:
    """Every file with its documents: title, date, sections, whether it is asked."""
    files = index.sources()
    if not files:
        return '<p class="nothing">No documents yet. Add some above: they stay on this machine.</p>'
    articles: dict[str, list[Document]] = {}
    for held in index.documents.values():
        articles.setdefault(held.source, []).append(held)
    rows = []
    for file in files:
        name, documents = escape(Path(file.source).name), articles.get(file.source, [])
        items = "".join(_article(held, on=held.doc_id not in off) for held in documents)
        rows.append(
            f'<li class="file"><div class="filehead"><span><b class="name" dir="auto">{name}</b>'
            f"<small>{count(file.n_documents, 'document')} · {count(file.n_passages, 'passage')}</small></span>"
            f'<button type="button" class="act" data-remove="{escape(file.source)}" '
            f'aria-label="Delete {name}">Delete</button></div><ul>{items}</ul></li>'
        )
    n_documents, n_passages = sum(f.n_documents for f in files), sum(f.n_passages for f in files)
    counts = f"{count(n_documents, 'document')} in {count(len(files), 'file')}, {count(n_passages, 'passage')}"
    if off:
        counts += f" · {len(off)} switched off"
    return f'<p class="quiet">{counts}</p><ul class="files">{"".join(rows)}</ul>'


def _article(held: Document, *, on: bool) -> str:
    key, title = escape(held.doc_id), escape(named(held))
    headings = [section.heading for section in held.sections if section.heading]
    listed = "".join(f"<li dir=auto>{escape(heading)}</li>" for heading in headings[:N_SECTIONS])
    listed += f"<li>and {len(headings) - N_SECTIONS} more</li>" if len(headings) > N_SECTIONS else ""
    authors = f'<p class="quiet">{escape(", ".join(held.authors))}</p>' if held.authors else ""
    sections = (
        f'<p class="quiet">{count(len(headings), "section")}</p><ul class="headings">{listed}</ul>' if headings else ""
    )
    return (
        f'<li class="article{"" if on else " off"}"><label class="switch"><input type="checkbox" data-switch="{key}" '
        f'{"checked" if on else ""} aria-label="Ask “{title}”"></label><details><summary><b dir="auto">{title}</b>'
        f'<i>{day(held.published)}</i></summary><div class="inside">{authors}{sections}'
        f'<p class="row"><button type="button" class="act" data-open="{key}">Read</button>'
        f'<button type="button" class="act" data-suggest="{key}">Suggest questions</button></p>'
        f'<div class="suggested" aria-live="polite"></div></div></details></li>'
    )


def result(report: FileReport, name: str) -> str:
    """One line: what became of one file, and why."""
    held = (
        f"{count(report.n_documents, 'document')}, {count(report.n_passages, 'passage')}" if report.n_passages else ""
    )
    return _line(report.state, name, report.reason or held)


def skipped(name: str) -> str:
    return _line("skipped", name, f"no parser for {Path(name).suffix or 'its name'}")


def failed(name: str, reason: str) -> str:
    return _line("failed", name, reason)


def _line(state: str, name: str, said: str) -> str:
    return f'<b>{state}</b> <span dir="auto">{escape(name)}</span><small dir="auto">{escape(said)}</small>'


def safe_name(name: str) -> str:
    """A file name that stays inside its folder and that every file system takes; the suffix is kept."""
    plain = re.sub(r"[^\w .()+,&-]", "_", unicodedata.normalize("NFC", Path(name).name)).strip(" .")
    path = Path(plain or "document")
    return path.stem.encode()[: MAX_NAME_BYTES - len(path.suffix.encode())].decode(errors="ignore") + path.suffix


def explain(error: Exception) -> str:
    """What the page says about an error: Footnote's own words, or where the rest can be read."""
    if isinstance(error, FootnoteError):
        return str(error)
    logging.getLogger("footnote").error("the page met an unexpected error", exc_info=error)
    return "Footnote met an unexpected error; the details stand in the terminal where it runs."


def _hidden(name: str) -> bool:
    return any(part.startswith((".", "~$", "__MACOSX")) and part.strip(".") for part in Path(name).parts)
