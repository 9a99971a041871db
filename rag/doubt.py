"""How much less than its score says an answer is trusted: what the reader overlooks, and a rule sees."""

from __future__ import annotations

import re

from rag.checking import plain_words
from rag.deeds import tells_no_doer
from rag.lexical import STOPWORDS
from rag.occasions import NAMES, same_name
from rag.premises import Premises
from rag.quantities import quantities
from rag.sentences import Span, sentence_spans
from rag.types import Hit
from rag.unfit import other_harms
from rag.wording import COUNTRIES, normal, plain, stem, unlike

# Where a passage states years and none is the one asked for: of the development questions with a year, none that had an
# answer met such a passage, and a fifth of those that people wrote to have none did.
YEAR_COST = 2.0
# Where the answer is made of the question's own words, unless that offers a choice ("A or B?"): of 2,933 development
# questions one in a hundred had such an answer.
ECHO_COST = 2.0
# Where the answer is cut out of a word with a hyphen, "Britain" of "Britain-based": of 2,982 development questions five
# had such an answer, and four of these were numbers.
CUT_COST = 2.0
# Where it is asked who did a deed, and neither the answer's sentence nor its neighbours nor the title has a word for
# it: of 89 development passages that answer such a question 3 had none.
DEED_COST = 4.0
# Where a round is asked about, or a vote, and the passage has none ("the final over" is no final): none of the 9
# development passages that answer such a question.
ROUND_COST = 4.0
# Where it is asked who leads a body, the sentence says "the group", and the body was last named as a branch of itself:
# "IS-K" is not the Islamic State.
BRANCH_COST = 4.0
# Where it is asked how many were killed, and the answer is no amount and its sentence counts the wounded or the freed.
HARM_COST = 8.0
# Where the answer's sentence tells of somebody of a similar name, Hassan for Hussein, and not of the one asked about.
NAMESAKE_COST = 4.0
_LEADS = re.compile(
    r"^\W*who (?:\w+ly |now )?(?:leads|led|heads|headed|runs|ran|commands|commanded|is|was)\b", re.IGNORECASE
)
_THE_BODY = re.compile(
    r"\b(?:the|this)(?: [a-z-]+)? (?:group|organi[sz]ation|outfit|movement|party|militia|network|company|faction)\b",
    re.IGNORECASE,
)
_DEEDS = {
    stem(deed): re.compile(rf"\b(?:{words})", re.IGNORECASE)
    for deed, words in (
        ("directed", "direct|film by|film-?maker|helm|movie by"),
        (
            "won",
            "w[io]n|victor|beat|defeat|champion|clinch|title|triumph|crown|award|prize|medal|first place|success|gold",
        ),
        ("owned", "own|bought|acquir|purchas|property|belong|possess|sold"),
        ("produced", "produc|made|film|creat"),
        ("defeated", "defeat|beat|w[io]n|victor|lost|loss|overth|crush|rout|conquer|destroy"),
        ("designed", "design|architect|built|creat|plan|drew|drawn"),
        ("invented", "invent|coin|develop|creat|discover|devis|patent|design|introduc|pioneer|built|made|idea|came up"),
        ("founded", "found|creat|establish|start|form|set up|launch|built|pioneer|origin|beg[aiu]n|father of|open"),
        ("built", "buil|construct|erect|made|creat|found|commission"),
        ("killed", "kill|murder|assassin|shot|shoot|slain|slew|execut|death|dead|died|poison|stab|hang"),
        ("kidnapped", "kidnap|abduct|seiz|captur|captiv|hostage|snatch|took|taken"),
        ("arrested", "arrest|detain|captur|custody|caught|seiz|police|jail|imprison|apprehend"),
        ("painted", "paint|artist|portrait|fresco|work|mural"),
        ("composed", "compos|wr[io]t|music|score|song|opera|symphon"),
    )
}
_AMOUNT = re.compile(r"\b(?:(?:dozen|score|hundred|thousand)s?|no|none|nobody|all|several|many|few)\b", re.IGNORECASE)
_KIN = {"abu", "bin", "ibn", "umm"}  # which many names share
_SAME = {"shot": "killed", "abducted": "kidnapped"}
_ROUND = re.compile(
    r"\b(semi-?final|quarter-?final|final|referendum)s?\b"
    r"(?!\s+(?!(?:in|of|on|at|by|between|for|against|with|from|to|is|was|are|were|and|or|but|as|when|where|after|before|the|"
    r"a|that|which|who|held|played|match|matches|game|games|result|results|vote)\b)[a-z])",
    re.IGNORECASE,
)
_DID = re.compile(
    r"^\W*(?:who|(?:which|what)(?: [a-z-]+){1,3}?) (?:had |has |have |first |originally )*"
    r"(directed|won|owns|owned|produced|defeated|designed|invented|founded|built|killed|shot|kidnapped|abducted|arrested|"
    r"painted|composed)\b",
    re.IGNORECASE,
)
_ONE_OF = re.compile(r"^(?:one|some|many|most) of (?:them|these|those)(?: even)?\b", re.IGNORECASE)


