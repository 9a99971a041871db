"""Question to cited answer: search, read, write, check, cite."""

from __future__ import annotations

import hashlib
import logging
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from embeddings.packaged import cache_folder
from rag.agreement import together
from rag.checking import holds
from rag.citations import resolve
from rag.composition import MAX_SAID, Composed, compose, disputed, of_one_thing
from rag.context import in_context
from rag.engines import is_address
from rag.entailment import load_entailment
from rag.errors import OptionError, ServerError
from rag.followup import standalone
from rag.index import Index
from rag.reader import load_reader
from rag.roles import role_told
from rag.silence import why_silent
from rag.store import FILE_NAME
from rag.tolls import told_outright
from rag.types import Answer, Check, Document, Finding, Hit, Loadable, Mode, Reader, Writer
from rag.writers import load_writer
from rag.writers.prompt import NO_ANSWER
from rag.writers.quote import QuoteWriter

N_READ = 20  # passages read for one question; the reader puts them in order
QUOTING = QuoteWriter()  # what stands in where a language model says too little, or nothing

Held = Mapping[str, Document]
Where = Index | str | os.PathLike[str] | None


def ask(
    question: str,
    index: Where = None,
    *,
    writer: str | Writer = "local",
    model: str | None = None,
    k: int = 8,
    history: Sequence[Answer] = (),
    as_of: date | None = None,
    since: date | None = None,
    documents: Sequence[str] | None = None,
    max_statements: int = MAX_SAID,
    mode: Mode = "hybrid",
    reader: Reader | None = None,
    check: bool = True,
) -> Answer:
    """What the documents say to ``question``; the last item of ``stream`` with the same arguments."""
    *_, answer = stream(
        question, index, writer=writer, model=model, k=k, history=history, as_of=as_of, since=since,
        documents=documents, max_statements=max_statements, mode=mode, reader=reader, check=check,
    )  # fmt: skip
    return answer


def stream(
    question: str,
    index: Where = None,
    *,
    writer: str | Writer = "local",
    model: str | None = None,
    k: int = 8,
    history: Sequence[Answer] = (),
    as_of: date | None = None,
    since: date | None = None,
    documents: Sequence[str] | None = None,
    max_statements: int = MAX_SAID,
    mode: Mode = "hybrid",
    reader: Reader | None = None,
    check: bool = True,
) -> Iterator[Answer]:
    """Ever longer answers, the last one whole.

    ``index`` is an open index, the folder or address of one, or any folder or file of documents, which is then indexed
    on the fly; None means the default index. ``writer`` is "quote" (no language model), "local" or "openai", with
    ``model`` naming what the last two run. A question that leans on those before it (``history``, the newest last) is
    first put in full; ``Answer.query`` shows how. The 20 best passages are read, or ``k`` if that is more; the ``k``
    that answer best are composed from. ``as_of`` leaves out documents published later, ``since`` those published
    before, and ``documents`` (ids) all but those. ``max_statements`` shortens an answer, but leaves no side of a
    contradiction out. ``mode`` is the ranking that is searched, ``reader`` another one than the one that ships;
    without ``check`` a writer's text is cited as it is. Where a writer's server fails, the quotes answer and
    ``Answer.reason`` says why. While the local writer writes, others wait for it: finish or close a stream before the
    same thread asks again. Raises FootnoteError; that the documents do not say is an answer, not an error.
    """
    if not question.strip():
        raise OptionError("the question is empty; ask something")
    began = time.perf_counter()
    opened = open_index(index)
    chosen = load_writer(writer, model) if isinstance(writer, str) else writer
    asked = standalone(question, history)
    draft = Answer(question, "", "answered", model=chosen.model, query=asked if asked != question else "")

    found = opened.search(asked, max(k, N_READ), mode=mode, since=since, until=as_of, documents=documents)
    held = _held(found, opened)
    hits = in_context(asked, [hit for hit in found if hit.passage.doc_id in held], held)
    yield (draft := _after(draft, "search", began, hits=tuple(hits)))

    reader = load_reader() if reader is None else reader
    read = reader.read(asked, hits)
    draft = _after(draft, "read", began, hits=_reranked(hits, read)[:k])
    best = {hit.passage for hit in draft.hits}
    findings = together(
        [finding for finding in read if finding.passage in best],
        lambda one, other: of_one_thing(asked, one, other, held),
    )
    yield (draft := replace(draft, findings=tuple(findings)))

    sure = _sure(asked, findings, hits, reader.threshold, held)
    if not sure:
        yield _abstained(draft, why_silent(asked, findings, hits, empty=not len(opened)), began)
        return
    composed = compose(asked, sure, hits, held)
    composed = replace(composed, said=composed.said[: max(1, max_statements, len(composed.sides))])
    text = ""
    try:
        for text in chosen.write(asked, composed.said, history):
            yield _cited(draft, text, composed.said, held)
    except ServerError as error:
        *_, text = QUOTING.write(asked, composed.said)
        draft = replace(draft, model=QUOTING.model, reason=f"Only quoted, because {error}.")
    draft = _after(draft, "write", began)

    if says_something(text):
        checked = _checked(draft, text, composed, held) if check else _unchecked(draft, text, composed, held)
        yield _after(checked, "check", began)
    else:
        yield _abstained(draft, why_silent(asked, findings, hits, empty=not len(opened)), began)


