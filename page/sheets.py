"""The pages of a PDF as they look."""

from __future__ import annotations

import io
import threading
from pathlib import Path

WIDTH, MAX_HEIGHT = 1000, 10_000  # pixels; a taller page is narrower

_lock = threading.Lock()  # PDFium is not safe to use from several threads at once, not even for several files


def picture(file: Path, page: int) -> bytes:
    """Page ``page`` of the PDF, counted from 1, as a PNG."""
    import pypdfium2  # type: ignore[import-untyped]

    with _lock, pypdfium2.PdfDocument(file) as pdf:
        sheet = pdf[page - 1]
        bitmap = sheet.render(scale=min(WIDTH / sheet.get_width(), MAX_HEIGHT / sheet.get_height()))
        image = bitmap.to_pil()
        bitmap.close()
    held = io.BytesIO()
    image.save(held, "PNG", optimize=True)
    return held.getvalue()
