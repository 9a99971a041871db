"""Make the two sample documents that are not plain text: a two-page PDF and a Word file.

    python examples/make.py [FOLDER]        # FOLDER: examples/documents

It needs nothing beyond Footnote's own dependencies. The PDF is drawn with PDFium's text objects in a standard
font, so no font is embedded. Dates and archive times are fixed: making the files twice gives the same files.
"""

from __future__ import annotations

import ctypes
import io
import re
import sys
import textwrap
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import docx
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

PDF_NAME, DOCX_NAME = "khorasan-history.pdf", "leader-profile.docx"
PDF_PAGE = (595, 842)  # A4, points
PDF_LEFT, PDF_TOP, PDF_LEADING = 72, 742, 16
PDF_COLUMNS = 84  # characters of 11-point Times that fit between the margins
ZIP_TIME = (2023, 2, 27, 9, 0, 0)

# In both texts an empty line stands between blocks, "# " begins a heading, and "---" a new page.
PDF_TITLE = "Islamic State Khorasan: a short history"
PDF_AUTHOR = "Daniel Osei"
PDF_CREATED = "D:20240327090000+00'00'"
PDF_TEXT = """\
# Islamic State Khorasan: a short history

March 27, 2024. By Daniel Osei

Islamic State Khorasan, or IS-K, has become the strongest branch of the Islamic State. It was proclaimed in
January 2015 by men who had left the Taliban on both sides of the Afghan border. Today it trains in
Afghanistan, recruits in Central Asia, and strikes far beyond both.

# Beginnings

The founders profited from the quarrels of others. Besides former Taliban, they drew men from the Islamic
Movement of Uzbekistan, from Lashkar-e-Taiba and Jamaat-ud-Dawa, and from the network of the Haqqani family.
Of their first two leaders, Hafiz Saeed Khan was killed by an American strike, and so was his deputy, Abdul
Rauf Aliza.

The parent organisation turned towards Afghanistan because it was losing ground at home. By 2016 Kurdish
militias were driving it back in Syria, and the Iraqi army was doing the same on the other side of the
border. A country whose government hardly reached its own villages looked like a place to start again.

# A letter from the Taliban

In June 2015 the Taliban wrote to Abu Bakr al-Baghdadi. The letter, which Mullah Akhtar Mansour signed, told
him to leave Afghan fighters alone, since the country had room for a single leadership.

---

# Enemies everywhere

The two movements do not want the same thing. The Taliban fight for one country, while IS-K recognises no
borders. In April 2017 American aircraft dropped their heaviest conventional weapon, known as the Mother of
All Bombs, on caves that the group used in the east of Afghanistan.

When the Taliban entered Kabul in August 2021, they opened the prisons for their own men. They shot Omar
Khorasani, who had led the rival group until his arrest. Shahab al-Muhajir has led Islamic State Khorasan
since April 2020.

# Abroad

Early in 2024 the group struck in three countries. Two bombs went off in Kerman, in Iran, in January, and a
church in Istanbul was attacked in the same month. On March 22, gunmen killed at least 137 visitors of the
Crocus City concert hall on the edge of Moscow; almost 200 were hurt.

Russia became a target because of its wars. The group's broadcasts name Syria, where the Russian air force
saved the government in 2015, along with Chechnya and Afghanistan. Iran is an enemy for its part in Syria
and for its Shia faith.
"""

DOCX_TITLE = "The man who leads the Islamic State"
DOCX_AUTHOR = "Lina Haddad"
DOCX_DATE = datetime(2023, 2, 27, 9, 0, tzinfo=UTC)
DOCX_TEXT = """\
February 27, 2023. By Lina Haddad

The Islamic State is led by Abu al-Hussein al-Husseini al-Qurayshi. He took over in November 2022, after
rebels had killed his predecessor in the south of Syria the month before. Neither his real name nor his face
is known. The surname, which each of the leaders since Baghdadi has used, is a claim to descent from the
tribe of the Prophet; the men are not relatives.

# A leader under pressure

Abdullah Suleiman Ali, a Syrian who studies armed religious movements, believes that the raids of this month
have to do with the change at the top. A new man must prove to his own followers that the organisation is
still able to act, he says.

Aaron Zelin, who founded the website Jihadology, is more careful. He has counted fewer operations with every
year since 2019, and he points out that the latest victims were civilians rather than soldiers behind walls.
Whether one great raid is the start of something, he says, cannot be known yet.

# What he commands

His fighters live in small groups in the desert and along the Iraqi border. They own no town. Other
provinces, above all Daraa in the south, have seen cells arrive that count 15 to 30 people each. General
Michael Kurilla, who commands American forces in the region, still calls the group a danger to Iraq, to
Syria, and to their neighbours.

Meridian Briefs is a sample publication. Sign up for our weekly letter.
"""


