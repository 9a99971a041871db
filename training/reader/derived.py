"""Questions made by rule: from claims whose evidence is known, and from single sentences of encyclopedic paragraphs.

Rough as they are ("who savages was directed by", "how many rest areas new jersey turnpike"), they are put as people
type into a search box, over text that no annotated set covers. The claims, which paraphrase, teach more than the bare
keywords do.
"""

from __future__ import annotations

import random
import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from rag.lexical import STOPWORDS
from rag.sentences import sentence_spans
from training.reader.rows import Row, read_jsonl

# Paragraphs that come with no question of ours; those of held-out questions are not among these sources.
SOURCES = frozenset({"2wikimultihopqa_corpus", "2wikimultihopqa", "musique", "hotpotqa", "hotpotqa_nogold"})
PARAGRAPH_CHARS = (200, 1500)
KEYWORDS = (4, 8)  # words of the sentence that a query keeps
TITLE_SHARE = 0.5  # queries that name the article too

_NAME = re.compile(r"\b[A-Z][\w'’-]*\w(?:\.? (?:of |the |de )*[A-Z][\w'’-]+)*")
_DATE = re.compile(
    r"\b(?:\d{1,2} )?(?:January|February|March|April|May|June|July|August|September|October|November|December)"
    r"(?: \d{1,2}(?:st|nd|rd|th)?)?(?:,? \d{4})?\b|\b1[0-9]\d\d\b|\b20[0-2]\d\b"
)
_COUNT = re.compile(r"\b(\d[\d,.]*\d|\d+|two|three|four|five|six|seven|eight|nine|ten|twelve) ([a-z]+s)\b")
_WORD = re.compile(r"\w[\w'’-]*")


def candidates(sentence: str) -> list[tuple[int, int, str]]:
    """Spans that a question could ask for, with the words that ask for them."""
    found = [(m.start(), m.end(), "when") for m in _DATE.finditer(sentence)]
    found += [(m.start(1), m.end(1), f"how many {m[2]}") for m in _COUNT.finditer(sentence)]
    for m in _NAME.finditer(sentence):
        opens = m.start() < 3  # the subject, or a word with a capital because it comes first
        if opens or any(m.start() < end and start < m.end() for start, end, _ in found):
            continue
        before = sentence[: m.start()].split()[-1].lower() if sentence[: m.start()].split() else ""
        asked = "where" if before in {"in", "at", "near", "from", "to"} else "who" if before == "by" else ""
        found.append((m.start(), m.end(), asked))
    return found


def from_claims(folder: Path) -> list[Row]:
    """Of each supported train claim one row a candidate whose words its evidence holds: the claim with it asked for."""
    rows = []
    for record in read_jsonl(folder / "claims.jsonl.gz"):
        if record["split_hint"] != "train" or record["label"] != "SUPPORTS":
            continue
        context, claim = " ".join(part["text"] for part in record["contexts"]), record["claim"]
        for start, end, asked in candidates(claim):
            answer = claim[start:end]
            if context.count(answer) != 1:
                continue
            place = context.index(answer)
            rest = f"{claim[:start]}{claim[end:]}".strip(" .")
            question = " ".join(f"{asked or 'who or what'} {rest[0].lower()}{rest[1:]}".split())
            row_id = f"{record['id']}-{start}"
            rows.append(Row(row_id, "claims", question, "", context, (answer,), place, place + len(answer)))
    return rows


def paragraphs(folder: Path, held_out: Collection[str]) -> list[tuple[str, str, str]]:
    """(id, title, text) of paragraphs to ask about; none is the passage of a held-out question."""
    return [
        (record["id"], record.get("title", ""), record["text"])
        for record in read_jsonl(folder / "corpus_wiki.jsonl.gz")
        if record["source"] in SOURCES
        and record["text"] not in held_out
        and PARAGRAPH_CHARS[0] <= len(record["text"]) <= PARAGRAPH_CHARS[1]
    ]


def from_paragraphs(texts: Sequence[tuple[str, str, str]], n_rows: int, rng: random.Random) -> Iterator[Row]:
    """One row a paragraph for ``n_rows`` of them: some words of a sentence, and a span of it as the answer."""
    for row_id, title, text in rng.sample(texts, min(n_rows, len(texts))):
        low, high = rng.choice(sentence_spans(text))
        sentence = text[low:high]
        spans = [(s, e, w) for s, e, w in candidates(sentence) if sentence[s:e].lower() not in title.lower()]
        if not spans:
            continue
        start, end, asked = rng.choice(spans)
        kept = [
            m[0]
            for m in _WORD.finditer(sentence)
            if not (m.start() < end and start < m.end()) and m[0].lower() not in STOPWORDS and m[0] not in asked
        ]
        if len(kept) < KEYWORDS[0]:
            continue
        places = sorted(rng.sample(range(len(kept)), min(len(kept), rng.randint(*KEYWORDS))))
        words = [kept[i] for i in places]
        if rng.random() < TITLE_SHARE:
            words.insert(rng.choice([0, len(words)]), title)
        question = f"{asked or rng.choice(['who', 'what', 'which'])} {' '.join(words)}".lower()
        answer = text[low + start : low + end]
        yield Row(row_id, "corpus_wiki", question, title, text, (answer,), low + start, low + end)
