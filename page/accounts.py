"""Who may see the page: one name with a password, or a file of names with hashed passwords."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from pathlib import Path

from rag.errors import OptionError

Check = Callable[[str, str], bool]  # name and password -> may come in

# OWASP's parameters for scrypt, 16 MB a try: slow enough to guess at, quick enough to log in.
N, R, P = 2**14, 8, 5
KIND = "scrypt"


def account(name: str, password: str) -> str:
    """A line of the file: the name, a random salt and the hash. Raises OptionError for an empty one or a colon."""
    if not name or not password or ":" in name or not name.isprintable():
        raise OptionError("an account needs a name, without a colon, and a password; give both")
    salt = secrets.token_bytes(16)
    return f"{name}:{KIND}${salt.hex()}${_hashed(password, salt).hex()}"


def door(given: str) -> Check:
    """Who is let in by ``--auth``: the path of a file of such lines, or NAME:PASSWORD. Raises OptionError."""
    file = Path(given)
    if file.is_file():
        lines = [line.strip() for line in file.read_text(encoding="utf-8").splitlines()]
        accounts = dict(_account(line, file) for line in lines if line and not line.startswith("#"))
    elif ":" in given:
        name, password = given.split(":", 1)
        accounts = dict([_account(account(name, password))])
    else:
        raise OptionError(
            f"--auth {given}: no such file; give NAME:PASSWORD, or a file made with: footnote account NAME"
        )
    if not accounts:
        raise OptionError(f"{file} holds no account; add one with: footnote account NAME >> {file}")
    nobody = (secrets.token_bytes(16), secrets.token_bytes(32))

    def may_enter(name: str, password: str) -> bool:
        # A wrong name costs as much time as a wrong password, so that names cannot be found out.
        salt, expected = accounts.get(name, nobody)
        return hmac.compare_digest(_hashed(password, salt), expected)

    return may_enter


def _account(line: str, file: Path | None = None) -> tuple[str, tuple[bytes, bytes]]:
    name, _, rest = line.partition(":")
    try:
        kind, salt, hashed = rest.split("$")
        if kind != KIND or not name:
            raise ValueError(kind)
        return name, (bytes.fromhex(salt), bytes.fromhex(hashed))
    except ValueError as error:
        raise OptionError(
            f"{file}: the line of {name!r} is no account; make it with: footnote account {name}"
        ) from error


def _hashed(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=N, r=R, p=P, maxmem=64 * 2**20)
