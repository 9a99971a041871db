"""``python -m eval.variants``: whether a name is found however the question spells it."""

from __future__ import annotations

import argparse
import gzip
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from eval.metrics import mean, unit_ranks
from eval.ranking import RECALL_K, with_heading
from rag import Index
from rag.errors import FootnoteError

PAIRS = Path(__file__).parent / "data" / "name_variants.jsonl"


@dataclass(frozen=True, slots=True)
class Pair:
    """One question in two spellings: ``canonical`` as the documents of ``corpus`` have it, and ``variant``.

    ``held_out`` pairs were written when the search was done, from names drawn at random.
    """

    corpus: str
    canonical: str
    variant: str
    evidence: tuple[str, ...]
    held_out: bool


@dataclass(frozen=True, slots=True)
class Found:
    """1.0 for each spelling whose evidence is among the first 8 passages, else 0.0."""

    canonical: float
    variant: float


def load_pairs(path: Path = PAIRS) -> list[Pair]:
    """The pairs of a JSONL file, in its order."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [Pair(**{**row, "evidence": tuple(row["evidence"])}) for row in rows]


def measure(index: Index, pair: Pair, respell: bool) -> Found:
    """Ask both questions; without ``respell`` names are sought only as the question spells them."""
    index._respells = respell  # no option of the search: nobody but this table wants it off
    try:
        return Found(*(_recall(index, question, pair.evidence) for question in (pair.canonical, pair.variant)))
    finally:
        index._respells = True


def _recall(index: Index, question: str, evidence: Sequence[str]) -> float:
    hits = index.search(question, RECALL_K)
    [rank] = unit_ranks([evidence], [with_heading(hit) for hit in hits])
    return float(rank is not None)


@contextmanager
def opened(corpus: Path | None, built: Path | None) -> Iterator[Index]:
    """The index ``built``, else one of the corpus: a file, .gz too, or a folder."""
    if built is not None:
        with Index.open(built, create=False) as index:
            yield index
        return
    assert corpus is not None, "main asks for one or the other"
    with tempfile.TemporaryDirectory(prefix="footnote-eval-") as scratch, Index.open(Path(scratch) / "index") as index:
        if corpus.suffix == ".gz":
            unpacked = Path(scratch) / corpus.stem
            with gzip.open(corpus) as packed, unpacked.open("wb") as file:
                shutil.copyfileobj(packed, file)
            corpus = unpacked
        index.add(corpus)
        yield index


def table(found: dict[bool, dict[Pair, Found]]) -> Table:
    """``recall_at_8`` by corpus, and of the pairs that were held out, with names respelt and without."""
    shown = Table("questions", "n", "names", "canonical", "variant", "difference", title="recall_at_8")
    groups: dict[str, Callable[[Pair], bool]] = {
        "seeds": lambda pair: pair.corpus == "seeds",
        "wiki": lambda pair: pair.corpus == "wiki",
        "all": lambda pair: True,
        "held out": lambda pair: pair.held_out,
    }
    for name, belongs in groups.items():
        for respell, results in found.items():
            group = [result for pair, result in results.items() if belongs(pair)]
            if group:
                canonical, variant = mean(one.canonical for one in group), mean(one.variant for one in group)
                figures = (f"{canonical:.3f}", f"{variant:.3f}", f"{variant - canonical:+.3f}")
                shown.add_row(name, str(len(group)), "respelt" if respell else "as spelt", *figures)
    return shown


def main() -> int:
    """Ask each corpus that is given its questions in both spellings, print one table."""
    parser = argparse.ArgumentParser(prog="python -m eval.variants", description=__doc__)
    parser.add_argument("--seeds", type=Path, help="file or folder of the corpus that the pairs call seeds")
    parser.add_argument("--wiki", type=Path, help="the corpus that they call wiki: JSON Lines, .gz or not")
    parser.add_argument("--wiki-index", type=Path, help="a ready index of that corpus")
    options = parser.parse_args()
    if options.seeds is options.wiki is options.wiki_index is None:
        parser.error("give at least one of --seeds, --wiki and --wiki-index")
    pairs = load_pairs()
    found: dict[bool, dict[Pair, Found]] = {True: {}, False: {}}
    try:
        for corpus, path, built in (("seeds", options.seeds, None), ("wiki", options.wiki, options.wiki_index)):
            if path is not None or built is not None:
                with opened(path, built) as index:
                    for pair in (pair for pair in pairs if pair.corpus == corpus):
                        for respell in found:
                            found[respell][pair] = measure(index, pair, respell)
    except (FootnoteError, OSError) as error:
        print(f"footnote: {error}", file=sys.stderr)
        return 2
    Console().print(table(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
