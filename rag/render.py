"""An answer as text for a terminal and as JSON for a program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from functools import cache
from pathlib import Path
from textwrap import shorten
from types import NoneType
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")

N_NEAREST, NEAREST_CHARACTERS = 3, 200  # passages shown where nothing is answered, and how much of each

if TYPE_CHECKING:
    from rag.types import Answer, Citation


def plain_text(answer: Answer) -> str:
    """The text, the values of sources that disagree, then the numbered quotes with their title, date, page and file,
    then what failed, if anything did.

    Of an answer that says nothing: why, and the three nearest passages.
    """
    if answer.status == "abstained":
        return "\n\n".join(part for part in (answer.text, answer.reason, _nearest(answer)) if part)
    values = [f"{d.value} {''.join(f'[{n}]' for n in d.numbers)}" for d in answer.disagreements]
    notes = [f'[{c.number}] "{" ".join(c.quote.split())}"\n    {origin(c)}' for c in answer.citations]
    disagree = f"The sources disagree: {'; '.join(values)}." if values else ""
    parts = [answer.text, disagree, "\n".join(notes), answer.reason]
    return "\n\n".join(part for part in parts if part)


def _nearest(answer: Answer) -> str:
    shown = []
    for hit in answer.hits[:N_NEAREST]:
        words = " ".join(hit.passage.text.split())
        day = "" if hit.published is None else f" · {hit.published.isoformat()}"
        shown.append(f"- {shorten(words, NEAREST_CHARACTERS, placeholder=' …')}\n    {hit.title}{day}")
    return "\n".join(["The nearest passages:", *shown]) if shown else ""


def origin(citation: Citation) -> str:
    """Where a quote comes from, on one line: title, date, page, file name."""
    parts = [citation.title]
    if citation.published is not None:
        parts.append(citation.published.isoformat())
    if citation.page is not None:
        parts.append(f"page {citation.page}")
    return " · ".join([*parts, Path(citation.source).name])


def as_json(value: object) -> Any:
    """Dataclasses as objects, dates as ISO strings, sequences as lists."""
    if is_dataclass(value):
        return {field.name: as_json(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): as_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_json(item) for item in value]
    return value


def from_json(kind: type[T], value: Any) -> T:
    """What ``as_json`` made of a dataclass of that kind. Raises ValueError where the value is no such thing."""
    try:
        made: T = _read(kind, value)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"this is no {kind.__name__} as JSON ({error!r})") from error
    return made


def _read(kind: Any, value: Any) -> Any:
    """``value`` as the type, or the annotation, ``kind``. A field that is not there keeps its default."""
    if is_dataclass(kind):
        make: Any = kind
        return make(**{name: _read(hint, value[name]) for name, hint in _hints(make).items() if name in value})
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is tuple:
        return tuple(_read(arguments[0], item) for item in value)
    if origin is Literal:
        if value not in arguments:
            raise ValueError(f"{value!r} is none of {arguments}")
        return value
    if NoneType in arguments:
        return None if value is None else _read(arguments[0], value)
    if kind is date:
        return date.fromisoformat(value)
    return dict(value) if origin is not None else value


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)
