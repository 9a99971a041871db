"""What the page is made of, without a browser: HTML of answers, history, files, exports; nothing is read as HTML."""

from __future__ import annotations

import io
import json
import os
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from gradio.utils import get_upload_folder
from typer.testing import CliRunner

from page import answers, exports, panel, sheets
from page.actions import Actions
from page.asking import Desk
from page.documents import Shelf, explain, result, safe_name
from page.documents import library as listed
from page.filters import Filters
from page.limits import bytes_in
from page.markup import failure
from page.records import NotFound, Records, Turn
from page.settings import Settings, form, installed
from page.uploads import private_folder, sweep
from rag import Answer, Citation, Document, Finding, Hit, Index, Passage, ask
from rag.cli import cli
from rag.errors import FootnoteError, OptionError, StoreError
from rag.types import Check, Disagreement, FileReport, Report, Section, Sentence
from tests.conftest import HARBOUR
from tests.servers import Places, places

NASTY = (
    '<script>window.hacked = 1</script><img src=x onerror="window.hacked = 1"> **bold** [n](http://n.example) ${1+1}'
)
CURVE = ((0.0, 0.1), (0.5, 0.6), (0.8, 0.9))


def turn(answer: Answer, **changes: object) -> Turn:
    return Turn(7, 1, answer, Filters(), False, **changes)  # type: ignore[arg-type]


def test_all_that_comes_from_outside_is_escaped(tmp_path: Path) -> None:
    citation = Citation(1, "d", NASTY, f"/x/{NASTY}.txt", date(2021, 5, 4), 0, len(NASTY), NASTY, 3)
    document = Document("d", NASTY, NASTY, f"/x/{NASTY}.txt", None, (NASTY,), (), (Section(NASTY, 0, len(NASTY)),))
    passage = Passage("d", 0, len(NASTY), NASTY)
    hits, finding = (Hit(passage, 1.0, title=NASTY),), Finding(passage, 0, len(NASTY), NASTY, 0.9)
    said = (Sentence(f"{NASTY} [1]", (1,)), Sentence(NASTY))
    checks = (Check(NASTY, "unsupported", (NASTY,)),)
    disputed = Answer(NASTY, NASTY, "disputed", said, (citation,), "", (Disagreement(NASTY, (1,)),), hits,
                      {"total": 1.0}, NASTY, checks, NASTY, (finding,))  # fmt: skip
    abstained = Answer(NASTY, NASTY, "abstained", reason=NASTY, hits=hits, model=NASTY)
    documents = {"d": document}
    html = [
        answers.whole(turn(disputed, note=NASTY), documents, CURVE),
        answers.whole(turn(abstained), documents, CURVE),
        answers.running(disputed),
        panel.tabs(turn(disputed), documents, CURVE),
        panel.tabs(turn(abstained), documents, CURVE),
        panel.document(document, [citation], 1),
        failure(NASTY),
        result(FileReport(f"/x/{NASTY}", "failed", reason=NASTY), NASTY),
        form(Settings("quote", NASTY), Records(tmp_path)),
    ]
    assert [page for page in html if "<script" in page or "<img" in page or 'onerror="' in page] == []
    assert ["&lt;script&gt;" in page for page in html] == [True] * len(html)


def test_a_document_is_marked_exactly_where_the_quotes_stand() -> None:
    text = "One & two. Three <four>. Five."
    document = Document("d", text, "T", "/x/t.txt", page_starts=(0, 11))
    first = Citation(1, "d", "T", "/x/t.txt", None, 0, 10, text[:10])
    both = Citation(2, "d", "T", "/x/t.txt", None, 4, 24, text[4:24])
    html = panel.document(document, [first, both], 2)
    assert (
        '<mark data-quotes="1">One </mark><mark data-quotes="1 2">&amp; two.</mark><mark data-quotes="2"> </mark>'
        in html
    )
    assert '<mark data-quotes="2">Three &lt;four&gt;.</mark> Five.' in html
    assert html.index("Page 1") < html.index("One ") < html.index("Page 2") < html.index("Three")


def test_a_quote_that_no_longer_stands_is_not_marked_but_told() -> None:
    document = Document("d", "The tower is 70 metres tall.", "T", "/x/t.txt")
    stale = Citation(1, "d", "T", "/x/t.txt", None, 0, 28, "The tower is 61 metres tall.")
    html = panel.document(document, [stale], 1)
    assert "<mark" not in html
    assert "no longer stands" in html
    answer = Answer("q", "It is 61 metres. [1]", "answered", (Sentence("It is 61 metres. [1]", (1,)),), (stale,))
    assert "data-stale" in answers.whole(turn(answer), {"d": document}, CURVE)


