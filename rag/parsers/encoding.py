"""Bytes to clean text: the encoding is found out, binary content is refused."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections import Counter
from pathlib import Path

from rag.errors import UnreadableFile

BOMS = {
    b"\xef\xbb\xbf": "utf-8-sig",
    b"\xff\xfe\x00\x00": "utf-32",
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
MAGIC = {
    b"%PDF-": "a PDF",
    b"PK\x03\x04": "a zip archive or an Office document",
    b"\x89PNG": "a PNG image",
    b"GIF8": "a GIF image",
    b"\xff\xd8\xff": "a JPEG image",
    b"\x7fELF": "a program",
    b"MZ\x90": "a program",
    b"\x1f\x8b": "a gzip archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"SQLite format 3": "a SQLite database",
    b"\xd0\xcf\x11\xe0": "an old Office document",
}
MAX_CONTROL = 0.01  # share of control characters above which content is not text
MIN_READABLE = 0.6  # share of letters, digits and spaces below which a guessed encoding is not believed
MIN_WESTERN = 0.9  # share of the characters beyond ASCII that must look Western for Windows-1252
MAX_BROKEN = 0.02  # share of a UTF-8 file's non-ASCII characters that may be damaged

_ACCENTED = "àáâãäåæçèéêëìíîïñòóôõöøùúûüÿßœšžÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜŒŠŽ"
_WESTERN = re.compile(
    rf"(?<=[A-Za-z])[{_ACCENTED}](?![^\x00-\x7f]{{2}})|(?<![^\x00-\x7f]{{2}})[{_ACCENTED}](?=[A-Za-z])"
    r"|[‘’](?=\w)|(?<![A-Za-z])[“„«¿¡£€‘–—…•·°§©®\xa0]|[”»’–—…°©®™\xa0€](?![A-Za-z])"
)
# Where Latin-1 has control characters that nobody writes, Windows-1252 has dashes, quotation marks and the like.
_WINDOWS = {n: bytes([n]).decode("cp1252", "ignore") or chr(n) for n in range(0x80, 0xA0)}
_LINE_ENDS = re.compile(r"\r\n?|[\x0b\x85\u2028\u2029]")
# Besides control characters what is not seen, or makes text seem other than it is: marks of direction, fillers, tags,
# and joiners where no script joins by them.
_DROPPED = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e"
    r"\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e0fff]"
    r"|[\u200c\u200d]+(?=[\x00-\u024f]|\Z)|(?<=[\x00-\u024f])[\u200c\u200d]+|(?<=[\ufe00-\ufe0f])[\ufe00-\ufe0f]+"
)


def decode(data: bytes, path: Path) -> str:
    """The text of a file: by its byte order mark, as UTF-8, else in the encoding that its bytes suggest."""
    for magic, kind in MAGIC.items():
        if data.startswith(magic):
            raise UnreadableFile(f"{path} is {kind}, not text; give it the suffix of its format")
    text = _decoded(data)
    if text is None or _is_binary(text):
        raise UnreadableFile(
            f"{path} is not text: its bytes make sense in no encoding; remove it or export it as UTF-8"
        )
    return text


def decode_as(data: bytes, encoding: str, path: Path) -> str:
    """The text of bytes that are said to be in an encoding; where that is wrong or unknown, it is found out."""
    try:
        text = data.decode(encoding)
    except (ValueError, LookupError):
        return decode(data, path)
    return from_windows(text) if codecs.lookup(encoding).name == "iso8859-1" else text


def from_windows(text: str) -> str:
    """What was decoded as Latin-1 as the Windows-1252 that it mostly is; browsers take the one for the other too."""
    return text.translate(_WINDOWS)


def clean(text: str) -> str:
    """Newlines as "\\n"; what is not seen (control characters, marks of direction) gone, but for form feeds."""
    return _DROPPED.sub("", _LINE_ENDS.sub("\n", text))


def _decoded(data: bytes) -> str | None:
    for bom, encoding in BOMS.items():
        if data.startswith(bom):
            return data.decode(encoding, errors="replace")
    for attempt in (_as_utf16, _as_utf8, _as_guessed):  # UTF-16 of ASCII is valid UTF-8, full of NULs
        text = attempt(data)
        if text is not None:
            return text
    return None


def _as_utf8(data: bytes) -> str | None:
    text = data.decode("utf-8", errors="replace")
    lost = text.count("\ufffd")
    if not lost:
        return text
    foreign = sum(n for character, n in Counter(text).items() if character > "\x7f")
    return text if lost <= foreign * MAX_BROKEN else None


def _as_utf16(data: bytes) -> str | None:
    """UTF-16 without its mark: in most scripts every other byte is the same few, and in Western text NUL."""
    half = len(data) // 2
    for encoding, nul_at in (("utf-16-le", 1), ("utf-16-be", 0)):
        if half > 2 and data[nul_at::2].count(0) > half * 0.4 and data[1 - nul_at :: 2].count(0) < half * 0.05:
            return data.decode(encoding, errors="replace")
    return None


def _as_guessed(data: bytes) -> str | None:
    import charset_normalizer

    if b"\x00" in data:
        return None
    best = charset_normalizer.from_bytes(data).best()
    if best is None:
        return None
    # Short Western texts fit many code pages; Windows wrote nearly all of those that are not UTF-8.
    western = _western(data)
    text = western if western is not None else str(best)
    readable = sum(c.isalnum() or c.isspace() for c in text)
    return text if readable >= len(text) * MIN_READABLE else None


def _western(data: bytes) -> str | None:
    """The bytes as Windows-1252, if nearly all that is not ASCII is then an accented letter next to a plain one, or a
    mark at the edge of a word. (In another code page's text, accented letters stand in rows and marks inside words.)
    """
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        return None
    n_foreign = sum(character > "\x7f" for character in text)
    return text if len(_WESTERN.findall(text)) >= n_foreign * MIN_WESTERN else None


def _is_binary(text: str) -> bool:
    """Whether more of it than a slip is control characters, unassigned, or could not be decoded."""
    odd = sum(n for character, n in Counter(text).items() if _is_odd(character))
    return odd > len(text) * MAX_CONTROL


def _is_odd(character: str) -> bool:
    if character in "\t\n\r\f\v\x85":
        return False
    return character == "\ufffd" or unicodedata.category(character) in {"Cc", "Cn", "Co"}
