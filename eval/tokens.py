"""How much text an answer took, in tokens of the reader's vocabulary: one measure for every writer."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from importlib.resources import files

from eval.recording import Trace


def tokens_of(trace: Trace) -> dict[str, int]:
    """``read``: of the question and each passage that was read; ``given``: of the sentences that the writer was given;
    ``written``: of its text, before it was checked."""
    count = _counter()
    asked = count(trace.answer.question)
    return {
        "read": sum(asked + count(hit.passage.text) for hit in trace.hits),
        "given": sum(count(finding.quote) for finding in trace.said),
        "written": count(trace.written),
    }


@lru_cache(maxsize=1)
def _counter() -> Callable[[str], int]:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(files("rag") / "models" / "reader" / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return lambda text: len(tokenizer.encode(text, add_special_tokens=False).ids) if text else 0
