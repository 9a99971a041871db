"""An attacker at the running server: one server with accounts and one without, every attempt a test, nothing gained."""

from __future__ import annotations

import http.client
import io
import json
import logging
import re
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import pytest

from page import watching
from page.actions import Actions
from page.asking import Desk
from page.settings import Settings
from rag import Index
from tests.conftest import HARBOUR, MARKET
from tests.test_page import CHROMIUM, FIRE, free_port

import app  # isort: skip

SECRET = "The secret word is sesame."
PASSWORD = "correct-horse-battery"
XSS = (
    '"><script>window.hacked=1</script>',
    "<img src=x onerror=window.hacked=1>",
    "<svg/onload=window.hacked=1>",
    "javascript:window.hacked=1//",
    "<iframe srcdoc='<script>parent.hacked=1</script>'></iframe>",
    "${window.hacked=1}{{window.hacked=1}}",
)
TAG = re.compile(r"<(script|img|svg|iframe)\b")
pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


@dataclass
class Server:
    """A running server, and what an attacker knows of it."""

    address: str
    folder: Path
    index: Index
    called: list[str] = field(default_factory=list)  # what a host of the attacker's was asked for
    bait: str = ""  # its address
    log: io.StringIO = field(default_factory=io.StringIO)

    def send(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, bytes, dict[str, str]]:
        """Status, body and headers; the path goes out as it is given."""
        connection = http.client.HTTPConnection(urlsplit(self.address).netloc, timeout=60)
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        reply = connection.getresponse()
        said = reply.status, reply.read(), {name.lower(): value for name, value in reply.getheaders()}
        connection.close()
        return said

    def post(self, path: str, given: object, **headers: str) -> tuple[int, Any]:
        body = json.dumps(given).encode()
        status, said, _ = self.send("POST", path, body, Content_Type="application/json", **headers)
        try:
            return status, json.loads(said)
        except ValueError:
            return status, said.decode(errors="replace")

    def do(self, **given: Any) -> dict[str, Any]:
        """One of the page's own requests."""
        status, said = self.post("/gradio_api/run/page", {"data": [given]})
        assert status == 200, said
        told: dict[str, Any] = said["data"][0]
        return told

    def upload(self, content: bytes, name: str = "x.txt") -> tuple[int, Any]:
        edge = "----edge"
        head = f'--{edge}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'
        body = head.encode("utf-8", "surrogateescape") + content + f"\r\n--{edge}--\r\n".encode()
        kind = f"multipart/form-data; boundary={edge}"
        status, said, _ = self.send("POST", "/gradio_api/upload", body, Content_Type=kind)
        return status, json.loads(said)

    def take_in(self, content: bytes, name: str) -> dict[str, Any]:
        status, [path] = self.upload(content, "x.txt")
        assert status == 200
        return self.do(do="take_in", path=path, name=name)

    def ask(self, question: str) -> dict[str, Any]:
        status, said = self.post("/gradio_api/call/v2/ask", {"question": question})
        assert status == 200, said
        _, told, _ = self.send("GET", f"/gradio_api/call/ask/{said['event_id']}")
        answer: dict[str, Any] = json.loads(told.decode().split("event: complete\ndata: ")[1].split("\n")[0])[0]
        return answer

    def files(self) -> set[str]:
        """Every file near the library, by its path under the folder."""
        return {str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server over two documents, and a host of the attacker's that notes who calls."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "documents").mkdir()
    (folder / "documents" / "harbour.txt").write_text(HARBOUR, encoding="utf-8")
    (folder / "documents" / "market.txt").write_text(MARKET, encoding="utf-8")
    (folder / "secret.txt").write_text(SECRET, encoding="utf-8")
    index = Index.open(folder / "index")
    index.add(folder / "documents")
    called: list[str] = []

    class Bait(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            called.append(self.path)
            self.send_response(200)
            self.end_headers()

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    bait = HTTPServer(("127.0.0.1", 0), Bait)
    threading.Thread(target=bait.serve_forever, daemon=True).start()
    log, root = io.StringIO(), logging.getLogger()
    before = root.handlers[:], root.level
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("GRADIO_ALLOWED_PATHS", "/")  # what somebody may have set for another program
        watching.write_json(log)
        blocks = app.build_app(index, writer="quote")
        address = app.launch(blocks, port=free_port(), block=False, upload_mb=2)
        yield Server(address, folder, index, called, f"http://127.0.0.1:{bait.server_port}", log)
        blocks.close(verbose=False)
    root.handlers[:], root.level = before
    bait.shutdown()
    bait.server_close()


@pytest.fixture(scope="module")
def locked(server: Server) -> Iterator[Server]:
    """The same library behind a password."""
    blocks = app.build_app(server.index, writer="quote")
    address = app.launch(blocks, port=free_port(), block=False, auth=f"ann:{PASSWORD}")
    yield Server(address, server.folder, server.index, log=server.log)
    blocks.close(verbose=False)


# Files


@pytest.mark.parametrize("where", ["file=", "file/", "proxy=", "stream/"])
@pytest.mark.parametrize(
    "path", ["{secret}", "/etc/passwd", "{index}/footnote.sqlite", "..%2f..%2f..%2fetc%2fpasswd", "file:///etc/passwd"]
)
def test_no_file_is_served(server: Server, where: str, path: str) -> None:
    path = path.format(secret=server.folder / "secret.txt", index=server.index.folder)
    status, said, _ = server.send("GET", f"/gradio_api/{where}{path}")
    assert status in (403, 404)
    assert b"sesame" not in said
    assert b"root:" not in said
    assert b"SQLite" not in said


def test_an_upload_is_not_served_either(server: Server) -> None:
    _, [path] = server.upload(b"<script>window.hacked=1</script>", "page.html")
    for where in (f"/gradio_api/file={path}", f"/file={path}", f"/gradio_api/file={quote(path)}"):
        assert server.send("GET", where)[0] == 404


@pytest.mark.parametrize(
    "path",
    [
        "/assets/../../../../etc/passwd",
        "/assets/..%2f..%2f..%2f..%2fetc%2fpasswd",
        "/static/%2e%2e/%2e%2e/etc/passwd",
        "/svelte/....//....//etc/passwd",
        "//etc/passwd",
        "/static/..%5c..%5cwindows%5cwin.ini",
        "/assets//etc/passwd",
    ],
)
def test_the_folders_of_the_page_cannot_be_left(server: Server, path: str) -> None:
    status, said, _ = server.send("GET", path)
    assert status in (403, 404)
    assert b"root:" not in said


@pytest.mark.parametrize(
    "name",
    [
        "../../../escaped.txt",
        "/etc/escaped.txt",
        "..\\..\\escaped.txt",
        "....//escaped.txt",
        "a/../../../../escaped.txt",
        "escaped\x00.txt",
        "escaped\n.txt",
        "~/escaped.txt",
        "$HOME/`id`;escaped.txt",
        "\u202etxt.escaped.txt",
        "a/" * 500 + "escaped.txt",
        "e" * 5000 + ".txt",
        "../footnote.sqlite.txt",
        "CON.txt",
        "..",
        "/",
    ],
)
def test_no_name_leaves_the_uploads(server: Server, name: str) -> None:
    before = server.files()
    told = server.take_in(b"Escaped notes\n\nThis note should stay in its folder, where it belongs.\n", name)
    assert told.get("state") in ("new", "updated", "unchanged", "failed")
    uploads = f"{server.index.folder.name}/uploads/"
    assert [
        file
        for file in server.files() - before
        if not file.startswith((uploads, f"{server.index.folder.name}/footnote"))
    ] == []
    assert not list(Path("/etc").glob("escaped*"))
    for kept in (server.index.folder / "uploads").rglob("*"):
        assert re.fullmatch(r"[\w .()+,&-]+", kept.name)
        assert not kept.is_symlink()


@pytest.mark.parametrize("name", ["../../x.txt", "/tmp/x.txt", "\x00.txt", "a\r\nX-Header: 1.txt"])
def test_the_name_in_the_upload_itself_does_not_count(server: Server, name: str) -> None:
    status, said = server.upload(b"some words", name)
    if status == 200:
        assert Path(said[0]).resolve().is_relative_to(_uploads())


@pytest.mark.parametrize(
    "path", ["{secret}", "/etc/passwd", "../../../../etc/passwd", "{uploads}/../../etc/passwd", ""]
)
@pytest.mark.parametrize("deed", ["take_in", "unpack"])
def test_only_uploads_are_taken_in(server: Server, deed: str, path: str) -> None:
    path = path.format(secret=server.folder / "secret.txt", uploads=_uploads())
    assert "error" in server.do(do=deed, path=path, name="mine.txt")
    assert not [hit for hit in server.index.search("sesame", mode="lexical") if "sesame" in hit.passage.text]


def test_a_link_among_the_uploads_is_not_followed(server: Server) -> None:
    _, [path] = server.upload(b"some words", "x.txt")
    link = Path(path).with_name("link.txt")
    link.unlink(missing_ok=True)
    link.symlink_to(server.folder / "secret.txt")
    assert "error" in server.do(do="take_in", path=str(link), name="link.txt")


@pytest.mark.parametrize("deed", ["document", "page", "suggest"])
@pytest.mark.parametrize("doc", ["/etc/passwd", "../secret.txt", "' OR 1=1 --", "%00"])
def test_a_document_is_named_by_its_id_only(server: Server, deed: str, doc: str) -> None:
    told = server.do(do=deed, doc=doc, page=1, name=doc)
    assert "no longer in the index" in told["error"]


@pytest.mark.parametrize("source", ["{secret}", "/etc/passwd", "../secret.txt"])
@pytest.mark.parametrize("deed", ["remove", "bring_back"])
def test_no_other_file_is_removed_or_brought_back(server: Server, deed: str, source: str) -> None:
    source = source.format(secret=server.folder / "secret.txt")
    assert "error" in server.do(do=deed, source=source)
    assert (server.folder / "secret.txt").read_text(encoding="utf-8") == SECRET


def test_deleting_a_document_leaves_the_users_own_file(server: Server) -> None:
    own = server.folder / "documents" / "market.txt"
    assert server.do(do="remove", source=str(own))["undo"] is True
    assert own.read_text(encoding="utf-8") == MARKET
    assert server.do(do="bring_back", source=str(own))["state"] == "new"


@pytest.mark.parametrize("member", ["../../escaped.txt", "/escaped.txt", "a/../../../escaped.txt", "..\\escaped.txt"])
def test_a_zip_cannot_climb_out(server: Server, member: str) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(member, "Climbing\n\nThis text climbs out of its archive.\n")
    before = server.files()
    _, [path] = server.upload(packed.getvalue(), "x.zip")
    for file in server.do(do="unpack", path=path).get("files", []):
        assert Path(file["path"]).resolve().is_relative_to(_uploads())
        server.do(do="take_in", path=file["path"], name=file["name"])
    new = [file for file in server.files() - before if "/uploads/" not in file and "/footnote" not in file]
    assert new == []


def test_a_zip_bomb_is_not_unpacked(server: Server) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(6000):
            archive.writestr(f"{number}.txt", "")
    _, [path] = server.upload(packed.getvalue(), "x.zip")
    assert "holds too much" in server.do(do="unpack", path=path)["error"]


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"MZ\x90\x00 program", "notes.txt"),
        (b"\x7fELF", "notes.md"),
        (b"\x89PNG\r\n", "page.html"),
        (b"words", "paper.pdf"),
        (b"words", "paper.docx"),
        (b"PK\x03\x04", "notes.txt"),
        (b"#!/bin/sh", "run.sh"),
        (b"words", "page.svg"),
        (b"x", "x.pkl"),
    ],
)
def test_a_file_is_what_it_is_and_not_what_it_is_called(server: Server, content: bytes, name: str) -> None:
    told = server.take_in(content, name)
    assert told["state"] == "failed"
    assert not list((server.index.folder / "uploads").rglob(name))


