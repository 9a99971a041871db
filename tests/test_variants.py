"""A name is found however the question spells it, and nothing else changes."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from eval.variants import Pair, load_pairs, measure
from rag import Index
from rag.spelling import difference, fold, keys
from rag.types import Embedder

PEOPLE = {
    "Valentina Tereshkova": "Yaroslavl",
    "Rustem Hayroudinoff": "Kazan",
    "Abu Hussein al-Qurashi": "Jandaris",
    "Mallikarjun Kharge": "Varwatti",
    "Nico Hülkenberg": "Emmerich",
    "Stanisław Gawlik": "Krakow",
    "Rami Abdurrahman": "Baniyas",
    "Lee Jong-hyun": "Busan",
    "Konrad Wolf": "Hechingen",
    "Conrad Ferdinand Meyer": "Zurich",
    "Hugo Wolff": "Windischgraz",
    "Sukhna Beni Khaled": "Palmyra",
}


@pytest.fixture
def people(library: Index, write: Callable[[str, str], Path]) -> Index:
    """The library, and a dozen people told apart by their names alone."""
    paths = [
        write(f"people/{fold(name)}.txt", f"A life\n\n{name} was born in the town of {place} and left it at twenty.\n")
        for name, place in PEOPLE.items()
    ]
    library.add(*paths)
    return library


@pytest.mark.parametrize(
    ("variant", "name"),
    [
        ("Valentyna Tereschkowa", "Valentina Tereshkova"),
        ("Rustem Khairutdinov", "Rustem Hayroudinoff"),
        ("Abu Husain al-Qurayshi", "Abu Hussein al-Qurashi"),
        ("malikarjun kharghe", "Mallikarjun Kharge"),
        ("Nico Huelkenberg", "Nico Hülkenberg"),
        ("Stanislaw Gawlik", "Stanisław Gawlik"),
        ("Rami Abdul Rahman", "Rami Abdurrahman"),
        ("Lee Jonghyun", "Lee Jong-hyun"),
        ("Conrad Wolff", "Konrad Wolf"),
        ("as-Soukhnah", "Sukhna Beni Khaled"),
    ],
)
def test_a_name_in_another_spelling_finds_its_passage(people: Index, variant: str, name: str) -> None:
    assert name in people.search(f"Where was {variant} born?", 1)[0].passage.text


def test_a_name_that_two_documents_spell_differently_finds_both(
    library: Index, write: Callable[[str, str], Path]
) -> None:
    library.add(write("one.txt", "Raid\n\nThe raid near Sukhna began at dawn.\n"))
    library.add(write("two.txt", "Well\n\nA well was dug in Al-Sukhnah by the council.\n"))
    texts = [hit.passage.text for hit in library.search("Sukhna", 2, mode="lexical")]
    assert ["Sukhna began" in texts[0], "Al-Sukhnah" in texts[1]] == [True, True]


def test_a_question_without_strange_names_is_searched_as_it_stands(people: Index) -> None:
    questions = ["How many people died in the harbour fire?", "Who was the mayor of Ekeness?", "storm trees valley"]
    usual = [people.search(question) for question in questions]
    people._respells = False
    assert [people.search(question) for question in questions] == usual


def test_names_that_are_removed_leave_no_trace(library: Index, write: Callable[[str, str], Path]) -> None:
    def state() -> tuple[object, ...]:
        with sqlite3.connect(library.folder / "footnote.sqlite") as connection:
            names = connection.execute("SELECT word, n_documents FROM names ORDER BY word").fetchall()
            keys = connection.execute(
                "SELECT key, word FROM name_keys JOIN names ON id = name ORDER BY 1, 2"
            ).fetchall()
            count = connection.execute("SELECT count(*) FROM name_keys").fetchone()
        connection.close()
        return names, keys, count

    def found() -> list[tuple[str, float]]:
        return [(hit.passage.text, round(hit.score, 5)) for hit in library.search("Who is Maren Hollt of Tereschkowa?")]

    before = state(), found()
    extra = write("extra.txt", "Tereshkova\n\nValentina Tereshkova met Maren Holt in Lindby.\n")
    library.add(extra)
    assert (state(), found()) != before
    library.remove(str(extra))
    assert (state(), found()) == before


@pytest.mark.parametrize("query", ["Ab" * 2000, "Xyz " * 2000, "Мария Львовна", "O'-’ Neil--", "Dar'a", "É", "A-B-C"])
def test_any_query_can_be_respelt(people: Index, query: str) -> None:
    assert len(people.search(query, 3)) <= 3


def test_spellings_of_one_name_are_near_and_share_a_key() -> None:
    assert difference("yushchenko", "yuschenko") == 0
    assert difference("sukhna", "sukhnah") == pytest.approx(0.3 / 7)  # an h too many, of seven letters
    assert difference("puigdemont", "puidgemont") == pytest.approx(0.6 / 10)  # two letters in the wrong order
    assert difference("kerman", "moscow") > 0.5
    assert keys("qurashi") & keys("qurayshi")
    assert fold("Şevkefza") == "sevkefza"
    assert fold("Němcová") == "nemcova"
    assert fold("Кант") == ""


def test_the_pairs_are_enough_and_differ() -> None:
    pairs = load_pairs()
    assert len(pairs) == len(set(pairs)) >= 60
    assert all(pair.canonical != pair.variant and pair.evidence for pair in pairs)


def test_on_the_real_documents_spelling_costs_at_most_two_points(
    seeds: Path, tmp_path: Path, embedder: Embedder
) -> None:
    pairs: list[Pair] = [pair for pair in load_pairs() if pair.corpus == "seeds"]
    with Index.open(tmp_path / "seeds", embedder=embedder) as index:
        index.add(seeds)
        results = [measure(index, pair, respell=True) for pair in pairs]
    assert sum(one.canonical - one.variant for one in results) / len(results) <= 0.02
