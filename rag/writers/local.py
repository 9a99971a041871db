"""A language model on this machine: SmolLM2-135M-Instruct with Footnote's adapter, or any transformers chat model."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from rag.checking import holds, unsupported
from rag.disagreement import asks_for_several
from rag.introductions import in_full, introduced, leans
from rag.quantities import HARMS
from rag.sentences import sentence_spans
from rag.types import Answer, Finding
from rag.wording import FUNCTION, held, normal, plain, stem, telling
from rag.writers.prompt import brief_messages, chat_text, messages
from rag.writers.quote import quoted
from rag.writers.smollm import NAME, transformers_folder

if TYPE_CHECKING:
    from rag.writers.chat import ChatModel
    from rag.writers.decoding import Decoder

MAX_NEW_TOKENS = 64
# The first sentence with a marker answers; a small model's next ones repeat it or stray.
FIRST_CITED = re.compile(r".*?(?:[.!?][\"”’]?\s*\[\d+\]|\[\d+\][.!?]?(?=\s))", re.DOTALL)
SHORT_QUOTE = 24  # a quote of at most so many words that has this share of the question's words answers as it stands
SPEAKS_OF = 0.8
EXTENT_WORDS = 20  # a model that has to say more than that strays; the quote says it
KEPT_OF_SEVERAL = 0.7  # of the telling words of what tells a list or a reason
# What a sentence opens with that leans on the one before it.
_LEANS = re.compile(
    r"(?:he|she|it|they|his|her|its|their|this|that|these|those|here|there|such|another|other|others|both|some|and|but|"
    r"or|so|also|then|thus|however|therefore|moreover|furthermore|instead|later|meanwhile|for example|in addition|"
    r"additionally|as a result)\b",
    re.IGNORECASE,
)
_DATED = re.compile(r",? (?:in|by|at the end of|as of|since) (?:\w+ )?((?:1\d|20)\d\d)\b")
_WORD = re.compile(r"[^\W\d_]+")
_IN_FULL = re.compile(r"[A-Z][\w'-]*(?:[\s-]+(?:(?:of|for|the|al|bin|de|van|von)[\s-]+)*[A-Z][\w'-]*)*")
_WHOLE = re.compile(r"[A-Z“\"\d].*[\w)\"”%]\.[\"”]?", re.DOTALL)


class LocalWriter:
    """Greedy decoding, streamed. The model loads when first used and stays loaded; one answer is written at a time.

    Without ``model``, the packaged model that was trained for this writes one sentence a finding, from its quote
    and the words that answer: [n] cannot be wrong. A quote that answers as it stands is not written anew, and takes the
    place of a sentence that fails the check, or that would have to tell too much. With ``model``, a transformers chat
    model (hub name or folder) gets all findings in one prompt.
    """

    def __init__(self, model: str | None = None) -> None:
        self._name = model
        self._lock = threading.Lock()

    @property
    def model(self) -> str:
        return NAME if self._name is None else self._name

    def load(self) -> None:
        """Load the model now rather than with the first question. Raises ModelError."""
        with self._lock:
            self._engine.load()

    def write(self, question: str, findings: Sequence[Finding], history: Sequence[Answer] = ()) -> Iterator[str]:
        """The text so far after each piece. Closing the iterator stops the model at the next token."""
        with self._lock:  # imports included: transformers cannot be imported by two threads at once
            if self._name is None:
                yield from self._sentences(question, findings)
            else:
                yield from self._reply(question, findings, history)

    def _sentences(self, question: str, findings: Sequence[Finding]) -> Iterator[str]:
        """A sentence for each finding, one after the other."""
        before = ""
        for number, finding in enumerate(findings, 1):
            sentence = ""
            for sentence in self._sentence(question, finding, before):
                yield f"{before} {sentence}".strip()
            before = f"{before} {sentence} [{number}]".strip()
            yield before

    def _sentence(self, question: str, finding: Finding, before: str) -> Iterator[str]:
        """The sentence so far; the last one is what was written if the quote bears it out, else the quote.

        The quote says "She" behind the sentence that names her; alone, nothing that opens so is an answer. What loses
        part of the answer, as far as that may reach, is written once more, of all of it.
        """
        if answers_as_it_stands(question, finding.quote) or len(finding.extent.split()) > EXTENT_WORDS:
            yield quoted(finding, before)
            return
        for answer in dict.fromkeys((finding.answer, finding.extent or finding.answer)):
            said, whole = "", False
            with closing(self._told(question, finding, answer)) as texts:
                for said, whole in texts:
                    if answer == finding.answer and not whole:
                        yield said
            if whole and not leans(said) and bears_out(finding, said, question):
                full = introduced(question, finding)
                yield in_full(said, full) if full else said
                return
        yield quoted(finding, before)

    def _told(self, question: str, finding: Finding, answer: str) -> Generator[tuple[str, bool]]:
        """The model's sentence so far, and whether it is whole: the last one is not where the budget was spent."""
        prompt = chat_text(brief_messages(question, finding, answer))
        with closing(self._engine.texts(prompt, MAX_NEW_TOKENS)) as texts:
            for text, ended in texts:
                said, more = _first_sentence(text)
                yield said, more or ended
                if more or ended:
                    return

    def _reply(self, question: str, findings: Sequence[Finding], history: Sequence[Answer]) -> Iterator[str]:
        prompt = self._engine.prompt(messages(question, findings, history))  # type: ignore[union-attr]
        with closing(self._engine.texts(prompt, MAX_NEW_TOKENS)) as texts:
            for text, _ in texts:
                if enough := FIRST_CITED.match(text):
                    yield enough[0].strip()
                    return
                yield text.strip()

    @cached_property
    def _engine(self) -> Decoder | ChatModel:
        # A GPU is looked for without torch, whose import takes seconds.
        if self._name is None and not Path("/proc/driver/nvidia/gpus").is_dir():
            from rag.writers.decoding import Decoder

            return Decoder()
        from rag.writers.chat import ChatModel

        return ChatModel(str(transformers_folder()) if self._name is None else self._name)