# Sizes and rates


def test_a_large_upload_is_refused_before_it_is_read(server: Server) -> None:
    status, said, _ = server.send("POST", "/gradio_api/upload", None, Content_Length=str(10**12))
    assert status == 413
    assert b"MB at most" in said


def test_a_large_upload_that_hides_its_size_is_cut_off(server: Server) -> None:
    def pieces() -> Iterator[bytes]:
        yield b'------edge\r\nContent-Disposition: form-data; name="files"; filename="x.txt"\r\n\r\n'
        for _ in range(40):
            yield b"x" * 100_000

    connection = http.client.HTTPConnection(urlsplit(server.address).netloc, timeout=30)
    try:
        headers = {"Content-Type": "multipart/form-data; boundary=----edge", "Transfer-Encoding": "chunked"}
        connection.request("POST", "/gradio_api/upload", pieces(), headers, encode_chunked=True)
        assert connection.getresponse().status == 413
    except (BrokenPipeError, ConnectionResetError):
        pass  # cut off while sending
    finally:
        connection.close()
    assert server.send("GET", "/healthz")[0] == 200


@pytest.mark.parametrize(
    "path", ["/gradio_api/run/page", "/gradio_api/call/v2/ask", "/gradio_api/queue/join", "/login"]
)
def test_a_large_request_is_refused(server: Server, path: str) -> None:
    assert server.send("POST", path, b'{"data": ["' + b"x" * 2_000_000 + b'"]}')[0] == 413


