"""Gold questions of every format that is promised: told by their shape, with the documents that come with them."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from eval.cli import main
from eval.corpus import opened
from eval.datasets import FORMATS, load_dataset, sniff
from eval.datasets.records import Dataset, Record
from eval.datasets.squad import sentence_around
from eval.gold import GoldQuestion
from eval.run import read_rows
from rag import Index
from rag.errors import GoldError, OptionError, UnreadableFile

HARBOUR = "A fire in the harbour of Lindby killed nine people on Monday night. The blaze began in a grain store."
MARKET = "The night market of Ekeness opened again after two years. About 300 traders took part."


def lines(path: Path, *rows: Any) -> Path:
    text = "".join(json.dumps(row) + "\n" for row in rows)
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text)
    return path


def whole(path: Path, value: Any) -> Path:
    path.write_text(json.dumps(value, indent=1))
    return path


def documents(dataset: Dataset) -> list[Record]:
    assert dataset.documents is not None
    return list(dataset.documents())


def squad(folder: Path) -> Path:
    answer = {"text": "nine people", "answer_start": HARBOUR.index("nine people")}
    return whole(folder / "squad.json", {"version": "v2.0", "data": [{"title": "Lindby_harbour", "paragraphs": [
        {"context": HARBOUR, "qas": [
            {"id": "s1", "question": "How many died?", "is_impossible": False,
             "answers": [answer, {**answer, "text": "nine"}]},
            {"id": "s2", "question": "Who lit it?", "is_impossible": True, "answers": [],
             "plausible_answers": [answer]}]},
        {"context": MARKET, "qas": [{"id": "s3", "question": "How many traders?", "answers": [
            {"text": "300", "answer_start": MARKET.index("300")}]}]},
    ]}]})  # fmt: skip


def beir(folder: Path) -> Path:
    (folder / "beir" / "qrels").mkdir(parents=True)
    lines(folder / "beir" / "corpus.jsonl", {"_id": "d1", "title": "Harbour", "text": HARBOUR},
          {"_id": "d2", "title": "Market", "text": MARKET}, {"_id": "d3", "title": "", "text": ""})  # fmt: skip
    asked = ("harbour fire", "market traders", "not judged")
    lines(folder / "beir" / "queries.jsonl", *({"_id": str(n), "text": text} for n, text in enumerate(asked, 1)))
    (folder / "beir" / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\n1\td1\t2\n1\td2\t0\n2\td2\t1\n")
    return folder / "beir"


def multihop(folder: Path) -> Path:
    (folder / "hop").mkdir()
    whole(
        folder / "hop" / "corpus.json",
        [
            {
                "title": "Harbour",
                "published_at": "2023-11-27T08:45:59+00:00",
                "source": "A",
                "url": "u1",
                "body": HARBOUR,
            },
            {
                "title": "Market",
                "published_at": "2023-11-28T08:45:59+00:00",
                "source": "B",
                "url": "u2",
                "body": MARKET,
            },
        ],
    )
    facts = [{"title": "Harbour", "fact": HARBOUR.split(". ")[0]}, {"title": "Market", "fact": MARKET.split(". ")[0]}]
    whole(
        folder / "hop" / "MultiHopRAG.json",
        [
            {"query": "Which?", "answer": "Lindby", "question_type": "inference_query", "evidence_list": facts},
            {
                "query": "What else?",
                "answer": "Insufficient information.",
                "question_type": "null_query",
                "evidence_list": [],
            },
        ],
    )
    return folder / "hop"  # fmt: skip


def test_squad(tmp_path: Path) -> None:
    dataset = load_dataset(squad(tmp_path))
    assert dataset.format == "squad"
    first, second, third = dataset.questions
    assert first.answer == (("nine people", "nine"),)
    assert first.evidence == ("A fire in the harbour of Lindby killed nine people on Monday night.",)
    assert second == GoldQuestion("s2", "unanswerable", "Who lit it?")
    assert third.evidence == ("About 300 traders took part.",)
    assert [d["title"] for d in documents(dataset)] == ["Lindby harbour", "Lindby harbour"]


def test_the_sentence_around_an_answer() -> None:
    text = "It rained. In the U.S. nine died! Who? No one knew\nA new line."
    assert sentence_around(text, text.index("nine"), text.index("nine") + 4) == "nine died!"
    assert sentence_around(text, 0, 2) == "It rained."
    assert sentence_around(text, text.index("line"), len(text) - 1) == "A new line."


def test_beir_is_held_to_search_alone(tmp_path: Path) -> None:
    dataset = load_dataset(beir(tmp_path))
    assert [gold.relevant for gold in dataset.questions] == [(("d1", 2),), (("d2", 1),)]
    assert [gold.answerable for gold in dataset.questions] == [None, None]
    assert [d["id"] for d in documents(dataset)] == ["d1", "d2"]


@pytest.mark.parametrize("name", ["open.jsonl", "open.jsonl.gz"])
def test_nq_open(name: str, tmp_path: Path) -> None:
    dataset = load_dataset(lines(tmp_path / name, {"question": "how many died", "answer": ["nine", "9"]}))
    assert (dataset.format, dataset.documents) == ("nq-open", None)
    [gold] = dataset.questions
    assert (gold.id, gold.answer, gold.units) == ("open-1", (("nine", "9"),), (("nine", "9"),))


@pytest.mark.parametrize(
    ("answers", "read"),
    [
        ({"text": ["nine", "nine people"], "answer_start": [44, 44]}, ("nine", "nine people")),
        ({"text": [], "answer_start": []}, ()),
        ([{"text": "nine", "answer_start": 44}, {"text": "9", "answer_start": 44}], ("nine", "9")),
        ({"value": "nine", "aliases": ["Nine", "9"], "type": "Numerical"}, ("nine", "Nine", "9")),
        ({"value": "nine"}, ("nine",)),
        ({"spans": ["nine"]}, None),
        ([["nine"], ["Lindby"]], None),
    ],
)
def test_answers_that_are_objects(answers: Any, read: tuple[str, ...] | None, tmp_path: Path) -> None:
    rows = [{"question": "?", "answers": answers}, {"question": "?", "context": HARBOUR, "answers": answers}]
    for row in rows:
        file = lines(tmp_path / "asked.jsonl", row)
        if read is None:
            with pytest.raises(GoldError, match=r"asked\.jsonl: not the layout"):
                load_dataset(file)
            continue
        [gold] = load_dataset(file).questions
        assert gold.answer == ((read,) if read else ())
        assert gold.answerable is bool(read)


def test_lost_in_the_middle(tmp_path: Path) -> None:
    contexts = [{"id": "7", "title": "Harbour", "text": HARBOUR, "isgold": True},
                {"title": "Market", "text": MARKET, "hasanswer": False}]  # fmt: skip
    row = {"question": "how many died", "answers": ["nine"], "ctxs": contexts, "nq_annotated_gold": {}}
    dataset = load_dataset(lines(tmp_path / "a.jsonl.gz", row, {**row, "question": "where"}))
    assert dataset.format == "lost-in-the-middle"
    assert [d["title"] for d in documents(dataset)] == ["Harbour", "Market"]  # each once


def test_rows_with_their_context(tmp_path: Path) -> None:
    row = {"id": "x1", "dataset": "d", "title": "Harbour", "question": "?", "context": HARBOUR, "answers": ["nine"]}
    several = {
        "id": "x2",
        "question": "?",
        "contexts": [{"title": "Market", "text": MARKET, "gold": True}],
        "answers": [],
    }
    for rows in ([row, several], [several, row]):
        dataset = load_dataset(lines(tmp_path / "rows.jsonl", *rows))
        assert dataset.format == "qa-rows"
        assert {(gold.id, gold.answerable) for gold in dataset.questions} == {("x1", True), ("x2", False)}
        assert {d["title"] for d in documents(dataset)} == {"Harbour", "Market"}


@pytest.mark.parametrize(("name", "key"), [("qa-rows", "contexts"), ("lost-in-the-middle", "ctxs")])
def test_passages_may_be_bare_text(name: str, key: str, tmp_path: Path) -> None:
    row = {"question": "?", "answers": ["nine"], key: [HARBOUR, {"title": "Market", "text": MARKET}]}
    dataset = load_dataset(lines(tmp_path / "rows.jsonl", row))
    assert dataset.format == name
    assert [(d["title"], d["text"]) for d in documents(dataset)] == [("", HARBOUR), ("Market", MARKET)]
    odd = load_dataset(lines(tmp_path / "odd.jsonl", {**row, key: [7]}))
    with pytest.raises(GoldError, match=r"odd\.jsonl"):
        documents(odd)


def test_our_own_rows_may_be_gzipped(tmp_path: Path) -> None:
    row = {"id": "a", "type": "fact", "question": "?", "answer": [["nine"]], "evidence": []}
    assert load_dataset(lines(tmp_path / "gold.jsonl.gz", row)).questions[0].answer == (("nine",),)
    (tmp_path / "torn.jsonl.gz").write_bytes((tmp_path / "gold.jsonl.gz").read_bytes()[:-12])
    with pytest.raises(GoldError, match="torn"):
        load_dataset(tmp_path / "torn.jsonl.gz", "footnote")


@pytest.mark.parametrize("answer", [0, "0", [0]])
def test_the_first_choice_is_an_answer(answer: Any, tmp_path: Path) -> None:
    row = {"question_sentence": "How many?", "choices": ["nine", "two"], "answer": answer}
    assert load_dataset(lines(tmp_path / "rows.jsonl", row)).questions[0].answer == (("nine",),)


def test_multihop_rag_needs_all_its_evidence(tmp_path: Path) -> None:
    for path in (multihop(tmp_path), tmp_path / "hop" / "MultiHopRAG.json"):
        dataset = load_dataset(path)
        assert dataset.format == "multihop-rag"
        first, null = dataset.questions
        assert (len(first.evidence), first.needs_all, first.answerable) == (2, True, True)
        assert null.answerable is False
        assert [d["date"] for d in documents(dataset)] == ["2023-11-27", "2023-11-28"]


def test_rgb(tmp_path: Path) -> None:
    plain = {"id": 0, "query": "How many?", "answer": [["nine", "9"]], "positive": [HARBOUR], "negative": [MARKET]}
    several = {"id": 1, "query": "Who and where?", "answer": ["Maren", ["Lindby", "Linby"]],
               "positive": [[HARBOUR], [MARKET]], "negative": []}  # fmt: skip
    wrong = {"id": 2, "query": "Where?", "answer": [["Linby", "Lindby"]], "fakeanswer": "Ekeness", "negative": [],
             "positive": [HARBOUR], "positive_wrong": [HARBOUR.replace("Lindby", "Ekeness")]}  # fmt: skip
    dataset = load_dataset(lines(tmp_path / "en.json", plain, several, wrong))
    assert dataset.format == "rgb"
    assert [gold.type for gold in dataset.questions] == ["fact", "list", "conflict"]
    assert dataset.questions[1].answer == (("Maren",), ("Lindby", "Linby"))
    assert dataset.questions[2].answer == (("Linby", "Lindby"), ("Ekeness",))
    assert dataset.questions[2].evidence == ("Lindby", "Ekeness")  # as the passages have it
    assert len(documents(dataset)) == 3


def test_realtimeqa_and_rows_like_it(tmp_path: Path) -> None:
    asked = {"question_id": "r_0", "question_sentence": "How many died?", "choices": ["two", "nine"], "answer": ["1"]}
    article = {"title": "Harbour", "text": HARBOUR, "publish_date": "2021/05/04"}
    bare = load_dataset(lines(tmp_path / "20210504_qa.jsonl", asked))
    assert (bare.format, bare.documents) == ("realtimeqa", None)
    lines(tmp_path / "20210504_gcs.jsonl", {"question_id": "r_0", "search_result": [article]})
    with_articles = load_dataset(tmp_path / "20210504_qa.jsonl")
    assert with_articles.questions[0].answer == (("nine",),)
    assert documents(with_articles)[0]["date"] == "2021-05-04"
    like = {"question": "How many died?", "articles": [article, MARKET], "answers": ["nine"]}
    dataset = load_dataset(lines(tmp_path / "like.jsonl", like))
    assert (dataset.format, len(documents(dataset))) == ("realtimeqa", 2)


def test_a_spreadsheet(tmp_path: Path) -> None:
    file = tmp_path / "asked.csv"
    file.write_text('Question,Answer,Source\n"How many, in all?",nine | 9,harbour.txt\nWho lit it?,,\n')
    first, second = load_dataset(file).questions
    assert (first.answer, first.source, first.any_evidence) == ((("nine", "9"),), "harbour.txt", True)
    assert (second.answerable, second.id) == (False, "asked-3")
    file.write_text("question;answer\nWhere?;Lindby\n")
    assert load_dataset(file).questions[0].answer == (("Lindby",),)
    for text, said in (("a,b\n1,2\n", "name the columns"), ("question,answer\n,x\n", "line 2")):
        file.write_text(text)
        with pytest.raises(GoldError, match=said):
            load_dataset(file)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"speech": 1}', "speech, which is no format known here; name it with --format"),
        ('{"question": "?", "ctxs": 3, "answers": ["x"]}', None),
        ('{"query": "?", "evidence_list": []}', "not the layout of multihop-rag"),
        ("", "no gold question"),
    ],
)
def test_what_is_no_gold_file_is_named(text: str, said: str | None, tmp_path: Path) -> None:
    (tmp_path / "odd.jsonl").write_text(text)
    if said is None:  # the questions are fine; what they bring is not
        dataset = load_dataset(tmp_path / "odd.jsonl")
        with pytest.raises(GoldError, match=r"odd\.jsonl: its documents"):
            documents(dataset)
        return
    with pytest.raises(GoldError, match=rf"odd\.jsonl: .*{said}"):
        load_dataset(tmp_path / "odd.jsonl")
    with pytest.raises(GoldError, match="choose one of footnote, squad, beir"):
        load_dataset(tmp_path / "odd.jsonl", "spider")
    with pytest.raises(GoldError, match=r"queries\.jsonl, corpus\.jsonl and qrels"):
        sniff(tmp_path)
    assert len(FORMATS) == 10


def test_documents_that_questions_bring_are_indexed_in_parts_and_known_by_their_keys(tmp_path: Path) -> None:
    dataset = load_dataset(beir(tmp_path))
    for _ in range(2):  # the second time nothing is new
        with opened(dataset, where=tmp_path / "index") as corpus:
            assert corpus.key is not None
            hits = corpus.index.search("harbour fire", 2)
            assert [corpus.key(hit) for hit in hits] == ["d1", "d2"]
            assert len(corpus.index.sources()) == 1
    # An index that someone made of other documents is asked as it is.
    with Index.open(tmp_path / "theirs") as theirs:
        theirs.add(lines(tmp_path / "own.jsonl", {"title": "Own", "text": MARKET}))
    with opened(load_dataset(squad(tmp_path)), where=tmp_path / "theirs") as corpus:
        assert [document.title for document in corpus.index.documents.values()] == ["Own"]


def test_relevant_documents_are_known_by_the_ids_of_a_corpus_of_json_lines(tmp_path: Path) -> None:
    dataset, own = load_dataset(beir(tmp_path)), tmp_path / "own"
    with opened(dataset, corpus=tmp_path / "beir" / "corpus.jsonl") as corpus:
        assert corpus.key is not None
        assert [corpus.key(hit) for hit in corpus.index.search("harbour fire", 2)] == ["d1", "d2"]
    own.mkdir()
    (own / "harbour.txt").write_text(HARBOUR)
    with Index.open(tmp_path / "theirs") as theirs:
        theirs.add(own)
    nameless = lines(tmp_path / "nameless.jsonl", {"title": "Harbour", "text": HARBOUR})
    for options in ({"corpus": own}, {"corpus": nameless}, {"where": tmp_path / "theirs"}):
        with pytest.raises(OptionError, match="JSON Lines with their _id"), opened(dataset, **options):
            pass
    with pytest.raises(UnreadableFile, match="gone"), opened(dataset, corpus=tmp_path / "gone"):
        pass


def test_an_odd_document_takes_none_of_its_neighbours_along(tmp_path: Path) -> None:
    dataset, folder = load_dataset(beir(tmp_path)), tmp_path / "beir"
    odd = ("\u200b", "\ufeff \u3164\n", "\ud800", "", "A \ud83d torn sign.", "—")
    lines(folder / "corpus.jsonl", {"_id": "d1", "title": "Harbour", "text": HARBOUR},
          *({"_id": f"odd-{n}", "title": "", "text": text} for n, text in enumerate(odd)),
          {"_id": "d2", "title": "Market", "text": MARKET})  # fmt: skip
    for options in ({}, {"corpus": folder / "corpus.jsonl"}):
        with opened(dataset, **options) as corpus:  # type: ignore[arg-type]
            assert corpus.key is not None
            assert [corpus.key(hit) for hit in corpus.index.search("harbour fire in Lindby", 1)] == ["d1"]
            assert [corpus.key(hit) for hit in corpus.index.search("market traders of Ekeness", 1)] == ["d2"]


def test_a_part_that_cannot_be_read_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eval.corpus.PART_LINES", 1)
    dataset = load_dataset(beir(tmp_path))
    lines(tmp_path / "all.jsonl", {"_id": "d1", "title": "Harbour", "text": HARBOUR}, {"_id": "d9", "words": 3})
    warned: list[str] = []
    with opened(dataset, corpus=tmp_path / "all.jsonl", warn=warned.append) as corpus:
        assert corpus.key is not None
        assert [corpus.key(hit) for hit in corpus.index.search("harbour fire in Lindby", 1)] == ["d1"]
    assert "is not an object with a" in warned[0]


def test_a_corpus_of_json_lines_may_be_gzipped_and_shrink(tmp_path: Path) -> None:
    nothing = Dataset("footnote", [])
    many = [{"id": str(n), "title": f"Note {n}", "text": f"Note {n} says so."} for n in range(501)]
    for rows, n_parts in ((many, 2), (many[:3], 1)):
        packed = lines(tmp_path / "corpus.jsonl.gz", *rows)
        with opened(nothing, corpus=packed, where=tmp_path / "index") as corpus:
            assert len(corpus.index.documents) == len(rows)
            assert len(corpus.index.sources()) == n_parts


def test_nothing_to_ask_about(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="--corpus PATH"), opened(Dataset("nq-open", [])):
        pass


@pytest.mark.parametrize("make", [squad, beir, multihop])
def test_every_kind_is_asked_from_end_to_end(make: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert main(["--gold", str(make(tmp_path)), "--writer", "quote", "--out", str(out), "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    rows = read_rows(out / "answers.jsonl")
    assert figures["n"] == len(rows)
    assert figures["recall_at_8"] == 1.0
    assert (out / "report.html").is_file()
    if make is beir:
        assert {row.status for row in rows} == {"searched"}
        report = json.loads((out / "report.json").read_text())
        assert report["figures"]["recall_at_100"]["value"] == 1.0
        assert report["figures"]["answerable_accuracy"]["value"] is None