def test_a_dispute_shows_every_value_with_its_sources() -> None:
    citations = tuple(Citation(n, "d", "T", "/x/t.txt", None, 0, 2, quote) for n, quote in ((1, "46"), (2, "61")))
    values = (Disagreement("46", (1,)), Disagreement("at least 61", (2,)))
    said = (Sentence("46 people [1] or 61 people [2] died.", (1, 2)),)
    html = answers.whole(turn(Answer("q", "t", "disputed", said, citations, "", values)), {}, CURVE)
    assert "The sources disagree" in html
    assert html.count('<b class="value"') == 2
    assert "undated" in html


def test_a_marker_without_a_quote_stays_text_and_its_sentence_is_marked() -> None:
    answer = Answer("q", "t", "answered", (Sentence("It was 1994 [7]."),))
    assert '<span class="bare">It was 1994 [7].</span>' in answers.written(answer, stale=frozenset(), whole=True)
    assert "bare" not in answers.written(answer, stale=frozenset())


def test_confidence_is_told_in_words_with_what_it_was_worth() -> None:
    finding = Finding(Passage("d", 0, 1, "x"), 0, 1, "x", 0.85)
    words, meaning = answers.confidence(Answer("q", "t", "answered", findings=(finding,)), CURVE)
    assert words == "very likely right"
    assert "90 in 100 were right" in meaning


def test_an_answer_survives_its_json(library: Index) -> None:
    answer = ask("How many people did the harbour fire kill?", library, writer="quote")
    assert Answer.from_dict(json.loads(json.dumps(answer.to_dict()))) == answer
    with pytest.raises(ValueError, match="no Answer"):
        Answer.from_dict({"text": 1})


def test_dates_and_documents_narrow_what_is_asked(library: Index) -> None:
    question = "How many traders took part in the night market?"
    assert ask(question, library, writer="quote", since=date(2022, 1, 1)).status == "answered"
    assert ask(question, library, writer="quote", as_of=date(2022, 1, 1)).status == "abstained"
    market = next(d.doc_id for d in library.documents.values() if "Ekeness" in d.title)
    others = [doc_id for doc_id in library.documents if doc_id != market]
    assert ask(question, library, writer="quote", documents=others).status == "abstained"


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Places:
    return places("postgres", tmp_path_factory.mktemp("history"))


@pytest.fixture(params=["a file", "PostgreSQL"])
def history(request: pytest.FixtureRequest, database: Places, tmp_path: Path) -> Path | str:
    """Where a history is kept that is still empty."""
    return tmp_path if request.param == "a file" else database.new()


def test_pages_are_shown_at_once_and_none_is_too_large(tmp_path: Path) -> None:
    import pypdfium2
    from PIL import Image

    made, paper = pypdfium2.PdfDocument.new(), tmp_path / "strip.pdf"
    for size in ((300, 400), (3, 14_400)):
        made.new_page(*size)
    made.save(paper)
    made.close()
    with ThreadPoolExecutor(8) as threads:
        pictures = list(threads.map(lambda n: sheets.picture(paper, n % 2 + 1), range(40)))
    sizes = [Image.open(io.BytesIO(shown)).size for shown in pictures]
    assert sizes == [(1000, 1334), (3, 10_000)] * 20


def test_history_is_kept_found_renamed_and_deleted(history: Path | str) -> None:
    records = Records(history)
    answer = Answer("Who is <b>Maren</b>?", "The fire chief.", "answered")
    kept = records.keep("ann", None, answer, Filters(since=date(2021, 1, 1)), "quote", stopped=False)
    records.keep(
        "ann", kept.conversation, Answer("And when?", "On Monday.", "answered"), Filters(), "quote", stopped=True
    )
    again = Records(history)
    assert again.turns("ann", kept.conversation)[0].answer == answer
    assert [t.stopped for t in again.turns("ann", kept.conversation)] == [False, True]
    assert again.turn("ann", kept.id).filters.since == date(2021, 1, 1)
    assert [c.title for c in again.conversations("ann", "FIRE CHIEF")] == ["Who is <b>Maren</b>?"]
    assert again.conversations("ann", "%") == []
    assert again.conversations("bob") == []
    with pytest.raises(NotFound):
        again.turn("bob", kept.id)
    again.rename("ann", kept.conversation, "The chief")
    again.delete("ann", kept.conversation)
    assert again.conversations("ann") == []
    again.delete("ann", kept.conversation, deleted=False)
    assert [c.title for c in again.conversations("ann")] == ["The chief"]


