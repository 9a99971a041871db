"""Pronouns, "there" and "the group" in a question, replaced by what the question before says they mean."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.followup.antecedents import FEMALE, MALE, group, organisation, person, place, thing
from rag.followup.clauses import parsed
from rag.followup.events import HAPPENING, Turn, event_called
from rag.followup.words import (
    ADVERBS,
    AUX,
    BE,
    DETERMINERS,
    DO,
    HAVE,
    OWNERS,
    PERSONAL,
    POINTING,
    PREPOSITIONS,
    REQUESTS,
    SUBORDINATE,
    WH,
    bare,
    inflected,
    is_capital,
    is_participle,
    is_past,
    joined,
    names,
    participle,
    plain,
    words_of,
)

_SUBJECT = frozenset("he she it they".split())
_OBJECT = frozenset("him her it them".split())
_ELSEWHERE = SUBORDINATE | frozenset("and or but as than like whether how".split())  # another clause begins
# What opens a clause whose pronoun is told after its comma: "After he was arrested, where was X held?"
_AHEAD = frozenset("after before when while despite since as if in during because unlike like on for".split())
_EMPTY = frozenset("rain raining snow snowing mean hot cold dark warm late true possible safe legal".split())
_BEFORE_TO = frozenset("first last only going able expected likely".split())  # "Who was the first to climb it?"
# What is said of an organisation only.
_LEADS = frozenset("leads heads commands funds finances backs supports arms trains".split())
_ORGANISED_PAST = frozenset("founded formed established based headquartered banned outlawed".split())
_MEMBERS = frozenset(
    "leader leaders founder founders fighters members commander commanders headquarters ideology recruits followers "
    "militants spokesman spokesperson".split()
)
_PLACES = frozenset("city town village region province country island district area place".split())
_ORGANISATIONS = frozenset(
    "group organisation organization company firm party team club bank militia movement agency network".split()
)
_THINGS = _ORGANISATIONS | frozenset(
    """
    film movie book law act bill treaty scheme telescope ship park vaccine drug project programme program""".split()
)


def pronouns_replaced(core: str, turns: Sequence[Turn]) -> str:
    """The question with its free pronouns replaced; "" where it has none, or none whose meaning is clear."""
    words, changed, quoted = words_of(core), False, False
    for i, word in enumerate(words):
        quoted ^= word.count('"') % 2 == 1
        pronoun = "" if quoted or re.search(r"['’\"“”]", word) else bare(word)
        if changed or not pronoun or not (meant := _meant(pronoun, words, i, turns)):
            continue
        if meant.lower() in core.lower() or PERSONAL & plain(meant.split()):
            continue
        if turns[-1].clause.verb in words[:i]:  # "Who kidnapped the hunters kidnapped near Homs"
            meant = re.sub(rf" {re.escape(turns[-1].clause.verb)}(?= |$)(?! by )", "", meant, count=1)
        if pronoun in OWNERS and _owns(words, i):
            return _with_owner(words, i, meant)
        words[i] = meant + word[len(word.rstrip(",;:")) :]
        changed = True
    return " ".join(words) if changed else ""


def _meant(pronoun: str, words: Sequence[str], i: int, turns: Sequence[Turn]) -> str:
    if pronoun == "there":
        return _there(words, i, turns[-1])
    if pronoun not in _SUBJECT | _OBJECT | OWNERS or not _is_free(words, i):
        return ""
    if pronoun in MALE | FEMALE:
        return next((found for turn in reversed(turns) if (found := person(turn, pronoun))), "")
    again = turns[-1].clause.verb in words  # "When was it banned?" after "Who banned X?" is said of X
    organised = _is_organised(words, i) and not again
    if pronoun in ("it", "its"):
        return organisation(turns[-1]) if organised else thing(turns[-1], does=_does(words, i))
    return group(turns[-1], suffers=pronoun == "them" or bare(words[i - 1]) in BE, organised=organised)


def _is_organised(words: Sequence[str], i: int) -> bool:
    """Whether what the question says of the pronoun at ``i`` can only be said of an organisation."""
    before, after = bare(words[i - 1]), [bare(word) for word in words[i + 1 :]]
    if bare(words[i]) in OWNERS:
        return bool(_MEMBERS & set(after[:2]))
    if before in BE | {"been"}:
        return bool(_ORGANISED_PAST & set(after[:2]))
    if before in AUX:
        has_members = after[:1] in (["have"], ["lose"], ["recruit"]) and bool(_MEMBERS & plain(words))
        return has_members or after[:1] in (["operate"], ["recruit"], ["belong"])
    return before in _LEADS


def _does(words: Sequence[str], i: int) -> str:
    """The verb whose subject the pronoun at ``i`` is, "attack" of "Why did it attack?"; "" where there is none."""
    verb = next((bare(word) for word in words[i + 1 : i + 3] if bare(word) not in ADVERBS), "")
    if bare(words[i - 1]) not in DO | HAVE or verb == "been":
        return ""
    return next((base for base in HAPPENING if verb == participle(inflected(base, "did"))), verb)


def _there(words: Sequence[str], i: int, turn: Turn) -> str:
    """Where "there" is, unless it only says that something exists or the question names a place itself."""
    around = plain([*words[max(0, i - 1) : i], *words[i + 1 : i + 2]])
    if around & (BE | HAVE | {"be", "been", "exist", "exists"}) or names(words):
        return ""
    found = place(turn)
    return found.partition(" ")[2] if i and bare(words[i - 1]) in PREPOSITIONS else found


def _owns(words: Sequence[str], i: int) -> bool:
    """Whether "her" at ``i`` is "her brother" and not "saw her"."""
    if bare(words[i]) != "her":
        return True
    return i + 1 < len(words) and bare(words[i + 1]) not in PREPOSITIONS | SUBORDINATE | AUX


def _with_owner(words: Sequence[str], i: int, owner: str) -> str:
    """ "its market value" as "Nvidia's market value", or "the leader of the Greens" where the owner is no mere name."""
    end = i + 1
    while end < len(words) and bare(words[end]) not in AUX | PREPOSITIONS | SUBORDINATE and not is_past(words[end]):
        end += 1
    if owner.startswith("the ") and (owner.endswith("s") or len(owner.split()) > 3):
        return joined(*words[:i], "the", *words[i + 1 : end], "of", owner, *words[end:])
    return joined(*words[:i], owner + ("'" if owner.endswith("s") else "'s"), *words[i + 1 :])


def _is_free(words: Sequence[str], i: int) -> bool:
    """Whether the pronoun at ``i`` means nothing that the question itself says."""
    before, pronoun = words[:i], bare(words[i])
    elsewhere = plain(before[1:]) & _ELSEWHERE or any(word.endswith(",") for word in before)
    ahead = bare(words[0]) in _AHEAD and any(word.endswith(",") for word in words[i:])
    if not before or elsewhere or ahead or not _asks(words) or (pronoun == "it" and _is_empty(words, i)):
        return False
    if pronoun in OWNERS and _owns(words, i):
        return not names(before) and _owner_is_free([bare(word) for word in before])
    clause, previous = parsed(" ".join(words)), bare(before[-1])
    at_verb = before[-1] == clause.verb
    if names(before):
        # A verb's object is never its subject: "Did the Taliban execute him?"
        active = bool(clause.subject) and clause.aux not in BE and not names(["", *clause.asked.split()])
        return pronoun in _OBJECT and at_verb and active
    if previous in AUX:
        return pronoun in _SUBJECT
    if pronoun not in _OBJECT:
        return False
    if previous in PREPOSITIONS:
        asked_of = clause.subject in ("", "you", "we") or bare(words[0]) in REQUESTS
        return asked_of or (previous, pronoun) == ("of", "them")
    return at_verb or (before[-2:-1] == ["to"] and bool(_BEFORE_TO & set(before)))


def _asks(words: Sequence[str]) -> bool:
    """Whether it begins as a question, and not with another clause: "When a cell divides, …"."""
    first, second = bare(words[0]), bare(" ".join(words[1:2]))
    if first in PREPOSITIONS:
        return second in WH
    if first in ("when", "where", "why"):
        return second in AUX
    return first in WH | AUX | REQUESTS


def _owner_is_free(before: Sequence[str]) -> bool:
    """Whether the owner is unsaid: "Who took over his company?", but not "Which tribes lost their flocks?"."""
    if before[-1] in AUX or before in (["how", "many", "of"], ["which", "of"], ["what", "about"], ["how", "about"]):
        return True
    if before[0] == "who":
        return len(before) > 1 and before[1] not in AUX and not DETERMINERS & set(before)
    return before[:2] in (["what", "happened"], ["what", "became"])


def _is_empty(words: Sequence[str], i: int) -> bool:
    """Whether "it" means nothing: "How long does it take to …", "Was it X who …", "What time is it"."""
    after = [bare(word) for word in words[i + 1 :]]
    first, second = [*after, "", ""][:2]
    if {"that", "who", "like", "whether", "if", "when"} & set(after) or first in _EMPTY:
        return True
    did = bare(words[i - 1]) == "did" and bare(words[0]) in ("did", "when", "where", "why", "which")
    if first == "take" and second not in ("place", "effect", "part") and not (did and second != "long"):
        return True
    if [bare(word) for word in words[:2]] in (["how", "far"], ["what", "time"], ["what", "day"]):
        return True
    infinitives = (words[i + 2 + at : i + 3 + at] for at, word in enumerate(after) if word == "to")
    return any(then and then[0].islower() and bare(then[0]) not in DETERMINERS for then in infinitives)


def class_replaced(core: str, turn: Turn) -> str:
    """The question with "the attack", "the city" told more exactly; "" where it has no such words or names its own."""
    words = words_of(core)
    if names(words) or not _asks(words):
        return ""
    for i in range(2, len(words)):
        if bare(words[i - 1]) not in POINTING | {"the"} or not _ends_phrase(words, i) or not _in_main(words, i - 1):
            continue
        noun = bare(words[i])
        if meant := event_called(turn, noun) or _called(turn, noun):
            owner = re.search(r"['’]s?$", words[i])
            return joined(*words[: i - 1], meant + (owner[0] if owner else ""), *words[i + 1 :])
    return ""


def _in_main(words: Sequence[str], i: int) -> bool:
    """Whether the phrase at ``i`` is subject or object of the main clause, or follows a preposition in it."""
    free = bare(words[i - 1]) in AUX | PREPOSITIONS or words[i - 1] == parsed(" ".join(words)).verb
    return free and not plain(words[1:i]) & (_ELSEWHERE | WH)


def _ends_phrase(words: Sequence[str], i: int) -> bool:
    """Whether the noun at ``i`` has nothing after it that tells which one: not "the group that", "the group stage"."""
    if i + 1 == len(words) or re.search(r"['’]s$", words[i]):
        return True
    following = words[i + 1]
    if bare(following) in PREPOSITIONS | SUBORDINATE | {"and", "or"}:
        return False
    auxiliary = next((bare(word) for word in words[:i] if bare(word) in AUX), "")
    if auxiliary and auxiliary not in BE and bare(words[i - 2]) == auxiliary:
        return True
    return bare(following) in AUX | {"now", "today", "exactly"} or is_participle(following)


def _called(turn: Turn, noun: str) -> str:
    """The place or thing that the earlier question says more of: "the Badia region" for "the region"."""
    if noun not in _PLACES | _THINGS:
        return ""
    if full := next((name for name in turn.asked_names if name.after == noun), None):
        return f"the {full.text} {noun}"
    if noun in _PLACES:
        return place(turn).partition(" ")[2]
    found = organisation(turn) if noun in _ORGANISATIONS else thing(turn)
    return found if is_capital(found.removeprefix("the ") or "-") else ""
