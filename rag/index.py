"""The library: files in, hits out. A folder holds it, or an engine on another machine."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator, Mapping, Sequence, ValuesView
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import get_args

from embeddings import DEFAULT_EMBEDDER, EmbedderError, load_embedder
from rag import fusion
from rag.engines import Engine, Looking, Within, default_index
from rag.engines.opening import open_engine
from rag.errors import EmbedderMismatch, ModelError, OptionError
from rag.ingest import Hands, Here, Progress, ingest
from rag.limits import Limits
from rag.remote import is_url
from rag.respelling import respellings, respelt
from rag.types import Document, Embedder, Hit, Mode, Report, Source, Vectors

_DIGEST = "[0-9a-f]{12}"  # of weights, in a fingerprint
CANDIDATES = 50  # how deep each ranking goes before the two are fused; a hit below both is no answer


class Index:
    """Documents that can be searched. Open one with ``Index.open``; it is safe to share between threads."""

    def __init__(self, engine: Engine, embedder: Embedder | str | None = None) -> None:
        self.engine = engine
        self._lock = threading.Lock()
        self._embedder = None if embedder is None or isinstance(embedder, str) else embedder
        self._embedder_name = embedder if isinstance(embedder, str) else engine.meta("embedder_name")
        self._chosen = embedder is not None
        self._respells = True  # false only to measure what it brings: eval.variants
        if embedder is not None:
            self._check(self.embedder)

    @classmethod
    def open(
        cls,
        where: str | os.PathLike[str] | None = None,
        *,
        embedder: Embedder | str | None = None,
        create: bool = True,
    ) -> Index:
        """The index in ``where`` (the default one if None), made there if absent.

        ``where`` is a folder, ``postgresql://USER@HOST/DATABASE``, ``milvus://HOST:PORT/COLLECTION``, or
        ``milvus:///PATH/FILE.db`` for a local file of milvus-lite. ``embedder`` is a sentence-transformers model by hub
        name or folder, one of a server (``openai:URL#model``), or any ``Embedder``; the default is the one that the
        index was built with, if that has a name. Raises EmbedderMismatch if it was built with another, IndexNotFound if
        nothing is there and ``create`` is false, StoreError for a place that cannot hold an index, ServerAway (a
        StoreError) where a server does not answer, MissingExtra where the engine's package is not installed.
        """
        return cls(open_engine(default_index() if where is None else where, create=create), embedder)

    @property
    def address(self) -> str:
        """The folder, or the address without its password."""
        return self.engine.address

    @property
    def folder(self) -> Path:
        """The index's folder; for an index elsewhere, the folder of this machine for uploads and the page's history."""
        return self.engine.folder

    @property
    def embedder(self) -> Embedder:
        """The embedder, loaded when first needed. Raises ModelError where that fails."""
        with self._lock:
            if self._embedder is None:
                with _explained():
                    loaded = load_embedder(self._embedder_name)
                self._check(loaded)
                self._embedder = loaded
            return self._embedder

    @property
    def documents(self) -> Mapping[str, Document]:
        """Every document by its id, read from where it is kept when asked for."""
        return _Documents(self.engine)

    def __len__(self) -> int:
        """The number of passages."""
        return self.engine.n_passages()

    def __bool__(self) -> bool:
        return True  # an empty index is still an index

    def __enter__(self) -> Index:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of files and connections; the index opens them again when it is used again."""
        self.engine.close()

    def sources(self) -> list[Source]:
        """Every indexed file, by name, with its number of documents and passages."""
        return self.engine.sources()

    def add(
        self,
        *paths: str | os.PathLike[str],
        prune: bool = False,
        progress: Progress | None = None,
        limits: Limits | None = None,
        cluster: str | None = None,
    ) -> Report:
        """Index files and folders, also those of a URL (``s3://bucket/prefix``). Unchanged files cost nothing, changed
        ones are replaced whole; what was committed before an interruption counts.

        ``cluster`` has the workers of a Dask scheduler (its address, or ``local:N`` for N processes, which a script
        must ask for under ``if __name__ == "__main__"``) read and embed; they must find the files under the same paths.

        A file that cannot be read is reported as failed, with its reason, and what was stored of it before stays.
        ``prune`` removes files that are gone from the given folders; ``limits`` are what reading one file may cost, if
        not what the environment sets. Raises UnreadableFile for a path that is not there, before anything is done.
        """
        roots = [str(path) if is_url(path) else Path(path).resolve() for path in paths]
        with self._hands(cluster, limits) as hands:
            return ingest(self.engine, hands, self._claim, roots, prune, progress, self.engine.settle)

    def _hands(self, cluster: str | None, limits: Limits | None) -> AbstractContextManager[Hands]:
        if cluster is None:
            return Here(self._embed, limits)
        from rag.cluster import Cluster

        self._claim()
        embedder, default = self.embedder, self._embedder_name in (None, DEFAULT_EMBEDDER)
        # What is loaded here cannot be sent if it holds a compiled network; its name can.
        packaged = default and embedder.fingerprint.startswith(f"{DEFAULT_EMBEDDER}@")
        return Cluster(
            cluster, self._embedder_name if packaged or not default else embedder, embedder.fingerprint, limits
        )

    def remove(self, doc_id: str) -> None:
        """Remove a document by its id, or a file with all its documents by its path.

        Raises UnknownDocument if neither is here.
        """
        if doc_id in self.documents:
            self.engine.remove_document(doc_id)
        else:
            # A file that was indexed through a link has the link's name.
            names = [doc_id] if is_url(doc_id) else [doc_id, str(Path(doc_id).absolute()), str(Path(doc_id).resolve())]
            known = self.engine.files(names)
            self.engine.remove_files([next((name for name in names if name in known), names[-1])])

    def search(
        self,
        query: str,
        k: int = 8,
        *,
        mode: Mode = "hybrid",
        documents: Sequence[str] | None = None,
        since: date | None = None,
        until: date | None = None,
    ) -> list[Hit]:
        """The ``k`` best passages, best first.

        ``documents`` (ids) and the publication dates ``since`` and ``until`` (both included) restrict the search;
        documents without a date pass. Names that no document spells as the query does are sought as they are spelt.
        ``score`` is in [0, 1] for "hybrid", a cosine for "dense", BM25 for "lexical".
        Raises OptionError for a mode or k that means nothing.
        """
        if mode not in get_args(Mode):
            raise OptionError(f"no search mode {mode!r}; choose one of {', '.join(get_args(Mode))}")
        if k < 1:
            raise OptionError(f"k is {k}; ask for at least 1 passage")
        with self.engine.looking(Within(documents, since, until), dense=mode != "lexical") as looking:
            return self._search(looking, query, k, mode)

    def _search(self, looking: Looking, query: str, k: int, mode: Mode) -> list[Hit]:
        depth = max(CANDIDATES, 2 * k)
        names = respellings(looking, query) if self._respells else []
        dense: fusion.Ranking = []
        words: fusion.Ranking = []
        if mode != "lexical":
            with _explained():
                asked = self.embedder.embed_queries([respelt(query, names)])
            dense = looking.nearest(asked, depth)
        if mode != "dense":
            also, rather = (
                [spelling for name in names if name.slip is slip for spelling in name.spellings]
                for slip in (True, False)
            )
            words = looking.matching(query, depth, also=also, rather=rather)
        ranked = fusion.min_max_average([dense, words]) if mode == "hybrid" else [*dense, *words]
        cosines, bm25 = dict(dense), dict(words)
        found = looking.passages([i for i, _ in ranked[:k]])
        return [
            Hit(passage, score, cosines.get(i), bm25.get(i), title, published)
            for i, score in ranked[:k]
            if i in found
            for passage, title, published in [found[i]]
        ]

    def compact(self) -> None:
        """Fold all recent changes into what is searched fastest. What is found stays the same."""
        self.engine.compact()

    def check(self) -> list[str]:
        """What is wrong with the index where it is kept, in words; [] where it is whole."""
        return self.engine.check()

    def _check(self, embedder: Embedder) -> None:
        stored = self.engine.meta("embedder")
        if stored is not None and not _same_model(stored, embedder.fingerprint):
            if self._chosen and (self.engine.meta("embedder_name") or stored.startswith(f"{DEFAULT_EMBEDDER}@")):
                cure = "open it without naming an embedder"
            else:
                cure = "open it with that one (Index.open(…, embedder=…))"
            raise EmbedderMismatch(
                f"the index {self.address} was built with the embedder {stored}, not {embedder.fingerprint}: {cure}, "
                "or index the documents again into a new folder"
            )

    def _embed(self, texts: Sequence[str]) -> Vectors:
        """The passages' vectors."""
        with _explained():
            return self.embedder.embed_passages(texts)

    def _claim(self) -> str:
        """The embedder's fingerprint: from the first vectors on, the index belongs to it."""
        found = self.engine.meta("embedder")
        stored = self.engine.claim("embedder", self.embedder.fingerprint) if found is None else found
        self._check(self.embedder)  # another process may have been faster
        if found is None and self._embedder_name is not None:
            self.engine.claim("embedder_name", self._embedder_name)
        return stored


def _same_model(one: str, other: str) -> bool:
    """Whether two fingerprints, NAME@DIGEST, are of one model: a hub model and its copy in a folder differ by name."""
    digests = one.rpartition("@")[2], other.rpartition("@")[2]
    return one == other or (digests[0] == digests[1] and re.fullmatch(_DIGEST, digests[0]) is not None)


@contextmanager
def _explained() -> Iterator[None]:
    """What an embedder raises, as an error of Footnote's."""
    try:
        yield
    except EmbedderError as error:
        raise ModelError(str(error)) from error


class _Documents(Mapping[str, Document]):
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __getitem__(self, doc_id: str) -> Document:
        document = self._engine.document(doc_id)
        if document is None:
            raise KeyError(doc_id)
        return document

    def __iter__(self) -> Iterator[str]:
        return iter(self._engine.doc_ids())

    def __len__(self) -> int:
        return self._engine.n_documents()

    def values(self) -> ValuesView[Document]:
        return _Held(self)


class _Held(ValuesView[Document]):
    """The documents of a mapping, without those that somebody removes while they are gone through."""

    def __init__(self, documents: _Documents) -> None:
        super().__init__(documents)
        self._documents = documents

    def __iter__(self) -> Iterator[Document]:
        found = map(self._documents.get, self._documents)
        return (document for document in found if document is not None)
