"""Planted faults: true sentences made by rule, one thing in them changed, and the table of what is found."""

from __future__ import annotations

import random
import sys
from collections import Counter

import pytest

from eval.claims import claims, extract, statement
from eval.faults import (
    KINDS,
    RELATION,
    SETS,
    SWAPPED,
    cases,
    change_date,
    change_name,
    change_number,
    figures,
    half,
    main,
    mistaken,
    negate,
    swap,
    table,
)
from eval.rows import QARow, load_rows
from rag import load_reader
from tests.conftest import SHARED

TEXT = (
    "Lindby was founded in 1902 by Maren Holt (a fisher), who came from Ekeness. In May 1950, the harbour took 1,250 "
    "ships and Ilse Brandt opened the market. The market did not close during the war, and about 300 traders came. "
    "On Friday, Karl Lund sold two million herrings to Osmo Raud of Tallinn."
)
ASKED = {
    "Who founded Lindby?": "Maren Holt",
    "When was Lindby founded?": "1902",
    "Who opened the market?": "Ilse Brandt",
    "How many ships were taken by the harbour?": "1,250",
    "How many herrings did Karl Lund sell?": "two million",
    "Who sold two million herrings?": "Karl Lund",
}
ROWS = [QARow(question, "Lindby", TEXT, (answer,)) for question, answer in ASKED.items()]


@pytest.mark.parametrize(
    ("question", "answer", "said"),
    [
        ("Who founded Lindby?", "Maren Holt", "Maren Holt founded Lindby."),
        ("When was Lindby founded?", "1902", "Lindby was founded in 1902."),
        ("When was Lindby founded?", "in May", "Lindby was founded in May."),
        ("What is the capital of Norway?", "Oslo", "The capital of Norway is Oslo."),
        ("What newspaper was established in 1943?", "the Herald", "The Herald was established in 1943."),
        ("How many people were killed in Lindby?", "46", "46 people were killed in Lindby."),
        ("What did Holt write in 1902?", "a letter", "Holt wrote a letter in 1902."),
        ("Where did the war begin?", "Ekeness", "The war began in Ekeness."),
        ("Why did the war begin?", "greed", ""),
        ("What was it made of?", "oak", ""),
    ],
)
def test_a_question_and_its_answer_make_a_sentence(question: str, answer: str, said: str) -> None:
    assert statement(question, answer, f"They said {answer}.") == said


def test_a_qualifier_before_the_answer_is_kept() -> None:
    quote = "It is said that at least 46 people were killed."
    assert statement("How many people were killed?", "46", quote) == "At least 46 people were killed."


def test_an_extract_means_what_its_quote_does_in_other_words() -> None:
    found = {extract("In May 1950, the harbour (a new one) took 1,250 ships.", random.Random(n)) for n in range(20)}
    assert "The harbour took 1,250 ships in May 1950." in found | {said.replace("1250", "1,250") for said in found}
    assert all(said == "" or "ships" in said for said in found)


def test_a_fault_is_one_thing_that_the_quote_does_not_say() -> None:
    rng = random.Random(3)
    made = [claim for claim in claims(ROWS, rng) for _ in range(5)]
    pool = ["Rakvere", "Toomas Kask"]
    planted = {
        "number": [said for claim in made if (said := change_number(claim, rng))],
        "date": [said for claim in made if (said := change_date(claim, rng))],
        "name": [said for claim in made if (said := change_name(claim, pool, rng))],
        "negation": [said for claim in made if (said := negate(claim.sentence, rng))],
        "swapped": [said for claim in made if (said := swap(claim, rng))],
    }
    assert all(planted.values())
    true = {claim.sentence for claim in made}
    assert not any(said in true for sentences in planted.values() for said in sentences)


def test_negating_a_denial_takes_it_out() -> None:
    assert (
        negate("The market did not close during the war.", random.Random(1)) == "The market did close during the war."
    )
    assert negate("Holt wrote a letter.", random.Random(1)) in (
        "Holt did not write a letter.",
        "Holt never wrote a letter.",
        "Holt failed to write a letter.",
    )


def test_what_the_reader_takes_for_an_answer_is_told_of_questions_without_one() -> None:
    silent = QARow("Who closed the market?", "Lindby", TEXT, ())
    found = mistaken([*ROWS, silent], load_reader(), seed=1)
    assert [(case.kind, case.sentence) for case in found] == [(RELATION, "Ilse Brandt closed the market.")]
    assert "Ilse Brandt opened the market" in found[0].quote


def test_a_draw_repeats_itself() -> None:
    assert cases(ROWS, seed=4, n_faults=2, n_true=2) == cases(ROWS, seed=4, n_faults=2, n_true=2)
    assert cases(ROWS, seed=4, n_faults=2, n_true=4) != cases(ROWS, seed=5, n_faults=2, n_true=4)


def test_the_table_has_a_row_a_kind_and_one_for_all() -> None:
    drawn = cases(ROWS, seed=4, n_faults=2, n_true=3)
    found = figures(drawn, trained=False)
    assert {kind: len(hits) for kind, hits in found.items()} == Counter(case.kind for case in drawn)
    assert table({"rules": found}, "some").row_count == len(set(found) & {*KINDS, SWAPPED, ""}) + 1


def test_without_the_data_the_command_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["faults", "--data", "/nowhere"])
    assert main() == 2
    assert "/nowhere" in capsys.readouterr().err


def test_the_checker_finds_planted_faults_and_lets_true_sentences_pass() -> None:
    if not (SHARED / "data").is_dir():
        pytest.skip("needs the open question sets in ../shared/data, which this clone does not have")
    rows = [row for name in SETS for row in load_rows(SHARED / "data", name) if half(row) == 0]
    found = figures(cases(rows, seed=1, n_faults=60, n_true=200), trained=True)
    hits = [hit for kind in KINDS for hit in found[kind]]
    assert sum(hits) / len(hits) >= 0.95
    assert sum(found[""]) / len(found[""]) <= 0.05
