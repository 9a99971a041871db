"""Sentences to questions by rule: which word is asked for, and the rest of the sentence turned into the question.

Rules make stiff questions and some wrong ones. They are drafts, for a person to accept, mend or reject.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

MONTHS = "January February March April May June July August September October November December".split()
NUMBER_WORDS = "zero one two three four five six seven eight nine ten eleven twelve".split()
PRONOUNS = frozenset("he she it they him her them his their i we you this that".split())
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
OPENERS = frozenset(
    "The A An In On At But And When After Before Since For Its His Her Their This That My Your Our".split()
)
DETERMINERS = frozenset("The A An Its His Her Their Many Most Several Some All Both Two Three".split())
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
    made = set()
    for clause in dict.fromkeys((plain, _TOLD.sub("", plain), _FURTHER.sub("", plain))):
        for rule, (pattern, turned) in _RULES.items():
            match = re.search(pattern, clause)
            asked = turned(match) if match is not None else None
            if asked is not None and rule not in made and _stands_alone(asked[0]):
                made.add(rule)
                question = asked[0].rstrip(" ,;")
                yield Proposal(f"{question[0].upper()}{question[1:]}?", asked[1].strip(), sentence.strip(), rule)


@cache
def verbs() -> dict[str, tuple[str, str, str]]:
    """Irregular verbs by each of their forms: base, past, participle."""
    lines = (Path(__file__).parent / "data" / "irregular_verbs.txt").read_text(encoding="utf-8").splitlines()
    forms = [(base, past, participle) for base, past, participle in (line.split() for line in lines)]
    return {form: verb for verb in forms for form in verb}


def names(text: str) -> list[str]:
    """The names of several words in the text, each once, in order."""
    found = (match[0].strip(" -") for match in re.finditer(NAME, text))
    return list(dict.fromkeys(name for name in found if len(name.split()) > 1))


def people(text: str) -> list[str]:
    """Those of the names that are likely a person's: no body, no article before them, no preposition of place."""
    return [
        name
        for name in names(text)
        if not BODIES & set(name.split())
        and name.split()[0] not in OPENERS
        and not re.search(rf"\b(?:in|near|at|from|of|to|the|The|than) {re.escape(name)}", text)
    ]


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
    if len(name.split()) < 2 or name.split()[0] in OPENERS:
        return None
    present = re.fullmatch("[a-z]{3,}[^s]s", verb) and re.match(
        r"(?:the|a|an|its|his|her|their|[A-Z])\b", match["rest"]
    )
    if not (verb in AUXILIARY.split("|") or _past(verb) or present):
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
    when = "since when" if match["since"].lower() == "since" else "when"
    return f"{when} {match['aux']} {_lowered(subject)} {match['rest']}", match["date"]


def _object(match: re.Match[str]) -> tuple[str, str] | None:
    """The battle killed 332 people: how many people did the battle kill?"""
    subject, base = match["subject"], _base(match["verb"])
    if not base or len(subject.split()) > 9 or "," in subject:
        return None
    rest = f" {match['rest']}" if match["rest"] else ""
    return f"how many {match['noun']} did {_lowered(subject)} {base}{rest}", match["number"]


def _agent(match: re.Match[str]) -> tuple[str, str] | None:
    """The night market was opened by Ilse Brandt: who opened the night market?"""
    if len(match["subject"].split()) > 7 or "," in match["subject"]:
        return None
    rest = f" {match['rest']}" if match["rest"] else ""
    return f"{_who(match['name'])} {match['verb']} {_lowered(match['subject'])}{rest}", match["name"].strip(" -")


def _caused(match: re.Match[str]) -> tuple[str, str] | None:
    """The harbour was closed because the cable had burnt: why was the harbour closed?"""
    if len(match["subject"].split()) > 7 or "," in match["subject"]:
        return None
    return f"why {match['aux']} {_lowered(match['subject'])} {match['rest']}", match["reason"]