@pytest.mark.parametrize("sought", ["ÖRSKÖLD", "örsköld", "Örsköld", "ÉLAN", "жданов"])
def test_conversations_are_found_in_any_case(history: Path | str, sought: str) -> None:
    records = Records(history)
    records.keep(
        "ann", None, Answer("Who is Örsköld?", "ÉLAN says: ЖДАНОВ.", "answered"), Filters(), "quote", stopped=False
    )
    assert len(records.conversations("ann", sought)) == 1


def test_a_judged_answer_becomes_a_gold_candidate(library: Index, history: Path | str) -> None:
    records = Records(history)
    answer = ask("How many people did the harbour fire kill?", library, writer="quote")
    kept = records.keep("", None, answer, Filters(), "quote", stopped=False)
    records.judge("", kept.id, "wrong", "no")
    records.judge("", kept.id, "right", "yes")
    row = exports.gold_candidate(records.judged()[0])
    assert (row["type"], row["question"], row["note"]) == ("fact", "How many people did the harbour fire kill?", "yes")
    assert all(evidence in HARBOUR for evidence in row["evidence"])
    assert row["answer"][0][0] in answer.text


def test_the_gold_candidate_is_what_was_said_first(library: Index, history: Path | str) -> None:
    records = Records(history)
    answer = ask("How many people did the harbour fire kill?", library, writer="quote")
    answer = replace(answer, findings=(replace(answer.findings[0], start=0, end=4, answer="ten"), *answer.findings))
    kept = records.keep("", None, answer, Filters(), "quote", stopped=False)
    records.judge("", kept.id, "right", "")
    [[said]] = exports.gold_candidate(records.judged()[0])["answer"]
    assert said in answer.text


def test_a_run_that_is_stopped_while_it_waits_writes_nothing(library: Index) -> None:
    desk = Desk(library, Settings("quote"))
    desk.stop("ann", "1")
    *_, last = desk.reply("ann", {"question": "How many people did the harbour fire kill?", "run": "1"})
    assert "Stopped before anything was written." in last["html"]
    *_, last = desk.reply("ann", {"question": "How many people did the harbour fire kill?", "run": "1"})
    assert "nine" in last["html"]


def test_settings_are_each_person_s_own_and_change(history: Path | str) -> None:
    records = Records(history)
    records.set("ann", chosen={"k": 4}, off=["a"])
    records.set("ann", off=["a", "b"])
    assert Records(history).settings("ann") == {"chosen": {"k": 4}, "off": ["a", "b"]}
    assert records.settings("bob") == {}


def test_what_nobody_chose_follows_how_the_page_is_served(library: Index) -> None:
    Desk(library, Settings("quote", "old")).choose("ann", {"k": "4"})
    assert Desk(library, Settings("local", "new")).settings("ann") == Settings("local", "new", 4)


def test_a_model_once_chosen_locks_nobody_out(library: Index) -> None:
    whole = {"writer": "quote", "model": "old", "k": 8, "max_statements": 3}  # as settings were kept once
    desk = Desk(library, Settings("quote", "new"), choose_models=False)
    desk.records.set("ann", chosen=whole)
    assert desk.settings("ann").model == "new"
    actions = Actions(desk, library.folder)
    assert actions.do("ann", {"do": "set", "settings": {"k": "4"}}) == {"kept": "Kept."}
    assert desk.settings("ann") == Settings("quote", "new", 4)
    assert 'name="model"' not in actions.do("ann", {"do": "settings"})["html"]
    assert Desk(library, Settings("quote")).settings("ann").model is None


def test_two_pages_share_a_history_in_postgresql(database: Places) -> None:
    address = database.new()
    one, other = Records(address), Records(address)
    kept = one.keep("ann", None, Answer("Who?\0", "Maren.", "answered"), Filters(), "quote", stopped=False)
    with ThreadPoolExecutor() as threads:
        for records in (one, other) * 8:
            threads.submit(
                records.keep, "ann", kept.conversation, Answer("When?", "On Monday.", "answered"), Filters(), "quote",
                stopped=False,
            )  # fmt: skip
    assert [len(records.turns("ann", kept.conversation)) for records in (one, other)] == [17, 17]
    assert other.turn("ann", kept.id).answer.text == "Maren."