def main(folder: Path) -> None:
    (folder / PDF_NAME).write_bytes(make_pdf())
    (folder / DOCX_NAME).write_bytes(make_docx())


def make_pdf() -> bytes:
    """The PDF, with a running header and a page number on each page."""
    pdf = pdfium.PdfDocument.new()
    font = pdfium_c.FPDFText_LoadStandardFont(pdf, b"Times-Roman")
    pages = PDF_TEXT.split("---\n")
    for number, text in enumerate(pages, start=1):
        page = pdf.new_page(*PDF_PAGE)
        put(pdf, page, font, "Meridian Briefs | Background", 9, 800)
        for row, (line, size) in enumerate(lines(text)):
            put(pdf, page, font, line, size, PDF_TOP - row * PDF_LEADING)
        put(pdf, page, font, f"Page {number} of {len(pages)}", 9, 40)
        pdfium_c.FPDFPage_GenerateContent(page)
    buffer = io.BytesIO()
    pdf.save(buffer)
    return with_metadata(buffer.getvalue())


def blocks(text: str) -> list[str]:
    """The headings and paragraphs of a text, each on one line."""
    return [" ".join(block.split()) for block in text.strip().split("\n\n")]


def lines(text: str) -> Iterator[tuple[str, int]]:
    """The lines of a page with their size in points; an empty line stands between blocks."""
    for block in blocks(text):
        size = 14 if block.startswith("# ") else 11
        for line in textwrap.wrap(block.removeprefix("# "), PDF_COLUMNS, break_on_hyphens=False):
            yield line, size
        yield "", size


def put(pdf: pdfium.PdfDocument, page: pdfium.PdfPage, font: object, text: str, size: int, y: int) -> None:
    """Draw one line of text with its baseline ``y`` points above the foot of the page."""
    item = pdfium_c.FPDFPageObj_CreateTextObj(pdf, font, size)
    wide = ctypes.create_string_buffer((text + "\0").encode("utf-16-le"))
    pdfium_c.FPDFText_SetText(item, ctypes.cast(wide, pdfium_c.FPDF_WIDESTRING))
    pdfium_c.FPDFPageObj_Transform(item, 1, 0, 0, 1, PDF_LEFT, y)
    pdfium_c.FPDFPage_InsertObject(page, item)


def with_metadata(pdf: bytes) -> bytes:
    """Add title, author and date as an incremental update (ISO 32000-1, 7.5.6); PDFium has no call for it."""
    pdf = re.sub(rb"D:\d{14}\+00'00'", PDF_CREATED.encode(), pdf)
    pdf = re.sub(rb"/ID\[<\w+><\w+>\]", b"/ID[<%s><%s>]" % (b"0" * 32, b"0" * 32), pdf)
    info, size, root = (int(re.findall(rb"/%s (\d+)" % key, pdf)[-1]) for key in (b"Info", b"Size", b"Root"))
    previous = int(re.findall(rb"startxref\s+(\d+)", pdf)[-1])
    fields = f"<</Title({PDF_TITLE})/Author({PDF_AUTHOR})/CreationDate({PDF_CREATED})>>"
    entry = f"{info} 0 obj\n{fields}\nendobj\n"
    table = f"xref\n{info} 1\n{len(pdf):010d} 00000 n\r\n"
    trailer = f"trailer\n<</Size {size}/Root {root} 0 R/Info {info} 0 R/Prev {previous}>>\n"
    end = f"startxref\n{len(pdf) + len(entry)}\n%%EOF\n"
    return pdf + (entry + table + trailer + end).encode("ascii")


def make_docx() -> bytes:
    """The Word file: a title, headings, paragraphs, core properties."""
    document = docx.Document()
    document.core_properties.title, document.core_properties.author = DOCX_TITLE, DOCX_AUTHOR
    document.core_properties.created = document.core_properties.modified = DOCX_DATE
    document.core_properties.comments = ""
    document.add_heading(DOCX_TITLE, level=0)
    for block in blocks(DOCX_TEXT):
        if block.startswith("# "):
            document.add_heading(block.removeprefix("# "), level=1)
        else:
            document.add_paragraph(block)
    buffer = io.BytesIO()
    document.save(buffer)
    return with_fixed_times(buffer.getvalue())


def with_fixed_times(archive: bytes) -> bytes:
    """The same zip archive with every member dated ZIP_TIME."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name, ZIP_TIME), old.read(name), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "documents")
