"""``python -m bench.agreement``: how often the reader points at the same words on this engine as on torch, fp32."""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console
from rich.progress import track

from eval.metrics import mean
from eval.reader import SETS
from eval.rows import load_rows
from rag.network import on_torch
from rag.reader import MODEL, SpanReader, load_reader
from rag.verifier import FOLDER, Verifier


def main() -> None:
    """Read dev rows on both and print one line."""
    parser = argparse.ArgumentParser(prog="python -m bench.agreement", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of the *.jsonl.gz sets")
    parser.add_argument("--rows", type=int, default=1000, help="dev rows in all")
    options = parser.parse_args()
    ours, reference = load_reader(), torch_reader()
    rows = [row for name in SETS for row in load_rows(options.data, name, options.rows // len(SETS))]
    pairs = [
        (ours.read(row.question, [row.hit])[0], reference.read(row.question, [row.hit])[0])
        for row in track(rows, console=Console(stderr=True))
    ]
    spans = mean(one.answer == other.answer and one.start == other.start for one, other in pairs)
    sentences = mean(one.start == other.start for one, other in pairs)
    apart = mean(abs(one.confidence - other.confidence) for one, other in pairs)
    print(f"{len(rows)} questions: same span {spans:.1%}, same sentence {sentences:.1%}, confidence apart {apart:.3f}")


def torch_reader() -> SpanReader:
    """The reader that ships, and its verifier, in PyTorch, fp32."""
    verifier = Verifier(MODEL, network=on_torch(MODEL.with_name(FOLDER), "cpu", base=MODEL))
    return SpanReader(network=on_torch(MODEL, "cpu"), verifier=verifier)


if __name__ == "__main__":
    main()
