"""Questions that leave out what the question before them says: "Why?", "How many were released?", "Who won?"."""

from __future__ import annotations

import re

from rag.followup.antecedents import leading_names, person
from rag.followup.clauses import Clause, counted, first_phrase, passive
from rag.followup.events import Turn, event, with_event
from rag.followup.words import (
    AUX,
    BE,
    DETERMINERS,
    DO,
    HAVE,
    PERSONAL,
    PREPOSITIONS,
    WH,
    bare,
    inflected,
    is_capital,
    is_participle,
    is_past,
    joined,
    names,
    plain,
    words_of,
)

_BARE = re.compile(
    r"((?:(?P<link>by|for|since|until|from|to|with|in|against|on) )?"
    r"(?:when|where|why|how(?: long| much| often| come)?|whom|what|which \w+)|who|how many)"
    r"(?P<more> not| exactly| by)?",
    re.IGNORECASE,
)
_HAPPENED = re.compile(
    r"(when|where|why|how)(?: exactly)? (?:(?:did|has|does) (?:that|this|it) happen(?:ed)?|(?:was|is) (?:that|this)"
    r"|did (?:he|she|it|they) do (?:that|this|it|so))"
    r"|what (?:is|was) (?:the|its) (?:reason|cause) (?:for|of) (?:that|this)",
    re.IGNORECASE,
)
# "How many were released", "how many people have since died": group 1 is what is said of them.
_HOW_MANY = re.compile(
    r"how many(?: of them)?(?: people| others)?"
    r"((?: were| was| are| is| have| has| had| been| still| also| later| since)* \w+)",
    re.IGNORECASE,
)
_OF_THEM = re.compile(rf"how many of (the .+) (?:{'|'.join(BE | HAVE)})(?: \w+)+", re.IGNORECASE)
_TOPICAL = re.compile(
    r"(?:what|who) (?:was|is|were|are) the (?:(?:final|official|exact) )?(motive|reason|cause|score|result|outcome|"
    r"verdict|winner|death toll|victims?|suspects?|attackers?|perpetrators?)",
    re.IGNORECASE,
)
_RESPONSIBLE = re.compile(
    r"who (?:claimed|took|accepted) responsibility|who (?:was|is) (?:responsible|to blame)", re.IGNORECASE
)
_OF_WHICH = re.compile(
    r"which(?: one)?((?: was| is| were| are) the (?:\w+est|first|last|worst|best|most \w+|least \w+))", re.IGNORECASE
)
_ANY = re.compile(r"((?:have|has|were|was|are|did) (?:any|all|some|most))(?: of them)?( (?:been )?\w+)", re.IGNORECASE)
OUTCOMES = frozenset("killed wounded injured hurt dead died missing survived displaced".split())
_SPOKEN = frozenset("claimed blamed condemned denied denounced investigated reported".split())
_AFTERMATH = OUTCOMES | {"arrested", "captured", "detained"}
_WITHOUT_LINK = frozenset("won lost attended organised organized planned ordered hosted caused led joined".split())


def asked_again(core: str, turn: Turn) -> str:
    """For a question word alone, the earlier question with it; "" for any other question."""
    if happened := _HAPPENED.fullmatch(core):
        told = _spoke_of(turn)
        if found := "" if told else _asking(happened[1] or "why", turn):
            return found
        if not event(turn) or (told and re.search(r"\bdo (?:that|this|it|so)$", core)):
            return ""
        return re.sub(r" (?:that|this|it)\b", lambda _: f" {event(turn)}", core, count=1)
    alone = _BARE.fullmatch(core)
    if alone is None:
        return ""
    word, more = alone[1].lower(), (alone["more"] or "").strip().lower()
    if word == "how many":
        return _how_many(turn.clause)
    if (word == "who" and more != "by") or word == "what" or (word.startswith("which") and not alone["link"]):
        return ""
    if more == "by":
        word = "by whom" if word == "who" else f"by {word}"
    made = _asking(joined(word, "exactly" if more == "exactly" else ""), turn, negated=more == "not")
    return made or f"{core}, about: {' '.join(turn.words)}"


def _spoke_of(turn: Turn) -> bool:
    """Whether the earlier question asks who spoke of an event: that it was claimed is not what happened."""
    clause = turn.clause
    return (inflected(clause.verb, "did") if clause.aux in DO else clause.verb) in _SPOKEN and bool(event(turn))


