"""Who leads what, told in words that leave no doubt: "Ann Lee, who heads the Observatory", "Observatory head Ann Lee".

The reader takes such a clause for an answer, but is unsure of it where the body that is led has a shorter name there
than in the question, or is named a sentence before.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import takewhile

from rag.context import REACH_CHARS
from rag.naming import CALENDAR
from rag.premises import Premises
from rag.types import Document, Finding
from rag.wording import FUNCTION, normal, plain

_VERB = (
    r"(?:leads|led|heads|headed|runs|ran|chairs|chaired|commands|commanded|founded|co-founded|established|owns|owned)"
)
_ROLE = (
    r"(?:leader|head|chief|boss|emir|director|chair|chairman|chairwoman|chairperson|commander|founder|co-founder|"
    r"spokesman|spokeswoman|spokesperson|owner|president|editor|secretary-general)"
)
# What is asked for and what answers: the forms of one office.
_OFFICES = tuple(
    frozenset(words.split())
    for words in (
        "leads led heads headed runs ran leader head chief boss emir director",
        "commands commanded commander",
        "chairs chaired chair chairman chairwoman chairperson",
        "founded co-founded established founder co-founder",
        "owns owned owner",
        "spokesman spokeswoman spokesperson",
        "president",
        "editor",
        "secretary-general",
    )
)
_PAST = frozenset("led headed ran chaired commanded owned".split())
_NOW = frozenset("leads heads runs chairs commands owns".split())  # "until" behind them is yet to come
_FOUNDED = frozenset("founded co-founded established founder co-founder".split())  # "in Kesh" is where they did it
_WAS = re.compile(rf"^who (?:was|{'|'.join(sorted(_PAST))})\b", re.IGNORECASE)
_ASKED = (
    re.compile(rf"^who (?:now |currently )?(?P<role>{_VERB}) (?P<body>.+)$", re.IGNORECASE),
    re.compile(rf"^who (?:is|was) (?:the )?(?:current )?(?P<role>{_ROLE}) of (?P<body>.+)$", re.IGNORECASE),
)
_NAME = r"(?P<name>[A-Z][\w'-]+(?:[ -](?:(?:al|bin|ibn|de|van|von)[ -])?[A-Z][\w'-]+){0,3})"
_BODY = r"(?P<body>[\w'-]+(?: [\w'-]+){0,7})"  # and what follows it
_TOLD = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_NAME},? who (?:has |had |now |currently )?(?P<role>{_VERB}) {_BODY}",
        rf"{_NAME} (?P<role>{_VERB}) {_BODY}",
        rf"{_NAME},(?: the| its| a)? (?P<role>{_ROLE}) of {_BODY}",
        rf"{_NAME} (?:is|was) (?:the |a )?(?P<role>{_ROLE}) of {_BODY}",
        rf"(?:^|[,.] |\b[Tt]he )(?P<role>{_ROLE}) of {_BODY}, {_NAME}",
        rf"(?P<body>(?:[A-Z][\w'-]+ ){{0,5}}[A-Z][\w-]*)(?:'s)? (?P<role>{_ROLE}),? {_NAME}",
    )
)
_WITHIN = frozenset("of for the and".split())  # small words that the name of a body may have
# Right behind the name of a body: it is a branch, or its head was so once.
_BRANCH = re.compile(r"in (?:(?:the|northern|southern|eastern|western|central) )*(?P<where>[A-Z][\w'-]*)")
_ONCE = re.compile(r"(?:[a-z]+ )?until\b|from \d{4} (?:to|until)\b|between \d{4} and\b")
_KINDS = frozenset("group organization organisation movement party company network".split())


def role_told(question: str, findings: Sequence[Finding], documents: Mapping[str, Document]) -> Finding | None:
    """The first finding that names who holds the office asked for, where every name of the question has been said."""
    plainly = normal(question).rstrip(" ?")
    asked = next((match for pattern in _ASKED if (match := pattern.match(plainly)) is not None), None)
    premises = Premises.of(question)
    if asked is None or premises.when is not None:  # who held it at a time is another question
        return None
    for finding in findings:
        document = documents[finding.passage.doc_id]
        said = document.text[max(0, finding.start - REACH_CHARS) : finding.end]
        if finding.score <= 0 or premises.lacked(f"{document.title}. {said}"):
            continue
        names = holders(asked["role"], asked["body"], finding.quote, past=_WAS.match(plainly) is not None)
        if any(_shared(name, finding.answer) for name in names):
            return finding
    return None


def holders(role: str, body: str, sentence: str, *, past: bool = False) -> list[str]:
    """Whom the sentence says to hold the office ``role`` of ``body``, as written there; or with ``past`` held."""
    office = next(words for words in _OFFICES if role.lower() in words)
    if role.lower() not in _PAST:
        office -= _PAST
    wanted = _words(body)
    return [
        match["name"]
        for pattern in _TOLD
        for match in pattern.finditer(normal(sentence))
        if match["role"] in office
        and _same_body(wanted, match["body"])
        and not _ruled_out(wanted, match["role"], match["body"], past=past)
        and not _shared(match["name"], body)
    ]


def _same_body(wanted: Sequence[str], told: str) -> bool:
    """Whether ``told`` begins with a name of the body: all its words, their initials, or a part that has a capital."""
    run = _run(told)
    words = [word for word in _words(" ".join(run)) if word not in _KINDS]
    initials = "".join(word[0] for word in wanted)
    known = bool(words) and all(word in wanted for word in words)
    return words == [initials] or (known and (len(words) == len(wanted) or any(word[0].isupper() for word in run)))


def _ruled_out(wanted: Sequence[str], role: str, told: str, *, past: bool) -> bool:
    """Whether what follows the body makes it a branch ("in Kesh"), or the office a past one ("until 2017")."""
    rest = " ".join(told.split()[len(_run(told)) :])
    branch = None if role in _FOUNDED else _BRANCH.match(rest)
    elsewhere = branch is not None and plain(branch["where"]) not in CALENDAR.union(wanted)
    return elsewhere or (not past and role not in _NOW and _ONCE.match(rest) is not None)


def _run(told: str) -> list[str]:
    """The words up to the first that no name of a body has."""
    return list(takewhile(lambda word: plain(word) in _WITHIN or plain(word) not in FUNCTION, told.split()))


def _words(text: str) -> list[str]:
    return [plain(word) for word in re.findall(r"[^\W_]+", text) if plain(word) not in FUNCTION]


def _shared(one: str, other: str) -> bool:
    return bool(set(_words(one)) & set(_words(other)))