def warm_up(index: Index, *, writer: str = "local", model: str | None = None) -> None:
    """Load what the first question would wait for. Raises FootnoteError, as that question would."""
    load_reader().read("Ready?", index.search("Ready?", 1))
    chosen = load_writer(writer, model)
    if isinstance(chosen, Loadable):
        chosen.load()
        load_entailment().probability("Ready.", "Ready.")  # what it writes is checked


def open_index(where: Where) -> Index:
    """The index that ``where`` names; a folder or file of documents is indexed first, its index kept in the cache.

    Raises IndexNotFound where there is nothing.
    """
    if isinstance(where, Index):
        return where
    if where is None or is_address(where) or (Path(where) / FILE_NAME).is_file() or not Path(where).exists():
        return Index.open(where, create=False)
    documents = Path(where).resolve()
    key = hashlib.sha256(str(documents).encode()).hexdigest()[:16]
    index = Index.open(cache_folder() / "libraries" / key)
    for failed in index.add(documents, prune=True).failed:
        logging.getLogger("footnote").warning("left out: %s", failed.reason)
    return index


def says_something(text: str) -> bool:
    """Whether a writer's text is an answer and not its way of saying that there is none."""
    said = text.strip().casefold()
    return bool(said) and not said.startswith(NO_ANSWER.casefold().rstrip("."))


def _held(hits: Sequence[Hit], index: Index) -> Held:
    """The documents of the hits as they are now: one that is removed while the answer is made stays to its end."""
    found = {doc_id: index.documents.get(doc_id) for doc_id in {hit.passage.doc_id for hit in hits}}
    return {doc_id: document for doc_id, document in found.items() if document is not None}


def _sure(
    question: str, findings: Sequence[Finding], hits: Sequence[Hit], threshold: float, held: Held
) -> list[Finding]:
    """The findings, the first of them sure enough to be said, by its confidence or its words; none where none is."""
    if not findings or findings[0].confidence >= threshold:
        return list(findings)
    told = role_told(question, findings, held) or told_outright(question, findings, hits, held)
    return [] if told is None else [told, *(finding for finding in findings if finding is not told)]


def _reranked(hits: Sequence[Hit], findings: Sequence[Finding]) -> tuple[Hit, ...]:
    """The hits in the order of their best findings, then those of which nothing was found."""
    by_passage = {hit.passage: hit for hit in hits}
    return tuple(by_passage[passage] for passage in dict.fromkeys([*(f.passage for f in findings), *by_passage]))


def _checked(draft: Answer, text: str, composed: Composed, held: Held) -> Answer:
    """The answer with what its quotes do not bear out replaced by them.

    A text that loses what must be said gives way to the quotes themselves: a writer may phrase, not forget.
    """
    answer = _cited(draft, text, composed.said, held, checked=True)
    lost = [finding.answer for finding in composed.said if not holds(answer.text, finding.answer)]
    if lost:
        *_, quoted = QUOTING.write(draft.query or draft.question, composed.said)
        forgot = Check(answer.text, "unsupported", tuple(f"it does not say {value}" for value in lost))
        checks = (*answer.checks, forgot)
        answer = replace(_cited(replace(draft, model=QUOTING.model), quoted, composed.said, held), checks=checks)
    return disputed(answer, composed)


def _unchecked(draft: Answer, text: str, composed: Composed, held: Held) -> Answer:
    return disputed(_cited(draft, text, composed.said, held), composed)


def _cited(draft: Answer, text: str, findings: Sequence[Finding], held: Held, *, checked: bool = False) -> Answer:
    question = draft.query or draft.question
    sentences, citations, checks = resolve(text, question, findings, held, checked=checked)
    said = " ".join(sentence.text for sentence in sentences)
    return replace(draft, text=said, sentences=sentences, citations=citations, checks=checks)


def _abstained(draft: Answer, reason: str, began: float) -> Answer:
    return _after(replace(draft, text=NO_ANSWER, status="abstained", reason=reason), "write", began)


def _after(answer: Answer, stage: str, began: float, **changes: Any) -> Answer:
    """The answer with the seconds that the stage took, and those since ``began`` as the total."""
    total = time.perf_counter() - began
    spent = sum(seconds for name, seconds in answer.timings.items() if name != "total")
    return replace(answer, timings={**answer.timings, stage: total - spent, "total": total}, **changes)
