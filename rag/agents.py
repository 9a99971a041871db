"""Sentences that name another doer of the deed that is asked about: who killed, shot, arrested, bombed.

The account of a deed often names its doer a sentence after the deed ("agents of the service carried out the
operation"); read by itself that sentence does not answer, with the one before it it does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from rag.disagreement import disagree
from rag.occasions import names_all
from rag.sentences import sentence_spans
from rag.tolls import statement_of
from rag.types import Document, Finding, Hit, Passage
from rag.wording import akin

_ASKED = re.compile(
    r"^\W*who (?:has |had )?(killed|murdered|assassinated|shot|bombed|attacked|arrested|captured|seized|kidnapped|"
    r"abducted)\b"
)
_DEED = r"(?:carried out|conducted|launched|staged|mounted|was behind|were behind)"
_WHAT = r"(?:operation|attack|raid|strike|assault|killing|bombing|shooting|arrest|abduction|ambush)"
# Up to eight words before the verb, from the start of their clause on; one at least has a capital.
_DOER = r"(?:^|[,;:“\"]\s*|\bthat\s+)(?P<doer>(?:(?!that\b)[\w'’-]+\s+){1,8}?)"


def named_elsewhere(
    question: str, best: Finding, hits: Sequence[Hit], documents: Mapping[str, Document]
) -> Iterator[Finding]:
    """Sentences of other documents that name a doer whom the best finding does not; one a document.

    They, or the sentence before, must have every name of the question and tell of the deed.
    """
    asked = _ASKED.match(question.lower())
    if asked is None:
        return
    one = statement_of(best, documents[best.passage.doc_id])
    told = {best.passage.doc_id, *(other.passage.doc_id for other in best.support)}
    for hit in hits:
        if hit.passage.doc_id in told:
            continue
        for finding in _doers(hit.passage, asked[1]):
            other = statement_of(finding, documents[hit.passage.doc_id])
            around = f"{other.before} {other.sentence}"
            deed = any(akin(asked[1], word) for word in re.findall(r"[^\W\d_]+", around.lower()))
            if deed and names_all(question, around) and disagree(question, one, other):
                told.add(hit.passage.doc_id)
                yield finding
                break


def _doers(passage: Passage, verb: str) -> Iterator[Finding]:
    """The sentences of a passage that say who did it, each with the doer as the answer."""
    did = re.compile(rf"{_DOER}(?:(?:has|have|had)\s+)?(?:{verb}\b|{_DEED}\s+(?:the|this|an?)\s+(?:\w+\s+)?{_WHAT}\b)")
    for start, end in sentence_spans(passage.text):
        match = did.search(passage.text, start, end)
        if match and any(character.isupper() for character in match["doer"]):
            yield Finding(passage, passage.start + start, passage.start + end, match["doer"].strip(), 0.0)
