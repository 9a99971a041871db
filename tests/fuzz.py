"""Real files of every format, damaged at random, through every parser: ``python -m tests.fuzz --seconds 600 --seed 1``.

What each becomes must be whole documents or an error of ``rag.errors``; a process that dies, hangs or runs out of
memory over a file is counted against the parsers, although its limits contain it. The same seed makes the same files.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from rag import errors
from rag.chunking import split
from rag.limits import Limits
from rag.parsing import Parsed, Task, read_all
from tests import badfiles
from tests.made import docx, one_page, paragraph, zipped

SAMPLES = Path(__file__).parent.parent / "examples" / "documents"
LIMITS = Limits(size=20_000_000, seconds=20.0, memory=1_000_000_000)
BATCH = 60  # files a round
MAX_SEED = 200_000  # bytes of a file that is mutated: larger ones are slow, not more telling
WHOLE = 0.7  # share of the files that were whole before they were damaged
CONTAINED = {"ParsingTooSlow", "ParsingTooHungry", "ParserCrashed"}
# What is put in where text is damaged, by the way the formats are built.
TOKENS = [
    b"<", b">", b"&", b"&#0;", b"&#x10ffff;", b"<!--", b"-->", b"<![CDATA[", b"]]>", b"<table>", b"</div>", b"<p",
    b"<a b='", b"obj", b"endobj", b"stream", b"endstream", b"xref", b"trailer", b"/Kids [2 0 R]",
    b"/Count 99999999", b"/Length -1", b"/Filter /FlateDecode", b"<<", b">>", b"[", b"]", b"(", b")", b"%%EOF",
    b"9 0 R", b"BT", b"Tj", b"'", b'"', b"{", b"}", b"\\ud83d", b"null", b"1e999", b"-", b"---\n", b"```\n", b"> ",
    b"- ", b"1. ", b"|", b"#", b"# ", b"\n\n", b"\r", b"\t", b"\0", b"\xff", b"\xc3", b"\xef\xbb\xbf", b"\xff\xfe",
    b"\xe2\x80\xae", b"\xf0\x9f\x98\x80", b"\xcc\x81", b"From x 2024\n", b"Subject: ",
    b"Content-Type: multipart/mixed; boundary=x\n", b"--x\n", b"Content-Transfer-Encoding: base64\n", b"=?utf-8?b?",
    b"By Ann Poe", b"1 May 2020", b"99/99/9999", b"Page 1 of 2", b". ", b"? ", b"0", b"9" * 50, b" " * 50,
    b"a" * 300,
]  # fmt: skip


@dataclass
class Found:
    """What came of a run: how many files, of which kind each outcome was, and what must not have happened."""

    n_files: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


def seeds() -> tuple[dict[str, list[bytes]], dict[str, list[bytes]]]:
    """Files by suffix: whole ones, the samples among them, and the smaller of those made to be bad."""
    mail = f"{badfiles.MAIL}\n{badfiles.LONG}"
    record = json.dumps({"title": "The bridge", "text": badfiles.BODY, "date": "2024-03-05", "authors": ["Ann Poe"]})
    whole = {
        ".mbox": [f"From a@b.c Mon Mar 11 10:00:00 2024\n{mail}\n".encode() * 3],
        ".jsonl": [f"{record}\n".encode() * 5],
        ".docx": [docx(paragraph(badfiles.BODY) * 4)],
        ".pdf": [one_page(f"{badfiles.SAID}\n{badfiles.SAID}")],
    }
    for path in sorted(SAMPLES.iterdir()):
        whole.setdefault(path.suffix, []).append(path.read_bytes())
    bad: dict[str, list[bytes]] = {suffix: [] for suffix in whole}
    for name, (content, _) in badfiles.FILES.items():
        if 0 < len(content) < MAX_SEED // 10:
            bad[Path(name).suffix.lower()].append(content)
    return whole, bad


def mutated(chance: random.Random, suffix: str, content: bytes, others: list[bytes]) -> bytes:
    """The file with one to eight damages; those of a Word document mostly inside its parts."""
    if suffix == ".docx" and chance.random() < 0.8 and zipfile.is_zipfile(BytesIO(content)):
        try:
            with zipfile.ZipFile(BytesIO(content)) as archive:
                inside = {entry.filename: archive.read(entry) for entry in archive.infolist()}
        except Exception:  # one of the bad files
            return _damaged(chance, content, others)
        chosen = chance.choice(["word/document.xml", *inside])
        if chosen in inside:
            inside[chosen] = _damaged(chance, inside[chosen], [])
        return zipped(inside)
    return _damaged(chance, content, others)


def _damaged(chance: random.Random, content: bytes, others: list[bytes]) -> bytes:
    data = bytearray(content[:MAX_SEED])
    for _ in range(chance.choice([1, 1, 2, 3, 5, 8])):
        at, length = chance.randrange(len(data) + 1), min(chance.choice([1, 4, 30, 300, 5000]), len(data))
        kind = chance.randrange(9)
        if kind == 0 and data:
            data[min(at, len(data) - 1)] ^= 1 << chance.randrange(8)
        elif kind == 1:
            data[at : at + length] = chance.randbytes(length)
        elif kind == 2:
            del data[at : at + length]
        elif kind == 3:
            data[at:at] = data[at : at + length] * chance.choice([1, 2, 50])
        elif kind in (4, 5):
            data[at:at] = chance.choice(TOKENS) * chance.choice([1, 1, 2, 200])
        elif kind == 6:
            del data[at:]
        elif kind == 7 and others:
            other = chance.choice(others)
            data[at:at] = other[chance.randrange(len(other) + 1) :][:length]
        else:
            data[at : at + length] = data[at : at + length].swapcase()
        del data[MAX_SEED * 2 :]
    return bytes(data)


def made(chance: random.Random, folder: Path) -> Iterator[Path]:
    """Damaged files, written into the folder one by one, the formats in turn."""
    whole, bad = seeds()
    while True:
        for suffix in whole:
            contents = whole[suffix] if chance.random() < WHOLE else bad[suffix]
            path = folder / f"{chance.getrandbits(48):012x}{suffix}"
            path.write_bytes(mutated(chance, suffix, chance.choice(contents), contents))
            yield path


def fault(path: Path, parsed: Parsed) -> str:
    """What is wrong with what became of a file, "" where nothing is."""
    if parsed.error:
        kind = getattr(errors, parsed.kind, None)
        if kind is None or not issubclass(kind, errors.DocumentError) or path.name not in parsed.error:
            return f"not named: {parsed.kind} {parsed.error}"
        return parsed.error if parsed.kind in CONTAINED else ""
    for document, passages in zip(parsed.documents or (), parsed.passages or (), strict=True):
        try:
            "\n".join([document.text, document.title, *document.authors]).encode()
        except UnicodeEncodeError as error:
            return f"cannot be stored: {error}"
        for passage in passages:
            if document.text[passage.start : passage.end] != passage.text or not passage.text.strip():
                return f"the passage {passage.start}:{passage.end} is not its document's text"
        if any(not 0 <= at <= len(document.text) for at in document.page_starts):
            return "a page begins outside the text"
    return ""


def fuzz(seconds: float, seed: int, keep: Path | None = None) -> Found:
    """Damage files and read them for so long. What goes wrong is kept in the folder ``keep``."""
    chance, found, began = random.Random(seed), Found(), time.monotonic()
    while time.monotonic() - began < seconds:
        with tempfile.TemporaryDirectory(prefix="footnote-fuzz-") as made_in:
            files = made(chance, Path(made_in))
            tasks = [Task(next(files), None) for _ in range(BATCH)]
            for task, parsed in zip(tasks, read_all(tasks, split, LIMITS), strict=True):
                found.n_files += 1
                found.outcomes[f"{task.path.suffix} {parsed.kind or 'read'}"] += 1
                if wrong := fault(task.path, parsed):
                    found.faults.append(wrong)
                    if keep is not None:
                        keep.mkdir(parents=True, exist_ok=True)
                        shutil.copy(task.path, keep)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=Path("out/fuzz"), help="where files that found a fault are kept")
    given = parser.parse_args()
    found = fuzz(given.seconds, given.seed, given.keep)
    print(f"{found.n_files} files, seed {given.seed}, {given.seconds:g} s")
    for outcome, n in sorted(found.outcomes.items()):
        print(f"{n:7} {outcome}")
    print(f"{len(found.faults)} faults")
    for wrong in found.faults:
        print(f"  {wrong}")
    return 1 if found.faults else 0


if __name__ == "__main__":
    sys.exit(main())
