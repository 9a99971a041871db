"""The prompt for chat models: numbered passages, then the question."""

from __future__ import annotations

from collections.abc import Sequence

from rag.instructions import without_marks, without_tokens
from rag.sentences import sentence_spans
from rag.types import Answer, Finding

NO_ANSWER = "The documents do not say."
MAX_PASSAGES = 3  # a small model mixes up more
MAX_WORDS = 300  # all passages together: on a laptop a prompt costs a second for each 300 words

INSTRUCTIONS = (
    "You answer questions from numbered passages. Use only what the passages say. Answer in one or two short "
    "sentences, and end each with the number of the passage that it comes from, like this: [1]. If the passages do "
    f"not hold the answer, say only: {NO_ANSWER}"
)


def messages(question: str, findings: Sequence[Finding], history: Sequence[Answer] = ()) -> list[dict[str, str]]:
    """Chat messages for the findings' passages; [n] in the reply names ``findings[n - 1]``."""
    blocks, words_each = [], MAX_WORDS // max(1, min(MAX_PASSAGES, len(findings)))
    for number, finding in list(enumerate(findings, 1))[:MAX_PASSAGES]:
        heading = f"{finding.passage.heading}: " if finding.passage.heading else ""
        blocks.append(f"[{number}] {plainly(heading + window(finding, words_each))}")
    earlier = [
        message
        for answer in history[-2:]
        for message in (
            {"role": "user", "content": answer.question},
            {"role": "assistant", "content": answer.text},
        )
    ]
    asked = "\n\n".join([*blocks, f"Question: {question}"])
    return [{"role": "system", "content": INSTRUCTIONS}, *earlier, {"role": "user", "content": asked}]


def window(finding: Finding, max_words: int) -> str:
    """Whole sentences around the finding's quote, as many as fit; the quote itself whatever its length."""
    passage = finding.passage
    spans = sentence_spans(passage.text)
    here = finding.start - passage.start
    first = last = max((i for i, (start, _) in enumerate(spans) if start <= here), default=0)
    while True:
        wider = [(first - 1, last), (first, last + 1)]
        fitting = [
            (a, b)
            for a, b in wider
            if a >= 0 and b < len(spans) and len(passage.text[spans[a][0] : spans[b][1]].split()) <= max_words
        ]
        if not fitting:
            return " ".join(passage.text[spans[first][0] : spans[last][1]].split())
        first, last = fitting[0]


def plainly(text: str) -> str:
    """A document's words as words: no mark in them ends a turn of the chat, or numbers another passage."""
    return without_marks(without_tokens(text))


TRAINED_INSTRUCTIONS = "Answer the question in one sentence."
QUOTE_WORDS = 60  # of a longer quote the words that likeliest hold the answer


def brief_messages(question: str, finding: Finding, answer: str) -> list[dict[str, str]]:
    """Chat messages for the model that was trained to write one sentence from one quote and the words that answer."""
    long = len(finding.quote.split()) > QUOTE_WORDS and bool(finding.excerpt)
    return trained_messages(question, finding.excerpt if long else finding.quote, answer)


def trained_messages(question: str, quote: str, answer: str) -> list[dict[str, str]]:
    """The same, as it was trained."""
    quote, question, answer = (" ".join(plainly(part).split()) for part in (quote, question, answer))
    asked = f"{quote}\n\nQuestion: {question}\nAnswer: {answer}"
    return [{"role": "system", "content": TRAINED_INSTRUCTIONS}, {"role": "user", "content": asked}]


def chat_text(chat: Sequence[dict[str, str]]) -> str:
    """Messages as SmolLM2 reads them, ready for its reply; a system message comes first."""
    turns = "".join(
        f"<|im_start|>{message['role']}\n{without_tokens(message['content'])}<|im_end|>\n" for message in chat
    )
    return f"{turns}<|im_start|>assistant\n"
