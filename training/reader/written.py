"""Questions written one by one over train passages: beside each that its passage answers, one or two that it does not.

Those take the passage's own words and leave a tempting wrong answer in it (roles swapped, another year, a relation
near the one that is told), as no rule makes them; both kinds use the same devices, so that the words give nothing away.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from training.reader.rows import Row

FILE = Path(__file__).with_name("written.jsonl")  # a line: id of a train row of that passage, question, answer or ""


def written(train: Mapping[str, Sequence[Row]], file: Path = FILE) -> list[Row]:
    """The written questions whose passage is that of a row of ``train``; those of other passages are left out."""
    rows = {row.row_id: row for group in train.values() for row in group}
    made = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines()):
        record = json.loads(line)
        over = rows.get(record["id"])
        if over is None:
            continue
        answer = record["answer"]
        start = over.context.find(answer) if answer else -1
        end = start + len(answer) if start >= 0 else -1
        answers = (answer,) if answer else ()
        row_id = f"written-{number}"
        made.append(Row(row_id, "written", record["question"], over.title, over.context, answers, start, end))
    return made
