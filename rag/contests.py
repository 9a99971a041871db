"""Who won and who was beaten: "to beat his teammate Max Verstappen to the win" does not say that Verstappen won.

The reader, and the network that checks what is written, now and then take the beaten for the winner.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.sentences import Span
from rag.wording import normal

_ASKED = re.compile(
    r"\b(?:who|(?:which|what)(?: (?!(?:did|does|do|was|were)\b)[\w'’-]+){1,3}?)"
    r" (?:(?:has|had|have|first|last|finally|eventually|actually) )*"
    r"(?:won|wins?|beats?|defeats|defeated)\b"
    r"|\bwho (?:is|was|were) (?:the )?(?:[\w'’-]+ ){0,2}(?:winner|champion|victor)s?\b",
    re.IGNORECASE,
)
_BEATS = (
    r"(?:beat|beats|beating|defeats|defeated|defeating|overcame|overcoming|outplayed|outplaying|thrashed|thrashing"
    r"|trounced|trouncing|edged(?: out)?|edging(?: out)?|knocked out|knocking out|saw off|seeing off"
    r"|(?:win|victory|triumph|triumphed) (?:over|against)|(?:won|win|victory) ahead of)"
)
_NAME = r"[^\W\d_a-zß-öø-ÿ][\w'’-]*(?: (?:(?:of|de|da|al|bin|van|von|the) )?[^\W\d_a-zß-öø-ÿ][\w'’-]*)*"
_BEATEN = re.compile(rf"\b{_BEATS} (?P<whom>(?:[a-zß-öø-ÿ'’-]+ ){{0,4}}?{_NAME})")
_BY = re.compile(r"\b(?:by|to)\b")
_WINNER = re.compile(rf"(?P<who>{_NAME}) (?:has |had )?(?:won|wins|beat|beats|defeated)\b")


def asks_for_winner(question: str) -> bool:
    """Whether the question is who won, or who beat somebody."""
    return bool(_ASKED.search(question))


def beaten(text: str) -> list[Span]:
    """Where the text names whom somebody beat, with the small words before the name."""
    return [match.span("whom") for match in _BEATEN.finditer(text) if not _BY.search(match["whom"])]


def contest_faults(sentence: str, quotes: Sequence[str]) -> list[str]:
    """Where the sentence lets somebody win whom its quotes only name as beaten."""
    told, lost = " ".join(map(_without_beaten, quotes)), " ".join(map(_beaten_text, quotes))
    return [
        f"its sources say that {match['who']} was beaten"
        for match in _WINNER.finditer(normal(sentence))
        if (names := set(match["who"].split())) <= set(re.findall(r"[\w'-]+", normal(lost)))
        and not names & set(re.findall(r"[\w'-]+", normal(told)))
    ]


def _beaten_text(quote: str) -> str:
    return " ".join(quote[start:end] for start, end in beaten(quote))


def _without_beaten(quote: str) -> str:
    for start, end in reversed(beaten(quote)):
        quote = f"{quote[:start]} {quote[end:]}"
    return quote
