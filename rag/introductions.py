"""What a text has said before: who "Zelin" is, "Aaron Y. Zelin", and the sentence that "She won it" leans on."""

from __future__ import annotations

import re

from rag.instructions import instructs
from rag.naming import CALENDAR, OPENERS
from rag.occasions import RANKS
from rag.sentences import sentence_spans
from rag.types import Finding
from rag.wording import FUNCTION, plain

REACH = 2  # sentences before the quote in which the full name may stand: all three can be cited as one quote
LED_IN_WORDS = 40  # at most, of a quote with the sentence that it leans on
_REFERS = re.compile(
    r"\W*(?:he|she|it|they|his|her|its|their|this|that|these|those|both|such|others?|another)\b", re.IGNORECASE
)
_WHO = re.compile(r"\bwho(?:m|se)?\b", re.IGNORECASE)
_GIVEN = re.compile(r"[A-Z](?:[a-zà-öø-ÿ][\w'’-]*|\.)$")  # a first name or an initial, no acronym
_SMALL = frozenset("al bin ibn de da van von der".split())


def introduced(question: str, finding: Finding) -> str:
    """The full name of the person whom the finding's quote calls by the last name alone; "" where there is none.

    It must stand shortly before the quote, in its passage, and the passage must know one person of that name.
    """
    surname = finding.answer.strip()
    if not _WHO.search(question) or not re.fullmatch(r"[A-Z][\w'’-]+", surname):
        return ""
    passage, at = finding.passage.text, finding.start - finding.passage.start
    if _full_names(surname, finding.quote):
        return ""
    before = [start for start, end in sentence_spans(passage) if end <= at][-REACH:]
    near = _full_names(surname, passage[before[0] : at]) if before else set()
    return near.pop() if len(near) == 1 and len(_full_names(surname, passage)) == 1 else ""


def in_full(sentence: str, full: str) -> str:
    """``sentence`` with the last name of ``full`` given in full where it first stands."""
    surname = full.split()[-1]
    return re.sub(rf"(?<![\w'’-]){re.escape(surname)}\b", lambda _: full, sentence, count=1)


def leans(sentence: str) -> bool:
    """Whether a sentence opens with a word for what was named before it: "She won it"."""
    return _REFERS.match(sentence) is not None


def led_in(finding: Finding) -> int:
    """Where, in its document, the finding's quote begins together with the sentence before it that it leans on.

    The quote's own beginning where it leans on none or both would be long, and where that one leans on others itself.
    """
    text, offset = finding.passage.text, finding.passage.start
    before = [span for span in sentence_spans(text) if span[1] <= finding.start - offset]
    if not leans(finding.quote) or not before:
        return finding.start
    start, end = before[-1]
    led, lead = text[start : finding.end - offset], text[start:end]
    unfit = len(led.split()) > LED_IN_WORDS or "\n\n" in led or leans(lead) or instructs(lead)
    return finding.start if unfit else offset + start


def _full_names(surname: str, text: str) -> set[str]:
    """What the text calls people of that last name, with their first names."""
    found = set()
    for match in re.finditer(rf"(?<![\w'’-]){re.escape(surname)}\b", text):
        given: list[str] = []
        for word in reversed(text[: match.start()].split()[-4:]):
            if (
                not (_GIVEN.fullmatch(word) and plain(word) not in RANKS | FUNCTION | OPENERS | CALENDAR)
                and word not in _SMALL
            ):
                break
            given.insert(0, word)
        while given and given[0] in _SMALL:
            del given[0]
        if given and not given[0].endswith("."):
            found.add(" ".join([*given, surname]))
    return found
