"""The guard by itself, over an application that says little."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from page.guard import Guard, Message, Receive, Rules, Scope, Send


async def polite(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"good day"})


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