def test_a_very_long_question_is_refused(server: Server) -> None:
    _, said = server.post("/gradio_api/call/v2/ask", {"question": "why " * 100_000})
    _, told, _ = server.send("GET", f"/gradio_api/call/ask/{said['event_id']}")
    assert b"too long" in told


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'{"data": null}', b'{"data": [null]}', b'{"data": [{"do": {}}]}', b"\xff\xfe", b"[" * 100_000],
)
def test_nonsense_is_refused_and_nothing_breaks(server: Server, body: bytes) -> None:
    status, said, _ = server.send("POST", "/gradio_api/run/page", body, Content_Type="application/json")
    assert status < 600
    assert b"Traceback" not in said
    assert server.send("GET", "/healthz")[0] == 200


def test_too_many_requests_are_told_to_wait() -> None:
    from page.limits import Rate

    rate = Rate(0.001, 3)
    assert [rate.allows("one") for _ in range(4)] == [True, True, True, False]
    assert rate.allows("another")


# Who may


@pytest.mark.parametrize(
    "path", ["/gradio_api/info", "/config", "/gradio_api/queue/data?session_hash=x", "/gradio_api/call/ask/x"]
)
def test_nothing_is_told_without_a_password(locked: Server, path: str) -> None:
    status, said, _ = locked.send("GET", path)
    assert status == 401
    assert b"Lindby" not in said


