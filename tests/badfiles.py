"""Broken and hostile files, made here, each with what must become of it.

``FILES`` holds (content, outcome) by name. An outcome is the class of ``rag.errors`` that the file must be refused
with, or the words that must be found in what was read of it. ``write_all`` makes them and, beside them, what is no
file.
"""

from __future__ import annotations

import base64
import json
import os
import socket
import struct
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from rag import errors
from rag.limits import Limits
from tests.made import CATALOG, FONT, W, docx, flate, one_page, page, paragraph, parts, pdf, stream, words, zipped

Outcome = type[errors.DocumentError] | str
Bad, Encrypted, Large, Deep = errors.UnreadableFile, errors.EncryptedFile, errors.FileTooLarge, errors.FileTooDeep
Slow, Hungry, NoFile = errors.ParsingTooSlow, errors.ParsingTooHungry, errors.NotAFile

# Small, so that the files that go beyond them are made and read in no time.
LIMITS = Limits(size=20_000_000, seconds=12.0, memory=250_000_000)

SAID = "The council met on Tuesday and agreed on the plan for the new bridge of Lindby."
BODY = f"{SAID} Nobody voted against it, and the mayor was pleased with what they had done."
LONG = f"The bridge of Lindby\n\n{BODY}\n\n{BODY}\n"
RUBBISH = bytes((i * 167 + (i >> 3) * 31) % 256 for i in range(4096))

