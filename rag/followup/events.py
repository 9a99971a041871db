"""The event that an earlier question is about: "the bombing of Kabul airport"."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from rag.followup.clauses import Clause, edge, first_phrase, phrase_at, stated, with_object
from rag.followup.words import (
    AUX,
    BE,
    DETERMINERS,
    DO,
    HAVE,
    PREPOSITIONS,
    SUBORDINATE,
    Name,
    bare,
    is_capital,
    is_participle,
    is_past,
    joined,
    names,
    plain,
    words_of,
)

_SAID = frozenset("said says say told tells wrote writes reported added argued explains according".split())
# Words of one line can mean the same event.
_KINDS = [
    frozenset(kind.split())
    for kind in (
        "attack attacks bombing bombings shooting shootings stabbing raid raids assault massacre massacres explosion "
        "explosions blast blasts strike strikes airstrike airstrikes ambush siege incident kidnapping kidnappings "
        "abduction abductions coup protest protests riot riots",
        "match game final semi-final quarter-final race prix tournament cup championship championships games derby",
        "election elections vote referendum poll runoff",
        "war conflict fighting battle battles offensive clashes operation",
        "earthquake flood floods fire crash disaster accident storm eruption hurricane collapse sinking",
        "trial case hearing lawsuit",
        "concert festival summit conference meeting ceremony",
    )
]
_GENERAL = frozenset(
    "attack attacks incident protests match game race tournament election vote war conflict fighting disaster accident "
    "trial case event conference meeting".split()
)
_PARTS = frozenset("final semi-final quarter-final runoff".split())
_ALL = frozenset[str]().union(*_KINDS)
# What an event does.
HAPPENING = frozenset(
    "happen occur begin start end last kill wound injure take cause destroy cost leave affect target hit involve "
    "damage displace".split()
)


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier question, as it stands by itself, in parts, and its answer without markers."""

    question: str
    clause: Clause
    answer: str

    @property
    def words(self) -> list[str]:
        return words_of(self.question)

    @property
    def asked_names(self) -> list[Name]:
        return names(self.words)

    @property
    def told_names(self) -> list[Name]:
        """The names of the answer that the question does not hold and to whom it attributes nothing."""
        known = {part for name in self.asked_names for part in name.text.lower().split()}
        words = self.answer.split()
        return [
            name
            for name in names(words)
            if not (name.start == 0 and name.end == 1 and _is_common(name.after))
            and not (_SAID & {name.after, name.before} or known & set(name.text.lower().split()))
            and "according" not in plain(words[max(0, name.start - 3) : name.start])
        ]


def _is_common(following: str) -> bool:
    """Whether the first word of a sentence is likely no name, by what follows: "Poppy farming"."""
    verb = following in BE | HAVE | {"", "and"} or is_past(following) or following.endswith("s")
    return not verb


def event(turn: Turn, kinds: Collection[str] = _ALL) -> str:
    """The event that a question names, with what describes it; "" where it names none, or no more than its kind."""
    words, clause = turn.words, turn.clause
    if (
        clause.verb == "happened"
        and bare(clause.asked) == "what"
        and kinds is _ALL
        and not clause.rest.startswith("to ")
    ):
        return joined("what happened", clause.rest) if clause.rest else ""
    verb_at = len(words) - 1 - len(clause.rest.split()) if clause.verb else 0
    did_at = verb_at if clause.aux in DO else 0
    at = next((i for i, word in enumerate(words) if i > 1 and bare(word) in kinds and _is_noun(words, i, did_at)), 0)
    if not at:
        return ""
    start, end = phrase_at(words, at), at + 1
    start = max(start, verb_at + 1) if verb_at < at else start
    modified = start < at
    start -= bare(words[start - 1]) in DETERMINERS
    stop = len(words) - len(joined(clause.verb, clause.rest).split()) if clause.subject else 0
    stop = stop if stop > at else len(words)
    while end < stop and not (is_participle(words[end]) or words[end] in AUX | SUBORDINATE):
        end += 1
    if end > at + 1 and bare(words[at + 1]) not in PREPOSITIONS:
        end = at + 1
    return " ".join(words[start:end]) if modified or end > at + 1 else ""


def is_event(phrase: str) -> bool:
    """Whether the noun that a phrase is about names something that happens: "the attack on the mall"."""
    words = phrase.split()
    end = next((i for i, word in enumerate(words) if i and edge(word)), len(words))
    return phrase.startswith("what happened") or (bool(words) and bare(words[end - 1]) in _ALL)


def event_called(turn: Turn, noun: str) -> str:
    """The event of a question that ``noun`` can mean: "the match" is the final; "" where none is."""
    kinds = next((kind for kind in _KINDS if noun in kind), None)
    if kinds is None:
        return ""
    found = event(turn, (noun,)) or event(turn, kinds)
    if found and noun in _PARTS and noun not in found:
        return f"the {noun} of {found}"
    if found and (noun in _GENERAL or noun in found):
        return found
    clause = turn.clause
    if noun in ("attack", "raid", "assault", "bombing") and re.match(rf"{noun}(?:ed)?$", bare(clause.verb)):
        struck = clause.subject if clause.aux in BE else first_phrase(clause.rest)
        rest = "" if clause.aux in BE else clause.rest[len(struck) :].strip()
        return joined(f"the {noun} on", struck, rest) if struck else ""
    return described(clause) if clause.subject.lower() == f"the {noun}" else ""


def described(clause: Clause) -> str:
    """The subject with what the question says of it: "the earthquake that hit Turkey"."""
    if len(clause.subject.split()) > 2 or not (clause.verb and clause.rest):
        return clause.subject
    if clause.aux in BE:
        return joined(clause.subject, clause.verb, clause.rest)
    if clause.aux in DO and bare(clause.verb) in _ALL and not edge(clause.rest.split()[0]):
        return joined(clause.subject, clause.verb)  # "did the harbour fire kill": the noun was taken for the verb
    told = stated(clause) if clause.aux in DO else ""
    return f"{clause.subject} that{told[len(clause.subject) :]}" if told else clause.subject


def with_event(core: str, link: str, turn: Turn) -> str:
    """``core`` said of the event of a turn, or of when it happened; "" where neither can be told."""
    if found := event(turn):
        return joined(core, link, found)
    told = stated(with_object(turn.clause))
    return joined(core, "when", told) if told and turn.clause.asked.lower() != "what" else ""


def _is_noun(words: Sequence[str], at: int, did_at: int) -> bool:
    """Whether an article, a name or another noun stands before it, as before no verb but that of "did", ``did_at``."""
    before = words[at - 1]
    if bare(before) in DETERMINERS or is_capital(words[at]):
        return True
    if is_capital(before):  # "did the Moscow attack kill", but "did Hamas attack a camp"
        return at != did_at or bare(" ".join(words[at + 1 : at + 2])) in HAPPENING
    return not edge(before) and bool(DETERMINERS & plain(words[max(0, at - 5) : at]))
