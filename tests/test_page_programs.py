"""The page for programs: its API over HTTP, its MCP tools by a real MCP client, accounts, a full queue."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from typer.testing import CliRunner

from eval.gold import load_gold
from eval.recording import responder
from eval.run import evaluate
from page.accounts import account, door
from page.filters import Filters
from page.records import Records
from page.serving import is_private
from rag import Index, ask
from rag.cli import cli
from rag.errors import OptionError
from tests.conftest import HARBOUR
from tests.test_page import FIRE, free_port

import app  # isort: skip

Serve = Callable[..., str]
# The clients, and gradio's own thread, leave sockets open and use what others call old.
pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


@pytest.fixture
def serve(library: Index) -> Iterator[Serve]:
    """Serve the small library and return the address."""
    served = []

    def start(**options: Any) -> str:
        blocks = app.build_app(library, writer="quote")
        served.append(blocks)
        return app.launch(blocks, port=free_port(), block=False, **options)

    yield start
    for blocks in served:
        blocks.close(verbose=False)
    gc.collect()


def post(address: str, path: str, body: object, opener: Any = None) -> Any:
    request = urllib.request.Request(address + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with (opener or urllib.request.build_opener()).open(request) as reply:
        return json.loads(reply.read())


def test_a_client_asks_and_searches(serve: Serve) -> None:
    from gradio_client import Client

    client = Client(serve(), verbose=False)
    answer = client.predict(FIRE, api_name="/ask")
    assert answer["status"] == "answered"
    assert all(citation["quote"] in HARBOUR for citation in answer["citations"])
    assert client.predict(FIRE, as_of="2020-01-01", api_name="/ask")["status"] == "abstained"
    hits = client.predict("harbour", 2, api_name="/search")
    assert hits[0]["title"] == "Harbour fire kills nine"
    with pytest.raises(Exception, match="no date"):
        client.predict(FIRE, as_of="soon", api_name="/ask")
    client.close()


def test_an_mcp_client_finds_and_uses_the_tools(serve: Serve) -> None:
    pytest.importorskip("mcp", reason="needs mcp: pip install 'footnote-rag[mcp]'")
    from mcp import ClientSession
    from mcp.client.streamable_http import streamable_http_client

    async def use(address: str) -> tuple[list[str], str, str]:
        async with (
            streamable_http_client(f"{address}gradio_api/mcp/") as (reads, writes, _),
            ClientSession(reads, writes) as session,
        ):
            await session.initialize()
            tools = [tool.name for tool in (await session.list_tools()).tools]
            answer = await session.call_tool("ask", {"question": FIRE})
            found = await session.call_tool("search", {"query": "night market", "k": 1})
            return tools, answer.content[0].text, found.content[0].text  # type: ignore[union-attr]

    tools, answer, found = asyncio.run(use(serve(mcp=True)))
    assert sorted(tools) == ["ask", "search"]
    assert "killed nine people" in answer
    assert "Night market returns to Ekeness" in found


def test_only_accounts_come_in_and_each_sees_its_own_history(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "accounts").write_text(f"# people\n{account('ann', 's3cret')}\n{account('bob', 'pass:word')}\n")
    address = serve(auth=str(tmp_path / "accounts"))
    with pytest.raises(urllib.error.HTTPError, match="401"):
        post(address, "gradio_api/run/page", {"data": [{"do": "start"}]})

    def login(name: str, password: str) -> Any:
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        opener.open(address + "login", urlencode({"username": name, "password": password}).encode()).read()
        return opener

    with pytest.raises(urllib.error.HTTPError, match="400"):
        login("ann", "pass:word")
    ann, bob = login("ann", "s3cret"), login("bob", "pass:word")
    event = post(address, "gradio_api/call/reply", {"data": [{"question": FIRE, "run": "1"}]}, ann)["event_id"]
    assert b"nine people" in ann.open(f"{address}gradio_api/call/reply/{event}").read()
    start = {"data": [{"do": "start"}]}
    assert FIRE in post(address, "gradio_api/run/page", start, ann)["data"][0]["conversations"]
    assert FIRE not in post(address, "gradio_api/run/page", start, bob)["data"][0]["conversations"]
    theirs = post(address, "gradio_api/run/page", {"data": [{"do": "sources", "turn": 1}]}, bob)
    assert "no longer in the history" in theirs["data"][0]["error"]


def test_mcp_and_passwords_do_not_go_together(library: Index) -> None:
    with pytest.raises(OptionError, match="knows no passwords"):
        app.launch(app.build_app(library), auth="ann:x", mcp=True)


@pytest.mark.parametrize("options", [{"root_path": "/archive"}, {"names": ["notes.example"]}, {"host": "0.0.0.0"}])
def test_a_page_that_others_reach_needs_a_door(library: Index, options: dict[str, Any]) -> None:
    assert not is_private(**{"host": "127.0.0.1", **options})
    with pytest.raises(OptionError, match="--auth NAME:PASSWORD, or --no-auth"):
        app.launch(app.build_app(library), block=False, **options)


def test_behind_a_proxy_each_browser_is_told_apart(serve: Serve) -> None:
    address = serve(root_path="/archive", open_to_all=True).removesuffix("archive/")
    with urllib.request.urlopen(address) as reply:
        assert reply.headers["Set-Cookie"].startswith("footnote_visitor=")


def test_a_page_answers_to_the_names_it_was_given(serve: Serve) -> None:
    address = serve(auth="ann:x", names=["Notes.example", ""])

    def status(host: str) -> int:
        request = urllib.request.Request(address + "healthz", headers={"Host": host})
        try:
            with urllib.request.urlopen(request) as reply:
                return int(reply.status)
        except urllib.error.HTTPError as error:
            return error.code

    asked = {"notes.example:8080": 200, "localhost": 200, "127.0.0.1:7860": 200, "other.example": 421, "": 421}
    assert {host: status(host) for host in asked} == asked


def test_what_the_server_itself_logs_is_json_too(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    try:
        serve(log_json=True)
        logging.getLogger("uvicorn.error").error("the roof is leaking")
    finally:
        root.handlers[:], root.level = before
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert "the roof is leaking" in [line["event"] for line in lines]


def test_a_door_tells_what_is_wrong_with_it(tmp_path: Path) -> None:
    assert door("ann:x")("ann", "x")
    assert not door("ann:x")("ann", "y")
    assert not door("ann:x")("bob", "x")
    for wrong, said in (("nowhere", "no such file"), (":x", "needs a name"), ("ann:", "needs a name")):
        with pytest.raises(OptionError, match=said):
            door(wrong)
    (tmp_path / "file").write_text("ann:plain\n")
    with pytest.raises(OptionError, match="footnote account ann"):
        door(str(tmp_path / "file"))


def test_a_full_queue_says_so(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("page.serving.N_WAITING", 1)
    monkeypatch.setattr("app.N_ANSWERING", 1)
    address = serve()
    asked = {"data": [{"question": FIRE, "run": "1"}]}
    with pytest.raises(urllib.error.HTTPError, match="503"):
        any(post(address, "gradio_api/call/reply", asked) is None for _ in range(8))


def test_a_file_outside_the_uploads_is_not_taken_in(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("The secret word is sesame. Nobody knows it.\n")
    given = {"do": "take_in", "path": str(tmp_path / "secret.txt"), "name": "secret.txt"}
    told = post(serve(), "gradio_api/run/page", {"data": [given]})["data"][0]
    assert "add the file again" in told["error"]


def test_feedback_is_exported_reviewed_and_asked(library: Index, tmp_path: Path) -> None:
    records = Records(library.folder)
    answer = ask(FIRE, library, writer="quote")
    records.judge("", records.keep("", None, answer, Filters(), "quote", stopped=False).id, "right", "")
    said = CliRunner().invoke(cli, ["feedback", "export", "--index", str(library.folder)])
    rows = [json.loads(line) for line in said.output.splitlines()]
    assert [(row["question"], row["review"]) for row in rows] == [(FIRE, "unreviewed")]
    gold = tmp_path / "feedback.jsonl"
    gold.write_text(said.output)
    assert CliRunner().invoke(cli, ["eval", "review", str(gold)], input="a\n").exit_code == 0
    again = evaluate(load_gold(gold), library, responder(library, writer="quote"))
    assert [row.right for row in again] == [True]


def test_an_account_is_a_line_with_a_hash(tmp_path: Path) -> None:
    said = CliRunner().invoke(cli, ["account", "ann"], input="s3cret\ns3cret\n")
    line = said.stdout.splitlines()[-1]
    (tmp_path / "accounts").write_text(line)
    assert "s3cret" not in line
    assert door(str(tmp_path / "accounts"))("ann", "s3cret")
