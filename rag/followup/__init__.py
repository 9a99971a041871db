"""A follow-up question as one that stands by itself: "Who leads it?" after a question about Hamas. English, by rule."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.followup.clauses import parsed
from rag.followup.ellipsis import asked_again, completed
from rag.followup.events import Turn
from rag.followup.parallels import substituted
from rag.followup.pronouns import class_replaced, pronouns_replaced
from rag.followup.words import OWNERS, REQUESTS, words_of
from rag.types import Answer

REMEMBERED = 6  # turns: what is older is seldom meant
LONGEST = 60  # words of a question: more is pasted text
READ = 120  # words of an answer: who is meant stands at its beginning

_LEAD = re.compile(r"(?:(?:and|but|so|also|then|ok|okay)\b,?\s+)+", re.IGNORECASE)
_MARKER = re.compile(r"\s*\[\d+\]")


def standalone(question: str, history: Sequence[Answer]) -> str:
    """``question`` with what it leaves to the questions and answers before it (the newest last) put in.

    The question itself where it stands by itself, or where what it means is not clear.
    """
    turns: list[Turn] = []
    for earlier in history[-REMEMBERED:]:
        asked = _resolved(earlier.question, turns)
        told = "" if earlier.status == "abstained" else _MARKER.sub("", earlier.text)
        if len(words_of(asked)) > LONGEST:
            turns.clear()
        else:
            turns.append(Turn(asked, parsed(asked), " ".join(told.split()[:READ])))
    return _resolved(question, turns)


def _resolved(question: str, turns: Sequence[Turn]) -> str:
    words = words_of(question)
    if not turns or not words or len(words) > LONGEST:
        return question
    text = " ".join(words)
    lead = _LEAD.match(text)
    core = text[lead.end() :] if lead else text
    if lead and core.split(" ")[0].lower() in OWNERS:
        core = f"what about {core}"
    made = next(filter(None, _ways(core, lead is not None, turns)), "")
    if not made:
        return question
    first = made[0].upper() if words[0][0].isupper() else made[0]
    return f"{first}{made[1:]}{'' if words[0].lower() in REQUESTS else '?'}"


def _ways(core: str, led: bool, turns: Sequence[Turn]) -> Iterator[str]:
    """What each rule makes of the question, the surest rule first; "" where it makes nothing."""
    yield asked_again(core, turns[-1])
    yield substituted(core, led, turns[-1])
    yield pronouns_replaced(core, turns)
    yield class_replaced(core, turns[-1])
    yield completed(core, led, turns[-1])
