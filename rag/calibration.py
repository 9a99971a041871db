"""From what the reader and the search measured to a probability that a finding is right."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.errors import ModelError

FILE_NAME = "calibration.json"
MAX_LEAD = 1.5  # a larger one, as small libraries have, says no more


@dataclass(frozen=True, slots=True)
class Calibration:
    """A logistic regression, fitted on development questions (``training.reader.calibrate``).

    Findings are ranked by the reader's score plus ``similarity`` times the cosine of question and passage. ``rank`` and
    ``lead`` weigh that rank, and how far it is above the best finding of another passage that says something else;
    ``coverage`` how many of the question's words the quote has, with its title and context (``rag.wording.covered``);
    ``verified`` the score of the second look (``rag.verifier``), less what rules doubt of the answer.
    Below the probability ``threshold`` silence served the development questions better.
    """

    similarity: float = 0.0
    rank: float = 1.0
    lead: float = 0.0
    coverage: float = 0.0
    verified: float = 0.0
    intercept: float = 0.0
    threshold: float = 0.5

    @classmethod
    def load(cls, folder: Path) -> Calibration:
        """The calibration beside a reader's weights. Raises ModelError where it is missing or damaged."""
        path = folder / FILE_NAME
        try:
            fitted = json.loads(path.read_text(encoding="utf-8"))
            return cls(**{name: float(fitted[name]) for name in cls.__slots__})
        except (OSError, ValueError, KeyError) as error:
            raise ModelError(
                f"the reader's calibration {path} is missing or damaged ({error!r}); reinstall footnote-rag, "
                "or fit it: python -m training.reader.calibrate"
            ) from error

    @staticmethod
    def measured(folder: Path) -> tuple[tuple[float, float], ...]:
        """What a confidence has been worth: from which one on, and the share of development findings that were right.

        Empty where the reader's calibration tells no curve.
        """
        try:
            fitted = json.loads((folder / FILE_NAME).read_text(encoding="utf-8"))
            return tuple((float(point["from"]), float(point["right"])) for point in fitted.get("curve", ()))
        except (OSError, ValueError, KeyError, TypeError):
            return ()

    def ranks(self, scores: Sequence[float], cosines: Sequence[float | None]) -> list[float]:
        """One rank a finding; a cosine that the search did not compute is no better than the worst that it did."""
        known = [cosine for cosine in cosines if cosine is not None]
        lowest = min(known, default=0.0)
        filled = (lowest if cosine is None else cosine for cosine in cosines)
        return [score + self.similarity * cosine for score, cosine in zip(scores, filled, strict=True)]

    def probability(self, rank: float, lead: float, covered: float, verified: float) -> float:
        """How likely a finding is right with this rank, lead, share of the question's words, and verifier's score."""
        logit = (
            self.rank * rank + self.lead * lead + self.coverage * covered + self.verified * verified + self.intercept
        )
        return 1 / (1 + math.exp(-logit))


def leads(ranks: Sequence[float], beside: Sequence[Sequence[bool]]) -> list[float]:
    """How far each finding's rank is above the best of its rivals, at most MAX_LEAD; negative for all but the best.

    ``beside``, (n, n): whether two of them are no rivals.
    """
    return [
        min([MAX_LEAD, *(rank - other for other, harmless in zip(ranks, row, strict=True) if not harmless)])
        for rank, row in zip(ranks, beside, strict=True)
    ]
