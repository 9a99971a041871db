"""The peers, each with its documented settings for documents in files; run by the interpreter that has them installed.

Nothing of Footnote is imported but by ``Footnote``. All embed by the same model, in its folder; all but Footnote embed
by sentence-transformers, with batches of 32. Passages are about 150 words where a splitter counts words.
"""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any, Protocol

BATCH = 32
WORDS, TOKENS = 150, 220  # of a passage, for splitters of either kind


class System(Protocol):
    """One library: an index in the folder ``at``, of files that are each one document."""

    def __init__(self, model: str, at: Path) -> None: ...

    def add(self, files: list[Path]) -> None:
        """Read files, and store them where they are found and where a new process finds them."""

    def change(self, file: Path) -> None:
        """Put what the file says now in the place of what it said."""

    def search(self, question: str, k: int) -> list[str]:
        """The texts of the best passages."""

    def open(self) -> None:
        """Load what ``add`` stored."""

    def __len__(self) -> int: ...


class Footnote:
    def __init__(self, model: str, at: Path) -> None:
        from rag import Index

        self._at, self._open = at, Index.open
        self._index: Any = None

    def open(self) -> None:
        if self._index is not None:
            self._index.close()
        self._index = self._open(self._at)
        self._index.embedder.embed_queries(["Ready?"])  # the others load theirs when they are made

    def add(self, files: list[Path]) -> None:
        self._index.add(*files)

    def change(self, file: Path) -> None:
        self.add([file])

    def search(self, question: str, k: int) -> list[str]:
        return [hit.passage.text for hit in self._index.search(question, k)]

    def __len__(self) -> int:
        return len(self._index)


class Txtai:
    """Hybrid: BM25 in SQLite and dense vectors in FAISS, combined by the library."""

    def __init__(self, model: str, at: Path) -> None:
        from txtai import Embeddings

        self._at = at / "index"
        self._embeddings = Embeddings(
            path=model, method="sentence-transformers", content=True, hybrid=True, backend="faiss", encodebatch=BATCH
        )

    def open(self) -> None:
        if self._embeddings.exists(str(self._at)):
            self._embeddings.load(str(self._at))

    def add(self, files: list[Path]) -> None:
        self._embeddings.index(row for file in files for row in self._rows(file))
        self._embeddings.save(str(self._at))

    def change(self, file: Path) -> None:
        held = self._embeddings.search(f"select id from txtai where source = '{file.name}' limit 1000")
        self._embeddings.delete([row["id"] for row in held])
        self._embeddings.upsert(self._rows(file))
        self._embeddings.save(str(self._at))

    def search(self, question: str, k: int) -> list[str]:
        return [row["text"] for row in self._embeddings.search(question, k)]

    def __len__(self) -> int:
        return int(self._embeddings.count())

    def _rows(self, file: Path) -> list[tuple[str, dict[str, str], None]]:
        passages = split(file.read_text(encoding="utf-8"))
        return [(f"{file.name}:{n}", {"text": text, "source": file.name}, None) for n, text in enumerate(passages)]


class LlamaIndex:
    """Dense only: its FAISS store holds no words.

    A change is a new index: after ``update_ref_doc`` with this store a search ends in a KeyError (0.14.25, 0.7.0).
    """

    def __init__(self, model: str, at: Path) -> None:
        from llama_index.core import Settings
        from llama_index.core.node_parser import SentenceSplitter
        from llama_index.embeddings.huggingface import HuggingFaceEmbedding

        self._at = at / "index"
        Settings.llm = None  # it would ask for one otherwise
        Settings.embed_model = HuggingFaceEmbedding(model_name=model, embed_batch_size=BATCH)
        Settings.transformations = [SentenceSplitter(chunk_size=TOKENS, chunk_overlap=0)]
        self._index: Any = None

    def open(self) -> None:
        from llama_index.core import StorageContext, load_index_from_storage
        from llama_index.vector_stores.faiss import FaissMapVectorStore

        if self._at.exists():
            store = FaissMapVectorStore.from_persist_dir(str(self._at))
            storage = StorageContext.from_defaults(vector_store=store, persist_dir=str(self._at))
            self._index = load_index_from_storage(storage)

    def add(self, files: list[Path]) -> None:
        import faiss
        from llama_index.core import StorageContext, VectorStoreIndex
        from llama_index.vector_stores.faiss import FaissMapVectorStore

        store = FaissMapVectorStore(faiss_index=faiss.IndexIDMap2(faiss.IndexFlatIP(384)))
        storage = StorageContext.from_defaults(vector_store=store)
        self._index = VectorStoreIndex.from_documents(self._documents(files), storage_context=storage)
        self._index.storage_context.persist(str(self._at))

    def change(self, file: Path) -> None:
        self.add(sorted(file.parent.iterdir()))

    def search(self, question: str, k: int) -> list[str]:
        return [found.text for found in self._index.as_retriever(similarity_top_k=k).retrieve(question)]

    def __len__(self) -> int:
        return len(self._index.docstore.docs)

    def _documents(self, files: list[Path]) -> list[Any]:
        from llama_index.core import SimpleDirectoryReader

        return list(SimpleDirectoryReader(input_files=files, filename_as_id=True).load_data())


