"""The reader's and the Wikipedia evaluation: figures worked by hand, and both commands on rows made here."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from eval import reader, wiki
from eval.rows import QARow, load_rows
from rag import Finding, Passage
from training.reader import rows


def found(quote: str, answer: str, score: float = 1.0) -> Finding:
    return Finding(Passage("d", 0, len(quote), quote), 0, len(quote), answer, 0.9, score)


def test_abstaining_takes_each_half_s_threshold_from_the_other() -> None:
    sure, said = np.array([3.0, 1.0, 3.0, 1.0]), np.array([1.0, 0.0, 1.0, 0.0])
    silent, fold = np.array([0.0, 1.0, 0.0, 1.0]), np.array([0, 0, 1, 1])
    assert reader.abstaining(sure, said, silent, fold) == 1.0
    # The other half would have this one speak at 1 too: it pays for that.
    assert reader.abstaining(sure, np.array([1.0, 0.0, 1.0, 1.0]), np.array([0.0, 1.0, 0.0, 0.0]), fold) < 1.0


ROWS = [
    (
        "Who leads the harbour police?",
        "Harbour",
        "Maren Holt leads the harbour police. It has ten boats.",
        "Maren Holt",
    ),
    ("How many boats has the harbour police?", "Harbour", "The police of the harbour has ten boats.", "ten"),
    ("When did the night market open?", "Market", "The night market opened in 1974, on a Sunday.", "1974"),
]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The sets that the commands read, three rows each."""
    rows = [
        {"id": str(n), "question": q, "title": t, "context": c, "answers": [a], "answer_start": 0, "split_hint": "dev"}
        for n, (q, t, c, a) in enumerate(ROWS)
    ]
    unanswerable = {**rows[0], "id": "u", "question": "Who leads the fire brigade?", "answers": []}
    for name in (*reader.SETS, reader.ORACLE):
        held = [*rows, unanswerable] if name == "squad2_dev" else rows
        with gzip.open(tmp_path / f"{name}.jsonl.gz", "wt", encoding="utf-8") as lines:
            lines.writelines(json.dumps({**row, "split_hint": "dev"}) + "\n" for row in held)
    with gzip.open(tmp_path / wiki.CORPUS, "wt", encoding="utf-8") as lines:
        lines.writelines(json.dumps({"id": t, "title": t, "text": c}) + "\n" for _, t, c, _ in ROWS)
    return tmp_path


def test_of_squad2_dev_only_articles_that_were_not_trained_on_are_read(data: Path) -> None:
    assert {row.title for row in load_rows(data, "squad2_dev")} == {"Market"}  # the second of two titles
    assert len(load_rows(data, "qamr")) == 3


def test_what_is_measured_on_is_what_training_holds_out(data: Path) -> None:
    for name in reader.SETS:
        measured = {(row.question, row.context) for row in load_rows(data, name)}
        assert measured == {(row.question, row.context) for row in rows.load(data, name, "dev")}
        assert not measured & {(row.question, row.context) for row in rows.load(data, name, "train")}


def test_the_reader_command(data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["eval reader", "--data", str(data), "--json"])
    assert reader.main() == 0
    report = json.loads(capsys.readouterr().out)
    assert report["squadshifts_new_wiki"]["f1"] > 0.5
    assert report[reader.ORACLE]["accuracy"] == 1.0


def test_the_wiki_command(data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["eval wiki", "--data", str(data), "--json"])
    assert wiki.main() == 0
    report = json.loads(capsys.readouterr().out)
    assert report["n"] == 3
    assert report["hybrid + reader"]["accuracy"] == 1.0
    assert report["hybrid + reader"]["lead"] == 0.0
    assert report["BM25"]["recall_at_5"] == 1.0


def test_missing_sets_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["eval reader", "--data", str(tmp_path)])
    assert reader.main() == 2
    assert "give the folder of the *.jsonl.gz sets" in capsys.readouterr().err


def test_a_row_is_read_as_a_passage_under_its_title() -> None:
    hit = QARow("?", "Harbour", "It has ten boats.", ()).hit
    assert (hit.title, hit.passage.text) == ("Harbour", "It has ten boats.")