def test_feedback_is_exported_from_the_database(library: Index, database: Places) -> None:
    address = database.new()
    records = Records(address)
    answer = ask("How many people did the harbour fire kill?", library, writer="quote")
    records.judge("ann", records.keep("ann", None, answer, Filters(), "quote", stopped=False).id, "right", "")
    said = CliRunner().invoke(cli, ["feedback", "export", "--index", str(library.folder), "--history", address])
    assert [json.loads(line)["question"] for line in said.output.splitlines()] == [answer.question]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("mysql://localhost/footnote", "a folder or in postgresql://"),
        ("postgresql://nobody@127.0.0.1:9/footnote", "does not answer"),
    ],
)
def test_a_history_that_cannot_be_opened_says_what_to_do(address: str, said: str) -> None:
    with pytest.raises(FootnoteError, match=said):
        Records(address)


def test_markdown_keeps_numbered_quotes_and_shows_tricks_as_they_stand(library: Index) -> None:
    answer = ask("How many people did the harbour fire kill?", library, writer="quote")
    text = exports.markdown(answer)
    assert "[1] “A fire in the harbour of Lindby killed nine people on Monday night.”" in text
    assert "4 May 2021" in text
    assert "\\<script\\>" in exports.markdown(Answer(NASTY, NASTY, "answered"))


def test_a_file_removed_comes_back(library: Index, tmp_path: Path) -> None:
    shelf = Shelf(library)
    upload = tmp_path / "tower.txt"
    upload.write_text("The tower of Ekeness is 61 metres tall. Monks built it.\n")
    assert shelf.take_in(upload, "folder/tower.txt").state == "new"
    kept = str((library.folder / "uploads" / "folder" / "tower.txt").resolve())
    assert shelf.remove(kept)
    assert not Path(kept).exists()
    assert kept not in {source.source for source in library.sources()}
    assert shelf.bring_back(kept).state == "new"
    assert Path(kept).read_text().startswith("The tower")
    with pytest.raises(OptionError, match="nothing to undo"):
        shelf.bring_back(kept)


def test_a_file_taken_in_is_told_in_one_line(library: Index, tmp_path: Path) -> None:
    actions, upload = Actions(Desk(library, Settings("quote")), tmp_path), tmp_path / "mill.txt"
    upload.write_text("The mill of Ostrava Lane is 12 metres tall. It is old.\n")
    told = actions.do("", {"do": "take_in", "path": str(upload), "name": "mill.txt"})
    assert (told["state"], set(told)) == ("new", {"state", "line"})  # not all that was added before, every time


def test_a_file_added_anew_is_not_overwritten_by_undo(library: Index, tmp_path: Path) -> None:
    shelf, upload = Shelf(library), tmp_path / "mill.txt"
    for height in (12, 14):
        upload.write_text(f"The mill of Ostrava Lane is {height} metres tall. It is old.\n")
        kept = shelf.take_in(upload).source
        if height == 12:
            shelf.remove(kept)
    with pytest.raises(OptionError, match=r"mill\.txt was added again"):
        shelf.bring_back(kept)
    assert "14 metres" in Path(kept).read_text()


