"""A fault is planted in every stage, ten rows each, and each row must be blamed on the stage that has it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from eval.blame import MEANINGS, Stage
from eval.gold import GoldQuestion
from eval.recording import Respond, Trace, responder
from eval.run import evaluate
from eval.scoring import Row
from rag import Answer, Citation, Finding, Hit, Index, load_reader
from rag.types import Embedder, Reader

ENOUGH = 0.95


@dataclass(frozen=True)
class Fact:
    """A short article, the question that one of its sentences answers, and what answers it."""

    title: str
    before: str
    evidence: str
    after: str
    question: str
    answer: str

    @property
    def gold(self) -> GoldQuestion:
        return GoldQuestion(self.title, "fact", self.question, ((self.answer,),), (self.evidence,))

    def article(self, *, whole: bool = True) -> str:
        return f"{self.title}\n\n{self.before} {self.evidence if whole else ''} {self.after}\n"


# fmt: off
FACTS = [
    Fact("Harbour fire", "The grain store burnt all night.", "The fire in the harbour of Lindby killed nine people.",
         "Ferries were sent elsewhere.", "How many people did the fire in the harbour of Lindby kill?", "nine"),
    Fact("Night market", "Traders had waited two years.", "The night market of Ekeness was reopened by Ilse Brandt.",
         "The old town was full.", "Who reopened the night market of Ekeness?", "Ilse Brandt"),
    Fact("Bridge over the Torva", "The old ferry is gone.", "The bridge over the Torva cost 40 million crowns.",
         "It carries trams as well.", "How much did the bridge over the Torva cost?", "40 million crowns"),
    Fact("A new observatory", "The road up is steep.", "The observatory on Mount Kessel was founded in 1974.",
         "It owns three telescopes.", "When was the observatory on Mount Kessel founded?", "1974"),
    Fact("The mayor of Brenn", "The vote was close.", "Tomas Varga was elected mayor of Brenn.",
         "He had been a teacher.", "Who was elected mayor of Brenn?", "Tomas Varga"),
    Fact("Flood in the Selm valley", "It had rained for a week.", "The flood in the Selm valley destroyed 120 houses.",
         "No one was hurt.", "How many houses did the flood in the Selm valley destroy?", "120"),
    Fact("Chess in Marwik", "The hall was cold.", "The chess tournament of Marwik was won by Lena Okafor.",
         "She lost no game.", "Who won the chess tournament of Marwik?", "Lena Okafor"),
    Fact("The longest tunnel", "Miners worked from both ends.", "The Rauden tunnel is 17 kilometres long.",
         "Trains pass it in six minutes.", "How long is the Rauden tunnel?", "17 kilometres"),
    Fact("Bees of Holm island", "The winter was mild.", "The bees of Holm island were counted by Greta Nilsson.",
         "There were more than ever.", "Who counted the bees of Holm island?", "Greta Nilsson"),
    Fact("A strike at the docks", "The gates were shut.", "The strike at the docks of Port Avel began on 3 June.",
         "It went on for a month.", "When did the strike at the docks of Port Avel begin?", "3 June"),
    Fact("The library of Orsk", "It smells of paper.", "The library of Orsk holds 90,000 books.",
         "Half of them are maps.", "How many books does the library of Orsk hold?", "90,000"),
    Fact("An opera for Dunmar", "The roof leaked.", "The opera house of Dunmar was designed by Pavel Horak.",
         "It seats eight hundred.", "Who designed the opera house of Dunmar?", "Pavel Horak"),
]
UNANSWERABLE = [
    GoldQuestion("u1", "unanswerable", "Who designed the library of Orsk?"),
    GoldQuestion("u2", "unanswerable", "When was the opera house of Dunmar sold?"),
    GoldQuestion("u3", "unanswerable", "How many books does the mayor of Brenn own?"),
    GoldQuestion("u4", "unanswerable", "Who lit the fire in the harbour of Lindby?"),
]
# fmt: on


def library(folder: Path, articles: dict[str, str | bytes], embedder: Embedder, kind: type[Index] = Index) -> Index:
    """An index of these articles."""
    (folder / "documents").mkdir(parents=True)
    for name, text in articles.items():
        (folder / "documents" / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    index = kind.open(folder / "index", embedder=embedder)
    index.add(folder / "documents")
    return index


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Index:
    articles: dict[str, str | bytes] = {f"{n}.txt": fact.article() for n, fact in enumerate(FACTS)}
    return library(tmp_path_factory.mktemp("sound"), articles, embedder)


@pytest.fixture(scope="module")
def facts(sound: Index) -> list[Fact]:
    """Ten facts that the unspoilt system answers and cites: what a fault changes is the fault's doing."""
    rows = ask(sound, [fact.gold for fact in FACTS])
    held = [fact for fact, row in zip(FACTS, rows, strict=True) if row.right and row.blame is None]
    assert len(held) >= 10, [row.answer for row in rows]
    return held[:10]


def ask(index: Index, questions: Sequence[GoldQuestion], respond: Respond | None = None) -> list[Row]:
    return evaluate(questions, index, respond or responder(index, writer="quote"))


# --- one fault a stage; each takes the facts and gives the rows


def parsing(sound: Index, facts: list[Fact], folder: Path, embedder: Embedder) -> list[Row]:
    """Five documents lose the sentence, five cannot be read at all."""
    articles: dict[str, str | bytes] = {f"{n}.txt": fact.article(whole=False) for n, fact in enumerate(facts[:5])}
    articles |= {f"{n}.pdf": b"%PDF-1.4 and then nothing" for n in range(5, 10)}
    return ask(library(folder, articles, embedder), [fact.gold for fact in facts])


