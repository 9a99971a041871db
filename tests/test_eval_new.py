"""A draft gold file made of one's own documents, and its review."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from eval.cli import main
from eval.draft import Draft, _unanswerable, drafts, write_drafts
from eval.gold import load_gold
from eval.review import review
from rag import Index
from rag.errors import OptionError
from rag.proposals import Proposal, names, people, proposals
from rag.types import Document, Finding, Passage
from tests.conftest import ROOT

SAMPLES = ROOT / "examples" / "documents"


@pytest.mark.parametrize(
    ("sentence", "question", "answer"),
    [
        ("About 300 traders took part in it, the mayor said.", None, None),  # "it" stays behind
        ("About 300 traders took part in the fair, the mayor said.", "How many traders took part in the fair?", "300"),
        ("The battle for the prison killed 332 people.", "How many people did the battle for the prison kill?", "332"),
        ("The robbers seized at least 40 cars near Lindby.", "How many cars did the robbers seize near Lindby?", "40"),
        ("Rami Abdurrahman heads the Syrian Observatory.", "Who heads the Syrian Observatory?", "Rami Abdurrahman"),
        ("Aaron Zelin, who founded the website, is careful.", "Who founded the website?", "Aaron Zelin"),
        ("The market was opened by Ilse Brandt in Ekeness.", "Who opened the market in Ekeness?", "Ilse Brandt"),
        ("The harbour of Lindby was closed on 4 May 2021.", "When was the harbour of Lindby closed?", "4 May 2021"),
        ("On 4 May, the harbour of Lindby was closed.", "When was the harbour of Lindby closed?", "4 May"),
        ("Ilse Brandt has led the council since 2019.", "Since when has Ilse Brandt led the council?", "2019"),
        ("The harbour was closed because a cable had burnt.", "Why was the harbour closed?", "a cable had burnt"),
        ("He was closed in by them on 4 May.", None, None),
        ("It rained.", None, None),
    ],
)  # fmt: skip
def test_a_sentence_becomes_a_question(sentence: str, question: str | None, answer: str | None) -> None:
    made = {proposal.question: proposal.answer for proposal in proposals(sentence)}
    assert (made == {}) if question is None else (made.get(question) == answer), made


def test_names_and_which_of_them_are_people() -> None:
    text = "Fire chief Maren Holt spoke in Port Avel for the Syrian Observatory. Maren Holt left."
    assert names(text) == ["Maren Holt", "Port Avel", "Syrian Observatory"]
    assert people(text) == ["Maren Holt"]


@pytest.fixture(scope="module")
def drafted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Drafts on a few of the samples."""
    folder = tmp_path_factory.mktemp("draft")
    (folder / "documents").mkdir()
    for name in ("khorasan-2015.txt", "prison-siege.html", "truffle-gatherers.md"):
        (folder / "documents" / name).write_bytes((SAMPLES / name).read_bytes())
    with Index.open(folder / "index") as index:
        index.add(folder / "documents")
        write_drafts(drafts(index, 10), folder / "draft.jsonl", str((folder / "documents").resolve()))
    return folder


def test_drafts_are_gold_questions_that_their_documents_answer(drafted: Path) -> None:
    file = drafted / "draft.jsonl"
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    assert [gold.reviewed for gold in load_gold(file)] == [False] * len(rows)
    assert len(rows) >= 4
    assert "How many people did the battle for the prison in January 2022 kill?" in {row["question"] for row in rows}
    answerable = [row for row in rows if row["answer"]]
    for row in answerable:
        text = (drafted / "documents" / row["source"]).read_text()
        assert row["answer"][0][0].split()[0] in text
        if row["source"].endswith((".txt", ".md")):
            assert " ".join(row["evidence"][0].split()) in " ".join(text.split())
    assert len(rows) - len(answerable) <= 2


