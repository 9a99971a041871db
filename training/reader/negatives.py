"""Questions that their passage does not answer: look-alike passages, questions with one detail changed."""

from __future__ import annotations

import json
import random
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from rag.lexical import STOPWORDS
from training.reader.rows import Row, read_jsonl

NAME = re.compile(r"\b[A-Z][\w'’-]+(?: (?:of |the |de )?[A-Z][\w'’-]+)*")
YEAR = re.compile(r"\b(?:1[0-9]|20)\d\d\b")
NUMBER = re.compile(r"\b\d+(?:[.,]\d+)*\b")
OPPOSITES = {
    "first": "last", "largest": "smallest", "highest": "lowest", "most": "least", "more": "less",
    "before": "after",
    "oldest": "youngest", "northern": "southern", "north": "south", "eastern": "western", "east": "west",
    "increase": "decrease", "increased": "decreased", "won": "lost", "win": "lose", "began": "ended",
    "begin": "end", "start": "stop", "started": "stopped", "support": "oppose", "supported": "opposed",
    "allowed": "forbidden", "born": "buried", "founded": "dissolved", "opened": "closed", "early": "late",
    "maximum": "minimum", "above": "below", "longest": "shortest", "best": "worst", "married": "divorced",
}  # fmt: skip
OPPOSITES |= {new: old for old, new in OPPOSITES.items()}
# Rare on purpose: where most questions with "first" or "largest" are altered ones, the reader learns to distrust those.
OPPOSITE_SHARE = 0.15
ASKING = frozenset("what when where which whom whose many much long name kind type year".split())
NEGATED = re.compile(r"^(Who|Which \w+|What) (is|are|was|were|has|have)\b")


def hidden(row: Row, *, question: str | None = None, passage: Row | None = None) -> Row:
    """`row` as unanswerable, with another question or over another passage."""
    over = row if passage is None else passage
    words = row.question if question is None else question
    return replace(row, question=words, title=over.title, context=over.context, answers=(), start=-1, end=-1)


def contains_answer(row: Row, context: str) -> bool:
    text = context.lower()
    return any(answer.lower().strip(" .,") in text for answer in row.answers)


def lookalikes(train: Mapping[str, Sequence[Row]], files: Sequence[Path], rng: random.Random, n_rows: int) -> list[Row]:
    """Answerable train questions over passages that look alike (from `files`) but lack every answer string.

    A file is JSONL (or .gz) of `id`, `negative_ids`; later files are preferred: one negative a question.
    """
    rows = {row.row_id: row for group in train.values() for row in group}
    chosen: dict[str, Row] = {}
    for path in files:
        records = read_jsonl(path) if path.suffix == ".gz" else map(json.loads, path.open(encoding="utf-8"))
        for record in records:
            row = rows.get(record["id"])
            if row is None or not row.answerable:
                continue
            others = [rows[i] for i in record["negative_ids"] if i in rows]
            fit = [o for o in others if o.context != row.context and not contains_answer(row, o.context)]
            if fit:
                chosen[row.row_id] = hidden(row, passage=rng.choice(fit[:3]))
    pool = balanced(list(chosen.values()), rng)
    return pool[:n_rows]


def balanced(rows: Sequence[Row], rng: random.Random) -> list[Row]:
    """`rows` shuffled, data sets taking turns, so that a prefix holds about as many of each."""
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row.dataset].append(row)
    keyed: list[tuple[float, Row]] = []
    for group in groups.values():
        rng.shuffle(group)
        keyed += [((position + rng.random()), row) for position, row in enumerate(group)]
    return [row for _, row in sorted(keyed, key=lambda pair: pair[0])]


def names_in(text: str) -> list[str]:
    """Capitalised names that do not open a sentence."""
    return [m.group() for m in NAME.finditer(text) if m.start() > 2 and text[m.start() - 2] not in ".?!\n"]


