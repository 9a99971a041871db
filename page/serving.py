"""The page on the network: this machine only unless told otherwise, with a door, a queue and MCP tools if asked for."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import gradio as gr
from gradio.utils import get_upload_folder
from starlette.middleware import Middleware

from page.accounts import door
from page.guard import LOCAL, Guard, Rules, host_name, is_loopback
from page.limits import MB, UPLOAD_MB
from page.shell import CSS
from page.watching import write_json
from rag.errors import MissingExtra, OptionError

N_WAITING = 64  # questions that may wait; the next one is told that Footnote is busy


def launch(
    blocks: gr.Blocks,
    *,
    host: str = "127.0.0.1",
    port: int = 7860,
    auth: str | None = None,
    open_to_all: bool = False,
    root_path: str = "",
    names: Sequence[str] = (),
    mcp: bool = False,
    upload_mb: int = UPLOAD_MB,
    log_json: bool = False,
    block: bool = True,
) -> str:
    """Serve the page and return its address; with ``block``, only once the server is stopped.

    ``auth`` is NAME:PASSWORD or a file of accounts; a page that others reach needs it, unless ``open_to_all``.
    ``root_path`` is the path under which a proxy offers the page, ``names`` are those by which people call it beside
    localhost, ``mcp`` offers the API as MCP tools, ``upload_mb`` is the most that one uploaded file may have,
    ``log_json`` writes a log of JSON lines to stderr. Raises OptionError where the port cannot be had or the options
    do not go together.
    """
    names = tuple(filter(None, map(host_name, names)))
    private = is_private(host, root_path, names)
    _agree(host, private, auth, open_to_all, mcp, upload_mb)
    away = os.environ.get("no_proxy", os.environ.get("NO_PROXY", ""))
    os.environ["no_proxy"] = ",".join(filter(None, [away, "127.0.0.1", "localhost", host]))  # gradio calls itself
    rules = Rules(
        uploads=Path(get_upload_folder()), upload_mb=upload_mb, root_path=root_path, mcp=mcp,
        # Another name that leads here from outside is that of an attacker.
        hosts=(*LOCAL, host.lower(), *names) if private or names else (),
        visitors=not private and auth is None,
    )  # fmt: skip
    blocks.queue(max_size=N_WAITING)
    try:
        _, address, _ = blocks.launch(
            server_name=host, server_port=port, auth=None if auth is None else door(auth), root_path=root_path or None,
            auth_message="Footnote", mcp_server=mcp, head=f"<style>{CSS}</style>", theme=_theme(), footer_links=[],
            quiet=True, prevent_thread_lock=True, share=False, run_history=False, ssr_mode=False, pwa=False,
            enable_monitoring=False, app_kwargs={"middleware": [Middleware(Guard, rules)]},
            max_file_size=upload_mb * MB, blocked_paths=["/"], strict_cors=True,
            _frontend=False,  # or it gives up where its own page takes three seconds, on a busy machine
        )  # fmt: skip
    except OSError as error:
        raise OptionError(
            f"cannot serve on {host}:{port}: it is taken or not this machine's; choose others with --port and --host"
        ) from error
    if log_json:
        write_json()
    if block:
        print(f"Footnote is at {address} (stop it with Ctrl+C)", flush=True)
        if mcp:
            print(f"MCP tools ask and search: {address.rstrip('/')}/gradio_api/mcp/", flush=True)
        if auth is None and not private:
            print("Anyone who reaches this address can read, add and delete documents.", flush=True)
        blocks.block_thread()
    return address


def is_private(host: str, root_path: str = "", names: Sequence[str] = ()) -> bool:
    """Whether only people at this machine come: a path or a name of its own is offered to others by a proxy."""
    return is_loopback(host) and not root_path and not any(names)


def _agree(host: str, private: bool, auth: str | None, open_to_all: bool, mcp: bool, upload_mb: int) -> None:
    """Raises OptionError or MissingExtra where the options do not go together."""
    if auth is None and not open_to_all and not private:
        where = "the page through a proxy" if is_loopback(host) else host
        raise OptionError(
            f"others can reach {where}: say who may come in with --auth NAME:PASSWORD, or --no-auth to let everybody "
            "read, add and delete documents"
        )
    if auth is not None and open_to_all:
        raise OptionError("--auth and --no-auth contradict each other; give one of them")
    if mcp and auth is not None:
        raise OptionError("--mcp knows no passwords, so that it does not go with --auth: serve a second time for it")
    if mcp and find_spec("mcp") is None:
        raise MissingExtra("--mcp", "mcp")
    if upload_mb < 1:
        raise OptionError(f"--max-upload-mb is {upload_mb}; give at least 1")


def _theme() -> gr.themes.Base:
    """System fonts only, so that none is fetched."""
    return gr.themes.Base(primary_hue="teal", neutral_hue="stone", font="sans-serif", font_mono="monospace")
