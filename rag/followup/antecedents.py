"""What the pronouns of a question mean, looked up in the question and answer before it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.followup.clauses import Clause, counted, edge, first_phrase, object_of, stated
from rag.followup.events import HAPPENING, Turn, described, event, is_event
from rag.followup.words import (
    AT_PLACE,
    BE,
    DO,
    HAVE,
    LOCATIVE,
    PERSONAL,
    SUBORDINATE,
    Name,
    bare,
    is_capital,
    is_past,
    is_plural,
    joined,
    names,
    plain,
)

MALE, FEMALE = frozenset(("he", "him", "his")), frozenset(("she", "her", "hers"))
_MOST_WORDS = 5  # of a thing without a name; what needs more words is seldom meant as a whole
_THING = re.compile(
    r"\b(company|firm|airline|bank|group|organi[sz]ation|party|team|club|movement|agency|newspaper|country|state|city|"
    r"town|village|province|region|island|river|capital|law|film|book|name|ship|weapon|drug|vaccine|university)$",
    re.IGNORECASE,
)
_PLACE = re.compile(r"\b(?:city|town|village|province|region|island|river)$", re.IGNORECASE)
_ROLE = re.compile(
    r"\b(general|president|minister|leader|commander|player|driver|judge|mayor|politician|journalist|director|coach|"
    r"candidate|scientist|singer|actor|actress|man|woman|chief|officer|king|queen|author|writer|person)$",
    re.IGNORECASE,
)
_HEADS = frozenset("leader leaders fighters forces soldiers troops officials".split())
_LEADING = re.compile(r"(?:leads?|led|heads?|headed|founded|runs?|ran|commands?|commanded)$")
_AGAINST = frozenset(
    "attacked bombed struck shelled raided fought defeated threatened blamed accused condemned".split()
)
# What befalls people only, and what they do.
_BEFALLS = frozenset("killed shot arrested kidnapped abducted assassinated murdered executed born married".split())
_LIVES = frozenset("die died dies marry married marries".split())
_SAYING = frozenset("say mean do think want promise have look happen".split())  # what is said is no thing


def person(turn: Turn, pronoun: str) -> str:
    """Whom "he" or "she" means after this turn; "" where that is not clear."""
    asked = [name.text for name in names(_main(turn.words)) if name.person]
    told = [name for name in turn.told_names if not (name.the or name.acronym or name.people)]
    full = [name.text for name in told if name.person]
    if turn.clause.asks_who or _ROLE.search(turn.clause.noun):
        first = [name.text for name in told if not name.place and not asked]
        return _new_or_old(turn, asked, (full or first)[:1], pronoun)
    if asked:
        return full[0] if full and _other(turn.answer, pronoun) else asked[0]
    if full:
        return full[0]
    subject = names(turn.clause.subject.split())
    single = len(subject) == 1 and subject[0].text == turn.clause.subject
    return subject[0].text if single and not (subject[0].acronym or subject[0].people) else ""


def _new_or_old(turn: Turn, asked: list[str], told: list[str], pronoun: str) -> str:
    """After "Who defeated X?", the victor, if the answer is about him; but X if it goes on about X."""
    if not asked or not told:
        return (told or asked or [""])[0]
    if turn.clause.aux in BE and turn.clause.subject == asked[0]:
        return asked[0]
    return told[0] if _other(turn.answer, pronoun) or turn.answer.startswith(told[0]) else asked[0]


def _other(answer: str, pronoun: str) -> bool:
    """Whether the answer speaks of people of the other sex only: of the one asked about, as a rule."""
    same, other = (MALE, FEMALE) if pronoun in MALE else (FEMALE, MALE)
    said = plain(answer.split())
    return bool(other & said) and not same & said


def _main(words: list[str]) -> list[str]:
    """The question without the clauses that hang on it."""
    return words[: next((i for i, word in enumerate(words) if i > 1 and bare(word) in SUBORDINATE), len(words))]


def thing(turn: Turn, *, does: str = "") -> str:
    """What "it" means after this turn; "" where that is not clear. ``does``: the verb whose subject it is."""
    found, doer = next(_things(turn), ""), _doer(turn)
    other = " " in doer and found != doer  # "Boko Haram" reads as the name of a person
    deed = does not in HAPPENING and is_event(found) and _who_it_was(turn)
    return "" if does and (other or deed) else found


def organisation(turn: Turn) -> str:
    """What "it" means where something is said of it that can only be said of an organisation: "Who leads it?"."""
    found = _organised(turn)
    return "" if _is_person(found, turn) else found


def _is_person(name: str, turn: Turn) -> bool:
    """Whether a lone name is a person's: by what the question says befell it, or as part of a full one in the
    answer."""
    clause = turn.clause
    if " " in name or sum(letter.isupper() for letter in name) > 1:
        return False
    if any(full.person and name in full.text.split() for full in names(turn.answer.split())):
        return True
    if clause.subject == name:
        return bare(clause.verb) in (_BEFALLS if clause.aux in BE else _LIVES)
    return not clause.aux and bare(clause.verb) in _BEFALLS and object_of(clause)[0] == name


def _organised(turn: Turn) -> str:
    found = next(_things(turn), "")
    found = "" if is_event(found) else found
    asked_for = bool(turn.clause.noun) and found in [name.full for name in turn.told_names]
    if doer := _doer(turn):
        return found if asked_for and not _PLACE.search(turn.clause.noun) else "" if asked_for else doer
    object_ = object_of(turn.clause)[0]
    named = [name.full for name in names(["", *object_.split()]) if not name.people] == [object_]
    if asked_for and named:
        return ""
    if who := _who_it_was(turn):
        return who if not found else found if named and turn.clause.verb not in _AGAINST else ""
    among_others = len(turn.asked_names) > 1 and not asked_for
    placed = any(name.place and found.startswith(name.full) for name in turn.asked_names)
    return "" if among_others and placed else found


def _doer(turn: Turn) -> str:
    """The name of who did or does what the question asks about, in "did the RSF seize"; "" where there is none."""
    clause = turn.clause
    one = [name.full for name in names(["", *clause.subject.split()])] == [clause.subject]
    return clause.subject if one and clause.aux in DO and clause.verb else ""


def _who_it_was(turn: Turn) -> str:
    """The one organisation that the answer to a question of who begins with."""
    leading = leading_names(turn) if turn.clause.asks_who else ""
    return leading if len(names(["", *leading.split()])) == 1 else ""


def _things(turn: Turn) -> Iterator[str]:
    clause = turn.clause
    told = [name.full for name in turn.told_names if not name.person or _THING.search(clause.noun)]
    if _THING.search(clause.noun) or _asks_for_name(clause):
        yield from told[:1]
        if clause.noun:
            return
    if clause.asked.lower() == "what" and clause.aux in DO and clause.verb not in _SAYING:
        yield from told[:1]  # else what was asked for and who did it are as likely
        return
    if subject := _fitting(clause.subject, clause, turn):
        yield subject
    if not clause.subject and (object_ := _fitting(object_of(clause)[0], clause, turn)):
        yield _at_its_place(object_, turn)
    if found := event(turn):
        yield found
    for name in turn.asked_names:
        if not (name.person or name.people or name.after in _HEADS):
            whole = _whole(turn.words, name)
            if whole == name.full or is_event(whole) or not is_plural(whole):
                yield whole


def _at_its_place(object_: str, turn: Turn) -> str:
    """ "the attack on the mall" for "the attack", "the prison in Homs" for "the prison", where the question says so."""
    full, (whole, tail, _) = event(turn), object_of(turn.clause)
    after = tail.split() if whole == object_ else []
    if full.startswith(f"{object_} "):
        return full
    at = next(iter(names(after)), None)
    placed = at and at.before in ("in", "near", "at", "outside") and at.start == 1 + at.the
    return joined(object_, *after[: at.end]) if at and placed and not names(["", *object_.split()]) else object_


def _asks_for_name(clause: Clause) -> bool:
    return clause.asked.lower() == "what" and bool(re.match(r"the (?:capital|name)\b", clause.subject))


def _fitting(phrase: str, clause: Clause, turn: Turn) -> str:
    """A subject or object that "it" can mean: one thing, no person; of "the population of X", X."""
    words = phrase.split()
    if not words or bare(words[0]) in PERSONAL or " and " in phrase:
        return ""
    held = names(["", *words])
    if any(name.person for name in held):
        return ""
    if attribute := re.fullmatch(r"the \w+(?: \w+)? of ((?:the )?[A-Z].*)", phrase):
        return phrase if event(turn) == phrase else attribute[1]
    if is_plural(phrase) and not (is_capital(words[-1]) or is_event(phrase)):
        return ""
    if not held:
        typed_small = turn.question[1:].islower() and len(words) <= 3 and phrase == clause.subject
        if words[0].lower() == "the" and len(words) <= _MOST_WORDS:
            return described(clause) if phrase == clause.subject else phrase
        return phrase if typed_small or (len(words) == 1 and turn.question[1:].islower()) else ""
    if re.search(r"['’]s?\b", phrase) and not phrase.startswith("the "):
        return ""  # "Ant Group's founder"
    if held[0].start > 2 and words[0].lower() != "the":
        return ""
    if clause.aux in BE and not clause.verb and clause.asked.lower() not in ("who", "what", "when", "where"):
        return " ".join(words[: held[0].end - 1])  # "Is the Paris Agreement binding"
    return phrase


def _whole(words: list[str], name: Name) -> str:
    """The name with the noun that it belongs to: "the Badia region"."""
    end = name.end
    while (
        (name.the or name.before in LOCATIVE)
        and end < len(words)
        and not edge(words[end])
        and not is_capital(words[end])
    ):
        end += 1
    return joined(name.full, *words[name.end : end])


def place(turn: Turn) -> str:
    """Where "there" is after this turn, with its preposition: "in the Badia"; "" where that is not clear."""
    clause = turn.clause
    if clause.asked.lower() == "where" or _asks_for_name(clause) or re.match(r"(?i)(?:in|from|near) ", clause.asked):
        if told := next((name for name in turn.told_names if not name.person), None):
            return joined(told.before if told.before in AT_PLACE else "in", told.full)
        if not _asks_for_name(clause):
            return ""
    if asked := next((name for name in turn.asked_names if name.place and not name.person), None):
        return joined(asked.before if asked.before in AT_PLACE else "in", _whole(turn.words, asked))
    subject = _fitting(clause.subject, clause, turn) if clause.aux in BE and clause.asked.lower() != "who" else ""
    return f"in {subject}" if is_capital(subject or "-") or clause.subject.endswith(f" of {subject}") else ""


def group(turn: Turn, *, suffers: bool = False, organised: bool = False) -> str:
    """Whom "they" means after this turn; "" where that is not clear.

    ``suffers``: something is done to them; ``organised``: what is said of them can only be said of an organisation.
    """
    clause = turn.clause
    if organised and clause.aux in DO and clause.subject:
        return clause.subject if _doer(turn) or is_plural(clause.subject) else ""
    if suffers and clause.subject and clause.verb and (done_to := _those_done_to(clause)):
        return done_to
    if clause.asks_who and suffers and not organised and is_plural(first_phrase(clause.rest) or "-"):
        return ""  # who was freed, those who took hostages or the hostages
    if clause.noun or clause.asks_who:
        leading = "" if clause.asks_number else leading_names(turn)
        several = first_phrase(clause.rest)
        if leading and (is_plural(leading) or not (clause.noun and several and is_plural(several))):
            return leading
        if found := "" if organised else counted(clause):
            return found
    if clause.asks_who and not clause.aux and is_past(clause.verb):
        return joined("those who", clause.verb, clause.rest)
    subject = clause.subject
    if of_them := re.search(r" of (the [A-Z]\w+s)$", subject):
        return of_them[1]
    if subject and bare(subject.split()[0]) not in PERSONAL and (" and " in subject or is_plural(subject)):
        return subject
    found = thing(turn)
    acts = found == subject and clause.aux in DO and bool(clause.verb)
    led = clause.asks_who and bool(_LEADING.match(clause.verb))
    return found if (acts or led) and is_capital(found.removeprefix("the ") or "-") else ""


def _those_done_to(clause: Clause) -> str:
    """After "Why did fighters kidnap hunters?", "the hunters that fighters kidnapped"."""
    found, told = first_phrase(clause.rest), stated(clause)
    if clause.aux not in DO or not found or is_capital(found) or not is_plural(found) or not told:
        return ""
    return joined(
        "the", found.removeprefix("the "), "that", told[: -len(clause.rest)].strip(), clause.rest[len(found) :].strip()
    )


def leading_names(turn: Turn) -> str:
    """The names that an answer begins with, "The Bussaraya and the Beni Khaled"; "" where it is one person's."""
    words, end, n_persons = turn.answer.split(), 0, 0
    for name in names(words):
        between = words[end : name.start]
        if plain(between) - {"the", "and", ""} or (end and not between and not words[end - 1].endswith(",")):
            break
        n_persons += name.person
        end = name.end
    following = bare(words[end]) if end < len(words) else ""
    if (
        not end
        or f" {joined(*map(bare, words[:end]))} " in f" {joined(*map(bare, turn.words))} "
        or n_persons == 1
        or (following and not (following in BE | HAVE or is_past(following) or following.endswith("s")))
    ):
        return ""
    return re.sub(r"^The ", "the ", " ".join(words[:end]).rstrip(",.;"))
