"""Imports point down, and the light things stay light."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

# A module may import from its own layer and from those below it; embeddings stands beside and below all of rag.
LAYERS = [
    {"app", "bench", "eval", "training", "rag.cli", "rag.doctor", "rag.mending"},
    {"page.actions", "page.serving"},
    {"page.asking", "page.programs", "page.panel"},
    {"page.answers", "page.documents", "page.settings", "page.exports", "page.suggestions"},
    {"page.records"},
    {"page.filters"},
    {"page.guard", "page.sheets"},
    {"page.markup", "page.accounts", "page.shell", "page.limits", "page.uploads", "page.watching", "page"},
    {"rag"},
    {"rag.suggesting"},
    {"rag.pipeline"},
    {"rag.index", "rag.reader", "rag.writers", "rag.citations", "rag.composition", "rag.silence"},
    {"rag.agents", "rag.roles", "rag.introductions"},
    {"rag.tolls"},
    {"rag.disagreement", "rag.doubt"},
    {"rag.unfit"},
    {"rag.amounts", "rag.occasions"},
    {"rag.measures", "rag.wholes"},
    {"rag.context"},
    {"rag.agreement", "rag.calibration", "rag.premises"},
    {"rag.checking"},
    {"rag.vagueness"},
    {"rag.entailment"},
    {"rag.verifier"},
    {"rag.windows"},
    {"rag.network"},
    {
        "rag.attribution",
        "rag.quantities",
        "rag.dates",
        "rag.naming",
        "rag.negation",
        "rag.exchange",
        "rag.opposites",
        "rag.contests",
        "rag.deeds",
    },
    {"rag.numerals"},
    {"rag.wording"},
    {"rag.cluster"},
    {"rag.ingest", "rag.engines.opening"},
    {"rag.engines.embedded", "rag.engines.postgres", "rag.engines.milvus"},
    {"rag.filtering", "rag.vectors.sync", "rag.engines"},
    {"rag.store"},
    {"rag.rows"},
    {"rag.upgrade", "rag.parsing"},
    {"rag.remote"},
    {"rag.respelling"},
    {"rag.chunking", "rag.parsers", "rag.lexical", "rag.names", "rag.fusion", "rag.vectors"},
    {"rag.texts", "rag.workers", "rag.sums"},
    {"rag.limits", "rag.instructions", "rag.database", "rag.spans"},
    {"rag.sentences", "rag.spelling", "rag.followup", "rag.render", "rag.proposals"},
    {"rag.types", "rag.errors", "rag.shipped"},
    {"embeddings"},
]
# The command line opens the page and the eval run inside their commands (`python app.py` is one of them); types
# offers str() and to_dict().
ALLOWED = {
    ("rag.cli", "app"),
    ("rag.cli", "eval"),
    ("rag.cli", "page"),
    ("page.rooms", "rag.engines.postgres.server"),  # several pages share what they remember
    ("app", "rag.cli"),
    ("rag.types", "rag.render"),
    ("rag", "rag.types"),
}
PACKAGES = ("app", "page", "bench", "eval", "training", "rag", "embeddings")


def test_imports_point_down() -> None:
    wrong = [
        f"{name} imports {target}"
        for path in _sources()
        for name in [_module(path)]
        for target in _imports(path)
        if _level(target) < _level(name)
        and (name, target.split(".")[0]) not in ALLOWED
        and (name, target) not in ALLOWED
    ]
    assert wrong == []


def test_app_and_eval_use_only_the_public_names_of_rag() -> None:
    public = {"rag", "rag.types", "rag.errors", "rag.render", "rag.proposals"}
    wrong = [
        f"{_module(path)} imports {target}"
        for path in _sources()
        if _module(path).split(".")[0] in ("app", "page", "eval")
        for target in _imports(path)
        if target.startswith("rag") and target not in public and (_module(path), target) not in ALLOWED
    ]
    assert wrong == []


@pytest.mark.parametrize("module", ["rag", "rag.cli", "rag.pipeline"])
def test_importing_loads_no_model_library(module: str) -> None:
    heavy = "{'torch', 'transformers', 'sentence_transformers', 'gradio', 'openvino'}"
    code = f"import sys, {module}; print(sorted({heavy} & set(sys.modules)))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert said.stdout.strip() == "[]"


def _sources() -> list[Path]:
    folders = [ROOT / package for package in PACKAGES if (ROOT / package).is_dir()]
    return [*ROOT.glob("*.py"), *(path for folder in folders for path in folder.rglob("*.py"))]


def _module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def _level(module: str) -> int:
    """The layer of the longest prefix of the module's name that has one."""
    parts = module.split(".")
    for length in range(len(parts), 0, -1):
        for level, names in enumerate(LAYERS):
            if ".".join(parts[:length]) in names:
                return level
    raise AssertionError(f"{module} has no layer: give it one")


def _imports(path: Path) -> set[str]:
    """The project's modules that a file imports, also inside functions, but not what is only for type checkers."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    named = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            named |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            within = (ROOT / node.module.replace(".", "/")).is_dir()
            files = {f"{node.module}.{alias.name}" for alias in node.names} if within else set()
            modules = {name for name in files if (ROOT / f"{name.replace('.', '/')}.py").is_file()}
            named |= modules or {node.module}
    return {name for name in named if name.split(".")[0] in PACKAGES}
