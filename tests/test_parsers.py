"""Formats: what each parser keeps of a file, and what it says of a file that it cannot read."""

from __future__ import annotations

import contextlib
import ctypes
import json
import mailbox
import os
import subprocess
import sys
from base64 import encodebytes
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from rag.chunking import split
from rag.errors import UnreadableFile, UnsupportedFormat
from rag.parsers import PARSERS, parse, supported, walk
from rag.types import Document

BODY = "The council met on Tuesday and agreed on the plan. Nobody voted against it, and the mayor was pleased."
MORE = "Work begins in spring. It will take two years, and the road stays open all the while."


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


def sections(document: Document) -> list[tuple[str, str]]:
    return [(section.heading, document.text[section.start : section.end]) for section in document.sections]


# Plain text


SENTENCES = "It’s a café in Köln – “très bien”, said Zoë.\nThe bill was £5, and the owner, a naïve man, thanked us."


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    (document,) = parse(write(tmp_path / "a.txt", SENTENCES.encode(encoding)))
    assert document.text == SENTENCES


def test_latin_1_and_other_code_pages(tmp_path: Path) -> None:
    german = "Die Straße war schön, und für Müller gab es Äpfel und Öl.\n" * 3
    russian = "Быстрая коричневая лиса прыгает через ленивую собаку. Это простой текст.\n" * 3
    assert parse(write(tmp_path / "a.txt", german.encode("latin-1")))[0].text == german.strip()
    assert parse(write(tmp_path / "b.txt", russian.encode("cp1251")))[0].text == russian.strip()


def test_newlines_are_one_character_and_control_characters_are_gone(tmp_path: Path) -> None:
    (document,) = parse(
        write(tmp_path / "a.txt", b"One line ends.\r\nSo does another.\rAnd a third\x00 \x07one.\x0b" + b"word " * 50)
    )
    assert "\r" not in document.text
    assert document.text.startswith("One line ends.\nSo does another.\nAnd a third one.\n")


def test_a_utf8_file_that_was_cut_off_is_read_to_its_end(tmp_path: Path) -> None:
    (document,) = parse(write(tmp_path / "a.txt", ("Der schöne Müller. " * 50).encode()[:-13] + b"\xc3"))
    assert document.text.startswith("Der schöne Müller.")


def test_mails_in_a_text_file_are_told_apart(tmp_path: Path) -> None:
    mail = (
        f"From ann@town.example Mon Mar 11 10:00:00 2024\nFrom: Ann <ann@town.example>\nSubject: Bridge\n\n{BODY}\n\n"
    )
    assert [d.title for d in parse(write(tmp_path / "a.txt", mail * 2))] == ["Bridge", "Bridge"]


# Markdown


MARKDOWN = f"""---
title: "The bridge"
date: 2024-03-12
authors: [Ann Poe, Bob Roe]
tags:
  - town
---

# The bridge

{BODY.replace("agreed", "**agreed**").replace("the plan", "[the plan](http://x.example)")}

## What it costs

| Year | Cost |
|------|------|
| 2023 | `5`  |

- stone
- steel,
  too
1. one
2. two

```python
x = 1
```

---

![The old bridge](old.png) <b>Bold</b> end.

Subscribe to our newsletter
"""


def test_markdown_is_read_as_it_is_shown(tmp_path: Path) -> None:
    (document,) = parse(write(tmp_path / "a.md", MARKDOWN))
    assert (document.title, document.published, document.authors) == (
        "The bridge",
        date(2024, 3, 12),
        ("Ann Poe", "Bob Roe"),
    )
    assert sections(document) == [
        ("", BODY),
        ("What it costs", "Year | Cost\n2023 | 5\n\n- stone\n- steel, too\n1. one\n2. two\n\nx = 1"),
        ("What it costs", "The old bridge Bold end."),
    ]


def test_a_heading_above_another_of_its_rank_is_not_lost(tmp_path: Path) -> None:
    text = f"# The bridge\n\n## Ann Poe\n\n## Costs\n\n### In euros\n\n{MORE}\n\n## The end\n"
    (document,) = parse(write(tmp_path / "a.md", text))
    assert sections(document) == [("", "Ann Poe"), ("Costs – In euros", f"{MORE}\n\nThe end")]


