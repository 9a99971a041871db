"""Sentences to questions by rule: which word is asked for, and the rest of the sentence turned into the question.

Rules make stiff questions and some wrong ones. They are drafts, for a person to accept, mend or reject.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from eval.claims import MONTHS, NUMBER_WORDS, PRONOUNS, verbs

WORDS = range(4, 26)  # of a question: shorter ones ask nothing, longer ones read like the sentence
# A question must stand by itself: what these point at stays behind in the sentence before.
POINTING = PRONOUNS | frozenset(
    "those these there such both another others former latter here then so also too".split()
)

NAME = r"(?:[A-Z][\w’'-]+(?: (?:al|bin|ibn|de|van|von|of|the)(?=[ -]))?[ -]?){2,5}"
MONTH = f"(?:{'|'.join(MONTHS)})"
DATE = rf"(?:{MONTH}(?: \d\d?(?:, \d{{4}})?| \d{{4}})|\d\d? {MONTH}(?: \d{{4}})?|(?:19|20)\d\d)"
NUMBER = rf"(?:\d[\d,]*(?:\.\d+)?|{'|'.join(NUMBER_WORDS[2:])})"
BOUND = "At least|More than|About|Around|Nearly|Almost|Some|Roughly|Up to|Fewer than|Over"
AUXILIARY = "was|were|is|are|has|have|had|will|can|could|would"
BODIES = frozenset(
    "Agency Army Association Authority Bank Brigade Club Command Commission Committee Company Council Court Forces "
    "Front Government Group Institute Ministry Movement Observatory Office Organisation Organization Party Police "
    "Project State Union United University".split()
)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A question that the ``evidence``, one sentence, answers with the words ``answer``; ``rule`` made it."""

    question: str
    answer: str
    evidence: str
    rule: str


def proposals(sentence: str) -> Iterator[Proposal]:
    """The questions that the rules make of one sentence, if any."""
    plain = " ".join(sentence.split()).rstrip(" .")
    for rule, (pattern, turned) in _RULES.items():
        match = re.search(pattern, plain)
        if match is None:
            continue
        asked = turned(match)
        if asked is not None and _stands_alone(asked[0]):
            question, answer = asked
            yield Proposal(
                f"{question[0].upper()}{question[1:].rstrip(' ,;')}?", answer.strip(), sentence.strip(), rule
            )


def names(text: str) -> list[str]:
    """The names of several words in the text, each once, in order."""
    found = (match[0].strip(" -") for match in re.finditer(NAME, text))
    return list(dict.fromkeys(name for name in found if len(name.split()) > 1))


def _stands_alone(question: str) -> bool:
    words = re.findall(r"[\w’'-]+", question)
    balanced = question.count("“") == question.count("”") and question.count("(") == question.count(")")
    return (
        len(words) in WORDS and balanced and not POINTING & {word.lower() for word in words[1:]} and '"' not in question
    )


def _counted(match: re.Match[str]) -> tuple[str, str] | None:
    """About 300 traders took part: how many traders took part?"""
    if not (match["verb"] in AUXILIARY.split("|") or _past(match["verb"])):
        return None
    return f"how many {match['noun']} {match['verb']} {match['rest']}", match["number"]


def _subject(match: re.Match[str]) -> tuple[str, str] | None:
    """Rami Abdurrahman heads the Observatory: who heads the Observatory?"""
    name, verb = match["name"].strip(), match["verb"]
    if len(name.split()) < 2 or name.split()[0] in ("The", "In", "On", "At", "A", "An", "But", "And", "When", "After"):
        return None
    if not (verb in AUXILIARY.split("|") or _past(verb) or re.fullmatch("[a-z]{3,}[^s]s", verb)):
        return None
    return f"{_who(name)} {verb} {match['rest']}", name


def _clause(match: re.Match[str]) -> tuple[str, str] | None:
    """Aaron Zelin, who founded the website: who founded the website?"""
    return f"who {match['rest']}", match["name"].strip()


def _dated(match: re.Match[str]) -> tuple[str, str] | None:
    """The night market was opened on 4 May: when was the night market opened?"""
    subject = match["subject"]
    if len(subject.split()) > 7 or "," in subject:
        return None
    return f"when {match['aux']} {_lowered(subject)} {match['rest']}", match["date"]


def _caused(match: re.Match[str]) -> tuple[str, str] | None:
    """The harbour was closed because the cable had burnt: why was the harbour closed?"""
    if len(match["subject"].split()) > 7 or "," in match["subject"]:
        return None
    return f"why {match['aux']} {_lowered(match['subject'])} {match['rest']}", match["reason"]


def _who(name: str) -> str:
    return "which organisation" if BODIES & set(name.split()) else "who"


def _past(word: str) -> bool:
    return word.endswith("ed") or (word in verbs() and word in verbs()[word][1:])


def _lowered(subject: str) -> str:
    """Without the capital letter of a sentence's beginning, where the word is no name."""
    first = subject.split()[0]
    return (
        subject[0].lower() + subject[1:]
        if first in ("The", "A", "An", "Its", "His", "Their", "Many", "Most")
        else subject
    )


_Turned = Callable[[re.Match[str]], tuple[str, str] | None]
_RULES: dict[str, tuple[str, _Turned]] = {
    "how many": (
        rf"^(?:(?:{BOUND}) )?(?P<number>{NUMBER}) (?P<noun>[a-z]+(?: [a-z]+){{0,2}}?) "
        r"(?P<verb>[a-z]+) (?P<rest>[^;:]+)$",
        _counted,
    ),
    "who": (rf"^(?P<name>{NAME}) ?(?P<verb>[a-z]+) (?P<rest>[^;:]+)$", _subject),
    "who (clause)": (rf"(?P<name>{NAME}), who (?P<rest>[a-z]+ [^,;:]+)", _clause),
    "when": (
        rf"^(?P<subject>[A-Z][^,;:]*?) (?P<aux>{AUXILIARY}) (?P<rest>[^,;:]*?) (?:on|in|since) (?P<date>{DATE})$",
        _dated,
    ),
    "when (first)": (
        rf"^(?:On|In|Since) (?P<date>{DATE}),? (?P<subject>[\w][^,;:]*?) (?P<aux>{AUXILIARY}) (?P<rest>[^,;:]+)$",
        _dated,
    ),
    "why": (
        rf"^(?P<subject>[A-Z][^,;:]*?) (?P<aux>{AUXILIARY}) (?P<rest>[^;:]*?),? because (?P<reason>[^;:]+)$",
        _caused,
    ),
}
