"""Whether answers keep what the reader found: each question asked of its own passage, and the shares compared."""

from __future__ import annotations

from pathlib import Path

from eval.kept import Kept, compared, kept, own_passages
from eval.rows import QARow
from rag import load_writer

TEXT = "Lindby was founded in 1902 by Maren Holt. In May 1950, Ilse Brandt opened the market of Lindby."
OTHER = "Ekeness is an island. Its lighthouse was built in 1871 by Osmo Raud, and it has been dark since 1960."
ROWS = [
    QARow("Who opened the market of Lindby?", "Lindby", TEXT, ("Ilse Brandt",)),
    QARow("Who built the lighthouse of Ekeness?", "Ekeness", OTHER, ("Osmo Raud",)),
    QARow("How many ferries does Stellan Marsh own?", "Lindby", TEXT, ("nine",)),
]


def test_a_question_is_asked_of_its_own_passage_and_silence_is_not_compared(tmp_path: Path) -> None:
    index, doc_ids = own_passages(ROWS, tmp_path)
    with index:
        assert doc_ids[0] == doc_ids[2] != doc_ids[1]
        found = [kept(row, index, load_writer("quote"), [i]) for row, i in zip(ROWS, doc_ids, strict=True)]
    assert found == [Kept(True, True, True), Kept(True, True, True), None]


def test_answers_are_held_to_the_sentence() -> None:
    rows = [Kept(True, True, True), Kept(False, True, False), Kept(False, False, True), Kept(True, True, True), None]
    figures = compared(rows)
    assert (figures["n"], figures["answered"]) == (5, 4)
    assert (figures["span"], figures["sentence"], figures["answer"]) == (0.5, 0.75, 0.75)
    assert figures["low"] <= figures["difference"] == 0.0 <= figures["high"]
