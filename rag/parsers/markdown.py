"""Markdown files. ``Document.text`` is the rendered text, so that a quote reads as the page does, without
markup."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import FileTooDeep
from rag.parsers.articles import Extract, documents
from rag.parsers.assembly import Assembly
from rag.parsers.dates import find_date
from rag.parsers.encoding import clean, decode
from rag.types import Document

if TYPE_CHECKING:
    from markdown_it.token import Token

MAX_NESTING = 100  # of lists and quotes, each of which counts twice
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.S)
_FIELD = re.compile(r"^([A-Za-z][\w -]*?)\s*:[ \t]*(.*)$")
_TAG = re.compile(r"<[/!?a-z][^<>]*>", re.I)
_UNSEEN = re.compile(r"<!--.*?(?:-->|\Z)|<(script|style)\b.*?(?:</\1\s*>|\Z)", re.S | re.I)
_WITHIN_WORDS = re.compile(
    r"</?(?:a|abbr|b|bdi|bdo|big|cite|code|data|del|dfn|em|font|i|img|ins|kbd|label|mark|q|s|samp|small|span|strike"
    r"|strong|sub|sup|time|tt|u|var|wbr)\b[^<>]*>",
    re.I,
)
_NEXT_CELL = re.compile(r"</t[dh]\s*>\s*<t[dh]\b[^<>]*>", re.I)
_DATES = ("date", "published", "created", "updated")
_AUTHORS = ("author", "authors", "by")


def parse_markdown(path: Path) -> list[Document]:
    text = clean(decode(path.read_bytes(), path)).replace("\f", "\n")
    fields, body = front_matter(text)
    assembly = render(body)
    extract = Extract(
        assembly.text,
        title=fields.get("title", [""])[0],
        published=_date(fields),
        authors=tuple(name for key in _AUTHORS for name in fields.get(key, ())),
        headings=tuple(assembly.headings),
    )
    return documents([extract], path)


def front_matter(text: str) -> tuple[dict[str, list[str]], str]:
    """The fields between the first two lines of ``---``, each a list of values, and the text behind them."""
    match = _FRONT_MATTER.match(text)
    if match is None:
        return {}, text
    fields: dict[str, list[str]] = {}
    key = ""
    for line in match[1].split("\n"):
        item = re.match(r"^\s*-\s+(.*)$", line)
        field = _FIELD.match(line)
        if item and key:
            fields[key].append(_unquoted(item[1]))
        elif field:
            key = field[1].lower()
            value = field[2].strip()
            listed = value[1:-1].split(",") if value.startswith("[") and value.endswith("]") else [value]
            fields[key] = [_unquoted(part) for part in listed if _unquoted(part)]
        elif line.strip() and not line.startswith((" ", "\t", "#")):
            return {}, text  # two rules around prose: no front matter
    return {key: values for key, values in fields.items() if values}, text[match.end() :]


def render(markdown: str) -> Assembly:
    """The plain text of a Markdown document with its headings."""
    from markdown_it import MarkdownIt

    renderer = _Renderer()
    reader = MarkdownIt("commonmark", {"maxNesting": MAX_NESTING}).enable(["table", "strikethrough"])
    for token in reader.parse(markdown):
        if token.level >= MAX_NESTING - 1:  # what lies deeper, the library drops without a word
            raise FileTooDeep(
                f"the text has quotes or lists within each other, {MAX_NESTING // 2} deep; save it flatter"
            )
        renderer.take(token)
    return renderer.assembly


class _Renderer:
    """Takes the tokens of a document one by one; lists and tables are open across several."""

    def __init__(self) -> None:
        self.assembly = Assembly()
        self._level, self._marker = 0, ""
        self._row: list[str] | None = None
        self._numbers: list[int | None] = []  # per open list: the next number, None for bullets

    def take(self, token: Token) -> None:
        kind = token.type
        if kind == "inline":
            self._words(_inline(token.children or ()))
        elif kind in {"fence", "code_block"}:
            self.assembly.add(token.content)
        elif kind == "html_block":
            self.assembly.add(_shown(token.content))
        elif kind == "hr":
            self.assembly.add("---")
        elif kind == "heading_open":
            self._level = int(token.tag[1])
        elif kind.startswith("tr_"):
            self._table_row(opens=kind == "tr_open")
        elif "list" in kind:
            self._list(token)

    def _words(self, text: str) -> None:
        if self._row is not None:
            self._row.append(" ".join(text.split()))
            return
        self.assembly.add(self._marker + text, level=self._level, run="list" if self._numbers else "")
        self._level, self._marker = 0, ""

    def _table_row(self, *, opens: bool) -> None:
        if self._row:
            self.assembly.add(" | ".join(self._row), run="table")
        self._row = [] if opens else None

    def _list(self, token: Token) -> None:
        if token.type == "list_item_open":
            number = self._numbers[-1]
            self._marker = "- " if number is None else f"{number}. "
            self._numbers[-1] = number and number + 1
        elif token.nesting > 0:
            self._numbers.append(int(token.attrGet("start") or 1) if token.tag == "ol" else None)
        elif token.type != "list_item_close":
            self._numbers.pop()


def _inline(children: Sequence[Token]) -> str:
    """The words of a line of markup: links by their text, pictures by their description, wrapped lines
    joined."""
    parts = []
    for child in children:
        if child.type in {"text", "code_inline", "image"}:
            parts.append(child.content)
        elif child.type in {"softbreak", "hardbreak"}:
            parts.append(" " if child.type == "softbreak" else "\n")
        elif child.type == "html_inline" and not (_WITHIN_WORDS.match(child.content) or _UNSEEN.match(child.content)):
            parts.append("\n" if re.match(r"<br\b", child.content, re.I) else " ")
    return "".join(parts)


def _shown(html: str) -> str:
    """The words of a block of HTML, those of each element on lines of their own, a table's row on one."""
    html = _NEXT_CELL.sub(" | ", _WITHIN_WORDS.sub("", _UNSEEN.sub("", html)))
    return "\n".join(unescape(line.strip()) for line in _TAG.split(html) if line.strip())


def _date(fields: dict[str, list[str]]) -> date | None:
    found = (find_date(fields[key][0]) for key in _DATES if key in fields)
    return next((day[0] for day in found if day is not None), None)


def _unquoted(value: str) -> str:
    value = value.strip()
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value
