"""A question in parts, what it asks, subject, verb and rest, and what can be made of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.followup.words import (
    ADVERBS,
    AUX,
    BASES,
    BE,
    DETERMINERS,
    DO,
    HAVE,
    MODAL,
    MONTHS,
    PERSONAL,
    PREPOSITIONS,
    SUBORDINATE,
    WH,
    bare,
    inflected,
    is_capital,
    is_participle,
    is_past,
    is_plural,
    joined,
    names,
    participle,
    plain,
    words_of,
)

_PARTICLES = frozenset("out off up down over on away".split())  # of verbs: "carried out"


@dataclass(frozen=True, slots=True)
class Clause:
    """``asked aux subject verb rest``; ``subject`` is "" where what is asked is the subject, ``aux`` where none is."""

    asked: str
    aux: str
    subject: str
    verb: str
    rest: str

    @property
    def body(self) -> str:
        """What follows the auxiliary."""
        return joined(self.subject, self.verb, self.rest)

    @property
    def noun(self) -> str:
        """What is counted or chosen from: "truffle hunters" of "how many truffle hunters"; "" where nothing is."""
        found = re.match(r"(?:\w+ )?(?:how many|how much|which|what|whose) (.+)", self.asked, re.IGNORECASE)
        return re.sub(r"^(?:kind|type|sort)s? of ", "", found[1]) if found else ""

    @property
    def asks_who(self) -> bool:
        return self.asked.lower() in ("who", "whom")

    @property
    def asks_number(self) -> bool:
        return self.asked.lower().startswith("how many")


def parsed(question: str) -> Clause:
    """The parts of a question; where its verb is not found, ``subject`` or ``rest`` holds what is left."""
    words = words_of(question)
    at = _auxiliary(words)
    if at is None:
        return _without_auxiliary(words)
    asked, aux, body = " ".join(words[:at]), words[at].lower(), words[at + 1 :]
    if asked and aux not in DO and body and _can_be_subject(asked) and _continues(body[0]):
        return Clause(asked, aux, "", body[0], " ".join(body[1:]))
    split = _end_of_subject(body, aux)
    return Clause(asked, aux, " ".join(body[:split]), " ".join(body[split : split + 1]), " ".join(body[split + 1 :]))


def _auxiliary(words: Sequence[str]) -> int | None:
    """Where the auxiliary of the main clause stands: first, or after what is asked."""
    if not words or words[0].lower() in AUX:
        return 0 if words else None
    at = 1 if bare(words[0]) in PREPOSITIONS else 0
    if at >= len(words) or bare(words[at]) not in WH:
        return None
    simple = bare(words[at]) in ("who", "whom", "when", "where", "why")
    for i in range(at + 1, len(words)):
        word = words[i]
        if word in AUX:  # in small letters only: IS is a name
            return i
        if bare(word) in SUBORDINATE or (simple and bare(word) not in ("exactly", "else")):
            return None
        if is_past(word) and not is_capital(word):
            return None
    return None


def _without_auxiliary(words: Sequence[str]) -> Clause:
    """What is asked is the subject: "Who leads X", "How many inmates escaped from X"."""
    at = 1 if words and bare(words[0]) in ("who", "what") else 0
    if at == 0:
        nouns = 2 if words and bare(words[0]) == "how" else 1
        at = next((i for i in range(nouns + 1, len(words)) if _finite(words, i)), len(words))
    return Clause(" ".join(words[:at]), "", "", " ".join(words[at : at + 1]), " ".join(words[at + 1 :]))


def _finite(words: Sequence[str], i: int) -> bool:
    """Whether a verb stands at ``i``, after what is asked."""
    if is_capital(words[i]) or bare(words[i]) in PREPOSITIONS:
        return False
    following = words[i + 1] if i + 1 < len(words) else ""
    before_object = is_capital(following) or bare(following) in DETERMINERS
    return is_past(words[i]) or bare(words[i]) in BASES or before_object


def _can_be_subject(asked: str) -> bool:
    first, *more = asked.lower().split()
    return first in ("who", "what", "which", "whose") or (first == "how" and more[:1] == ["many"])


def _continues(word: str) -> bool:
    """Whether the word after an auxiliary carries on the verb, so that what is asked is the subject."""
    return is_participle(word) or bare(word) in PREPOSITIONS | ADVERBS | {"been", "being", "there"}


def _end_of_subject(body: Sequence[str], aux: str) -> int:
    """How many words of what follows the auxiliary are the subject."""
    head, article = False, False
    maybe: list[int] = []
    for i, word in enumerate(body):
        small, following = bare(word), body[i + 1] if i + 1 < len(body) else ""
        if small in SUBORDINATE and head:
            return i
        if small in DETERMINERS or small in ("and", "or") or (small in PREPOSITIONS and head):
            article = small in DETERMINERS or (article and small not in ("and", "or"))
            head = False
        elif not head or is_capital(word) or small.isdigit() or body[i - 1].endswith(("'s", "’s")):
            head = True
        elif _is_verb(word, following, aux, after_name=is_capital(body[i - 1]) and not article):
            return i
        elif small not in ADVERBS:
            maybe.append(i)
    return next(iter(maybe), len(body)) if aux in DO | MODAL else len(body)


def _is_verb(word: str, following: str, aux: str, *, after_name: bool) -> bool:
    if aux in BE | HAVE:
        return is_participle(word)
    small = bare(word)
    if small in BASES or (small.endswith("s") and not small.endswith("ss")):
        return small in BASES
    last = not following or is_capital(following) or following[:1].isdigit()
    return after_name or last or bare(following) in DETERMINERS | PREPOSITIONS | SUBORDINATE | ADVERBS


def stated(clause: Clause) -> str:
    """The question as a statement, without what it asks: "the dam broke"; "" where it cannot be made."""
    if not clause.subject:
        if clause.asks_who and (turned := passive(clause)):
            return joined(*turned)
        of_a_thing = clause.noun and clause.verb and not clause.noun.startswith("of ")
        return joined(clause.noun, clause.aux, clause.verb, clause.rest) if of_a_thing else ""
    if not clause.verb or plain(clause.subject.split()) & (PERSONAL | {"not"}):
        return ""
    if clause.aux in DO:
        return joined(clause.subject, inflected(clause.verb, clause.aux), clause.rest)
    return joined(clause.subject, clause.aux, clause.verb, clause.rest)


_MEASURES = re.compile(r"\b(?:time|hour|day|week|month|year|metre|kilometre|mile|dollar|percent|euro)s?$")


def with_object(clause: Clause) -> Clause:
    """The clause with what it counts behind its verb: "kill men in Y" of "How many men did X kill in Y"."""
    first, _, rest = clause.rest.partition(" ")
    no_object = not clause.asked or bare(clause.asked.split()[0]) in PREPOSITIONS or bool(_MEASURES.search(clause.noun))
    if clause.aux not in DO | HAVE or not clause.subject or not clause.noun or no_object:
        return clause
    if first in _PARTICLES:
        return replace(clause, rest=joined(first, clause.noun, rest))
    if bare(first) in PREPOSITIONS | SUBORDINATE | {""}:
        return replace(clause, rest=joined(clause.noun, clause.rest))
    return clause


def passive(clause: Clause) -> tuple[str, str, str, str] | None:
    """Of "Who killed X in Y", ("X", "was", "killed", "in Y")."""
    done, tail, particle = object_of(clause)
    if clause.aux or not is_past(clause.verb) or not done or bare(done) in PERSONAL:
        return None
    many = " and " in done or (is_plural(done) and not is_capital(done.split()[-1]))
    return done, "were" if many else "was", joined(participle(clause.verb), particle), tail


def object_of(clause: Clause) -> tuple[str, str, str]:
    """The object of the verb, what follows it, and the particle before it: of "shot down a plane near X", "a plane"."""
    particle, _, tail = clause.rest.partition(" ")
    if particle not in _PARTICLES:
        particle, tail = "", clause.rest
    done = first_phrase(tail)
    return done, tail[len(done) :].strip(), particle


_IN_IDIOMS = frozenset(f"{noun} {link}" for noun in ("part", "place", "aim", "care") for link in ("in", "at", "of"))


def first_phrase(text: str) -> str:
    """The noun phrase that a text begins with, up to a preposition, a participle or another clause."""
    words = text.split()
    if not words or bare(words[0]) in PREPOSITIONS | SUBORDINATE:
        return ""
    if " ".join(words[:2]) in _IN_IDIOMS:  # "took part in the march": the march
        return first_phrase(" ".join(words[2:]))
    inside = {i for name in names(["", *words]) for i in range(name.start, name.end - 1)}
    for i, word in enumerate(words):
        if word.endswith(","):
            return " ".join(words[: i + 1]).rstrip(",")
        if not i or i in inside or bare(word) == "of":
            continue
        if bare(word) in PREPOSITIONS | SUBORDINATE or (is_participle(word) and i > 1 and words[i - 1] != "of"):
            return " ".join(words[:i])
    return text


def counted(clause: Clause) -> str:
    """Those that a question counts or chooses from, with what it says of them; "" where it does neither.

    "How many hunters were kidnapped near Palmyra?" makes "the hunters kidnapped near Palmyra".
    """
    noun = clause.noun
    if not re.fullmatch(r"(?!of\b)[\w'-]+(?: [\w'-]+){0,3}", noun) or not is_plural(noun) or _MEASURES.search(noun):
        return ""
    the = noun if bare(noun.split()[0]) in DETERMINERS else f"the {noun}"
    if clause.subject:
        told = stated(clause) if clause.aux in DO | HAVE else ""
        return joined(the, "that", told) if told else ""
    if clause.aux in BE:
        return joined(the, clause.verb, clause.rest)
    link = "who" if re.search(r"(?:people|men|women|children|ers|ors|ants|ents|ates|ians|ees|ists)$", noun) else "that"
    return joined(the, link, clause.aux, clause.verb, clause.rest) if clause.verb else ""


def phrase_at(words: Sequence[str], at: int) -> int:
    """Where the noun phrase begins whose noun is at ``at``, without its article."""
    start = at
    while start > 1 and not edge(words[start - 1]):
        start -= 1
    return start


def edge(word: str) -> bool:
    """Whether a noun phrase cannot go on over this word."""
    closed = PREPOSITIONS | AUX | WH | SUBORDINATE | DETERMINERS | {"many", "much", "and", "or"}
    return not is_capital(word) and (bare(word) in closed or is_past(word)) and word not in MONTHS
