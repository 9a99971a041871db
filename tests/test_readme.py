"""What the README shows is what happens."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder where the README's relative paths lead to the samples, and what is made does not touch the checkout."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    return tmp_path


def run(clone: Path, *words: str) -> str:
    away = {**os.environ, "PYTHONPATH": str(ROOT), "FOOTNOTE_INDEX": str(clone / "default")}
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, cwd=clone, env=away)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("shown", blocks("console"))
def test_the_examples_are_printed_as_shown(clone: Path, shown: str) -> None:
    command, expected = shown.split("\n", 1)
    said = run(clone, "-m", "rag.cli", *shlex.split(command.removeprefix("$ footnote ")))
    assert said.split() == expected.split()  # the README wraps its lines


def test_the_python_block_runs(clone: Path) -> None:
    [code] = blocks("python")
    assert "answered [" in run(clone, "-c", code)


def test_the_commands_run(clone: Path) -> None:
    commands = [line for block in blocks("sh") for line in block.splitlines() if line.startswith("footnote ")]
    assert len(commands) >= 5
    for command in commands:
        assert run(clone, "-m", "rag.cli", *shlex.split(command)[1:])


def test_linked_files_exist() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"`?make (\w+)", README):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