def test_rules_around_prose_are_no_front_matter(tmp_path: Path) -> None:
    (document,) = parse(write(tmp_path / "a.md", f"---\n\n{BODY}\n\n---\n\n{MORE}\n"))
    assert [text for _, text in sections(document)] == [BODY, MORE]


@pytest.mark.parametrize(
    ("markup", "shown"),
    [
        ("<table><tr><th>Dead</th><th>Hurt</th></tr><tr><td>46</td><td>12</td></tr></table>", "Dead | Hurt\n46 | 12"),
        ("<p>Dead: 46</p><p>12 missing</p>", "Dead: 46\n12 missing"),
        ("<div>Lind<b>by</b> &amp; Co. &lt;46&gt;<br>in May</div>", "Lindby & Co. <46>\nin May"),
        ("<div>46 dead <script>var x = 1</script><!-- no --></div>\n\n<style>\np {}\n\nq {}\n</style>", "46 dead"),
        ("| Dead | Place |\n|--|--|\n| 46<br>12 hurt | Lindby |", "Dead | Place\n46 12 hurt | Lindby"),
        ("They counted 46<hr>12 were hurt.", "They counted 46 12 were hurt."),
    ],
)
def test_html_in_markdown_glues_no_words(tmp_path: Path, markup: str, shown: str) -> None:
    (document,) = parse(write(tmp_path / "a.md", f"{BODY}\n\n{markup}\n"))
    assert document.text == f"{BODY}\n\n{shown}"


# Web pages


PAGE = f"""<!DOCTYPE html><html><head><title>The bridge | Town News</title>
<meta property="og:title" content="The bridge"><meta name="author" content="Ann Poe">
<meta property="article:published_time" content="2024-03-12T08:00:00Z"></head><body>
<nav><a href="/">Home</a> <a href="/s">Sports</a></nav>
<article><h1>The bridge</h1><p>{BODY} {BODY}</p><p>{MORE}</p><h2>What it costs</h2><p>{MORE} {BODY}</p></article>
<footer><p>All rights reserved. Cookie settings.</p></footer></body></html>"""


def test_a_web_page_is_its_main_text_with_title_date_and_author(tmp_path: Path) -> None:
    (document,) = parse(write(tmp_path / "a.html", PAGE))
    assert (document.title, document.published, document.authors) == ("The bridge", date(2024, 3, 12), ("Ann Poe",))
    assert sections(document) == [("", f"{BODY} {BODY}\n\n{MORE}"), ("What it costs", f"{MORE} {BODY}")]


def test_a_short_page_keeps_its_structure_and_gets_no_date_from_its_text(tmp_path: Path) -> None:
    page = (
        "<html><head><title>Notes</title></head><body><h1>Bees</h1><p>They came on<br>February 17, 2023.</p>"
        "<h2>Food</h2><ul><li>Nectar</li><li>Some <b>pollen</b></li></ul>"
        "<table><tr><th>Year</th><th>Hives</th></tr><tr><td>2020</td><td>14</td></tr></table>"
        "<script>var x = 1</script></body></html>"
    )
    (document,) = parse(write(tmp_path / "a.htm", page))
    assert (document.title, document.published) == ("Bees", None)
    assert sections(document) == [
        ("", "They came on\nFebruary 17, 2023."),
        ("Food", "- Nectar\n- Some pollen\n\nYear | Hives\n2020 | 14"),
    ]


