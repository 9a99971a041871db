"""``footnote eval new``: a draft gold file made of the user's own documents, flagged as reviewed by nobody."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eval.claims import sentences
from eval.gold import UNREVIEWED
from eval.metrics import normalise
from rag.errors import OptionError
from rag.proposals import Proposal, names, people, proposals
from rag.types import Document, Finding

if TYPE_CHECKING:
    from rag import Index

SEED = 7
UNANSWERABLE_SHARE = 0.2  # of the questions: without any, nothing is learnt of abstaining
READ = 20  # passages read for a question, as rag.ask does
PEOPLE_ASKED = 3  # of each document
READER = "reader"  # who made a proposal that no rule did


@dataclass(frozen=True, slots=True)
class Draft:
    """A proposed question with the document that it was made of. ``agrees``: whether the reader finds the answer, or
    is not sure of any where ``proposal.answer`` is "", since none should be found. What it gets wrong is no worse."""

    proposal: Proposal
    document: Document
    agrees: bool

    def to_dict(self, number: int, root: str = "") -> dict[str, Any]:
        """The gold row: to be reviewed, and until then counted as a draft."""
        answer = self.proposal.answer
        return {
            "id": f"draft-{number:03}",
            "type": "fact" if answer else "unanswerable",
            "question": self.proposal.question,
            "answer": [[answer]] if answer else [],
            "evidence": [self.proposal.evidence] if answer else [],
            "review": UNREVIEWED,
            "made_by": self.proposal.rule,
            "title": self.document.title,
            "source": self.document.source.removeprefix(root).lstrip("/\\"),
            "reader_agrees": self.agrees,
        }


def drafts(index: Index, n: int) -> list[Draft]:
    """At most ``n`` questions on the index's documents, spread over them; the same ones for the same index.

    A fifth is made unanswerable by a name from another document.
    """
    documents = sorted(index.documents.values(), key=lambda document: (document.source, document.doc_id))
    rng = random.Random(SEED)
    wanted = n - round(UNANSWERABLE_SHARE * n)
    made = list(_spread([list(_of_document(document, index)) for document in documents], wanted, rng))
    asked = [Draft(proposal, document, _agrees(proposal, index)) for document, proposal in made]
    return asked + list(_unanswerable(asked, documents, index, n - len(asked), rng))


def write_drafts(found: Iterable[Draft], path: Path, root: str = "") -> int:
    """Write the gold file and return how many questions it has. Raises OptionError where that cannot be."""
    lines = [json.dumps(draft.to_dict(i, root), ensure_ascii=False) + "\n" for i, draft in enumerate(found, 1)]
    try:
        path.write_text("".join(lines), encoding="utf-8")
    except OSError as error:
        raise OptionError(f"cannot write {path} ({error.strerror}); name another file with --out") from error
    return len(lines)


def _of_document(document: Document, index: Index) -> Iterator[tuple[Document, Proposal]]:
    for section in document.sections:
        for sentence in _verbatim_sentences(document, section.start, section.end):
            for proposal in proposals(sentence):
                yield document, proposal
    yield from ((document, proposal) for proposal in _by_reader(document, index))


def _verbatim_sentences(document: Document, start: int, end: int) -> Iterator[str]:
    """The section's sentences as they stand in the document, line breaks included."""
    text, reached = document.text[start:end], 0
    for sentence in sentences(text):
        pattern = r"\s+".join(map(re.escape, sentence.split()))
        if match := re.compile(pattern).search(text, reached):
            reached = match.end()
            yield match[0]


def _by_reader(document: Document, index: Index) -> Iterator[Proposal]:
    """Who the people of the document are, as the reader says where it is sure: a role, not a name or a number."""
    from rag import load_reader

    threshold = load_reader().threshold
    for name in people(document.text)[:PEOPLE_ASKED]:
        question = f"Who is {name}?"
        best = next(iter(_read(question, index)), None)
        if best is None or best.passage.doc_id != document.doc_id or best.confidence < threshold:
            continue
        if name in " ".join(best.quote.split()) and re.match(r"(?:[a-z]+ ?){2,}", best.answer):
            yield Proposal(question, best.answer, best.quote, READER)


def _read(question: str, index: Index) -> list[Finding]:
    from rag import load_reader

    return load_reader().read(question, index.search(question, READ))


def _agrees(proposal: Proposal, index: Index) -> bool:
    best = next(iter(_read(proposal.question, index)), None)
    return best is not None and normalise(proposal.answer) in normalise(best.quote)


def _spread(
    by_document: Sequence[list[tuple[Document, Proposal]]], n: int, rng: random.Random
) -> Iterator[tuple[Document, Proposal]]:
    """A question of each document in turn, drawn from all parts of it; of one sentence only one."""
    left = [rng.sample(made, len(made)) for made in by_document]
    used: set[str] = set()
    while n > 0 and any(left):
        for made in left:
            while made:
                document, proposal = made.pop()
                if proposal.evidence not in used and proposal.question not in used:
                    used |= {proposal.evidence, proposal.question}
                    yield document, proposal
                    n -= 1
                    break
            if n == 0:
                return


def _unanswerable(
    asked: Sequence[Draft], documents: Sequence[Document], index: Index, n: int, rng: random.Random
) -> Iterator[Draft]:
    """Questions with a name put in the place of another, whether the reader would be silent or not: those that it
    would answer are the ones that a set is for. Review tells those that the documents do answer."""
    from rag import load_reader

    threshold, known = load_reader().threshold, [name for document in documents for name in names(document.text)]
    for draft in rng.sample(asked, len(asked)):
        if draft.proposal.rule == READER:
            continue
        there = names(draft.proposal.question)
        others = [name for name in dict.fromkeys(known) if name not in draft.document.text]
        if n <= 0 or not there or not others:
            continue
        question = draft.proposal.question.replace(there[0], rng.choice(others))
        best = next(iter(_read(question, index)), None)
        n -= 1
        changed = replace(draft.proposal, question=question, answer="", evidence="", rule="another name")
        yield Draft(changed, draft.document, agrees=best is None or best.confidence < threshold)
