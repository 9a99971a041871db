"""Shared by all tests: where things are, and one small library of documents with the real embedder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from embeddings import load_embedder
from rag import Index
from rag.types import Embedder

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"

HARBOUR = """Harbour fire kills nine

Published: 4 May 2021

A fire in the harbour of Lindby killed nine people on Monday night. The blaze began in a grain store.
Fire chief Maren Holt said the cause was a faulty cable.

The harbour was closed for three days. Ferries were sent to the port of Ekeness instead.
"""
MARKET = """Night market returns to Ekeness

Published: 12 August 2022

The night market of Ekeness opened again after two years. About 300 traders took part.
Mayor Ilse Brandt called it a second spring for the old town.
"""
WEATHER = """Storm season

The first storm of the autumn brought down forty trees in the valley. Nobody was hurt.
"""


@pytest.fixture(scope="session")
def seeds() -> Path:
    """The real documents; a clone without them skips what needs them."""
    folder = SHARED / "seeds"
    if not folder.is_dir():
        pytest.skip("needs the real documents in ../shared/seeds, which this clone does not have")
    return folder


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    return load_embedder()


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    """Write a text file under tmp_path/documents and return its path."""

    def write_file(name: str, text: str) -> Path:
        path = tmp_path / "documents" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write_file


@pytest.fixture
def documents(write: Callable[[str, str], Path]) -> Path:
    """A folder of three short articles."""
    write("harbour.txt", HARBOUR)
    write("market.txt", MARKET)
    return write("weather.txt", WEATHER).parent


@pytest.fixture
def library(tmp_path: Path, documents: Path, embedder: Embedder) -> Index:
    """An index of those articles."""
    index = Index.open(tmp_path / "index", embedder=embedder)
    index.add(documents)
    return index