def swap_name(row: Row, pool: Sequence[str], rng: random.Random) -> str | None:
    """The question with a name replaced by another one, half the time by one of the passage."""
    found = [m for m in NAME.finditer(row.question) if m.start() > 0]
    if not found:
        return None
    match = rng.choice(found)
    answer = row.context[row.start : row.end]
    near = [n for n in names_in(row.context) if n not in row.question and n not in answer and answer not in n]
    source = near if near and rng.random() < 0.5 else pool
    name = rng.choice(source)
    if name in row.question or match.group() in name or name in match.group():
        return None
    if source is pool and name in row.context:
        return None
    return row.question[: match.start()] + name + row.question[match.end() :]


def swap_number(row: Row, rng: random.Random) -> str | None:
    match = YEAR.search(row.question)
    if match is not None:
        new = str(int(match.group()) + rng.choice([-30, -20, -11, -7, -3, 2, 4, 9, 16, 25]))
    else:
        match = NUMBER.search(row.question)
        if match is None:
            return None
        new = str(rng.randint(2, 97))
    if new in row.context or new == match.group():
        return None
    return row.question[: match.start()] + new + row.question[match.end() :]


def swap_opposite(row: Row, rng: random.Random) -> str | None:
    words = row.question.split(" ")
    places = [i for i, word in enumerate(words) if word.rstrip("?") in OPPOSITES]
    if places:
        place = rng.choice(places)
        bare = words[place].rstrip("?")
        words[place] = words[place].replace(bare, OPPOSITES[bare])
        return " ".join(words)
    match = NEGATED.search(row.question)
    if match is None or rng.random() < 0.8 or " not " in row.question:
        return None  # negation is rare on purpose: "not" must not become the whole signal
    return row.question[: match.end()] + " not" + row.question[match.end() :]


def altered(rows: Sequence[Row], n_rows: int, rng: random.Random) -> list[Row]:
    """Questions with one name, number or quality changed so that their own passage no longer answers them.

    Rule-made, so a few still are answerable; the passage is the same, so look-alike words give nothing away.
    """
    pool = sorted({name for row in rows for name in names_in(row.context)})
    shuffled = [row for row in rows if row.answerable]
    rng.shuffle(shuffled)
    made: list[Row] = []
    for row in shuffled:
        if len(made) >= n_rows:
            break
        ways = [swap_number(row, rng), swap_name(row, pool, rng)]
        rng.shuffle(ways)
        if rng.random() < OPPOSITE_SHARE:
            ways.append(swap_opposite(row, rng))
        question = next((way for way in ways if way is not None and way != row.question), None)
        if question is not None:
            made.append(hidden(row, question=question))
    return made


def transplanted(rows: Sequence[Row], n_rows: int, rng: random.Random) -> list[Row]:
    """Questions that were put to another passage, with a name of this one: its subject, but not what it says of it.

    The passage speaks of none of the telling words that are left, or of few, so that it hardly can answer.
    """
    shuffled = [row for row in rows if row.answerable]
    rng.shuffle(shuffled)
    patterns = [(row, matches[0]) for row in shuffled if len(matches := names_asked(row.question)) == 1]
    made: list[Row] = []
    for row in shuffled:
        if len(made) >= n_rows or not patterns:
            break
        names = [row.title] if row.title and rng.random() < 0.5 else names_in(row.context)
        other, match = rng.choice(patterns)
        if not names or other.title == row.title or other.context == row.context:
            continue
        question = other.question[: match.start()] + rng.choice(names) + other.question[match.end() :]
        text = row.context.lower()
        rest = f"{other.question[: match.start()]} {other.question[match.end() :]}".lower()
        asked = [w for w in re.findall(r"[a-z]{4,}", rest) if w not in STOPWORDS and w not in ASKING]
        if asked and sum(word[:5] in text for word in asked) * 3 <= len(asked):
            made.append(hidden(row, question=question))
    return made


def names_asked(question: str) -> list[re.Match[str]]:
    return [m for m in NAME.finditer(question) if m.start() > 0]
