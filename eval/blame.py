"""Which stage lost a row: the first one after which what a right answer needs was no longer there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, Protocol

from eval.gold import GoldQuestion
from eval.metrics import holds_any
from eval.ranking import Ranking, with_heading
from eval.recording import Trace
from rag.types import Document, Finding, Hit, Mode

Stage = Literal["parse", "retrieve", "read", "write", "cite", "abstain"]
MEANINGS: dict[Stage, str] = {
    "parse": "no passage of the index holds the evidence: the document was not read or split right",
    "retrieve": "the passage with the evidence is in the index and was not among those read",
    "read": "the passage was read, and what the reader put first does not answer",
    "write": "the reader had it, and the text composed or written from it is not right, or says nothing",
    "cite": "the answer is right, and no quote of it is evidence, or one is not its document's words",
    "abstain": "the reader had it and was not sure enough; or an answer was given where the documents have none",
}
FINDINGS_SEEN = 5  # of an answer with several groups, each must be in one of so many first findings
SEARCH_DEPTH = 100  # a passage is not in the index if its own words do not bring it among so many


class Searches(Protocol):
    """What scoring needs of an index; ``rag.Index`` is one."""

    @property
    def documents(self) -> Mapping[str, Document]: ...
    def search(self, query: str, k: int = 8, *, mode: Mode = "hybrid") -> list[Hit]: ...


def blame(
    gold: GoldQuestion, trace: Trace, index: Searches, ranking: Ranking, *, right: bool, well_cited: bool
) -> Stage | None:
    """The stage that lost this row; None where nothing was lost.

    ``ranking`` says where the evidence was among the hits. A right answer can still be cited wrongly.
    """
    if right:
        return None if not gold.answerable or well_cited else "cite"
    if not gold.answerable:
        return "abstain"
    if lost := _lost_in_search(gold, index, ranking):
        return lost
    if not was_read(gold, trace.findings):
        return "read"
    sure = bool(trace.findings) and trace.findings[0].confidence >= trace.threshold
    return "abstain" if trace.answer.status == "abstained" and not sure else "write"


def was_read(gold: GoldQuestion, findings: Sequence[Finding]) -> bool:
    """Whether the best finding's sentence answers; of several groups, whether the first findings hold one each."""
    if len(gold.answer) == 1:
        return bool(findings) and holds_any(findings[0].quote, gold.answer[0])
    quotes = [finding.quote for finding in findings[:FINDINGS_SEEN]]
    return all(any(holds_any(quote, group) for quote in quotes) for group in gold.answer)


def _lost_in_search(gold: GoldQuestion, index: Searches, ranking: Ranking) -> Stage | None:
    missing = [unit for unit, rank in zip(gold.units, ranking.ranks, strict=True) if rank is None]
    if not missing or (len(missing) < len(ranking.ranks) and not gold.needs_all):
        return None
    return "retrieve" if all(_in_index(unit, gold, index) for unit in missing) else "parse"


def _in_index(unit: Iterable[str], gold: GoldQuestion, index: Searches) -> bool:
    """Whether a passage holds one of the strings: asked for by its own words, it comes among the first.

    Of an answer alone, which says little of its passage, also together with the question.
    """
    strings = list(unit)
    queries = [f"{gold.question} {string}" for string in strings if gold.any_evidence] + strings
    return any(holds_any(with_heading(hit), strings) for query in queries for hit in index.search(query, SEARCH_DEPTH))
