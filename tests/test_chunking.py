"""Passages: laws over many sizes of section, then what is embedded for one."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from rag.chunking import embedding_text, split
from rag.sentences import sentence_spans
from rag.types import Document, Passage, Section


def sentence(n_words: int, chance: random.Random) -> str:
    return (
        " ".join(chance.choice(["sheep", "went", "home", "café", "again"]) for _ in range(n_words)).capitalize() + "."
    )


def document(*sections: str) -> Document:
    """A document whose sections are these texts, with a line of boilerplate between them."""
    text, spans = "", []
    for i, section in enumerate(sections):
        text += "Source link\n\n"
        spans.append(Section(f"Heading {i}", len(text), len(text) + len(section)))
        text += section + "\n\n"
    return Document("d", text, "Title", "/a.txt", sections=tuple(spans))


def n_words(passage: Passage) -> int:
    return len(passage.text.split())


@pytest.mark.parametrize("seed", range(40))
def test_laws(seed: int) -> None:
    chance = random.Random(seed)
    sections = [
        chance.choice([" ", "\n\n"]).join(sentence(chance.randint(1, 70), chance) for _ in range(chance.randint(1, 60)))
        for _ in range(chance.randint(1, 4))
    ]
    doc = document(*sections)
    low, overlap = chance.choice([20, 60, 120]), chance.choice([0, 1, 2])
    passages = split(doc, min_words=low, max_words=low * 3 // 2, overlap=overlap)

    assert all(doc.text[p.start : p.end] == p.text and p.text.strip() == p.text != "" for p in passages)
    assert [(p.start, p.end) for p in passages] == sorted({(p.start, p.end) for p in passages})
    assert all(n_words(p) <= low * 3 // 2 * 1.5 for p in passages)
    for section in doc.sections:
        own = [p for p in passages if section.start <= p.start and p.end <= section.end]
        assert {p.heading for p in own} == {section.heading}
        covered = {i for p in own for i in range(p.start, p.end)}
        assert all(doc.text[i].isspace() for i in set(range(section.start, section.end)) - covered)
    assert "Source link" not in " ".join(p.text for p in passages)


@pytest.mark.parametrize("n_sentences", [15, 16, 23, 31, 40, 77])
def test_passages_have_the_wanted_size_and_share_one_sentence(n_sentences: int) -> None:
    chance = random.Random(n_sentences)
    doc = document(" ".join(sentence(chance.randint(8, 25), chance) for _ in range(n_sentences)))
    passages = split(doc)
    assert all(110 <= n_words(p) <= 190 for p in passages)
    for before, after in pairwise(passages):
        shared = doc.text[after.start : before.end]
        assert len(sentence_spans(shared)) == 1
        assert shared == doc.text[slice(*sentence_spans(before.text)[-1])] or before.text.endswith(shared)
        assert after.text.startswith(shared)


def test_without_overlap_every_sentence_is_in_one_passage() -> None:
    chance = random.Random(1)
    doc = document(" ".join(sentence(20, chance) for _ in range(40)))
    assert sum(n_words(p) for p in split(doc, overlap=0)) == 800


def test_a_short_section_is_one_passage_and_none_spans_two() -> None:
    doc = document("First thing. It is short.", "Second thing.")
    assert [p.text for p in split(doc)] == ["First thing. It is short.", "Second thing."]


def test_a_short_tail_is_shared_out_instead_of_left_over() -> None:
    chance = random.Random(2)
    doc = document(" ".join(sentence(20, chance) for _ in range(10)))  # 200 words: not 180 and 20
    assert min(n_words(p) for p in split(doc)) > 90


def test_a_sentence_without_end_is_cut_between_words() -> None:
    doc = document("word " * 400 + "end.")
    passages = split(doc)
    assert len(passages) > 1
    assert all(n_words(p) <= 270 for p in passages)
    assert all(set(p.text.split()) <= {"word", "end."} for p in passages)


def test_a_text_without_spaces_is_cut_too() -> None:
    doc = document("語" * 9000)
    assert "".join(p.text for p in split(doc, overlap=0)) == "語" * 9000
    assert max(len(p.text) for p in split(doc)) <= 2700


def test_a_document_without_sections_is_one_section_and_an_empty_one_has_no_passage() -> None:
    assert [p.text for p in split(Document("d", " Only this. ", "T", "/a.txt"))] == ["Only this."]
    assert split(Document("d", " \n", "T", "/a.txt")) == []


def test_title_and_heading_are_embedded_but_not_counted() -> None:
    doc = document("First thing.")
    (passage,) = split(doc)
    assert embedding_text(doc, passage) == "Title\nHeading 0\nFirst thing."
    assert doc.text[passage.start : passage.end] == "First thing."
    bare = Document("d", "First thing.", "Title", "/a.txt", sections=(Section("Title", 0, 12),))
    assert embedding_text(bare, split(bare)[0]) == "Title\nFirst thing."
