"""True sentences made by rule: a question and its answer as a statement, and a quote with its form changed."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from eval.rows import QARow
from rag.proposals import MONTHS, NUMBER_WORDS, PRONOUNS, verbs

DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
YEAR = re.compile(r"\b(?:1\d|20)\d\d\b(?!,\d)")
QUALIFIED = re.compile(
    r"\b(?:at least|at most|more than|less than|fewer than|over|under|about|around|approximately|nearly|almost|up to|"
    r"some|roughly|an estimated)? ?(?:US)?[$£€]?$",
    re.IGNORECASE,
)
PREPOSITIONS = frozenset(
    "in on at by from during after before around since until for to of with as about into within when".split()
)
PER_PASSAGE = 8  # claims of one passage and form; qamr asks a hundred questions of each
BE = "was|were|is|are|has been|have been|had been"
WHEN = (
    r"When|Where|In (?:what|which) (?:year|month|city|country|state|century|decade)|(?:What|Which) year|"
    r"On what (?:date|day)"
)


@dataclass(frozen=True, slots=True)
class Claim:
    """A true sentence, the quote that bears it out, and what is known besides: the question and the title."""

    sentence: str
    quote: str
    known: str
    row: QARow
    rephrased: bool  # made of question and answer, else of the quote


def claims(rows: Sequence[QARow], rng: random.Random) -> list[Claim]:
    """At most one statement and one extract a row, shuffled."""
    made: Counter[tuple[str, bool]] = Counter()
    found = []
    for row in rng.sample(rows, len(rows)):
        if not row.answers or not (quote := _source(row)):
            continue
        for sentence, rephrased in (
            (statement(row.question, row.answers[0], quote), True),
            (extract(quote, rng), False),
        ):
            fit = sentence and sentence.rstrip(".") not in quote and 4 <= len(sentence.split()) <= 45
            if fit and made[row.context, rephrased] < PER_PASSAGE:
                made[row.context, rephrased] += 1
                found.append(Claim(sentence, quote, f"{row.question} {row.title}", row, rephrased))
    return found


def statement(question: str, answer: str, quote: str) -> str:
    """Question and answer as one sentence; "" for a question whose form is not known."""
    asked = question.strip().rstrip("?. ")
    if not 0 < len(answer.split()) <= 12 or not asked or answer.lower() in PRONOUNS:
        return ""
    if asked.split()[-1].lower() in (*PREPOSITIONS, "do", "happen"):
        return ""
    place = quote.find(answer)
    qualified = QUALIFIED.search(quote[: max(place, 0)])
    if answer[0].isdigit() and qualified:
        answer = qualified[0].lstrip() + answer
    for pattern, made in _FORMS:
        match = re.match(pattern, asked)
        said = made(match, answer, quote) if match else ""
        if said:
            return f"{said[0].upper()}{said[1:].rstrip('. ')}."
    return ""


def extract(quote: str, rng: random.Random) -> str:
    """The quote with some things dropped, moved or written otherwise; "" where there is nothing to change."""
    said = quote
    for pattern, put in rng.sample(_CUTS, rng.randint(2, len(_CUTS))):
        said = pattern.sub(put, said)
    said = " ".join(rewrite(said, rng).split())
    return f"{said[0].upper()}{said[1:]}" if said not in ("", quote) else ""


def rewrite(text: str, rng: random.Random) -> str:
    """Numbers and dates in another notation that means the same."""
    months = "|".join(MONTHS)
    if rng.random() < 0.5:
        text = re.sub(rf"\b({months}) (\d\d?), (\d{{4}})\b", r"\2 \1 \3", text)
    else:
        text = re.sub(rf"\b(\d\d?) ({months}) (\d{{4}})\b", r"\2 \1, \3", text)
    if rng.random() < 0.5:
        text = re.sub(r"\b(\d+),(\d{3})\b(?![,.]\d)", r"\1\2", text)
    text = re.sub(r"(?<![\d.,])(\d+)(?:\.(\d))? million\b", lambda m: f"{m[1]},{m[2] or '0'}00,000", text)
    text = text.replace("%", " percent") if "%" in text else re.sub(r" (?:percent|per cent)\b", "%", text)
    spelt = rf"(?<=\w )({'|'.join(NUMBER_WORDS[2:])})(?= [a-z]{{4,}})"
    return re.sub(spelt, lambda m: str(NUMBER_WORDS.index(m[1])), text)


def sentences(text: str) -> list[str]:
    from sentencex import segment

    return [" ".join(sentence.split()) for sentence in segment("en", text) if sentence.strip()]


def telling(text: str) -> set[str]:
    """Longer words in small letters, cut to six: what two sentences on one thing share."""
    return {word[:6] for word in re.findall(r"\w+", text.lower()) if len(word) > 3}


def _source(row: QARow) -> str:
    """The sentence of the passage that holds the answer and shares most with the question."""
    asked = telling(row.question)
    holding = [sentence for sentence in sentences(row.context) if row.answers[0] in sentence]
    return max(holding, key=lambda sentence: len(asked & telling(sentence)), default="")


def _past(word: str, quote: str) -> str:
    """The past of a base form; "" if it is not known as one: the quote must hold a regular one."""
    if word in verbs():
        base, past, _ = verbs()[word]
        return past if word == base and word not in ("be", "have", "do") else ""
    stem = word[:-1] if word.endswith("e") else f"{word[:-1]}i" if re.search("[^aeiou]y$", word) else word
    fit = word.islower() and len(word) > 2 and re.search(rf"\b{re.escape(stem)}(?:ed|ing)\b", quote)
    return f"{stem}ed" if fit else ""


def _participle(word: str) -> bool:
    return (len(word) > 4 and word.endswith("ed")) or any(word == verb[2] for verb in verbs().values())


def _tensed(word: str) -> bool:
    """Whether a word may be a verb after its subject: who founded, what causes."""
    past = (word in verbs() and word == verbs()[word][1]) or re.fullmatch(r"[a-z]{3,}(?:ed|[^s']s)", word)
    return bool(past) and word not in ("does", "was", "were", "has", "is", "happened", "did", "had")


def _placed(answer: str, question: str) -> str:
    """The answer with the preposition that it lacks, "" where none is sure."""
    if answer.split()[0].lower() in PREPOSITIONS:
        return answer
    if re.fullmatch(r"(?:early |late |mid-)?\d{4}s?", answer) or (answer.split()[0] in MONTHS and " " not in answer):
        return f"in {answer}"
    if re.match(rf"\d\d? (?:{'|'.join(MONTHS)})|(?:{'|'.join(MONTHS)}) \d\d?\b|(?:{'|'.join(DAYS)})", answer):
        return f"on {answer}"
    if re.match(rf"(?:{'|'.join(MONTHS)}) \d{{4}}", answer):
        return f"in {answer}"
    named = all(word[0].isupper() for word in re.findall(r"\w+", answer))
    return f"in {answer}" if named and not question.startswith("When") and len(answer.split()) < 4 else ""


def _by_subject(match: re.Match[str], answer: str, quote: str) -> str:
    """Who founded X: Y founded X."""
    return f"{answer} {match['verb']} {match['rest']}" if _tensed(match["verb"]) else ""


def _by_copula(match: re.Match[str], answer: str, quote: str) -> str:
    """Who was the king of X: the king of X was Y. What group was founded in 1943: Y was founded in 1943."""
    rest = match["rest"].split()
    if _participle(rest[0]):
        return f"{answer} {match['be']} {match['rest']}"
    if called := re.fullmatch(r"(.+) (called|named|known as)", match["rest"]):
        return f"{called[1]} {match['be']} {called[2]} {answer}"
    noun = rest[0].lower() in ("the", "one", "a", "an", "his", "her", "their", "its") and len(rest) > 2
    fit = noun and not match["noun"] and not rest[-1].endswith("ing") and not any(map(_participle, rest))
    return f"{match['rest']} {match['be']} {answer}" if fit else ""


def _counted(match: re.Match[str], answer: str, quote: str) -> str:
    """How many people died: 46 people died. How many people did it kill: it killed 46 people."""
    rest, noun = match["rest"].split(), match["noun"]
    said = (
        answer
        if answer.endswith(noun) or (" " in answer.strip() and noun.split()[-1] in answer)
        else f"{answer} {noun}"
    )
    if match["verb"] == "did":
        for i, word in enumerate(rest[1:], 1):
            if past := _past(word, quote):
                return " ".join([*rest[:i], past, said, *rest[i + 1 :]])
        return ""
    if match["verb"] in ("was", "were", "are", "is", "have", "had", "has"):
        return f"{said} {match['verb']} {match['rest']}" if _participle(rest[0]) else ""
    return f"{said} {match['verb']} {match['rest']}" if _tensed(match["verb"]) else ""


def _dated(match: re.Match[str], answer: str, quote: str) -> str:
    """When was X born: X was born in 1902. Where did X begin: X began in Lyon."""
    rest, placed = match["rest"].split(), _placed(answer, match[0])
    for i, word in enumerate(rest[1:], 1):
        if not placed or rest[i - 1] in ("the", "a", "an", "and", "to", "of"):
            continue
        if match["be"] != "did" and _participle(word):
            return " ".join([*rest[:i], match["be"], *rest[i:], placed])
        past = _past(word, quote) if match["be"] == "did" else ""
        if past:
            return " ".join([*rest[:i], past, *rest[i + 1 :], placed])
    return ""


def _object(match: re.Match[str], answer: str, quote: str) -> str:
    """What did X invent in 1902: X invented Y in 1902."""
    rest = match["rest"].split()
    for i, word in enumerate(rest[1:], 1):
        past = _past(word, quote)
        last = i == len(rest) - 1 or rest[i + 1] in PREPOSITIONS
        if past and last and rest[i - 1] not in ("the", "a", "an", "and", "to", "of"):
            return " ".join([*rest[:i], past, answer, *rest[i + 1 :]])
    return ""


_FORMS: list[tuple[str, Callable[[re.Match[str], str, str], str]]] = [
    (
        r"How many (?P<noun>[a-z]+(?: [a-z]+)?) (?P<verb>did|was|were|are|is|have|had|has|[a-z]+) (?P<rest>.+)$",
        _counted,
    ),
    (rf"(?:{WHEN}) (?P<be>was|were|is|are|did) (?P<rest>.+)$", _dated),
    (rf"(?:Who|What|Which)(?P<noun>(?: [a-z]+){{0,3}}?) (?P<be>{BE}) (?P<rest>.+)$", _by_copula),
    (r"(?:Who|What|Which)(?: [a-z]+){0,2}? did (?P<rest>.+)$", _object),
    (r"(?:Who|What|Which(?: [a-z]+)?) (?P<verb>[a-z]+) (?P<rest>.+)$", _by_subject),
]
_CUTS: list[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]] = [
    (re.compile(r"\s*\([^()]*\)"), ""),
    (re.compile(r", (?:which|who|where|whose)\b[^,.;]*(?=\.$)|, (?:which|who|where|whose)\b[^,.;]*,(?= )"), ""),
    (
        re.compile(r"^((?:In|On|During|After|By|Since|At|From) [^,]{3,40}), ((?!and\b)[^:;]{20,})\.$"),
        lambda m: f"{m[2][0].upper()}{m[2][1:]} {m[1][0].lower()}{m[1][1:]}.",
    ),
    (re.compile(r"(?<=[\w ]{30}), (?:and|but|while|although|with|including|leaving|making)\b[^:;\"]+\.$"), "."),
    (re.compile(r"^(?:However|Moreover|Furthermore|For example|Thus|Therefore|In addition|Additionally),? (?=\w)"), ""),
]
