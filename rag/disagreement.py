"""Two sources on one question: do they contradict each other, or does it only look so?

Values are compared only where they are of one thing: the same event, day, place, unit and moment.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Literal

from rag.amounts import amounts_differ, harm_told, is_amount, is_vague, outgrown, within
from rag.attribution import attributes, without_attribution
from rag.dates import dates
from rag.occasions import NAMES, Statement, meet, same_name, same_occasion, stated
from rag.quantities import HUMAN
from rag.wholes import counts_a_part
from rag.wording import FUNCTION, held, normal, telling

Kind = Literal["quantity", "date", "name", ""]

_COUNTED = re.compile(
    r"^\W*(?:how (?:many|much|old|tall|long|far|large|big|high|fast|heavy|deep)|"
    r"what (?:share|percentage|proportion|sum|amount|number|fine|price))\b",
    re.IGNORECASE,
)
_NO_PLACE = re.compile(r"^(?:in|during|by|with) an?\b[^A-Z]*$")  # "in an air strike": how, if it names no place
_WHERE = re.compile(r"^\W*where\b", re.IGNORECASE)
# One answer is asked for where the question is about one thing; the members of a list do not contradict each other.
_SEVERAL = re.compile(
    r"^\W*(?:which|what)\s+(?:(?!was|is|were|are|did|does|do|has|have|had\b)\w+\s+)?"
    r"(?:(?!was\b|is\b|does\b|has\b)[a-z]+(?<!s)s|people|men|women|children|countries|parties)\b(?!['’])|"
    r"^\W*(?:who (?:are|were|else|all)|name (?:some|the)|list|why|how (?!many|much|long|old|far))\b|"
    # whoever takes part is one of several
    r"^\W*who (?:has |have |had )?(?:attend|join|sign|participat|surviv|died|(?:took|takes?|taken) part|"
    r"(?:was|is) among|(?:was|is|has been) (?:arrested|injured|wounded|present|involved|invited|nominated))",
    re.IGNORECASE,
)
# What a later text says when things have changed since an earlier one: of who or where, and of how many.
_CHANGE = {
    "name": re.compile(
        r"\b(?:now|newly|new|former|formerly|successor|succeeded|succeeds|replaced|replaces|(?:took|takes|taken) over|"
        r"appointed|became|becomes|no longer|current|currently|previously|has since|since then|until then|moved)\b",
        re.IGNORECASE,
    ),
    "quantity": re.compile(
        r"\b(?:now|rose|risen|rises|climbed|climbs|up from|down from|revised|updated|as of|no longer|currently|so far|"
        r"has since|since then|by then|still|dropped to|fell to|fallen to|grown to|reached)\b",
        re.IGNORECASE,
    ),
}
# Of what is, not of what happened: two texts that lie far apart tell of two states.
_PRESENT = re.compile(
    r"^\W*(?:who|what|where|which|how)\b(?:(?! (?:was|were|did|had) ).)*?\b(?:is|are|does|do|has|have|leads|heads|runs|"
    r"holds|rules|owns|controls|commands|governs|chairs)\b",
    re.IGNORECASE,
)
# What does not change between two texts.
_LASTING = re.compile(r"^\W*how (?:deep|high|tall|wide|far|heavy)\b.*?\b(?:is|are)\b", re.IGNORECASE)
# What an earlier text says of a count that is not over.
_SO_FAR = re.compile(
    r"\b(?:so far|to date|until now|up to now|at first|initially|first reports?|(?:by|as of|until) (?:early|late|mid|"
    r"noon|midnight|yesterday|today|tonight|last|this|the (?:end|beginning|middle)|\d|[a-z]+day|(?:jan|feb|mar|apr|may|"
    r"june|july|aug|sep|oct|nov|dec)[a-z]*))\b",
    re.IGNORECASE,
)
NOBODY = re.compile(r"^\W*(?:no(?!\.| (?:more|less|fewer) than)|nobody|no[ -]one|none)\b", re.IGNORECASE)
ANOTHER_TIME = 180  # days
SIDE_MARGIN = 2.0  # below the reader's best score: what contradicts it must itself be so near
NAME_MARGIN = 1.2  # the same where it is another name: every text has names, few have the one asked for


def may_contradict(score: float, best: float, *, margin: float = SIDE_MARGIN) -> bool:
    """Whether a finding is sure enough, beside the best one, for its contradiction to count."""
    return score > max(0.0, best - margin)


def succeeds(question: str, later: Statement, earlier: Statement) -> bool:
    """Whether a later text gives the same state another holder or amount: things have changed since the earlier one."""
    if later.published is None or earlier.published is None or later.published <= earlier.published:
        return False
    kind = _kind(question, later)
    if kind == "name" and NOBODY.match(earlier.value) and not _WHERE.match(question):
        return same_occasion(question, earlier, later)
    if kind != _kind(question, earlier) or kind not in ("name", "quantity"):
        return False
    if kind == "quantity" and _raised(question, later, earlier):
        return True
    if not _PRESENT.match(question):
        return False
    if kind == "quantity":
        there = same_occasion(question, earlier, later, days=False)
        moved = there and _moved_on(question, earlier, later, kind)
        return moved and amounts_differ(
            (later.value, later.sentence), (earlier.value, earlier.sentence), question=question
        )
    changed = bool(_CHANGE["name"].search(later.sentence))
    return changed and not same_name(later.value, earlier.value) and not _in_question(question, later.value)


def _raised(question: str, later: Statement, earlier: Statement) -> bool:
    """Whether a later text tells the toll of the same occasion anew, higher or lower than the earlier one."""
    new, old = (later.value, later.sentence), (earlier.value, earlier.sentence)
    if not harm_told(*new) or harm_told(*new) != harm_told(*old) or counts_a_part(*new) or counts_a_part(*old):
        return False
    one, other = (replace(told, before=_of_the_deed(question, told)) for told in (earlier, later))
    if not (same_occasion(question, one, other, places=False) and same_occasion(question, earlier, later, days=False)):
        return False
    differ = amounts_differ(new, old, question=question)
    return outgrown(old, new, question=question) or (differ and _moved_on(question, earlier, later, "quantity"))


def _of_the_deed(question: str, said: Statement) -> str:
    """The sentence before a statement, if it speaks of what the question asks about: its day is else another's."""
    names = {word for run in NAMES.findall(question) for word in run.split()}
    asked = [word for word in telling(normal(question)) if word not in names and not HUMAN.fullmatch(word)]
    there = telling(normal(said.before))
    return said.before if any(held(word, there) for word in asked) else ""


