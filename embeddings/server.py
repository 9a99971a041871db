"""A client of any OpenAI-compatible server. Its key comes from the environment and from nowhere else."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import openai

CONNECT_SECONDS = 5.0  # a server that does not even take the call is away


def amiss(url: str) -> str:
    """What is wrong with the address of a server, in words; "" where nothing is.

    An address with a password in it is refused: addresses stand in error messages, logs and the index.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return "is no address of a server; give one like http://127.0.0.1:8080/v1"
    if parts.username is not None or parts.password is not None or parts.query:
        return "holds a name, a password or a key; leave it out and set OPENAI_API_KEY"
    return ""


def bare(url: str) -> str:
    """The address without what may be secret in it, to be shown."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


def connect(url: str, seconds: float, n_retries: int) -> openai.OpenAI:
    """A client that waits ``seconds`` for each reply, and tries again where the server is away, busy (429) or broken
    (5xx): after half a second, then ever longer, or when the server says. ``$OPENAI_API_KEY`` is sent if it is set.

    Raises ImportError where the package ``openai`` is not installed.
    """
    import openai

    patience = openai.Timeout(seconds, connect=min(CONNECT_SECONDS, seconds))
    key = os.environ.get("OPENAI_API_KEY", "none")  # the package insists on one; local servers ignore it
    return openai.OpenAI(base_url=url, api_key=key, timeout=patience, max_retries=n_retries)


def why(error: Exception) -> str:
    """What went wrong between client and server, in a few words."""
    import openai

    cause = error.__cause__ or error
    if isinstance(error, openai.APITimeoutError):
        return "it did not reply in time"
    if isinstance(error, openai.APIStatusError):
        return f"it replied {error.status_code}: {shortened(error.message)}"
    if isinstance(error, openai.APIConnectionError):
        what = "cannot be reached" if type(cause).__name__ == "ConnectError" else "broke off"
        return f"it {what}: {shortened(str(cause))}"
    if isinstance(error, openai.APIError):
        return f"it reported: {shortened(error.message)}"
    return f"its reply makes no sense: {shortened(str(error) or type(error).__name__)}"


def shortened(text: str, most: int = 200) -> str:
    """One line of at most ``most`` characters."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"
