"""Files read and embedded by the workers of a real Dask cluster of this machine, some of which are killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from rag import Index
from rag.errors import ClusterError, EmbedderMismatch, MissingExtra, OptionError
from rag.types import Embedder, Vectors
from tests.conftest import ROOT
from tests.test_changes import Bags

distributed = pytest.importorskip("distributed", reason="needs the extra 'cluster'")

N = 60


class Slow(Bags):
    """As a real model: what is embedded takes its time."""

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        time.sleep(0.05 * len(texts))
        return super().embed_passages(texts)


class Other(Bags):
    """Says on the workers that it is another one."""

    def __reduce__(self) -> Any:
        return Renamed, ()


class Renamed(Bags):
    fingerprint = "renamed@1"


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Two workers of one thread each."""
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0") as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Sixty short articles, one broken and one twice."""
    (made := tmp_path / "documents").mkdir()
    for n in range(N):
        (made / f"{n:02d}.txt").write_text(f"Report {n}\n\nThe ferry {n} sank off Lindby.\n", encoding="utf-8")
    (made / "30.txt").write_bytes(b"\0" * 100)
    (made / "50.txt").write_text((made / "49.txt").read_text(encoding="utf-8"), encoding="utf-8")
    return made


def content(index: Index) -> list[tuple[Any, ...]]:
    """All that is stored of passages and files, the vectors to the last bit, without the time of day."""
    connection = index.engine.store.connection
    rows = []
    for table in ("passages", "vectors", "documents", "spans"):
        rows += [(table, *row) for row in connection.execute(f"SELECT * FROM {table} ORDER BY 1")]
    return rows + connection.execute("SELECT source, sha256, size, mtime_ns FROM files ORDER BY 1").fetchall()


@pytest.fixture
def groups_of_ten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.ingest.PASSAGES_PER_WRITE", 10)
    monkeypatch.setattr("rag.cluster.TEXTS_PER_TASK", 5)


@pytest.fixture
def alone(tmp_path: Path, folder: Path, groups_of_ten: None) -> Index:
    """What this machine makes of the folder by itself."""
    index = Index.open(tmp_path / "alone", embedder=Bags())
    index.add(folder)
    return index


def test_a_cluster_stores_what_one_machine_does(tmp_path: Path, folder: Path, cluster: Any, alone: Index) -> None:
    index = Index.open(tmp_path / "index", embedder=Bags())
    seen: list[tuple[int, int]] = []
    report = index.add(folder, cluster=cluster.scheduler_address, progress=lambda n, of, _: seen.append((n, of)))
    assert (report.count("new"), report.count("failed"), report.n_embedded) == (N - 1, 1, N - 2)
    assert content(index) == content(alone)
    assert seen == [(n, N) for n in range(1, N + 1)]
    assert index.add(folder, cluster=cluster.scheduler_address).count("unchanged") == N - 1


def test_a_worker_that_is_killed_changes_nothing(tmp_path: Path, folder: Path, cluster: Any, alone: Index) -> None:
    with distributed.Client(cluster, set_as_default=False) as client:
        victim = min(client.run(os.getpid).values())
    killed = threading.Event()

    def kill(done: int, *_: object) -> None:
        if done >= 10 and not killed.is_set():
            killed.set()
            os.kill(victim, signal.SIGKILL)

    index = Index.open(tmp_path / "index", embedder=Slow())
    report = index.add(folder, cluster=cluster.scheduler_address, progress=kill)
    assert killed.is_set()
    assert report.n_embedded == N - 2
    assert content(index) == content(alone)
    assert index.check() == []


DRIVER = """
import sys
import rag.cluster, rag.ingest
from rag import Index
from tests.test_cluster import Slow

rag.ingest.PASSAGES_PER_WRITE, rag.cluster.TEXTS_PER_TASK = 10, 5
Index.open(sys.argv[1], embedder=Slow()).add(sys.argv[2], cluster=sys.argv[3])
"""


def test_a_killed_driver_goes_on_where_it_stopped(tmp_path: Path, folder: Path, cluster: Any, alone: Index) -> None:
    where = tmp_path / "index"
    command = [sys.executable, "-c", DRIVER, str(where), str(folder), cluster.scheduler_address]
    with subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}) as driver:
        index = Index.open(where, embedder=Slow())
        while not len(index) and driver.poll() is None:
            time.sleep(0.05)
        driver.kill()
    stored = len(index)
    assert 0 < stored < N - 1
    report = index.add(folder, cluster=cluster.scheduler_address)
    assert report.count("unchanged") == stored
    assert report.n_embedded in (N - 2 - stored, N - 1 - stored)  # the article that is there twice
    assert content(index) == content(alone)


def test_workers_load_the_embedder_by_its_name(
    tmp_path: Path, documents: Path, cluster: Any, embedder: Embedder
) -> None:
    index = Index.open(tmp_path / "index", embedder=embedder)
    assert index.add(documents, cluster=cluster.scheduler_address).n_embedded == 3
    assert "killed nine people" in index.search("Who died in the harbour?")[0].passage.text


def test_a_worker_with_another_embedder_stores_nothing(tmp_path: Path, documents: Path, cluster: Any) -> None:
    index = Index.open(tmp_path / "index", embedder=Other())
    with pytest.raises(EmbedderMismatch, match="a worker has the embedder renamed@1"):
        index.add(documents, cluster=cluster.scheduler_address)
    assert len(index) == 0


@pytest.mark.parametrize(("found", "told"), [("0.0.9", "0.0.9, not"), (None, "of an older version, not")])
def test_a_worker_of_another_version_stores_nothing(
    tmp_path: Path, documents: Path, cluster: Any, monkeypatch: pytest.MonkeyPatch, found: str | None, told: str
) -> None:
    run = distributed.Client.run
    answers = lambda client, work: {**dict.fromkeys(run(client, work), "1.2.3"), "tcp://10.0.0.7:1": found}  # noqa: E731
    monkeypatch.setattr("rag.cluster.version", lambda name: "1.2.3")  # of this process alone
    monkeypatch.setattr(distributed.Client, "run", answers)
    index = Index.open(tmp_path / "index", embedder=Bags())
    with pytest.raises(ClusterError, match=f"has Footnote {told} 1.2.3; install the same version"):
        index.add(documents, cluster=cluster.scheduler_address)
    assert len(index) == 0


def test_no_scheduler_is_said_so(tmp_path: Path, documents: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.cluster.CONNECT_SECONDS", 1)
    index = Index.open(tmp_path / "index", embedder=Bags())
    with pytest.raises(ClusterError, match=r"tcp://127\.0\.0\.1:1 .*start them with: dask scheduler"):
        index.add(documents, cluster="tcp://127.0.0.1:1")
    for nonsense in ("local:", "local:none", "local:0"):
        with pytest.raises(OptionError, match="give local:N"):
            index.add(documents, cluster=nonsense)
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MissingExtra, match=r"footnote-rag\[cluster\]"):
        index.add(documents, cluster="local:2")


def test_the_command_line_starts_workers_of_its_own(tmp_path: Path, documents: Path) -> None:
    command = [sys.executable, "-m", "rag.cli", "index", str(documents), "--index", str(tmp_path / "index")]
    done = subprocess.run(
        [*command, "--cluster", "local:1"], capture_output=True, text=True, cwd=ROOT, timeout=200,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "3 new; 3 passages embedded" in done.stdout
    assert "Traceback" not in done.stderr