def _asking(word: str, turn: Turn, *, negated: bool = False) -> str:
    """The question of a turn with another question word; "" where no such question can be formed."""
    clause = turn.clause
    if clause.subject and clause.aux:
        if word == "by whom" and clause.aux in DO:
            return ""
        noun = clause.noun
        if clause.asked.lower() == "what" and clause.verb and bare(clause.rest.split(" ")[0]) in PREPOSITIONS | {""}:
            noun = "that"
        rest = joined(noun if clause.verb and clause.aux in DO else "", clause.rest)
        return joined(word, clause.aux, clause.subject, "not" if negated else "", clause.verb, rest)
    if clause.aux and clause.asked:
        subject = clause.noun if clause.asks_number else f"the {clause.noun}" if clause.noun else ""
        if clause.asks_who:
            subject = leading_names(turn) or person(turn, "")
        return joined(word, clause.aux, subject, clause.body) if subject else ""
    if turned := passive(clause):
        done, aux, *body = turned
        return joined(word, aux, done, *body)
    return joined(word, "was it that", clause.noun, clause.body) if clause.noun and clause.verb else ""


def _how_many(clause: Clause) -> str:
    """After "Did fighters kidnap hunters near Palmyra?": "How many hunters did fighters kidnap near Palmyra"."""
    found = first_phrase(clause.rest)
    if clause.asked or not found.endswith("s") or is_capital(found) or bare(found.split()[0]) in DETERMINERS:
        return ""
    return joined("how many", found, clause.aux, clause.subject, clause.verb, clause.rest[len(found) :].strip())


def completed(core: str, led: bool, turn: Turn) -> str:
    """What "How many were released?" or "Who won?" leave out, put in from the earlier question; "" where whole.

    ``led`` says that the question began with "and" or the like, so that it is no new topic unless it names one.
    """
    words = words_of(core)
    if names(words) or plain(words) & (PERSONAL - {"them"}) or not {bare(words[0])} & (WH | AUX):
        return ""
    if (many := _HOW_MANY.fullmatch(core)) and (made := _so_many(many[1].split(), core, turn)):
        return made
    if (which := _OF_WHICH.fullmatch(core)) and (found := counted(turn.clause)):
        return f"which of {found}{which[1]}"
    if (some := _ANY.fullmatch(core)) and is_past(some[2].split()[-1]) and (found := counted(turn.clause)):
        return f"{some[1]} of {found}{some[2]}"
    if topical := _TOPICAL.fullmatch(core):
        return with_event(core, "for" if topical[1].lower() in ("motive", "reason") else "of", turn)
    if _RESPONSIBLE.fullmatch(core):
        return with_event(core, "for", turn)
    if re.fullmatch(r"who (?:won|lost)", core, re.IGNORECASE):
        return joined(core, event(turn)) if event(turn) else ""
    if led or _stops_at_verb(words):
        return with_event(core, "" if words[-1] in _WITHOUT_LINK else "in", turn)
    return ""


def _stops_at_verb(words: list[str]) -> bool:
    """ "Who scored", "Were any suspects arrested": a verb of the past with nothing after it."""
    first, second = bare(words[0]), bare(" ".join(words[1:2]))
    if not 1 < len(words) <= 5 or not (is_past(words[-1]) or is_participle(words[-1])):
        return False
    return (first == "who" and len(words) <= 3) or (first in {"was", "were"} and second in {"any", "anyone"})


def _so_many(said: list[str], core: str, turn: Turn) -> str:
    """ "How many were recaptured" of those that the earlier question counted, or in what it asks about."""
    clause, last = turn.clause, said[-1]
    auxiliary = " ".join(said[:-1])
    if not (is_past(last) or is_participle(last) or plain(said) & BE):
        return ""
    if same := _OF_THEM.match(turn.question):
        return joined("how many of", same[1], auxiliary, last)
    found = counted(clause) if clause.asks_number else ""
    if clause.asks_number and clause.noun and not clause.subject:
        verb = bare(clause.verb or clause.rest.partition(" ")[0])
        if verb in OUTCOMES and last.lower() in _AFTERMATH:  # the dead are not among the wounded
            return joined(clause.asked, auxiliary, last, clause.rest)
        if found:
            return joined("how many of", found, auxiliary, last)
    if found and last.lower() not in _AFTERMATH and inflected(clause.verb, "did") not in OUTCOMES:
        return joined("how many of", found, auxiliary, last)
    if clause.asks_number and clause.aux in ("do", "does", *HAVE):
        return ""  # killed: those who are held, or others
    return with_event(core, "in", turn)
