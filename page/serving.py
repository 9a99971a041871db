"""The page on the network: this machine only unless told otherwise, with a door, a queue and MCP tools if asked for."""

from __future__ import annotations

import ipaddress
import os
from importlib.util import find_spec

import gradio as gr

from page.accounts import door
from page.shell import CSS
from rag.errors import MissingExtra, OptionError

N_WAITING = 64  # questions that may wait; the next one is told that Footnote is busy


def launch(
    blocks: gr.Blocks,
    *,
    host: str = "127.0.0.1",
    port: int = 7860,
    auth: str | None = None,
    root_path: str = "",
    mcp: bool = False,
    block: bool = True,
) -> str:
    """Serve the page and return its address; with ``block``, only once the server is stopped.

    ``auth`` is NAME:PASSWORD or a file of accounts, ``root_path`` the path under which a proxy offers the page, ``mcp``
    offers the API as MCP tools. Raises OptionError where the port cannot be had or the options do not go together.
    """
    if mcp and auth is not None:
        raise OptionError("--mcp knows no passwords, so that it does not go with --auth: serve a second time for it")
    if mcp and find_spec("mcp") is None:
        raise MissingExtra("--mcp", "mcp")
    away = os.environ.get("no_proxy", os.environ.get("NO_PROXY", ""))
    os.environ["no_proxy"] = ",".join(filter(None, [away, "127.0.0.1", "localhost", host]))  # gradio calls itself
    blocks.queue(max_size=N_WAITING)
    try:
        _, address, _ = blocks.launch(
            server_name=host, server_port=port, auth=None if auth is None else door(auth), root_path=root_path or None,
            auth_message="Footnote", mcp_server=mcp, head=f"<style>{CSS}</style>", theme=_theme(), footer_links=[],
            quiet=True, prevent_thread_lock=True, share=False, run_history=False, ssr_mode=False, pwa=False,
            enable_monitoring=False,
        )  # fmt: skip
    except OSError as error:
        raise OptionError(
            f"cannot serve on {host}:{port}: it is taken or not this machine's; choose others with --port and --host"
        ) from error
    if block:
        print(f"Footnote is at {address} (stop it with Ctrl+C)", flush=True)
        if mcp:
            print(f"MCP tools ask and search: {address.rstrip('/')}/gradio_api/mcp/", flush=True)
        if auth is None and not _is_loopback(host):
            print("Anyone who reaches this address can read the documents: add --auth NAME:PASSWORD", flush=True)
        blocks.block_thread()
    return address


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _theme() -> gr.themes.Base:
    """System fonts only, so that none is fetched."""
    return gr.themes.Base(primary_hue="teal", neutral_hue="stone", font="sans-serif", font_mono="monospace")
