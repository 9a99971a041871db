"""Who says so, and how sure: clauses that give a statement to a speaker or doubt it, what is said without them, and
sentences that lose them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.sentences import sentence_spans
from rag.wording import PASTS, held, telling

# What is only said, by those of whom it is told.
_HEARSAY = (
    "says?|said|saying|told|claims?|claimed|alleges?|alleged|insists?|insisted|argues?|argued|believes?|believed|"
    "suspects?|suspected|suggests?|suggested|maintains?|maintained"
)
_SAYING = rf"(?:{_HEARSAY}|reports|reported|announced?|announces|confirmed|stated?|states|wrote|writes?|added)"
_CLAUSES = (
    re.compile(rf"^[^,.;]{{3,80}}?\b{_SAYING}(?: [^,.;]{{1,40}}?)? that\s+", re.IGNORECASE),
    re.compile(r"^according to [^,.;]+, |,? according to [^,.;]+(?=[,.;]|$)", re.IGNORECASE),
    re.compile(
        rf",\s+(?!which|who|whose|whom|where|when|and|but|while)[^,;]{{2,80}}?\b{_SAYING}\b[^,;.]*(?=[.,;]|$)",
        re.IGNORECASE,
    ),
)
_DOUBTED = (
    "doubt(?:s|ed|ful)?|den(?:y|ies|ied)|fears?|feared|unlikely|unclear|uncertain|dismiss(?:es|ed)?|rumou?rs?|"
    "allegations?|accusations?|possible"
)
_TOLD = re.compile(
    rf"\b(?:{_HEARSAY}|{_DOUBTED}|according to|allegedly|reportedly|reports?|whether|"
    r"in the (?:words|opinion|view) of)\b",
    re.IGNORECASE,
)
_NOT_SURE = re.compile(
    rf"^[^.;]{{0,120}}?\b(?:whether|(?<!no )(?<!not )(?:{_DOUBTED}|reports?|claims?|suggestions?) that)\s+",
    re.IGNORECASE,
)
# Before a clause without "that". What else can follow them ("claimed the lives of 40", "suspect the men arrested in
# May of it") is no clause, and some of their kin are left out since with them it mostly is not.
_BARE = re.compile(
    r"^(?P<who>[^,.;:()]{3,80}?)\b(?:sa(?:ys?|id)|told|claim(?:s|ed)?|alleged?s?|insist(?:s|ed)?|believed?s?|fear(?:s|ed)?|"
    r"doubt(?:s|ed)?|unlikely)\b(?! (?:\w+ ){0,3}?(?:responsibility|credit|victory|lives?)\b)"
    r"(?:(?: on)? \w+day\b| in an? (?:statement|interview|report|speech|letter)\b| yesterday\b| last \w+)*\s+(?=\w)",
    re.IGNORECASE,
)
_RELATIVE = re.compile(r"\b(?:who|whose|which|that|when|if|not|never|no|nobody|none)\b", re.IGNORECASE)
_SUBJECT = 7  # words of a clause before its verb
_AUXILIARIES = frozenset("was were is are has have had will would could can may might did does".split())
_NO_SUBJECT = _AUXILIARIES | frozenset(
    "to by of on in at for from with as about against over and or so be been".split()
)
_ELSEWHERE = frozenset("that which who whose for to of".split())  # a verb after them is not the clause's
# "Holt is believed to have fled", "Holt may have fled"; "in May" is no doubt.
_HEDGE = re.compile(
    r"(?<!can be )(?<!could be )(?<!may be )\b(?:(?i:reportedly|allegedly|supposedly|purportedly)|"
    r"(?:thought|believed|said|alleged|reported|rumou?red|suspected|feared|presumed) to(?: have(?: been)?| be)?|"
    rf"(?:may|might)(?: well)? have(?: been|(?= (?:\w+ed|{'|'.join(sorted(PASTS))})\b)))\b"
)
_KEPT = re.compile(
    rf"{_TOLD.pattern}|\b(?:supposedly|purportedly|apparently|thought|rumou?red|suspected|presumed|probably|possibly|"
    r"perhaps|likely|(?-i:may|might|could))\b",
    re.IGNORECASE,
)
_HEDGED = re.compile(r"[^,.;:()]*?(?=[,.;:()]|\b(?:and|but|who|which|while)\b|$)")
_SCOPE = 3  # telling words after a hedge that it is taken to be about, the first of them the verb
_ASKED = re.compile(r"^.*\?", re.DOTALL)  # a question, before the titles that are known with it
_SHARE = 0.75  # of a sentence's telling words, in the part of a quote that is only said


def without_attribution(sentence: str) -> str:
    """The sentence without the clauses that say who says so, and when and where they do."""
    told = " ".join(sentence.split())
    for pattern in _CLAUSES:
        shorter = pattern.sub("", told)
        told = shorter if len(shorter.split()) >= 3 else told
    return told


def attributes(text: str) -> bool:
    """Whether a text gives something to a speaker, or doubts it."""
    return _TOLD.search(text) is not None


def attribution_faults(sentence: str, quotes: Sequence[str], known: str = "") -> list[str]:
    """Where a sentence states what all its quotes only give to a speaker, doubt or hedge; texts normal
    (``rag.wording.normal``).

    A sentence that names a speaker, in any words, keeps the attribution; so does one asked of somebody's words.
    """
    asked = question[0] if (question := _ASKED.match(known)) else ""
    hedged = [] if _KEPT.search(sentence) or _KEPT.search(asked) else _hedge_faults(sentence, quotes)
    if _TOLD.search(sentence) or _TOLD.search(asked):
        return hedged
    words = telling(sentence)
    speakers = []
    for quote in quotes:
        if not _TOLD.search(quote):
            return hedged
        parts = [(part, _said(part)) for part in (quote[start:end] for start, end in sentence_spans(quote))]
        there = [(part, plain) for part, plain in parts if _holds(plain, words)]
        if not there or any(_TOLD.search(plain) or not _TOLD.search(_lost(part, plain)) for part, plain in there):
            return hedged
        speakers.append(_lost(*there[0]))
    named = any(held(word, words) for lost in speakers for word in telling(lost) if word[0].isupper())
    return hedged if named or not speakers else [f"its sources give that to a speaker ({speakers[0]})"]


def _holds(plain: str, words: Sequence[str]) -> bool:
    told = telling(plain)
    return sum(held(word, told) for word in words) >= _SHARE * len(words)


def _said(quote: str) -> str:
    """The quote without the clauses that say who says so or that it is doubted, with or without "that"."""
    told = without_attribution(_NOT_SURE.sub("", quote))
    match = _BARE.match(told)
    if match is None or _RELATIVE.search(match["who"]) or not _is_clause(told[match.end() :]):
        return told
    return told[match.end() :]


def _is_clause(text: str) -> bool:
    """Whether the text begins with a subject and, within a few words, its verb."""
    words = re.findall(r"[\w'-]+|[,.;]", text[:120])[: _SUBJECT + 1]
    if words[0].lower() in _NO_SUBJECT | PASTS | _ELSEWHERE:
        return False
    for word in words[1:]:
        if word in _ELSEWHERE or not word[0].isalnum():
            return False
        if word in _AUXILIARIES | PASTS or (word.endswith("ed") and word.islower()):
            return True
    return False


def _hedge_faults(sentence: str, quotes: Sequence[str]) -> list[str]:
    """Where a sentence that is sure says what its quotes hedge, and what nothing else in them says."""
    cited = " . ".join(quotes)
    said, faults, sure = telling(sentence), [], cited
    for match in reversed(list(_HEDGE.finditer(cited))):
        scope = _HEDGED.match(cited, match.end())
        end = scope.end() if scope else match.end()
        words = telling(cited[match.end() : end])[:_SCOPE]
        sure = sure[: match.start()] + sure[end:]
        before = telling(re.split(r"[.;:]", cited[: match.start()])[-1])[-_SCOPE:]
        of_them = not before or any(held(word, said) for word in before)
        if words and of_them and held(words[0], said) and 2 * sum(held(word, said) for word in words) >= len(words):
            faults.append((words[0], f"its sources are not sure of that ({match[0]})"))
    return [fault for verb, fault in faults if not held(verb, telling(sure))]


def _lost(quote: str, plain: str) -> str:
    """What ``without_attribution`` took off a quote, in short."""
    quote = " ".join(quote.split())
    place = quote.find(plain.rstrip("."))
    cut = f"{quote[:place]} {quote[place + len(plain.rstrip('.')) :]}" if place >= 0 else quote
    return " ".join(cut.strip(" ,.").split())