def answers_as_it_stands(question: str, quote: str) -> bool:
    """Whether a quote is a short, whole sentence that needs none before it and has nearly all words of the question."""
    plain = " ".join(quote.split())
    if len(plain.split()) > SHORT_QUOTE or not _WHOLE.fullmatch(plain) or _LEANS.match(plain):
        return False
    asked, told = telling(normal(question)), telling(normal(plain))
    return sum(held(word, told) for word in asked) >= SPEAKS_OF * len(asked)


def bears_out(finding: Finding, sentence: str, question: str) -> bool:
    """Whether a written sentence is whole, keeps the finding's answer, as far as that may reach, and says nothing that
    its quote does not.

    Of the question it may have a name in full that the quote has in part: a quote that says "the group" need not mean
    the one asked about. What is said of it must stand in the quote ("X directed the film" in no sentence that only
    tells what X said of it). Where a list or a reason is asked for, it keeps most of what the passage tells of it, not
    only the words that the reader points at.
    """
    told, said = telling(normal(f"{finding.quote} {finding.passage.heading}")), telling(normal(sentence))
    runs = [telling(run[0]) for run in _IN_FULL.finditer(normal(question))]
    named = {word for run in runs if any(held(word, told) for word in run) for word in run}
    harms = _harms(told)
    strange = [
        word
        for word in said
        if not (held(word, told) or HARMS.get(plain(word)) in harms or (held(word, named) and not word.islower()))
    ]
    if len(sentence.split()) < 3 or not sentence.endswith((".", ".”", '."')) or strange:
        return False
    if _repeats(sentence, finding.quote, question) or _modified_otherwise(sentence, finding.quote):
        return False
    if _made_past(sentence, finding.quote, question):
        return False
    if asks_for_several(question):
        kept = [held(word, said) for word in telling(normal(finding.excerpt or finding.answer))]
        if sum(kept) < KEPT_OF_SEVERAL * len(kept):
            return False
    if not all(held(word, said) for word in telling(normal(finding.extent))):
        return False
    if not _keeps_date(sentence, finding, question):
        return False
    known = f"{' '.join(sorted(named))} {finding.passage.heading}"
    return holds(sentence, finding.answer) and not unsupported(sentence, [finding.quote], known)


def _keeps_date(sentence: str, finding: Finding, question: str) -> bool:
    """Whether a figure keeps the year right behind it: "204,408 in 2013" is not what it is today."""
    answer, quote = normal(finding.answer), normal(finding.quote)
    dated = _DATED.match(quote[quote.find(answer) + len(answer) :])
    return dated is None or not re.search(r"\d", answer) or dated[1] in f"{sentence} {question}"


def _repeats(sentence: str, quote: str, question: str) -> bool:
    """Whether a telling word, names of the question aside, stands more often in the sentence than in its quote: then
    something stands in another's place."""
    said, told = (Counter(map(plain, _WORD.findall(normal(text)))) for text in (sentence, quote))
    told.update(plain(word) for word in telling(normal(question)) if not word.islower())
    return any(n > max(1, told[word]) for word, n in said.items() if word not in FUNCTION)


def _modified_otherwise(sentence: str, quote: str) -> bool:
    """Whether the sentence has "private companies" for the quote's "large companies"."""
    said, told = (_WORD.findall(normal(text)) for text in (sentence, quote))
    before: dict[str, set[str]] = {}
    for word, noun in pairwise(map(plain, told)):
        before.setdefault(noun, set()).add(word)
    return any(
        word.islower()
        and {plain(word), plain(noun)}.isdisjoint(FUNCTION)
        and (there := before.get(plain(noun), FUNCTION)).isdisjoint(FUNCTION)
        and not held(word, there)
        for word, noun in pairwise(said)
    )


def _made_past(sentence: str, quote: str, question: str) -> bool:
    """Whether what the question asks of the present ("commands") is told as over, and not by the quote."""
    asked, told = (set(_WORD.findall(normal(text).lower())) for text in (question, quote))
    past = {word for word in _WORD.findall(normal(sentence).lower()) if word.endswith("ed")} - told
    return any(stem(word) == stem(now) for word in past for now in asked if now.endswith("s") and now not in FUNCTION)


def _harms(words: Sequence[str]) -> set[str]:
    """What the words say happened to people: whoever lost their lives were killed."""
    told = {plain(word) for word in words}
    return {HARMS[word] for word in told if word in HARMS} | ({"killed"} if {"lost", "lives"} <= told else set())


def _first_sentence(text: str) -> tuple[str, bool]:
    """The first sentence of a text, and whether more follows it."""
    spans = sentence_spans(text)
    return (text[slice(*spans[0])], len(spans) > 1) if spans else ("", False)
