"""``python -m bench.load``: many clients ask, upload and delete at once; the table goes to docs/reliability.md.

Each client has documents of its own, with facts that no other document holds, so that every answer can be judged: one
about a document that is there must say its fact or that the documents do not say, and none may cite one that is gone.
At the end more questions than can wait are sent at once; the rest must be told that Footnote is busy, and the next
question must be answered as before. Exits with 1 where an answer was wrong or a document lost.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import numpy as np

from bench.page import QUESTIONS, ROOT, serve
from bench.torture.__main__ import PAGE, write
from rag import Index
from rag.doctor import examine_index

BEGIN, END = "<!-- load: made by `python -m bench.load` -->", "<!-- /load -->"
NOTHING = "no answer: the documents do not say it"
EXPECTED = dict(zip(QUESTIONS, ("Shahab al-Muhajir", "46", "oil and gas", "Abdurrahman", NOTHING), strict=True))
THINKS = 4.0  # seconds at most between two deeds of a client
SHARES = {"ask": 0.5, "ask of its own": 0.2, "upload": 0.18, "delete": 0.12}
SAMPLED = 5.0  # seconds between two looks at the server's memory
TIMEOUT = 300.0  # seconds for one reply: a client that waits longer counts as failed
SYLLABLES = (
    "ba be bo da de do fa fe ga go ha ka ke ko la le lo ma me mo na ne no pa po ra re ro sa so ta te to va ve".split()
)


class Busy(Exception):
    """The server says that it is busy."""


@dataclass
class Seen:
    """What all clients have seen. ``seconds`` are those of deeds that were done."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: {deed: [] for deed in SHARES})
    busy: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    silent: Counter[str] = field(default_factory=Counter)
    kept: dict[str, str] = field(default_factory=dict)  # by source, the name under which it was uploaded
    gone: set[str] = field(default_factory=set)
    unclear: set[str] = field(default_factory=set)  # sources of deeds that failed halfway
    lock: threading.Lock = field(default_factory=threading.Lock)


class Client(threading.Thread):
    """Somebody who asks, uploads and deletes until it is time to stop."""

    def __init__(self, number: int, address: str, seen: Seen, seed: int, until: float, uploads: Path) -> None:
        super().__init__(daemon=True)
        self._number, self._address, self._seen, self._until = number, address, seen, until
        self._drawn = random.Random(f"{seed}-{number}")
        self._uploads = uploads
        self._own: dict[str, tuple[str, str, int]] = {}  # by name: source, place, number of boats
        self._made = 0

    def run(self) -> None:
        time.sleep(self._drawn.uniform(0, THINKS))
        while time.time() < self._until:
            deed = self._drawn.choices(list(SHARES), list(SHARES.values()))[0]
            if deed in ("ask of its own", "delete") and not self._own:
                deed = "upload"
            began = time.perf_counter()
            try:
                self._deeds[deed](self)
                with self._seen.lock:
                    self._seen.seconds[deed].append(time.perf_counter() - began)
            except Busy:
                with self._seen.lock:
                    self._seen.busy[deed] += 1
                time.sleep(self._drawn.uniform(1, 3))
            except Exception as error:
                with self._seen.lock:
                    self._seen.failed.append(f"{deed}: {error!r}")
            time.sleep(self._drawn.uniform(0, THINKS))

    def _ask(self) -> None:
        question = self._drawn.choice(QUESTIONS)
        self._judge(ask(self._address, question), EXPECTED[question])

    def _ask_own(self) -> None:
        _, place, boats = self._own[self._drawn.choice(sorted(self._own))]
        self._judge(ask(self._address, f"How many boats does the harbour of {place} have?"), str(boats))

    def _judge(self, answer: dict[str, Any], expected: str) -> None:
        cited = {citation["source"] for citation in answer["citations"]}
        with self._seen.lock:
            mine = {source for source in self._seen.gone if f"/client-{self._number}-" in source}
            if cited & mine:
                self._seen.wrong.append(f"{answer['question']} cites a document that was deleted before")
            if answer["status"] == "abstained":
                self._seen.silent[answer["question"]] += expected != NOTHING
            elif expected not in answer["text"]:
                self._seen.wrong.append(f"{answer['question']} -> {answer['text']}")

    def _upload(self) -> None:
        self._made += 1
        place = "".join(self._drawn.choices(SYLLABLES, k=5)).capitalize()
        boats, name = self._drawn.randint(100, 999), f"client-{self._number}-{self._made}.txt"
        text = f"The harbour of {place}\n\nThe harbour of {place} has {boats} boats. " + " ".join(
            f"Quay {n} of {place} was mended by {self._drawn.choice(SYLLABLES).capitalize()}sen." for n in range(20)
        )
        told = page(self._address, do="take_in", path=upload(self._address, text.encode(), name), name=name)
        if told["state"] != "new":
            raise RuntimeError(f"{name} is {told['state']}: {told['line']}")
        self._own[name] = (name, place, boats)
        with self._seen.lock:
            self._seen.kept[name] = name

    def _take_away(self) -> None:
        name = self._drawn.choice(sorted(self._own))
        source = str(self._uploads / name)
        del self._own[name]
        with self._seen.lock:
            self._seen.unclear.add(name)
        page(self._address, do="remove", source=source)
        with self._seen.lock:
            self._seen.unclear.discard(name)
            self._seen.kept.pop(name)
            self._seen.gone.add(source)

    _deeds = {"ask": _ask, "ask of its own": _ask_own, "upload": _upload, "delete": _take_away}  # noqa: RUF012


