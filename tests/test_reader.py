"""The trained reader: it points at words of a passage, says how surely, and says when there is nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.errors import ModelError
from rag.network import on_openvino, on_torch
from rag.reader import MODEL, SpanReader, load_reader
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
    assert best.confidence > load_reader().threshold > other.confidence


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
    for [one, *_], [other, *_] in zip(alone, together, strict=True):
        assert (one.start, one.end) == (other.start, other.end)
        assert one.score == pytest.approx(other.score, abs=0.05)


def test_nothing_to_read_is_no_finding() -> None:
    assert load_reader().read("Anything?", []) == []


def test_the_fast_engine_points_where_torch_points() -> None:
    fast, reference = (SpanReader(network=engine) for engine in (on_openvino(MODEL), on_torch(MODEL, "cpu")))
    hits = [hit(FIRE), hit(MARKET)]
    for question in ("How many people did the fire kill?", "Who is the fire chief?", "How many traders took part?"):
        for ours, theirs in zip(fast.readings(question, hits), reference.readings(question, hits), strict=True):
            assert (ours[0].start, ours[0].end) == (theirs[0].start, theirs[0].end)
            assert ours[0].score == pytest.approx(theirs[0].score, abs=0.2)


def test_a_passage_too_long_for_one_look_is_read_to_its_end() -> None:
    filler = "The council met and spoke of the budget for a long while. " * 80
    [best, *_] = load_reader().read("Who is the fire chief?", [hit(filler + FIRE)])
    assert "Maren Holt" in best.answer


def test_two_sentences_of_one_passage_can_both_answer() -> None:
    text = (
        "A fire in the harbour killed nine people on Monday. A second fire in the mill killed four people on Tuesday."
    )
    answers = [finding.answer for finding in load_reader().read("How many people did the fires kill?", [hit(text)])]
    assert sorted(answers) == ["four", "nine"]


def test_a_rival_answer_makes_both_less_sure() -> None:
    question = "How many people did the fire kill?"
    rival = hit(FIRE.replace("nine", "fourteen"), "Another paper")
    [alone, *_] = load_reader().read(question, [hit(FIRE)])
    [best, *_] = load_reader().read(question, [hit(FIRE), rival])
    assert best.confidence < alone.confidence


def test_missing_calibration_is_named(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes((MODEL / "model.safetensors").read_bytes())
    with pytest.raises(ModelError, match="calibration"):
        SpanReader(tmp_path)


def test_missing_weights_are_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="weights are missing"):
        SpanReader(tmp_path)


def test_an_excerpt_is_at_most_thirty_words_around_the_answer() -> None:
    filling = " and ".join(["the old harbour wall was mended"] * 8)
    text = f"In Ekeness {filling}, while the lighthouse was built by Karin Dahl, {filling}. It rained."
    [best, *_] = load_reader().read("Who built the lighthouse?", [hit(text)])
    assert len(best.quote.split()) > 60
    assert len(best.excerpt.split()) == 30
    assert "Karin Dahl" in best.excerpt
    assert best.excerpt in text
    [short, *_] = load_reader().read("Who built it?", [hit("Karin Dahl built it.")])
    assert short.excerpt == short.passage.text
