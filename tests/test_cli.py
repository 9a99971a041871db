"""The command line as a user or a program meets it, and the promise that nothing leaves the machine."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rag import Index
from tests.conftest import ROOT

FOOTNOTE = [sys.executable, "-m", "rag.cli"]
QUESTION = "How many people did the fire in the harbour kill?"


def footnote(*words: object, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([*FOOTNOTE, *map(str, words)], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == code, done.stderr
    return done


@pytest.fixture
def folder(library: Index) -> Path:
    library.close()
    return library.folder


def test_help_names_every_command() -> None:
    said = footnote("--help").stdout
    for command in ("index", "ask", "serve", "sources", "remove", "compact", "eval", "doctor"):
        assert f" {command} " in said


def test_index_reports_each_bad_file_and_goes_on(tmp_path: Path, documents: Path) -> None:
    (documents / "broken.pdf").write_bytes(b"%PDF-1.4 and then nothing")
    words = ("index", documents, "--index", tmp_path / "new")
    said = footnote(*words).stdout
    assert "3 new, 1 failed" in said
    assert "broken.pdf" in said
    again = json.loads(footnote(*words, "--strict", "--json", code=1).stdout)
    assert [file["state"] for file in again["files"]] == ["failed", "unchanged", "unchanged", "unchanged"]
    assert again["n_embedded"] == 0


def test_ask_prints_the_answer_and_its_quote(folder: Path) -> None:
    said = footnote("ask", QUESTION, "--index", folder, "--writer", "quote").stdout
    assert "killed nine people" in said
    assert "Harbour fire kills nine · 2021-05-04 · harbour.txt" in said


def test_ask_as_json_is_one_object(folder: Path) -> None:
    answer = json.loads(footnote("ask", QUESTION, "--index", folder, "--writer", "quote", "--json").stdout)
    assert answer["status"] == "answered"
    assert answer["citations"][0]["quote"] in answer["text"]


def test_sources_and_remove(folder: Path) -> None:
    listed = json.loads(footnote("sources", "--index", folder, "--json").stdout)
    assert [Path(row["source"]).name for row in listed] == ["harbour.txt", "market.txt", "weather.txt"]
    assert "2021-05-04  Harbour fire kills nine" in footnote("sources", "--index", folder).stdout
    footnote("remove", listed[0]["documents"][0]["doc_id"], listed[1]["source"], "--index", folder)
    left = json.loads(footnote("sources", "--index", folder, "--json").stdout)
    assert [Path(row["source"]).name for row in left] == ["weather.txt"]
    assert "1 passages" in footnote("compact", "--index", folder).stdout
    assert json.loads(footnote("sources", "--index", folder, "--json").stdout) == left


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("ask", QUESTION, "--index", "/no/such/index"), "make one with: footnote index"),
        (("remove", "nothing", "--index", "{folder}"), "footnote sources"),
        (("index", "/no/such/file", "--index", "{folder}"), "/no/such/file"),
        (("ask", QUESTION, "--writer", "poet", "--index", "{folder}"), "quote, local, openai"),
        (("eval", "--gold", "/no/such/gold", "--index", "{folder}"), "/no/such/gold"),
    ],
)
def test_a_mistake_is_one_line_that_says_what_to_do(folder: Path, words: tuple[str, ...], says: str) -> None:
    done = footnote(*(word.format(folder=folder) for word in words), code=2)
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_no_passages_are_no_answer() -> None:
    assert "for '-k'" in footnote("ask", "Who?", "-k", "0", code=2).stderr


def test_mending_what_cannot_be_read_fails_and_keeps_every_damaged_file(tmp_path: Path) -> None:
    for n, name in enumerate(("footnote.sqlite.damaged", "footnote.sqlite.damaged-2", "footnote.sqlite.damaged-3")):
        torn = b"no database " * 500 + bytes([n])
        (tmp_path / "footnote.sqlite").write_bytes(torn)
        done = footnote("mend", "--index", tmp_path, code=1)
        assert "nothing of it could be read" in done.stdout
        assert (tmp_path / name).read_bytes() == torn


def test_doctor_finds_a_sound_machine_and_a_torn_index(folder: Path) -> None:
    assert "BAD" not in footnote("doctor", "--index", folder).stdout
    (folder / "footnote.sqlite").write_bytes(b"torn" * 1000)
    checks = json.loads(footnote("doctor", "--index", folder, "--json", code=1).stdout)
    [bad] = [check for check in checks if not check["ok"]]
    assert bad["name"].startswith("index")
    assert "footnote mend" in bad["cure"]


def _no_network() -> list[str]:
    """A command prefix that runs what follows without network interfaces, or [] where the system forbids that."""
    prefix = ["unshare", "--net", "--map-root-user"]
    allowed = shutil.which("unshare") and subprocess.run([*prefix, "true"], capture_output=True).returncode == 0
    return prefix if allowed else []


# Where namespaces are forbidden, every attempt to reach past this machine raises instead.
REFUSE = """
import socket, sys
def refuse(*a, **k): raise RuntimeError('network use')
socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refuse
sys.argv = ['footnote', *sys.argv[1:]]
from rag.cli import main
main()
"""


@pytest.mark.parametrize("writer", ["quote", "local"])
def test_index_and_ask_without_a_network(writer: str, tmp_path: Path, documents: Path) -> None:
    prefix = _no_network()
    command = [*prefix, *FOOTNOTE] if prefix else [sys.executable, "-c", REFUSE]
    place = ["--index", str(tmp_path / "offline")]
    for words in (["index", str(documents), *place], ["ask", QUESTION, *place, "--writer", writer]):
        done = subprocess.run([*command, *words], capture_output=True, text=True, cwd=ROOT)
        assert done.returncode == 0, done.stderr
    assert "nine" in done.stdout
