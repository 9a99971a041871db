"""The eval run: its rules worked by hand, its command, and an independent scorer that must agree."""

from __future__ import annotations

import ast
import io
import json
import os
import re
import subprocess
import sys
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, get_args

import pytest
from rich.console import Console

from eval import metrics
from eval.cli import main
from eval.corpus import Corpus
from eval.datasets.records import Dataset
from eval.figures import figures
from eval.gold import GoldQuestion, load_gold
from eval.recording import Trace
from eval.report import EvalReport, full_report, summarise
from eval.run import evaluate, finished_rows, read_rows
from eval.scoring import Row
from eval.session import run_session
from eval.tables import run_table
from rag.errors import GoldError, OptionError
from rag.types import Answer, Citation, Document, Hit, Mode, Passage

ROOT = Path(__file__).parents[1]
SAMPLES, SAMPLE_GOLD = ROOT / "examples" / "documents", ROOT / "examples" / "gold.jsonl"
SHARED = ROOT.parent / "shared"
SEEDS, SEEDS_GOLD = SHARED / "seeds", SHARED / "gold" / "seeds-dev.jsonl"
SCORER = SHARED / "score.py"

needs_shared = pytest.mark.skipif(not SCORER.is_file(), reason="needs the project's shared folder beside it")


# --- metrics


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Pérez", "perez"),
        ("Abu al‐Hussein", "abu al hussein"),
        ("IS-K – “Khorasan’s” branch", "is k khorasans branch"),
        ("two\r\n  lines", "two lines"),
        ("ﬁve ½", "five 1⁄2"),
        (" edges stay ", " edges stay "),
    ],
)
def test_normalise(text: str, plain: str) -> None:
    assert metrics.normalise(text) == plain


def test_an_answer_needs_a_string_of_every_group() -> None:
    groups = [["46"], ["61", "68"]]
    assert metrics.holds_answer("One report says 46, another at least 61.", groups)
    assert metrics.holds_answer("46 or 68", groups)
    assert not metrics.holds_answer("At least 61 people died.", groups)
    assert not metrics.holds_answer("anything", [])


@pytest.mark.parametrize(
    ("said", "sought", "held"),
    [
        ("In all 46 fell", "46", True),
        ("In 1846, they say", "46", False),
        ("At least 46,000 fled", "46", False),
        ("Some 1,500 fled", "500", False),
        ("It costs 3.5 crowns", "5", False),
        ("It was on 4.5.2021.", "2021", True),
        ("Some 2,000 fled.", "2,000", True),
        ("A share of 46%", "46", True),
        ("a 46-year-old", "46", True),
        ("in the turmoil", "oil", False),
        ("Oil, then.", "oil", True),
        ("oilfields of the oilmen", "oilfield", True),
        ("the U.S. army", "U.S.", True),
        ("在北京的46人", "北京", True),
        ("在北京的46人", "46", True),
        ("anything", "“”", False),
        ("a b", "-", False),
    ],
)
def test_numbers_and_short_words_stand_by_themselves(said: str, sought: str, held: bool) -> None:
    assert metrics.holds_answer(said, [[sought]]) is held
    assert metrics.holds_any(said, [sought]) is held
    assert metrics.unit_ranks([[sought]], [said]) == (1 if held else None,)
    assert metrics.overlaps(f"{said} and more", sought) is held


def test_what_is_no_word_is_in_no_prediction() -> None:
    assert not metrics.best_subspan("Nine people died", ["The", "—!", ""])
    assert metrics.best_subspan("Nine people died", ["the people"])


def test_the_number_of_a_quote_is_no_answer() -> None:
    for gold, right in (("1", False), ("small", True), ("nine [2]", False)):
        said = Answer("?", "The town is small [1].", "answered", citations=(cite(1, 51, 69),))
        question = GoldQuestion("m", "fact", "?", ((gold,),), ("The town is small",))
        [row] = evaluate([question], HandIndex(), lambda _, said=said: Trace(said))  # type: ignore[misc]
        assert row.right is right


def test_an_answer_has_at_most_eighty_words() -> None:
    assert metrics.holds_answer("oil " * 80, [["oil"]])
    assert not metrics.holds_answer("oil " * 81, [["oil"]])


