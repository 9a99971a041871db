"""The guard by itself, over an application that says little."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY

from page.guard import Guard, Message, Receive, Rules, Scope, Send


async def polite(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"good day"})


async def failing(scope: Scope, receive: Receive, send: Send) -> None:
    raise RuntimeError("the roof is leaking")


async def breaking_off(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    raise RuntimeError("the roof is leaking")


def send(app: Any, rules: Rules, method: str = "GET", path: str = "/", **headers: str) -> tuple[int, dict[str, str]]:
    """Status and headers of the reply to one request."""
    told: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def keep(message: Message) -> None:
        told.append(message)

    given = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": method, "path": path, "headers": given, "client": ("127.0.0.1", 5)}
    asyncio.run(Guard(app, rules)(scope, receive, keep))
    return told[0]["status"], {name.decode(): value.decode() for name, value in told[0]["headers"]}


def test_a_visitor_who_follows_a_link_stays_the_same(tmp_path: Path) -> None:
    rules = Rules(tmp_path, visitors=True)
    _, first = send(polite, rules)
    cookie = first["set-cookie"].split(";")[0]
    assert "SameSite=Lax" in first["set-cookie"]  # Strict is not sent when a link of another site is followed
    _, again = send(polite, rules, cookie=cookie)
    assert again["set-cookie"] == first["set-cookie"]  # it lasts from the latest visit
    _, elsewhere = send(polite, rules, path="/config", cookie=cookie)
    assert "set-cookie" not in elsewhere


def test_an_error_of_the_server_is_answered_logged_and_counted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def counted(status: str) -> float:
        return REGISTRY.get_sample_value("footnote_requests_total", {"route": "/config", "status": status}) or 0.0

    failed, begun = counted("500"), counted("200")
    status, headers = send(failing, Rules(tmp_path), path="/config")
    assert (status, headers["x-content-type-options"]) == (500, "nosniff")
    [record] = [record for record in caplog.records if record.exc_info]
    assert record.what["request"] == headers["x-request-id"]  # type: ignore[attr-defined]
    with pytest.raises(RuntimeError, match="roof"):
        send(breaking_off, Rules(tmp_path), path="/config")
    assert (counted("500"), counted("200")) == (failed + 1, begun + 1)
