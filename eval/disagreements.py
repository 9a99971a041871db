"""``python -m eval.disagreements``: are contradictions told from look-alikes?"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from rag import Statement, disagree

PAIRS = Path(__file__).parent / "data" / "disagreements.jsonl"
RATIO = 1.3  # RAGFlow's agentic modes call any two figures conflicting whose ratio is at most this
_FIGURE = re.compile(r"\d+(?:[,.]\d+)*")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two statements on one question; ``held_out`` pairs were not looked at while the rules were made."""

    id: str
    kind: str
    question: str
    first: Statement
    second: Statement
    disagree: bool
    held_out: bool


Rule = Callable[[Pair], bool]


def load_pairs(path: Path = PAIRS) -> list[Pair]:
    """The pairs of a JSONL file, in its order."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [Pair(**{**row, "first": _statement(row["first"]), "second": _statement(row["second"])}) for row in rows]


def _statement(row: dict[str, Any]) -> Statement:
    published = None if row["published"] is None else date.fromisoformat(row["published"])
    return Statement(row["answer"], row["sentence"], row["title"], published)


def by_footnote(pair: Pair) -> bool:
    return disagree(pair.question, pair.first, pair.second)


def by_ratio(pair: Pair) -> bool:
    """Any figure of one within 30 % of any other figure of the other, whatever they count."""
    figures = [
        [float(match.replace(",", "")) for match in _FIGURE.findall(statement.sentence) if match.count(".") < 2]
        for statement in (pair.first, pair.second)
    ]
    return any(0 < min(a, b) != max(a, b) <= RATIO * min(a, b) for a in figures[0] for b in figures[1])


def by_difference(pair: Pair) -> bool:
    """Any two answers that are not the same string."""
    return pair.first.value.casefold() != pair.second.value.casefold()


RULES: dict[str, Rule] = {
    "Footnote": by_footnote,
    "two figures within 30 %": by_ratio,
    "two different strings": by_difference,
}


def figures(pairs: Sequence[Pair], rule: Rule) -> tuple[float, float]:
    """Precision and recall of "these disagree"; 1.0 where there is nothing to be wrong about."""
    said = [pair for pair in pairs if rule(pair)]
    true = [pair for pair in pairs if pair.disagree]
    right = sum(pair.disagree for pair in said)
    return right / len(said) if said else 1.0, right / len(true) if true else 1.0


def table(pairs: Sequence[Pair]) -> Table:
    shown = Table("pairs", "n", "rule", "precision", "recall")
    for name, group in (
        ("seen", [pair for pair in pairs if not pair.held_out]),
        ("held out", [pair for pair in pairs if pair.held_out]),
    ):
        for rule, decide in RULES.items():
            shown.add_row(name, str(len(group)), rule, *(f"{figure:.3f}" for figure in figures(group, decide)))
    return shown


def main() -> int:
    """Judge every pair, print one table."""
    parser = argparse.ArgumentParser(prog="python -m eval.disagreements", description=__doc__)
    parser.add_argument("--show", action="store_true", help="print the pairs judged wrongly, without those held out")
    options = parser.parse_args()
    pairs = load_pairs()
    Console().print(table(pairs))
    if options.show:
        for pair in pairs:
            if not pair.held_out and by_footnote(pair) != pair.disagree:
                print(f"{pair.id} {pair.kind}: {pair.question}")
                for statement in (pair.first, pair.second):
                    print(f"   [{statement.value}] {statement.published} {statement.sentence}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