@pytest.mark.parametrize("fails", ["report", "raise"])
def test_a_file_that_cannot_be_indexed_again_waits_on(
    library: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    actions, upload = Actions(Desk(library, Settings("quote")), tmp_path), tmp_path / "mill.txt"
    upload.write_text("The mill of Ostrava Lane is 12 metres tall. It is old.\n")
    shelf = actions._desk.shelf
    source = shelf.take_in(upload).source
    shelf.remove(source)
    undo = {"do": "bring_back", "source": source}

    def add(path: str) -> Report:
        if fails == "raise":
            raise StoreError("the disk is full; make room")
        return Report((FileReport(path, "failed", reason="the disk is full; make room"),))

    with monkeypatch.context() as broken:
        broken.setattr(library, "add", add)
        assert "the disk is full" in actions.do("", undo)["error"]
    assert not Path(source).exists()
    assert actions.do("", undo)["state"] == "new"
    assert "12 metres" in Path(source).read_text()


def test_a_zip_is_unpacked_and_cannot_climb_out(library: Index, tmp_path: Path) -> None:
    archive = tmp_path / "notes.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("../../evil.txt", "The well is 12 metres deep. It is old.\n")
        packed.writestr("notes/.hidden.txt", "no")
        packed.writestr("notes/picture.png", b"\x89PNG")
    shelf = Shelf(library)
    files, others = shelf.unpack(archive)
    assert others == ["notes/picture.png"]
    assert [shelf.take_in(path, name).state for path, name in files] == ["new"]
    assert (library.folder / "uploads" / "evil.txt").is_file()


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
@pytest.mark.parametrize("harm", ["no zip", "broken", "cut"])
def test_a_zip_that_cannot_be_unpacked_leaves_nothing(library: Index, tmp_path: Path, method: int, harm: str) -> None:
    folder = tmp_path / "waiting"
    folder.mkdir()
    archive, text = folder / "notes.zip", bytes(range(256)) * 40
    with zipfile.ZipFile(archive, "w", method) as packed:
        packed.writestr("first.txt", "The well of Lindby is 12 metres deep. It is old.\n")
        packed.writestr("second.txt", text)
    whole = bytearray(archive.read_bytes())
    with zipfile.ZipFile(archive) as packed:
        start = packed.infolist()[1].header_offset + 30 + len("second.txt")
        if harm == "cut":  # the directory still tells of the second file, of which half is left
            whole = whole[: start + 60] + whole[packed.start_dir :]
            whole[-6:-2] = (start + 60).to_bytes(4, "little")
    if harm == "broken":
        whole[start + 10 : start + 60] = bytes(50)
    archive.write_bytes(b"no zip" if harm == "no zip" else whole)
    with pytest.raises(OptionError, match="cannot be unpacked"):
        Shelf(library).unpack(archive)
    assert list(folder.iterdir()) == [archive]


def test_uploads_that_nobody_takes_in_are_dropped(tmp_path: Path) -> None:
    with private_folder() as folder:
        assert Path(get_upload_folder()) == folder
        old, unpacked, new = folder / "a" / "old.txt", folder / "b" / "unpacked" / "1.txt", folder / "c" / "new.txt"
        for file in (old, unpacked, new):
            file.parent.mkdir(parents=True)
            file.write_text("words")
            if file != new:
                os.utime(file, (0, 0))
        os.utime(old.parent, (0, 0))
        sweep(folder, 3600)
        assert (old.parent.exists(), unpacked.exists(), new.exists()) == (False, True, True)
        assert bytes_in(folder) == 10
        for place in (unpacked.parent, unpacked.parent.parent):
            os.utime(place, (0, 0))
        sweep(folder, 3600)
        assert not unpacked.exists()
    assert not folder.exists()
    assert Path(get_upload_folder()) != folder


def test_filters_say_what_is_wrong_with_dates() -> None:
    with pytest.raises(OptionError, match="no date"):
        Filters.read({"since": "soon"})
    with pytest.raises(OptionError, match="swap"):
        Filters.read({"since": "2024-01-02", "as_of": "2024-01-01"})
    assert "from 2 January 2024" in Filters.read({"since": "2024-01-02"}).pills()


def test_settings_refuse_what_means_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings().changed({"writer": "quote", "k": "4"}) == Settings("quote", None, 4)
    assert Settings("local", "m").changed({"model": " "}).model is None
    for wrong in ({"writer": "x"}, {"k": "many"}, {"k": 0}, {"max_statements": 9}):
        with pytest.raises(OptionError):
            Settings().changed(wrong)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    assert "OPENAI_BASE_URL" in installed("openai")
    assert installed("quote") == ""


def test_the_library_lists_articles_dates_and_what_is_off(library: Index) -> None:
    market = next(d for d in library.documents.values() if "Ekeness" in d.title)
    html = listed(library, [market.doc_id])
    assert "3 documents in 3 files" in html
    assert "1 switched off" in html
    assert "12 August 2022" in html


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("report (final).pdf", "report (final).pdf"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("..", "document"),
        (".hidden.md", "hidden.md"),
        ('a<b>:"c".eml', "a_b___c_.eml"),
        ("Überblick ★ 概要.docx", "Überblick _ 概要.docx"),
        ("概" * 200 + ".txt", "概" * 65 + ".txt"),
    ],
)
def test_an_uploaded_file_keeps_its_name_as_far_as_it_is_safe(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_an_unexpected_error_tells_nothing_of_the_inside() -> None:
    assert "secret" not in explain(RuntimeError("secret"))
