"""Who did it, where another document names another doer a sentence later."""

from __future__ import annotations

from rag.agents import named_elsewhere
from rag.types import Document, Finding, Hit, Passage

ASKED = "Who killed the rebel leader Idris Kor?"
BEST = "Idris Kor was killed by the Northern Front, a spokesman said."


def doers(question: str, text: str) -> list[str]:
    """The doers that another document of this text names."""
    passages = [Passage(str(i), 0, len(words), words) for i, words in enumerate((BEST, text))]
    documents = {p.doc_id: Document(p.doc_id, p.text, f"Article {p.doc_id}", f"{p.doc_id}.txt") for p in passages}
    best = Finding(passages[0], 0, len(BEST), "the Northern Front", 0.9, 4.0)
    return [f.answer for f in named_elsewhere(question, best, [Hit(p, 1.0) for p in passages], documents)]


def test_the_deed_and_its_doer_may_stand_in_two_sentences() -> None:
    text = "Idris Kor was killed on Sunday. Its president said that agents of the Ostmark service carried out the raid."
    assert doers(ASKED, text) == ["agents of the Ostmark service"]
    assert doers(ASKED, "Troops of Ostmark killed Idris Kor in his house.") == ["Troops of Ostmark"]


def test_the_same_doer_contradicts_nothing() -> None:
    assert doers(ASKED, "Idris Kor was killed on Sunday. Men of the Northern Front carried out the attack.") == []


def test_another_deed_is_no_answer() -> None:
    assert doers(ASKED, "Amin Dau was killed on Sunday. Agents of Ostmark carried out the raid.") == []
    assert doers(ASKED, "Idris Kor visited the port. Agents of Ostmark carried out the raid.") == []
    assert doers("Who met Idris Kor?", "Idris Kor was killed. Agents of Ostmark carried out the raid.") == []
