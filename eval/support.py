"""Does each sentence stand on its citations? Recall and precision of citations as ALCE defines them.

ALCE (Gao et al. 2023) asks an entailment model of 11 billion parameters. Here any function does that says whether a
quote bears a sentence out; the default is Footnote's own rule checker, and the report names which one was asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rag.types import Sentence

Supports = Callable[[str, str], bool]  # (sentence without markers, quotes joined by a space) -> borne out

BY_RULE = "rule checker (rag.checking)"
_MARKER = re.compile(r"\s*\[\d+\]")


@dataclass(frozen=True, slots=True)
class JudgedSentence:
    """``supported``: by its quotes together. Of its ``numbers``, ``precise`` are those of citations that support it
    alone or that the others cannot do without, ``needed`` those of the second kind."""

    text: str
    numbers: tuple[int, ...]
    supported: bool
    precise: tuple[int, ...]
    needed: tuple[int, ...]


def supported_by_rule(sentence: str, quote: str) -> bool:
    """Whether Footnote's checker finds nothing in the sentence that the quote does not say."""
    from rag import unsupported

    return not unsupported(sentence, [quote])


def judged(sentence: Sentence, quotes: Mapping[int, str], supports: Supports) -> JudgedSentence:
    """The sentence held to the quotes of the citations that it names; without any it is not supported."""
    said = _MARKER.sub("", sentence.text).strip()
    cited = [number for number in sentence.numbers if number in quotes]

    def borne_out(numbers: Sequence[int]) -> bool:
        return bool(numbers) and supports(said, " ".join(quotes[number] for number in numbers))

    if not borne_out(cited):
        return JudgedSentence(sentence.text, tuple(cited), False, (), ())
    needed = [n for n in cited if not borne_out([other for other in cited if other != n])]
    precise = [n for n in cited if n in needed or borne_out([n])]
    return JudgedSentence(sentence.text, tuple(cited), True, tuple(precise), tuple(needed))
