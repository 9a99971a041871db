"""From [n] to quotes: markers, numbering, and quotes that are their document's words."""

from __future__ import annotations

import pytest

from rag.citations import cite, resolve, verified
from rag.types import Document, Finding, Passage

FIRE = Document(
    "fire", "Nine people died in the harbour. The cause was a faulty cable. Ferries went to Ekeness.", "Fire", "f.txt"
)
MARKET = Document("market", "About 300 traders came. Mayor Ilse Brandt was glad.", "Market", "m.txt")
DOCUMENTS = {document.doc_id: document for document in (FIRE, MARKET)}


def finding(document: Document, sentence: str, confidence: float = 0.9) -> Finding:
    start = document.text.index(sentence)
    passage = Passage(document.doc_id, 0, len(document.text), document.text)
    return Finding(passage, start, start + len(sentence), sentence, confidence)


FINDINGS = [finding(FIRE, "Nine people died in the harbour."), finding(MARKET, "About 300 traders came.")]


def resolved(text: str, question: str = "What happened?") -> tuple[str, list[str]]:
    sentences, citations, _ = resolve(text, question, FINDINGS, DOCUMENTS)
    assert all(verified(citation, DOCUMENTS[citation.doc_id]) for citation in citations)
    assert [citation.number for citation in citations] == list(range(1, len(citations) + 1))
    return " ".join(sentence.text for sentence in sentences), [citation.quote for citation in citations]


@pytest.mark.parametrize(
    ("written", "shown", "quotes"),
    [
        ("Nine people died. [1]", "Nine people died. [1]", ["Nine people died in the harbour."]),
        ("Nine people died [1].", "Nine people died [1].", ["Nine people died in the harbour."]),
        ("Nine died【1】.", "Nine died [1].", ["Nine people died in the harbour."]),
        # Numbered by first use, the same number everywhere.
        (
            "300 traders came [2]. Nine people died [1]. Traders came [2].",
            "300 traders came [1]. Nine people died [2]. Traders came [1].",
            ["About 300 traders came.", "Nine people died in the harbour."],
        ),
        ("Both [1, 2].", "Both [1] [2].", ["Nine people died in the harbour.", "About 300 traders came."]),
        ("Nine people died [1]; 300 traders came [2].", "Nine people died [1]; 300 traders came [2].",
         ["Nine people died in the harbour.", "Ab" "out 300 traders came."]),
        # A marker that points nowhere is dropped, and one that a stream has not finished is not shown.
        ("Nobody knows why at all [7].", "Nobody knows why at all.", []),
        ("Nobody knows why at all [", "Nobody knows why at all", []),
        # The quote is the sentence that supports what is written, not always the one the reader chose.
        ("A faulty cable was the cause [1].", "A faulty cable was the cause [1].", ["The cause was a faulty cable."]),
        # A sentence that names no passage is given the one that supports it.
        ("Mayor Ilse Brandt was glad.", "Mayor Ilse Brandt was glad. [1]", ["Mayor Ilse Brandt was glad."]),
        ("", "", []),
    ],
)  # fmt: skip
def test_resolve(written: str, shown: str, quotes: list[str]) -> None:
    assert resolved(written) == (shown, quotes)


def test_the_question_settles_between_equal_quotes() -> None:
    assert resolved("Ekeness [1]", "Where did the ferries go?")[1] == ["Ferries went to Ekeness."]


def test_a_citation_knows_its_document_and_page() -> None:
    document = Document("d", "One. Two.", "Report", "r.pdf", page_starts=(0, 5))
    citation = cite(1, ("d", 5, 9), document)
    assert (citation.quote, citation.title, citation.source, citation.page) == ("Two.", "Report", "r.pdf", 2)


def test_a_quote_that_no_longer_stands_is_not_verified() -> None:
    citation = cite(1, ("fire", 0, 32), FIRE)
    edited = Document("fire", FIRE.text.replace("Nine", "Ten"), "Fire", "f.txt")
    assert verified(citation, FIRE)
    assert not verified(citation, edited)
    assert not verified(citation, None)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Nine people died [1].", "Nine people died [1]."),
        # Another number or name than the source's: the source speaks for itself.
        ("Ninety people died [1].", "Nine people died in the harbour. [1]"),
        ("Karl Brandt was glad [2].", "Mayor Ilse Brandt was glad. [1]"),
        # Nothing backs it: it is left out.
        ("Nobody knows why at all.", ""),
        ("Eleven people died [1]. Twelve people died [1].", "Nine people died in the harbour. [1]"),
    ],
)
def test_checked_what_the_quotes_do_not_bear_out_gives_way_to_them(written: str, shown: str) -> None:
    sentences, _, _ = resolve(written, "What happened?", FINDINGS, DOCUMENTS, checked=True)
    assert " ".join(sentence.text for sentence in sentences) == shown


PIER = Document("pier", "The pier was built of oak. Jan Holt drew it in 1902. It burnt down in 1950.", "Pier", "p.txt")


def test_a_quote_grows_to_the_shortest_run_of_sentences_that_bears_out_what_is_written() -> None:
    findings = [finding(PIER, "Jan Holt drew it in 1902.")]
    written = "Jan Holt drew the pier in 1902, and it burnt down in 1950 [1]."
    sentences, citations, checks = resolve(written, "Who drew it?", findings, {"pier": PIER}, checked=True)
    assert [sentence.text for sentence in sentences] == [written]
    assert [citation.quote for citation in citations] == ["Jan Holt drew it in 1902. It burnt down in 1950."]
    assert [check.verdict for check in checks] == ["supported"]


def test_the_trace_says_what_was_not_shown_and_why() -> None:
    written = "Nine people died in 1999 [1]. Nobody knows why."
    _, _, checks = resolve(written, "What happened?", FINDINGS, DOCUMENTS, checked=True)
    assert [(check.sentence, check.verdict) for check in checks] == [
        ("Nine people died in 1999.", "unsupported"),
        ("Nobody knows why.", "uncited"),
    ]
    assert checks[0].reasons == ("the date 1999 is not in its sources",)