@pytest.mark.parametrize(
    ("quote", "evidence", "expected"),
    [
        ("It happened on March 22, they say.", "on March 22", True),  # the quote holds the evidence
        ("March 22", "gunmen came on March 22, in the evening", True),  # the evidence holds the quote
        ("x one two three four five six y", "z one two three four five six w", True),  # six words in common
        ("x one two three four five y", "z one two three four five w", False),  # five are too few
        ("xone two three four five six", "one two three four five six seven", False),  # whole words only
        ("Something else.", "on March 22", False),
        ("", "on March 22", False),
    ],
)
def test_overlaps(quote: str, evidence: str, expected: bool) -> None:
    assert metrics.overlaps(quote, evidence) is expected


def test_unit_ranks_count_from_one() -> None:
    passages = ["Nothing here.", "It was in Jandaris, a\ntown in the north.", "Jandaris again."]
    assert metrics.unit_ranks([["jandaris"], ["a town"], ["Ankara"]], passages) == (2, 2, None)
    assert metrics.unit_ranks([["Ankara", "again"]], passages) == (3,)  # alternatives


def test_percentile_and_mean() -> None:
    assert metrics.percentile([4.0, 1.0, 2.0, 3.0], 50) == 2.5
    assert metrics.percentile([], 95) == metrics.mean([]) == 0.0
    assert metrics.mean([True, False, False, True]) == 0.5


@needs_shared
@pytest.mark.parametrize("folder", [SEEDS, SAMPLES])
def test_rules_agree_with_the_independent_scorer(folder: Path) -> None:
    """On every line of real text, its neighbours, and what the scorer calls ``norm`` and ``overlap``."""
    tree = ast.parse(SCORER.read_text())
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    rules: list[ast.stmt] = [node for node in functions if node.name in {"norm", "overlap"}]
    scorer: dict[str, Any] = {"re": re, "unicodedata": unicodedata}
    exec(compile(ast.Module(rules, []), str(SCORER), "exec"), scorer)
    norm, overlap = scorer["norm"], scorer["overlap"]
    texts = [line for file in folder.glob("*.txt") for line in file.read_text().splitlines() if line.strip()]
    assert len(texts) > 20
    for text, other in zip(texts, texts[1:] + texts[:1], strict=True):
        assert metrics.normalise(text) == norm(text)
        words = text.split()
        for quote, evidence in [
            (text, other),
            (" ".join(words[2:]), " ".join(words[:9])),
            (" ".join(words[3:]), " ".join(words[:8])),
        ]:
            if not quote:
                continue
            q, e = norm(quote), norm(evidence)
            assert metrics.overlaps(quote, evidence) == bool(e in q or q in e or overlap(e, q))


# --- gold

GOOD_ROW = {
    "id": "a",
    "type": "fact",
    "question": "Where?",
    "answer": [["Jandaris", "Jindires"]],
    "evidence": ["in Jandaris"],
}


def write_rows(folder: Path, *rows: object) -> Path:
    file = folder / "gold.jsonl"
    file.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows))
    return file


def test_load_gold_keeps_the_order_and_passes_over_blank_lines_and_further_keys(tmp_path: Path) -> None:
    unanswerable = {"id": "b", "type": "unanswerable", "question": "Who?", "answer": [], "evidence": []}
    first, second = load_gold(write_rows(tmp_path, GOOD_ROW | {"note": "reviewed"}, "", unanswerable))
    assert first == GoldQuestion("a", "fact", "Where?", (("Jandaris", "Jindires"),), ("in Jandaris",))
    assert first.answerable
    assert not second.answerable


def test_a_rejected_row_is_passed_over_and_a_draft_is_told(tmp_path: Path) -> None:
    drafted = GOOD_ROW | {"id": "b", "review": "unreviewed"}
    rejected = GOOD_ROW | {"id": "c", "review": "rejected"}
    questions = load_gold(write_rows(tmp_path, GOOD_ROW | {"review": "accepted"}, rejected, drafted))
    assert [(gold.id, gold.reviewed) for gold in questions] == [("a", True), ("b", False)]