def doubt(question: str, premises: Premises, hit: Hit, start: int, end: int) -> float:
    """What to take off the score of the answer ``[start, end)`` of the hit's passage; 0 or more."""
    around = f"{hit.context}. {hit.title}. {hit.passage.heading}. {hit.passage.text}"
    return (
        YEAR_COST * bool(premises.other_years(around, hit.published))
        + ECHO_COST * _echoes(hit.passage.text[start:end], question)
        + DEED_COST * (_lacks_deed(question, hit, start, end) or _lacks_doer(question, hit, start, end))
        + ROUND_COST * (not _rounds(question) <= _rounds(around))
        + CUT_COST * _is_cut(hit.passage.text, start, end)
        + HARM_COST * _counts_others(question, hit.passage.text, start, end)
        + NAMESAKE_COST * _of_a_namesake(question, hit.passage.text, start, end)
        + BRANCH_COST * _leads_a_branch(question, premises, hit.passage.text, start, end)
    )


def _lacks_deed(question: str, hit: Hit, start: int, end: int) -> bool:
    asked = _DID.match(question)
    words = _DEEDS.get(stem(_SAME.get(asked[1].lower(), asked[1]))) if asked is not None else None
    return words is not None and not words.search(f"{hit.title}. {_nearby(hit.passage.text, start, end)}")


def _lacks_doer(question: str, hit: Hit, start: int, end: int) -> bool:
    text = hit.passage.text
    low, high = _sentence(text, start, end)
    return tells_no_doer(question, hit.title, text, text[low:high])


def _counts_others(question: str, text: str, start: int, end: int) -> bool:
    low, high = _sentence(text, start, end)
    answer = normal(text[start:end])
    counts = quantities(answer) or _AMOUNT.search(answer)
    return not counts and bool(other_harms(question, text[low:high]))


def _of_a_namesake(question: str, text: str, start: int, end: int) -> bool:
    asked = [name for name in NAMES.findall(normal(question.strip().partition(" ")[2])) if " " in name]
    if not asked:
        return False
    low, high = _sentence(text, start, end)
    told = [name for name in NAMES.findall(normal(text[low:high])) if " " in name]
    for name in asked:
        words = _given(name)
        alike = [_given(other) for other in told if words & _given(other)]
        if any(unlike(words, other) for other in alike) and not any(same_name(name, other) for other in told):
            return True
    return False


def _given(name: str) -> set[str]:
    """The words of a name that may be given names, or those of a family."""
    words = {plain(word) for word in re.findall(r"[^\W\d_]{3,}", name)}
    return words - COUNTRIES.keys() - _KIN


def _sentence(text: str, start: int, end: int) -> Span:
    """The sentence that holds the answer, or the answer where it crosses a border."""
    return next(((low, high) for low, high in sentence_spans(text) if low <= start and end <= high), (start, end))


def _leads_a_branch(question: str, premises: Premises, text: str, start: int, end: int) -> bool:
    if not _LEADS.match(question):
        return False
    low, high = _sentence(text, start, end)
    if not _THE_BODY.search(text, low, high):
        return False
    for name in premises.names:
        short = "".join(word[0] for word in name.split() if word[0].isupper())
        either = rf"{re.escape(name)}|{short}" if len(short) > 1 else re.escape(name)
        mentions = list(re.finditer(rf"\b(?:{either})(?:(?P<more>-[A-Z])|(?!\w))", text[:high]))
        if mentions and mentions[-1]["more"]:
            return True
    return False


def _rounds(text: str) -> set[str]:
    return {match[1].lower().replace("-", "") for match in _ROUND.finditer(text)}


def _nearby(text: str, start: int, end: int) -> str:
    """The sentences that hold ``[start, end)``, with the one before and the one after."""
    spans = sentence_spans(text)
    inside = [i for i, (low, high) in enumerate(spans) if low < end and high > start]
    return text[spans[max(0, inside[0] - 1)][0] : spans[min(len(spans) - 1, inside[-1] + 1)][1]] if inside else text


def _echoes(answer: str, question: str) -> bool:
    words, asked = (set(plain_words(text)) - STOPWORDS for text in (_ONE_OF.sub("", answer), question))
    return words <= asked and " or " not in question


def _is_cut(text: str, start: int, end: int) -> bool:
    """Whether a hyphen ties the answer, if it is no number, to letters that are left out."""
    tied = re.match(r"-\w", text[end:]) or re.search(r"\w-$", text[:start])
    return bool(tied) and not any(word[0].isdigit() for word in plain_words(text[start:end]))
