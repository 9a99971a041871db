"""The second look at what ranks first: it weighs in the confidence, not in the order."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rag.calibration import Calibration
from rag.errors import ModelError
from rag.network import Logits, Tokens, on_openvino, on_torch
from rag.reader import MODEL, SpanReader, load_reader
from rag.types import Hit, Passage
from rag.verifier import FOLDER, N_VERIFIED, Verifier
from rag.windows import Windows

FIRE = "A fire in the harbour killed nine people on Monday. Fire chief Maren Holt blamed a faulty cable. It was out."
OTHERS = [
    f"The {place} was closed on Monday. Nobody was hurt there."
    for place in ("market", "mill", "school", "bridge", "inn")
]
WEIGHED = Calibration.load(MODEL)


def hit(text: str) -> Hit:
    return Hit(Passage(text[:12], 0, len(text), text), 1.0, title="News")


class Doubting:
    """A network that finds no answer in any passage, and remembers how many it saw."""

    def __init__(self) -> None:
        self.seen = 0

    def __call__(self, ids: Tokens, segments: Tokens, mask: Tokens) -> tuple[Logits, Logits]:
        self.seen += len(ids)
        return np.zeros((*ids.shape, 2), dtype=np.float32), np.full(len(ids), -20.0, dtype=np.float32)


def test_it_looks_at_the_best_passages_only_and_leaves_their_order() -> None:
    network = Doubting()
    doubting = SpanReader(verifier=Verifier(MODEL, network=network))
    trusting = SpanReader(calibration=replace(WEIGHED, verified=0.0))
    question, hits = "How many people did the fire kill?", [hit(text) for text in (*OTHERS, FIRE)]
    doubted, trusted = doubting.read(question, hits), trusting.read(question, hits)
    assert network.seen == N_VERIFIED
    assert [finding.answer for finding in doubted] == [finding.answer for finding in trusted]
    assert doubted[0].answer == "nine"
    assert doubted[0].confidence < doubting.threshold < load_reader().read(question, hits)[0].confidence


def test_both_engines_say_the_same() -> None:
    folder = MODEL.with_name(FOLDER)
    ours, reference = (
        Verifier(MODEL, network=network)
        for network in (on_openvino(folder, base=MODEL), on_torch(folder, "cpu", base=MODEL))
    )
    place = FIRE.index("Maren Holt")
    answers = [(hit(FIRE), (place, place + len("Maren Holt"))), (hit(OTHERS[0]), (4, 10))]
    asked, windows = "Who is the fire chief?", Windows(MODEL)
    scores = ours.scores(asked, answers, windows)
    assert scores == pytest.approx(reference.scores(asked, answers, windows), abs=0.2)
    assert scores[0] > 0 > scores[1]


def test_missing_weights_are_named(tmp_path: Path) -> None:
    shutil.copytree(MODEL, tmp_path / "reader")
    with pytest.raises(ModelError, match="verifier's weights are missing"):
        SpanReader(tmp_path / "reader")