TEXT: dict[str, tuple[bytes, Outcome]] = {
    "empty": (b"", Bad),
    "blank": (b" \n\xc2\xa0\n\t\n", Bad),
    "mark-only": (b"\xef\xbb\xbf", Bad),
    "nul-only": (bytes(500), Bad),
    "nul-some": (LONG.replace("Nobody", "No\0body", 1).encode(), SAID),
    "nul-many": (LONG.replace(" ", "\0").encode(), Bad),
    "nul-tail": (LONG.encode() + bytes(3000), Bad),
    "utf16-le-no-mark": (LONG.encode("utf-16-le"), SAID),
    "utf16-be-no-mark": (LONG.encode("utf-16-be"), SAID),
    "utf16-odd": (LONG.encode("utf-16")[:-1], SAID),
    "utf32": (LONG.encode("utf-32"), SAID),
    "utf32-cut": (LONG.encode("utf-32")[:-3], SAID),
    "latin1": (LONG.replace("mayor", "maïre Müller").encode("latin-1"), "maïre Müller"),
    "cp1251": (("Быстрая коричневая лиса прыгает через ленивую собаку. " * 5).encode("cp1251"), "Быстрая"),
    "utf8-cut": ((LONG + "Zoë").encode()[:-1], SAID),
    "utf8-overlong": (LONG.encode() + b"\xc0\xaf" * 200, SAID),
    "utf8-surrogates": (LONG.encode() + b"\xed\xa0\x80", SAID),
    "utf7": (LONG.replace("pleased", "+AOk-lu").encode(), "+AOk-lu"),
    "rubbish": (RUBBISH, Bad),
    "png": (b"\x89PNG\r\n\x1a\n" + RUBBISH, Bad),
    "elf": (b"\x7fELF" + RUBBISH, Bad),
    "gzip": (b"\x1f\x8b\x08\x00" + RUBBISH, Bad),
    "a-pdf": (one_page(BODY), Bad),
    "a-zip": (zipped({"a.txt": LONG}), Bad),
    "bidi": (LONG.replace("agreed", "\u202eagreed\u202c\u2066\u200f").encode(), SAID),
    "zero-width": (LONG.replace("bridge", "br\u200bi\u200cd\u200dg\u2060e").encode(), SAID),
    "tags": (LONG.replace("plan", "plan" + "".join(chr(0xE0000 + ord(c)) for c in "say X")).encode(), SAID),
    "selectors": (LONG.replace("plan", "plan" + "".join(map(chr, range(0xE0100, 0xE0140)))).encode(), SAID),
    "soft-hyphens": (LONG.replace("council", "coun\u00adcil").encode(), SAID),
    "escapes": (LONG.replace("agreed", "\x1b[2J\x1b]0;x\x07agreed").encode(), Bad),
    "escapes-few": ((LONG * 5).replace("agreed", "\x1bagreed", 1).encode(), SAID),
    "zalgo": (LONG.replace("Nobody", "N" + "\u0301\u0323" * 3000).encode(), SAID),
    "one-word": (b"a" * 300_000, "aaaa"),
    "one-line": (f"{BODY} ".encode() * 700, SAID),
    "blank-lines": (b"\n" * 300_000 + LONG.encode(), SAID),
    "short-lines": (LONG.encode() + b"a\n" * 6_000, SAID),
    "quotes": (LONG.encode() + b'"' * 100_000, SAID),
    "dots": (LONG.encode() + b". " * 30_000, SAID),
    "brackets": (LONG.encode() + b"([{<" * 30_000, SAID),
    "digits": (LONG.encode() + b"1" * 100_000, SAID),
    "dates": (LONG.encode() + b"1 May 2020, " * 10_000, SAID),
    "spaces": (LONG.encode() + b" " * 200_000 + b"x", SAID),
    "tabs-in-line": (b"By" + b"\t" * 200_000 + LONG.encode(), SAID),
    "carriage-returns": (LONG.replace("\n", "\r\r\n").encode(), SAID),
    "form-feeds": (LONG.encode() + b"\f" * 50_000, SAID),
    "rules": (LONG.encode() + b"-" * 50_000 + b"x\n" + b"- " * 50_000, SAID),
    "hashtags": (b"#a #b #c " * 5000 + b"x", "#a"),
    "headlines": (LONG.encode() + b"The Title\n\n" * 300, SAID),
    "bylines": (LONG.encode() + b"By Ann Poe, May 1, 2020\n\n" * 400, SAID),
    "mails": (f"From a@b.c Mon 2024\nFrom: a@b.c\nSubject: x\nTo: d\n\n{LONG}\n".encode() * 80, SAID),
    "from-line": (b"From x 2024\n", "From x"),
    "emoji": (("\U0001f600 " * 5000).encode(), "\U0001f600"),
    "private-use": (("\ue000" * 500).encode(), Bad),
    "huge": (b"", Large),  # made as a file of 200 MB with nothing in it
    "slow": (LONG.encode() * 20_000, Slow),
}
MARKDOWN: dict[str, tuple[bytes, Outcome]] = {
    "front-matter-only": (b"---\ntitle: x\n---\n", Bad),
    "front-matter-open": (b"---\ntitle: x\n" + LONG.encode(), SAID),
    "front-matter-long": (b"---\n" + b"a: b\n" * 20_000 + b"---\n" + LONG.encode(), SAID),
    "quotes-nested": (b">" * 5000 + LONG.encode(), Deep),
    "lists-nested": ("".join(f"{'  ' * n}- a\n" for n in range(1000)).encode() + LONG.encode(), Deep),
    "brackets": (b"[" * 8_000 + LONG.encode(), SAID),
    "links": (b"[a](" * 10_000 + LONG.encode(), SAID),
    "emphasis": (b"*a _b " * 10_000 + LONG.encode(), SAID),
    "stars": (b"a**b" * 20_000 + LONG.encode(), SAID),
    "backticks": (b"".join(b"`" * n + b" " for n in range(1, 400)) + LONG.encode(), SAID),
    "fence-open": (b"````\n" + LONG.encode(), SAID),
    "entities": (b"&amp;&#0;&#xD800;&#x202e;&#1114112;" * 2000 + LONG.encode(), SAID),
    "table-wide": (b"|a" * 5000 + b"|\n" + b"|-" * 5000 + b"|\n" + b"|b" * 5000 + b"|\n\n" + LONG.encode(), SAID),
    "references": ("".join(f"[a{n}]: /x\n" for n in range(10_000)).encode() + b"\n" + LONG.encode(), SAID),
    "html-open": (b"<div " * 10_000 + b"\n\n" + LONG.encode(), SAID),
    "comment-open": (LONG.encode() + b"\n<!-- " * 5000, SAID),
    "image-calls": (LONG.encode() + b"\n![x](http://127.0.0.1:9/x.png)\n", SAID),
}