@pytest.mark.parametrize("long", [False, True], ids=["as it stands", "by trafilatura"])
@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("46<br>12 hurt", "46 12 hurt"),
        ("<p>Dead: 46</p><p>12 hurt</p>", "Dead: 46 12 hurt"),
        ("<div>46</div>12 hurt", "46 12 hurt"),
        ("46 <script>var x = 1</script>dead<style>p {}</style>", "46 dead"),
        ("<b>Lind</b>by", "Lindby"),
    ],
)
def test_the_words_of_a_table_cell_stay_apart(tmp_path: Path, cell: str, shown: str, long: bool) -> None:
    table = f"<table><tr><th>Toll</th><th>Month</th></tr><tr><td>{cell}</td><td>May</td></tr></table>"
    text = f"<p>{BODY} {MORE}</p>" * (4 if long else 1)
    page = f"<html><head><title>Toll</title></head><body><article><h1>Toll</h1>{text}{table}</article></body></html>"
    assert parse(write(tmp_path / "a.html", page))[0].text.endswith(f"Toll | Month\n{shown} | May")


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        ("", "<p>It was built on 2021-05-06, they say.</p>", None),
        ("", '<p class="byline">By Ann Poe, May 6, 2021</p>', date(2021, 5, 6)),
        ('<meta name="date" content="2021-05-06">', "<p>It was built on 2019-01-02.</p>", date(2021, 5, 6)),
    ],
)
def test_the_date_of_a_page_is_never_one_from_its_text(
    tmp_path: Path, head: str, body: str, expected: date | None
) -> None:
    page = (
        f"<html><head><title>The bridge</title>{head}</head><body><h1>The bridge</h1>{body}<p>{BODY}</p><p>{MORE}</p>"
    )
    assert parse(write(tmp_path / "a.html", page))[0].published == expected


def test_a_page_is_read_in_the_encoding_that_it_names(tmp_path: Path) -> None:
    head = '<html><head><meta charset="iso-8859-2"><title>Święta</title></head>'
    page = f"{head}<body><p>Zażółć gęślą. {BODY}</p></body></html>"
    (document,) = parse(write(tmp_path / "a.html", page.encode("iso-8859-2")))
    assert document.title == "Święta"
    assert document.text.startswith("Zażółć gęślą.")


@pytest.mark.parametrize("charset", ["iso-8859-1", "latin1", "ISO_8859-1", "windows-1252"])
def test_what_is_called_latin_1_is_read_as_windows_1252(tmp_path: Path, charset: str) -> None:
    said = "The ferry’s crew of 1914–1918: 46—61 men…"
    head = f'<html><head><meta charset="{charset}"><title>1914–1918</title></head>'
    page = f"{head}<body><p>{said}</p><p>{BODY}</p></body></html>".encode("cp1252")
    mail = f"From: Ann\nSubject: =?{charset}?q?1914=961918?=\nContent-Type: text/plain; charset={charset}\n\n{said}\n"
    for path in (write(tmp_path / "a.html", page), write(tmp_path / "a.eml", mail.encode("cp1252"))):
        (document,) = parse(path)
        assert (document.title, document.text.split("\n")[0]) == ("1914–1918", said)


# PDF


def pdf(path: Path, pages: Iterable[Iterable[tuple[str, int, int]]]) -> Path:
    """A PDF of lines (text, size, height above the foot of the page), drawn in a standard font."""
    import pypdfium2 as pdfium
    import pypdfium2.raw as raw

    document = pdfium.PdfDocument.new()
    font = raw.FPDFText_LoadStandardFont(document, b"Times-Roman")
    for lines in pages:
        page = document.new_page(595, 842)
        for text, size, y in lines:
            item = raw.FPDFPageObj_CreateTextObj(document, font, size)
            wide = ctypes.create_string_buffer((text + "\0").encode("utf-16-le"))
            raw.FPDFText_SetText(item, ctypes.cast(wide, raw.FPDF_WIDESTRING))
            raw.FPDFPageObj_Transform(item, 1, 0, 0, 1, 72, y)
            raw.FPDFPage_InsertObject(page, item)
        raw.FPDFPage_GenerateContent(page)
    document.save(path)
    document.close()
    return path


def report(number: int, *lines: tuple[str, int, int]) -> list[tuple[str, int, int]]:
    return [("Town News | Background", 9, 800), *lines, (f"Page {number} of 2", 9, 40)]