def test_other_types_may_have_an_answer_or_not(tmp_path: Path) -> None:
    row = GOOD_ROW | {"type": "false-premise"}
    both = load_gold(write_rows(tmp_path, row, row | {"id": "b", "answer": []}))
    assert [gold.answerable for gold in both] == [True, False]


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ("{not json", "not JSON"),
        ("[1]", "JSON object"),
        ({"id": "b", "type": "fact"}, "no question, answer, evidence"),
        (GOOD_ROW | {"id": "b", "question": " "}, "question must be text"),
        (GOOD_ROW | {"id": "b", "answer": "Jandaris"}, "list of groups"),
        (GOOD_ROW | {"id": "b", "answer": ["Jandaris"]}, "group of answer must be a list"),
        (GOOD_ROW | {"id": "b", "answer": [[]]}, "group of answer is empty"),
        (GOOD_ROW | {"id": "b", "answer": [[""]]}, "must be text"),
        (GOOD_ROW | {"id": "b", "answer": []}, "type is fact"),
        (GOOD_ROW | {"id": "b", "type": "unanswerable"}, "type is unanswerable"),
        (GOOD_ROW | {"id": "b", "evidence": [3]}, "evidence must be text"),
        (GOOD_ROW, "line 1 has the id 'a' too"),
    ],
)
def test_a_bad_row_is_named_by_its_line(bad: object, message: str, tmp_path: Path) -> None:
    with pytest.raises(GoldError, match=rf"gold\.jsonl, line 3: .*{re.escape(message)}"):
        load_gold(write_rows(tmp_path, GOOD_ROW, "", bad))


def test_a_gold_file_that_cannot_be_read_or_is_empty(tmp_path: Path) -> None:
    with pytest.raises(GoldError, match="cannot read"):
        load_gold(tmp_path / "absent.jsonl")
    (tmp_path / "latin.jsonl").write_bytes(b'{"id": "caf\xe9"}')
    with pytest.raises(GoldError, match="cannot read"):
        load_gold(tmp_path / "latin.jsonl")
    with pytest.raises(GoldError, match="no gold question"):
        load_gold(write_rows(tmp_path, "", ""))


# --- a run over an index made by hand

TEXT = "At least 61 civilians died near Sukhna. It rained. The town is small."
DOCUMENT = Document("d1", TEXT, "A title", "/library/a.txt", date(2023, 2, 20))


class HandIndex:
    """One document; every search finds its three sentences, under one heading, in the order of the text."""

    documents = {"d1": DOCUMENT}  # noqa: RUF012 - read only

    def search(self, query: str, k: int = 8, *, mode: Mode = "hybrid") -> list[Hit]:
        spans = [(0, 39), (40, 50), (51, 69)]
        hits = [Hit(Passage("d1", start, end, TEXT[start:end], "A raid"), 1 / (start + 1)) for start, end in spans]
        return hits[:k]


def cite(number: int, start: int, end: int, quote: str | None = None, doc_id: str = "d1") -> Citation:
    quote = TEXT[start:end] if quote is None else quote
    return Citation(number, doc_id, "A title", "/library/a.txt", date(2023, 2, 20), start, end, quote)


QUESTIONS = [
    GoldQuestion("q1", "fact", "How many?", (("61",),), ("61 civilians",)),
    GoldQuestion("q2", "fact", "What of the town?", (("small",),), ("The town is small",)),
    GoldQuestion("q3", "conflict", "Toll?", (("46",), ("61",)), ("61 civilians", "46 members")),
    GoldQuestion("q4", "unanswerable", "Who won?"),
    GoldQuestion("q5", "unanswerable", "How old?"),
]
ANSWERS = {
    # right; one good citation, one that is not evidence
    "How many?": Answer("", "61 [1].", "answered", citations=(cite(1, 0, 39), cite(2, 40, 50))),
    "What of the town?": Answer("", "The documents do not say.", "abstained"),
    # one side is missing; its quote is good, but not what stands at that place of the document
    "Toll?": Answer("", "61 [1].", "disputed", citations=(cite(1, 1, 39, "61 civilians"),)),
    "Who won?": Answer("", "The documents do not say.", "abstained"),
    "How old?": Answer("", "Six [1].", "answered", citations=(cite(1, 40, 50, doc_id="gone"),)),
}


def respond(question: str) -> Trace:
    return Trace(ANSWERS[question], hits=tuple(HandIndex().search(question)))


def rows_of(questions: Sequence[GoldQuestion], out: Path | None = None, **options: Any) -> list[Row]:
    return evaluate(questions, HandIndex(), respond, out=out, root="/library", **options)


