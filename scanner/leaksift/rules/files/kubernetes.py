"""Kubernetes manifests of kind Secret: what their data holds, decoded.

https://kubernetes.io/docs/concepts/configuration/secret/
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

from leaksift.rules.files import json, yaml
from leaksift.rules.files.entry import Entry
from leaksift.rules.validators.literal import is_literal
from leaksift.rules.validators.words import is_plain

_DOCUMENT = re.compile(r"^---[^\n]*$", re.MULTILINE)
_SECRET = re.compile(r"""\bkind["']?[ \t]{0,4}:[ \t]{0,4}["']?Secret\b""")
# What stands beside the secret: names, addresses, certificates.
_NO_SECRET = re.compile(
    r"(?i)(?:user(?:name)?|login|namespace|host(?:name)?|port|database|dbname|db|server|url|uri|endpoint"
    r"|region|bucket|email|type|name|service.?account|(?:ca|tls)\.?crt|.*\.crt|.*cert(?:ificate)?"
    r"|ca|client.?id|access.?key.?id|project(?:.?id)?|tenant.?id)\Z"
)


def entries(text: str) -> Iterator[Entry]:
    """The entries of `data`, decoded, and of `stringData` of all secrets in the text."""
    at = 0
    for mark in [*_DOCUMENT.finditer(text), None]:
        end = mark.start() if mark else len(text)
        part = text[at:end]
        if _SECRET.search(part):
            yield from (
                Entry(entry.names, entry.value, at + entry.start, at + entry.end)
                for entry in _data(part)
            )
        at = mark.end() if mark else end


def _data(part: str) -> Iterator[Entry]:
    read = json.entries if part.lstrip().startswith("{") else yaml.entries
    for entry in read(part):
        if len(entry.names) < 2 or _NO_SECRET.match(entry.names[-1]):
            continue
        if entry.names[-2] == "stringData":
            if _is_secret(entry.value):
                yield entry
        elif entry.names[-2] == "data":
            value = _decoded(entry.value)
            if value and _is_secret(value):
                yield Entry(entry.names, value, entry.start, entry.end)


def _is_secret(value: str) -> bool:
    # Once encoded, no list of placeholders recognises the words that stand in for a password.
    return len(value) >= 4 and is_literal(value) and (not is_plain(value) or len(value) > 100)


def _decoded(text: str) -> str | None:
    """The text that is meant, or where it is none its base64; None for what is not base64."""
    try:
        data = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    try:
        return data.decode().strip()
    except UnicodeDecodeError:
        return text if len(data) >= 8 else None