@pytest.mark.parametrize(
    "path", ["run/page", "call/reply", "call/ask", "call/v2/ask", "call/search", "queue/join", "upload"]
)
def test_nothing_is_done_without_a_password(locked: Server, path: str) -> None:
    given = {"data": [{"do": "start", "question": FIRE}], "question": FIRE, "fn_index": 0, "session_hash": "x"}
    assert locked.post(f"/gradio_api/{path}", given)[0] == 401


@pytest.mark.parametrize(
    "given",
    [
        ("ann", "wrong"),
        ("ann", ""),
        ("", ""),
        ("ann' OR '1'='1", "x"),
        ("ann", PASSWORD + " "),
        ("ann", PASSWORD.upper()),
        ("ANN", PASSWORD),
        ("ann\x00", PASSWORD),
    ],
)
def test_a_wrong_password_does_not_open(locked: Server, given: tuple[str, str]) -> None:
    body = urlencode({"username": given[0], "password": given[1]}).encode()
    kind = "application/x-www-form-urlencoded"
    status, _, headers = locked.send("POST", "/login", body, Content_Type=kind)
    assert status in (400, 401, 422, 429)
    assert "set-cookie" not in headers


@pytest.mark.parametrize("cookie", ["access-token=x", "access-token-unsecure=ann", "access-token=../../x; user=ann"])
def test_a_made_up_cookie_does_not_open(locked: Server, cookie: str) -> None:
    assert locked.post("/gradio_api/run/page", {"data": [{"do": "start"}]}, Cookie=cookie)[0] == 401


