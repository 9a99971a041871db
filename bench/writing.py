"""``python -m bench.writing``: how often the writer's text is the same on OpenVINO as on transformers, fp32."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from rich.console import Console
from rich.progress import track

from eval.rows import load_rows
from rag import load_reader
from rag.writers.chat import ChatModel
from rag.writers.decoding import Decoder
from rag.writers.local import MAX_NEW_TOKENS
from rag.writers.prompt import brief_messages, chat_text
from rag.writers.smollm import transformers_folder

DATASET = "squad2_dev"


def main() -> None:
    """Write for dev rows on both and print one line."""
    parser = argparse.ArgumentParser(prog="python -m bench.writing", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of the *.jsonl.gz sets")
    parser.add_argument("--rows", type=int, default=40, help="dev rows")
    options = parser.parse_args()
    rows = [row for row in load_rows(options.data, DATASET, 3 * options.rows) if row.answers][: options.rows]
    findings = [(row.question, load_reader().read(row.question, [row.hit])[0]) for row in rows]
    prompts = [chat_text(brief_messages(question, finding, finding.answer)) for question, finding in findings]
    said, spent = [], []
    for engine in (Decoder(), ChatModel(str(transformers_folder()))):
        engine.load()
        began = time.process_time()
        texts = []
        for prompt in track(prompts, console=Console(stderr=True)):
            *_, (text, _) = engine.texts(prompt, MAX_NEW_TOKENS)
            texts.append(text)
        said.append(texts)
        spent.append((time.process_time() - began) / len(prompts))
    same = sum(one == other for one, other in zip(*said, strict=True))
    print(f"{len(prompts)} prompts: same text {same / len(prompts):.1%}; processor seconds a prompt:", end=" ")
    print(f"{spent[0]:.2f} and {spent[1]:.2f}")


if __name__ == "__main__":
    main()