def main(argv: Sequence[str] | None = None) -> int:
    """Run the load, print the table and put it into the page."""
    parser = argparse.ArgumentParser(prog="python -m bench.load", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--crowd", type=int, default=200, help="questions sent in one moment at the end")
    parser.add_argument("--seed", type=int, default=9)
    parser.add_argument("--page", type=Path, default=PAGE)
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="footnote-load-") as folder:
        index = Path(folder).resolve() / "index"
        with Index.open(index) as opened:
            opened.add(ROOT / "examples" / "documents")
            samples = {source.source for source in opened.sources()}
        address, server = serve(str(index), "quote")
        try:
            figures = _loaded(address, server.pid, index, options)
        finally:
            server.terminate()  # started from a script in the background it would not hear Ctrl+C
            server.wait(60)
        figures["problems"] += _lost(index, samples, figures["seen"])
    table = _table(figures, options)
    print(table, *figures["problems"], sep="\n")
    write(options.page, BEGIN, END, table)
    return 1 if figures["problems"] else 0


def _loaded(address: str, pid: int, index: Path, options: argparse.Namespace) -> dict[str, Any]:
    for question in QUESTIONS:  # nobody waits for models afterwards
        ask(address, question)
    alone = _alone(address)
    seen, memory = Seen(), list[tuple[float, float]]()
    until = time.time() + options.seconds
    clients = [
        Client(number, address, seen, options.seed, until, index / "uploads") for number in range(options.clients)
    ]
    began = time.time()
    for client in clients:
        client.start()
    while any(client.is_alive() for client in clients):
        memory.append((time.time() - began, _rss_mb(pid)))
        time.sleep(SAMPLED)
    spent = time.time() - began
    overload = _overload(address, options.crowd)
    after = _alone(address)
    return {"seen": seen, "spent": spent, "memory": memory, "alone": alone, "after": after, "overload": overload,
            "problems": [*seen.wrong, *seen.failed]}  # fmt: skip


def _alone(address: str) -> float:
    """Median seconds of a question while nobody else asks."""
    seconds = []
    for question in QUESTIONS * 2:
        began = time.perf_counter()
        ask(address, question)
        seconds.append(time.perf_counter() - began)
    return median(seconds)


def _overload(address: str, n: int) -> dict[str, Any]:
    """``n`` questions in the same moment: how many were answered, told to come back, or neither."""
    told: Counter[str] = Counter()
    lock = threading.Lock()

    def one(number: int) -> None:
        try:
            ask(address, QUESTIONS[number % 4])
            what = "answered"
        except Busy:
            what = "busy"
        except Exception:
            what = "failed"
        with lock:
            told[what] += 1

    crowd = [threading.Thread(target=one, args=(number,)) for number in range(n)]
    began = time.perf_counter()
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join()
    return {**told, "seconds": time.perf_counter() - began}


