"""Who did a deed, and to whom it was done: "Kor was killed in a raid" does not say that Kor killed anybody.

The reader now and then takes the one to whom it was done, or whoever else the passage names, for the doer.
"""

from __future__ import annotations

import re
from functools import lru_cache

from rag.sentences import Span, sentence_spans
from rag.wording import PASTS

# Deeds that one is asked the doer of: the participles that may stand for each other, and how their other forms begin.
_KINDS = (
    (
        "killed|murdered|assassinated|executed|shot|slain|beheaded|stabbed|poisoned|hanged|lynched|gunned down",
        "kill|murder|assassinat|execut|sho[ot]t|slay|slew|behead|stab|poison|hang|lynch|gun",
    ),
    ("kidnapped|abducted|captured|seized|taken hostage|taken captive", "kidnap|abduct|captur|seiz|took|tak(?:e|ing)"),
    ("arrested|detained|captured|seized|caught", "arrest|detain|captur|seiz|caught|catch"),
    ("wounded|injured", "wound|injur"),
    ("freed|rescued|released|liberated", "free(?:s|ing)|rescu|releas|liberat"),
)
_ASKED = re.compile(
    r"^\W*(?:who|(?:which|what)(?: (?!(?:did|do|does|was|were|is|are|has|have|had)\b)[a-z-]+){1,3}?) "
    rf"(?:(?:had|has|have|first|really|allegedly) )*({'|'.join(pasts for pasts, _ in _KINDS)})\b",
    re.IGNORECASE,
)
_BE = r"\b(?:was|were|been|being|be|is|are)(?: (?:\w+ly|also|later|then|first|both|all|found|(?:shot|stabbed) and))*"
_CONJUNCTION = re.compile(
    r"[;:]|\b(?:when|after|before|while|as|where|because|that|said|says|since|until|if|but|who|which|whom)\b"
)
_NAMED = re.compile(r"[^\W\d_a-z][\w'’-]*(?: (?:(?:al|bin|de|van|von|of|the) )?[^\W\d_a-z][\w'’-]*)*\W*$")
# What follows a verb that has an object: not "the hunters kidnapped near Homs", "the killing of".
_OBJECT = re.compile(
    r"(?: dead)? (?!(?:in|on|at|near|by|when|while|after|before|during|for|and|or|as|with|from|to|of|yesterday|last|"
    r"\w+day|outside|inside|along|alongside|together|was|were|is|are)\b)\w",
    re.IGNORECASE,
)
# What else speaks of a doer.
_BLAMED = re.compile(
    r"\b(?:claim|blam|accus|behind|responsib|suspect|convict|charged|confess|admit|guilty|sentenced|carried out|"
    r"opened fire|gunm[ae]n|assailants?|attack(?:ers?|ed)|killers?|kidnappers?|captors?|murderers?|assassins?|ambush|"
    r"raid|hands of)",
    re.IGNORECASE,
)


def sufferers(question: str, text: str) -> list[Span]:
    """Where the text names those to whom the deed was done whose doer is asked for.

    Not where the sentence tells the deed otherwise too: "the attacker was shot after he had killed two".
    """
    deed = _deed(question)
    if deed is None:
        return []
    passive, told = _patterns(*deed)
    found: list[Span] = []
    for low, high in sentence_spans(text):
        sentence = text[low:high]
        matches = list(passive.finditer(sentence))
        if matches and not told.search(passive.sub(" ", sentence)):
            found += [(low + _subject_at(sentence[: match.start()]), low + match.start()) for match in matches]
    return found


def tells_no_doer(question: str, title: str, text: str, sentence: str) -> bool:
    """Whether the text has the deed whose doer is asked for only as done to somebody, by nobody that it names, and the
    sentence blames nobody."""
    deed = _deed(question)
    if deed is None or _BLAMED.search(sentence):
        return False
    passive, told = _patterns(*deed)
    suffered = list(passive.finditer(text))
    if not suffered or any(match["by"] for match in suffered):
        return False
    rest = f"{title}. {passive.sub(' ', text)}"
    return not any(_OBJECT.match(rest, match.end()) for match in told.finditer(rest))


def _deed(question: str) -> tuple[str, str] | None:
    """The kind of deed whose doer is asked for; None where none is."""
    asked = _ASKED.match(question)
    return None if asked is None else next(kind for kind in _KINDS if asked[1].lower() in kind[0].split("|"))


@lru_cache(maxsize=len(_KINDS))
def _patterns(pasts: str, stems: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What finds the deed as done to somebody, with the "by" of its sentence, and what finds it in any form."""
    return (
        re.compile(rf"{_BE} (?:{pasts})\b(?:(?=(?P<by>[^.;]*?\bby\b))|)", re.IGNORECASE),
        re.compile(rf"\b(?:{stems})\w*", re.IGNORECASE),
    )


def _subject_at(before: str) -> int:
    """Where the subject begins that ends before its verb, with what is said of it between commas."""
    end = len(before)
    if re.search(r"(?:who|which|that)(?: (?:had|has|have))?\s*$", before):
        named = _NAMED.search(re.sub(r"\W*\b\w+(?: (?:had|has|have))?\s*$", "", before))
        return named.start() if named is not None else end
    closing = before.rstrip()
    aside = before.rfind(",", 0, len(closing) - 1) if closing.endswith(",") else -1
    stop = aside if aside > 0 else end
    start = before.rfind(",", 0, stop) + 1
    cuts = [match.end() for match in _CONJUNCTION.finditer(before, start, stop)]
    cuts += [
        match.end() for match in re.finditer(r"\band\b", before[:stop]) if _has_verb(before[start : match.start()])
    ]
    return max([start, *cuts])


def _has_verb(text: str) -> bool:
    return any(word in PASTS or word.endswith("ed") for word in re.findall(r"\b[a-z]+\b", text))
