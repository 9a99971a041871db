"""What stands before the page: which addresses exist, who may ask, how much, and what every reply says to the browser.

Gradio offers some sixty routes; the page, its API and the MCP tools need those of ``ROUTES``. All others do not exist
here, the ones that fetch addresses and serve files among them.
"""

from __future__ import annotations

import ipaddress
import json
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from page import watching
from page.limits import (
    BODY_BYTES,
    BURST,
    LOGIN_BURST,
    LOGIN_RATE,
    MB,
    N_DOING,
    PENDING_BYTES,
    RATE,
    UPLOAD_MB,
    Rate,
    bytes_in,
)

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

API = "/gradio_api"
NAME = r"[A-Za-z0-9_]+"
ROUTES = {
    "GET": (
        r"/", "/config", "/theme.css", r"/favicon\.ico", r"/robots\.txt", r"/manifest\.json", "/logout", "/healthz",
        "/metrics", r"/(?:assets|static|svelte)/[\w./@+-]+", f"{API}/(?:info|user|login_check|app_id|theme.css)",
        rf"{API}/(?:openapi\.json|startup-events|queue/data|upload_progress)", rf"{API}/heartbeat/[\w-]+",
        rf"{API}/call/{NAME}/[\w-]+",
    ),
    "POST": (
        "/login", f"{API}/run/page", f"{API}/call/(?:v2/)?(?:reply|ask|search)", f"{API}/queue/join", f"{API}/upload",
    ),
}  # fmt: skip
MCP = rf"{API}/mcp(?:/.*)?"
VISITOR, VISITOR_COOKIE, VISITOR_DAYS = "x-footnote-visitor", "footnote_visitor", 365
# Gradio starts the page by scripts that stand in it and makes functions of text, hence the two "unsafe" words. What a
# script could reach is this server alone.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; media-src 'none'; object-src 'none'; "
    "frame-src 'none'; worker-src 'self' blob:; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
LOCAL = ("localhost", "127.0.0.1", "::1")


class TooLarge(Exception):
    """More came than may."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How one server is guarded. ``hosts`` are the names it answers to; empty for any."""

    uploads: Path
    upload_mb: int = UPLOAD_MB
    root_path: str = ""
    hosts: tuple[str, ...] = ()
    mcp: bool = False
    visitors: bool = False  # whether each browser has a history of its own, told by a cookie
    rate: Rate = field(default_factory=lambda: Rate(RATE, BURST))
    logins: Rate = field(default_factory=lambda: Rate(LOGIN_RATE, LOGIN_BURST))


class Guard:
    """Middleware (ASGI) that lets through what ``rules`` allow, counts it, and gives every request its id."""

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]], rules: Rules) -> None:
        self._app, self._rules, self._n_doing = app, rules, 0
        get, post = (re.compile("|".join(f"(?:{route})" for route in ROUTES[method])) for method in ("GET", "POST"))
        self._routes = {"GET": get, "HEAD": get, "POST": post}
        self._mcp = re.compile(MCP)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await _Guarded(self, scope, receive, send).run()
        else:
            await send({"type": "websocket.close", "code": 1008})

    def path(self, scope: Scope) -> str:
        path = str(scope["path"])
        return path.removeprefix(self._rules.root_path.rstrip("/")) or "/"

    def known(self, method: str, path: str) -> bool:
        if self._rules.mcp and self._mcp.fullmatch(path):
            return True
        return method in self._routes and ".." not in path and bool(self._routes[method].fullmatch(path))


