"""What each choice is worth: a grid of settings asked over one index, each held to the first."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, get_args

from eval.compare import Difference, Recorded, compare
from eval.figures import marks
from eval.scoring import Row
from rag.errors import OptionError
from rag.types import Mode

COLUMNS = ("answerable_accuracy", "abstain_recall", "citation_precision", "sentences_supported", "recall_at_8", "mrr")


@dataclass(frozen=True, slots=True)
class Setting:
    """One cell of the grid."""

    writer: str = "quote"
    mode: Mode = "hybrid"
    k: int = 8
    reader: bool = True
    checker: bool = True

    @property
    def name(self) -> str:
        """As a folder is called."""
        return "-".join(
            [self.writer, self.mode, f"k{self.k}", *(f"no-{p}" for p in ("reader", "checker") if not getattr(self, p))]
        )

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def grid(declared: Mapping[str, str], *, one_at_a_time: bool = False) -> list[Setting]:
    """Every combination of the values declared, each "first,second,…"; the first values make the first setting.

    With ``one_at_a_time`` only that one and those that differ from it in one choice. Raises OptionError.
    """
    values = {name: [_value(name, part) for part in text.split(",")] for name, text in declared.items()}
    settings = [Setting(**dict(zip(values, cell, strict=True))) for cell in itertools.product(*values.values())]
    settings = list(dict.fromkeys(settings))
    if one_at_a_time:
        settings = [s for s in settings if sum(getattr(s, n) != getattr(settings[0], n) for n in values) <= 1]
    return settings


def rows_of(settings: Sequence[Setting], run: Callable[[Setting], list[Row]]) -> dict[Setting, Recorded]:
    """Each setting's run, in order."""
    found = {}
    for setting in settings:
        rows = run(setting)
        found[setting] = Recorded(setting.name, tuple(row.id for row in rows), marks(rows), tuple(rows))
    return found


def against_first(runs: Mapping[Setting, Recorded]) -> dict[Setting, dict[str, Difference]]:
    """How each run differs from the first one, itself included."""
    first = next(iter(runs.values()))
    return {setting: compare(first, run) for setting, run in runs.items()}


def folder(out: Path | None, setting: Setting) -> Path | None:
    return None if out is None else out / setting.name


def _value(name: str, text: str) -> Any:
    text = text.strip()
    if name in ("reader", "checker"):
        if text not in ("on", "off"):
            raise OptionError(f"--{name} {text!r}: write on, off or on,off")
        return text == "on"
    if name == "k":
        if not text.isdigit() or int(text) < 1:
            raise OptionError(f"-k {text!r}: write numbers of passages, for example 4,8")
        return int(text)
    if name == "mode" and text not in get_args(Mode):
        raise OptionError(f"--mode {text!r}: choose of {', '.join(get_args(Mode))}")
    assert name in {field.name for field in fields(Setting)}, name
    return text