def test_claiming_to_be_somebody_in_a_header_does_not_help(locked: Server) -> None:
    headers = {"X_Footnote_Visitor": "ann", "X_Forwarded_User": "ann", "Authorization": "Basic YW5uOng="}
    assert locked.post("/gradio_api/run/page", {"data": [{"do": "start"}]}, **headers)[0] == 401


def test_guessing_passwords_is_slowed_down(locked: Server) -> None:
    body = urlencode({"username": "ann", "password": "guess"}).encode()
    kind = "application/x-www-form-urlencoded"
    assert 429 in [locked.send("POST", "/login", body, Content_Type=kind)[0] for _ in range(14)]


def test_a_page_of_another_site_can_do_nothing(server: Server) -> None:
    given = {"data": [{"do": "library"}]}
    assert server.post("/gradio_api/run/page", given, Origin="http://evil.example")[0] == 403
    assert server.post("/gradio_api/run/page", given, Sec_Fetch_Site="cross-site")[0] == 403
    assert server.post("/gradio_api/run/page", given, Host="evil.example")[0] in (403, 421)
    assert server.send("GET", "/", Host="evil.example:7860")[0] == 421


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/monitoring"),
        ("POST", "/gradio_api/vibe-edit"),
        ("GET", "/gradio_api/vibe-code"),
        ("GET", "/docs"),
        ("GET", "/gradio_api/deep_link"),
        ("POST", "/gradio_api/process_recording"),
        ("GET", "/gradio_api/dev/reload"),
        ("GET", "/gradio_api/custom_component/x/client/y/z"),
        ("GET", "/gradio_api/run-history/records"),
        ("GET", "/gradio_api/token"),
        ("PUT", "/"),
        ("DELETE", "/gradio_api/run/page"),
        ("TRACE", "/"),
        ("GET", "/openapi.json"),
        ("POST", "/gradio_api/component_server"),
        ("GET", "/.env"),
        ("GET", "/.git/config"),
    ],
)
def test_addresses_that_the_page_does_not_need_do_not_exist(server: Server, method: str, path: str) -> None:
    assert server.send(method, path)[0] in (404, 405)


def test_figures_are_for_this_machine_only(server: Server) -> None:
    assert server.send("GET", "/metrics")[0] == 200
    assert server.send("GET", "/metrics", X_Forwarded_For="203.0.113.5")[0] == 404


def test_the_network_must_be_opened_aloud(server: Server) -> None:
    from rag.errors import OptionError

    for host in ("0.0.0.0", "::", "192.0.2.7"):
        with pytest.raises(OptionError, match="--auth NAME:PASSWORD, or --no-auth"):
            app.launch(app.build_app(server.index), host=host)
    with pytest.raises(OptionError, match="contradict"):
        app.launch(app.build_app(server.index), auth="ann:x", open_to_all=True)


def test_strangers_do_not_see_each_others_questions(server: Server) -> None:
    blocks = app.build_app(server.index, writer="quote")
    port = free_port()
    app.launch(blocks, host="0.0.0.0", port=port, block=False, open_to_all=True)
    open_server = Server(f"http://127.0.0.1:{port}/", server.folder, server.index)
    try:
        _, _, headers = open_server.send("GET", "/")
        mine = headers["set-cookie"].split(";")[0]
        assert "HttpOnly" in headers["set-cookie"]
        _, said = open_server.post("/gradio_api/call/reply", {"data": [{"question": FIRE, "run": "1"}]}, Cookie=mine)
        open_server.send("GET", f"/gradio_api/call/reply/{said['event_id']}", Cookie=mine)
        start = {"data": [{"do": "conversations"}]}
        _, seen = open_server.post("/gradio_api/run/page", start, Cookie=mine)
        assert FIRE in seen["data"][0]["conversations"]
        for theirs in ("", "footnote_visitor=" + "x" * 32):
            _, seen = open_server.post(
                "/gradio_api/run/page", start, Cookie=theirs, X_Footnote_Visitor=mine.split("=")[1]
            )
            assert FIRE not in seen["data"][0]["conversations"]
            _, seen = open_server.post("/gradio_api/run/page", {"data": [{"do": "sources", "turn": 1}]}, Cookie=theirs)
            assert "no longer in the history" in seen["data"][0]["error"]
    finally:
        blocks.close(verbose=False)


