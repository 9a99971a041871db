"""Uploads: where they wait, and what each is, by what is in it and not by what it is called."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from rag import SUFFIXES
from rag.errors import OptionError

TEMPORARY = "GRADIO_TEMP_DIR"  # where gradio puts uploads; those of all its programs together unless it is set
WAIT_SECONDS, SWEEP_SECONDS = 3600, 600  # how long an upload may wait to be taken in, and how often that is looked at
LOOKED_AT = 8192  # bytes from the start
MAX_DEPTH = 8  # folders in the name of an upload
MAX_UPLOADED = 50_000  # files that the uploads of one library may hold
_BEGINNINGS = {".pdf": b"%PDF-", ".docx": b"PK\x03\x04", ".zip": b"PK"}
# What none of the text formats begins with, whatever the suffix says.
_FOREIGN = {
    b"MZ": "a program", b"\x7fELF": "a program", b"\xcf\xfa\xed\xfe": "a program", b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture", b"GIF8": "a picture", b"PK\x03\x04": "an archive", b"\x1f\x8b": "an archive",
    b"Rar!": "an archive", b"7z\xbc\xaf": "an archive", b"%PDF-": "a PDF", b"SQLite format 3": "a database",
}  # fmt: skip


@contextmanager
def private_folder() -> Iterator[Path]:
    """Have uploads wait in a folder of this server alone. What nobody takes in is dropped, and at the end all of it."""
    before, over = os.environ.get(TEMPORARY), threading.Event()
    if before:
        Path(before).mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="footnote-uploads-", dir=before or None))

    def watch() -> None:
        while not over.wait(SWEEP_SECONDS):
            sweep(folder, WAIT_SECONDS)

    os.environ[TEMPORARY] = str(folder)
    threading.Thread(target=watch, daemon=True).start()
    try:
        yield folder
    finally:
        over.set()
        if before is None:
            del os.environ[TEMPORARY]
        else:
            os.environ[TEMPORARY] = before
        shutil.rmtree(folder, ignore_errors=True)


def sweep(folder: Path, seconds: float) -> None:
    """Drop the files under ``folder`` that are older than that, and folders left empty.

    What was unpacked from one archive is taken in file by file: it waits as long as its folder still changes.
    """
    past = time.time() - seconds
    for place, _, names in os.walk(folder, topdown=False):
        at = Path(place)
        with suppress(OSError):  # what is gone meanwhile
            if at != folder and at.stat().st_mtime > past:
                continue
            for file in map(at.joinpath, names):
                if file.lstat().st_mtime <= past:
                    file.unlink()
            if at != folder and not any(at.iterdir()):
                at.rmdir()


def check(upload: Path, name: str) -> None:
    """Raises OptionError for a file that is not of the kind that its name says, or of none that can be read."""
    suffix = Path(name).suffix.lower()
    if suffix not in (*SUFFIXES, ".zip"):
        raise OptionError(f"no parser for {suffix or 'its name'}; Footnote reads {' '.join(SUFFIXES)}")
    with upload.open("rb") as stream:
        start = stream.read(LOOKED_AT)
    expected = _BEGINNINGS.get(suffix)
    if expected is not None and expected not in start[:1024]:
        raise OptionError(f"it is called {suffix} and is none; give it the name of what it is")
    if expected is None:
        for beginning, what in _FOREIGN.items():
            if start.startswith(beginning):
                raise OptionError(f"it is called {suffix} and is {what}; give it the name of what it is")


def n_files(folder: Path) -> int:
    """How many files lie under ``folder``."""
    return sum(path.is_file() for path in folder.rglob("*")) if folder.is_dir() else 0