class _Guarded:
    """One request on its way through the guard."""

    def __init__(self, guard: Guard, scope: Scope, receive: Receive, send: Send) -> None:
        self._guard, self._rules = guard, guard._rules
        self._scope, self._receive, self._send = scope, receive, send
        self._began, self._id = time.perf_counter(), watching.new_id()
        self._path, self._method = guard.path(scope).rstrip("/") or "/", str(scope["method"])
        self._headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        self._client = (scope.get("client") or ("", 0))[0]
        self._n_bytes, self._too_large, self._status, self._seconds = 0, False, 0, 0.0
        self._visitor, self._tell_visitor = "", False

    async def run(self) -> None:
        try:
            await self._reply()
        except Exception:
            if self._status:  # a reply has begun: it breaks off, and the server logs it
                raise
            watching.on_error(self._id)
            told = "Footnote met an unexpected error; the details stand in its log."
            await self._answer(500, "application/json", json.dumps({"error": told, "detail": told}).encode())
        finally:
            route = self._route()
            watching.on_request(self._id, route, self._method, self._status, self._seconds, self._client)

    async def _reply(self) -> None:
        refused = self._refused()
        if refused is not None:
            await self._refuse(*refused)
        elif self._path == "/healthz":
            await self._answer(200, "application/json", b'{"status": "ok"}')
        elif self._path == "/metrics":
            await self._answer(200, watching.CONTENT_TYPE_LATEST, watching.exposition())
        else:
            await self._pass()

    def _refused(self) -> tuple[int, str, str] | None:
        """Status, reason in a word, and what is told, where the request goes no further."""
        if not self._guard.known(self._method, self._path):
            return 404, "no such address", "there is nothing at this address"
        if self._rules.hosts and host_name(self._headers.get("host", "")) not in self._rules.hosts:
            return (
                421,
                "foreign name",
                "this server is asked by a foreign name; open it by its address, or serve it with --name",
            )
        if self._method == "POST" and self._is_foreign():
            return 403, "foreign page", "a page of another server may not do this"
        if self._path == "/metrics" and not self._is_direct():
            return 404, "no such address", "there is nothing at this address"
        return self._too_much()

    def _too_much(self) -> tuple[int, str, str] | None:
        if not self._rules.rate.allows(self._client):
            return 429, "rate", "Footnote is busy: too many requests come from your address. Try again in a minute."
        if self._path == "/login" and self._method == "POST" and not self._rules.logins.allows(self._client):
            return 429, "logins", "too many tries; wait a minute"
        try:
            length = int(self._headers.get("content-length", "0"))
        except ValueError:
            return 400, "length", "the length of the request is no number"
        if length > self._most():
            return 413, "size", f"this is too large: {self._most() // MB} MB at most; split it"
        if self._is_upload() and bytes_in(self._rules.uploads) + length > PENDING_BYTES:
            return 503, "uploads", "Footnote is busy: too many uploads wait to be indexed. Try again in some minutes."
        if self._path.endswith("/run/page") and self._guard._n_doing >= N_DOING:
            return 503, "doing", "Footnote is busy: too many people do something. Try again in a moment."
        return None

    async def _pass(self) -> None:
        self._tell_scope()
        doing = self._path.endswith("/run/page")
        self._guard._n_doing += doing
        try:
            await self._guard._app(self._scope, self._counted, self._marked)
        except TooLarge:
            if self._status:  # a reply has begun: it breaks off
                raise
            await self._refuse(413, "size", f"this is too large: {self._most() // MB} MB at most; split it")
        finally:
            self._guard._n_doing -= doing

    def _tell_scope(self) -> None:
        """Put the request's id and the visitor where what answers finds them; none from outside is believed."""
        ours = (watching.HEADER, VISITOR)
        headers = [pair for pair in self._scope["headers"] if pair[0].decode("latin-1").lower() not in ours]
        headers.append((watching.HEADER.encode(), self._id.encode()))
        if self._rules.visitors:
            cookie = SimpleCookie(self._headers.get("cookie", "")).get(VISITOR_COOKIE)
            known = cookie.value if cookie is not None and re.fullmatch(r"[\w-]{22,64}", cookie.value) else ""
            self._visitor = known or secrets.token_urlsafe(24)
            self._tell_visitor = not known or self._path == "/"  # each visit makes it last longer
            headers.append((VISITOR.encode(), self._visitor.encode()))
        self._scope = {**self._scope, "headers": headers}

    async def _counted(self) -> Message:
        message = await self._receive()
        self._n_bytes += len(message.get("body", b""))
        if self._n_bytes > self._most():
            self._too_large = True
            raise TooLarge
        return message

    async def _marked(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            if self._too_large:  # what reads the body may have made another error of it
                message["status"] = 413
            self._status, self._seconds = message["status"], time.perf_counter() - self._began
            message["headers"] = [*_without(message.get("headers", ()), HEADERS), *self._ours()]
        await self._send(message)

    def _ours(self) -> list[tuple[bytes, bytes]]:
        headers = {**HEADERS, "x-request-id": self._id}
        if self._status in (429, 503):
            headers["retry-after"] = "10"
        if not self._path.startswith(("/assets", "/static", "/svelte")):
            headers["cache-control"] = "no-store"
        if self._tell_visitor:
            # Not Strict: whoever follows a link from another site would come without it, and be given another.
            life = f"Max-Age={VISITOR_DAYS * 86400}; Path=/; HttpOnly; SameSite=Lax"
            headers["set-cookie"] = f"{VISITOR_COOKIE}={self._visitor}; {life}"
        return [(name.encode(), value.encode()) for name, value in headers.items()]

    async def _refuse(self, status: int, why: str, told: str) -> None:
        watching.on_refusal(self._id, why)
        await self._answer(status, "application/json", json.dumps({"error": told, "detail": told}).encode())

    async def _answer(self, status: int, kind: str, body: bytes) -> None:
        length = [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode())]
        await self._marked({"type": "http.response.start", "status": status, "headers": length})
        await self._send({"type": "http.response.body", "body": b"" if self._method == "HEAD" else body})

    def _most(self) -> int:
        return self._rules.upload_mb * MB + 10_000 if self._is_upload() else BODY_BYTES

    def _is_upload(self) -> bool:
        return self._path == f"{API}/upload"

    def _is_foreign(self) -> bool:
        """Whether a browser says that another site's page sends this."""
        if self._headers.get("sec-fetch-site") in ("cross-site", "same-site"):
            return True
        origin = self._headers.get("origin")
        if not origin or self._rules.root_path:  # behind a proxy the name may be another
            return False
        theirs = str(urlsplit(origin).netloc).lower()
        return bool(theirs != self._headers.get("host", "").lower())

    def _is_direct(self) -> bool:
        """Whether it comes from this machine and through no proxy."""
        forwarded = {"forwarded", "x-forwarded-for", "x-real-ip"} & self._headers.keys()
        return is_loopback(self._client) and not forwarded

    def _route(self) -> str:
        """The address without what differs from request to request."""
        if not self._guard.known(self._method, self._path):
            return "other"
        path = re.sub(r"/(assets|static|svelte|heartbeat|mcp)/.*", r"/\1/*", self._path)
        return re.sub(r"/call/(?!v2/)(\w+)/.*", r"/call/\1/*", path)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches that address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def host_name(header: str) -> str:
    """The name in a Host header, without the port."""
    return (urlsplit(f"//{header}").hostname or "").lower()


def _without(headers: Iterable[tuple[bytes, bytes]], names: Iterable[str]) -> list[tuple[bytes, bytes]]:
    gone = {name.encode() for name in names}
    return [pair for pair in headers if pair[0].lower() not in gone]
