"""The trained reader: it points at words of a passage, says how surely, and says when there is nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rag.errors import ModelError
from rag.reader import MODEL, SpanReader, load_reader, torch_network
from rag.types import Hit, Passage

FIRE = "A fire in the harbour killed nine people on Monday. Fire chief Maren Holt blamed a faulty cable. It was out."
MARKET = "The night market opened again after two years. About 300 traders took part, said Mayor Ilse Brandt."


def hit(text: str, title: str = "News", offset: int = 0) -> Hit:
    return Hit(Passage("doc", offset, offset + len(text), text), 1.0, title=title)


@pytest.mark.parametrize(
    ("question", "answer", "sentence"),
    [
        ("How many people did the fire kill?", "nine", "A fire in the harbour killed nine people on Monday."),
        ("Who is the fire chief?", "Maren Holt", "Fire chief Maren Holt blamed a faulty cable."),
        ("How many traders took part?", "300", "About 300 traders took part, said Mayor Ilse Brandt."),
    ],
)
def test_it_points_at_the_answer_and_quotes_its_sentence(question: str, answer: str, sentence: str) -> None:
    best, other = load_reader().read(question, [hit(MARKET, offset=70), hit(FIRE, offset=5)])
    assert answer in best.answer
    assert best.quote == sentence
    assert best.confidence > 0.5 > other.confidence


def test_every_finding_is_the_passage_s_own_words() -> None:
    hits = [hit(FIRE, offset=3), hit(MARKET), hit("🌉 Мост закрыт."), hit("x"), hit("word " * 900)]
    findings = load_reader().read("Why was the bridge closed?", hits)
    assert [finding.confidence for finding in findings] == sorted((f.confidence for f in findings), reverse=True)
    for finding in findings:
        passage = finding.passage
        assert finding.quote == passage.text[finding.start - passage.start : finding.end - passage.start] != ""
        assert finding.answer in finding.quote
        assert 0 < finding.confidence < 1


def test_it_is_unsure_where_the_passage_does_not_answer() -> None:
    [finding] = load_reader().read("What is the capital of Australia?", [hit(FIRE)])
    assert finding.confidence < load_reader().threshold


def test_company_does_not_change_a_reading() -> None:
    alone = [load_reader().readings("Who is the fire chief?", [h])[0] for h in (hit(FIRE), hit(MARKET))]
    together = load_reader().readings("Who is the fire chief?", [hit(FIRE), hit(MARKET)])
    for one, other in zip(alone, together, strict=True):
        assert (one.start, one.end) == (other.start, other.end)
        assert one.score == pytest.approx(other.score, abs=0.05)


def test_nothing_to_read_is_no_finding() -> None:
    assert load_reader().read("Anything?", []) == []


def test_the_fast_engine_says_what_torch_says() -> None:
    import torch

    reader = load_reader()
    rows = [[101, 2040, 2003, 102, 2543, 1012, 102], [101, 2040, 102, 2543, 102]]
    ids = np.zeros((2, 7), dtype=np.int64)
    for i, row in enumerate(rows):
        ids[i, : len(row)] = row
    mask = (ids > 0).astype(np.int64)
    segments = mask.copy()
    segments[:, :3] = 0
    spans, answers = reader._run(rows, 3)
    with torch.inference_mode():
        expected = torch_network(MODEL)(*map(torch.from_numpy, (ids, segments, mask)))
    np.testing.assert_allclose(spans[mask > 0], expected[0].numpy()[mask > 0], atol=0.1)
    np.testing.assert_allclose(answers, expected[1].numpy(), atol=0.1)


def test_what_ships_is_calibrated() -> None:
    assert (MODEL / "calibration.json").is_file()  # without it a score would pass for a probability
    assert load_reader().confidence(0.0) != 0.5


def test_missing_weights_are_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="weights are missing"):
        SpanReader(tmp_path)