def test_a_pdf_is_put_together_from_its_lines(tmp_path: Path) -> None:
    first = report(
        1,
        ("The bridge in spring", 16, 740),
        ("The council met on Tuesday and agreed on the plan for the new bridge. Nobody voted", 11, 700),
        ("against it, and the mayor was pleased with the result, which the inhabit-", 11, 684),
        ("ants of the well-known town had long been waiting for.", 11, 668),
        ("A second paragraph begins here, behind a wider gap, and it does not end on this", 11, 636),
    )
    second = report(
        2,
        ("page but on the next. It is one sentence.", 11, 740),
        ("What it costs", 14, 700),
        ("Five million, says the well-", 11, 676),
        ("known builder.", 11, 660),
    )
    (document,) = parse(pdf(tmp_path / "a.pdf", [first, second]))
    assert document.title == "The bridge in spring"
    assert sections(document) == [
        (
            "",
            "The council met on Tuesday and agreed on the plan for the new bridge. Nobody voted against it, and the "
            "mayor was pleased with the result, which the inhabitants of the well-known town had long been waiting "
            "for.\n\nA second paragraph begins here, behind a wider gap, and it does not end on this page but on the "
            "next. It is one sentence.",
        ),
        ("What it costs", "Five million, says the well-known builder."),
    ]
    assert document.page_starts == (0, document.text.index("page but on the next"))
    assert [document.page(document.text.index(words)) for words in ("council", "page but", "builder")] == [1, 2, 2]
    assert "Town News" not in document.text
    assert "of 2" not in document.text


def test_pages_keep_their_numbers_in_the_second_article_of_a_pdf(tmp_path: Path) -> None:
    def page(title: str, name: str, text: str) -> list[tuple[str, int, int]]:
        return [(title, 11, 740), (f"By {name}", 11, 710), (text[:60], 11, 680), (text[60:], 11, 664)]

    pages = [page("Mayor opens the bridge", "Ann Poe", BODY), page("School roof is repaired", "Bob Roe", MORE)]
    first, second = parse(pdf(tmp_path / "a.pdf", pages))
    assert (first.title, second.title) == ("Mayor opens the bridge", "School roof is repaired")
    assert (first.page(0), second.page(0)) == (1, 2)


@pytest.mark.parametrize(
    ("edges", "kept"),
    [
        ([["46"], ["61"]], ["46", "61"]),
        ([["46"], ["12"], ["3"], ["61"], ["7"]], ["46", "12", "3", "61", "7"]),
        ([["ill"], ["civil"]], ["ill", "civil"]),
        ([["1"], ["2"]], []),
        ([["iv"], ["v"], ["vi"]], []),
        ([["– 12 –"], ["– 13 –"], ["– 14 –"], ["– 15 –"], ["– 16 –"]], []),
        ([["46", "1"], ["61", "2"], ["47", "3"], ["Dead", "4"], ["62", "5"]], ["46", "61", "47", "Dead", "62"]),
        ([["Page 1 of 2"], []], []),
    ],
)
def test_only_numbers_that_count_the_pages_are_dropped(tmp_path: Path, edges: list[list[str]], kept: list[str]) -> None:
    said = [f"The council of {name} agreed on the plan." for name in ("Lindby", "Aby", "Torp", "Vik", "Sund")]
    pages = [
        [(prose, 11, 700), *((line, 11, 60 - 16 * n) for n, line in enumerate(lines))]
        for prose, lines in zip(said, edges, strict=False)
    ]
    (document,) = parse(pdf(tmp_path / "a.pdf", pages))
    assert [word for word in document.text.split() if word not in " ".join(said)] == kept


def test_a_pdf_without_text_says_so(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"scan\.pdf has no text.*OCR"):
        parse(pdf(tmp_path / "scan.pdf", [[]]))