def retrieving(sound: Index, facts: list[Fact], folder: Path, embedder: Embedder) -> list[Row]:
    """Search does not find what it is asked for."""

    class Forgetful(Index):
        def search(self, query: str, k: int = 8, **options: object) -> list[Hit]:
            hits = super().search(query, k + 1, **options)  # type: ignore[arg-type]
            lost = [fact.evidence for fact in facts if fact.question == query]
            return [hit for hit in hits if not any(evidence in hit.passage.text for evidence in lost)][:k]

    index = Forgetful.open(sound.folder, embedder=embedder)
    return ask(index, [fact.gold for fact in facts])


class Spoilt:
    """The real reader with its findings changed, or another threshold."""

    def __init__(self, change: Callable[[list[Finding]], list[Finding]], threshold: float | None = None) -> None:
        self._change, self._threshold = change, threshold

    @property
    def threshold(self) -> float:
        return load_reader().threshold if self._threshold is None else self._threshold

    def read(self, question: str, hits: Sequence[Hit]) -> list[Finding]:
        return self._change(load_reader().read(question, hits))


def reading(sound: Index, facts: list[Fact], folder: Path, embedder: Embedder) -> list[Row]:
    """The reader puts the sentence that answers last, five times silently and five times surely."""

    def change(sure: float) -> Callable[[list[Finding]], list[Finding]]:
        def changed(findings: list[Finding]) -> list[Finding]:
            right = [finding for finding in findings if any(fact.evidence in finding.quote for fact in facts)]
            spoilt = [replace(finding, confidence=sure) for finding in findings if finding not in right]
            return spoilt + [replace(finding, score=-9.0) for finding in right]  # else both are said, as a dispute

        return changed

    readers: list[Reader] = [Spoilt(change(0.01)), Spoilt(change(0.99))]
    halves = [[fact.gold for fact in half] for half in (facts[:5], facts[5:])]
    return [
        row
        for half, reader in zip(halves, readers, strict=True)
        for row in ask(sound, half, responder(sound, writer="quote", reader=reader))
    ]


def writing(sound: Index, facts: list[Fact], folder: Path, embedder: Embedder) -> list[Row]:
    """A writer says that there is nothing, or, unchecked, something else."""

    class Says:
        model = "spoilt"

        def __init__(self, text: str) -> None:
            self._text = text

        def write(self, question: str, findings: Sequence[Finding], history: Sequence[Answer] = ()) -> Iterator[str]:
            yield self._text

    silent = responder(sound, writer=Says("The documents do not say."))
    straying = responder(sound, writer=Says("That is not known to this day. [1]"), check=False)
    golds = [fact.gold for fact in facts]
    return [*ask(sound, golds[:5], silent), *ask(sound, golds[5:], straying)]


def citing(sound: Index, facts: list[Fact], folder: Path, embedder: Embedder) -> list[Row]:
    """Five answers cite another sentence, five a quote that its document does not hold."""
    respond = responder(sound, writer="quote")

    def altered(citation: Citation) -> Citation:
        return replace(citation, quote=f"Surely, {citation.quote}")

    def elsewhere(citation: Citation) -> Citation:
        text = sound.documents[citation.doc_id].text
        return replace(citation, start=0, end=len(text.split("\n")[0]), quote=text.split("\n")[0])

    def spoilt(change: Callable[[Citation], Citation]) -> Respond:
        def changed(question: str) -> Trace:
            trace = respond(question)
            citations = tuple(map(change, trace.answer.citations))
            return replace(trace, answer=replace(trace.answer, citations=citations))

        return changed

    golds = [replace(fact.gold, evidence=(fact.evidence.split(" ", 2)[2],)) for fact in facts]
    return [*ask(sound, golds[:5], spoilt(elsewhere)), *ask(sound, golds[5:], spoilt(altered))]


def abstaining(sound: Index, facts: list[Fact], folder: Path, embedder: Embedder) -> list[Row]:
    """Six times too careful, four times not careful enough."""
    careful, careless = (responder(sound, writer="quote", reader=Spoilt(list, t)) for t in (1.01, -0.01))
    return [*ask(sound, [fact.gold for fact in facts[:6]], careful), *ask(sound, UNANSWERABLE, careless)]


FAULTS: dict[Stage, Callable[[Index, list[Fact], Path, Embedder], list[Row]]] = {
    "parse": parsing,
    "retrieve": retrieving,
    "read": reading,
    "write": writing,
    "cite": citing,
    "abstain": abstaining,
}


def test_each_planted_fault_is_blamed_on_its_stage(
    sound: Index, facts: list[Fact], tmp_path: Path, embedder: Embedder
) -> None:
    assert set(FAULTS) == set(MEANINGS)
    blamed = [
        (stage, row.blame) for stage, fault in FAULTS.items() for row in fault(sound, facts, tmp_path / stage, embedder)
    ]
    assert len(blamed) == 60
    right = sum(planted == found for planted, found in blamed)
    assert right / len(blamed) >= ENOUGH, [pair for pair in blamed if pair[0] != pair[1]]
    print(f"blamed right: {right} of {len(blamed)}", [pair for pair in blamed if pair[0] != pair[1]])


def test_nothing_is_blamed_where_nothing_was_lost(sound: Index) -> None:
    [row] = ask(sound, [GoldQuestion("u", "unanswerable", "What does a kilogram of saffron cost?")])
    assert (row.right, row.blame) == (True, None)