def test_the_figures_of_a_run_worked_by_hand(tmp_path: Path) -> None:
    out = tmp_path / "new" / "out"
    figures = summarise(rows_of(QUESTIONS, out)).to_dict()
    assert figures.pop("latency_p50_s") <= figures.pop("latency_p95_s")
    assert figures == {
        "n": 5,
        "answerable_accuracy": pytest.approx(1 / 3),  # q1 of q1, q2, q3
        "abstain_precision": 0.5,  # q4 of q2, q4
        "abstain_recall": 0.5,  # q4 of q4, q5
        "citation_precision": pytest.approx(2 / 3),  # two of q1, one of q3; q5 is unanswerable
        "citation_recall": pytest.approx(2 / 3),  # q1, q3 of q1, q2, q3
        "quotes_verbatim": 0.5,  # the two of q1, of four in all
        "recall_at_8": pytest.approx((1 + 1 + 0.5) / 3),  # q3 has one of its two sides
        "mrr": pytest.approx((1 + 1 / 3 + 1) / 3),
        "by_type": {
            "fact": {"n": 2, "accuracy": 0.5},
            "conflict": {"n": 1, "accuracy": 0.0},
            "unanswerable": {"n": 2, "accuracy": 0.5},
        },
    }
    rows = [json.loads(line) for line in (out / "answers.jsonl").read_text().splitlines()]
    assert [row["id"] for row in rows] == ["q1", "q2", "q3", "q4", "q5"]
    assert rows[0]["seconds"] >= 0
    assert {key: rows[0][key] for key in ("type", "question", "status", "answer", "right", "ranks")} == {
        "type": "fact",
        "question": "How many?",
        "status": "answered",
        "answer": "61 [1].",
        "right": True,
        "ranks": [1],
    }
    assert rows[0]["citations"][0] == {
        "quote": "At least 61 civilians died near Sukhna.",
        "title": "A title",
        "source": "a.txt",
        "published": "2023-02-20",
        "start": 0,
        "end": 39,
        "good": True,
        "verbatim": True,
    }
    assert [quote["good"] for quote in rows[0]["citations"]] == [True, False]


def test_the_rows_of_a_run_are_read_back_as_they_were(tmp_path: Path) -> None:
    rows = rows_of(QUESTIONS, tmp_path)
    assert read_rows(tmp_path / "answers.jsonl") == rows


def stop_at_toll(question: str) -> Trace:
    if question == "Toll?":
        raise KeyboardInterrupt
    return respond(question)


def test_rows_are_on_disk_as_the_run_goes(tmp_path: Path) -> None:
    (tmp_path / "answers.jsonl").write_text("a row of an earlier run\n")
    with pytest.raises(KeyboardInterrupt):
        evaluate(QUESTIONS, HandIndex(), stop_at_toll, out=tmp_path)
    lines = (tmp_path / "answers.jsonl").read_text().splitlines()
    assert [json.loads(line)["id"] for line in lines] == ["q1", "q2"]


@pytest.mark.parametrize(
    ("made_by", "fresh", "asked_again"),
    [({"k": 8}, False, ["Toll?", "Who won?", "How old?"]), ({"k": 8}, True, list(ANSWERS)),
     ({"k": 4}, False, list(ANSWERS))],
)  # fmt: skip
def test_only_a_run_of_the_same_making_goes_on(
    made_by: dict[str, int], fresh: bool, asked_again: list[str], tmp_path: Path
) -> None:
    with pytest.raises(KeyboardInterrupt):
        evaluate(QUESTIONS, HandIndex(), stop_at_toll, out=tmp_path, manifest={"k": 8})
    with (tmp_path / "answers.jsonl").open("a") as file:
        file.write('{"id": "q3", "type": "con')  # what a kill leaves
    asked = []

    def note(question: str) -> Trace:
        asked.append(question)
        return respond(question)

    rows = evaluate(QUESTIONS, HandIndex(), note, out=tmp_path, manifest=made_by, fresh=fresh)
    assert asked == asked_again
    assert [row.id for row in rows] == ["q1", "q2", "q3", "q4", "q5"]
    assert read_rows(tmp_path / "answers.jsonl") == rows


def test_the_rows_of_a_finished_run_of_the_same_making_can_be_had(tmp_path: Path) -> None:
    rows = evaluate(QUESTIONS, HandIndex(), respond, out=tmp_path, manifest={"k": 8})
    assert finished_rows(tmp_path, {"k": 8}) is None  # without a report it was interrupted
    (tmp_path / "report.json").write_text("{}")
    assert finished_rows(tmp_path, {"k": 8}) == rows
    assert finished_rows(tmp_path, {"k": 4}) is None
    (tmp_path / "answers.jsonl").write_text("{}\n")
    assert finished_rows(tmp_path, {"k": 8}) is None
    assert finished_rows(tmp_path / "nowhere", {"k": 8}) is None


