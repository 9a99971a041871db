"""Answers as a run would have recorded them, made without asking anything."""

from __future__ import annotations

import random
from collections.abc import Sequence

from eval.blame import Stage
from eval.scoring import BestFinding, CitedQuote, Row
from eval.support import JudgedSentence


def recorded(
    number: int,
    *,
    right: bool,
    answerable: bool = True,
    rank: int | None = 1,
    confidence: float = 0.8,
    blame: Stage | None = None,
    question: str = "How many?",
    answer: str = "Nine people died. [1]",
) -> Row:
    """One row: answered if answerable, met with silence if not and right."""
    silent = right and not answerable
    quote = CitedQuote("Nine people died.", "Harbour fire", "harbour.txt", "2021-05-04", 0, 17, right, True)
    sentence = JudgedSentence(answer, (1,), True, (1,), (1,))
    return Row(
        id=f"q{number}",
        type="fact" if answerable else "unanswerable",
        question=question,
        answerable=answerable,
        status="abstained" if silent else "answered",
        answer="The documents do not say." if silent else answer,
        citations=() if silent else (quote,),
        right=right,
        ranks=(rank,) if answerable else (),
        grades=(1,) if answerable else (),
        gold=(("nine",),) if answerable else (),
        evidence=("Nine people died",) if answerable else (),
        sentences=() if silent else (sentence,),
        found=BestFinding("Nine", "Nine people died.", confidence, right and answerable, right, float(right), right),
        would_be_right=right and answerable,
        blame=blame,
        words=4,
        tokens={"read": 100, "given": 5, "written": 5},
        seconds=0.4,
        timings={"search": 0.1, "read": 0.25, "write": 0.02, "check": 0.03, "total": 0.4},
    )


def system(n: int, accuracy: float, seed: int) -> list[Row]:
    """A system's run: that share of the questions, drawn with the seed, is right."""
    rng = random.Random(seed)
    held = set(rng.sample(range(n), round(accuracy * n)))
    return [recorded(i, right=i in held, confidence=0.9 if i in held else 0.5) for i in range(n)]


def changed(rows: Sequence[Row], gained: int, lost: int, seed: int) -> list[Row]:
    """The same run after a change that mends so many wrong rows and breaks so many right ones."""
    rng = random.Random(seed)
    wrong = [i for i, row in enumerate(rows) if not row.right]
    right = [i for i, row in enumerate(rows) if row.right]
    turned = {*rng.sample(wrong, gained), *rng.sample(right, lost)}
    return [recorded(i, right=bool(row.right) != (i in turned)) for i, row in enumerate(rows)]