def _who(name: str) -> str:
    return "which organisation" if BODIES & set(name.split()) else "who"


def _past(word: str) -> bool:
    return word.endswith("ed") or (word in verbs() and word in verbs()[word][1:])


def _base(past: str) -> str:
    """The base form of a past form; "" if the word is none."""
    if past in verbs():
        return verbs()[past][0] if past in verbs()[past][1:] and past != verbs()[past][0] else ""
    if len(past) < 5 or not past.endswith("ed"):
        return ""
    stem = past[:-2]
    if stem.endswith("i"):
        return f"{stem[:-1]}y"
    if re.search(r"[aeiou]([bdgmnprt])\1$", stem):
        return stem[:-1]
    return (
        stem
        if re.search(r"(?:ll|ss|ck|nd|nt|st|rt|ct|pt|lt|ld|rd|rk|lk|mp|sh|ch|ff|ow|aw|ew|[aeo]y|er|en|it|x)$", stem)
        else f"{stem}e"
    )


_BARE = re.compile(r"(?:ll|ss|ck|nd|nt|st|rt|ct|pt|lt|ld|rd|rk|lk|mp|sh|ch|ff|ow|aw|ew|[aeo]y|er|en|it|x)$")  # no e


def _lowered(subject: str) -> str:
    """Without the capital letter of a sentence's beginning, where the word is no name."""
    lowered = subject[0].lower() + subject[1:]
    return lowered if subject.split()[0] in DETERMINERS else subject


_Turned = Callable[[re.Match[str]], tuple[str, str] | None]
_TOLD = re.compile(r", (?:[^,]* )?(?:said|says|reported|reports|told|announced|wrote|according to)\b[^,]*$")
_FURTHER = re.compile(r",? (?:and|but|while|whereas|which|where|after|before|as) .*$|, .*$")
_SUBJECT = "^(?P<subject>[A-Z][^,;:]*?)"
_PLACED = r"(?P<rest>(?:in|on|at|near|from|to|of|with)\b[^,;:]+)"
_RULES: dict[str, tuple[str, _Turned]] = {
    "how many": (
        rf"^(?:(?:{BOUND}) )?(?P<number>{NUMBER}) (?P<noun>[a-z]+(?: [a-z]+){{0,2}}?) "
        r"(?P<verb>[a-z]+) (?P<rest>[^,;:]+)$",
        _counted,
    ),
    "how many (object)": (
        rf"{_SUBJECT} (?P<verb>[a-z]+) (?:(?:{BOUND.lower()}) )?(?P<number>{NUMBER}) "
        rf"(?P<noun>[a-z]+s|people|men|women|children)(?: {_PLACED})?$",
        _object,
    ),
    "who": (rf"^(?P<name>{NAME}) ?(?P<verb>[a-z]+) (?P<rest>[^;:]+)$", _subject),
    "who (by)": (
        rf"{_SUBJECT} (?:was|were|has been|have been) (?P<verb>[a-z]+ed) by (?P<name>{NAME})(?: ?{_PLACED})?$",
        _agent,
    ),
    "who (clause)": (rf"(?P<name>{NAME}), who (?P<rest>[a-z]+ [^,;:]+)", _clause),
    "when": (
        rf"{_SUBJECT} (?P<aux>{AUXILIARY}) (?P<rest>[^,;:]*?) (?P<since>on|in|since) (?P<date>{DATE})$",
        _dated,
    ),
    "when (first)": (
        rf"^(?P<since>On|In|Since) (?P<date>{DATE}),? (?P<subject>\w[^,;:]*?) (?P<aux>{AUXILIARY}) (?P<rest>[^,;:]+)$",
        _dated,
    ),
    "why": (rf"{_SUBJECT} (?P<aux>{AUXILIARY}) (?P<rest>[^;:]*?),? because (?!of)(?P<reason>[^;:]+)$", _caused),
}