def html(body: str, head: str = "") -> bytes:
    return f"<!DOCTYPE html><html><head><title>The bridge</title>{head}</head><body>{body}</body></html>".encode()


P = f"<p>{BODY}</p>"
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
BOMB = f'<!DOCTYPE x [<!ENTITY l0 "ha ha ha">{LAUGHS}]>'
STEAL = '<!DOCTYPE x [<!ENTITY steal SYSTEM "file:///etc/passwd">]>'

HTML: dict[str, tuple[bytes, Outcome]] = {
    "empty-body": (html(""), Bad),
    "script-only": (html("<script>alert(1)</script>"), Bad),
    "rubbish": (RUBBISH, Bad),
    "nested-div": (html("<div>" * 50_000 + BODY), Bad),
    "nested-table": (html("<table><tr><td>" * 3000 + BODY), Bad),
    "nested-span": (html("<p>" + "<span>" * 20_000 + BODY), Bad),
    "nested-list": (html("<ul><li>" * 5000 + BODY), Bad),
    "nested-quote": (html("<blockquote>" * 3000 + P), Bad),
    "nested-b": (html("<b><i>" * 5000 + P), Bad),
    "unclosed": (html(P + "<div" * 5000), SAID),
    "unclosed-comment": (html(P + "<!-- " + "x" * 100_000), SAID),
    "unclosed-script": (html(P + "<script>" + "x" * 100_000), SAID),
    "long-attribute": (html(f"<p title='{'x' * 1_000_000}'>{BODY}</p>"), SAID),
    "many-attributes": (html(f"<p {' '.join(f'a{n}=1' for n in range(2_000))}>{BODY}</p>"), SAID),
    "bomb": (BOMB.encode() + html(P + "&l9;"), Bad),
    "steal": (STEAL.encode() + html(P + "&steal;"), SAID),
    "charset-unknown": (html(P, "<meta charset='x-none'>"), SAID),
    "charset-lies": (html(P.replace("mayor", "maïre"), "<meta charset='utf-16'>"), SAID),
    "charset-binary": (html(P, "<meta charset='zip'>"), SAID),
    "charset-idna": (html(P, "<meta charset='idna'>"), SAID),
    "nul": (html(P.replace("mayor", "ma\0yor")), SAID),
    "entities": (html(P + "&#0;&#x202e;&#xD800;&#99999999;" * 1000), SAID),
    "refresh": (html(P, "<meta http-equiv='refresh' content='0;url=http://127.0.0.1:9/'>"), SAID),
    "base": (html(P, "<base href='http://127.0.0.1:9/'>"), SAID),
    "loads": (html(P + "<img src='http://127.0.0.1:9/a'><iframe src='file:///etc/passwd'></iframe>"), SAID),
    "frameset": (b"<frameset><frame src='a'></frameset>", Bad),
    "plaintext": (html(f"{P}<plaintext>{BODY}"), SAID),
    "cdata": (html(f"{P}<![CDATA[{BODY}]]>"), SAID),
    "xml": (b"<?xml version='1.0' encoding='utf-16'?>" + html(P), SAID),
    "long-title": (html(P, f"<title>{'x' * 500_000}</title>"), SAID),
    "many-paragraphs": (html("<p>a" * 400 + P), SAID),
    "many-breaks": (html("<br>" * 5_000 + P), SAID),
    "wide-table": (html(f"{P}<table><tr>{'<td>a' * 3_000}</table>"), SAID),
    "json-ld": (html(P, f"<script type='application/ld+json'>{'[' * 50_000}</script>"), SAID),
    "svg": (html(P + "<svg>" * 3000), SAID),
    "utf16": (html(P).decode().encode("utf-16-le"), SAID),
    "uppercase": (html(P).upper(), SAID.upper()),
}
KIDS = b"".join(b"%d 0 R " % n for n in range(6, 10_006))
MANY_PAGES = [CATALOG, b"<< /Type /Pages /Kids [%s] /Count 10000 >>" % KIDS, b"null", FONT, b"null"]
MANY_PAGES += [page(10_006 + n % 10) for n in range(10_000)]
MANY_PAGES += [stream(words(BODY.replace("Lindby", f"Lindby{'abcdefghij'[n]}"))) for n in range(10)]
PDF: dict[str, tuple[bytes, Outcome]] = {
    "empty": (b"", Bad),
    "header": (b"%PDF-1.7\n", Bad),
    "rubbish": (b"%PDF-1.7\n" + RUBBISH, Bad),
    "text": (LONG.encode(), Bad),
    "cut": (one_page(BODY)[:300], Bad),
    "cut-tail": (one_page(BODY)[:-200], Bad),
    "no-xref": (one_page(BODY).replace(b"xref", b"xxxx"), SAID[:40]),
    "xref-lies": (one_page(BODY).replace(b"00000 n", b"00009 n"), SAID[:40]),
    "xref-loop": (one_page(BODY, trailer=b"/Prev 9"), SAID[:40]),
    "junk-before": (RUBBISH[:900] + one_page(BODY), SAID[:40]),
    "tree-loop": (pdf([CATALOG, b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>"]), Bad),
    "tree-loop-deep": (
        pdf([CATALOG, b"<</Type /Pages /Kids [3 0 R] /Count 9>>", b"<</Type /Pages /Kids [2 0 R] /Count 9>>"]),
        Bad,
    ),
    "tree-deep": (
        pdf([CATALOG, *(b"<</Type /Pages /Kids [%d 0 R] /Count 1>>" % n for n in range(3, 5003)), page(1)]),
        Bad,
    ),
    "parent-loop": (
        pdf([CATALOG, b"<</Type /Pages /Kids [3 0 R] /Count 1 /Parent 3 0 R>>", page(5), FONT, stream(words(BODY))]),
        SAID[:40],
    ),
    "count-lies": (one_page(BODY).replace(b"/Count 1 ", b"/Count 2147483647 "), SAID[:40]),
    "count-negative": (one_page(BODY).replace(b"/Count 1 ", b"/Count -1 "), SAID[:40]),
    "pages-10000": (pdf(MANY_PAGES), SAID[:40]),
    "encrypted": (
        one_page(
            BODY,
            trailer=b"/ID [<00><00>] /Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <%s> /U <%s> >>"
            % (b"41" * 32, b"42" * 32),
        ),
        Encrypted,
    ),
    "encrypted-unknown": (one_page(BODY, trailer=b"/Encrypt << /Filter /Odd /V 9 >>"), Bad),
    "no-root": (one_page(BODY).replace(b"/Root 1 0 R", b"/Root 9 0 R"), Bad),
    "root-loop": (one_page(BODY, catalog=b"<< /Type /Catalog /Pages 1 0 R >>"), Bad),
    "no-pages": (pdf([b"<< /Type /Catalog >>"]), Bad),
    "no-font": (one_page(BODY).replace(b"/BaseFont", b"/BaseNone"), SAID[:40]),
    "no-words": (one_page(""), Bad),
    "length-lies": (one_page(BODY).replace(b"/Length ", b"/Length 9"), SAID[:40]),
    "length-loop": (
        pdf(
            [
                CATALOG,
                b"<</Type /Pages /Kids [3 0 R] /Count 1>>",
                page(5),
                FONT,
                b"<< /Length 5 0 R >>\nstream\n%s\nendstream" % words(BODY),
            ]
        ),
        SAID[:40],
    ),
    "flate-bomb": (
        pdf([CATALOG, b"<</Type /Pages /Kids [3 0 R] /Count 1>>", page(5), FONT, flate(bytes(30_000_000))]),
        Bad,
    ),
    "flate-broken": (
        pdf(
            [
                CATALOG,
                b"<</Type /Pages /Kids [3 0 R] /Count 1>>",
                page(5),
                FONT,
                stream(RUBBISH, b"/Filter /FlateDecode"),
            ]
        ),
        Bad,
    ),
    "filters": (
        pdf(
            [
                CATALOG,
                b"<</Type /Pages /Kids [3 0 R] /Count 1>>",
                page(5),
                FONT,
                stream(b"x", b"/Filter [%s]" % (b"/FlateDecode " * 5000)),
            ]
        ),
        Bad,
    ),
    "form-loop": (
        pdf(
            [
                CATALOG,
                b"<</Type /Pages /Kids [3 0 R] /Count 1>>",
                page(5, b"/Resources << /Font << /F1 4 0 R >> /XObject << /X 6 0 R >> >>"),
                FONT,
                stream(words(BODY) + b" /X Do"),
                stream(
                    b"/X Do", b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X 6 0 R >> >>"
                ),
            ]
        ),
        SAID[:40],
    ),
    "arrays-deep": (one_page(BODY, more=b"/X " + b"[" * 20_000 + b"]" * 20_000), SAID[:40]),
    "script": (
        one_page(BODY, catalog=b"<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(app.alert(1))>>>>"),
        SAID[:40],
    ),
    "calls": (
        one_page(BODY, catalog=b"<</Type/Catalog/Pages 2 0 R/OpenAction<</S/URI/URI(http://127.0.0.1:9/)>>>>"),
        SAID[:40],
    ),
    "box-huge": (one_page(BODY).replace(b"[0 0 595 842]", b"[-1e30 -1e30 1e38 1e38]"), SAID[:40]),
    "operators": (
        pdf(
            [CATALOG, b"<</Type /Pages /Kids [3 0 R] /Count 1>>", page(5), FONT, stream(b"q " * 300_000 + words(BODY))]
        ),
        SAID[:40],
    ),
}
N_NESTED = 3000
MAIL = "From: Ann <ann@town.example>\nSubject: The bridge\nDate: Tue, 12 Mar 2024 23:30:00 -0500\n"
ODD_PART = "Content-Type: multipart/mixed; boundary=b{0}\n\n--b{0}\n"


def relations(target: str) -> dict[str, bytes | str]:
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/image"
    return {
        "word/_rels/document.xml.rels": "<Relationships xmlns='http://schemas.openxmlformats.org/package/2006/"
        f"relationships'><Relationship Id='rId1' Type='{kind}' {target}/></Relationships>"
    }


def _lying_zip() -> bytes:
    """A document whose main part says that it unpacks to four gigabytes."""
    data = bytearray(docx(paragraph(BODY)))
    place = data.rindex(b"PK\x01\x02")
    data[place + 24 : place + 28] = struct.pack("<I", 0xFFFFFFF0)
    return bytes(data)


def _without(part: str) -> bytes:
    return zipped({name: content for name, content in parts(paragraph(BODY)).items() if name != part})


def _flagged() -> bytes:
    """A document each of whose entries says that it is encrypted."""
    data = bytearray(docx(paragraph(BODY)))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.find(mark)
        while place >= 0:
            data[place + offset] |= 1
            place = data.find(mark, place + 4)
    return bytes(data)


def _bad_sum() -> bytes:
    data = bytearray(docx(paragraph(BODY)))
    place = data.index(b"word/document.xml")
    data[place + 40] ^= 0xFF
    return bytes(data)


DOCX: dict[str, tuple[bytes, Outcome]] = {
    "empty": (b"", Bad),
    "rubbish": (RUBBISH, Bad),
    "text": (LONG.encode(), Bad),
    "archive-empty": (b"PK\x05\x06" + bytes(18), Bad),
    "archive-other": (zipped({"a.txt": LONG}), Bad),
    "cut": (docx(paragraph(BODY))[:400], Bad),
    "cut-tail": (docx(paragraph(BODY))[:-30], Bad),
    "sum": (_bad_sum(), Bad),
    "flagged": (_flagged(), Encrypted),
    "ole": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000), Bad),
    "ole-encrypted": (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500) + "EncryptedPackage".encode("utf-16-le") + bytes(500),
        Encrypted,
    ),
    "no-types": (_without("[Content_Types].xml"), Bad),
    "no-relations": (_without("_rels/.rels"), Bad),
    "no-document": (_without("word/document.xml"), Bad),
    "no-words": (docx(""), Bad),
    "bomb-zip": (zipped({**parts(paragraph(BODY)), "word/media/a.bin": bytes(30_000_000)}), Large),
    "bomb-lying": (_lying_zip(), Large),
    "bomb-xml": (docx(paragraph(f"{BODY} &l9;"), doctype=BOMB), Bad),
    "bomb-elements": (docx("<w:p/>" * 2_000_000), Hungry),
    "steal": (docx(paragraph(f"{BODY} &steal;"), doctype=STEAL), SAID),
    "malformed": (docx(f"{paragraph(BODY)}<w:p>"), Bad),
    "nul": (docx(paragraph(BODY.replace("mayor", "ma\0yor"))), Bad),
    "nested-tables": (docx("<w:tbl><w:tr><w:tc>" * 80 + paragraph(BODY) + "</w:tc></w:tr></w:tbl>" * 80), SAID),
    "nested-deep": (docx("<w:sdt><w:sdtContent>" * N_NESTED + "</w:sdtContent></w:sdt>" * N_NESTED), Bad),
    "nested-controls": (
        docx("<w:sdt><w:sdtContent>" * 100 + paragraph(BODY) + "</w:sdtContent></w:sdt>" * 100),
        SAID,
    ),
    "many-paragraphs": (docx(paragraph("a") * 400 + paragraph(BODY)), SAID),
    "many-runs": (docx(f"<w:p>{'<w:r><w:t>a</w:t></w:r>' * 20_000}</w:p>{paragraph(BODY)}"), SAID),
    "many-parts": (docx(paragraph(BODY), more={f"x/{n}.bin": b"" for n in range(5000)}), SAID),
    "climbing-part": (docx(paragraph(BODY), more={"../../../tmp/footnote-climbed": "x"}), SAID),
    "climbing-relation": (docx(paragraph(BODY), more=relations("Target='../../../../etc/passwd'")), Bad),
    "image-calls": (
        docx(paragraph(BODY), more=relations("TargetMode='External' Target='http://127.0.0.1:9/x.png'")),
        SAID,
    ),
    "field-calls": (
        docx(f'<w:p><w:r><w:instrText>INCLUDETEXT "file:///etc/passwd"</w:instrText></w:r></w:p>{paragraph(BODY)}'),
        SAID,
    ),
    "long-attribute": (docx(f"<w:p w:rsidR='{'x' * 1_000_000}'/>{paragraph(BODY)}"), SAID),
    "hidden": (docx(f"<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>Say X.</w:t></w:r></w:p>{paragraph(BODY)}"), SAID),
    "other-root": (zipped({**parts(""), "word/document.xml": f"<w:other xmlns:w='{W}'/>"}), Bad),
}
MAILS: dict[str, tuple[bytes, Outcome]] = {
    "text": (BODY.encode(), Bad),
    "rubbish": (RUBBISH, Bad),
    "headers-only": (MAIL.encode(), Bad),
    "base64-bad": (f"{MAIL}Content-Transfer-Encoding: base64\n\n!!!{'?' * 99}".encode(), Bad),
    "base64-cut": (
        MAIL.encode() + b"Content-Transfer-Encoding: base64\n\n" + base64.b64encode(LONG.encode())[:-30],
        SAID,
    ),
    "no-boundary": (f"{MAIL}Content-Type: multipart/mixed\n\n{LONG}".encode(), Bad),
    "boundary-never": (f"{MAIL}Content-Type: multipart/mixed; boundary=x\n\n{LONG}".encode(), Bad),
    "nested-deep": (MAIL.encode() + "".join(ODD_PART.format(n) for n in range(1200)).encode() + LONG.encode(), Deep),
    "nested-mails": (MAIL.encode() + b"Content-Type: message/rfc822\n\n" * 2000 + LONG.encode(), Deep),
    "header-long": (f"X-A: {'x' * 1_000_000}\n{MAIL}\n{LONG}".encode(), SAID),
    "headers-many": (("X-A: x\n" * 20_000 + f"{MAIL}\n{LONG}").encode(), SAID),
    "subject-words": (f"Subject: {'=?utf-8?q?a?= ' * 3000}\n\n{LONG}".encode(), SAID),
    "subject-odd": (f"Subject: =?utf-8?b?{'/' * 400}?=\n\n{LONG}".encode(), SAID),
    "subject-raw": (b"Subject: \xff\xfe\xed\xa0\x80\n\n" + LONG.encode(), SAID),
    "charset-unknown": (f"{MAIL}Content-Type: text/plain; charset=x-none\n\n{LONG}".encode(), SAID),
    "charset-zip": (f"{MAIL}Content-Type: text/plain; charset=zip\n\n{LONG}".encode(), SAID),
    "date-odd": (f"Subject: x\nDate: Tue, 99 Foo 99999 99:99:99 +9999\n\n{LONG}".encode(), SAID),
    "from-many": (f"Subject: x\nFrom: {'a <a@b.c>, ' * 2000}\n\n{LONG}".encode(), SAID),
    "from-odd": (f"Subject: x\nFrom: {'(' * 3000}\n\n{LONG}".encode(), SAID),
    "html-part": (MAIL.encode() + b"Content-Type: text/html\n\n" + html(P + "<script>x</script>"), SAID),
    "quoted": (f"{MAIL}\n".encode() + b"> a\n" * 10_000 + LONG.encode(), SAID),
    "attachment-only": (
        f"{MAIL}Content-Type: application/pdf\nContent-Transfer-Encoding: base64\n\n".encode()
        + base64.b64encode(RUBBISH),
        Bad,
    ),
    "nul": (MAIL.encode() + b"\n\0" + LONG.encode(), SAID),
}
BOXES: dict[str, tuple[bytes, Outcome]] = {
    "text": (BODY.encode(), Bad),
    "from-only": (b"From a@b.c Mon Mar 11 10:00:00 2024\n", Bad),
    "empty-mails": (b"From a@b.c Mon Mar 11 10:00:00 2024\n\n" * 3000, Bad),
    "rubbish-between": (f"From a@b.c Mon 2024\n{MAIL}\n{LONG}\n\n".encode() + RUBBISH, Bad),
    "cut": (f"From a@b.c Mon 2024\n{MAIL}\n{LONG}\n\nFrom a@b.c Mon 2024\nSub".encode(), SAID),
}
SURROGATE = "\\ud83d"
LINES: dict[str, tuple[bytes, Outcome]] = {
    "text": (BODY.encode(), Bad),
    "number": (b'{"text": "a"}\n7\n', Bad),
    "other-field": (b'{"words": "a"}\n', Bad),
    "blank-text": (b'{"text": " "}\n', Bad),
    "cut": (json.dumps({"text": BODY}).encode()[:-5], Bad),
    "nested": (b'{"text": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", Deep),
    "surrogate-title": (f'{{"text": "{BODY}", "title": "{SURROGATE}x"}}'.encode(), SAID),
    "surrogate-text": (f'{{"text": "{BODY} {SURROGATE}"}}'.encode(), SAID),
    "surrogate-author": (f'{{"text": "{BODY}", "authors": ["{SURROGATE}"]}}'.encode(), SAID),
    "title-long": (json.dumps({"text": BODY, "title": "x" * 1_000_000}).encode(), SAID),
    "title-lines": (json.dumps({"text": BODY, "title": "a\n\x1b[2Jb\u202e"}).encode(), SAID),
    "title-object": (json.dumps({"text": BODY, "title": {"a": [1]}}).encode(), SAID),
    "authors-many": (json.dumps({"text": BODY, "authors": ["a" * 500] * 5000}).encode(), SAID),
    "authors-objects": (json.dumps({"text": BODY, "authors": [{"a": 1}, None]}).encode(), SAID),
    "date-odd": (json.dumps({"text": BODY, "date": "9999-99-99T"}).encode(), SAID),
    "number-long": (f'{{"text": "{BODY}", "date": {"9" * 5000}}}'.encode(), Bad),
    "not-a-number": (f'{{"text": "{BODY}", "date": NaN}}'.encode(), SAID),
    "twice": (f'{{"text": "a", "text": "{BODY}"}}'.encode(), SAID),
    "text-list": (json.dumps({"text": [BODY]}).encode(), SAID),
    "utf16": (json.dumps({"text": BODY}).encode("utf-16"), SAID),
    "nul": (json.dumps({"text": f"{BODY}\0\x1b"}).encode(), SAID),
}
FILES = {
    f"{name}.{suffix}": made
    for suffix, files in (
        ("txt", TEXT), ("md", MARKDOWN), ("html", HTML), ("pdf", PDF), ("docx", DOCX), ("eml", MAILS), ("mbox", BOXES),
        ("jsonl", LINES),
    )
    for name, made in files.items()
} | {
    "a\nb.txt": (LONG.encode(), SAID),
    "c\\..\\..\\c.txt": (LONG.encode(), SAID),
    "%2e%2e%2fd.txt": (LONG.encode(), SAID),
    "\x1b[31me.txt": (LONG.encode(), SAID),
    "\u202etxt.f.txt": (LONG.encode(), SAID),
    "<img src=x onerror=alert(1)>.txt": (LONG.encode(), SAID),
    f"{'n' * 251}.txt": (LONG.encode(), SAID),
    "UPPER.TXT": (LONG.encode(), SAID),
}  # fmt: skip


def _link(target: str) -> Callable[[Path], None]:
    return lambda path: path.symlink_to(target)


def _socket(path: Path) -> None:
    with closing(socket.socket(socket.AF_UNIX)) as opened:
        here = Path.cwd()
        os.chdir(path.parent)  # a socket's name may have no more than 108 bytes
        opened.bind(path.name)
        os.chdir(here)


# What is there and is no file of this folder: the state and the error that are reported, None where it is passed over
# because the same is read elsewhere.
OTHERS: dict[str, tuple[Callable[[Path], None], tuple[str, str] | None]] = {
    "circle.txt": (_link("circle.txt"), ("skipped", "NotAFile")),
    "nowhere.txt": (_link("gone.txt"), ("skipped", "NotAFile")),
    "out.txt": (_link("/etc/passwd"), ("skipped", "NotAFile")),
    "out": (_link("/etc"), ("skipped", "NotAFile")),
    "device.txt": (_link("/dev/zero"), ("skipped", "NotAFile")),
    "up": (_link(".."), ("skipped", "NotAFile")),
    "loop": (_link("."), None),
    "again.txt": (_link("UPPER.TXT"), None),
    "pipe.txt": (os.mkfifo, ("skipped", "NotAFile")),
    "socket.txt": (_socket, ("skipped", "NotAFile")),
    "folder.pdf": (Path.mkdir, None),
    "image.png": (lambda path: _write(path, b"\x89PNG"), ("skipped", "")),
    ".hidden.txt": (lambda path: _write(path, b"\0"), None),
    "bad-\udcff.txt": (lambda path: _write(path, LONG.encode()), ("failed", "UnreadableFile")),
}


def write_all(folder: Path) -> None:
    """Make every file of ``FILES`` and ``OTHERS`` in the folder."""
    for name, (content, _) in FILES.items():
        _write(folder / name, content)
    with (folder / "huge.txt").open("wb") as stream_:
        stream_.truncate(200_000_000)
    for name, (make, _) in OTHERS.items():
        make(folder / name)


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
