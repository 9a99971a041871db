"""What is in deploy/ is what its programs accept: checked with their own schemas, as far as these are installed."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from rag.cli import cli
from tests.conftest import ROOT

DEPLOY = ROOT / "deploy"
MANIFEST = DEPLOY / "kubernetes.yaml"


def objects() -> list[dict[str, Any]]:
    return [made for made in yaml.safe_load_all(MANIFEST.read_text(encoding="utf-8")) if made]


def test_the_compose_file_is_one() -> None:
    compose = pytest.importorskip("compose_spec", reason="needs compose-spec")
    written = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    made = compose.ComposeSpecification.model_validate(written)
    assert set(made.services) == {"page", "proxy", "postgres", "scheduler", "worker", "ingest"}
    for service in written["services"].values():
        named = service.get("depends_on", ())
        assert set(named) <= set(written["services"])
        assert {volume.split(":")[0] for volume in service.get("volumes", ()) if volume[0] != "."} <= set(
            written["volumes"]
        )
        assert set(service.get("secrets", ())) <= set(written["secrets"])
    assert (DEPLOY / "nginx.conf").is_file()


@pytest.mark.parametrize("made", objects(), ids=lambda made: f"{made['kind']}-{made['metadata']['name']}")
def test_the_manifest_is_what_kubernetes_accepts(made: dict[str, Any]) -> None:
    validate = pytest.importorskip("kubernetes_validate", reason="needs kubernetes-validate")
    validate.validate(made, validate.latest_version(), strict=True)


def test_services_and_policies_point_at_pods_that_are_there() -> None:
    labels: list[dict[str, str]] = []
    for made in objects():
        spec = made.get("spec", {})
        template = spec.get("jobTemplate", made).get("spec", {}).get("template") if spec else None
        if template:
            labels.append(template["metadata"]["labels"])
    for made in objects():
        spec = made.get("spec", {})
        if made["kind"] == "Service":
            wanted = spec["selector"]
        elif made["kind"] in ("NetworkPolicy", "PodDisruptionBudget"):
            wanted = spec.get("podSelector", spec.get("selector"))["matchLabels"]
        else:
            continue
        assert any(wanted.items() <= found.items() for found in labels), made["metadata"]["name"]


@pytest.mark.parametrize("unit", sorted((DEPLOY / "systemd").glob("*.service")), ids=lambda unit: unit.name)
def test_the_units_are_what_systemd_accepts(unit: Path, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("needs systemd-analyze")
    # Its programs and its user are not on this machine.
    text = re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", unit.read_text(encoding="utf-8"), flags=re.MULTILINE)
    copy = tmp_path / unit.name.replace("@.", "@7861.")
    copy.write_text(text.replace("User=footnote", "User=root"), encoding="utf-8")
    done = subprocess.run(["systemd-analyze", "verify", str(copy)], capture_output=True, text=True)
    said = [line for line in done.stderr.splitlines() if copy.name in line or str(tmp_path) in line]
    assert (done.returncode, said) == (0, []), done.stderr


def test_a_page_behind_a_proxy_is_told_its_name() -> None:
    """It listens on this machine alone and would refuse the name that nginx passes on."""
    unit = (DEPLOY / "systemd" / "footnote-page@.service").read_text(encoding="utf-8")
    assert "--host 127.0.0.1 " in unit
    assert "proxy_set_header Host $http_host;" in (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    [name] = re.findall(r"--name \$\{(\w+)\}", unit)
    assert f"\n{name}=" in (DEPLOY / "systemd" / "environment.example").read_text(encoding="utf-8")


def test_what_is_started_exists() -> None:
    """Each `footnote` command line in deploy/ names a command and options that there are."""
    import typer.main

    commands = typer.main.get_command(cli).commands  # type: ignore[attr-defined]
    composed = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))["services"].values()
    lines = [service["command"] for service in composed if "command" in service]
    for unit in (DEPLOY / "systemd").glob("*.service"):
        lines += [line.split() for line in re.findall(r"^ExecStart=\S+/footnote (.+)", unit.read_text("utf-8"), re.M)]
    lines += [line.split(", ") for line in re.findall(r"args: \[(.*)\]", MANIFEST.read_text(encoding="utf-8"))]
    assert len(lines) == 5
    for command, *words in lines:
        known = {option for parameter in commands[command].params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= known, (command, words)