def _lost(index: Path, samples: set[str], seen: Seen) -> list[str]:
    """What the clients were told is kept and is not, or was told to be gone and is there."""
    with Index.open(index) as opened:
        held = {source.source for source in opened.sources()}
    kept = {str(index / "uploads" / name) for name in seen.kept} | samples
    unclear = {str(index / "uploads" / name) for name in seen.unclear}
    problems = [f"lost: {source}" for source in sorted(kept - held - unclear)]
    problems += [f"not deleted: {source}" for source in sorted(seen.gone & held)]
    return problems + [f"doctor: {check.found}" for check in [examine_index(index)] if not check.ok]


def _table(figures: dict[str, Any], options: argparse.Namespace) -> str:
    seen: Seen = figures["seen"]
    rows = ["| deed | done | told to wait | median | p95 |", "|---|---|---|---|---|"]
    for deed, seconds in seen.seconds.items():
        p95 = quantiles(seconds, n=20)[-1] if len(seconds) > 1 else 0.0
        middle = median(seconds) if seconds else 0.0
        rows.append(f"| {deed} | {len(seconds)} | {seen.busy[deed]} | {middle:.1f} s | {p95:.1f} s |")
    n_done, spent = sum(map(len, seen.seconds.values())), figures["spent"]
    times, sizes = np.array(figures["memory"]).T
    half = times >= times[-1] / 2
    slope = float(np.polyfit(times[half], sizes[half], 1)[0] * 60) if half.sum() > 2 else 0.0
    over = figures["overload"]
    n_answers = len(seen.seconds["ask"] + seen.seconds["ask of its own"])
    n_lost = sum(problem.startswith("lost") for problem in figures["problems"])
    lines = [
        f"{options.clients} clients for {spent:.0f} seconds, {os.cpu_count()} cores, seed {options.seed}: "
        f"{n_done / spent:.1f} deeds and {n_answers / spent:.2f} answers a second.",
        f"Wrong answers: {len(seen.wrong)}. Failed requests: {len(seen.failed)}. Documents kept: {len(seen.kept)}, "
        f"deleted: {len(seen.gone)}, lost: {n_lost}. Silent where a document says it: {seen.silent.total()}.",
        f"Memory of the server: {sizes[0]:.0f} MB at first, {sizes[-1]:.0f} MB at last, {sizes.max():.0f} MB at most; "
        f"{slope:+.1f} MB a minute over the second half.",
        f"Overload, {options.crowd} questions at once: {over.get('answered', 0)} answered, {over.get('busy', 0)} told "
        f"it is busy, {over.get('failed', 0)} failed, all within {over['seconds']:.0f} s. A question alone: "
        f"{figures['alone']:.2f} s before, {figures['after']:.2f} s after.",
    ]
    return "\n".join([*rows, "", *(f"{line}\n" for line in lines)]).rstrip()


def ask(address: str, question: str) -> dict[str, Any]:
    """The answer, by the documented API. Raises Busy."""
    ticket = json.loads(_post(f"{address}gradio_api/call/v2/ask", json.dumps({"question": question}).encode()))
    said = _open(urllib.request.Request(f"{address}gradio_api/call/ask/{ticket['event_id']}")).decode()
    answer: dict[str, Any] = json.loads(said.split("event: complete\ndata: ")[1].split("\n")[0])[0]
    return answer


def upload(address: str, content: bytes, name: str) -> str:
    """The path under which the server keeps it until it is taken in. Raises Busy."""
    edge = "edge-of-a-file"
    head = f'--{edge}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'.encode()
    body = head + content + f"\r\n--{edge}--\r\n".encode()
    [path] = json.loads(_post(f"{address}gradio_api/upload", body, f"multipart/form-data; boundary={edge}"))
    return str(path)


def page(address: str, **given: Any) -> dict[str, Any]:
    """One of the page's own requests. Raises Busy."""
    told: dict[str, Any] = json.loads(_post(f"{address}gradio_api/run/page", json.dumps({"data": [given]}).encode()))
    if "error" in told["data"][0]:
        raise RuntimeError(told["data"][0]["error"])
    found: dict[str, Any] = told["data"][0]
    return found


def _post(address: str, body: bytes, kind: str = "application/json") -> bytes:
    return _open(urllib.request.Request(address, body, {"Content-Type": kind}))


def _open(request: urllib.request.Request) -> bytes:
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as reply:
            said: bytes = reply.read()
            return said
    except urllib.error.HTTPError as error:
        if error.code in (429, 503):
            raise Busy(error.read().decode()) from error
        raise


def _rss_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmRSS"))) / 1000


if __name__ == "__main__":
    sys.exit(main())
