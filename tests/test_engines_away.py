"""A server that stops, or a process that dies, in the middle: a clear error, nothing half there, and on it goes."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from rag import Index, ask
from rag.errors import ServerAway
from rag.types import Embedder
from tests.conftest import MARKET, ROOT
from tests.servers import Places, places
from tests.test_index import QUESTIONS, Shouting, found

N_FILES = 60


@pytest.fixture(autouse=True)
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture
def postgres(tmp_path: Path) -> Places:
    """A server of its own: it is stopped."""
    return places("postgres-0.6", tmp_path)


def test_the_database_stops_while_files_are_stored_and_while_one_asks(
    postgres: Places, tmp_path: Path, documents: Path, embedder: Embedder
) -> None:
    many = tmp_path / "many"
    many.mkdir()
    for n in range(N_FILES):
        lines = (f'{{"title": "Ship {n} {part}", "text": "Ship {n} left port {part}."}}' for part in range(4))
        (many / f"{n:03}.jsonl").write_text("\n".join(lines), encoding="utf-8")
    place = postgres.new()
    index, watching = Index.open(place, embedder=Shouting()), Index.open(place, embedder=Shouting())

    def stop() -> None:
        while len(watching.sources()) < 5:
            time.sleep(0.01)
        postgres.kill()

    stopper = threading.Thread(target=stop)
    stopper.start()
    with pytest.raises(ServerAway, match=r"does not answer.*run the command again"):
        index.add(many)
    stopper.join()

    postgres.start()
    stored = index.sources()  # the same object, without opening it anew
    assert 5 <= len(stored) < N_FILES
    assert all((source.n_documents, source.n_passages) == (4, 4) for source in stored)
    assert index.check() == []
    report = index.add(many)
    assert (report.count("unchanged"), report.count("new")) == (len(stored), N_FILES - len(stored))
    assert (len(index.sources()), len(index), index.check()) == (N_FILES, 4 * N_FILES, [])

    asked = Index.open(postgres.new(), embedder=embedder)
    asked.add(documents)
    before = ask(QUESTIONS[0], asked, writer="quote")
    postgres.kill()
    with pytest.raises(ServerAway, match="start it or check the address"):
        ask(QUESTIONS[0], asked, writer="quote")
    postgres.start()
    assert ask(QUESTIONS[0], asked, writer="quote").text == before.text


@pytest.mark.parametrize(("dies_in", "happened"), [("writing._keep_names", False), ("tables.finish", True)])
def test_a_process_that_dies_while_it_writes_to_milvus_leaves_the_file_old_or_new(
    dies_in: str, happened: bool, tmp_path: Path
) -> None:
    address = places("milvus", tmp_path).new()
    file = tmp_path / "market.txt"
    file.write_text(MARKET, encoding="utf-8")
    code = (
        "import os, sys; from pathlib import Path; from rag import Index; from tests.test_index import Shouting\n"
        "index = Index.open(sys.argv[1], embedder=Shouting()); file = Path(sys.argv[2]); index.add(file)\n"
        "file.write_text(file.read_text().replace('300', '450'))\n"
        "from rag.engines.milvus import tables, writing\n"
        f"{dies_in} = lambda *_: os._exit(9)\n"
        "index.add(file)"
    )
    died = subprocess.run([sys.executable, "-c", code, address, str(file)], cwd=ROOT, check=False)
    assert died.returncode == 9
    index = Index.open(address, embedder=Shouting())
    [hit] = index.search("night market traders", 5)
    assert ("450 traders" in hit.passage.text) is happened
    assert (len(index), len(index.documents), len(index.sources()), index.check()) == (1, 1, 1, [])
    assert index.add(file).files[0].state == ("unchanged" if happened else "updated")
    assert len(found(index)[0]) == 1
    assert "450 traders" in index.search("night market traders", 5)[0].passage.text


def test_a_process_that_dies_while_it_makes_collections_in_milvus_leaves_what_can_be_finished(
    tmp_path: Path, documents: Path, embedder: Embedder
) -> None:
    address = places("milvus", tmp_path).new()
    from pymilvus import MilvusClient

    from rag.engines.milvus.server import Server
    from rag.engines.milvus.tables import PARTS

    dying = (
        "import os\n"
        "from pymilvus import MilvusClient\n"
        "from rag import Index\n"
        "MilvusClient.create_index = lambda *given, **more: os._exit(9)\n"
        f"Index.open({address!r})\n"
    )
    assert subprocess.run([sys.executable, "-c", dying], cwd=ROOT, check=False).returncode == 9
    with Index.open(address, embedder=embedder) as index:
        index.add(documents)
        assert "killed nine people" in index.search(QUESTIONS[0], 1)[0].passage.text
    server = Server(address)  # milvus-lite reads what has no index; a server refuses to load it
    assert all(MilvusClient(server._options["uri"]).list_indexes(server.collection(part)) for part in PARTS)
