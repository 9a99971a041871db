"""The eval run as a user has it: the same bytes twice, also after kill -9; bars that fail; a grid; its report page."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from eval.report import full_report, readable
from eval.run import read_rows
from tests.conftest import HARBOUR, MARKET, ROOT, WEATHER

EVAL = [sys.executable, "-m", "eval"]
FILES = ("answers.jsonl", "report.html", "report.json", "run.json")
SECONDS_TO_START = 120
ASKED = [
    ("fact", "How many people did the fire in the harbour of Lindby kill?", "nine", "killed nine people"),
    ("fact", "Who said that the cause was a faulty cable?", "Maren Holt", "Fire chief Maren Holt said"),
    ("fact", "How many traders took part in the night market?", "300", "About 300 traders took part"),
    ("fact", "How many trees did the storm bring down?", "forty", "brought down forty trees"),
    ("unanswerable", "What does a kilogram of saffron cost?", "", ""),
    ("unanswerable", "Who won the football World Cup in 2022?", "", ""),
]


def footnote_eval(*words: object, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([*EVAL, *map(str, words)], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == code, done.stderr
    return done


def gold_file(folder: Path, times: int = 1) -> Path:
    """The questions, each so many times under other ids."""
    rows = [
        {"id": f"q{n}-{i}", "type": kind, "question": question, "answer": [[answer]] if answer else [],
         "evidence": [evidence] if evidence else []}
        for n in range(times)
        for i, (kind, question, answer, evidence) in enumerate(ASKED)
    ]  # fmt: skip
    file = folder / "gold.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


def test_two_runs_write_the_same_bytes_and_a_killed_one_goes_on_to_them(tmp_path: Path, documents: Path) -> None:
    asked = gold_file(tmp_path, times=5)
    words = [*EVAL, "run", "--gold", asked, "--corpus", documents, "--writer", "quote", "--no-timings", "--out"]
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    subprocess.run([*map(str, words), str(whole)], cwd=ROOT, check=True, capture_output=True)

    process = subprocess.Popen([*map(str, words), str(killed)], cwd=ROOT, stderr=subprocess.DEVNULL)
    answers, began = killed / "answers.jsonl", time.monotonic()
    while not answers.is_file() or answers.read_bytes().count(b"\n") < 5:
        assert time.monotonic() - began < SECONDS_TO_START
        assert process.poll() is None
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    before = answers.read_bytes()
    assert 5 <= before.count(b"\n") < 30
    assert not (killed / "report.json").exists()
    with answers.open("ab") as file:
        file.write(b'{"id": "torn')  # what a kill in the middle of a write leaves

    subprocess.run([*map(str, words), str(killed)], cwd=ROOT, check=True, capture_output=True)
    assert answers.read_bytes().startswith(before[: before.rfind(b"\n") + 1])
    for name in FILES:
        assert (killed / name).read_bytes() == (whole / name).read_bytes(), name


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run."""
    folder = tmp_path_factory.mktemp("run")
    (folder / "documents").mkdir()
    for name, text in (("harbour", HARBOUR), ("market", MARKET), ("weather", WEATHER)):
        (folder / "documents" / f"{name}.txt").write_text(text)
    footnote_eval(*of_run(folder, gold_file(folder)), "--out", folder / "out")
    return folder / "out"


def of_run(folder: Path, gold: Path) -> tuple[object, ...]:
    return "--gold", gold, "--corpus", folder / "documents", "--writer", "quote"


def test_the_report_says_what_made_it_and_how_sure_it_is(run: Path) -> None:
    report = json.loads((run / "report.json").read_text())
    assert report["n"] == 6
    accuracy = report["figures"]["answerable_accuracy"]
    assert accuracy["low"] <= accuracy["value"] <= accuracy["high"]
    assert set(report["timings"]["stages"]) == {"search", "read", "write", "check", "total"}
    assert report["timings"]["peak_memory_mb"] > 50
    made_by = report["run"]
    assert made_by["documents"]["n_documents"] == 3
    assert made_by["settings"]["writer"] == "quote"
    assert len(made_by["models"]["rag/models"]) == len(made_by["gold"]["sha256"]) == 64
    assert made_by["versions"]["python"]


def test_a_bar_that_is_missed_fails(run: Path) -> None:
    words = of_run(run.parent, run.parent / "gold.jsonl")
    said = footnote_eval(*words, "--fail-under", "quotes_verbatim=1,mrr=0.2", "--no-worse-than", run / "report.json")
    assert said.stderr == ""
    early = footnote_eval(*words, "--no-worse-than", run / "nowhere.json", code=2)
    assert "nowhere.json" in early.stderr
    failed = footnote_eval("compare", run, run, "--fail-under", "quotes_verbatim=1,answer_words=900", code=1)
    assert "answer_words is" in failed.stderr
    assert "the bar is 900" in failed.stderr
    unknown = footnote_eval("compare", run, run, "--fail-under", "accuracy=1", code=2)
    assert "no figure 'accuracy'" in unknown.stderr


def test_a_grid_is_one_table_and_a_folder_a_setting(tmp_path: Path, documents: Path) -> None:
    words = ("ablate", "--gold", gold_file(tmp_path), "--corpus", documents, "--mode", "hybrid,lexical", "--out")
    said = footnote_eval(*words, tmp_path / "grid", "--one-at-a-time").stdout
    assert [line.split("│")[1:6] for line in said.splitlines() if "quote" in line] == [
        [" quote  ", " hybrid  ", " 8 ", " on     ", " on      "],
        [" quote  ", " hybrid  ", " 8 ", " off    ", " on      "],
        [" quote  ", " lexical ", " 8 ", " on     ", " on      "],
    ]
    made = [folder.name for folder in sorted((tmp_path / "grid").iterdir())]
    assert made == ["quote-hybrid-k8", "quote-hybrid-k8-no-reader", "quote-lexical-k8"]


def test_a_grid_of_a_value_that_means_nothing(tmp_path: Path, documents: Path) -> None:
    words = ("ablate", "--gold", gold_file(tmp_path), "--corpus", documents)
    assert "write on, off" in footnote_eval(*words, "--reader", "maybe", code=2).stderr
    assert "hybrid, dense, lexical" in footnote_eval(*words, "--mode", "sparse", code=2).stderr


def test_the_recorded_report_is_what_its_answers_say() -> None:
    """eval/results can be checked on any machine: the figures follow from the rows, the rows from this gold file."""
    for folder in sorted((ROOT / "eval" / "results").iterdir()):
        made_by = json.loads((folder / "run.json").read_text())
        gold = (ROOT / "examples" / "gold.jsonl").read_bytes()
        rows = read_rows(folder / "answers.jsonl")
        assert [row.id for row in rows] == [json.loads(line)["id"] for line in gold.splitlines()]
        assert (folder / "report.json").read_text() == readable(full_report(rows, made_by, timings=False))
