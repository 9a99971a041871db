"""The page's speed and its crowd: ``python -m bench.page``, over the sample documents, as seconds and as ratios.

A server of its own is started cold; Chromium measures the page as a person meets it; clients without a browser ask at
once, each five questions, and every answer must be the one to its question.
"""

from __future__ import annotations

import argparse
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from bench import screenshots
from rag import Index

ROOT = Path(__file__).resolve().parent.parent
QUESTIONS = (
    "Who leads Islamic State Khorasan?",
    "How many people died in the raid on truffle gatherers near Sukhna on February 17, 2023?",
    "Why does the Wagner Group keep men in central Syria?",
    "Who heads the Syrian Observatory?",
    "What does a kilogram of truffles cost?",
)
N_CLIENTS = 20


def main(argv: Sequence[str] | None = None) -> None:
    """Print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--writer", default="quote")
    parser.add_argument("--clients", type=int, default=N_CLIENTS)
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        with Index.open(folder) as index:
            index.add(ROOT / "examples" / "documents")
        began = time.perf_counter()
        address, server = serve(folder, options.writer)
        figures: dict[str, Any] = {"server_ready_s": time.perf_counter() - began}
        try:
            figures |= _in_browser(address)
            figures |= _crowd(address, server.pid, options.clients)
        finally:
            server.terminate()
            server.wait()
    print(json.dumps({name: round(value, 3) if isinstance(value, float) else value for name, value in figures.items()}))


def serve(folder: str, writer: str) -> tuple[str, subprocess.Popen[bytes]]:
    """The address of a server of its own over that index, and its process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "rag.cli", "serve", "--index", folder, "--port", str(port), "--writer", writer]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}/"
    for _ in range(3000):
        try:
            urllib.request.urlopen(address).read()
            return address, server
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the server did not start within five minutes")


def _in_browser(address: str) -> dict[str, Any]:
    """Seconds until the page can be typed into, and from Enter to the first text of an answer, of 20 questions."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=chromium, args=screenshots.ARGUMENTS)
        page = browser.new_page()
        began = time.perf_counter()
        page.goto(address)
        page.locator("#footnote[data-ready]").wait_for()
        usable, firsts = time.perf_counter() - began, []
        for n in range(21):
            page.locator("#question").fill(QUESTIONS[n % 4])
            began = time.perf_counter()
            page.keyboard.press("Enter")
            page.locator(f"#turn-{n + 1} .text").wait_for()
            firsts.append(time.perf_counter() - began)
            page.locator(f"#turn-{n + 1} .meta").wait_for()
        browser.close()
    warm = firsts[1:]
    return {"page_usable_s": usable, "first_text_median_s": median(warm), "first_text_max_s": max(warm)}


def _crowd(address: str, pid: int, n_clients: int) -> dict[str, Any]:
    """All clients at once against one alone: errors, answers to another question, seconds, memory of the server."""
    alone: list[float] = []
    expected = {question: _ask(address, question, alone) for question in QUESTIONS * 2}
    before, together, wrong = _rss_mb(pid), list[float](), list[str]()

    def client(number: int) -> None:
        for n in range(len(QUESTIONS)):
            question = QUESTIONS[(n + number) % len(QUESTIONS)]
            try:
                if _ask(address, question, together) != expected[question]:
                    wrong.append(f"mixed up: {question}")
            except Exception as error:
                wrong.append(repr(error))

    clients = [threading.Thread(target=client, args=(number,)) for number in range(n_clients)]
    began = time.perf_counter()
    for thread in clients:
        thread.start()
    for thread in clients:
        thread.join()
    return {
        "clients": n_clients,
        "asked": len(together),
        "wrong": wrong,
        "alone_median_s": median(alone),
        "together_median_s": median(together),
        "together_p95_s": quantiles(together, n=20)[-1],
        "p95_over_alone": quantiles(together, n=20)[-1] / median(alone),
        "answers_a_second": len(together) / (time.perf_counter() - began),
        "rss_before_mb": before,
        "rss_after_mb": _rss_mb(pid),
    }


def _ask(address: str, question: str, seconds: list[float]) -> str:
    """The text of the answer, by way of the documented API."""
    began = time.perf_counter()
    body = json.dumps({"question": question}).encode()
    request = urllib.request.Request(f"{address}gradio_api/call/v2/ask", body, {"Content-Type": "application/json"})
    event = json.loads(urllib.request.urlopen(request).read())["event_id"]
    told = urllib.request.urlopen(f"{address}gradio_api/call/ask/{event}").read().decode()
    answer = json.loads(told.split("event: complete\ndata: ")[1].split("\n")[0])[0]
    if answer["question"] != question:
        raise ValueError(f"the answer is to {answer['question']!r}")
    seconds.append(time.perf_counter() - began)
    return str(answer["text"])


def _rss_mb(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmRSS"))) // 1000


if __name__ == "__main__":
    main()
