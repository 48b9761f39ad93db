"""Redaction that can be undone: each value stands in the text encrypted, and a key file opens it.

A token is `[private_person:sealed:AbC-_...]`: what is between the last colon and the bracket is
base64url of AES-SIV (RFC 5297, 256-bit keys) with the label as associated data. It is
authenticated: a changed token is an error and not another text. It is deterministic, so that equal
values have equal tokens and nothing must be kept but the key; who reads the text learns which
values are equal and how long they are. The text between the tokens is not protected.

Where the input itself holds `:sealed:`, that is sealed too, so that `restore` gives back the input
byte by byte. A value of a file in a charset from before Unicode is sealed with the charset's name:
what is left of the text when the value is gone may not tell it.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from leaksift.decoding import NotText
from leaksift.errors import UsageError
from leaksift.library.result import FoundSpan
from leaksift.recoding import charset_of

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV

SIGN = ":sealed:"
"""What stands in every token, and after sealing nowhere else."""

# No UTF-8 begins with it.
_OTHER_CHARSET = b"\xff"

_KEY_BYTES = 64
_HEAD = "leaksift-key-1:"
_TEXT = "text"
_TOKEN = re.compile(r"\[([a-z_]{1,40}):sealed:([A-Za-z0-9_-]*)\]")


class Sealed:
    """The marker that can be undone. Holds the key; two with the same key make the same tokens."""

    def __init__(self, key: bytes, *, charset: str = "utf-8") -> None:
        """`key` is 64 random bytes (see `create_key`); `charset` is Python's name for that of the
        file that the text comes from. Raises UsageError for another length, and where the extra
        `reversible` is not installed."""
        if len(key) != _KEY_BYTES:
            raise UsageError(f"the key of sealed markers has {_KEY_BYTES} bytes, not {len(key)}")
        self._key, self._charset = key, charset
        self._cipher = _cipher(key)

    def in_charset(self, charset: str) -> Sealed:
        """The same for the text of a file in this charset."""
        return Sealed(self._key, charset=charset)

    def __repr__(self) -> str:
        return "Sealed(****)"

    def mark(self, span: FoundSpan, value: str) -> str | None:
        return self._token(span.label, value)

    def protect(self, text: str) -> str:
        """The text between markers, in which no token can be read that is none."""
        return text.replace(SIGN, self._token(_TEXT, SIGN)) if SIGN in text else text

    def restore(self, text: str) -> str:
        """The text that was redacted. Raises UsageError that names the place of a token that was
        changed, cut off, or made with another key."""
        parts: list[str] = []
        at = 0
        for match in _TOKEN.finditer(text):
            parts += (_plain(text, at, match.start()), self._value(text, match))
            at = match.end()
        parts.append(_plain(text, at, len(text)))
        return "".join(parts)

    def restore_bytes(self, data: bytes) -> bytes:
        """The same for the bytes of a file, in whatever charset it is."""
        try:
            charset = charset_of(data, is_whole=True)
            if charset.codec.startswith(("utf-16", "utf-32")):
                text = data[len(charset.mark) :].decode(charset.codec, charset.errors)
                return charset.mark + charset.encode(self.restore(text))
        except (NotText, UnicodeError):
            pass
        # In all others a token is its ASCII bytes, and what is no UTF-8 goes through as it is.
        text = data.decode("utf-8", "surrogateescape")
        parts: list[bytes] = []
        at = 0
        for match in _TOKEN.finditer(text):
            parts += (_bytes(_plain(text, at, match.start())), _written(self._opened(text, match)))
            at = match.end()
        parts.append(_bytes(_plain(text, at, len(text))))
        return b"".join(parts)

    def _token(self, label: str, value: str) -> str:
        said = value.encode("utf-8", "surrogatepass")
        if not (value.isascii() or self._charset.startswith("utf-")):
            said = _OTHER_CHARSET + self._charset.encode() + b"\0" + said
        data = self._cipher.encrypt(said, [label.encode()])
        return f"[{label}{SIGN}{base64.urlsafe_b64encode(data).decode().rstrip('=')}]"

    def _value(self, text: str, match: re.Match[str]) -> str:
        return _said(self._opened(text, match))[0]

    def _opened(self, text: str, match: re.Match[str]) -> bytes:
        from cryptography.exceptions import InvalidTag

        label, spelling = match.groups()
        try:
            data = base64.urlsafe_b64decode(spelling + "=" * (-len(spelling) % 4))
            if base64.urlsafe_b64encode(data).decode().rstrip("=") != spelling:
                raise ValueError  # bits that no encoder sets
            value: bytes = self._cipher.decrypt(data, [label.encode()])
        except (InvalidTag, ValueError, binascii.Error):
            raise _wrong(text, match.start()) from None
        return value


def create_key(file: Path) -> bytes:
    """Makes a new key and a file for it, which only its owner can read. Raises UsageError where a
    file is already: a key that is written over is lost, and with it every text."""
    key = os.urandom(_KEY_BYTES)
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise UsageError(
            f"{file}: there is a file already; name another one for a new key"
        ) from None
    except OSError as error:
        raise UsageError(f"{file}: cannot be written: {error.strerror}") from None
    with os.fdopen(handle, "w", encoding="ascii") as stream:
        stream.write(_HEAD + base64.b64encode(key).decode() + "\n")
    return key


def read_key(file: Path) -> bytes:
    """The key of a file that `create_key` made. Raises UsageError with one line for a file that is
    not there, that others can read, or that is none."""
    try:
        # Windows keeps no such bits; who may read there is said by the folder.
        if os.name != "nt" and file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise UsageError(f"{file}: others can read this key: chmod 600 it, or make a new one")
        text = file.read_text(encoding="ascii")
        key = base64.b64decode(text.removeprefix(_HEAD).strip(), validate=True)
    except FileNotFoundError:
        raise UsageError(f"{file}: no such key file; it is needed to seal and to restore") from None
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror}") from None
    except ValueError:
        raise UsageError(f"{file}: damaged, or no key of leaksift") from None
    if not text.startswith(_HEAD) or len(key) != _KEY_BYTES:
        raise UsageError(f"{file}: damaged, or no key of leaksift")
    return key


def _cipher(key: bytes) -> AESSIV:
    try:
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.ciphers.aead import AESSIV
    except ImportError:
        raise UsageError(
            "sealed markers need cryptography: pip install 'leaksift[reversible]'"
        ) from None
    try:
        return AESSIV(key)
    except UnsupportedAlgorithm:
        raise UsageError(
            "the installed cryptography has no AES-SIV: pip install --upgrade cryptography"
        ) from None


def _said(opened: bytes) -> tuple[str, str]:
    """The value of a token that was opened, and the charset of the file that it stood in."""
    charset = "utf-8"
    if opened.startswith(_OTHER_CHARSET):
        name, _, opened = opened[1:].partition(b"\0")
        charset = name.decode()
    return opened.decode("utf-8", "surrogatepass"), charset


def _written(opened: bytes) -> bytes:
    value, charset = _said(opened)
    return value.encode(charset, "surrogateescape")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _plain(text: str, start: int, end: int) -> str:
    """The text between two tokens, in which no part of one may be."""
    cut = text.find(SIGN, start, end)
    if cut != -1:
        raise _wrong(text, cut)
    return text[start:end]


def _wrong(text: str, at: int) -> UsageError:
    line = text.count("\n", 0, at) + 1
    column = at - text.rfind("\n", 0, at)
    return UsageError(
        f"line {line}, column {column}: this token was changed or sealed with another key; "
        "use the key file and the text as they were"
    )