def test_a_session_whose_finished_run_stands_asks_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eval.session.manifest", lambda *_, **__: {"k": 8})
    monkeypatch.setattr("eval.session.responder", lambda *_, **__: respond)
    opened: Any = Corpus(HandIndex(), "/library", None)  # type: ignore[arg-type]
    dataset, stamps = Dataset("footnote", QUESTIONS), []
    for options in ({}, {"finished_stands": True}, {"finished_stands": True, "fresh": True}):
        rows, report = run_session(dataset, Path("gold.jsonl"), opened, out=tmp_path, **options)  # type: ignore[arg-type]
        assert (len(rows), report["n"]) == (5, 5)
        stamps.append((tmp_path / "report.json").stat().st_mtime_ns)
    assert stamps[0] == stamps[1] < stamps[2]


def test_a_finished_run_is_asked_anew(tmp_path: Path) -> None:
    rows_of(QUESTIONS, tmp_path)
    (tmp_path / "report.json").write_text("{}")  # which is written last
    rows_of(QUESTIONS[:2], tmp_path)
    assert len(read_rows(tmp_path / "answers.jsonl")) == 2
    assert not (tmp_path / "report.json").exists()


def test_questions_that_only_search_is_held_to_are_searched_in_the_mode_of_the_run() -> None:
    class Noting(HandIndex):
        def search(self, query: str, k: int = 8, *, mode: Mode = "hybrid") -> list[Hit]:
            modes.append(mode)
            return super().search(query, k)

    modes: list[Mode] = []
    gold = GoldQuestion("b1", "retrieval", "raid", relevant=(("d1", 1),))
    for mode in get_args(Mode):
        evaluate([gold], Noting(), respond, key=lambda hit: hit.passage.doc_id, mode=mode)
    assert modes == list(get_args(Mode))


def test_a_run_that_cannot_write_says_so(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file where the folder should be")
    with pytest.raises(OptionError, match="name another folder"):
        rows_of(QUESTIONS, tmp_path / "out")


def test_evidence_in_a_heading_is_held_by_the_passage_under_it() -> None:
    [row] = rows_of([GoldQuestion("q", "fact", "How many?", (("61",),), ("A raid", "small"))])
    assert row.ranks == (1, 3)


def test_a_quote_must_be_of_the_source_that_the_question_names() -> None:
    gold = GoldQuestion("q", "fact", "How many?", (("61",),), ("61",), any_evidence=True)
    for source, good in (("", True), ("a.txt", True), ("A Title", True), ("b.txt", False)):
        [row] = rows_of([replace(gold, source=source)])
        assert row.citations[0].good is good


def test_figures_of_nothing() -> None:
    report = summarise([])
    assert isinstance(report, EvalReport)
    assert (report.n, report.quotes_verbatim, report.answerable_accuracy, report.by_type) == (0, 1.0, 0.0, {})


def test_answers_that_fell_back_to_quotes_are_counted() -> None:
    failed = Answer("?", "61 [1].", "answered", reason="Only quoted, because nobody answers.", model="quote")
    silent = Answer("?", "No.", "abstained", reason="Nothing on it.", model="big")
    rows = [
        evaluate(QUESTIONS[:1], HandIndex(), lambda _, said=said: Trace(said))[0]  # type: ignore[misc]
        for said in (failed, silent, ANSWERS["How many?"])
    ]
    assert [(row.model, row.fell_back) for row in rows] == [("quote", True), ("big", False), ("", False)]
    report = full_report(rows, {})
    assert report["fell_back"] == 1
    console = Console(record=True, width=100, file=io.StringIO())
    console.print(run_table(summarise(rows), report))
    assert re.search(r"only quoted: the writer failed.*1", console.export_text())
    old = {key: value for key, value in rows[0].to_dict().items() if key != "model"}
    assert Row.from_dict(old).model == ""


def test_quotes_cannot_be_wrong_where_nobody_said_what_is_right() -> None:
    bare = GoldQuestion("bare", "fact", "How many?", (("61",),))
    ours, theirs = summarise(rows_of([QUESTIONS[0], bare])), summarise(rows_of(QUESTIONS[:1]))
    assert (ours.citation_precision, ours.citation_recall) == (theirs.citation_precision, theirs.citation_recall)
    assert figures(rows_of([bare]))["citation_recall"].value is None


def test_a_question_without_evidence_counts_in_no_retrieval_figure() -> None:
    without = GoldQuestion("q", "fact", "How many?", (("61",),))
    rows = rows_of([without, QUESTIONS[0]])
    assert summarise(rows).recall_at_8 == summarise(rows).mrr == 1.0


# --- the command


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--gold", "absent.jsonl", "--corpus", str(SAMPLES)],
            "absent.jsonl: cannot read the gold questions",
        ),
        (["--gold", str(SAMPLE_GOLD), "--corpus", "absent-folder"], "absent-folder"),
        (["--gold", str(SAMPLE_GOLD)], "give --corpus PATH"),
        (["--gold", str(SAMPLE_GOLD), "--index", "absent-index"], "absent-index"),
        (["--corpus", str(SAMPLES)], "--gold"),
    ],
)
def test_unusable_input_exits_2_and_says_why(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert message in printed.err
    assert printed.out == ""


def test_a_corpus_that_cannot_be_read_exits_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty.txt").write_text("")
    assert main(["--gold", str(SAMPLE_GOLD), "--corpus", str(tmp_path)]) == 2
    printed = capsys.readouterr().err
    assert "empty.txt" in printed
    assert "no document in it that could be read" in printed


def test_help_loads_nothing_heavy() -> None:
    heavy = "sys.exit(bool({'torch', 'faiss', 'transformers', 'matplotlib', 'ir_measures'} & set(sys.modules)))"
    code = f"import sys, eval.cli; eval.cli.main(['--help']); {heavy}"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True)


