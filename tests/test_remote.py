"""Folders that are not on this machine: fsspec's own filesystems, a listing over HTTP, a real S3 server on loopback."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import fsspec
import pytest

from rag import Index
from rag.errors import OptionError, UnreadableFile
from rag.parsers.articles import document_id
from rag.remote import fetched, is_url, listed
from tests.conftest import HARBOUR, MARKET
from tests.test_changes import Bags


def test_memory_is_listed_and_fetched() -> None:
    memory = fsspec.filesystem("memory")
    memory.pipe({"/news/a.txt": b"one", "/news/deep/b c.txt": b"two", "/news/.hidden.txt": b"no"})
    found = list(listed("memory://news"))
    assert [file.url for file in found] == ["memory:///news/a.txt", "memory:///news/deep/b c.txt"]
    assert [(file.size, file.suffix) for file in found] == [(3, ".txt"), (3, ".txt")]
    with fetched(found[1]) as copy:
        assert (copy.name, copy.read_text(encoding="utf-8")) == ("b c.txt", "two")
    assert not copy.exists()
    assert list(listed("memory://news")) == found
    memory.pipe("/news/a.txt", b"won")
    assert list(listed("memory://news")) != found


def test_the_local_filesystem_by_its_url(tmp_path: Path, documents: Path) -> None:
    index, url = Index.open(tmp_path / "index", embedder=Bags()), documents.as_uri()
    report = index.add(url)
    assert [file.source for file in report.files] == [f"{url}/{name}.txt" for name in ("harbour", "market", "weather")]
    [harbour] = [document for document in index.documents.values() if document.title == "Harbour fire kills nine"]
    assert harbour.source == f"{url}/harbour.txt"
    assert harbour.doc_id == document_id(harbour.source, harbour.title, 0)
    assert {hit.passage.doc_id for hit in index.search("ferries", 9)} == set(index.documents)
    assert index.add(url).count("unchanged") == 3
    index.remove(harbour.source)
    assert len(index.documents) == 2


def test_one_file_is_a_root_too(tmp_path: Path, documents: Path) -> None:
    index = Index.open(tmp_path / "index", embedder=Bags())
    assert [file.state for file in index.add((documents / "market.txt").as_uri()).files] == ["new"]


def test_a_broken_file_is_named_by_its_address(tmp_path: Path, documents: Path) -> None:
    (documents / "broken.pdf").write_bytes(b"%PDF-1.7 nothing")
    url = documents.as_uri()
    [failed] = Index.open(tmp_path / "index", embedder=Bags()).add(url).failed
    assert failed.source == f"{url}/broken.pdf"
    assert f"{url}/broken.pdf" in failed.reason
    assert "/footnote-" not in failed.reason


@pytest.mark.parametrize("url", ["memory://nothing/here", "file:///nothing/here", "nonsense://bucket"])
def test_what_is_not_there_is_an_error_before_anything_is_done(tmp_path: Path, documents: Path, url: str) -> None:
    index = Index.open(tmp_path / "index", embedder=Bags())
    with pytest.raises(UnreadableFile, match=url):
        index.add(documents, url)
    assert len(index) == 0


def test_an_address_with_a_password_is_refused(tmp_path: Path) -> None:
    index = Index.open(tmp_path / "index", embedder=Bags())
    with pytest.raises(OptionError, match="set it in the environment") as refused:
        index.add("https://me:hush@example.org/reports")
    assert "hush" not in str(refused.value)
    assert is_url("s3://bucket")
    assert not is_url("/srv/reports")


Asked = list[tuple[str, str]]


@pytest.fixture
def listing(documents: Path) -> Iterator[tuple[str, Asked]]:
    """The folder as a web server lists it, and what it was asked for."""
    pytest.importorskip("aiohttp", reason="needs the extra 'remote'")
    asked: Asked = []

    class Listing(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            asked.append((self.command, self.path))

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Listing, directory=str(documents))) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/", asked
        server.shutdown()
        thread.join()


def test_a_listing_over_http(tmp_path: Path, documents: Path, listing: tuple[str, Asked]) -> None:
    url, asked = listing
    index = Index.open(tmp_path / "index", embedder=Bags())
    assert index.add(url).count("new") == 3
    assert f"{url}harbour.txt" in [source.source for source in index.sources()]
    asked.clear()
    report = index.add(url)
    assert report.count("unchanged") == 3
    assert report.n_embedded == 0


@pytest.fixture(scope="module")
def s3() -> Iterator[tuple[Any, Asked]]:
    """A client of a real S3 server on loopback that holds an empty bucket, and what the server was asked for."""
    for package in ("moto", "s3fs", "boto3", "flask"):
        pytest.importorskip(package, reason="needs the extra 'remote', moto and flask")
    import boto3
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    asked: Asked = []
    application = DomainDispatcherApplication(create_backend_app)

    def counted(environ: dict[str, Any], start: Callable[..., Any]) -> Any:
        asked.append((environ["REQUEST_METHOD"], environ["PATH_INFO"]))
        return application(environ, start)

    server = make_server("127.0.0.1", 0, counted, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    environment = pytest.MonkeyPatch()
    url = f"http://127.0.0.1:{server.server_port}"
    for name, value in {"AWS_ENDPOINT_URL": url, "AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s",
                        "AWS_DEFAULT_REGION": "us-east-1"}.items():  # fmt: skip
        environment.setenv(name, value)
    client = boto3.client("s3")
    client.create_bucket(Bucket="archive")
    yield client, asked
    environment.undo()
    server.shutdown()
    thread.join()


def test_a_bucket_of_s3(tmp_path: Path, s3: tuple[Any, Asked]) -> None:
    client, asked = s3
    for name, text in {"2021/harbour.txt": HARBOUR, "2022/market.txt": MARKET, "note.bin": "no document"}.items():
        client.put_object(Bucket="archive", Key=f"news/{name}", Body=text.encode())
    index = Index.open(tmp_path / "index", embedder=Bags())
    report = index.add("s3://archive/news")
    assert [(file.source, file.state) for file in report.files] == [
        ("s3://archive/news/2021/harbour.txt", "new"),
        ("s3://archive/news/2022/market.txt", "new"),
        ("s3://archive/news/note.bin", "skipped"),
    ]

    asked.clear()
    assert index.add("s3://archive/news/").count("unchanged") == 2
    assert [path for method, path in asked if path.endswith(".txt")] == []  # told from the listing alone

    client.put_object(Bucket="archive", Key="news/2022/market.txt", Body=MARKET.replace("300", "400").encode())
    client.delete_object(Bucket="archive", Key="news/2021/harbour.txt")
    report = index.add("s3://archive/news", prune=True)
    assert {file.source.rpartition("/")[2]: file.state for file in report.files} == {
        "market.txt": "updated", "harbour.txt": "removed", "note.bin": "skipped"
    }  # fmt: skip
    assert "400 traders" in index.search("traders")[0].passage.text
    assert len(index.documents) == 1
