"""``python -m eval.faults``: which planted faults the checker finds, and which true sentences it takes for faulty.

A fault is one thing changed in a sentence that is true by its quote (``eval.claims``): a number or its qualifier, a
date, a name, a denial added or taken out, or the quote itself. Beside these stand faults that nobody planted: questions
that their passage does not answer, told with the words that the reader takes for the answer.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from eval.claims import DAYS, YEAR, Claim, claims, sentences, statement, telling
from eval.rows import QARow, load_rows
from rag import check, load_reader
from rag.errors import FootnoteError
from rag.proposals import MONTHS, NUMBER_WORDS, verbs
from rag.types import Reader

SETS = ("squadshifts_new_wiki", "squad1_train_sample", "qamr", "squad2_dev")
KINDS = ("number", "date", "name", "negation", "wrong source")
# Harder, and beside the five: a name or number in the place of another one of its quote; the reader's own mistakes.
SWAPPED, RELATION = "swapped", "relation"
HALVES = {"dev": 0, "held-out": 1}
N_FAULTS, N_TRUE = 120, 600

QUALIFIER = re.compile(
    r"\b(?:at least|more than|less than|over|about|around|approximately|nearly|almost) $", re.IGNORECASE
)
NAME = re.compile(r"\b[A-Z][\w’'-]+(?: (?:of |the |de |von )?[A-Z][\w’'-]+)*")
NUMBER = re.compile(r"(?<![\w.,/-])(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?![\w/-]|[.,]\d)")
SPELT = re.compile(rf"\b(?:{'|'.join(NUMBER_WORDS[2:])})\b(?= [a-z]{{3,}})")
MONTH_DAY = re.compile(rf"\b\d\d?(?= (?:{'|'.join(MONTHS)}))|(?<=[a-z] )\d\d?(?=, \d{{4}})")
CALENDAR = re.compile(rf"\b(?:{'|'.join(MONTHS + DAYS)})\b|\b\d\d?(?:st|nd|rd|th) century\b|{YEAR.pattern}|\b1\d\d0s\b")
OPENERS = frozenset("The A An In On At This These It He She They Its His Her Their Most Many Some All".split())
UNITS = ("families", "villages", "vehicles", "soldiers", "tons", "hours", "schools", "islands")


@dataclass(frozen=True, slots=True)
class Case:
    """What the checker is shown; ``kind`` is "" where the sentence is true."""

    kind: str
    sentence: str
    quote: str
    known: str
    title: str = ""


def cases(rows: Sequence[QARow], *, seed: int, n_faults: int = N_FAULTS, n_true: int = N_TRUE) -> list[Case]:
    """``n_true`` true sentences and ``n_faults`` faults of each kind, statements and extracts in turn."""
    rng = random.Random(seed)
    pool = claims(rows, rng)
    names = sorted({name for claim in pool for name in _names(claim.row.context)})
    passages: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        passages[row.title].append(row.context)
    ways: dict[str, Callable[[Claim], str]] = {
        "number": lambda claim: change_number(claim, rng),
        "date": lambda claim: change_date(claim, rng),
        "name": lambda claim: change_name(claim, names, rng),
        "negation": lambda claim: negate(claim.sentence, rng),
        SWAPPED: lambda claim: swap(claim, rng),
    }
    drawn = [Case("", claim.sentence, claim.quote, claim.known, claim.row.title) for claim in _in_turn(pool)[:n_true]]
    for kind in (*KINDS, SWAPPED):
        planted: list[Case] = []
        for claim in _in_turn(rng.sample(pool, len(pool))):
            if len(planted) == n_faults:
                break
            if kind == "wrong source":
                if quote := misplace(claim, passages[claim.row.title], rng):
                    planted.append(Case(kind, claim.sentence, quote, claim.known, claim.row.title))
            elif (said := ways[kind](claim)) and said != claim.sentence:
                planted.append(Case(kind, said, claim.quote, claim.known, claim.row.title))
        drawn += planted
    return drawn


def mistaken(rows: Sequence[QARow], reader: Reader, *, seed: int, n_faults: int = N_FAULTS) -> list[Case]:
    """What the reader would have the passages of unanswerable questions say, as statements: ``n_faults`` at most."""
    found: list[Case] = []
    unanswerable = [row for row in rows if not row.answers]
    for row in random.Random(seed).sample(unanswerable, len(unanswerable)):
        if len(found) == n_faults:
            break
        finding = reader.read(row.question, [row.hit])[0]
        said = statement(row.question, finding.answer, finding.quote)
        if said and check(said, [finding.quote], trained=False).verdict != "verbatim":
            found.append(Case(RELATION, said, finding.quote, f"{row.question} {row.title}", row.title))
    return found


def half(row: QARow) -> int:
    """0 or 1, by article: what the rules were made on, and what they are only measured on."""
    return zlib.crc32((row.title or row.context).encode()) % 2


def change_number(claim: Claim, rng: random.Random) -> str:
    """Another number, mostly; else a qualifier added or lost, or another thing counted; "" where there is none."""
    found = [m for m in NUMBER.finditer(claim.sentence) if not YEAR.fullmatch(m[0]) and not _in_date(claim.sentence, m)]
    found += SPELT.finditer(claim.sentence)
    if not found:
        return ""
    match = rng.choice(found)
    before, after = claim.sentence[: match.start()], claim.sentence[match.end() :]
    counted, qualified, way = re.match(r" ([a-z]{3,}s)\b", after), QUALIFIER.search(before), rng.random()
    if counted and way < 0.15:
        units = [unit for unit in UNITS if unit[:5] not in claim.quote + claim.known]
        return f"{before}{match[0]} {rng.choice(units)}{after[counted.end() :]}"
    if counted and way < 0.3 and re.search(r"(?:^|[a-z] )$", before):
        kept = before[: qualified.start()] if qualified else f"{before}{'at least' if before else 'At least'} "
        return kept + match[0] + after
    new = _other_number(match[0], rng)
    return "" if re.search(rf"\b{re.escape(new)}\b", claim.quote + claim.known) else before + new + after


def change_date(claim: Claim, rng: random.Random) -> str:
    """Another year, decade, century, month, weekday or day of the month."""
    found = [*CALENDAR.finditer(claim.sentence), *MONTH_DAY.finditer(claim.sentence)]
    found = [m for m in found if m[0] in claim.quote and (m.start() or m[0] not in ("May", "March"))]
    if not found:
        return ""
    match = rng.choice(found)
    if (among := next((names for names in (MONTHS, DAYS) if match[0] in names), None)) is not None:
        new = rng.choice([name for name in among if name not in claim.quote + claim.known])
    else:
        digits = re.split(r"(\d+)", match[0])[1]
        if len(digits) < 3:
            value = (int(digits) + rng.randint(1, 9)) % 20 + 1
        else:
            value = int(digits) + rng.choice([-3, -2, -1, 1, 2, 4]) * (10 if match[0].endswith("s") else 1)
        new = f"{value}th century" if "century" in match[0] else match[0].replace(digits, str(value))
    strange = not re.search(rf"\b{new}\b", claim.quote + claim.known)
    return claim.sentence[: match.start()] + new + claim.sentence[match.end() :] if strange else ""


def change_name(claim: Claim, pool: Sequence[str], rng: random.Random) -> str:
    """Another name, of the same passage if it has one that quote and question have not, or one part of it changed."""
    said = f"{claim.quote} {claim.known}"
    found = [m for m in NAME.finditer(claim.sentence) if m[0] in claim.quote and not CALENDAR.search(m[0])]
    found = [m for m in found if (m.start() or " " in m[0]) and m[0].split()[0] not in OPENERS]
    if not found:
        return ""
    match = rng.choice(found)
    near = [name for name in _names(claim.row.context) if not set(name.split()) & set(said.split())]
    new = rng.choice(near if near and rng.random() < 0.6 else pool)
    parts = match[0].split()
    if len(parts) > 1 and rng.random() < 0.25:
        new = f"{parts[0]} {new.split()[-1]}" if rng.random() < 0.5 else " ".join([new.split()[0], *parts[1:]])
    strange = any(word[0].isupper() and word[:4].lower() not in said.lower() for word in new.split())
    return claim.sentence[: match.start()] + new + claim.sentence[match.end() :] if strange else ""


def negate(sentence: str, rng: random.Random) -> str:
    """The sentence with its first denial taken out, else with its first verb denied; "" where it has none."""
    denied = re.search(r" (?:not|never|no longer)(?= [a-z])", sentence)
    if denied:
        return "" if re.search(r"\bnot (?:only|just|until)", sentence) else sentence.replace(denied[0], "", 1)
    if re.search(r"n't\b|\b(?:no|nor|neither|without|none|nothing|cannot)\b", sentence, re.IGNORECASE):
        return ""
    if verb := re.search(r"(?<=\w )(was|were|is|are|has|have|had|can|could|will|would|may|must)(?= [a-z\d])", sentence):
        return f"{sentence[: verb.end()]} {rng.choice(['not', 'not', 'never'])}{sentence[verb.end() :]}"
    for match in re.finditer(r"(?<=\w )[a-z]+(?= \w)", sentence):
        verb_forms = verbs().get(match[0])
        if verb_forms is not None and match[0] == verb_forms[1] != verb_forms[0]:
            denial = rng.choice([f"did not {verb_forms[0]}", f"never {match[0]}", f"failed to {verb_forms[0]}"])
            return sentence[: match.start()] + denial + sentence[match.end() :]
    return ""


def misplace(claim: Claim, passages: Sequence[str], rng: random.Random) -> str:
    """The sentence of another passage, of the article if it has several, that looks most like the claim."""
    answers, told = [answer.lower() for answer in claim.row.answers], telling(claim.sentence)
    others = [passage for passage in dict.fromkeys(passages) if passage != claim.row.context]
    found = [
        (len(told & telling(sentence)), sentence)
        for passage in rng.sample(others, min(len(others), 12))
        for sentence in sentences(passage)
        if len(sentence.split()) > 5 and not any(answer in sentence.lower() for answer in answers)
    ]
    return max([pair for pair in found if pair[0] < 0.6 * len(told)], default=(0, ""))[1]


def swap(claim: Claim, rng: random.Random) -> str:
    """A name or number of the sentence, not of the question, by another one of the quote."""
    for pattern in rng.sample([NAME, NUMBER], 2):
        mine = [m for m in pattern.finditer(claim.sentence) if m[0] in claim.quote and m[0] not in claim.known]
        mine = [m for m in mine if m[0].split()[0] not in OPENERS and not CALENDAR.search(m[0])]
        others = [m[0] for m in pattern.finditer(claim.quote) if m.start() and not CALENDAR.search(m[0])]
        others = [other for other in others if other not in claim.sentence + claim.known]
        if mine and others:
            match = rng.choice(mine)
            return claim.sentence[: match.start()] + rng.choice(others) + claim.sentence[match.end() :]
    return ""


def checked(case: Case, *, trained: bool) -> tuple[str, ...]:
    """What the checker has against a case: by its rules alone, or with the trained network."""
    titles = [case.title] if trained else []
    return check(case.sentence, [case.quote], question=case.known, titles=titles, trained=trained).reasons


def figures(drawn: Sequence[Case], *, trained: bool) -> dict[str, list[bool]]:
    """By kind, "" being the true ones, whether each case was found faulty."""
    found: dict[str, list[bool]] = defaultdict(list)
    for case in drawn:
        found[case.kind].append(bool(checked(case, trained=trained)))
    return found


def table(columns: Mapping[str, Mapping[str, Sequence[bool]]], title: str) -> Table:
    """A row a kind of fault; ``columns`` are what ``figures`` gave of each checker."""
    shown = Table("fault", "n", *columns, title=title, title_justify="left")
    groups: dict[str, tuple[str, ...]] = {kind: (kind,) for kind in KINDS}
    groups |= {"all of these": KINDS, SWAPPED: (SWAPPED,), RELATION: (RELATION,), "none: the sentence is true": ("",)}
    for name, kinds in groups.items():
        hits = [[hit for kind in kinds for hit in found.get(kind, [])] for found in columns.values()]
        if hits[0]:
            shown.add_row(name, str(len(hits[0])), *(f"{sum(column) / len(column):.3f}" for column in hits))
    return shown


def main() -> int:
    """Draw, check, print one table."""
    parser = argparse.ArgumentParser(prog="python -m eval.faults", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of the *.jsonl.gz sets")
    parser.add_argument(
        "--half", choices=HALVES, default="held-out", help="of the articles; the rules were made on dev"
    )
    parser.add_argument("--seed", type=int, default=7, help="of the draw")
    parser.add_argument("--rules", action="store_true", help="measure the rules alone")
    parser.add_argument("--show", action="store_true", help="print the faults that were missed, and the false alarms")
    options = parser.parse_args()
    try:
        rows = [row for name in SETS for row in load_rows(options.data, name)]
    except FootnoteError as error:
        print(f"footnote: {error}", file=sys.stderr)
        return 2
    asked = [row for row in rows if half(row) == HALVES[options.half]]
    drawn = cases(asked, seed=options.seed) + mistaken(asked, load_reader(), seed=options.seed)
    columns = {"rules": figures(drawn, trained=False)}
    if not options.rules:
        columns["rules and network"] = figures(drawn, trained=True)
    Console().print(table(columns, f"{options.half} articles, seed {options.seed}"))
    if options.show:
        for line in _wrong(drawn, trained=not options.rules):
            print(line)
    return 0


def _wrong(drawn: Sequence[Case], *, trained: bool) -> Iterator[str]:
    for case in drawn:
        faults = checked(case, trained=trained)
        if bool(faults) != bool(case.kind):
            said = f"{case.kind or 'true'}: {case.sentence}\n  quote: {case.quote}\n  known: {case.known}"
            yield f"\n{said}\n  {list(faults)}"


def _in_turn(pool: Sequence[Claim]) -> list[Claim]:
    """Statements and extracts in turn, then what is left of the more frequent."""
    statements, extracts = [c for c in pool if c.rephrased], [c for c in pool if not c.rephrased]
    paired = [claim for pair in zip(statements, extracts, strict=False) for claim in pair]
    return paired + statements[len(extracts) :] + extracts[len(statements) :]


def _names(text: str) -> list[str]:
    """Capitalised names that open no sentence."""
    found = [m for m in NAME.finditer(text) if m.start() > 2 and text[m.start() - 2] not in ".?!\n"]
    return [m[0] for m in found if not CALENDAR.search(m[0]) and m[0].split()[0] not in OPENERS]


def _in_date(text: str, match: re.Match[str]) -> bool:
    return any(m.start() <= match.start() < m.end() for m in (*CALENDAR.finditer(text), *MONTH_DAY.finditer(text)))


def _other_number(old: str, rng: random.Random) -> str:
    """A number of about that size, written as that one is."""
    if old.lower() in NUMBER_WORDS:
        return rng.choice([word for word in NUMBER_WORDS[2:] if word != old.lower()])
    digits = [i for i, char in enumerate(old) if char.isdigit()]
    place = rng.choice(digits)
    others = [d for d in "123456789" if d != old[place]]
    return old[:place] + rng.choice(others) + old[place + 1 :]


if __name__ == "__main__":
    sys.exit(main())