def run(*command: str, corpus: Path, gold: Path) -> str:
    """What a Python command prints when it asks ``gold`` about ``corpus`` with the writer "quote"."""
    line = [sys.executable, *command, "--corpus", str(corpus), "--gold", str(gold), "--writer", "quote"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(line, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout


def test_it_prints_a_table_or_one_json_object(tmp_path: Path) -> None:
    gold = write_rows(tmp_path, *SAMPLE_GOLD.read_text().splitlines()[:2])
    corpus, index = SAMPLES / "truffle-gatherers.md", ("--index", str(tmp_path / "index"))
    table = run("-m", "eval", *index, "--out", str(tmp_path), corpus=corpus, gold=gold)
    for word in ("2 questions", "answerable_accuracy", "mrr", "latency_p95", "fact"):
        assert word in table
    assert len((tmp_path / "answers.jsonl").read_text().splitlines()) == 2
    figures = json.loads(run("-m", "eval", *index, "--json", corpus=corpus, gold=gold))
    assert list(figures) == [
        "n",
        "answerable_accuracy",
        "abstain_precision",
        "abstain_recall",
        "citation_precision",
        "citation_recall",
        "quotes_verbatim",
        "recall_at_8",
        "mrr",
        "latency_p50_s",
        "latency_p95_s",
        "by_type",
    ]
    assert (figures["n"], figures["quotes_verbatim"]) == (2, 1.0)


@needs_shared
def test_figures_agree_with_the_independent_scorer(tmp_path: Path) -> None:
    gold = write_rows(tmp_path, *SEEDS_GOLD.read_text().splitlines()[::3])  # all of them would take minutes
    ours = json.loads(run("-m", "eval", "--json", corpus=SEEDS, gold=gold))
    theirs = json.loads(run(str(SCORER), corpus=SEEDS, gold=gold))
    names = {
        "n": "n",
        "answerable": "answerable_accuracy",
        "abstain_recall": "abstain_recall",
        "abstain_precision": "abstain_precision",
        "citation_precision": "citation_precision",
        "cited": "citation_recall",
    }
    for name, our_name in names.items():
        assert round(ours[our_name], 3) == theirs[name], name
    assert ours["quotes_verbatim"] == 1.0


def test_rankings_are_compared_in_one_table() -> None:
    command = [
        sys.executable,
        "-m",
        "eval.retrieval",
        "--corpus",
        "examples/documents",
        "--gold",
        "examples/gold.jsonl",
    ]
    said = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True).stdout
    for ranking in ("dense alone", "BM25 alone", "reciprocal rank fusion", "min-max average"):
        assert re.search(rf"{ranking}\D+ (0\.[89]|1\.0)\d+ +│ +0\.[789]", said), said