class Haystack:
    """Hybrid: BM25 and dense vectors of its in-memory store, joined by reciprocal ranks; kept on disk as JSON."""

    def __init__(self, model: str, at: Path) -> None:
        from haystack import Pipeline
        from haystack.components.joiners import DocumentJoiner
        from haystack.components.preprocessors import DocumentSplitter
        from haystack.components.retrievers.in_memory import InMemoryBM25Retriever, InMemoryEmbeddingRetriever
        from haystack.document_stores.in_memory import InMemoryDocumentStore
        from haystack_integrations.components.embedders.sentence_transformers import (
            SentenceTransformersDocumentEmbedder,
            SentenceTransformersTextEmbedder,
        )

        self._file = at / "store.json"
        self._held: Any = InMemoryDocumentStore
        self._store: Any = InMemoryDocumentStore(embedding_similarity_function="cosine")
        self._splitter = DocumentSplitter(split_by="word", split_length=WORDS, split_overlap=0)
        self._embed = SentenceTransformersDocumentEmbedder(model=model, batch_size=BATCH, progress_bar=False)
        self._embed.warm_up()
        self._asking = partial(SentenceTransformersTextEmbedder, model=model, progress_bar=False)
        self._parts = (Pipeline, InMemoryBM25Retriever, InMemoryEmbeddingRetriever, DocumentJoiner)
        self._searching: Any = None

    def open(self) -> None:
        if self._file.exists():
            self._store = self._held.load_from_disk(str(self._file))
        pipeline, words, dense, joiner = self._parts
        self._searching = pipeline()
        self._searching.add_component("ask", self._asking())
        self._searching.add_component("words", words(self._store))
        self._searching.add_component("dense", dense(self._store))
        self._searching.add_component("join", joiner(join_mode="reciprocal_rank_fusion"))
        self._searching.connect("ask.embedding", "dense.query_embedding")
        self._searching.connect("words", "join")
        self._searching.connect("dense", "join")

    def add(self, files: list[Path]) -> None:
        from haystack.components.converters import TextFileToDocument

        documents = TextFileToDocument().run(sources=files)["documents"]
        self._store.write_documents(self._embed.run(self._splitter.run(documents)["documents"])["documents"])
        self._store.save_to_disk(str(self._file))

    def change(self, file: Path) -> None:
        self._store.delete_by_filter({"field": "meta.file_path", "operator": "==", "value": file.name})
        self.add([file])

    def search(self, question: str, k: int) -> list[str]:
        said = {"ask": {"text": question}, "words": {"query": question, "top_k": k}, "dense": {"top_k": k}}
        found = self._searching.run({**said, "join": {"top_k": k}})["join"]["documents"]
        return [document.content for document in found]

    def __len__(self) -> int:
        return int(self._store.count_documents())


class Plain:
    """sentence-transformers and a flat FAISS index, written by hand: dense only, a change is a new index."""

    def __init__(self, model: str, at: Path) -> None:
        from sentence_transformers import SentenceTransformer

        self._at = at
        self._model = SentenceTransformer(model, device="cpu")
        self._index: Any = None
        self._passages: list[tuple[str, str]] = []

    def open(self) -> None:
        import faiss

        if (self._at / "index.faiss").exists():
            self._index = faiss.read_index(str(self._at / "index.faiss"))
            self._passages = json.loads((self._at / "passages.json").read_text(encoding="utf-8"))

    def add(self, files: list[Path]) -> None:
        import faiss

        added = [(file.name, text) for file in files for text in split(file.read_text(encoding="utf-8"))]
        vectors = self._model.encode([text for _, text in added], batch_size=BATCH, normalize_embeddings=True)
        if self._index is None:
            self._index = faiss.IndexFlatIP(vectors.shape[1])
        self._index.add(vectors)
        self._passages += added
        faiss.write_index(self._index, str(self._at / "index.faiss"))
        (self._at / "passages.json").write_text(json.dumps(self._passages), encoding="utf-8")

    def change(self, file: Path) -> None:
        import faiss
        import numpy as np

        gone = [n for n, (name, _) in enumerate(self._passages) if name == file.name]
        self._index.remove_ids(faiss.IDSelectorBatch(np.array(gone, dtype=np.int64)))
        self._passages = [row for row in self._passages if row[0] != file.name]
        self.add([file])

    def search(self, question: str, k: int) -> list[str]:
        _, found = self._index.search(self._model.encode([question], normalize_embeddings=True), k)
        return [self._passages[n][1] for n in found[0]]

    def __len__(self) -> int:
        return len(self._passages)


SYSTEMS: dict[str, type[System]] = {
    "Footnote": Footnote,
    "txtai": Txtai,
    "LlamaIndex, FAISS": LlamaIndex,
    "Haystack, in memory": Haystack,
    "sentence-transformers, FAISS": Plain,
}


def split(text: str) -> list[str]:
    """Paragraphs, and of long ones runs of as many words as a passage has."""
    passages = []
    for paragraph in filter(None, map(str.strip, text.split("\n\n"))):
        words = paragraph.split()
        passages += [" ".join(words[at : at + WORDS]) for at in range(0, len(words), WORDS)]
    return passages
