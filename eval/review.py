"""``footnote eval review``: each drafted question shown, and accepted, mended or rejected with a key."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from eval.gold import REJECTED, UNREVIEWED, load_gold
from rag.errors import OptionError

KEYS = "[a]ccept  [m]end  [r]eject  [s]kip  [q]uit: "
ALTERNATIVES, GROUPS = "|", "&"  # "46 | forty-six & 61": one of the first two, and 61

Row = dict[str, Any]
Ask = Callable[[str], str]  # shows a prompt, returns what was typed; raises EOFError where nothing more is
Say = Callable[[str], None]


def review(path: Path, ask: Ask, say: Say) -> int:
    """Go through the unreviewed rows and return how many are left. What was decided is on disk before the next one.

    Raises GoldError for a file that is no gold file, OptionError where it cannot be written or is packed.
    """
    if path.suffix == ".gz":
        raise OptionError(f"{path} is packed; review it unpacked")
    load_gold(path)  # names the line that is wrong
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8-sig").split("\n") if line.strip()]
    waiting = [row for row in rows if row.get("review") == UNREVIEWED]
    for number, row in enumerate(waiting, 1):
        say(_shown(row, number, len(waiting)))
        try:
            if not _decided(row, ask, say):
                break
        except EOFError:
            break
        _save(rows, path)
    return sum(row.get("review") == UNREVIEWED for row in rows)


def _decided(row: Row, ask: Ask, say: Say) -> bool:
    """Let the row be judged; False to stop."""
    while True:
        key = ask(KEYS).strip().lower()[:1]
        if key == "q":
            return False
        if key == "a":
            _settle_type(row)
            row["review"] = "accepted"
        elif key == "r":
            row["review"] = REJECTED
        elif key == "m":
            _mend(row, ask)
            _settle_type(row)
            row["review"] = "mended"
        elif key != "s":
            say("one of the letters a, m, r, s, q")
            continue
        return True


def _mend(row: Row, ask: Ask) -> None:
    """Each part typed anew; what is left empty stays. "-" as the answer makes the question unanswerable."""
    question = ask("question (empty: as it is): ").strip()
    answer = ask(f"answer ({ALTERNATIVES} between alternatives, {GROUPS} between parts, - for none): ").strip()
    evidence = ask(f"evidence, word for word ({ALTERNATIVES} between several): ").strip()
    row["question"] = question or row["question"]
    if answer == "-":
        row |= {"type": "unanswerable", "answer": [], "evidence": []}
        return
    if answer:
        groups = [_parts(group, ALTERNATIVES) for group in answer.split(f" {GROUPS} ")]  # AT&T is one part
        row["answer"] = [group for group in groups if group]
        row["type"] = "fact" if row["type"] == "unanswerable" else row["type"]
    if evidence:
        row["evidence"] = _parts(evidence, ALTERNATIVES)


def _settle_type(row: Row) -> None:
    """An answer that was called wrong on the page has no type until somebody says what is right."""
    if row["type"] == UNREVIEWED:
        row["type"] = "fact" if row["answer"] else "unanswerable"


def _parts(text: str, separator: str) -> list[str]:
    return [part.strip() for part in text.split(separator) if part.strip()]


def _shown(row: Row, number: int, total: int) -> str:
    answer = (
        f" {GROUPS} ".join(f" {ALTERNATIVES} ".join(group) for group in row["answer"]) or "the documents do not say"
    )
    lines = [
        f"\n{number} of {total}  {row['id']}  made by: {row.get('made_by', '?')}",
        f"  question  {row['question']}",
    ]
    lines += [f"  answer    {answer}", *(f"  evidence  {' '.join(string.split())}" for string in row["evidence"])]
    if row.get("title") or row.get("source"):
        lines += [f"  from      {row.get('title', '')} · {row.get('source', '')}"]
    for name, label in (("said", "said"), ("verdict", "judged"), ("note", "because")):  # on the chat page
        if row.get(name):
            lines += [f"  {label:<9} {' '.join(str(row[name]).split())}"]
    if not row.get("reader_agrees", True):
        otherwise = "the reader answers otherwise: is the question clear, and the answer the only one?"
        sure = "the reader is sure of an answer: do the documents answer it after all?"
        lines += [f"  note      {otherwise if row['answer'] else sure}"]
    return "\n".join(lines)


def _save(rows: list[Row], path: Path) -> None:
    scratch = path.with_name(f"{path.name}.tmp")
    try:
        scratch.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
        scratch.replace(path)
    except OSError as error:
        raise OptionError(f"cannot write {path} ({error.strerror})") from error
