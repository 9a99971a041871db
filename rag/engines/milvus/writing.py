"""Files into the collections."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from rag import names
from rag.engines.milvus import tables
from rag.engines.milvus.server import TEXT, Row, Server, listed
from rag.engines.milvus.tables import NOTHING, Change
from rag.lexical.tokens import remember, tokens
from rag.spelling import fold, keys
from rag.store import ParsedFile
from rag.types import Document, Passage

PIECE = 16_000  # characters of a document's text in one row: UTF-8 takes four bytes for one at most
UNDATED = 0  # the day of a document without one


def replace(server: Server, files: Sequence[ParsedFile], known: set[str]) -> None:
    """Store files in the place of what was stored for them, in one change.

    ``known``: names that need not be written again; those of the files are added.
    """
    old = server.rows("files", f"source in {listed([file.source for file in files])}", ["revision"])
    revisions = [secrets.randbits(62) for _ in files]
    change = Change(secrets.randbits(62), revisions=revisions)
    passages: list[Row] = []
    documents: list[Row] = []
    found: set[str] = set()
    for file, revision in zip(files, revisions, strict=True):
        for document, group, vectors, digests in zip(
            file.documents, file.passages, file.vectors, file.digests, strict=True
        ):
            texts = [(0, document.title, passage.heading, passage.text) for passage in group]
            remember(text for row in texts for text in row[1:])
            found |= names.in_passages(texts)
            for row, vector, digest in zip(_passages(document, group, revision), vectors, digests, strict=True):
                passages.append(row | {"vector": vector.tolist(), "digest": digest.hex()})
            documents += _pieces(document, len(group), revision)
    try:
        tables.note(server, change)
        server.put("passages", passages)
        server.put("documents", documents)
        _keep_names(server, found - known)
        known |= found
        change.step, change.revisions = 1, [row["revision"] for row in old]
        change.files = [_file(file, revision) for file, revision in zip(files, revisions, strict=True)]
        tables.note(server, change)  # from here on the new rows are seen and the old ones are not
        tables.finish(server, change)
    finally:
        tables.leave([change])


def _file(file: ParsedFile, revision: int) -> Row:
    return {
        "source": file.source, "revision": revision, "sha256": file.sha256, "size": file.size,
        "added": datetime.now(UTC).isoformat(timespec="seconds"), "mtime_ns": file.mtime_ns,
        "n_documents": len(file.documents), "n_passages": sum(map(len, file.passages)),
    }  # fmt: skip


def _passages(document: Document, passages: Sequence[Passage], revision: int) -> Iterator[Row]:
    day = UNDATED if document.published is None else document.published.toordinal()
    for passage in passages:
        words = [token for text in (document.title, passage.heading, passage.text) for token in tokens(text)]
        yield {
            "id": secrets.randbits(62), "revision": revision, "doc_id": document.doc_id, "published": day,
            "first": passage.start, "behind": passage.end, "title": document.title, "heading": passage.heading,
            "text": passage.text if len(passage.text.encode()) <= TEXT else "",  # then it is cut from the document
            "words": fitting(words),
        }  # fmt: skip


def _pieces(document: Document, n_passages: int, revision: int) -> Iterator[Row]:
    about = {
        "title": document.title,
        "published": None if document.published is None else document.published.isoformat(),
        "authors": document.authors,
        "page_starts": document.page_starts,
        "sections": [(section.heading, section.start, section.end) for section in document.sections],
    }
    told = json.dumps(about, ensure_ascii=False)
    came, at_most = time.time_ns(), PIECE
    texts = [document.text[at : at + at_most] for at in range(0, len(document.text), at_most)] or [""]
    abouts = [told[at : at + at_most] for at in range(0, len(told), at_most)]
    parts = max(len(texts), len(abouts))
    for part in range(parts):
        yield {
            "piece": secrets.randbits(62), "revision": revision, "doc_id": document.doc_id,
            "part": part, "parts": parts, "came": came, "source": document.source, "n_passages": n_passages,
            "about": abouts[part] if part < len(abouts) else "", "text": texts[part] if part < len(texts) else "",
            **NOTHING,
        }  # fmt: skip


def _keep_names(server: Server, found: set[str]) -> None:
    rows = []
    for name in sorted(found):
        folded = fold(name)
        rows.append({"name": name, "folded": folded, "words": " ".join(sorted(keys(folded)))})
    server.put("names", rows)


def fitting(words: Sequence[str]) -> str:
    """Words as one text, as many of them as a field holds."""
    return " ".join(words).encode()[:TEXT].decode(errors="ignore")