# Texts


@pytest.mark.parametrize("payload", XSS)
def test_what_documents_titles_and_file_names_say_is_never_html(server: Server, payload: str) -> None:
    text = f"{payload} report\n\nThe {payload} lighthouse of Marstad was painted {payload} green by nine sailors.\n"
    told = server.take_in(text.encode(), f"{payload}.txt".replace("/", "∕"))
    assert told["state"] == "new"
    held = next(document for document in server.index.documents.values() if document.text == text.strip())
    shown = [told, server.do(do="library"), server.do(do="document", doc=held.doc_id, start=0, end=20)]
    shown += [server.do(do="conversations", sought=payload), server.do(do="suggest", doc=held.doc_id)]
    assert not any("error" in html or TAG.search(json.dumps(html)) for html in shown)


def test_what_questions_and_answers_say_is_never_html(server: Server) -> None:
    payloads = " ".join(XSS)
    text = f"{payloads}\n\nThe lighthouse of Ferring was painted green by nine sailors {payloads}.\n"
    server.take_in(text.encode(), "lighthouse.txt")
    question = f"Who painted the lighthouse of Ferring? {payloads}"
    _, said = server.post("/gradio_api/call/reply", {"data": [{"question": question, "run": payloads}]})
    _, streamed, _ = server.send("GET", f"/gradio_api/call/reply/{said['event_id']}")
    turn = max(int(number) for number in re.findall(r'"turn": ?(\d+)', streamed.decode()))
    shown = [server.do(do=deed, turn=turn) for deed in ("sources", "copy")] + [server.do(do="conversations")]
    assert "Ferring" in streamed.decode()
    assert not TAG.search(streamed.decode())
    assert not any(TAG.search(json.dumps(html)) for html in (shown[0], shown[2]))


def test_nothing_runs_in_a_real_browser(server: Server) -> None:
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install playwright")
    if CHROMIUM is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    text = "\n\n".join([f"Report {XSS[1]}", *(f"The harbour of {p} has nine ships, says {p}." for p in XSS)])
    server.take_in(text.encode(), f"{XSS[1]}.txt".replace("/", "_"))
    errors: list[str] = []
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.set_default_timeout(200_000)
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.goto(server.address)
        page.locator("#footnote[data-ready]").wait_for()
        page.get_by_label("Your question").fill(f"How many ships? {XSS[1]}")
        page.get_by_label("Your question").press("Enter")
        page.locator("#turn-1 :is(.meta, .failure)").wait_for()
        page.get_by_role("button", name="Documents", exact=True).click()
        assert page.evaluate("window.hacked") is None
        # The policy holds even where something did run: no other server is reached.
        reached = page.evaluate(
            "fetch($bait).then(() => 'reached', () => 'blocked')".replace("$bait", json.dumps(server.bait))
        )
        browser.close()
    assert reached == "blocked"
    assert [error for error in errors if "Content Security Policy" in error and server.bait not in error] == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "remote.html",
            '<html><head><link rel=stylesheet href="{bait}/css"><script src="{bait}/js"></script></head><body>'
            '<h1>Remote</h1><p>The mast of Solvik was sold to nine fishers.</p><img src="{bait}/img">'
            '<iframe src="{bait}/frame"></iframe></body></html>',
        ),
        ("remote.md", "# Remote\n\n![x]({bait}/img) The mast of Solvik was sold to nine fishers. [x]({bait}/link)\n"),
        ("remote.txt", "Remote\n\nThe mast of Solvik was sold to nine fishers, see {bait}/text for more.\n"),
        (
            "remote.eml",
            "From: a@b.example\nSubject: Remote\nContent-Type: text/html\n\n<p>The mast of Solvik was sold to nine "
            'fishers.</p><img src="{bait}/mail">\n',
        ),
        (
            "remote.jsonl",
            '{{"title": "Remote", "text": "The mast of Solvik was sold to nine fishers.", "url": "{bait}/url"}}\n',
        ),
        (
            "entity.html",
            '<!DOCTYPE r [<!ENTITY x SYSTEM "{bait}/entity">]><html><body><p>The mast of Solvik was sold to nine '
            "fishers &x;.</p></body></html>",
        ),
    ],
)
def test_no_address_in_a_document_is_fetched(server: Server, name: str, text: str) -> None:
    server.take_in(text.format(bait=server.bait).encode(), name)
    if name.startswith("remote.html"):
        server.ask("Who bought the mast of Solvik?")
    assert server.called == []