def test_an_encrypted_pdf_says_so(tmp_path: Path) -> None:
    # PDFium cannot encrypt; a standard security handler with keys that no empty password opens is enough.
    plain = pdf(tmp_path / "plain.pdf", [[("Hello", 11, 700)]]).read_bytes()
    lock = b"/Encrypt<</Filter/Standard/V 1/R 2/P -1/O<%s>/U<%s>>>" % (b"41" * 32, b"42" * 32)
    at = plain.rindex(b"trailer")
    locked = plain[:at] + plain[at:].replace(b"<<", b"<<" + lock, 1)
    if b"/ID" not in locked[at:]:
        locked = locked[:at] + locked[at:].replace(b"<<", b"<</ID[<00><00>]", 1)
    with pytest.raises(UnreadableFile, match=r"locked\.pdf is encrypted"):
        parse(write(tmp_path / "locked.pdf", locked))


# Word


def test_a_word_file_keeps_headings_lists_tables_and_what_word_knows(tmp_path: Path) -> None:
    import docx

    word = docx.Document()
    core = word.core_properties
    core.title, core.author, core.created = "The bridge", "Ann Poe; Bob Roe", datetime(2024, 3, 12, tzinfo=UTC)
    word.add_heading("The bridge", 0)
    word.add_paragraph(BODY)
    word.add_heading("What it costs", 1)
    for item in ("stone", "steel"):
        word.add_paragraph(item, style="List Bullet")
    table = word.add_table(2, 2)
    for cell, text in zip(table._cells, ("Year", "Cost", "2023", "5"), strict=True):
        cell.text = text
    word.add_paragraph(MORE)
    word.save(str(tmp_path / "a.docx"))
    (document,) = parse(tmp_path / "a.docx")
    assert (document.title, document.published, document.authors) == (
        "The bridge",
        date(2024, 3, 12),
        ("Ann Poe", "Bob Roe"),
    )
    assert sections(document) == [
        ("", BODY),
        ("What it costs", f"- stone\n- steel\n\nYear | Cost\n2023 | 5\n\n{MORE}"),
    ]


def test_what_a_template_says_of_itself_is_not_taken_for_the_documents_own(tmp_path: Path) -> None:
    import docx

    word = docx.Document()
    word.add_paragraph(BODY)
    word.save(str(tmp_path / "note.docx"))
    (document,) = parse(tmp_path / "note.docx")
    assert (document.title, document.published, document.authors) == ("note", None, ())


# Mail


MAIL = f"""From: Ann Poe <ann@town.example>
To: bob@town.example
Subject: =?utf-8?q?The_br=C3=BCcke?=
Date: Tue, 12 Mar 2024 23:30:00 -0500
Content-Type: text/plain; charset="utf-8"

Dear Bob,

{BODY}

On Mon, 11 Mar 2024, Bob Roe wrote:
> Is it settled?

{MORE}

--\x20
Ann Poe
Town hall
"""


def test_a_mail(tmp_path: Path) -> None:
    (document,) = parse(write(tmp_path / "a.eml", MAIL))
    assert (document.title, document.published, document.authors) == ("The brücke", date(2024, 3, 12), ("Ann Poe",))
    assert [text for _, text in sections(document)] == [f"Dear Bob,\n\n{BODY}", MORE]
    assert "> Is it settled?" in document.text
    assert "Town hall" in document.text


def test_a_mail_without_a_plain_part_is_read_as_a_page(tmp_path: Path) -> None:
    html = MAIL.replace("text/plain", "text/html").split("\n\n")[0] + f"\n\n{PAGE}"
    (document,) = parse(write(tmp_path / "a.eml", html))
    assert document.title == "The brücke"
    assert [heading for heading, _ in sections(document)] == ["The bridge", "What it costs"]


def test_a_mail_in_an_encoding_that_does_not_exist(tmp_path: Path) -> None:
    (document,) = parse(write(tmp_path / "a.eml", MAIL.replace('"utf-8"', '"x-unknown"').replace("Dear", "Déar")))
    assert "Déar Bob" in document.text


def test_a_mailbox_is_one_document_a_mail(tmp_path: Path) -> None:
    box = mailbox.mbox(tmp_path / "a.mbox")
    for subject, body in (("Bridge", BODY), ("Roof", f"{MORE}\n\nFrom the mayor, 2024\n"), ("Bridge", MORE)):
        box.add(f"From: Ann <ann@town.example>\nSubject: {subject}\n\n{body}\n".encode())
    box.close()
    documents = parse(tmp_path / "a.mbox")
    assert [d.title for d in documents] == ["Bridge", "Roof", "Bridge"]
    assert "From the mayor" in documents[1].text
    assert len({d.doc_id for d in documents}) == 3


