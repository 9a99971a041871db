"""``python -m bench.real --at DIR``: an index of real passages, embedded for real, for ``bench.engines --real DIR``.

Every text of the open sets, once, cut into passages of about forty words: of longer ones there are not 100,000.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from bench.corpus import PASSAGES_PER_DOCUMENT
from bench.engines import GROUP, file_of
from eval.datasets.records import read_records
from rag import Index
from rag.chunking import split
from rag.store import ParsedFile
from rag.types import Document

MIN_WORDS, MAX_WORDS = 25, 48


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--at", type=Path, required=True, help="the folder of the index to be made")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="the folder of the open sets")
    parser.add_argument("--n", type=int, default=100_002, help="passages at most")
    given = parser.parse_args()
    with Index.open(given.at) as index:
        index.engine.claim("embedder", index.embedder.fingerprint)
        found = passages(given.data)
        n = 0
        while n < given.n and (group := list(islice(found, GROUP * PASSAGES_PER_DOCUMENT))):
            vectors = index.embedder.embed_passages(group)
            files: list[ParsedFile] = []
            for at in range(0, len(group) - PASSAGES_PER_DOCUMENT + 1, PASSAGES_PER_DOCUMENT):
                rows = slice(at, at + PASSAGES_PER_DOCUMENT)
                files.append(file_of(n // PASSAGES_PER_DOCUMENT + len(files) + 1, "", group[rows], vectors[rows])[0])
            index.engine.replace(files)
            n += len(files) * PASSAGES_PER_DOCUMENT
        index.compact()
        print(f"{len(index)} passages")


def passages(data: Path) -> Iterator[str]:
    """Each text once: the paragraphs of ``corpus_*`` and what the questions of the other sets are asked of."""
    seen = {""}
    for path in sorted(data.glob("*.jsonl.gz")):
        for record in read_records(path):
            for text in (record.get("text", ""), record.get("context", "")):
                if text in seen:
                    continue
                seen.add(text)
                for passage in split(Document("", text, "", ""), min_words=MIN_WORDS, max_words=MAX_WORDS, overlap=0):
                    if passage.text not in seen:
                        seen.add(passage.text)
                        yield passage.text


if __name__ == "__main__":
    main()
