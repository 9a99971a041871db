"""Ask every gold question and write down what came back, so that an interrupted run goes on where it stopped."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from eval.blame import Searches
from eval.gold import GoldQuestion
from eval.ranking import DEEP_K, rank_documents
from eval.recording import Respond
from eval.scoring import Row, score, searched
from eval.support import Supports, supported_by_rule
from eval.tokens import tokens_of
from rag.errors import OptionError
from rag.types import Hit, Mode

ANSWERS_FILE, MANIFEST_FILE, REPORT_FILE, PAGE_FILE = "answers.jsonl", "run.json", "report.json", "report.html"

# Passes questions on and shows how far it is; the number says how many were answered by an earlier, interrupted run.
Track = Callable[[Sequence[GoldQuestion], int], Iterable[GoldQuestion]]
Key = Callable[[Hit], str]  # what a question's relevant documents are called


def untracked(questions: Sequence[GoldQuestion], done: int) -> Iterable[GoldQuestion]:
    return questions[done:]


def evaluate(
    questions: Sequence[GoldQuestion],
    index: Searches,
    respond: Respond,
    *,
    out: Path | None = None,
    manifest: Mapping[str, Any] | None = None,
    fresh: bool = False,
    timings: bool = True,
    track: Track = untracked,
    key: Key | None = None,
    mode: Mode = "hybrid",
    root: str = "",
    supports: Supports = supported_by_rule,
) -> list[Row]:
    """Ask each question once, in order, and score it; the rows in the questions' order.

    ``respond`` answers a question from ``index``; only its time is measured. With ``out``, a folder (made if absent),
    each row is in ``out/answers.jsonl`` before the next question is asked. If an earlier run with the same
    ``manifest`` was interrupted there, its rows stand and this run goes on after them, unless ``fresh``; any other
    run's rows are replaced. Without ``timings`` no times are written. ``key`` names the document of a hit as the
    questions' ``relevant`` do, and ``mode`` is the ranking that those are held to. Raises OptionError where ``out``
    cannot be written.
    """

    def answered(gold: GoldQuestion) -> Row:
        if gold.only_searched:
            return _searched(gold, index, key, mode)
        return _asked(gold, index, respond, root, supports)

    if out is None:
        return [answered(gold) for gold in track(questions, 0)]
    rows = _start(out, manifest or {}, fresh)
    with (out / ANSWERS_FILE).open("a", encoding="utf-8") as file:
        for gold in track(questions, len(rows)):
            rows.append(answered(gold))
            kept = rows[-1] if timings else replace(rows[-1], seconds=0.0, timings={})
            file.write(json.dumps(kept.to_dict(), ensure_ascii=False) + "\n")
            file.flush()
    return rows


def finished_rows(out: Path, manifest: Mapping[str, Any]) -> list[Row] | None:
    """The rows of the run with this manifest that was finished in ``out``; None where there is none."""
    try:
        made_by = json.loads((out / MANIFEST_FILE).read_text("utf-8"))
        if not (out / REPORT_FILE).is_file() or made_by != json.loads(json.dumps(manifest)):
            return None
        return read_rows(out / ANSWERS_FILE)
    except (OSError, ValueError, OptionError):
        return None


def read_rows(path: Path) -> list[Row]:
    """The rows of an ``answers.jsonl``. Raises OptionError."""
    try:
        return list(_rows(path.read_bytes()))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise OptionError(f"{path}: cannot read the answers of a run ({error!r}); give the folder of one") from error


def _asked(gold: GoldQuestion, index: Searches, respond: Respond, root: str, supports: Supports) -> Row:
    began = time.perf_counter()
    trace = respond(gold.question)
    seconds = time.perf_counter() - began
    return score(gold, trace, index, root=root, seconds=seconds, tokens=tokens_of(trace), supports=supports)


def _searched(gold: GoldQuestion, index: Searches, key: Key | None, mode: Mode) -> Row:
    assert key is not None, "questions with relevant documents come with the corpus that names them"
    began = time.perf_counter()
    hits = index.search(gold.question, DEEP_K, mode=mode)
    seconds = time.perf_counter() - began
    return searched(gold, rank_documents(gold, map(key, hits)), seconds=seconds)


def _start(out: Path, manifest: Mapping[str, Any], fresh: bool) -> list[Row]:
    """The rows that stand, with ``out`` ready for those that follow."""
    answers, made_by = out / ANSWERS_FILE, out / MANIFEST_FILE
    written = json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"
    try:
        out.mkdir(parents=True, exist_ok=True)
        interrupted = not (out / REPORT_FILE).exists() and made_by.is_file() and made_by.read_text("utf-8") == written
        if interrupted and not fresh and answers.is_file():
            return _whole_rows(answers)
        for old in (REPORT_FILE, PAGE_FILE):
            (out / old).unlink(missing_ok=True)
        answers.write_bytes(b"")
        made_by.write_text(written, encoding="utf-8")
    except OSError as error:
        raise OptionError(f"cannot write answers to {out} ({error.strerror}); name another folder") from error
    return []


def _whole_rows(path: Path) -> list[Row]:
    """The rows that were written whole. What a kill left of a further one is cut off."""
    held = path.read_bytes()
    whole = held[: held.rfind(b"\n") + 1]
    if whole != held:
        with path.open("r+b") as file:
            file.truncate(len(whole))
    return list(_rows(whole))


def _rows(lines: bytes) -> Iterator[Row]:
    return (Row.from_dict(json.loads(line)) for line in lines.decode().split("\n") if line)