def test_a_mail_that_cannot_be_read_does_not_cost_the_mailbox(tmp_path: Path) -> None:
    box = mailbox.mbox(tmp_path / "a.mbox")
    head = b"From: Ann <ann@town.example>\nSubject: %s\nDate: Tue, 5 Mar 2024 10:00:00 +0000\n"
    box.add(head % b"Bridge" + b"\n" + BODY.encode())
    base64 = b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n"
    box.add(head % b"Plans" + base64 + encodebytes(bytes(range(256)) * 4))
    box.close()
    bridge, plans = parse(tmp_path / "a.mbox")
    assert BODY.strip() in bridge.text
    assert (plans.title, plans.published, plans.authors) == ("Plans", date(2024, 3, 5), ("Ann",))
    assert plans.text == "The text of this mail cannot be read: its bytes make sense in no encoding."


NESTED = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(1200))


@pytest.mark.parametrize(
    ("headers", "text"),
    [
        ("Content-Type: text/plain; charset=undefined\n", MORE),
        ('Content-Type: text/plain; charset="utf\0-8"\n', MORE),
        (NESTED, "The text of this mail cannot be read: it is damaged, or too many parts lie within each other."),
    ],
    ids=["no encoding", "a NUL in its name", "nested"],
)
def test_an_odd_mail_does_not_cost_the_mailbox(tmp_path: Path, headers: str, text: str) -> None:
    begins = "From ann@town.example Mon Mar 11 10:00:00 2024\nFrom: Ann <ann@town.example>\n"
    mails = f"{begins}Subject: Plans\n{headers}\n{MORE}\n\n{begins}Subject: Bridge\n\n{BODY}\n"
    documents = parse(write(tmp_path / "a.mbox", mails))
    assert [(d.title, d.authors, d.text) for d in documents] == [("Plans", ("Ann",), text), ("Bridge", ("Ann",), BODY)]


def test_json_lines_hold_a_document_a_line(tmp_path: Path) -> None:
    lines = [
        {"title": "Bridge\u2028opens", "text": BODY, "date": "2024-03-05T10:00:00Z", "authors": ["Ann Bell"]},
        {"headline": "Bridge opens", "body": f"  {MORE}\n"},
        {"id": 3, "text": "   "},
        {"text": MORE, "published": "5 March 2024"},
    ]
    path = write(tmp_path / "news.jsonl", "\n".join(json.dumps(line, ensure_ascii=False) for line in lines))
    first, second, third = parse(path)
    assert (first.title, first.text, first.published) == ("Bridge opens", BODY.strip(), date(2024, 3, 5))
    assert first.authors == ("Ann Bell",)
    assert (second.title, second.text, second.published) == ("Bridge opens", MORE.strip(), None)
    assert (third.title, third.published) == ("news", date(2024, 3, 5))
    assert len({first.doc_id, second.doc_id, third.doc_id}) == 3


# Files that cannot be read


PROGRAM = bytes(range(256)) * 8

