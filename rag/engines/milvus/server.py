"""One Milvus: its collections, calls with an answer in time, and what its errors mean."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

from pymilvus import DataType, Function, FunctionType, MilvusClient
from pymilvus.exceptions import MilvusException

from rag.engines import PATIENCE, shown
from rag.errors import ServerAway, StoreError

T = TypeVar("T")
Row = dict[str, Any]

COLLECTION = "footnote"  # where the address names no other
AT_ONCE = 500  # rows a call: well under the 64 MB that a message may have
LISTED = 1000  # rows a call when many are read
TEXT = 65_535  # bytes of the longest text field
SLOW = 60.0  # seconds that making or loading a collection may take
BUSY = 30.0  # seconds that a server is asked again while it says that it has too much to do
_UNAVAILABLE = {1, 2}  # codes of pymilvus: no answer in time, no connection
_RATE_LIMIT = 8


class Server:
    """The collections of one index, all of whose names begin alike. Safe to use from several threads.

    Its methods raise ServerAway after ``PATIENCE`` seconds without an answer and StoreError for what the server
    refuses.
    """

    def __init__(self, address: str) -> None:
        logging.getLogger("pymilvus").setLevel(logging.CRITICAL)  # every error is raised here, and told once
        logging.getLogger("grpc._server").setLevel(logging.CRITICAL)  # milvus-lite's, of what it cannot do
        parts = urlsplit(address)
        self.address = shown(address)
        self.local = not parts.netloc
        named = parse_qs(parts.query).get("collection")
        if self.local:
            path = Path(unquote(parts.path))
            if path.suffix != ".db":
                raise StoreError(
                    f"{self.address}: a local Milvus is a file that ends in .db, as milvus:///PATH/FILE.db"
                )
            self._options: Row = {"uri": str(path)}
            self.name = named[0] if named else COLLECTION
        else:
            scheme = "https" if parts.scheme == "milvus+https" else "http"
            self._options = {"uri": f"{scheme}://{parts.hostname}:{parts.port or 19530}"}
            if parts.username is not None:
                self._options["token"] = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            self.name = parts.path.strip("/") or COLLECTION
        if not self.name.isidentifier():
            raise StoreError(f"{self.address}: a collection's name is letters, digits and _, not {self.name!r}")
        self._patience = SLOW if self.local else PATIENCE  # a local file is never away, only slow
        self._client: MilvusClient | None = None
        self._lock = threading.Lock()
        self._writing = threading.Lock()  # milvus-lite takes one change at a time

    @property
    def here(self) -> bool:
        """False where a local file is not there yet."""
        return not self.local or Path(self._options["uri"]).exists()

    def collection(self, part: str) -> str:
        return f"{self.name}_{part}"

    def has(self, part: str) -> bool:
        return bool(self._call(lambda client: client.has_collection(self.collection(part), timeout=self._patience)))

    def load(self, part: str) -> None:
        """Have the collection ready for searches; it is not where the server has been started anew."""
        self._call(lambda client: client.load_collection(self.collection(part), timeout=SLOW))

    def create(self, part: str, fields: Sequence[tuple[str, Any, Row]], *, words: bool = False) -> None:
        """Make a collection unless it is there. ``fields``: name, type and options, the first of them the key.

        ``words`` adds a ranking by BM25 of the field of that name. A collection whose maker died before it had its
        indexes gets them.
        """
        name, here = self.collection(part), self.has(part)
        if here and self._call(lambda client: client.list_indexes(name)):
            return
        schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
        indexes = MilvusClient.prepare_index_params()
        for place, (field, kind, given) in enumerate(fields):
            options = {**given}
            sought = options.pop("sought", False)
            schema.add_field(field, kind, is_primary=place == 0, **options)
            if kind == DataType.FLOAT_VECTOR:
                near = {"index_type": "FLAT"} if self.local or options["dim"] == 2 else _HNSW
                indexes.add_index(field, metric_type="IP", **near)
            elif sought:
                indexes.add_index(field, index_type="INVERTED")
        if words:
            schema.add_field("bm25", DataType.SPARSE_FLOAT_VECTOR)
            schema.add_function(Function("bm25_of_words", FunctionType.BM25, ["words"], ["bm25"]))
            indexes.add_index(
                "bm25", index_type="SPARSE_INVERTED_INDEX", metric_type="BM25", params={"bm25_k1": 1.2, "bm25_b": 0.75}
            )
        if not here:
            self._call(
                lambda client: client.create_collection(name, schema=schema, consistency_level="Strong", timeout=SLOW)
            )
        # Nothing is stored yet: waiting for each index, half a second at least, waits for nothing.
        self._call(lambda client: client.create_index(name, indexes, timeout=SLOW, sync=False))
        self.load(part)

    def put(self, part: str, rows: Sequence[Row]) -> None:
        """Write rows, each in the place of one with its key."""
        with self._writing:
            for at in range(0, len(rows), AT_ONCE):
                batch = list(rows[at : at + AT_ONCE])
                self._upsert(self.collection(part), batch)

    def _upsert(self, collection: str, batch: list[Row]) -> None:
        self._call(lambda client: client.upsert(collection, batch, timeout=self._patience))

    def delete(self, part: str, condition: str) -> None:
        with self._writing:
            self._call(lambda client: client.delete(self.collection(part), filter=condition, timeout=self._patience))

    def rows(self, part: str, condition: str, fields: Sequence[str], most: int | None = None) -> list[Row]:
        """Rows that meet the condition; the first ones, up to ``most`` (16,384 at once), or all."""
        if most is not None:
            found = self._call(
                lambda client: client.query(
                    self.collection(part),
                    filter=condition,
                    output_fields=list(fields),
                    limit=most,
                    timeout=self._patience,
                )
            )
            return [dict(row) for row in found]
        return list(self._all(part, condition, fields))

    def _all(self, part: str, condition: str, fields: Sequence[str]) -> Iterator[Row]:
        pages = self._call(
            lambda client: client.query_iterator(
                self.collection(part),
                batch_size=LISTED,
                filter=condition,
                output_fields=list(fields),
                timeout=self._patience,
            )
        )
        try:
            while page := self._call(lambda _: pages.next()):
                yield from (dict(row) for row in page)
        finally:
            pages.close()

    def count(self, part: str, condition: str) -> int:
        found = self._call(
            lambda client: client.query(
                self.collection(part), filter=condition, output_fields=["count(*)"], timeout=self._patience
            )
        )
        return int(found[0]["count(*)"])

    def search(
        self, part: str, field: str, query: Any, most: int, condition: str = "", fields: Sequence[str] = ()
    ) -> list[tuple[float, Row]]:
        """(score, row) of the ``most`` rows that are nearest by a vector field, best first."""
        options: Row = {} if self.local or field == "bm25" else {"params": {"ef": max(200, 2 * most)}}
        [found] = self._call(
            lambda client: client.search(
                self.collection(part), data=[query], anns_field=field, limit=most, filter=condition,
                output_fields=list(fields), search_params=options, timeout=self._patience,
            )
        )  # fmt: skip
        sign = -1 if field == "bm25" and self.local else 1  # milvus-lite tells BM25 as a distance
        return [(sign * float(hit["distance"]), {**hit["entity"], KEY[part]: hit[KEY[part]]}) for hit in found]

    def close(self) -> None:
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def _connected(self) -> MilvusClient:
        with self._lock:
            if self._client is None:
                if self.local:
                    Path(self._options["uri"]).parent.mkdir(parents=True, exist_ok=True)
                self._client = MilvusClient(**self._options, timeout=self._patience)
            return self._client

    def _call(self, work: Callable[[MilvusClient], T]) -> T:
        began, attempt = time.monotonic(), 0
        while True:
            attempt += 1
            try:
                return work(self._connected())
            except MilvusException as error:
                passed = time.monotonic() - began
                if error.code == _RATE_LIMIT and passed < BUSY:
                    time.sleep(min(0.2 * 2**attempt, 3.0))
                elif error.code in _UNAVAILABLE and attempt == 1 and passed < 1:
                    self.close()
                    time.sleep(0.5)
                else:
                    raise self._explained(error) from error

    def _explained(self, error: MilvusException) -> StoreError:
        said = str(error.message).strip().splitlines()[0]
        if error.code in _UNAVAILABLE:
            self.close()
            return ServerAway(
                f"Milvus at {self.address} does not answer ({said}); start it or check the address. What was stored is "
                "safe: run the command again, it goes on where it stopped"
            )
        return StoreError(f"Milvus at {self.address}: {said}")


KEY: Mapping[str, str] = {"passages": "id", "documents": "piece", "files": "key", "names": "name", "meta": "name"}
_HNSW = {"index_type": "HNSW", "params": {"M": 16, "efConstruction": 256}}


def listed(values: Sequence[str] | Sequence[int]) -> str:
    """A list as it stands in a condition."""
    return json.dumps(list(values), ensure_ascii=False)
