"""Each writer behind the same socket: the real local model, a real OpenAI client against a server on loopback."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import pairwise

import pytest

from rag.errors import MissingExtra, ModelError, WriterError
from rag.types import Answer, Finding, Passage
from rag.writers import load_writer
from rag.writers.chat import ChatModel
from rag.writers.decoding import Decoder
from rag.writers.local import LocalWriter, answers_as_it_stands, bears_out
from rag.writers.openai import OpenAIWriter
from rag.writers.prompt import brief_messages, chat_text, messages, window
from rag.writers.quote import QuoteWriter, quoted
from rag.writers.smollm import transformers_folder

TEXT = "The bridge at Solvik was closed on Monday. Engineers found a crack. It opens again in May. Nobody was hurt."


def finding(quote: str, confidence: float = 0.9, text: str = TEXT, heading: str = "") -> Finding:
    start = text.index(quote)
    passage = Passage("doc", 100, 100 + len(text), text, heading)
    return Finding(passage, 100 + start, 100 + start + len(quote), quote, confidence)


CRACK, HURT = finding("Engineers found a crack."), finding("Nobody was hurt.", 0.85)
FAR = finding("It opens again in May.", 0.4)


def test_quote_says_each_finding_in_its_own_words() -> None:
    texts = list(QuoteWriter().write("How is it?", [CRACK, HURT]))
    assert texts == ["Engineers found a crack. [1]", "Engineers found a crack. [1] Nobody was hurt. [2]"]


def test_quote_stays_within_an_answer_s_length_and_drops_no_finding() -> None:
    long = " ".join(["word"] * 60) + "."
    second = Finding(finding(long, text=long).passage, 100, 100 + len(long), "word word", 0.9)
    *_, text = QuoteWriter().write("Why?", [finding(long, text=long), second])
    assert len(text.split()) <= 80
    assert text.endswith("“word word”. [2]")


REST = (
    "and it took the council eleven years, two votes and one fire to have the place as it had been before the war, "
    "with its harbour and its market, which"
)
SOLVIK = "Solvik (Northern: Sælvik; Old Northern: Sálvík, Sælaug, Salv) was rebuilt by Karin Dahl, "


@pytest.mark.parametrize(
    ("quote", "answer", "shown"),
    [
        (f"{SOLVIK}{REST} pleased her.", "Karin Dahl", f"Solvik […] was rebuilt by Karin Dahl, {REST} pleased her."),
        (f"{SOLVIK}{REST} pleased her.", "Sælaug", f"{SOLVIK}{REST} pleased her."),
        (f"{SOLVIK}.", "Karin Dahl", f"{SOLVIK}."),
        (
            f"Of Rain (or in full, Of Rain and of the Wind in the North) is by Karin Dahl, {REST} won.",
            "Karin Dahl",
            "Rain […]",
        ),
        (
            f"At least 46 (a figure that the council denies) died, {REST} hurt.",
            "46",
            "a figure that the council denies",
        ),
        (f"The council (SCR) rebuilt Solvik, {REST} pleased it.", "Solvik", "(SCR)"),
    ],
)
def test_a_long_quote_is_shown_without_its_glosses(quote: str, answer: str, shown: str) -> None:
    assert shown in quoted(replace(finding(quote, text=quote), answer=answer), "")


MANGA = "The stories were printed in a weekly paper from 1988 on and were read by very many people in the whole country"
SERIES = "the series was shown from April 1989, ran until the end of January 1996 and has 291 parts in its first form"


@pytest.mark.parametrize(
    ("quote", "shown"),
    [
        (f"{MANGA}; {SERIES}.", f"[…] {SERIES}."),
        (f"The{SERIES[3:]}; {MANGA.lower()}.", f"The{SERIES[3:]}; […]."),
        (f"{MANGA}; the council said that {SERIES}.", f"[…] the council said that {SERIES}."),
        (f"The council said that {MANGA.lower()}; {SERIES}.", "The council said that"),
        (f"{MANGA}; it {SERIES[11:]}.", MANGA),
        (f"There are these: {MANGA.lower()}; {SERIES}.", MANGA.lower()),
    ],
)
def test_a_long_quote_is_shown_without_statements_that_do_not_answer(quote: str, shown: str) -> None:
    assert shown in quoted(replace(finding(quote, text=quote), answer="291 parts"), "")


def test_the_prompt_numbers_the_passages_and_keeps_the_quote_whole() -> None:
    system, user = messages("What did engineers find?", [CRACK, finding("Nobody was hurt.", heading="Bridge")])
    assert "Use only" in system["content"]
    assert f"[1] {TEXT}" in user["content"]
    assert f"[2] Bridge: {TEXT}" in user["content"]
    assert user["content"].endswith("Question: What did engineers find?")
    assert window(CRACK, 1) == "Engineers found a crack."
    assert window(CRACK, 12) == "The bridge at Solvik was closed on Monday. Engineers found a crack."


def test_the_prompt_carries_earlier_turns() -> None:
    earlier = Answer("When was it closed?", "On Monday. [1]", "answered")
    roles = [message["role"] for message in messages("Why?", [CRACK], [earlier])]
    assert roles == ["system", "user", "assistant", "user"]


SUKHNA = (
    "On 17 February, according to the Syrian Observatory, whose figures could not be checked, at least 61 civilians "
    "and seven soldiers lost their lives when gunmen on motorcycles attacked people gathering truffles near Sukhna."
)
DEAD = Finding(finding(SUKHNA, text=SUKHNA).passage, 100, 100 + len(SUKHNA), "61", 0.9)


def test_the_local_model_is_kept_and_repeats_itself() -> None:
    writer = load_writer("local")
    assert writer is load_writer("local")
    first, second = (list(writer.write("How many civilians were killed near Sukhna?", [DEAD])) for _ in range(2))
    assert first == second
    assert "61" in first[-1]
    assert first[-1].endswith(" [1]")
    # The last but one is the sentence, or the quote in its place where it fails the check.
    assert all(later.startswith(earlier) for earlier, later in pairwise(first[:-2]))


def test_every_finding_gets_a_sentence_with_its_own_number() -> None:
    *_, text = load_writer("local").write("What did engineers find?", [CRACK, DEAD, HURT])
    assert [text.count(f"[{n}]") for n in (1, 2, 3, 4)] == [1, 1, 1, 0]
    assert text.index("crack") < text.index("[1]") < text.index("61") < text.index("[2]") < text.index("[3]")


def test_a_quote_that_answers_as_it_stands_is_said_as_it_stands() -> None:
    assert answers_as_it_stands("What did engineers find?", "Engineers found a crack in the bridge.")
    assert list(load_writer("local").write("What did engineers find?", [CRACK])) == [
        "Engineers found a crack.", "Engineers found a crack. [1]"
    ]  # fmt: skip


@pytest.mark.parametrize(
    "quote",
    ["They found a crack in it.", "engineers found a crack", "Nobody was hurt.", f"Engineers found {'a ' * 24}crack."],
)
def test_a_quote_does_not_where_it_leans_on_others_or_speaks_of_else_or_is_long(quote: str) -> None:
    assert not answers_as_it_stands("What did engineers find?", quote)


def test_a_sentence_must_be_whole_and_keep_to_its_quote() -> None:
    asked = "How many civilians were killed near Sukhna?"
    assert bears_out(DEAD, "At least 61 civilians were killed near Sukhna.", asked)
    assert not bears_out(DEAD, "At least 61 civilians were killed near", asked)
    assert not bears_out(DEAD, "At least 71 civilians were killed near Sukhna.", asked)
    assert not bears_out(DEAD, "Many civilians were killed near Sukhna.", asked)


def test_a_figure_keeps_the_year_that_stands_behind_it() -> None:
    quote = "As of the census Holm had a population of 200,564, with an estimated population of 204,408 in 2013."
    said = replace(finding(quote, text=quote), answer="204,408")
    asked = "What is the population of Holm?"
    assert not bears_out(said, "Holm had an estimated population of 204,408.", asked)
    assert bears_out(said, "Holm had an estimated population of 204,408 in 2013.", asked)
    assert bears_out(said, "Holm had an estimated population of 204,408.", "What was Holm's population in 2013?")


def test_what_the_question_takes_for_granted_is_not_stated_as_fact() -> None:
    told = "Minister Maren Holt called the film The Quiet Port a lie."
    said = replace(finding(told, text=told), answer="Maren Holt")
    assert not bears_out(said, "Maren Holt directed The Quiet Port.", "Who directed The Quiet Port?")
    assert bears_out(said, "Maren Holt called The Quiet Port a lie.", "Who called The Quiet Port a lie?")


def test_a_written_sentence_names_nobody_whom_its_quote_leaves_unnamed() -> None:
    text = "Maren Holt has been leading the group since May."
    said = Finding(Passage("d", 0, len(text), text), 0, len(text), "Maren Holt", 0.9)
    assert not bears_out(said, "Maren Holt leads the Harbour Front.", "Who leads the Harbour Front?")
    text = "The toll rose, said Maren Holt, who heads the Observatory."
    said = Finding(Passage("d", 0, len(text), text), 0, len(text), "Maren Holt", 0.9)
    asked = "Who heads the Northern Observatory for Welfare?"
    assert bears_out(said, "Maren Holt heads the Northern Observatory for Welfare.", asked)


def test_what_is_so_is_not_told_as_over() -> None:
    text = "Maren Holt, commander of the Harbour Guard, praised them."
    said = Finding(Passage("d", 0, len(text), text), 0, len(text), "Maren Holt", 0.9)
    assert not bears_out(said, "Maren Holt commanded the Harbour Guard.", "Who commands the Harbour Guard?")


@pytest.mark.parametrize(
    ("quote", "sentence"),
    [
        ("Maren Holt told a reporter that agents closed it.", "A reporter told a reporter that agents closed it."),
        ("It allowed large companies to build private networks.", "It allowed private companies to build networks."),
    ],
)
def test_nothing_stands_in_another_s_place(quote: str, sentence: str) -> None:
    told = replace(finding(quote, text=quote), answer="it")
    assert bears_out(told, quote, "What of it?")
    assert not bears_out(told, sentence, "What of private companies?")


def test_a_list_is_written_whole() -> None:
    quote = "It drew members from groups such as the Red Moles, the Grey Foxes and Jaguar."
    told = replace(
        finding(quote, text=quote),
        answer="the Red Moles",
        excerpt="groups such as the Red Moles, the Grey Foxes and Jaguar",
    )
    asked = "Which groups did it draw members from?"
    assert not bears_out(told, "It drew members from groups such as the Red Moles.", asked)
    assert bears_out(told, "It drew members from the Red Moles, the Grey Foxes and Jaguar.", asked)


def test_a_written_sentence_reaches_as_far_as_the_answer_may() -> None:
    quote = "The mill is above the ford, opposite the old chapel of Solvik."
    told = replace(
        finding(quote, text=quote), answer="above the ford", extent="above the ford, opposite the old chapel"
    )
    assert not bears_out(told, "The mill is above the ford.", "Where is the mill?")
    assert bears_out(told, "The mill is above the ford, opposite the old chapel.", "Where is the mill?")
    *_, text = load_writer("local").write("Where is the mill?", [told])
    assert "opposite the old chapel" in text


@pytest.mark.parametrize("asked", ["What did engineers find?", "When does the bridge at Solvik open again?"])
def test_openvino_writes_what_transformers_writes(asked: str) -> None:
    prompt = chat_text(brief_messages(asked, finding(TEXT), finding(TEXT).answer))
    ours, reference = (list(engine.texts(prompt, 24)) for engine in (Decoder(), ChatModel(str(transformers_folder()))))
    assert ours[-1] == reference[-1]


def test_the_chat_format_is_the_model_s_own() -> None:
    chat = brief_messages("What did engineers find?", CRACK, CRACK.answer)
    assert chat_text(chat) == ChatModel(str(transformers_folder())).prompt(chat)


def test_a_model_can_be_a_folder() -> None:
    named = LocalWriter(str(transformers_folder()))
    assert named.model == str(transformers_folder())
    *_, text = named.write("What did engineers find?", [CRACK])
    assert "crack" in text


def test_closing_the_stream_stops_the_model() -> None:
    writer = load_writer("local")
    stream = writer.write("How many civilians were killed near Sukhna?", [DEAD])
    next(stream)
    stream.close()
    assert "61" in list(writer.write("How many civilians were killed near Sukhna?", [DEAD]))[-1]


def test_a_folder_without_a_model_is_refused(tmp_path: object) -> None:
    with pytest.raises(ModelError, match="cannot load the model"):
        list(LocalWriter(str(tmp_path)).write("Why?", [CRACK]))


class Server(BaseHTTPRequestHandler):
    """Streams two pieces as an OpenAI-compatible server does, or fails, as the model's name asks."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if asked["model"] == "broken":
            self.send_error(400, "no such model")
            return
        assert asked["stream"] is True
        assert "Question: What did engineers find?" in asked["messages"][-1]["content"]
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for piece in ("A crack", " [1]."):
            chunk = {
                "id": "1", "object": "chat.completion.chunk", "created": 1, "model": asked["model"],
                "choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": None}],
            }  # fmt: skip
            self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
        self.wfile.write(b"data: [DONE]\n\n")

    def log_message(self, *_: object) -> None:
        """Tests print nothing."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with HTTPServer(("127.0.0.1", 0), Server) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{running.server_port}/v1")
        monkeypatch.delenv("OPENAI_API_KEY", raising=False)
        yield
        running.shutdown()
        thread.join()


def test_openai_streams_from_a_server(server: None) -> None:
    texts = list(OpenAIWriter("some-model").write("What did engineers find?", [CRACK]))
    assert texts == ["A crack", "A crack [1]."]


def test_openai_says_which_server_failed_and_what_to_do(server: None) -> None:
    with pytest.raises(WriterError, match=r"127\.0\.0\.1.*'broken', or use --writer local"):
        list(OpenAIWriter("broken").write("What did engineers find?", [CRACK]))


def test_openai_without_a_server_says_how_to_name_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    with pytest.raises(WriterError, match="set OPENAI_BASE_URL"):
        list(OpenAIWriter("any").write("Why?", [CRACK]))


def test_openai_without_its_package_names_the_line_that_cures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openai", None)
    with pytest.raises(MissingExtra, match=r"pip install 'footnote-rag\[openai\]'$"):
        list(OpenAIWriter("any").write("Why?", [CRACK]))