BAD = {
    "corrupt.pdf": (b"%PDF-1.7\n" + PROGRAM, "not a readable PDF"),
    "empty.txt": (b"", "is empty"),
    "blank.txt": (b" \n\xc2\xa0\n", "is empty"),
    "empty.md": (b"---\ntitle: x\n---\n", "is empty"),
    "empty.html": (b"<html><body></body></html>", "is empty"),
    "empty.docx": (b"", "is empty"),
    "empty.pdf": (b"", "is empty"),
    "empty.mbox": (b"", "is empty"),
    "program.txt": (PROGRAM, "not text"),
    "program.html": (PROGRAM, "not text"),
    "picture.txt": (b"\x89PNG\r\n\x1a\n" + PROGRAM, "a PNG image"),
    "renamed.txt": (b"%PDF-1.7\n", "a PDF"),
    "program.docx": (PROGRAM, "not a Word document"),
    "archive.docx": (b"PK\x05\x06" + bytes(18), "cannot be read as docx"),
    "text.jsonl": (BODY.encode(), "line 1 is not JSON"),
    "number.jsonl": (b'{"text": "a"}\n7\n', "line 2 is not an object"),
    "other.jsonl": (b'{"words": "a"}\n', 'not an object with a "text"'),
    "empty.jsonl": (b'{"text": ""}\n', "is empty"),
    "text.eml": (BODY.encode(), "not a mail"),
    "text.mbox": (BODY.encode(), "not a mailbox"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_says_what_is_wrong_and_where(tmp_path: Path, name: str) -> None:
    content, reason = BAD[name]
    with pytest.raises(UnreadableFile, match=reason) as raised:
        parse(write(tmp_path / name, content))
    assert str(tmp_path / name) in str(raised.value)


def test_unknown_suffixes_missing_files_and_folders(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedFormat, match=r"a\.xyz.*\.docx"):
        parse(write(tmp_path / "a.xyz", "text"))
    with pytest.raises(UnreadableFile, match="does not exist"):
        parse(tmp_path / "none.txt")
    with pytest.raises(UnreadableFile, match="folder"):
        parse(tmp_path)


@pytest.mark.parametrize("suffix", sorted(PARSERS))
def test_no_parser_fails_on_rubbish_in_any_other_way(tmp_path: Path, suffix: str) -> None:
    rubbish = [
        PROGRAM,
        b"\x00",
        b"<",
        b"---\n",
        b"From x 2024\n",
        b"%PDF-",
        b"PK\x03\x04",
        b"\xff\xfe\x00",
        BODY.encode()[:30],
    ]
    for i, content in enumerate(rubbish):
        path = write(tmp_path / f"{i}{suffix}", content)
        with contextlib.suppress(UnreadableFile):
            assert all(split(document) for document in parse(path))


def test_suffixes_are_read_in_any_case(tmp_path: Path) -> None:
    path = write(tmp_path / "A.TXT", BODY)
    assert supported(path)
    assert parse(path)[0].text == BODY


# Folders


def test_walk_takes_visible_files_in_order_and_each_once(tmp_path: Path) -> None:
    for name in ("b.txt", "a/z.md", "a/b/c.txt", ".hidden/x.txt", "a/.secret.txt", "c.xyz", "~$lock.docx"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        write(tmp_path / name, "x")
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    (tmp_path / "nowhere.txt").symlink_to(tmp_path / "gone.txt")
    os.mkfifo(tmp_path / "pipe.txt")
    found = [str(path.relative_to(tmp_path)) for path in walk([tmp_path, tmp_path / "b.txt"])]
    assert found == ["a/b/c.txt", "a/z.md", "b.txt", "c.xyz"]
    assert [supported(Path(name)) for name in found] == [True, True, True, False]


def test_walk_takes_what_is_named_even_if_hidden(tmp_path: Path) -> None:
    path = write(tmp_path / ".notes.txt", "x")
    assert list(walk([path])) == [path]


def test_walk_refuses_a_path_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="does not exist"):
        list(walk([tmp_path / "none"]))


def test_importing_the_parsers_loads_no_heavy_library() -> None:
    heavy = "trafilatura pypdfium2 docx lxml charset_normalizer markdown_it sentencex email.message".split()
    code = f"import sys, rag.parsers, rag.chunking; print([m for m in {heavy} if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("fragment", "text"),
    [
        ("<div>The ferry to Lindby costs 4 crowns.</div>", "The ferry to Lindby costs 4 crowns."),
        ("<table><tr><td>46</td><td>dead</td></tr></table>", "46 | dead"),
        ("The ferry to Lindby costs 4 crowns.", "The ferry to Lindby costs 4 crowns."),
    ],
)
def test_a_fragment_of_a_page_is_read(tmp_path: Path, fragment: str, text: str) -> None:
    (tmp_path / "note.html").write_text(fragment, encoding="utf-8")
    assert text in parse(tmp_path / "note.html")[0].text
