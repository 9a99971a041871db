"""``python -m eval.followups``: whether a follow-up becomes a question that stands by itself, and no other changes."""

from __future__ import annotations

import argparse
import json
import re
import sys
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from rag import Answer

ROWS = Path(__file__).parent / "data" / "followups.jsonl"
LEAST_RIGHT = 0.85  # of the follow-ups
MOST_CHANGED = 1 / 40  # of the questions that stand by themselves

Rewrite = Callable[[str, Sequence[Answer]], str]

# A query may lose these words of its question: they ask or point and name nothing.
POINTING = frozenset(
    """
    a about after also an and are at but by did do does for from he her him his how in is it its me not of on or she so
    that the their them there these they this those to was were what when where which who whom whose why with""".split()
)


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A question and what was asked and answered before it, oldest first.

    ``expected`` holds right queries and is empty where the question stands by itself. A right query has a string of
    each group in ``must``, none of ``must_not``, and the words of the question that every expected query keeps.
    ``held_out`` rows were written before the rules and not looked at while these were made.
    """

    id: str
    history: tuple[Answer, ...]
    question: str
    expected: tuple[str, ...]
    must: tuple[tuple[str, ...], ...]
    must_not: tuple[str, ...]
    held_out: bool

    def right(self, query: str) -> bool:
        """Whether ``query`` is what a searcher needs; case and accents do not count."""
        if not self.expected:
            return query == self.question
        said = _plain(query)
        kept = set(_plain(self.question).split()) - POINTING
        for expected in self.expected:
            kept &= set(_plain(expected).split())
        return (
            all(any(_plain(string).rstrip() in said for string in group) for group in self.must)
            and not any(_plain(string) in said for string in self.must_not)
            and kept <= set(said.split())
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one question."""

    row: FollowUp
    query: str

    @property
    def right(self) -> bool:
        return self.row.right(self.query)

    @property
    def changed(self) -> bool:
        return self.query != self.row.question


def load_rows(path: Path = ROWS) -> list[FollowUp]:
    """The rows of a JSONL file, in its order."""
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [
        FollowUp(
            id=record["id"],
            history=tuple(Answer(turn["question"], turn["answer"], "answered") for turn in record["history"]),
            question=record["question"],
            expected=tuple(record["expected"] or ()),
            must=tuple(map(tuple, record.get("must", ()))),
            must_not=tuple(record.get("must_not", ())),
            held_out=record["held_out"],
        )
        for record in records
    ]


def measure(rows: Sequence[FollowUp], rewrite: Rewrite) -> list[Outcome]:
    """Rewrite the question of each row."""
    return [Outcome(row, rewrite(row.question, row.history)) for row in rows]


def table(outcomes: Sequence[Outcome]) -> Table:
    """The shares of right queries, in both halves; a wrong query is worse than a question left as it is."""
    shown = Table("questions", "half", "n", "right", "left as asked", "rewritten wrongly", "bar", title="follow-ups")
    for follows, name in ((True, "follow-up"), (False, "stands by itself")):
        for held_out, half in ((False, "dev"), (True, "held out")):
            group = [o for o in outcomes if bool(o.row.expected) is follows and o.row.held_out is held_out]
            if not group:
                continue
            right = sum(o.right for o in group)
            wrong = sum(o.changed and not o.right for o in group)
            bar = f"right >= {LEAST_RIGHT:.2f}" if follows else f"changed <= {round(MOST_CHANGED * len(group))}"
            left = str(len(group) - right - wrong) if follows else "-"
            shown.add_row(name, half, str(len(group)), f"{right / len(group):.3f}", left, str(wrong), bar)
    return shown


def wrong_ones(outcomes: Sequence[Outcome]) -> Table:
    """The questions whose query is not right."""
    shown = Table("id", "asked before", "question", "query", "expected", title="not right")
    for o in outcomes:
        if not o.right:
            before = " / ".join(f"{turn.question} {turn.text}" for turn in o.row.history)
            expected = o.row.expected[0] if o.row.expected else "as asked"
            shown.add_row(o.row.id, before, o.row.question, o.query, expected)
    return shown


def _plain(text: str) -> str:
    """Words in small letters without accents, one space before and after each."""
    letters = (char for char in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(char))
    return " ".join(["", *re.findall(r"\w+", "".join(letters)), ""])


def main() -> int:
    """Rewrite every question of the set, print one table."""
    from rag import standalone

    parser = argparse.ArgumentParser(prog="python -m eval.followups", description=__doc__)
    parser.add_argument("--show", action="store_true", help="list what is not right of the dev half")
    parser.add_argument("--held-out", action="store_true", help="and of the half that nothing was made from")
    options = parser.parse_args()
    outcomes = measure(load_rows(), standalone)
    console = Console()
    console.print(table(outcomes))
    if options.show:
        console.print(wrong_ones([o for o in outcomes if options.held_out or not o.row.held_out]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