@pytest.mark.parametrize("given", ["{bait}/x", "file:///etc/passwd", "http://169.254.169.254/latest/meta-data"])
def test_no_address_in_a_request_is_fetched(server: Server, given: str) -> None:
    given = given.format(bait=server.bait)
    assert "error" in server.do(do="take_in", path=given, name="x.txt")
    server.send("GET", f"/gradio_api/file={given}")
    server.send("GET", f"/gradio_api/proxy={given}")
    file = {"path": given, "url": given, "meta": {"_type": "gradio.FileData"}}
    server.post("/gradio_api/run/page", {"data": [{"do": "take_in", "path": file, "name": "x.txt"}]})
    server.post("/gradio_api/call/ask", {"data": [file, "", "", "", 8]})
    server.post("/gradio_api/call/search", {"data": [given, 3, "", ""]})
    assert server.called == []


def test_nobody_from_outside_names_a_model(server: Server) -> None:
    desk = Desk(server.index, Settings("quote"), choose_models=False)
    for model in (f"{server.bait}/model", "../../models", "some/model"):
        told = Actions(desk, _uploads()).do("mallory", {"do": "set", "settings": {"writer": "local", "model": model}})
        assert "who serves this page chooses the model" in told["error"]
    assert desk.settings("mallory") == Settings("quote")


# What is said


def test_every_reply_tells_the_browser_what_it_may(server: Server) -> None:
    for path in ("/", "/config", "/healthz", "/nowhere", "/theme.css"):
        _, _, headers = server.send("GET", path)
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "connect-src 'self'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert re.fullmatch(r"[0-9a-f]{16}", headers["x-request-id"])


def test_an_answer_is_found_in_the_log_by_its_request(server: Server) -> None:
    answer = server.ask(FIRE)
    lines = [json.loads(line) for line in server.log.getvalue().splitlines()]
    mine = [line for line in lines if line.get("request") == answer["request"]]
    assert {"request", "answer"} <= {line["event"] for line in mine}
    figures = server.send("GET", "/metrics")[1].decode()
    assert 'footnote_answers_total{status="answered"}' in figures
    assert "footnote_passages" in figures


def test_no_secret_is_in_the_log(server: Server, locked: Server) -> None:
    body = urlencode({"username": "ann", "password": PASSWORD}).encode()
    locked.send("POST", "/login", body, Content_Type="application/x-www-form-urlencoded")
    locked.send("GET", f"/config?token={PASSWORD}&api_key={PASSWORD}")
    logging.getLogger("elsewhere").error("could not log in: password=%s", PASSWORD)
    said = server.log.getvalue()
    assert said
    for secret in (PASSWORD, "sesame", "Lindby", "access-token"):
        assert secret not in said


def test_nothing_that_ships_reads_a_pickle_or_runs_foreign_code() -> None:
    from tests.conftest import ROOT

    told = {"rag/parsing.py", "rag/workers.py"}  # pickles between a process and its own child, never from a file
    for path in (path for package in ("rag", "embeddings", "page") for path in (ROOT / package).rglob("*.py")):
        code = path.read_text(encoding="utf-8")
        name = str(path.relative_to(ROOT))
        assert not re.search(r"trust_remote_code\s*=\s*True", code), name
        assert name in told or not re.search(
            r"import pickle|pickle\.load|torch\.load\(|joblib|allow_pickle\s*=\s*True", code
        ), name
        assert not re.search(r"(?<![.\w])(eval|exec)\(|os\.system\(|shell\s*=\s*True", code), name


def _uploads() -> Path:
    from gradio.utils import get_upload_folder

    return Path(get_upload_folder()).resolve()