def disagree(question: str, one: Statement, other: Statement) -> bool:
    """Whether both speak of the same thing and cannot both be right."""
    kind = _kind(question, one)
    if kind != _kind(question, other) or not kind or (kind == "name" and asks_for_several(question)):
        return False
    if kind == "name" and any(_in_question(question, statement.value) for statement in (one, other)):
        return False
    if not same_occasion(question, one, other, days=kind != "date", places=kind != "name"):
        return False
    if _moved_on(question, one, other, kind):
        return False
    match kind:
        case "quantity":
            return amounts_differ((one.value, one.sentence), (other.value, other.sentence), question=question)
        case "date":
            return not meet(stated(one.value, one.published), stated(other.value, other.published))
        case _:
            return not same_name(one.value, other.value)


def roughly(one: Statement, other: Statement) -> bool:
    """Whether one gives a number and the other its order of magnitude in words: "46" and "dozens"."""
    if is_vague(one.value) == is_vague(other.value) or not (is_amount(one.value) and is_amount(other.value)):
        return False
    return within((one.value, one.sentence), (other.value, other.sentence))


def asks_for_several(question: str) -> bool:
    """Whether the question wants a list or a reason, of which each source may tell a part."""
    return bool(_SEVERAL.match(question))


def _in_question(question: str, name: str) -> bool:
    """Whether a value only repeats a name of the question; a place told by its distance from one does not."""
    if _WHERE.match(question) and any(word.islower() and word not in FUNCTION for word in name.split()):
        return False
    return any(same_name(name, run) for run in NAMES.findall(question))


def _kind(question: str, statement: Statement) -> Kind:
    dated, _ = dates(normal(statement.value))
    if NOBODY.match(statement.value):
        return ""
    if _WHERE.match(question):
        return "" if _NO_PLACE.match(statement.value) else "name"
    if is_amount(statement.value):
        return "quantity"
    if _COUNTED.match(question):
        return ""
    if dated:
        return "" if _day_of_saying(statement) and not attributes(question) else "date"
    return "name" if any(character.isupper() for character in statement.value) else ""


def _day_of_saying(statement: Statement) -> bool:
    """Whether the value is the day that somebody said so, not that of what is said."""
    value, sentence = normal(statement.value), normal(statement.sentence)
    if value not in sentence:
        return False
    return value not in without_attribution(sentence) or bool(
        re.search(rf"\b(?!was\b|is\b)[a-z]{{3,}} (?:on )?{re.escape(value)} that\b", sentence)
    )


def _moved_on(question: str, one: Statement, other: Statement, kind: Kind) -> bool:
    """Whether the later of two texts tells that things changed: that is news, not a contradiction."""
    if kind == "date" or one.published is None or other.published is None or one.published == other.published:
        return False
    earlier, later = (one, other) if one.published < other.published else (other, one)
    apart = abs((one.published - other.published).days) > ANOTHER_TIME and bool(_PRESENT.match(question))
    told = _CHANGE[kind].search(later.sentence) or (kind == "quantity" and _SO_FAR.search(earlier.sentence))
    return bool(told) or (apart and not _LASTING.match(question))