def test_a_draft_is_never_written_over(drafted: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["new", "--index", str(drafted / "index"), "-n", "1", "--out", str(drafted / "draft.jsonl")]
    before = (drafted / "draft.jsonl").read_bytes()
    assert main(words) == 2
    assert "name another file" in capsys.readouterr().err
    assert (drafted / "draft.jsonl").read_bytes() == before


def test_the_folder_of_a_draft_is_made_before_the_drafting(
    drafted: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("eval.draft.drafts", lambda index, n: [])
    words = ["new", "--index", str(drafted / "index"), "--out"]
    assert main([*words, str(drafted / "new" / "folder" / "draft.jsonl")]) == 0
    assert (drafted / "new" / "folder" / "draft.jsonl").is_file()
    assert main([*words, str(drafted / "draft.jsonl" / "draft.jsonl")]) == 2
    assert "cannot make" in capsys.readouterr().err


ROW = {"id": "a", "type": "fact", "question": "Who?", "answer": [["x"]], "evidence": ["x did"], "review": "unreviewed",
       "made_by": "who", "title": "T", "source": "t.txt", "reader_agrees": False}  # fmt: skip


def gold_of(folder: Path, n: int) -> Path:
    file = folder / "gold.jsonl"
    file.write_text("".join(json.dumps({**ROW, "id": f"r{i}"}) + "\n" for i in range(n)))
    return file


def rows_of(file: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_rows_are_accepted_mended_rejected_skipped_and_kept_after_each(tmp_path: Path) -> None:
    file = gold_of(tmp_path, 6)
    typed = iter(["a", "?", "r", "m", "Who did it?", "y | z & 3", "", "m", "", "-", "", "s", "q"])
    said: list[str] = []
    assert review(file, lambda prompt: next(typed), said.append) == 2
    rows = rows_of(file)
    assert [row["review"] for row in rows] == ["accepted", "rejected", "mended", "mended", "unreviewed", "unreviewed"]
    assert (rows[2]["question"], rows[2]["answer"], rows[2]["evidence"]) == (
        "Who did it?",
        [["y", "z"], ["3"]],
        ["x did"],
    )
    assert (rows[3]["type"], rows[3]["answer"], rows[3]["evidence"]) == ("unanswerable", [], [])
    assert len(load_gold(file)) == 5  # the rejected one is no question
    assert "the reader answers otherwise" in said[0]
    assert "one of the letters" in said[1] + said[2]


def test_a_packed_draft_is_not_reviewed(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="review it unpacked"):
        review(tmp_path / "draft.jsonl.gz", lambda prompt: "q", print)


def test_what_people_said_on_the_page_is_shown_and_a_type_found_for_it(tmp_path: Path) -> None:
    said_of = {"said": "A cable caused it. [1]", "verdict": "wrong", "note": "it was a lamp"}
    row = {"id": "f", "type": "unreviewed", "question": "What caused it?", "answer": [], "evidence": [],
           "review": "unreviewed", **said_of}  # fmt: skip
    file = tmp_path / "judged.jsonl"
    file.write_text("".join(json.dumps({**row, "id": f"f{n}"}) + "\n" for n in range(3)))
    typed = iter(["m", "", "a lamp of AT&T | a lamp & Lindby", "", "a", "m", "", "-", ""])
    said: list[str] = []
    assert review(file, lambda prompt: next(typed), said.append) == 0
    assert all(" ".join(text.split()) in " ".join(said[0].split()) for text in said_of.values())
    assert "from" not in said[0]
    assert [row["type"] for row in rows_of(file)] == ["fact", "unanswerable", "unanswerable"]
    assert rows_of(file)[0]["answer"] == [["a lamp of AT&T", "a lamp"], ["Lindby"]]
    assert len(load_gold(file)) == 3


@pytest.mark.parametrize(("answer", "note"), [([["x"]], "answers otherwise"), ([], "is sure of an answer")])
def test_where_the_reader_does_not_agree_the_review_says_so(answer: list[list[str]], note: str, tmp_path: Path) -> None:
    row = {**ROW, "type": "fact" if answer else "unanswerable", "answer": answer, "evidence": []}
    said: list[str] = []
    (tmp_path / "gold.jsonl").write_text(json.dumps(row) + "\n")
    review(tmp_path / "gold.jsonl", lambda prompt: "q", said.append)
    assert note in said[0]


@pytest.mark.parametrize("confidence", [0.1, 0.99])
def test_a_question_with_another_name_is_kept_whether_the_reader_is_silent_or_not(
    confidence: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Sure:
        threshold = 0.5

    found = Finding(Passage("d", 0, 5, "Nine."), 0, 5, "Nine", confidence)
    monkeypatch.setattr("rag.load_reader", Sure, raising=False)
    monkeypatch.setattr("eval.draft._read", lambda *_: [found])
    documents = [Document(name, text, name, name) for name, text in
                 (("a", "A fire in Port Avel killed nine."), ("b", "A fair opened in New Ekeness."))]  # fmt: skip
    asked = Draft(Proposal("Who died in Port Avel?", "nine", "killed nine", "who"), documents[0], agrees=True)
    [draft] = _unanswerable([asked], documents, Any, 1, random.Random(1))  # type: ignore[arg-type]
    assert "New Ekeness" in draft.proposal.question
    assert draft.agrees is (confidence < 0.5)


def test_the_review_in_a_terminal_stops_where_the_input_does(tmp_path: Path) -> None:
    file = gold_of(tmp_path, 3)
    command = [sys.executable, "-m", "eval", "review", str(file)]
    done = subprocess.run(command, input="a\nr\n", capture_output=True, text=True, cwd=ROOT, check=True)
    assert "1 left to review" in done.stdout
    assert [row["review"] for row in rows_of(file)] == ["accepted", "rejected", "unreviewed"]
